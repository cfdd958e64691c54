//! `/statusline`: what the line below the composer shows.

use ratatui::text::Line;
use toml::Value;

use super::SlashCommand;
use crate::app::{App, Chosen, STATUS_ITEMS, status_item};
use crate::chat::Notice;
use crate::modal::list::{List, ListKind, ListOptions, ListRow};
use crate::theme::Role;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("statusline", "choose what the line below the input shows", run);

fn run(app: &mut App, _args: &str) {
    // What is shown comes first, in its order.
    let place = |name: &str| app.items.iter().position(|item| item == name);
    let mut items = STATUS_ITEMS.to_vec();
    items.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    let rows = items.iter().map(|(name, about)| ListRow::new(*name, *about).ticked(place(name).is_some())).collect();
    let options = ListOptions {
        title: "Configure Status Line".to_owned(),
        subtitle: vec!["Select which items to display in the status line.".to_owned()],
        kind: ListKind::CheckAndOrder,
        filter: Some("Type to search"),
        ..ListOptions::default()
    };
    let (names, facts) = (items.clone(), app.chat.facts.clone());
    let preview = move |list: &List, look: &crate::theme::Look| {
        let parts: Vec<String> = list.checked().into_iter().filter_map(|at| status_item(names.get(at)?.0, &facts)).collect();
        vec![Line::styled(crate::text::sanitize_line(&parts.join(" · ")), look.style(Role::Dim))]
    };
    app.list(List::new(options, rows), Some(Box::new(preview)), move |app, chosen| {
        if let Chosen::Rows(rows) = chosen {
            app.items = rows.into_iter().filter_map(|at| items.get(at)).map(|(name, _)| (*name).to_owned()).collect();
            save(app);
        }
    });
}

fn save(app: &mut App) {
    let value = Value::Array(app.items.iter().cloned().map(Value::String).collect());
    let path = ["tui", "status_line"].map(str::to_owned).to_vec();
    if let Err(error) = codex_config::edit::apply(&app.config.codex_home, &[codex_config::edit::Change::Set { path, value }]) {
        app.note(Notice::Error, &format!("The choice holds for this run alone: {error}"));
    }
    app.find_branch();
}
