//! Commands behind `/`: those that begin with what was typed, then those that have its letters. Other names of a command are
//! offered only when they are typed.

use super::rows::{PopupRow, fit};
use crate::composer::options::SlashEntry;

pub(super) fn rows(query: &str, commands: &[SlashEntry]) -> Vec<PopupRow> {
    let mut found: Vec<(usize, PopupRow)> = Vec::new();
    for command in commands {
        let own = fit(&command.name, query).map(|(cost, places)| (cost, &command.name, places));
        let typed = |alias: &&String| !query.is_empty() && alias.to_lowercase().starts_with(&query.to_lowercase());
        let other = command.aliases.iter().find(typed).map(|alias| (0, alias, (0..query.chars().count()).collect::<Vec<_>>()));
        let best = match (own, other) {
            (Some(own), Some(other)) => Some(if own.0 == 0 { own } else { other }),
            (own, other) => own.or(other),
        };
        if let Some((cost, name, places)) = best {
            let matched = if query.is_empty() { Vec::new() } else { places.iter().map(|at| at + 1).collect() };
            let row = PopupRow { label: format!("/{name}"), matched, about: command.about.clone(), value: command.name.clone() };
            found.push((cost, row));
        }
    }
    found.sort_by_key(|(cost, row)| (*cost, *cost == 0 && row.label.len() != query.len() + 1));
    found.into_iter().map(|(_, row)| row).collect()
}
