//! The frame around a review, and what the reviewer found.

use std::path::Path;

use codex_protocol::event::{ReviewFinding, ReviewOutput};
use ratatui::text::{Line, Span};

use super::Cell;
use super::agent::marked;
use crate::markdown;
use crate::text::{Indent, display_path, sanitize, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// A part of a review.
#[derive(Clone, Debug)]
pub enum ReviewCell {
    /// It begins; what is reviewed, in a few words.
    Started(String),
    /// It ended.
    Finished,
    /// What was found, as markdown.
    Found(String),
}

impl ReviewCell {
    /// What was found; paths are shown relative to `cwd`.
    pub fn found(output: &ReviewOutput, cwd: &Path) -> Self {
        let mut text = output.overall_explanation.trim().to_owned();
        if !output.overall_correctness.trim().is_empty() {
            let verdict = format!("**{}**", output.overall_correctness.trim());
            text = if text.is_empty() { verdict } else { format!("{verdict}\n\n{text}") };
        }
        for finding in &output.findings {
            text.push_str("\n\n");
            text.push_str(&finding_text(finding, cwd));
        }
        if output.findings.is_empty() {
            text.push_str("\n\nNo findings.");
        }
        Self::Found(text.trim_start().to_owned())
    }
}

impl Cell for ReviewCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        match self {
            Self::Found(text) => marked(markdown::render(text, width.saturating_sub(2).max(1), look), true, look),
            Self::Started(_) | Self::Finished => {
                wrap(&Line::from(Span::styled(self.plain(), look.style(Role::Accent))), usize::from(width), &Indent::default())
            }
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Started(what) => format!(">> Code review started: {} <<", sanitize_line(what)),
            Self::Finished => "<< Code review finished >>".to_owned(),
            Self::Found(text) => sanitize(text).into_owned(),
        }
    }
}

fn finding_text(finding: &ReviewFinding, cwd: &Path) -> String {
    let place = &finding.code_location;
    let path = display_path(&place.absolute_file_path, Some(cwd), None);
    let lines = match (place.line_range.start, place.line_range.end) {
        (start, end) if end > start => format!("{start}-{end}"),
        (start, _) => start.to_string(),
    };
    let title = finding.title.trim();
    let title = if title.starts_with('[') { title.to_owned() } else { format!("[P{}] {title}", finding.priority.clamp(0, 3)) };
    let title = title.replace('[', "\\[");
    format!("- **{title}** `{path}:{lines}`\n\n  {}", finding.body.trim().replace('\n', "\n  "))
}
