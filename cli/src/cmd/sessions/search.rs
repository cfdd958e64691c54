//! `codex sessions search`.

use std::collections::HashMap;
use std::io::Write;
use std::ops::ControlFlow;

use clap::Args;
use codex_protocol::ThreadId;
use codex_state::{Archive, Hit, SearchQuery};
use serde_json::json;

use super::target::{Stored, failed, one_line};
use crate::failure::Failure;

/// `codex sessions search`.
#[derive(Args, Debug)]
pub(super) struct SearchArgs {
    /// What to look for, in any case
    #[arg(value_name = "TEXT")]
    text: String,

    /// TEXT is a regular expression
    #[arg(long)]
    regex: bool,

    /// Upper and lower case differ
    #[arg(long)]
    case_sensitive: bool,

    /// In the archive too
    #[arg(long)]
    archived: bool,

    /// At most so many matches
    #[arg(short = 'n', long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// One JSON object a match
    #[arg(long)]
    json: bool,
}

/// Exit code 1 when nothing was found, as with `grep`.
pub(super) fn run(args: &SearchArgs, stored: &Stored) -> Result<u8, Failure> {
    let query = SearchQuery {
        pattern: args.text.clone(),
        is_regex: args.regex,
        case_sensitive: args.case_sensitive,
        archive: if args.archived { Archive::Both } else { Archive::Without },
    };
    let mut found = 0;
    let mut titles: HashMap<ThreadId, String> = HashMap::new();
    let mut last: Option<ThreadId> = None;
    let search = stored.store.search(&query, |hit| {
        found += 1;
        let text = if args.json {
            as_json(&hit)
        } else {
            let title = titles.entry(hit.session).or_insert_with(|| title(stored, hit.session));
            let heading =
                if last.replace(hit.session) == Some(hit.session) { String::new() } else { format!("{}  {title}\n", hit.session) };
            format!("{heading}  {}: {}\n", hit.speaker.as_str(), one_line(&hit.snippet, 200))
        };
        // A reader that has seen enough ends the search.
        match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) if found < args.limit => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(()),
            Err(error) => {
                crate::output::remember(error);
                ControlFlow::Break(())
            }
        }
    });
    search.map_err(failed)?;
    Ok(u8::from(found == 0))
}

fn title(stored: &Stored, session: ThreadId) -> String {
    stored.store.summary(session).map(|summary| one_line(summary.title(), 70)).unwrap_or_default()
}

fn as_json(hit: &Hit) -> String {
    let value = json!({
        "session": hit.session, "path": hit.path.to_string_lossy(), "line": hit.line, "timestamp": hit.timestamp,
        "speaker": hit.speaker.as_str(), "snippet": hit.snippet, "match": [hit.marked.0, hit.marked.1],
    });
    format!("{value}\n")
}
