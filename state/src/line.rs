//! One line of a session file, from bytes to meaning.
//!
//! Lines are read in one pass: `type` stands before `payload` in every file, so the payload goes
//! straight into its own type. What this program does not know is kept as JSON, never refused.

use std::borrow::Cow;
use std::fmt;

use codex_protocol::rollout::{RolloutItem, RolloutLine};
use codex_protocol::{EventMsg, ResponseItem};
use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a line of a session file is.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly every line is a known one")]
pub enum LineOutcome {
    /// A line this program understands.
    Known(RolloutLine),
    /// A JSON object of a type, or with a payload, that this program does not know.
    Unknown(Value),
    /// Nothing but white space.
    Blank,
    /// No JSON object: torn or damaged.
    Broken,
}

/// Reads one line, with or without its newline.
pub fn parse_line(line: &[u8]) -> LineOutcome {
    if line.trim_ascii().is_empty() {
        return LineOutcome::Blank;
    }
    match serde_json::from_slice::<Line>(line) {
        Ok(Line(line)) if says_something(&line.item) => LineOutcome::Known(line),
        _ => match serde_json::from_slice(line) {
            Ok(object @ Value::Object(_)) => LineOutcome::Unknown(object),
            _ => LineOutcome::Broken,
        },
    }
}

/// Whether the item is more than the mark "something newer than this program".
fn says_something(item: &RolloutItem) -> bool {
    !matches!(item, RolloutItem::EventMsg(EventMsg::Unknown) | RolloutItem::ResponseItem(ResponseItem::Other))
}

struct Line(RolloutLine);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor).map(Line)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = RolloutLine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line of a session file")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RolloutLine, A::Error> {
        let mut timestamp = String::new();
        let mut kind: Option<Kind> = None;
        let mut item: Option<RolloutItem> = None;
        let mut early: Option<Value> = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match (key.as_ref(), kind) {
                ("timestamp", _) => timestamp = map.next_value()?,
                ("type", _) => kind = Some(map.next_value()?),
                ("payload", Some(kind)) => item = Some(kind.read(Payload::Next(&mut map))?),
                ("payload", None) => early = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let (None, Some(kind), Some(payload)) = (&item, kind, early) {
            item = Some(kind.read::<A>(Payload::Held(payload))?);
        }
        let item = item.ok_or_else(|| A::Error::missing_field("payload"))?;
        Ok(RolloutLine { timestamp, item })
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    SessionMeta,
    TurnContext,
    ResponseItem,
    EventMsg,
    Compacted,
}

impl Kind {
    fn read<'de, A: MapAccess<'de>>(self, payload: Payload<'_, A>) -> Result<RolloutItem, A::Error> {
        match self {
            Self::SessionMeta => payload.read().map(RolloutItem::SessionMeta),
            Self::TurnContext => payload.read().map(RolloutItem::TurnContext),
            Self::ResponseItem => payload.read().map(RolloutItem::ResponseItem),
            Self::EventMsg => payload.read().map(RolloutItem::EventMsg),
            Self::Compacted => payload.read().map(RolloutItem::Compacted),
        }
    }
}

enum Payload<'m, A> {
    /// It is the next value of the line.
    Next(&'m mut A),
    /// It stood before `type`.
    Held(Value),
}

impl<'de, A: MapAccess<'de>> Payload<'_, A> {
    fn read<T: DeserializeOwned>(self) -> Result<T, A::Error> {
        match self {
            Self::Next(map) => map.next_value(),
            Self::Held(value) => serde_json::from_value(value).map_err(A::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn known(line: &str) -> RolloutLine {
        match parse_line(line.as_bytes()) {
            LineOutcome::Known(line) => line,
            other => panic!("{line} read as {other:?}"),
        }
    }

    #[test]
    fn known_lines_read_as_their_published_shape_does() {
        const LINES: &[&str] = &[
            r#"{"timestamp":"t","type":"session_meta","payload":{"id":"01a1fb44-3968-7ef3-b54b-de943b8674a4","timestamp":"t","cwd":"/w","originator":"codex_exec","cli_version":"0","source":"exec","model_provider":"mock","new_key":1}}"#,
            r#"{"timestamp":"t","type":"event_msg","payload":{"type":"task_started","turn_id":"01a1","model_context_window":258400,"collaboration_mode_kind":"default"}}"#,
            r#"{"timestamp":"t","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"\u00e9 \"x\""}]}}"#,
            r#"{"timestamp":"t","type":"compacted","payload":{"message":"m"}}"#,
        ];
        for line in LINES {
            assert_eq!(known(line), serde_json::from_str::<RolloutLine>(line).unwrap());
        }
    }

    #[test]
    fn the_order_of_keys_and_keys_nobody_knows_do_not_matter() {
        let usual = known(r#"{"timestamp":"t","type":"compacted","payload":{"message":"m"}}"#);
        let odd = known(r#" {"new":[1],"payload":{"message":"m"},"type":"compacted","timestamp":"t"} "#);
        assert_eq!(usual, odd);
    }

    #[test]
    fn what_is_newer_than_this_program_is_kept_whole() {
        for line in [
            json!({"timestamp":"t","type":"hologram","payload":{"a":[1,{"b":null}]}}),
            json!({"timestamp":"t","type":"event_msg","payload":{"type":"hologram","x":1}}),
            json!({"timestamp":"t","type":"response_item","payload":{"type":"hologram","x":1}}),
            json!({"timestamp":"t","type":"compacted","payload":{"message":7}}),
            json!({"timestamp":"t","type":"compacted"}),
            json!({}),
        ] {
            assert_eq!(parse_line(line.to_string().as_bytes()), LineOutcome::Unknown(line));
        }
    }

    #[test]
    fn damaged_lines_are_broken_and_empty_ones_blank() {
        for line in ["{", "x", "[1]", "null", "7", r#"{"type":"compacted","payload":{"message":"m"}"#, r#"{"a":1} {"b":2}"#, "\0\0\0"] {
            assert_eq!(parse_line(line.as_bytes()), LineOutcome::Broken, "{line}");
        }
        assert_eq!(parse_line(b"{\"a\":\"\xff\"}"), LineOutcome::Broken);
        assert_eq!(parse_line(&b"[".repeat(100_000)), LineOutcome::Broken);
        for line in ["", "\n", " \t\r\n"] {
            assert_eq!(parse_line(line.as_bytes()), LineOutcome::Blank);
        }
    }
}
