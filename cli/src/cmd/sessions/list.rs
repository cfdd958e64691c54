//! `codex sessions list`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use codex_state::{Archive, Cursor, ListQuery, SessionSummary, SortKey};
use serde_json::{Value, json};

use super::target::{Stored, failed, one_line, say};
use crate::failure::Failure;

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// When sessions went on last
    Updated,
    /// When they began
    Created,
}

/// `codex sessions list`.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// Those of every folder
    #[arg(long)]
    all: bool,

    /// Those in the archive
    #[arg(long)]
    archived: bool,

    /// Those of sub-agents and reviewers
    #[arg(long)]
    agents: bool,

    /// What the latest is: updated last, or begun last
    #[arg(long, value_name = "KEY", value_enum, default_value = "updated")]
    sort: Sort,

    /// At most so many
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,

    /// From where a page before ended (`next` of `--json`)
    #[arg(long, value_name = "CURSOR", requires = "json")]
    after: Option<String>,

    /// As one JSON object
    #[arg(long)]
    json: bool,

    /// Only those that have these words in their name, first message, folder or branch
    #[arg(value_name = "WORD")]
    words: Vec<String>,
}

pub(super) fn run(args: &ListArgs, stored: &Stored) -> Result<u8, Failure> {
    let agents = ["subAgentReview", "subAgentCompact", "subAgentThreadSpawn", "subAgentOther"];
    let query = ListQuery {
        archive: if args.archived { Archive::Only } else { Archive::Without },
        sort: if args.sort == Sort::Updated { SortKey::Updated } else { SortKey::Created },
        cwd: (!args.all).then(|| stored.ambient.cwd.clone()),
        sources: args.agents.then(|| agents.iter().map(|kind| (*kind).to_owned()).collect()),
        words: (!args.words.is_empty()).then(|| args.words.join(" ")),
        after: args.after.as_deref().map(str::parse::<Cursor>).transpose().map_err(failed)?,
        limit: args.limit.and_then(|limit| usize::try_from(limit).ok()),
        ..ListQuery::default()
    };
    let page = stored.store.list(&query).map_err(failed)?;
    if args.json {
        let sessions: Vec<Value> = page.sessions.iter().map(SessionSummary::to_json).collect();
        say(&format!("{}\n", json!({ "sessions": sessions, "next": page.next.map(|next| next.to_string()) })));
    } else if page.sessions.is_empty() {
        let all = if args.all { "" } else { "; `--all` shows those of every folder" };
        say(&format!("no sessions{all}\n"));
    } else {
        say(&table(&page.sessions, args.all));
        if page.next.is_some() {
            say("(there are more)\n");
        }
    }
    Ok(0)
}

fn table(sessions: &[SessionSummary], with_folder: bool) -> String {
    let mut table = String::new();
    for session in sessions {
        let when = session.updated_at.strftime("%Y-%m-%d %H:%M");
        let branch = session.git.as_ref().and_then(|git| git.branch.as_deref()).unwrap_or("-");
        let folder = if with_folder { format!("  {}", one_line(&session.cwd.display().to_string(), 40)) } else { String::new() };
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{}  {when}  {:<12}{folder}  {}", session.id, one_line(branch, 12), one_line(session.title(), 70));
    }
    table
}
