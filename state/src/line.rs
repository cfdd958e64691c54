//! One line of a session file, from bytes to meaning.
//!
//! Lines are read in one pass: `type` stands before `payload` in every file, so the payload goes
//! straight into its own type. What this program does not know is kept as JSON, never refused.

use std::borrow::Cow;
use std::fmt;

use codex_protocol::rollout::{RolloutItem, RolloutLine, SessionMeta};
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
///
/// What a power loss or an editor leaves in front of a line (zero bytes, a byte order mark) does not hide it, and bytes
/// that are no UTF-8 become U+FFFD.
pub fn parse_line(line: &[u8]) -> LineOutcome {
    if line.trim_ascii().is_empty() {
        return LineOutcome::Blank;
    }
    match parse_clean(without_lead(line)) {
        LineOutcome::Broken => match std::str::from_utf8(line) {
            Ok(_) => LineOutcome::Broken,
            Err(_) => parse_clean(without_lead(String::from_utf8_lossy(line).as_bytes())),
        },
        outcome => outcome,
    }
}

/// Looks into a broken line for whole ones: a program that appended to a torn line, or two that wrote at once, ran them
/// together. What cannot be told apart is left out.
pub(crate) fn salvage(line: &[u8]) -> Vec<LineOutcome> {
    const START: &[u8] = b"{\"timestamp\":";
    let mut starts: Vec<usize> = Vec::new();
    for at in 0..line.len().saturating_sub(START.len()) {
        // A quote in front means that the words are part of a text.
        if line[at..].starts_with(START) && (at == 0 || line[at - 1] != b'"') {
            starts.push(at);
        }
    }
    let mut found = Vec::new();
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(line.len());
        match parse_clean(line[*start..end].trim_ascii()) {
            outcome @ (LineOutcome::Known(_) | LineOutcome::Unknown(_)) if *start > 0 || end < line.len() => found.push(outcome),
            _ => {}
        }
    }
    found
}

fn without_lead(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let zeros = line.iter().take_while(|byte| **byte == 0).count();
    &line[zeros..]
}

fn parse_clean(line: &[u8]) -> LineOutcome {
    match serde_json::from_slice::<Line>(line) {
        Ok(Line(line)) if says_something(&line.item) => LineOutcome::Known(line),
        _ => match serde_json::from_slice(line) {
            Ok(Value::Object(object)) => match legacy(&object) {
                Some(line) => LineOutcome::Known(line),
                None => LineOutcome::Unknown(Value::Object(object)),
            },
            _ => LineOutcome::Broken,
        },
    }
}

/// Lines of programs from before there were envelopes: the first is an id and a time, the others are bare items.
fn legacy(object: &serde_json::Map<String, Value>) -> Option<RolloutLine> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    if object.contains_key("payload") || object.contains_key("record_type") {
        return None;
    }
    if object.contains_key("type") {
        let item: ResponseItem = serde_json::from_value(Value::Object(object.clone())).ok()?;
        let item = RolloutItem::ResponseItem(item);
        return says_something(&item).then(|| RolloutLine { timestamp: text("timestamp").unwrap_or_default(), item });
    }
    let meta = SessionMeta {
        id: text("id")?.parse().ok()?,
        forked_from_id: None,
        timestamp: text("timestamp")?,
        cwd: text("cwd").unwrap_or_default().into(),
        originator: text("originator").unwrap_or_default(),
        cli_version: text("cli_version").unwrap_or_default(),
        source: Value::String("unknown".to_owned()),
        model_provider: None,
        base_instructions: None,
        git: object.get("git").and_then(|git| serde_json::from_value(git.clone()).ok()),
        other: serde_json::Map::new(),
    };
    Some(RolloutLine { timestamp: meta.timestamp.clone(), item: RolloutItem::SessionMeta(Box::new(meta)) })
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
    fn lines_without_envelope_are_read() {
        let first = known(r#"{"id":"01a1fb44-3968-7ef3-b54b-de943b8674a4","timestamp":"2025-05-07T17:24:21.123Z","instructions":null}"#);
        let RolloutItem::SessionMeta(meta) = first.item else { panic!("{first:?}") };
        assert_eq!((meta.timestamp.as_str(), meta.id.to_string().len()), ("2025-05-07T17:24:21.123Z", 36));
        let item = known(r#"{"type":"message","id":null,"role":"user","content":[{"type":"input_text","text":"hi"}]}"#);
        assert_eq!(item.item, RolloutItem::ResponseItem(ResponseItem::user_text("hi")));
        let state = json!({"record_type":"state","id":"x"});
        assert_eq!(parse_line(state.to_string().as_bytes()), LineOutcome::Unknown(state));
    }

    #[test]
    fn zero_bytes_a_byte_order_mark_and_foreign_bytes_hide_no_line() {
        let usual = r#"{"timestamp":"t","type":"compacted","payload":{"message":"m"}}"#;
        for lead in ["\0\0\0", "\u{feff}"] {
            assert_eq!(parse_line(format!("{lead}{usual}").as_bytes()), parse_line(usual.as_bytes()));
        }
        let latin = b"{\"timestamp\":\"t\",\"type\":\"compacted\",\"payload\":{\"message\":\"caf\xe9\"}}";
        assert_eq!(parse_line(latin), parse_line(usual.replace("\"m\"", "\"caf\u{fffd}\"").as_bytes()));
    }

    #[test]
    fn lines_that_ran_together_are_told_apart() {
        let (one, two) = (
            r#"{"timestamp":"t","type":"compacted","payload":{"message":"one"}}"#,
            r#"{"timestamp":"t","type":"compacted","payload":{"message":"two"}}"#,
        );
        assert_eq!(salvage(format!("{one}{two}").as_bytes()), [parse_line(one.as_bytes()), parse_line(two.as_bytes())]);
        assert_eq!(salvage(format!("{}{two}", &one[..40]).as_bytes()), [parse_line(two.as_bytes())]);
        assert_eq!(salvage(&one.as_bytes()[..40]), []);
    }

    #[test]
    fn damaged_lines_are_broken_and_empty_ones_blank() {
        for line in ["{", "x", "[1]", "null", "7", r#"{"type":"compacted","payload":{"message":"m"}"#, r#"{"a":1} {"b":2}"#, "\0\0\0"] {
            assert_eq!(parse_line(line.as_bytes()), LineOutcome::Broken, "{line}");
        }
        assert_eq!(parse_line(b"\xff{\"a\":1}"), LineOutcome::Broken);
        assert_eq!(parse_line(&b"[".repeat(100_000)), LineOutcome::Broken);
        for line in ["", "\n", " \t\r\n"] {
            assert_eq!(parse_line(line.as_bytes()), LineOutcome::Blank);
        }
    }
}
