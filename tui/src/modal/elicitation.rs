//! Questions of MCP servers, and of this program about them: a yes, a form that is filled in field by field, a page to open.

use std::time::Instant;

use codex_protocol::ApprovalId;
use codex_protocol::event::{ElicitationAction, ElicitationForm, ElicitationRequest};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use serde_json::{Map, Value, json};

use super::line::LineEdit;
use super::{Choice, Choices, DEAF, Modal, Reply, Taken};
use crate::text::{Indent, reveal, sanitize_line, wrap};
use crate::theme::{Look, Role};

#[derive(Debug)]
enum Kind {
    Text,
    Number,
    /// One of these values.
    Choice(Vec<Value>),
}

#[derive(Debug)]
struct Field {
    name: String,
    label: String,
    kind: Kind,
    required: bool,
    choices: Choices,
    line: LineEdit,
}

/// A question of a server.
#[derive(Debug)]
pub struct Elicitation {
    id: ApprovalId,
    server: String,
    message: String,
    details: Vec<String>,
    fields: Vec<Field>,
    at: usize,
    filled: Map<String, Value>,
    rows: Vec<(ElicitationAction, Option<&'static str>)>,
    choices: Choices,
    complaint: Option<&'static str>,
    appeared: Instant,
}

impl Elicitation {
    /// The question as it was asked.
    pub fn new(request: &ElicitationRequest, now: Instant) -> Self {
        let (message, fields, mut details) = match &request.request {
            ElicitationForm::Form { message, requested_schema } => (message, fields(requested_schema), Vec::new()),
            ElicitationForm::Url { message, url, .. } => (message, Vec::new(), vec![reveal(url).text]),
        };
        let meta = |name: &str| request.meta.as_ref().and_then(|meta| meta.get(name));
        if let Some(shown) = meta("tool_params_display").or_else(|| meta("tool_params")) {
            details.push(reveal(&shown.as_str().map_or_else(|| shown.to_string(), str::to_owned)).text);
        }
        let lasts = |word: &str| meta("persist").and_then(Value::as_array).is_some_and(|all| all.iter().any(|value| value == word));
        let mut rows = vec![(ElicitationAction::Accept, None)];
        let mut choices = vec![Choice::new("Yes, proceed", 'y')];
        if lasts("session") {
            rows.push((ElicitationAction::Accept, Some("session")));
            choices.push(Choice::new("Yes, and don't ask again in this session", 'a'));
        }
        if lasts("always") {
            rows.push((ElicitationAction::Accept, Some("always")));
            choices.push(Choice::new("Yes, and don't ask again at all", 'p'));
        }
        rows.push((ElicitationAction::Decline, None));
        choices.push(Choice::new("No", 'n'));
        rows.push((ElicitationAction::Cancel, None));
        choices.push(Choice { label: "Close without an answer (esc)".to_owned(), about: String::new(), letter: None });
        Self {
            id: request.id.clone(),
            server: request.server_name.clone(),
            message: message.clone(),
            details,
            fields,
            at: 0,
            filled: Map::new(),
            rows,
            choices: Choices::new(choices),
            complaint: None,
            appeared: now,
        }
    }

    fn reply(&self, action: ElicitationAction, lasts: Option<&'static str>) -> Taken {
        let content = (action == ElicitationAction::Accept && !self.fields.is_empty()).then(|| Value::Object(self.filled.clone()));
        let (yes, verb) = match action {
            ElicitationAction::Accept => (true, "You answered"),
            ElicitationAction::Decline => (false, "You declined"),
            ElicitationAction::Cancel => (false, "You closed the question of"),
        };
        let note = (yes, format!("{verb} {}: {}", sanitize_line(&self.server), sanitize_line(&self.message)));
        let meta = lasts.map(|word| json!({ "persist": word }));
        Taken::Done(Reply::Elicitation { id: self.id.clone(), action, content, meta, note })
    }

