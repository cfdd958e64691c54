//! Questions of MCP servers, and of this program about them: a yes, a form that is filled in field by field, a page to open.
//!
//! A page is opened only by a yes, and its whole address stands there before. **Not here:** the browser (`app`).

mod field;

use std::time::Instant;

use codex_protocol::ApprovalId;
use codex_protocol::event::{ElicitationAction, ElicitationForm, ElicitationRequest};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use serde_json::{Map, Value, json};

use self::field::{Field, Pressed, fields};
use super::{Choice, Choices, DEAF, Modal, Page, Reply, Taken};
use crate::text::{Indent, reveal, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// Rows of details that are shown at once; the rest is counted, and seen in full with Ctrl-A.
const DETAILS: usize = 12;

/// A question of a server.
#[derive(Debug)]
pub struct Elicitation {
    id: ApprovalId,
    server: String,
    message: String,
    details: Vec<String>,
    /// A page that a yes opens.
    page: Option<String>,
    /// The program asks, not the server.
    is_ours: bool,
    fields: Vec<Field>,
    at: usize,
    filled: Map<String, Value>,
    rows: Vec<(ElicitationAction, Option<&'static str>)>,
    choices: Choices,
    complaint: Option<String>,
    appeared: Instant,
}

impl Elicitation {
    /// The question as it was asked.
    pub fn new(request: &ElicitationRequest, now: Instant) -> Self {
        let (message, fields, page) = match &request.request {
            ElicitationForm::Form { message, requested_schema } => (message, fields(requested_schema), None),
            ElicitationForm::Url { message, url, .. } => (message, Vec::new(), Some(url.clone())),
        };
        let meta = |name: &str| request.meta.as_ref().and_then(|meta| meta.get(name));
        let lasts = |word: &str| meta("persist").and_then(Value::as_array).is_some_and(|all| all.iter().any(|value| value == word));
        let yes = if page.is_some() { "Yes, open it" } else { "Yes, proceed" };
        let mut rows = vec![(ElicitationAction::Accept, None)];
        let mut choices = vec![Choice::new(yes, 'y')];
        if lasts("session") {
            rows.push((ElicitationAction::Accept, Some("session")));
            choices.push(Choice::new("Yes, and don't ask again for this tool in this session", 'a'));
        }
        if lasts("always") {
            rows.push((ElicitationAction::Accept, Some("always")));
            choices.push(Choice::new("Yes, and don't ask again for this tool at all", 'p'));
        }
        rows.push((ElicitationAction::Decline, None));
        choices.push(Choice::new("No", 'n'));
        rows.push((ElicitationAction::Cancel, None));
        choices.push(Choice { label: "Close without an answer (esc)".to_owned(), about: String::new(), letter: None });
        Self {
            id: request.id.clone(),
            server: sanitize_line(&request.server_name),
            message: sanitize_line(message),
            details: details(request, page.as_deref()),
            page,
            is_ours: meta("codex_approval_kind").is_some(),
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
        let scope = match lasts {
            Some("session") => " (for this session)",
            Some(_) => " (from now on)",
            None => "",
        };
        let note = (yes, format!("{verb} {}: {}{scope}", self.server, self.message));
        let meta = lasts.map(|word| json!({ "persist": word }));
        let page = self.page.clone().filter(|_| action == ElicitationAction::Accept);
        Taken::Done(Reply::Elicitation { id: self.id.clone(), action, content, meta, page, note })
    }

    /// Takes the value of the present field; the last one answers.
    fn fill(&mut self) -> Taken {
        let Some(field) = self.fields.get(self.at) else { return Taken::Ignored };
        match field.value() {
            Err(complaint) => self.complaint = Some(complaint),
            Ok(value) => {
                match value {
                    Some(value) => _ = self.filled.insert(field.name.clone(), value),
                    None => _ = self.filled.remove(&field.name),
                }
                return self.next();
            }
        }
        Taken::Redraw
    }

    fn next(&mut self) -> Taken {
        self.complaint = None;
        self.at += 1;
        if self.at == self.fields.len() { self.reply(ElicitationAction::Accept, None) } else { Taken::Redraw }
    }

    fn head(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        let margin = if look.flat { "" } else { "  " };
        let who = if self.is_ours {
            Indent::blanks(margin.len())
        } else {
            Indent::hanging(Span::styled(format!("{margin}{}: ", self.server), look.style(Role::Accent)))
        };
        wrap(&Line::styled(self.message.clone(), look.style(Role::Strong)), columns, &who)
    }

    fn details(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        let indent = Indent::blanks(if look.flat { 0 } else { 4 });
        let rows = |detail: &String| wrap(&Line::from(detail.clone()), columns, &indent);
        self.details.iter().flat_map(rows).collect()
    }

    fn page<'a>(&self, width: u16, look: &'a Look) -> Page<'a> {
        let columns = usize::from(width);
        let dim = look.style(Role::Dim);
        let mut page = Page::new(width, look);
        page.blank();
        page.extend(self.head(columns, look));
        let details = self.details(columns, look);
        let hidden = if self.page.is_some() { 0 } else { details.len().saturating_sub(DETAILS) };
        let shown = details.len() - hidden;
        page.extend(details.into_iter().take(shown));
        if hidden > 0 {
            page.extend([Line::styled(format!("    … +{hidden} lines (ctrl + a to view)"), dim)]);
        }
        page.blank();
        let mut hint = "Press enter to confirm or esc to cancel";
        match self.fields.get(self.at) {
            None => page.choices(&self.choices, 0),
            Some(field) => {
                hint = field.hint();
                let label = format!("{} ({}/{})", field.label, self.at + 1, self.fields.len());
                page.words(&Line::from(label));
                if let Some(about) = &field.about {
                    page.words(&Line::styled(about.clone(), dim));
                }
                field.show(&mut page);
            }
        }
        if let Some(complaint) = &self.complaint {
            page.words(&Line::styled(complaint.clone(), look.style(Role::Failure)));
        }
        page.blank();
        page.words(&Line::styled(hint, dim));
        if !self.fields.is_empty() {
            page.words(&Line::styled("ctrl + n to say no | shift + tab for the field before", dim));
        }
        page
    }

    fn form_key(&mut self, key: KeyEvent) -> Taken {
        let control = key.modifiers == KeyModifiers::CONTROL;
        let Some(field) = self.fields.get_mut(self.at) else { return Taken::Ignored };
        match key.code {
            KeyCode::Char('n') if control => return self.reply(ElicitationAction::Decline, None),
            KeyCode::BackTab => {
                self.at = self.at.saturating_sub(1);
                self.complaint = None;
                return Taken::Redraw;
            }
            KeyCode::Tab if field.may_be_skipped() => {
                let name = field.name.clone();
                self.filled.remove(&name);
                return self.next();
            }
            _ => {}
        }
        match field.key(key) {
            Pressed::Nothing => Taken::Ignored,
            Pressed::Changed => {
                self.complaint = None;
                Taken::Redraw
            }
            Pressed::Entered => self.fill(),
        }
    }
}

/// What stands below the question: the page, or what the tool is called with.
fn details(request: &ElicitationRequest, page: Option<&str>) -> Vec<String> {
    let meta = |name: &str| request.meta.as_ref().and_then(|meta| meta.get(name));
    let mut details: Vec<String> = page.iter().map(|url| reveal(url).text).collect();
    details.extend(meta("tool_description").and_then(Value::as_str).map(sanitize_line).filter(|about| !about.is_empty()));
    let shown = |value: &Value| reveal(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)).text;
    let named = |value: &Value| Some(format!("{}: {}", sanitize_line(value.get("display_name")?.as_str()?), shown(value.get("value")?)));
    match meta("tool_params_display") {
        Some(Value::Array(all)) => details.extend(all.iter().map(|one| named(one).unwrap_or_else(|| shown(one)))),
        Some(other) => details.push(shown(other)),
        None => details.extend(meta("tool_params").map(shown)),
    }
    details
}

