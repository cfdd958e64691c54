//! Unified diff text of a planned change.

use std::time::Duration;

use similar::TextDiff;

use crate::plan::{Change, ChangeKind};

/// Beyond this the diff may get longer than needed; two large texts with nothing in common are not worth more.
const DIFF_TIME: Duration = Duration::from_millis(500);

impl Change {
    /// Returns the difference an update makes, as unified diff hunks without file headers.
    ///
    /// `context` is the number of unchanged lines around each difference. `None` for additions and removals; empty
    /// when nothing changes.
    pub fn unified_diff(&self, context: usize) -> Option<String> {
        if self.kind != ChangeKind::Update {
            return None;
        }
        let (old, new) = (self.old_content().unwrap_or_default(), self.new_content().unwrap_or_default());
        let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
        let diff = TextDiff::configure().timeout(DIFF_TIME).diff_lines(old.as_ref(), new.as_ref());
        Some(diff.unified_diff().context_radius(context).to_string())
    }
}
