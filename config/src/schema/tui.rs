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
    /// Names: `agent-turn-complete`, `approval-requested`, `user-input-requested`, `plan-mode-prompt`.
    #[schemars(extend("default" = true))]
    pub notifications: Option<Notifications>,
    /// How the terminal is asked to.
    #[schemars(extend("default" = "auto"))]
    pub notification_method: Option<NotificationMethod>,
    /// With the method `command`: a program of your own and its arguments. What happened follows as one more argument.
    pub notification_command: Option<Vec<String>>,
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
    /// Rows of a command's output that are shown before the middle is folded; 0 shows all.
    #[schemars(extend("default" = 5))]
    pub output_rows: Option<u16>,
    /// Whether replies are printed as the model wrote them, without indentation and line breaks of ours. `/raw` switches it for
    /// one run.
    #[schemars(extend("default" = false))]
    pub raw_output: Option<bool>,
    /// Whether the screen is made for a screen reader: flat lines with words in place of marks and boxes. As `--screen-reader`.
    #[schemars(extend("default" = false))]
    pub screen_reader: Option<bool>,
    /// Keys of actions, by context (`global`, `composer`, `popup`, `list`, `pager`) and action; `/keymap` lists them. A key is a
    /// character or a name, after `ctrl-`, `alt-` or `shift-`: `ctrl-j`, `alt-enter`, `f5`. Several keys are a list, `none` is no key.
    #[serde(default)]
    pub keymap: BTreeMap<String, BTreeMap<String, KeyChoice>>,
    /// Prices of models by their names, for `/cost` and the item `session-cost` of the status line.
    #[serde(default)]
    pub prices: BTreeMap<String, PricesToml>,
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
    /// By the sequence that carries a title and a text.
    Osc777,
    /// By `notification_command`.
    Command,
}

/// What a million tokens of a model cost, in the currency you like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct PricesToml {
    /// A million tokens of input.
    pub input: Price,
    /// A million tokens of input that came from the cache; as `input` when nothing is said.
    pub cached_input: Option<Price>,
    /// A million tokens of output.
    pub output: Price,
}

/// A price, kept exactly: millionths of the unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u64);

impl Price {
    /// Highest price that is believed, in whole units.
    const MOST: u32 = 1_000_000;

    /// Millionths of the unit.
    pub fn millionths(self) -> u64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PriceVisitor)
    }
}

struct PriceVisitor;

impl Visitor<'_> for PriceVisitor {
    type Value = Price;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price, a number from 0 to 1000000")
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Price, E> {
        if !(0.0..=f64::from(Price::MOST)).contains(&value) {
            return Err(E::invalid_value(serde::de::Unexpected::Float(value), &self));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
        let millionths = (value * 1e6).round() as u64;
        Ok(Price(millionths))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Price, E> {
        match u64::try_from(value) {
            Ok(value) if value <= u64::from(Price::MOST) => Ok(Price(value * 1_000_000)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Signed(value), &self)),
        }
    }
}

impl Serialize for Price {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "at most a million with six digits behind the point")]
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

impl JsonSchema for Price {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Price".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0, "maximum": 1_000_000 })
    }
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
