//! Questions of the model, and what was answered.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::mark;
use crate::text::{Indent, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// One question with its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The question.
    pub question: String,
    /// What was chosen; empty when it was left open.
    pub answers: Vec<String>,
    /// What was added.
    pub note: Option<String>,
}

/// Questions and answers.
#[derive(Clone, Debug)]
pub struct QuestionsCell {
    questions: Vec<Answered>,
}

impl QuestionsCell {
    /// All questions of one call, in order.
    pub fn new(questions: Vec<Answered>) -> Self {
        Self { questions }
    }

    fn title(&self) -> String {
        let answered = self.questions.iter().filter(|question| !question.answers.is_empty() || question.note.is_some()).count();
        format!("Questions {answered}/{} answered", self.questions.len())
    }

    /// Rows as label, text and depth.
    fn rows(&self) -> Vec<(&'static str, String, usize)> {
        let mut rows = Vec::new();
        for question in &self.questions {
            rows.push(("• ", sanitize_line(&question.question), 2));
            if question.answers.is_empty() && question.note.is_none() {
                rows.push(("", "(unanswered)".to_owned(), 4));
            }
            rows.extend(question.answers.iter().map(|answer| ("answer: ", sanitize_line(answer), 4)));
            rows.extend(question.note.iter().map(|note| ("note: ", sanitize_line(note), 4)));
        }
        rows
    }
}

impl Cell for QuestionsCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let head = Line::from(vec![mark(look, "• ", "", look.style(Role::Dim)), Span::styled(self.title(), look.style(Role::Title))]);
        let mut lines = wrap(&head, usize::from(width), &Indent::default());
        for (label, text, depth) in self.rows() {
            let style = look.style(if label == "answer: " { Role::Accent } else { Role::Bullet });
            let label = if look.flat && label == "• " { "question: " } else { label };
            let first = format!("{}{label}", " ".repeat(depth));
            let indent = Indent::hanging(Span::styled(first, look.style(Role::Dim)));
            lines.extend(wrap(&Line::from(Span::styled(text, style)), usize::from(width), &indent));
        }
        lines
    }

    fn plain(&self) -> String {
        let rows = self.rows().into_iter().map(|(label, text, _)| format!("{label}{text}"));
        std::iter::once(self.title()).chain(rows).collect::<Vec<_>>().join("\n")
    }
}
