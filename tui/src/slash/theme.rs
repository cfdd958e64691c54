//! `/theme`: the colours of highlighted code.

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;
use crate::modal::Choice;
use crate::theme::{Palette, syntax_themes};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("theme", "choose the colours of code", run);

fn run(app: &mut App, _args: &str) {
    let names = syntax_themes();
    let present = app.chat.look().syntax.clone();
    let selected = names.iter().position(|name| *name == present).unwrap_or_default();
    let choices = names.iter().map(|name| Choice::plain(name.clone(), "")).collect();
    app.menu("Select Syntax Theme", "Counts for what is shown from now on.", choices, selected, move |app, row| {
        let Some(name) = names.get(row) else { return };
        let mut look = app.chat.look().clone();
        look.syntax.clone_from(name);
        look.palette = Palette::builtin(name);
        app.chat.set_look(look);
        let path = ["tui", "theme"].map(str::to_owned).to_vec();
        let change = codex_config::edit::Change::Set { path, value: name.clone().into() };
        match codex_config::edit::apply(&app.config.codex_home, &[change]) {
            Ok(_) => app.note(Notice::Info, &format!("Theme changed to {name}")),
            Err(error) => app.note(Notice::Error, &format!("The choice holds for this run alone: {error}")),
        }
    });
}
