//! `/experimental`: features on and off, for the next start.

use codex_config::edit::set_feature;
use codex_config::features::FEATURES;

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("experimental", "turn features on and off", run);

fn run(app: &mut App, _args: &str) {
    show(app, 0);
}

fn show(app: &mut App, selected: usize) {
    let mark = |on: bool| if on { "[x]" } else { "[ ]" };
    let names: Vec<(&'static str, bool)> = FEATURES.iter().map(|feature| (feature.name, app.config.feature(feature.name))).collect();
    let choices = names.iter().map(|(name, on)| Choice::plain(format!("{} {name}", mark(*on)), "")).collect();
    app.menu("Features", "Enter turns a feature on or off; it counts from the next start on.", choices, selected, move |app, row| {
        let Some((name, on)) = names.get(row).copied() else { return };
        match set_feature(&app.config.codex_home, app.config.profile.as_deref(), name, !on) {
            Ok(()) => {
                let mut config = (*app.config).clone();
                config.features.insert(name.to_owned(), !on);
                app.config = std::sync::Arc::new(config);
                show(app, row);
            }
            Err(error) => app.note(Notice::Error, &error.to_string()),
        }
    });
}
