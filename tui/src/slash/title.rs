//! `/title`: what the title of the terminal shows.

use ratatui::text::Line;
use toml::Value;

use super::SlashCommand;
use crate::app::{App, Chosen, TITLE_ITEMS};
use crate::chat::Notice;
use crate::modal::list::{List, ListKind, ListOptions, ListRow};
use crate::theme::Role;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("title", "choose what the title of the terminal shows", run);

fn run(app: &mut App, _args: &str) {
    // What is shown comes first, in its order.
    let place = |name: &str| app.title_items.iter().position(|item| item == name);
    let mut items = TITLE_ITEMS.to_vec();
    items.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    let rows = items.iter().map(|(name, about)| ListRow::new(*name, *about).ticked(place(name).is_some())).collect();
    let options = ListOptions {
        title: "Configure Terminal Title".to_owned(),
        subtitle: vec!["Select which items to display in the title of the terminal.".to_owned()],
        kind: ListKind::CheckAndOrder,
        filter: Some("Type to search"),
        ..ListOptions::default()
    };
    // Each item as it would stand there now; the spinner as it looks while a turn runs.
    let words: Vec<(bool, String)> = items
        .iter()
        .map(|(name, _)| match *name {
            "spinner" => (true, "⠋".to_owned()),
            name => (false, app.title(&[name.to_owned()])),
        })
        .collect();
    let preview = move |list: &List, look: &crate::theme::Look| {
        let mut shown = String::new();
        for (spins, word) in list.checked().into_iter().filter_map(|at| words.get(at)).filter(|(_, word)| !word.is_empty()) {
            let gap = if shown.is_empty() || shown.ends_with(' ') { "" } else { " · " };
            shown.push_str(&format!("{gap}{word}{}", if *spins { " " } else { "" }));
        }
        vec![Line::styled(shown, look.style(Role::Dim))]
    };
    app.list(List::new(options, rows), Some(Box::new(preview)), move |app, chosen| {
        if let Chosen::Rows(rows) = chosen {
            app.title_items = rows.into_iter().filter_map(|at| items.get(at)).map(|(name, _)| (*name).to_owned()).collect();
            save(app);
        }
    });
}

fn save(app: &mut App) {
    let value = Value::Array(app.title_items.iter().cloned().map(Value::String).collect());
    let path = ["tui", "terminal_title"].map(str::to_owned).to_vec();
    if let Err(error) = codex_config::edit::apply(&app.config.codex_home, &[codex_config::edit::Change::Set { path, value }]) {
        app.note(Notice::Error, &format!("The choice holds for this run alone: {error}"));
    }
    app.find_branch();
}
