//! A search of the web, made by the server.

use codex_protocol::response_item::WebSearchAction;
use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::mark;
use crate::text::{Indent, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// A search, under way or done.
#[derive(Clone, Debug)]
pub struct WebCell {
    what: Option<String>,
}

impl WebCell {
    /// A search that runs.
    pub fn running() -> Self {
        Self { what: None }
    }

    /// A search that is done: what was looked for, or the page that was opened.
    pub fn done(query: &str, action: &WebSearchAction) -> Self {
        let what = match action {
            WebSearchAction::Search { query: Some(query), .. } if !query.is_empty() => query.clone(),
            WebSearchAction::Search { queries: Some(queries), .. } if !queries.is_empty() => queries.join(", "),
            WebSearchAction::OpenPage { url: Some(url) } => url.clone(),
            WebSearchAction::FindInPage { url: Some(url), pattern: Some(pattern) } => format!("'{pattern}' in {url}"),
            _ => query.to_owned(),
        };
        Self { what: Some(sanitize_line(&what)) }
    }
}

impl Cell for WebCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let indent = Indent::hanging(mark(look, "• ", "", look.style(Role::Dim)));
        let title = look.style(Role::Title);
        let line = match self.what.as_deref() {
            None => Line::from(Span::styled("Searching the web", title)),
            Some("") => Line::from(Span::styled("Searched the web", title)),
            Some(what) => Line::from(vec![Span::styled("Searched", title), Span::raw(format!(" {what}"))]),
        };
        wrap(&line, usize::from(width), &indent)
    }

    fn plain(&self) -> String {
        match self.what.as_deref() {
            None => "Searching the web".to_owned(),
            Some("") => "Searched the web".to_owned(),
            Some(what) => format!("Searched {what}"),
        }
    }
}
