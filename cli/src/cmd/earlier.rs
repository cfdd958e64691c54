//! `codex resume` and `codex fork` without `exec`: find the session that is meant. The screen that would show it is not
//! built yet, so both end with a line that says how to go on without it. The older forms `--history`, `--view FILE` and
//! `--resume FILE` are read here too.

use std::path::PathBuf;

use clap::Args;
use codex_state::{ListQuery, SessionFile, SortKey};

use crate::cmd::interactive::{Conversation, EarlierArgs};
use crate::cmd::sessions::print_file;
use crate::cmd::sessions::target::{Stored, failed, one_line, say};
use crate::failure::Failure;

/// Forms of older programs, from before there were subcommands.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OlderForms {
    /// Browse sessions
    #[arg(long, hide = true)]
    pub(crate) history: bool,

    /// Print a session file
    #[arg(long, value_name = "FILE", hide = true, conflicts_with = "history")]
    pub(crate) view: Option<PathBuf>,

    /// Go on with a session file
    #[arg(long, value_name = "FILE", hide = true, conflicts_with_all = ["history", "view"])]
    pub(crate) resume: Option<PathBuf>,
}

/// Does what an older form asks; `None` when none was used.
pub(crate) fn run_older(forms: &OlderForms) -> Option<Result<u8, Failure>> {
    if let Some(path) = &forms.view {
        return Some(Stored::of_this_process().and_then(|stored| print_file(&stored.path(path), &stored)));
    }
    if let Some(path) = &forms.resume {
        return Some(Stored::of_this_process().and_then(|stored| {
            let path = stored.path(path);
            let meta = codex_state::read_meta(&path).map_err(failed)?;
            Err(needs_screen(Conversation::Resumed, &meta.id.to_string(), ""))
        }));
    }
    forms.history.then(|| Stored::of_this_process().and_then(|stored| browse(&stored)))
}

fn browse(stored: &Stored) -> Result<u8, Failure> {
    let query = ListQuery { sort: SortKey::Updated, ..ListQuery::default() };
    for session in stored.store.list(&query).map_err(failed)?.sessions {
        let when = session.updated_at.strftime("%Y-%m-%d %H:%M");
        say(&format!("{}  {when}  {}\n", session.id, one_line(session.title(), 70)));
    }
    Ok(0)
}

/// Finds the session, and says what is missing.
pub(crate) fn run(args: &EarlierArgs, conversation: Conversation) -> Result<u8, Failure> {
    let stored = Stored::of_this_process()?;
    let Some(file) = meant(args, &stored)? else { return crate::cmd::interactive::run(conversation) };
    let title = stored.store.summary(file.id).map(|summary| one_line(summary.title(), 60)).unwrap_or_default();
    Err(needs_screen(conversation, &file.id.to_string(), &title))
}

fn meant(args: &EarlierArgs, stored: &Stored) -> Result<Option<SessionFile>, Failure> {
    if args.last {
        return stored.newest(args.all).map(Some);
    }
    let Some(wanted) = &args.session else { return Ok(None) };
    stored.store.find(wanted).map(Some).map_err(|error| match error {
        codex_state::StateError::Unknown { .. } => Failure::new(format!(
            "ERROR: No saved session found with ID {wanted}. Run `codex resume` without an ID to choose from existing sessions."
        ))
        .hint("`codex sessions list --all` shows what there is"),
        other => failed(other),
    })
}

fn needs_screen(conversation: Conversation, id: &str, title: &str) -> Failure {
    let (verb, command) = match conversation {
        Conversation::Forked => ("copied", "fork"),
        Conversation::New | Conversation::Resumed => ("gone on with", "resume"),
    };
    let title = if title.is_empty() { String::new() } else { format!(" ({title})") };
    Failure::new(format!("Error: session {id}{title} cannot be {verb} on the screen: the interactive screen is not built yet"))
        .hint(format!("`codex exec {command} {id} \"PROMPT\"` does it without a screen"))
}
