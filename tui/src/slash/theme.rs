//! `/theme`: the colours of highlighted code.

use std::time::Duration;

use ratatui::text::Line;

use super::SlashCommand;
use crate::app::{App, Chosen};
use crate::chat::Notice;
use crate::markdown::highlight;
use crate::modal::list::{List, ListOptions, ListRow, PreviewPlace};
use crate::theme::{ColourDepth, Look, syntax_themes};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("theme", "choose the colours of code", run);

/// Time for the grammars to be loaded, without which the first preview has no colours.
const LOADING: Duration = Duration::from_millis(if cfg!(debug_assertions) { 10_000 } else { 300 });

/// What a theme is shown with.
const SAMPLE: &str = "/// Counts those who are active.
fn active(users: &[User]) -> String {
    let count = users.iter().filter(|user| user.is_active).count();
    match count {
        0 => \"nobody\".to_owned(), // yet
        count => format!(\"{count} users\"),
    }
}";

fn run(app: &mut App, _args: &str) {
    if app.chat.look().depth != ColourDepth::None {
        highlight::wait(LOADING);
    }
    let names = syntax_themes();
    let present = app.chat.look().syntax.clone();
    let selected = names.iter().position(|name| *name == present).unwrap_or_default();
    let row = |name: &String| if *name == present { ListRow::new(name, "").tagged("current") } else { ListRow::new(name, "") };
    let rows = names.iter().map(row).collect();
    let options = ListOptions {
        title: "Select Syntax Theme".to_owned(),
        subtitle: vec!["Move up/down to live preview themes".to_owned()],
        filter: Some("Type to filter themes..."),
        preview: PreviewPlace::Beside,
        footer: Some("Press enter to confirm or esc to go back".to_owned()),
        selected,
        ..ListOptions::default()
    };
    let shown = names.clone();
    let preview = move |list: &List, look: &Look| {
        let Some(name) = list.selected().and_then(|row| shown.get(row)) else { return Vec::new() };
        let look = look.clone().with_theme(name, || None).unwrap_or_else(|_| look.clone());
        highlight::lines("rust", SAMPLE, &look).into_iter().map(Line::from).collect()
    };
    app.list(List::new(options, rows), Some(Box::new(preview)), move |app, chosen| {
        if let Chosen::Row(row) = chosen
            && let Some(name) = names.get(row)
        {
            take(app, name);
        }
    });
}

fn take(app: &mut App, name: &str) {
    match app.chat.look().clone().with_theme(name, || None) {
        Ok(look) => app.chat.set_look(look),
        Err(error) => return app.note(Notice::Error, &error.to_string()),
    }
    let path = ["tui", "theme"].map(str::to_owned).to_vec();
    let change = codex_config::edit::Change::Set { path, value: name.into() };
    match codex_config::edit::apply(&app.config.codex_home, &[change]) {
        Ok(_) => app.note(Notice::Info, &format!("Theme changed to {name}")),
        Err(error) => app.note(Notice::Error, &format!("The choice holds for this run alone: {error}")),
    }
}
