//! What `$` offers.

use super::rows::{PopupRow, fit};
use crate::composer::options::MentionEntry;
use crate::text::sanitize_line;

pub(super) fn rows(query: &str, entries: &[MentionEntry]) -> Vec<PopupRow> {
    let mut found: Vec<(usize, PopupRow)> = Vec::new();
    for entry in entries {
        if let Some((cost, places)) = fit(&entry.name, query) {
            let is_clear = is_clear(entry, entries);
            let place = if is_clear { String::new() } else { format!(" ({})", entry.path) };
            let about = sanitize_line(&format!("[{}] {}{place}", entry.kind, entry.about));
            let matched = if query.is_empty() { Vec::new() } else { places };
            let value = if is_clear { format!("${}", entry.name) } else { format!("[${}]({})", word(&entry.name), entry.path) };
            found.push((cost, PopupRow { label: sanitize_line(&entry.name), matched, about, value }));
        }
    }
    found.sort_by_key(|(cost, _)| *cost);
    found.into_iter().map(|(_, row)| row).collect()
}

/// Whether `$name` means this one and no other.
fn is_clear(entry: &MentionEntry, entries: &[MentionEntry]) -> bool {
    entry.name.chars().all(is_of_name) && entries.iter().filter(|other| other.name == entry.name).count() == 1
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ':')
}

/// A name as it can stand in a link to its file.
fn word(name: &str) -> String {
    let name: String = name.chars().map(|letter| if is_of_name(letter) { letter } else { '_' }).collect();
    if name.is_empty() { "skill".to_owned() } else { name }
}
