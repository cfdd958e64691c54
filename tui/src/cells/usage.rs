//! What is said when a thread is left: the tokens it used, and how to go on with it.

use codex_protocol::TokenUsage;
use ratatui::text::{Line, Span};

use super::Cell;
use crate::text::{Indent, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// The two lines after a thread.
#[derive(Clone, Debug)]
pub struct UsageCell {
    usage: Option<TokenUsage>,
    resume: Option<String>,
}

impl UsageCell {
    /// `usage` of the whole thread, and the command that resumes it, such as `codex resume foo`.
    pub fn new(usage: Option<TokenUsage>, resume: Option<String>) -> Self {
        Self { usage, resume: resume.map(|command| sanitize_line(&command)) }
    }

    /// The counts in one line.
    pub fn counts(usage: &TokenUsage) -> String {
        let input = (usage.input_tokens - usage.cached_input_tokens).max(0);
        let cached = match usage.cached_input_tokens {
            0 => String::new(),
            cached => format!(" (+ {} cached)", grouped(cached)),
        };
        let reasoning = match usage.reasoning_output_tokens {
            0 => String::new(),
            reasoning => format!(" (reasoning {})", grouped(reasoning)),
        };
        let (total, output) = (grouped(usage.blended_total()), grouped(usage.output_tokens));
        format!("Token usage: total={total} input={}{cached} output={output}{reasoning}", grouped(input))
    }
}

impl Cell for UsageCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let mut lines = Vec::new();
        if let Some(usage) = &self.usage {
            lines.extend(wrap(&Line::from(Self::counts(usage)), columns, &Indent::default()));
        }
        if let Some(command) = &self.resume {
            let line =
                Line::from(vec![Span::raw("To continue this session, run "), Span::styled(command.clone(), look.style(Role::Accent))]);
            lines.extend(wrap(&line, columns, &Indent::default()));
        }
        lines
    }

    fn plain(&self) -> String {
        let usage = self.usage.as_ref().map(Self::counts);
        let resume = self.resume.as_ref().map(|command| format!("To continue this session, run {command}"));
        usage.into_iter().chain(resume).collect::<Vec<_>>().join("\n")
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
