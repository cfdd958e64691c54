//! A command that is asked about, on the whole screen: every character of it, those that nobody sees spelt out.

use ratatui::text::{Line, Span};

use super::Pager;
use crate::text::{Revealed, reveal};
use crate::theme::{Look, Role};

/// A pager of a command. Whether all of it was seen, [`Pager::has_seen_end`] tells.
pub fn command_pager(command: &str, look: &Look) -> Pager {
    Pager::lines("E X E C", revealed_lines(command, look), look)
}

/// The lines of a text with its invisible characters spelt out and marked; `⏎` stands where a line of it ends.
pub fn revealed_lines(text: &str, look: &Look) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = text.split('\n').map(|line| revealed_line(&reveal(line), look)).collect();
    let last = lines.len() - 1;
    for line in &mut lines[..last] {
        line.spans.push(Span::styled("⏎", look.style(Role::Dim)));
    }
    lines
}

fn revealed_line(revealed: &Revealed, look: &Look) -> Line<'static> {
    let mut spans = Vec::new();
    let mut at = 0;
    for mark in &revealed.marks {
        spans.push(Span::raw(revealed.text[at..mark.start].to_owned()));
        spans.push(Span::styled(revealed.text[mark.clone()].to_owned(), look.style(Role::Revealed)));
        at = mark.end;
    }
    spans.push(Span::raw(revealed.text[at..].to_owned()));
    spans.retain(|span| !span.content.is_empty());
    Line::from(spans)
}
