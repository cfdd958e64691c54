//! Files behind `@`.

use super::rows::PopupRow;
use crate::composer::files::FileHit;

pub(super) fn row(hit: FileHit) -> PopupRow {
    PopupRow { label: crate::text::sanitize_line(&hit.path), matched: hit.matched, about: String::new(), value: hit.path }
}

/// A path as it is inserted: in quotes where it has blanks.
pub(super) fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) { format!("\"{path}\"") } else { path.to_owned() }
}
