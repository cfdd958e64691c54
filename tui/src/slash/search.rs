//! `/search WORDS`: looks through all sessions.

use std::ops::ControlFlow;
use std::sync::Arc;

use codex_state::{SearchQuery, SessionStore};

use super::{SlashCommand, Where};
use crate::app::{App, Found, with_causes};
use crate::cells::ListingCell;
use crate::chat::Notice;
use crate::text::sanitize_line;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("search", "look for words in all sessions", run).any_time().with_words().only(Where::SameFiles);

/// Hits that are shown.
const MOST: usize = 30;

fn run(app: &mut App, args: &str) {
    if args.is_empty() {
        app.prompt("Search all sessions", "Type what to look for", "", |app, words| search(app, &words));
    } else {
        search(app, args);
    }
}

fn search(app: &mut App, words: &str) {
    let store = SessionStore::new(&app.config.codex_home).with_index_in(&app.config.sqlite_home);
    let words = words.to_owned();
    app.engine.find(move || {
        let query = SearchQuery { pattern: words.clone(), ..SearchQuery::default() };
        let mut rows = Vec::new();
        let outcome = store.search(&query, |hit| {
            let id = hit.session.to_string();
            rows.push(format!("{}  {:<9} {}", id.get(..8).unwrap_or(&id), hit.speaker.as_str(), sanitize_line(&hit.snippet)));
            if rows.len() < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        Some(match outcome {
            Err(error) => Found::Note(Notice::Error, format!("The search failed: {}", with_causes(&error))),
            Ok(()) if rows.is_empty() => Found::Note(Notice::Info, format!("Nothing found for `{words}`")),
            Ok(()) => {
                rows.extend([String::new(), "`codex resume ID` goes on with a session.".to_owned()]);
                Found::Cell(Arc::new(ListingCell::plain_rows(format!("Found for `{}`", sanitize_line(&words)), rows)))
            }
        })
    });
}
