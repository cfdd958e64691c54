//! `/model`: which model answers, and how hard it thinks. Counts from the next turn on, and is remembered.

use codex_config::edit::set_model;
use codex_protocol::Op;
use codex_protocol::op::{ReasoningEffort, TurnOverrides};

use super::SlashCommand;
use crate::app::App;
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("model", "choose the model and how hard it thinks", run);

/// Models that OpenAI serves, with what each is good for.
const KNOWN: [(&str, &str); 6] = [
    ("gpt-5.3-codex", "Made for agents that write code"),
    ("gpt-5.4", "The newest of the general family"),
    ("gpt-5.2-codex", "The one before, made for code"),
    ("gpt-5.1-codex-max", "For long and hard tasks"),
    ("gpt-5.2", "General, with wide knowledge"),
    ("gpt-5.1-codex-mini", "Small, quick and cheap"),
];

const EFFORTS: [(ReasoningEffort, &str, &str); 4] = [
    (ReasoningEffort::Low, "Low", "Quick, for what is plain"),
    (ReasoningEffort::Medium, "Medium (default)", "For most of what comes up"),
    (ReasoningEffort::High, "High", "For hard problems"),
    (ReasoningEffort::Xhigh, "Extra high", "For the hardest, and slow"),
];

fn run(app: &mut App, _args: &str) {
    let current = app.chat.facts.model.clone();
    let mut models: Vec<(String, String)> =
        app.config.model_catalog.iter().map(|model| (model.slug.clone(), "From your catalogue".to_owned())).collect();
    if app.config.provider.is_builtin_openai {
        models.extend(KNOWN.iter().map(|(slug, about)| ((*slug).to_owned(), (*about).to_owned())));
    }
    if !models.iter().any(|(slug, _)| *slug == current) {
        models.insert(0, (current.clone(), "In use".to_owned()));
    }
    let selected = models.iter().position(|(slug, _)| *slug == current).unwrap_or_default();
    let label = |slug: &str| if slug == current { format!("{slug} (current)") } else { slug.to_owned() };
    let mut choices: Vec<Choice> = models.iter().map(|(slug, about)| Choice::plain(label(slug), about.clone())).collect();
    choices.push(Choice::plain("Another one", "Type its name"));
    app.menu("Select Model and Effort", "Other models: `codex -m NAME`, or `model` in config.toml", choices, selected, move |app, row| {
        match models.into_iter().nth(row) {
            Some((slug, _)) => ask_effort(app, slug),
            None => app.prompt("Name of the model", "as your provider spells it", "", ask_effort),
        }
    });
}

fn ask_effort(app: &mut App, slug: String) {
    let present = app.chat.facts.effort.unwrap_or(ReasoningEffort::Medium);
    let selected = EFFORTS.iter().position(|(effort, ..)| *effort == present).unwrap_or(1);
    let choices = EFFORTS.iter().map(|(_, label, about)| Choice::plain(*label, *about)).collect();
    app.menu(&format!("Select Reasoning Level for {slug}"), "", choices, selected, move |app, row| {
        let effort = EFFORTS.get(row).map(|(effort, ..)| *effort);
        change(app, slug, effort);
    });
}

fn change(app: &mut App, slug: String, effort: Option<ReasoningEffort>) {
    if app.server.is_none()
        && let Err(error) = set_model(&app.config.codex_home, app.config.profile.as_deref(), &slug, effort)
    {
        app.note(Notice::Error, &format!("The choice holds for this session alone: {error}"));
    }
    app.submit(Op::OverrideDefaults(TurnOverrides { model: Some(slug.clone()), effort, ..TurnOverrides::default() }));
    app.note(Notice::Info, &format!("Model changed to {slug} {}", effort.map_or("default", ReasoningEffort::as_str)));
    (app.chat.facts.model, app.chat.facts.effort) = (slug, effort);
}