    /// Takes the value of the present field; the last one answers.
    fn fill(&mut self, row: Option<usize>) -> Taken {
        let Some(field) = self.fields.get(self.at) else { return Taken::Ignored };
        let text = field.line.text();
        let value = match &field.kind {
            Kind::Choice(values) => row.and_then(|row| values.get(row)).cloned(),
            Kind::Text => (!text.is_empty()).then(|| Value::String(text.to_owned())),
            Kind::Number if text.is_empty() => None,
            Kind::Number => match serde_json::from_str::<Value>(text).ok().filter(Value::is_number) {
                Some(number) => Some(number),
                None => {
                    self.complaint = Some("This has to be a number.");
                    return Taken::Redraw;
                }
            },
        };
        if value.is_none() && field.required {
            self.complaint = Some("This field has to be filled in.");
            return Taken::Redraw;
        }
        if let Some(value) = value {
            self.filled.insert(field.name.clone(), value);
        }
        self.complaint = None;
        self.at += 1;
        if self.at == self.fields.len() { self.reply(ElicitationAction::Accept, None) } else { Taken::Redraw }
    }

    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let dim = look.style(Role::Dim);
        let head = Indent::hanging(Span::styled(format!("  {}: ", sanitize_line(&self.server)), look.style(Role::Accent)));
        let mut lines = vec![Line::default()];
        lines.extend(wrap(&Line::styled(sanitize_line(&self.message), look.style(Role::Strong)), columns, &head));
        for detail in &self.details {
            lines.extend(wrap(&Line::from(detail.clone()), columns, &Indent::blanks(4)));
        }
        lines.push(Line::default());
        match self.fields.get(self.at) {
            None => lines.extend(self.choices.lines(width, look)),
            Some(field) => {
                let label = format!("{} ({}/{})", sanitize_line(&field.label), self.at + 1, self.fields.len());
                lines.extend(wrap(&Line::from(label), columns, &Indent::blanks(2)));
                match field.kind {
                    Kind::Choice(_) => lines.extend(field.choices.lines(width, look)),
                    Kind::Text | Kind::Number => {
                        lines.push(field.line.line(if field.required { "required" } else { "may stay empty" }, width, look));
                    }
                }
            }
        }
        lines.extend(self.complaint.map(|complaint| Line::styled(format!("  {complaint}"), look.style(Role::Failure))));
        lines.push(Line::default());
        lines.extend(wrap(&Line::styled("Press enter to confirm or esc to cancel", dim), columns, &Indent::blanks(2)));
        lines
    }
}

fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let field = |(name, property): (&String, &Value)| {
        let text = |key: &str| property.get(key).and_then(Value::as_str).map(str::to_owned);
        let values: Option<Vec<Value>> = property.get("enum").and_then(Value::as_array).cloned();
        let kind = match (values, text("type").as_deref()) {
            (Some(values), _) => Kind::Choice(values),
            (None, Some("boolean")) => Kind::Choice(vec![Value::Bool(true), Value::Bool(false)]),
            (None, Some("number" | "integer")) => Kind::Number,
            (None, _) => Kind::Text,
        };
        let words = |value: &Value| match value {
            Value::Bool(true) => "Yes".to_owned(),
            Value::Bool(false) => "No".to_owned(),
            Value::String(text) => sanitize_line(text),
            other => other.to_string(),
        };
        let choices = match &kind {
            Kind::Choice(values) => values.iter().map(|value| Choice::plain(words(value), "")).collect(),
            Kind::Text | Kind::Number => Vec::new(),
        };
        let label = text("title").or_else(|| text("description")).unwrap_or_else(|| name.clone());
        let usual = property.get("default").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        Field {
            name: name.clone(),
            label,
            kind,
            required: required.contains(&name.as_str()),
            choices: Choices::new(choices),
            line: LineEdit::new(usual.as_deref().unwrap_or_default(), text("format").as_deref() == Some("password")),
        }
    };
    properties.iter().map(field).collect()
}

impl Modal for Elicitation {
    fn key(&mut self, key: KeyEvent, now: Instant) -> Taken {
        if now.saturating_duration_since(self.appeared) < DEAF {
            return Taken::Ignored;
        }
        if key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL) {
            return self.reply(ElicitationAction::Cancel, None);
        }
        let Some(field) = self.fields.get_mut(self.at) else {
            return match self.choices.key(key) {
                (Some(row), _) => {
                    let (action, lasts) = self.rows[row];
                    self.reply(action, lasts)
                }
                (None, true) => Taken::Redraw,
                (None, false) => Taken::Ignored,
            };
        };
        let is_choice = matches!(field.kind, Kind::Choice(_));
        if is_choice {
            return match field.choices.key(key) {
                (Some(row), _) => self.fill(Some(row)),
                (None, true) => Taken::Redraw,
                (None, false) => Taken::Ignored,
            };
        }
        if key.code == KeyCode::Enter {
            return self.fill(None);
        }
        if field.line.key(key) { Taken::Redraw } else { Taken::Ignored }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        u16::try_from(self.lines(width, look).len()).unwrap_or(most).min(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) {
        super::draw(&self.lines(area.width, look), area, buffer);
    }

    fn is_question(&self, id: &ApprovalId) -> bool {
        self.id == *id
    }

    fn headline(&self) -> String {
        format!("{} asks: {}", sanitize_line(&self.server), sanitize_line(&self.message))
    }
}
