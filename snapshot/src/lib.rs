//! The files of a workspace as they were before each turn, and the way back: undo and redo of turns,
//! whoever changed the files (a patch, a shell command) and whether or not git knows them.
//!
//! A [`Workspace`] keeps an index of the tree (what each file is, and where its bytes were kept), a log of points
//! (a turn's start and end, an undo) and for each point what changed since the one before. Looking costs one `stat` a file;
//! only what changed is read.
//!
//! **Not here:** git (its folders are left alone), when to look (that is the session's matter), questions to the user.
//!
//! ```
//! use codex_snapshot::{Options, Scope, TurnKey, Workspace};
//!
//! let (home, root) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! std::fs::write(root.path().join("a"), "before")?;
//! let workspace = Workspace::open(home.path(), root.path(), Options::default())?;
//! let turn = TurnKey { thread: "t".into(), turn: "1".into() };
//! workspace.start(&turn)?;
//! std::fs::write(root.path().join("a"), "after")?;
//! workspace.end(&turn)?;
//! workspace.undo(&Scope::Last { thread: None }, false)?;
//! assert_eq!(std::fs::read_to_string(root.path().join("a"))?, "before");
//! workspace.redo(false)?;
//! assert_eq!(std::fs::read_to_string(root.path().join("a"))?, "after");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beneath;
mod blobs;
mod clean;
mod codec;
mod entry;
mod error;
mod ignored;
mod log;
mod restore;
mod scan;
mod tree;
mod undo;
mod workspace;

pub use clean::{Cleaned, clean};
pub use error::SnapshotError;
pub use undo::{Change, ChangeKind, Restored, Scope, TurnChanges};
pub use workspace::{Options, Report, TurnKey, Workspace};
