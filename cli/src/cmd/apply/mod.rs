//! `codex apply`: what a session's last patches changed, applied to the working tree once more.
//!
//! For a tree that went back, or another clone. The patches are taken from the session file (`collect`), their paths carried over
//! to the repository at hand (`carry`), and applied as `git apply` would: to files alone, all of them or none, with a
//! report of what does not fit (`fit`). No git is run, so nothing that a repository's settings name is either.

mod carry;
mod collect;
mod fit;

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use codex_apply_patch::Reach;
use codex_state::{Outline, StateError, find_newest, find_session};

use self::carry::{Trees, carried_over};
use self::collect::LastPatches;
use self::fit::{Fit, Problem};
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// `codex apply`.
#[derive(Args, Debug)]
#[command(override_usage = "codex apply [OPTIONS] (<SESSION_ID> | --last)")]
pub(crate) struct ApplyArgs {
    /// Id of the session, the first characters of it, or its name
    #[arg(value_name = "SESSION_ID", required_unless_present = "last", conflicts_with = "last")]
    session: Option<String>,

    /// The newest session of this folder
    #[arg(long)]
    last: bool,

    /// Say what would happen, and change nothing
    #[arg(long)]
    check: bool,
}

/// Applies them, and says what was done.
pub(crate) fn run(args: &ApplyArgs) -> Result<u8, Failure> {
    let ambient = gather(Environment::of_this_process(), &EXEC)?;
    let path = match &args.session {
        Some(wanted) => find_session(&ambient.codex_home, wanted).map_err(|error| failed(&error))?.path,
        None => {
            let newest = find_newest(&ambient.codex_home, Some(&ambient.cwd)).map_err(|error| failed(&error))?;
            newest.ok_or_else(|| Failure::new("Error: no session was started in this folder").hint("name one by its id"))?.path
        }
    };
    let outline = Outline::of(&path).map_err(|error| failed(&error))?;
    let patches = LastPatches::of(&outline).map_err(|error| failed(&error))?;
    let Some(patches) = patches else {
        return Err(Failure::new(format!("Error: session {} holds no patch that was applied", outline.meta.id))
            .hint("what commands changed in files is not kept as a diff"));
    };
    let trees = Trees::of(&outline.meta.cwd, &ambient.cwd);
    let patch = carried_over(&patches.patches, &trees).map_err(|outside| {
        Failure::new(format!("Error: the session changed `{outside}`, which is not a file of its working tree to carry over"))
            .hint("nothing was changed")
    })?;
    let fit = Fit::of(patch, &trees.here);
    tell(&fit, &patches, args.check, &trees.here)
}

fn tell(fit: &Fit, patches: &LastPatches, check: bool, here: &Path) -> Result<u8, Failure> {
    let mut text = String::new();
    for path in &fit.already_there {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "already there: {path}");
    }
    if !fit.problems.is_empty() {
        print(&text);
        return Err(refused(&fit.problems));
    }
    let plan = codex_apply_patch::plan(&fit.fitting, here).map_err(|error| Failure::new(format!("Error: {error}")))?;
    let done = plan.changes().iter().map(|change| (mark(change.kind), change.path.spelt.as_str()));
    let verb = if check { "would be applied" } else { "applied" };
    for (mark, path) in done {
        let _ = writeln!(text, "{verb}: {mark} {path}");
    }
    if fit.fitting.sections.is_empty() {
        text.push_str("nothing to do: every change is there already\n");
    } else if !check {
        plan.apply(&Reach::Within(vec![here.to_path_buf()]))
            .map_err(|error| Failure::new(format!("Error: {error}: {}", error.source)).hint("nothing was changed"))?;
    }
    if patches.commands > 0 {
        let _ = writeln!(text, "note: {} of that turn; what they changed in files is not part of this", times(patches.commands));
    }
    print(&text);
    Ok(0)
}

fn times(commands: usize) -> String {
    if commands == 1 { "1 command ran in the course".to_owned() } else { format!("{commands} commands ran in the course") }
}

fn mark(kind: codex_apply_patch::ChangeKind) -> char {
    match kind {
        codex_apply_patch::ChangeKind::Add => 'A',
        codex_apply_patch::ChangeKind::Delete => 'D',
        codex_apply_patch::ChangeKind::Update => 'M',
    }
}

fn refused(problems: &[Problem]) -> Failure {
    let count = if problems.len() == 1 { "1 change does".to_owned() } else { format!("{} changes do", problems.len()) };
    let mut message = format!("Error: {count} not fit; nothing was changed");
    for problem in problems {
        let _ = write!(message, "\n  conflict: {}: {}", problem.path, problem.why.replace('\n', "\n    "));
    }
    Failure::new(message).hint("bring these files to the state the session saw, or make the change by hand")
}

fn print(text: &str) {
    crate::output::print(&codex_exec::sanitize(text));
}

fn failed(error: &StateError) -> Failure {
    Failure::new(format!("Error: {error}")).hint("`codex sessions list` shows all")
}
