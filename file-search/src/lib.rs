//! Finds files and folders by a few letters of their paths, best first.
//!
//! Two parts, so that a person who types is not kept waiting: [`Tree::walk`] lists what is below some folders once, leaving out
//! what ignore files name; [`Tree::search`] ranks that list for a query, again and again.
//!
//! [`LastTree`] walks
//! again when a folder or an ignore file has changed.
//!
//! **Not here:** contents of files (`grep_files` in `codex-tools`), when else to walk again (the front ends).
//!
//! ```
//! # let folder = tempfile::tempdir().unwrap();
//! std::fs::write(folder.path().join("main.rs"), "").unwrap();
//! let tree = codex_file_search::Tree::walk(&[folder.path().to_path_buf()], &|| false);
//! assert_eq!(tree.search("mrs", 10)[0].path, "main.rs");
//! ```

mod last;
mod rank;
mod walk;

pub use self::last::LastTree;
pub use self::rank::Hit;
pub use self::walk::{BETWEEN_PARTS, EntryKind, Tree};
