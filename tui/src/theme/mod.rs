//! Colours and attributes, and what the terminal can show of them. No cell names a colour: it asks here for a role.

mod choose;
mod detect;
mod look;
mod palette;
mod role;
mod syntax;

pub use detect::{ColourEnvironment, colour_depth, is_light};
pub use look::{ColourDepth, Look};
pub use palette::{Palette, PaletteError};
pub use role::Role;
pub(crate) use role::nearest_indexed;
pub(crate) use syntax::syntax_theme;
pub use syntax::syntax_themes;
