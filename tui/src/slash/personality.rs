//! `/personality`: the tone of replies. Counts from the next turn on, and is remembered.

use codex_config::edit::{Change, apply};
use codex_model_client::catalogue;
use codex_protocol::op::TurnOverrides;
use codex_protocol::{Op, Personality};

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("personality", "choose the tone of replies", run);

const TONES: [(Personality, &str, &str); 2] = [
    (Personality::Friendly, "Friendly", "Warm and patient, like a colleague beside you"),
    (Personality::Pragmatic, "Pragmatic", "Brief, factual and direct"),
];

fn run(app: &mut App, _args: &str) {
    if !app.config.feature("personality") {
        app.note(Notice::Info, "The feature `personality` is off; /experimental turns it on for the next start.");
        return;
    }
    let config = codex_config::Config { model: app.chat.facts.model.clone(), ..(*app.config).clone() };
    if !catalogue::resolve(&config).takes_personality {
        app.note(Notice::Info, &format!("The tone of {} cannot be chosen; /model has models whose tone can be.", config.model));
        return;
    }
    // What a server was started with is not known here.
    let current = Some(config.personality).filter(|_| app.server.is_none());
    let label = |tone, name: &str| if current == Some(tone) { format!("{name} (current)") } else { name.to_owned() };
    let choices = TONES.iter().map(|(tone, name, about)| Choice::plain(label(*tone, name), *about)).collect();
    let selected = TONES.iter().position(|(tone, ..)| current == Some(*tone)).unwrap_or_default();
    app.menu("Select Personality", "It changes how replies are worded, not what is done.", choices, selected, |app, row| {
        if let Some((tone, name, _)) = TONES.get(row) {
            change(app, *tone, name);
        }
    });
}

fn change(app: &mut App, tone: Personality, name: &str) {
    app.submit(Op::OverrideDefaults(TurnOverrides { personality: Some(tone), ..TurnOverrides::default() }));
    app.note(Notice::Info, &format!("Personality set to {name}"));
    if app.server.is_some() {
        return;
    }
    // Threads that begin later are in the same tone.
    let mut config = (*app.config).clone();
    config.personality = tone;
    app.config = std::sync::Arc::new(config);
    let profile = app.config.profile.as_ref().map(|profile| vec!["profiles".to_owned(), profile.clone()]);
    let mut path = profile.unwrap_or_default();
    path.push("personality".to_owned());
    if let Err(error) = apply(&app.config.codex_home, &[Change::Set { path, value: tone.as_str().into() }]) {
        app.note(Notice::Error, &format!("The choice holds for this run alone: {error}"));
    }
}
