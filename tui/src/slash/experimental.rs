//! `/experimental`: features on and off, for the next start.

use codex_config::edit::set_feature;
use codex_config::features::FEATURES;

use super::SlashCommand;
use crate::app::{App, Chosen};
use crate::chat::Notice;
use crate::modal::list::{List, ListKind, ListOptions, ListRow};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("experimental", "turn features on and off", run);

fn run(app: &mut App, _args: &str) {
    let before: Vec<(&'static str, bool)> = FEATURES.iter().map(|feature| (feature.name, app.config.feature(feature.name))).collect();
    let rows = before.iter().map(|(name, on)| ListRow::new(*name, "").ticked(*on)).collect();
    let options = ListOptions {
        title: "Features".to_owned(),
        subtitle: vec!["What is changed counts from the next start on.".to_owned()],
        kind: ListKind::Check,
        filter: Some("Type to search"),
        ..ListOptions::default()
    };
    app.list(List::new(options, rows), None, move |app, chosen| {
        if let Chosen::Rows(rows) = chosen {
            let changed = before.into_iter().enumerate().filter(|(at, (_, on))| rows.contains(at) != *on);
            for (_, (name, on)) in changed {
                if !switch(app, name, !on) {
                    return;
                }
            }
        }
    });
}

fn switch(app: &mut App, name: &'static str, on: bool) -> bool {
    match set_feature(&app.config.codex_home, app.config.profile.as_deref(), name, on) {
        Ok(()) => {
            let mut config = (*app.config).clone();
            config.features.insert(name.to_owned(), on);
            app.config = std::sync::Arc::new(config);
            app.note(Notice::Info, &format!("Feature {name} is {} from the next start on", if on { "on" } else { "off" }));
            true
        }
        Err(error) => {
            app.note(Notice::Error, &error.to_string());
            false
        }
    }
}