impl Modal for Elicitation {
    fn key(&mut self, key: KeyEvent, now: Instant) -> Taken {
        if now.saturating_duration_since(self.appeared) < DEAF {
            return Taken::Ignored;
        }
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc => return self.reply(ElicitationAction::Cancel, None),
            KeyCode::Char('c') if control => return self.reply(ElicitationAction::Cancel, None),
            KeyCode::Char('a') if control => return Taken::Enlarge,
            _ => {}
        }
        if self.at < self.fields.len() {
            return self.form_key(key);
        }
        match self.choices.key(key) {
            (Some(row), _) => {
                let (action, lasts) = self.rows[row];
                self.reply(action, lasts)
            }
            (None, true) => Taken::Redraw,
            (None, false) => Taken::Ignored,
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(field) = self.fields.get_mut(self.at) {
            field.paste(text);
        }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        self.page(width, look).height(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.page(area.width, look).draw(area, buffer)
    }

    fn enlarged(&self, width: u16, look: &Look) -> Option<(&'static str, Vec<Line<'static>>)> {
        let columns = usize::from(width);
        let mut lines = self.head(columns, look);
        lines.push(Line::default());
        lines.extend(self.details(columns, look));
        Some(("Q U E S T I O N", lines))
    }

    fn is_question(&self, id: &ApprovalId) -> bool {
        self.id == *id
    }

    fn headline(&self) -> String {
        format!("{} asks: {}", self.server, self.message)
    }
}
