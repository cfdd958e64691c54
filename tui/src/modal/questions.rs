//! Questions of the model: options to choose from, notes, or a line of text.

use std::time::Instant;

use codex_protocol::ApprovalId;
use codex_protocol::event::{RequestUserInput, UserInputAnswer, UserInputQuestion, UserInputResponse};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::line::LineEdit;
use super::{Choice, Choices, DEAF, Modal, Page, Reply, Taken};
use crate::cells::Answered;
use crate::text::sanitize_line;
use crate::theme::{Look, Role};

/// The option that is always there.
const OTHER: &str = "None of the above";

#[derive(Debug)]
struct Asked {
    question: UserInputQuestion,
    labels: Vec<String>,
    choices: Choices,
    /// Without options the answer, else a note.
    line: LineEdit,
    answered: Option<Vec<String>>,
}

/// Questions of one call.
#[derive(Debug)]
pub struct Questions {
    id: ApprovalId,
    asked: Vec<Asked>,
    at: usize,
    /// A note is being written.
    noting: bool,
    appeared: Instant,
}

impl Questions {
    /// Begins with the first.
    pub fn new(request: &RequestUserInput, now: Instant) -> Self {
        let asked = request.questions.iter().map(Asked::new).collect();
        Self { id: request.answer_id(), asked, at: 0, noting: false, appeared: now }
    }

    fn submit(&mut self, row: Option<usize>) -> Taken {
        let Some(asked) = self.asked.get_mut(self.at) else { return Taken::Ignored };
        let mut answers: Vec<String> = row.and_then(|row| asked.labels.get(row)).cloned().into_iter().collect();
        let text = asked.line.text();
        if !text.is_empty() {
            answers.push(if asked.labels.is_empty() { text.to_owned() } else { format!("user_note: {text}") });
        }
        if answers.is_empty() {
            return Taken::Ignored;
        }
        asked.answered = Some(answers);
        self.noting = false;
        match self.asked.iter().position(|asked| asked.answered.is_none()) {
            Some(open) => {
                self.at = open;
                Taken::Redraw
            }
            None => Taken::Done(self.reply()),
        }
    }

    fn reply(&self) -> Reply {
        let answer = |asked: &Asked| {
            let answers = asked.answered.clone().unwrap_or_default();
            (asked.question.id.clone(), UserInputAnswer { answers })
        };
        let shown = |asked: &Asked| {
            let all = asked.answered.clone().unwrap_or_default();
            let (notes, answers): (Vec<_>, Vec<_>) = all.into_iter().partition(|answer| answer.starts_with("user_note: "));
            let note = notes.first().and_then(|note| note.strip_prefix("user_note: ")).map(str::to_owned);
            let answers = if asked.question.is_secret { vec!["(hidden)".to_owned()] } else { answers };
            Answered { question: asked.question.question.clone(), answers, note }
        };
        let response = UserInputResponse { answers: self.asked.iter().map(answer).collect() };
        Reply::Input { id: self.id.clone(), response, shown: self.asked.iter().map(shown).collect() }
    }

    fn page<'a>(&self, width: u16, look: &'a Look) -> Page<'a> {
        let mut page = Page::new(width, look);
        let Some(asked) = self.asked.get(self.at) else { return page };
        let dim = look.style(Role::Dim);
        let open = self.asked.iter().filter(|asked| asked.answered.is_none()).count();
        page.blank();
        page.words(&Line::styled(format!("Question {}/{} ({open} unanswered)", self.at + 1, self.asked.len()), dim));
        page.begin_subject();
        page.words(&Line::styled(sanitize_line(&asked.question.question), look.style(Role::Accent)));
        page.blank();
        let is_text = asked.labels.is_empty();
        page.choices(&asked.choices, 2);
        if is_text || self.noting {
            if !is_text {
                page.blank();
            }
            page.edit(&asked.line, if is_text { "Type your answer" } else { "Add notes" });
        } else if !asked.line.text().is_empty() {
            page.blank();
            page.extend([asked.line.line("Add notes", width, look).0]);
        }
        page.blank();
        let enter = if open <= 1 { "enter to submit all" } else { "enter to submit answer" };
        let hint = match (self.noting, is_text) {
            (true, _) => "tab or esc to clear notes | enter to submit answer".to_owned(),
            (false, true) => format!("{enter} | esc to interrupt"),
            (false, false) => format!("tab to add notes | {enter} | ←/→ to navigate questions | esc to interrupt"),
        };
        page.words(&Line::styled(hint, dim));
        page
    }
}

impl Asked {
    fn new(question: &UserInputQuestion) -> Self {
        let options = question.options.clone().unwrap_or_default();
        let mut labels: Vec<String> = options.iter().map(|option| option.label.clone()).collect();
        let about = |text: &str| sanitize_line(text);
        let mut rows: Vec<Choice> = options.iter().map(|option| Choice::plain(about(&option.label), about(&option.description))).collect();
        if !rows.is_empty() {
            labels.push(OTHER.to_owned());
            rows.push(Choice::plain(OTHER, "Optionally, add details in notes (tab)."));
        }
        Self {
            question: question.clone(),
            labels,
            choices: Choices::new(rows),
            line: LineEdit::new("", question.is_secret),
            answered: None,
        }
    }
}

impl Modal for Questions {
    fn is_question(&self, id: &ApprovalId) -> bool {
        self.id == *id
    }

    fn key(&mut self, key: KeyEvent, now: Instant) -> Taken {
        if now.saturating_duration_since(self.appeared) < DEAF {
            return Taken::Ignored;
        }
        let count = self.asked.len();
        let Some(asked) = self.asked.get_mut(self.at) else { return Taken::Ignored };
        let is_text = asked.labels.is_empty();
        let cancel = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc | KeyCode::Tab if self.noting => {
                asked.line = LineEdit::new("", asked.question.is_secret);
                self.noting = false;
            }
            KeyCode::Esc => return Taken::Done(Reply::Interrupt),
            _ if cancel => return Taken::Done(Reply::Interrupt),
            KeyCode::Tab if !is_text => self.noting = true,
            KeyCode::Left if !self.noting && !is_text => self.at = self.at.saturating_sub(1),
            KeyCode::Right if !self.noting && !is_text => self.at = (self.at + 1).min(count - 1),
            KeyCode::Enter if is_text => return self.submit(None),
            KeyCode::Enter => {
                let row = asked.choices.selected();
                return self.submit(Some(row));
            }
            _ if is_text || self.noting => return if asked.line.key(key) { Taken::Redraw } else { Taken::Ignored },
            _ => match asked.choices.key(key) {
                (Some(row), _) => return self.submit(Some(row)),
                (None, true) => {}
                (None, false) => return Taken::Ignored,
            },
        }
        Taken::Redraw
    }

    fn paste(&mut self, text: &str) {
        if let Some(asked) = self.asked.get_mut(self.at)
            && (self.noting || asked.labels.is_empty())
        {
            asked.line.paste(text);
        }
    }

    fn height(&self, width: u16, most: u16, look: &Look) -> u16 {
        self.page(width, look).height(most)
    }

    fn render(&self, area: Rect, buffer: &mut Buffer, look: &Look) -> Option<Position> {
        self.page(area.width, look).draw(area, buffer)
    }

    fn headline(&self) -> String {
        let first = self.asked.first().map(|asked| sanitize_line(&asked.question.question)).unwrap_or_default();
        format!("Question: {first}")
    }
}
