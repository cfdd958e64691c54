//! Text inside a block: styles, links, breaks.

use pulldown_cmark::{Event, Tag, TagEnd};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::text::{plain_text, sanitize_line};
use crate::theme::{Look, Role};

/// Gathers the lines of one block. Breaks of the source are kept: they are mostly meant.
pub(super) struct Inline<'a> {
    look: &'a Look,
    styles: Vec<Style>,
    links: Vec<(String, usize)>,
    lines: Vec<Line<'static>>,
}

impl<'a> Inline<'a> {
    pub(super) fn new(look: &'a Look, base: Style) -> Self {
        Self { look, styles: vec![base], links: Vec::new(), lines: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<Line<'static>> {
        std::mem::take(&mut self.lines)
    }

    pub(super) fn push(&mut self, text: &str, style: Style) {
        if self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        // Character references such as `&#27;` become characters only here.
        let text = sanitize_line(text);
        if let Some(line) = self.lines.last_mut() {
            match line.spans.last_mut() {
                Some(last) if last.style == style => last.content.to_mut().push_str(&text),
                _ => line.spans.push(Span::styled(text, style)),
            }
        }
    }

    pub(super) fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    /// Takes one event; whether it was one of text.
    pub(super) fn take_event(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Text(text) | Event::InlineHtml(text) | Event::Html(text) => self.push(text, self.style()),
            Event::Code(code) => self.push(code, self.style().patch(self.look.style(Role::Code))),
            Event::SoftBreak | Event::HardBreak => self.lines.push(Line::default()),
            Event::TaskListMarker(done) => self.push(if *done { "[x] " } else { "[ ] " }, self.style()),
            Event::Start(Tag::Emphasis) => self.open(Role::Emphasis),
            Event::Start(Tag::Strong) => self.open(Role::Strong),
            Event::Start(Tag::Strikethrough) => self.open(Role::Struck),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => {
                self.styles.pop();
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                if self.lines.is_empty() {
                    self.lines.push(Line::default());
                }
                self.links.push((sanitize_line(dest_url), self.lines.last().map_or(0, |line| plain_text(line).len())));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => self.close_link(),
            _ => return false,
        }
        true
    }

    fn open(&mut self, role: Role) {
        self.styles.push(self.style().patch(self.look.style(role)));
    }

    fn close_link(&mut self) {
        let Some((url, start)) = self.links.pop() else { return };
        let link = self.style().patch(self.look.style(Role::Link));
        let text = self.lines.last().map(plain_text).unwrap_or_default();
        let label = text.get(start..).unwrap_or_default();
        let shown = url.strip_prefix("mailto:").unwrap_or(&url);
        if label == shown {
            if let Some(line) = self.lines.last_mut() {
                let mut left = shown.len();
                for span in line.spans.iter_mut().rev() {
                    if span.content.len() > left {
                        break;
                    }
                    left -= span.content.len();
                    span.style = link;
                }
                if left > 0 {
                    split_tail(line, left, link);
                }
            }
        } else if !url.is_empty() {
            let (open, close) = if label.is_empty() { ("", "") } else { (" (", ")") };
            self.push(open, self.style());
            self.push(&url, link);
            self.push(close, self.style());
        }
    }
}

/// Gives the last unstyled `bytes` of text, which are the end of a longer span, a style of their own.
fn split_tail(line: &mut Line<'static>, bytes: usize, style: Style) {
    let Some(at) = line.spans.iter().rposition(|span| span.style != style) else { return };
    let content = line.spans[at].content.clone().into_owned();
    let Some(cut) = content.len().checked_sub(bytes).filter(|cut| content.is_char_boundary(*cut)) else { return };
    line.spans[at].content = content[..cut].to_owned().into();
    line.spans.insert(at + 1, Span::styled(content[cut..].to_owned(), style));
}
