//! What `$` offers.

use super::rows::{PopupRow, fit};
use crate::composer::options::MentionEntry;

pub(super) fn rows(query: &str, entries: &[MentionEntry]) -> Vec<PopupRow> {
    let mut found: Vec<(usize, PopupRow)> = Vec::new();
    for entry in entries {
        if let Some((cost, places)) = fit(&entry.name, query) {
            let about = format!("[{}] {}", entry.kind, entry.about);
            let matched = if query.is_empty() { Vec::new() } else { places };
            found.push((cost, PopupRow { label: entry.name.clone(), matched, about, value: entry.name.clone() }));
        }
    }
    found.sort_by_key(|(cost, _)| *cost);
    found.into_iter().map(|(_, row)| row).collect()
}
