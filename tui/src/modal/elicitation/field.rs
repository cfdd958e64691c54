//! Fields of a form: what a schema asks for, and whether what was filled in fits.

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent};
use serde_json::{Number, Value};

use super::super::line::LineEdit;
use super::super::{Choice, Choices, Page};
use crate::text::sanitize_line;

/// What a field takes.
#[derive(Debug)]
enum Kind {
    Text {
        least: usize,
        most: usize,
        format: Option<String>,
    },
    Number {
        whole: bool,
        least: Option<f64>,
        most: Option<f64>,
    },
    /// One of these values.
    One(Vec<Value>),
    /// Any of these values.
    Many {
        values: Vec<Value>,
        least: usize,
        most: usize,
    },
}

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// Its title.
    pub(super) label: String,
    /// What the server says to it.
    pub(super) about: Option<String>,
    kind: Kind,
    required: bool,
    words: Vec<String>,
    choices: Choices,
    picked: BTreeSet<usize>,
    line: LineEdit,
}

/// What a key did to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    Nothing,
    Changed,
    /// It is filled in.
    Entered,
}

/// The fields of a schema.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties.iter().map(|(name, property)| Field::new(name, property, required.contains(&name.as_str()))).collect()
}

/// Values to choose from, with their words: `enum` with `enumNames`, or `oneOf` and `anyOf` with titles.
fn options(schema: &Value) -> Option<(Vec<Value>, Vec<String>)> {
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    if let Some(values) = list("enum") {
        let names = list("enumNames");
        let word = |at: usize, value: &Value| {
            let name = names.and_then(|names| names.get(at)).and_then(Value::as_str);
            name.map_or_else(|| in_words(value), sanitize_line)
        };
        return Some((values.clone(), values.iter().enumerate().map(|(at, value)| word(at, value)).collect()));
    }
    let titled = list("oneOf").or_else(|| list("anyOf"))?;
    let values: Option<Vec<Value>> = titled.iter().map(|option| option.get("const").cloned()).collect();
    let words = titled.iter().map(|option| {
        let title = option.get("title").and_then(Value::as_str);
        title.map_or_else(|| option.get("const").map(in_words).unwrap_or_default(), sanitize_line)
    });
    Some((values?, words.collect()))
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => sanitize_line(text),
        other => other.to_string(),
    }
}

fn size(schema: &Value, key: &str, usual: usize) -> usize {
    schema.get(key).and_then(Value::as_u64).map_or(usual, |value| usize::try_from(value).unwrap_or(usize::MAX))
}

impl Field {
    fn new(name: &str, schema: &Value, required: bool) -> Self {
        let text = |key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
        let (kind, words) = Self::kind(schema, text("type").as_deref());
        let usual = schema.get("default");
        let at = |value: &Value| match &kind {
            Kind::One(values) | Kind::Many { values, .. } => values.iter().position(|known| known == value),
            Kind::Text { .. } | Kind::Number { .. } => None,
        };
        let selected = usual.and_then(at).unwrap_or_default();
        let picked = usual.and_then(Value::as_array).into_iter().flatten().filter_map(at).collect();
        let written = match (&kind, usual) {
            (Kind::Text { .. } | Kind::Number { .. }, Some(Value::String(text))) => sanitize_line(text),
            (Kind::Text { .. } | Kind::Number { .. }, Some(value)) => value.to_string(),
            _ => String::new(),
        };
        let secret = text("format").as_deref() == Some("password");
        let mut field = Self {
            name: name.to_owned(),
            label: sanitize_line(&text("title").unwrap_or_else(|| name.to_owned())),
            about: text("description").map(|about| sanitize_line(&about)),
            kind,
            required,
            words,
            choices: Choices::new(Vec::new()),
            picked,
            line: LineEdit::new(&written, secret),
        };
        field.choices = field.rows().select(selected);
        field
    }

    fn kind(schema: &Value, name: Option<&str>) -> (Kind, Vec<String>) {
        if name == Some("array") {
            let found = schema.get("items").and_then(options);
            let (values, words) = found.unwrap_or_default();
            return (Kind::Many { values, least: size(schema, "minItems", 0), most: size(schema, "maxItems", usize::MAX) }, words);
        }
        if let Some((values, words)) = options(schema) {
            return (Kind::One(values), words);
        }
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        match name {
            Some("boolean") => (Kind::One(vec![true.into(), false.into()]), vec!["Yes".to_owned(), "No".to_owned()]),
            Some("number" | "integer") => {
                (Kind::Number { whole: name == Some("integer"), least: bound("minimum"), most: bound("maximum") }, Vec::new())
            }
            _ => {
                let format = schema.get("format").and_then(Value::as_str).map(str::to_owned);
                (Kind::Text { least: size(schema, "minLength", 0), most: size(schema, "maxLength", usize::MAX), format }, Vec::new())
            }
        }
    }

    fn rows(&self) -> Choices {
        let is_many = matches!(self.kind, Kind::Many { .. });
        let row = |(at, word): (usize, &String)| match (is_many, self.picked.contains(&at)) {
            (false, _) => Choice::plain(word.clone(), ""),
            (true, true) => Choice::plain(format!("[x] {word}"), ""),
            (true, false) => Choice::plain(format!("[ ] {word}"), ""),
        };
        Choices::new(self.words.iter().enumerate().map(row).collect())
    }

