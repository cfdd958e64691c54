//! The instructions that every request of a thread carries, and the tone in them.
//!
//! They are made once, when the thread begins, and stay the same bytes to its end, so that servers can keep what they
//! have read. A tone that a turn asks for later is told in a message of its own.

use std::sync::Arc;

use codex_config::Config;
use codex_model_client::catalogue::ModelInfo;
use codex_protocol::{Personality, ResponseItem};

use super::BASE_INSTRUCTIONS;

/// The instructions of a thread.
#[derive(Debug)]
pub(crate) struct Instructions {
    /// What every request carries.
    pub(crate) text: Arc<str>,
    /// The tone that is part of `text`.
    pub(crate) tone: Option<Personality>,
    origin: Origin,
    /// Whether tones are asked for at all.
    tones: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// This program's own, in the tone that the configuration asks for.
    BuiltIn(Personality),
    /// Somebody else's, which are left as they are.
    Given,
}

impl Instructions {
    /// Those of a thread of the user's, whose first model is `model`.
    pub(crate) fn of(config: &Config, model: &ModelInfo) -> Self {
        let tones = config.feature("personality");
        if let Some(text) = &config.base_instructions {
            return Self { text: text.as_str().into(), tone: None, origin: Origin::Given, tones };
        }
        let tone = (tones && model.takes_personality).then_some(config.personality);
        Self { text: built_in(tone).into(), tone, origin: Origin::BuiltIn(config.personality), tones }
    }

    /// Those of a thread whose tone is not the user's to choose.
    pub(crate) fn fixed(text: &str) -> Self {
        Self { text: text.into(), tone: None, origin: Origin::Given, tones: false }
    }

    /// The tone in force with a model, where turns asked for `asked` last; `None` where tones have no effect.
    pub(crate) fn tone_with(&self, model: &ModelInfo, asked: Option<Personality>) -> Option<Personality> {
        let configured = match self.origin {
            Origin::BuiltIn(tone) => Some(tone),
            Origin::Given => None,
        };
        asked.or(configured).filter(|_| self.tones && model.takes_personality)
    }

    /// The instructions for a model that takes over, and the tone that is in them.
    pub(crate) fn for_next_model(&self, tone: Option<Personality>) -> (Arc<str>, Option<Personality>) {
        match self.origin {
            Origin::BuiltIn(_) => (built_in(tone).into(), tone),
            Origin::Given => (Arc::clone(&self.text), None),
        }
    }
}

fn built_in(tone: Option<Personality>) -> String {
    match tone.filter(|tone| *tone != Personality::None) {
        Some(tone) => format!("{BASE_INSTRUCTIONS}\n# Tone\n\n{}", words(tone)),
        None => BASE_INSTRUCTIONS.to_owned(),
    }
}

/// The message by which a turn changes the tone.
pub(crate) fn tone_message(tone: Personality) -> ResponseItem {
    ResponseItem::developer_text(format!(
        "<personality_spec>\nFrom here on the person wants replies in this tone. It changes how you write, not what you do.\n\n{}\n</personality_spec>",
        words(tone).trim_end()
    ))
}

fn words(tone: Personality) -> &'static str {
    match tone {
        Personality::None => include_str!("prompts/tone_none.md"),
        Personality::Friendly => include_str!("prompts/tone_friendly.md"),
        Personality::Pragmatic => include_str!("prompts/tone_pragmatic.md"),
    }
}
