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