    /// How it is filled in.
    pub(super) fn hint(&self) -> &'static str {
        match (&self.kind, self.required) {
            (Kind::Many { .. }, _) => "space to tick | enter to go on | esc to close",
            (Kind::One(_), true) => "enter to choose | esc to close",
            (Kind::One(_), false) => "enter to choose | tab to leave it out | esc to close",
            (Kind::Text { .. } | Kind::Number { .. }, _) => "enter to go on | esc to close",
        }
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: KeyEvent) -> Pressed {
        match &self.kind {
            Kind::Text { .. } | Kind::Number { .. } if key.code == KeyCode::Enter => Pressed::Entered,
            Kind::Text { .. } | Kind::Number { .. } => changed(self.line.key(key)),
            Kind::One(_) => match self.choices.key(key) {
                (Some(_), _) => Pressed::Entered,
                (None, moved) => changed(moved),
            },
            Kind::Many { .. } => self.tick(key),
        }
    }

    fn tick(&mut self, key: KeyEvent) -> Pressed {
        let at = match key.code {
            KeyCode::Enter => return Pressed::Entered,
            KeyCode::Char(' ') => self.choices.selected(),
            _ => match self.choices.key(key) {
                (Some(at), _) => at,
                (None, moved) => return changed(moved),
            },
        };
        if at < self.words.len() && !self.picked.remove(&at) {
            self.picked.insert(at);
        }
        self.choices = self.rows().select(at);
        Pressed::Changed
    }

    /// Takes pasted text.
    pub(super) fn paste(&mut self, text: &str) {
        if matches!(self.kind, Kind::Text { .. } | Kind::Number { .. }) {
            self.line.paste(text);
        }
    }

    /// Whether it may be left out by a key of its own.
    pub(super) fn may_be_skipped(&self) -> bool {
        !self.required && matches!(self.kind, Kind::One(_))
    }

    /// What was filled in; `None` when it is left out.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(super) fn value(&self) -> Result<Option<Value>, String> {
        let text = self.line.text();
        let value = match &self.kind {
            Kind::One(values) => values.get(self.choices.selected()).cloned(),
            Kind::Many { values, least, most } => {
                let count = self.picked.len();
                if count < *least && (self.required || count > 0) {
                    return Err(format!("Tick at least {least}."));
                }
                if count > *most {
                    return Err(format!("Tick at most {most}."));
                }
                let picked = self.picked.iter().filter_map(|at| values.get(*at)).cloned().collect();
                (self.required || count > 0).then(|| Value::Array(picked))
            }
            Kind::Text { .. } | Kind::Number { .. } if text.is_empty() => None,
            Kind::Text { least, most, format } => Some(worded(text, *least, *most, format.as_deref())?),
            Kind::Number { whole, least, most } => Some(counted(text, *whole, *least, *most)?),
        };
        if value.is_none() && self.required { Err("This field has to be filled in.".to_owned()) } else { Ok(value) }
    }

    /// How it looks.
    pub(super) fn show(&self, page: &mut Page<'_>) {
        match &self.kind {
            Kind::One(_) | Kind::Many { .. } => page.choices(&self.choices, 0),
            Kind::Text { .. } | Kind::Number { .. } => page.edit(&self.line, if self.required { "required" } else { "may stay empty" }),
        }
    }
}

fn changed(moved: bool) -> Pressed {
    if moved { Pressed::Changed } else { Pressed::Nothing }
}

fn worded(text: &str, least: usize, most: usize, format: Option<&str>) -> Result<Value, String> {
    let length = text.chars().count();
    if length < least {
        return Err(format!("At least {least} characters, please."));
    }
    if length > most {
        return Err(format!("At most {most} characters, please; these are {length}."));
    }
    let fits = match format {
        Some("email") => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@')),
        Some("uri") => text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.is_empty() && !text.contains(char::is_whitespace)
        }),
        Some("date") => text.len() == 10 && format!("{text}T00:00:00Z").parse::<codex_state::Timestamp>().is_ok(),
        Some("date-time") => text.parse::<codex_state::Timestamp>().is_ok(),
        _ => true,
    };
    let example = match format {
        Some("email") => "an address such as name@example.com",
        Some("uri") => "an address such as https://example.com",
        Some("date") => "a date such as 2026-01-31",
        _ => "a time such as 2026-01-31T12:00:00Z",
    };
    if fits { Ok(Value::String(text.to_owned())) } else { Err(format!("This has to be {example}.")) }
}

fn counted(text: &str, whole: bool, least: Option<f64>, most: Option<f64>) -> Result<Value, String> {
    let number: Number = serde_json::from_str(text).map_err(|_| "This has to be a number.".to_owned())?;
    let as_float = number.as_f64().unwrap_or_default();
    if whole && !number.is_i64() && !number.is_u64() {
        return Err("This has to be a whole number.".to_owned());
    }
    match (least, most) {
        (Some(least), _) if as_float < least => Err(format!("This has to be {least} or more.")),
        (_, Some(most)) if as_float > most => Err(format!("This has to be {most} or less.")),
        _ => Ok(Value::Number(number)),
    }
}
