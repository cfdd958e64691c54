//! `codex resume` and `codex fork`: find the session that is meant, and open the screen on it. The older forms `--history`,
//! `--view FILE` and `--resume FILE` are read here too.

use std::path::PathBuf;

use clap::Args;
use codex_exec::args::ConfigFlags;
use codex_state::{ListQuery, SessionFile, SortKey};
use codex_tui::{Conversation, Stored as Place};

use crate::cmd::interactive::{self, EarlierArgs, Opening, ScreenFlags};
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
pub(crate) fn run_older(forms: &OlderForms, outer: Outer) -> Option<Result<u8, Failure>> {
    if let Some(path) = &forms.view {
        return Some(Stored::of_this_process(&outer.config).and_then(|stored| print_file(&stored.path(path), &stored)));
    }
    if let Some(path) = &forms.resume {
        return Some(Stored::of_this_process(&outer.config).and_then(|stored| {
            let path = stored.path(path);
            codex_state::read_meta(&path).map_err(failed)?;
            let conversation = Conversation::Resume(Place::File(path));
            interactive::run(Opening { config: outer.config, screen: outer.screen, conversation, prompt: None })
        }));
    }
    forms.history.then(|| Stored::of_this_process(&outer.config).and_then(|stored| browse(&stored)))
}

fn browse(stored: &Stored) -> Result<u8, Failure> {
    let query = ListQuery { sort: SortKey::Updated, ..ListQuery::default() };
    for session in stored.store.list(&query).map_err(failed)?.sessions {
        let when = session.updated_at.strftime("%Y-%m-%d %H:%M");
        say(&format!("{}  {when}  {}\n", session.id, one_line(session.title(), 70)));
    }
    Ok(0)
}

/// Whether an earlier conversation goes on, or a copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// It goes on.
    On,
    /// A copy does.
    OnInACopy,
}

/// The flags before the subcommand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outer {
    /// Those that choose the configuration.
    pub(crate) config: ConfigFlags,
    /// Those of the screen.
    pub(crate) screen: ScreenFlags,
}

/// `codex resume` and `codex fork`.
pub(crate) fn run(args: EarlierArgs, outer: Outer, going: Going) -> Result<u8, Failure> {
    let (is_remote, config) = (args.screen.remote.is_some() || outer.screen.remote.is_some(), args.config.clone().behind(outer.config));
    let meant = if is_remote {
        meant_at_a_server(&args)
    } else {
        meant(&args, &Stored::of_this_process(&config)?)?.map(|file| Place::File(file.path))
    };
    let conversation = match meant {
        Some(stored) => of_stored(stored, going),
        None => {
            Conversation::Choose { fork: going == Going::OnInACopy, all: args.all, include_non_interactive: args.include_non_interactive }
        }
    };
    // With --last the one word is what is said first.
    let prompt = if args.last { args.prompt.or(args.session) } else { args.prompt };
    interactive::run(Opening { config, screen: args.screen.behind(outer.screen), conversation, prompt })
}

fn of_stored(stored: Place, going: Going) -> Conversation {
    match going {
        Going::On => Conversation::Resume(stored),
        Going::OnInACopy => Conversation::Fork(stored),
    }
}

/// The server looks for it.
fn meant_at_a_server(args: &EarlierArgs) -> Option<Place> {
    if args.last {
        return Some(Place::Newest { all: args.all });
    }
    args.session.clone().map(Place::Named)
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
