//! The patch language: parse, match, plan, apply as one transaction.
//!
//! [`parse`] reads the text, [`plan`] works out every result in memory over the disk as it is, [`PatchPlan::apply`]
//! writes all of it or nothing, also when it is killed on the way: [`recover`] sees to that with the next start. Between the
//! last two a caller can look at [`PatchPlan::targets`] and ask or refuse.
//! [`run_executable`] is the stand-alone `apply_patch` tool made of the same three steps.
//!
//! **Not here**: approvals and writable roots as a policy (`core`), confinement of processes (`sandbox`), finding a
//! here-document in a shell line (`shell-command`).
//!
//! ```
//! let patch = codex_apply_patch::parse("*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+2\n*** End Patch")?;
//! let codex_apply_patch::Section::Update { chunks, .. } = &patch.sections[0] else { unreachable!() };
//! let updated = codex_apply_patch::update_text("one \ntwo\n", chunks)?;
//! assert_eq!(updated.text, "one \n2\n");
//! assert!(updated.fuzzy, "`one` was found although the file has a blank behind it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod call;
mod diff;
mod executable;
mod hands;
mod journal;
mod lines;
mod overlay;
mod parse;
mod patch;
mod place;
mod plan;
mod reason;
mod rollback;
mod seek;
mod text;

pub use apply::{Applied, ApplyError, FailedStep, Reach, summary};
pub use call::{PatchCall, is_bare_patch, maybe_patch_argv};
pub use executable::run_executable;
pub use journal::{Recovered, recover};
pub use parse::{HunkProblem, ParseError, parse};
pub use patch::{Chunk, ChunkLine, LineKind, Patch, Section};
pub use place::resolve_real;
pub use plan::{Change, ChangeKind, PatchPath, PatchPlan, PlanError, Target, plan};
pub use text::{Mismatch, Updated, update_text};
