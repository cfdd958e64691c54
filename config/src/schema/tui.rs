//! `[tui]`: the interactive screen.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Choices about the interactive screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct TuiToml {
    /// Whether the terminal is asked to notify when nobody looks, or of what alone.
    #[schemars(extend("default" = false))]
    pub notifications: Option<Notifications>,
    /// How the terminal is asked to.
    #[schemars(extend("default" = "auto"))]
    pub notification_method: Option<NotificationMethod>,
    /// Whether things move.
    #[schemars(extend("default" = true))]
    pub animations: Option<bool>,
    /// Whether hints are shown at the start.
    #[schemars(extend("default" = true))]
    pub show_tooltips: Option<bool>,
    /// Whether the screen is one of its own, gone at the end, or part of the scrollback.
    #[schemars(extend("default" = "auto"))]
    pub alternate_screen: Option<AlternateScreen>,
    /// What the line below the input shows, in this order.
    pub status_line: Option<Vec<String>>,
    /// What the title of the terminal shows, in this order.
    pub terminal_title: Option<Vec<String>>,
    /// Theme of highlighted code.
    pub theme: Option<String>,
    /// What Enter does in the input: send it, or begin a new line. With `newline`, Ctrl-Enter, Alt-Enter and Ctrl-J send.
    #[schemars(extend("default" = "submit"))]
    pub enter_key: Option<EnterKey>,
    /// Whether Ctrl-C and Ctrl-D in an empty input leave only when pressed twice within two seconds.
    #[schemars(extend("default" = true))]
    pub confirm_quit: Option<bool>,
    /// Whether the input has the modes and keys of vi. It starts with inserting.
    #[schemars(extend("default" = false))]
    pub vim_mode: Option<bool>,
    /// Keys of actions, by context (`global`, `composer`, `popup`, `list`, `pager`) and action; `/keymap` lists them. A key is a
    /// character or a name, after `ctrl-`, `alt-` or `shift-`: `ctrl-j`, `alt-enter`, `f5`. Several keys are a list, `none` is no key.
    #[serde(default)]
    pub keymap: BTreeMap<String, BTreeMap<String, KeyChoice>>,
    /// How often the news of a model was shown. Written by the program.
    #[serde(default)]
    pub model_availability_nux: BTreeMap<String, u32>,
}

/// `notifications`: all, none, or some by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Notifications {
    /// All or none.
    Switch(bool),
    /// These.
    Only(Vec<String>),
}

impl<'de> Deserialize<'de> for Notifications {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NotificationsVisitor)
    }
}

struct NotificationsVisitor;

impl<'de> Visitor<'de> for NotificationsVisitor {
    type Value = Notifications;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean or a list of names")
    }

    fn visit_bool<E>(self, on: bool) -> Result<Self::Value, E> {
        Ok(Notifications::Switch(on))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(names)).map(Notifications::Only)
    }
}

/// What Enter does in the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnterKey {
    /// Sends.
    #[default]
    Submit,
    /// Begins a new line.
    Newline,
}

/// The keys of an action: one, or several, or `none`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum KeyChoice {
    /// One, or `none`.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl KeyChoice {
    /// The keys as written; `["none"]` when there shall be none.
    pub fn keys(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}

impl<'de> Deserialize<'de> for KeyChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyChoiceVisitor)
    }
}

struct KeyChoiceVisitor;

impl<'de> Visitor<'de> for KeyChoiceVisitor {
    type Value = KeyChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key, a list of keys, or `none`")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(KeyChoice::One(key.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, keys: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(keys)).map(KeyChoice::Several)
    }
}

/// How a terminal is asked to notify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationMethod {
    /// As the terminal can.
    #[default]
    Auto,
    /// By the sequence that carries a text.
    Osc9,
    /// By the bell.
    Bel,
}

/// When the screen is one of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlternateScreen {
    /// As the terminal can.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
