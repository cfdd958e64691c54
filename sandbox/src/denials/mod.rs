//! Which rule was behind what a command was refused, and what would allow it.
//!
//! [`judge`] is pure: a refusal as the tracer saw it, what the policy comes to, and what the same user may do outside of the
//! sandbox ([`Outside`]) go in. A refusal that the system would have given anyway is told apart, because no setting of ours would
//! change it. **Not here:** following commands (`codex-linux-sandbox`, `trace`).

mod judge;
mod outside;
mod report;

pub use judge::{Judged, Mechanism, Rule, judge};
pub use outside::{Machine as ThisMachine, Outside, Permission};
pub use report::report;
