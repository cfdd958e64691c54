//! Boxes: the card at the head of a conversation, the card of `/status`, the banner of a newer version.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::boxed;
use crate::text::{Indent, sanitize_line, truncate_middle, width, wrap};
use crate::theme::{Look, Role};

/// Columns of the frame of a box.
const FRAME: usize = 4;

/// Columns that a value behind its label has at least.
const NARROWEST: usize = 5;

/// The card at the head of a conversation.
#[derive(Clone, Debug)]
pub struct HeaderCell {
    /// Version of this program.
    pub version: String,
    /// Model slug.
    pub model: String,
    /// Reasoning effort, when one is configured.
    pub effort: Option<String>,
    /// The folder, as it is to be shown.
    pub directory: String,
}

impl Cell for HeaderCell {
    fn lines(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let dim = look.style(Role::Dim);
        let most = usize::from(columns).saturating_sub(FRAME);
        let model = match &self.effort {
            Some(effort) => format!("{} {effort}", self.model),
            None => self.model.clone(),
        };
        let model = sanitize_line(&model);
        let label = "model:     ";
        let mut row = vec![Span::styled(label, dim), Span::raw(model.clone())];
        // The hint is given up before the model's name is cut.
        if width(label) + width(&model) + 3 + width("/model to change") <= most || look.flat {
            row.extend([Span::raw("   "), Span::styled("/model", look.style(Role::Accent)), Span::styled(" to change", dim)]);
        }
        let directory = truncate_middle(&sanitize_line(&self.directory), most.saturating_sub(11).max(1));
        let rows = vec![
            Line::from(vec![
                Span::styled(">_ ", dim),
                Span::styled("OpenAI Codex", look.style(Role::Strong)),
                Span::styled(format!(" (v{})", self.version), dim),
            ]),
            Line::default(),
            Line::from(row),
            Line::from(vec![Span::styled("directory: ", dim), Span::raw(directory)]),
        ];
        boxed(rows, columns, look)
    }

    fn plain(&self) -> String {
        let effort = self.effort.iter().map(|effort| format!(" {effort}")).collect::<String>();
        let directory = sanitize_line(&self.directory);
        format!("OpenAI Codex (v{})\nmodel: {}{effort}\ndirectory: {directory}", self.version, sanitize_line(&self.model))
    }
}

/// A card of labels and values, in groups with a blank row between.
#[derive(Clone, Debug)]
pub struct StatusCell {
    /// Version of this program.
    pub version: String,
    /// Labels without colon, and values.
    pub groups: Vec<Vec<(String, String)>>,
}

impl StatusCell {
    fn labels(&self) -> usize {
        self.groups.iter().flatten().map(|(label, _)| width(label)).max().unwrap_or_default() + 1
    }
}

impl Cell for StatusCell {
    fn lines(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let dim = look.style(Role::Dim);
        let most = usize::from(columns).saturating_sub(if look.flat { 0 } else { FRAME });
        let mut rows = vec![Line::from(vec![
            Span::styled(" >_ ", dim),
            Span::styled("OpenAI Codex", look.style(Role::Strong)),
            Span::styled(format!(" (v{})", self.version), dim),
        ])];
        // Too narrow for two columns, the value stands below its label.
        let labels = self.labels() + 2;
        let beside = most >= labels + 24 && !look.flat;
        for group in &self.groups {
            rows.push(Line::default());
            for (label, value) in group {
                let label = format!(" {label}:");
                let value = Line::from(sanitize_line(value));
                if beside {
                    let first = Line::from(Span::styled(format!("{label:<labels$} "), dim));
                    rows.extend(wrap(&value, most, &Indent::hanging(first)));
                } else if width(&label) + 1 + NARROWEST <= most {
                    let first = Line::from(Span::styled(format!("{label} "), dim));
                    rows.extend(wrap(&value, most, &Indent { first, rest: Line::from("   ") }));
                } else {
                    let label = Line::from(Span::styled(label, dim));
                    rows.extend(wrap(&label, most, &Indent { first: Line::default(), rest: Line::from("   ") }));
                    rows.extend(wrap(&value, most, &Indent::blanks(3)));
                }
            }
        }
        boxed(rows, columns, look)
    }

    fn plain(&self) -> String {
        let rows = self.groups.iter().flatten().map(|(label, value)| format!("{label}: {}", sanitize_line(value)));
        std::iter::once(format!("OpenAI Codex (v{})", self.version)).chain(rows).collect::<Vec<_>>().join("\n")
    }
}

/// A box of sentences, such as the news of a newer version.
#[derive(Clone, Debug)]
pub struct BannerCell {
    title: String,
    sentences: Vec<String>,
}

impl BannerCell {
    /// A title and what is to be said below it; an empty sentence is a blank row.
    pub fn new(title: impl Into<String>, sentences: Vec<String>) -> Self {
        Self { title: title.into(), sentences }
    }

    /// A newer version is there.
    pub fn update(current: &str, newest: &str, sentences: Vec<String>) -> Self {
        Self::new(format!("✨ Update available! {current} -> {newest}"), sentences)
    }
}

impl Cell for BannerCell {
    fn lines(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let most = usize::from(columns).saturating_sub(FRAME);
        let title = Line::from(Span::styled(sanitize_line(&self.title), look.style(Role::Strong)));
        let mut rows = wrap(&title, most, &Indent::default());
        for sentence in &self.sentences {
            rows.extend(wrap(&Line::from(sanitize_line(sentence)), most, &Indent::default()));
        }
        boxed(rows, columns, look)
    }

    fn plain(&self) -> String {
        std::iter::once(&self.title).chain(&self.sentences).map(|line| sanitize_line(line)).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::plain_text;

    #[test]
    fn no_letter_of_a_status_is_lost_where_it_is_narrow() {
        let value = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let groups = vec![vec![value("Collaboration mode", "Default"), value("Context window", "100% left")]];
        let cell = StatusCell { version: "1".to_owned(), groups };
        let text: String = cell.lines(20, &Look::default()).iter().map(plain_text).collect();
        let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        assert_eq!(letters, "OpenAICodeCollaborationmodeDefaultContextwindow100left");
    }
}
