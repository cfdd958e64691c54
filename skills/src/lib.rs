//! Skills: folders with a `SKILL.md`, whose text tells the model how something is done.
//!
//! [`load`] looks through the folders that skills lie in and reads what each says of itself; [`list`] writes the lines that the
//! model gets, within a budget; [`mentions`] and [`Skills::mentioned`] find the skills that a person names. All text of a skill is
//! material: nothing of it is run, and nothing in it decides anything.
//!
//! **Not here:** the configuration and the prose around the list (`codex-core`), prompts of a person's own (`codex-tui`).
//!
//! ```
//! use codex_skills::{FrontMatter, Mention, front_matter, mentions};
//! let text = b"---\nname: release\ndescription: How a release is made.\n---\n1. Tag it.\n";
//! let found = front_matter(text, "folder").unwrap();
//! assert_eq!((found.name.as_str(), found.description.as_str()), ("release", "How a release is made."));
//! assert_eq!(mentions("go on with $release."), [Mention::Name("release".to_owned())]);
//! ```

mod about;
mod error;
mod front_matter;
mod list;
mod load;
mod mentions;
mod read;
mod roots;
mod switches;
mod walk;
mod yaml;

pub use about::{Dependency, Interface};
pub use error::{Fault, FaultKind};
pub use front_matter::{FrontMatter, front_matter};
pub use list::{Listed, list};
pub use load::{Skill, Skills, load};
pub use mentions::{Mention, mentions};
pub use roots::{Places, Project, Root, Scope};
pub use switches::Switch;
