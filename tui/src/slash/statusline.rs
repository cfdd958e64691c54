//! `/statusline`: what the line below the composer shows.

use toml::Value;

use super::SlashCommand;
use crate::app::{App, STATUS_ITEMS};
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("statusline", "choose what the line below the input shows", run);

fn run(app: &mut App, _args: &str) {
    show(app, 0);
}

fn show(app: &mut App, selected: usize) {
    let mark = |name: &str| if app.items.iter().any(|item| item == name) { "[x]" } else { "[ ]" };
    let choices = STATUS_ITEMS.iter().map(|(name, about)| Choice::plain(format!("{} {name}", mark(name)), *about)).collect();
    app.menu(
        "Configure Status Line",
        "Enter takes an item in, behind the others, or out; esc when it is as you want it.",
        choices,
        selected,
        |app, row| {
            let Some((name, _)) = STATUS_ITEMS.get(row) else { return };
            match app.items.iter().position(|item| item == name) {
                Some(at) => _ = app.items.remove(at),
                None => app.items.push((*name).to_owned()),
            }
            save(app);
            show(app, row);
        },
    );
}

fn save(app: &mut App) {
    let value = Value::Array(app.items.iter().cloned().map(Value::String).collect());
    let path = ["tui", "status_line"].map(str::to_owned).to_vec();
    if let Err(error) = codex_config::edit::apply(&app.config.codex_home, &[codex_config::edit::Change::Set { path, value }]) {
        app.note(Notice::Error, &format!("The choice holds for this run alone: {error}"));
    }
    app.find_branch();
}
