//! What may reach a terminal: control characters made harmless, display widths, wrapping of styled lines.

mod path;
mod reveal;
mod sanitize;
mod truncate;
mod width;
mod wrap;

pub use path::{display_path, tilde};
pub use reveal::{Revealed, is_mixed_script, reveal};
pub use sanitize::{sanitize, sanitize_line};
pub use truncate::{truncate, truncate_line, truncate_middle};
pub use width::{line_width, width};
pub use wrap::{Indent, hard_wrap, plain_text, wrap};
