//! One request after everything has been checked: what git is told, and what is done to `branch.*` beside it.

use std::ffi::{OsStr, OsString};

use codex_linux_sandbox::broker::GitFolder;

use crate::argv::Write;
use crate::branch::{self, BranchEdit, is_branch_name};
use crate::pipes::BrokerEnds;
use crate::repository::read_config_of;
use crate::run::Git;

/// Whether a subcommand makes commits.
pub(crate) fn commits(subcommand: &str) -> bool {
    ["commit", "merge", "rebase", "cherry-pick", "revert", "am"].contains(&subcommand)
}

/// Carries out a request in a process that is prepared for it.
pub(crate) fn carry_out(git: &Git, write: &Write, folder: &GitFolder, ends: &mut BrokerEnds) -> Result<u8, String> {
    let mut work = Work { git, folder, ends };
    match write.subcommand {
        "branch" => work.branch(write),
        "switch" | "checkout" | "worktree" => work.without_upstream(write),
        _ => work.run(&write.to_argv()),
    }
}

struct Work<'a> {
    git: &'a Git,
    folder: &'a GitFolder,
    ends: &'a mut BrokerEnds,
}

const DELETE: &[&str] = &["-d", "-D", "--delete"];
const MOVE: &[&str] = &["-m", "-M", "--move"];
const COPY: &[&str] = &["-c", "-C", "--copy"];
const UPSTREAM: &[&str] = &["-u", "--set-upstream-to"];
const TRACK: &[&str] = &["-t", "--track"];

impl Work<'_> {
    fn run(&mut self, argv: &[OsString]) -> Result<u8, String> {
        self.git.run(argv, self.ends).map_err(|error| format!("cannot run git: {error}"))
    }

    fn branch(&mut self, write: &Write) -> Result<u8, String> {
        let parsed = &write.parsed;
        let plain: Vec<String> = parsed.plain().iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if let Some(upstream) = parsed.value(UPSTREAM) {
            let upstream = upstream.to_string_lossy().into_owned();
            return self.set_upstream(&upstream, plain.first().map(String::as_str));
        }
        if parsed.has(&["--unset-upstream"]) {
            let branch = self.named_or_current(plain.first().map(String::as_str))?;
            return self.edit(&[BranchEdit::NoUpstream { branch }]).map(|()| 0);
        }
        let renames = parsed.has(MOVE);
        if renames || parsed.has(COPY) {
            let (old, new) = match plain.as_slice() {
                [new] => (self.current()?, new.clone()),
                [old, new] => (old.clone(), new.clone()),
                _ => return self.run(&write.to_argv()),
            };
            let code = self.run_over_closed_settings(&write.to_argv(), |git| {
                let moved = !renames || old == new || !exists(git, &old);
                // A branch without commits is nothing but the name in `HEAD`.
                (exists(git, &new) || current(git).as_deref() == Some(&*new)) && moved
            })?;
            let edit = if renames { BranchEdit::Rename { old, new } } else { BranchEdit::Copy { old, new } };
            return if code == 0 { self.edit(&[edit]).map(|()| 0) } else { Ok(code) };
        }
        if parsed.has(DELETE) {
            let code = self.run_over_closed_settings(&write.to_argv(), |_| false)?;
            if !parsed.has(&["-r", "--remotes"]) {
                let gone = plain.into_iter().filter(|branch| is_branch_name(branch) && !exists(self.git, branch));
                let edits: Vec<_> = gone.map(|branch| BranchEdit::Remove { branch }).collect();
                self.edit(&edits)?;
            }
            return Ok(code);
        }
        self.without_upstream(write)
    }

    /// Runs git and says what it says but that it could not write the settings, which is done here.
    ///
    /// git gives up at that point, after everything else: `succeeded` finds out whether that was so.
    fn run_over_closed_settings(&mut self, argv: &[OsString], succeeded: impl Fn(&Git) -> bool) -> Result<u8, String> {
        const CLOSED: [&str; 4] = [
            "error: could not write config file",
            "fatal: branch is renamed, but update of config-file failed",
            "fatal: branch is copied, but update of config-file failed",
            "warning: update of config-file failed",
        ];
        let (code, text) = self.git.run_keeping_errors(argv, self.ends).map_err(|error| format!("cannot run git: {error}"))?;
        let about_settings = |line: &&str| CLOSED.iter().any(|start| line.starts_with(start));
        for line in text.lines().filter(|line| !about_settings(line)) {
            self.ends.say(line);
        }
        let only_settings = text.lines().any(|line| CLOSED[1..3].contains(&line)) && succeeded(self.git);
        Ok(if only_settings { 0 } else { code })
    }

    /// Runs a command that may make a branch, which then has no upstream.
    fn without_upstream(&mut self, write: &Write) -> Result<u8, String> {
        let mut parsed = write.parsed.clone();
        let asked = parsed.has(TRACK);
        parsed.remove(TRACK);
        let mut new = parsed.value(&["-c", "-C", "-b", "-B", "--create", "--force-create"]).map(OsStr::to_owned);
        let plain: Vec<OsString> = parsed.plain().into_iter().map(OsStr::to_owned).collect();
        let mut argv = vec![OsString::from(write.subcommand)];
        if asked && new.is_none() && write.subcommand != "branch" && write.subcommand != "worktree" {
            // `-t origin/x` names the branch as well.
            let start = plain.first().map(|start| start.to_string_lossy().into_owned()).unwrap_or_default();
            let full = self.git.ask(&["rev-parse".as_ref(), "--symbolic-full-name".as_ref(), start.as_ref()]).unwrap_or_default();
            let name = full.strip_prefix("refs/remotes/").and_then(|name| name.split_once('/')).map(|(_, name)| name.to_owned());
            let name = name.ok_or("`--track` needs a branch name")?;
            argv.extend([if write.subcommand == "switch" { "-c" } else { "-b" }.into(), OsString::from(&name)]);
            new = Some(name.into());
        }
        argv.extend(parsed.to_argv());
        let start = match (write.subcommand, plain.as_slice()) {
            ("branch", [name, start]) => {
                new = Some(name.clone());
                Some(start.clone())
            }
            ("worktree", [add, _, start]) if add == "add" => Some(start.clone()),
            ("switch" | "checkout", [name]) if new.is_none() => self.guessed(name).inspect(|_| new = Some(name.clone())),
            ("switch" | "checkout", [start, ..]) => Some(start.clone()),
            _ => None,
        };
        let upstream = start.and_then(|start| self.remote_branch(&start));
        let code = self.run(&argv)?;
        if let (0, Some(new), Some(upstream)) = (code, new, upstream) {
            let new = new.to_string_lossy();
            self.ends.say(&format!("note: codex sandbox: `{new}` has no upstream; `git branch -u {upstream} {new}` sets it"));
        } else if code == 0 && asked {
            self.ends.say("note: codex sandbox: no upstream was set; `git branch -u UPSTREAM` sets it");
        }
        Ok(code)
    }

    /// The one remote branch that git takes a name for which there is no branch.
    fn guessed(&self, name: &OsStr) -> Option<OsString> {
        let name = name.to_str().filter(|name| is_branch_name(name))?;
        if exists(self.git, name) || self.git.ask(&["rev-parse".as_ref(), "--verify".as_ref(), "--quiet".as_ref(), name.as_ref()]).is_some()
        {
            return None;
        }
        let pattern = format!("refs/remotes/*/{name}");
        self.git.ask(&["for-each-ref".as_ref(), "--format=%(refname:short)".as_ref(), pattern.as_ref()]).map(OsString::from)
    }

    /// The short name of a remote branch; `None` for anything else.
    fn remote_branch(&self, start: &OsStr) -> Option<String> {
        let full = self.git.ask(&["rev-parse".as_ref(), "--symbolic-full-name".as_ref(), start])?;
        full.strip_prefix("refs/remotes/").map(str::to_owned)
    }

    fn set_upstream(&mut self, upstream: &str, branch: Option<&str>) -> Result<u8, String> {
        let branch = self.named_or_current(branch)?;
        let full = self.git.ask(&["rev-parse".as_ref(), "--symbolic-full-name".as_ref(), upstream.as_ref()]);
        let full = full
            .filter(|_| !upstream.starts_with('-'))
            .ok_or_else(|| format!("the requested upstream branch '{upstream}' does not exist"))?;
        let (remote, merge) = match full.strip_prefix("refs/heads/") {
            Some(_) => (".".to_owned(), full.clone()),
            None => {
                self.source_of(&full).ok_or_else(|| format!("cannot set up tracking information; '{upstream}' is no branch of a remote"))?
            }
        };
        self.edit(&[BranchEdit::Upstream { branch: branch.clone(), remote, merge }])?;
        let short = full.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/");
        let line = format!("branch '{branch}' set up to track '{short}'.\n");
        let _ = std::io::Write::write_all(&mut self.ends.out, line.as_bytes());
        Ok(0)
    }

    /// Which remote a remote branch is fetched from, and what it is called there.
    fn source_of(&self, full: &str) -> Option<(String, String)> {
        let config = read_config_of(self.folder.real())?;
        let mut found = config.entries().filter(|entry| (entry.0, entry.2) == ("remote", "fetch")).filter_map(|(_, remote, _, spec)| {
            let (source, destination) = spec?.trim_start_matches('+').split_once(':')?;
            let merge = match (source.strip_suffix('*'), destination.strip_suffix('*')) {
                (Some(source), Some(destination)) => format!("{source}{}", full.strip_prefix(destination)?),
                (None, None) => (destination == full).then(|| source.to_owned())?,
                _ => return None,
            };
            Some((remote?.to_owned(), merge))
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    fn named_or_current(&self, branch: Option<&str>) -> Result<String, String> {
        let branch = match branch {
            Some(branch) => branch.to_owned(),
            None => self.current()?,
        };
        if exists(self.git, &branch) { Ok(branch) } else { Err(format!("no branch named '{branch}'")) }
    }

    fn current(&self) -> Result<String, String> {
        current(self.git).ok_or_else(|| "HEAD is on no branch".to_owned())
    }

    /// The last thing that is done: git would see the repository's own settings afterwards.
    fn edit(&self, edits: &[BranchEdit]) -> Result<(), String> {
        if edits.is_empty() {
            return Ok(());
        }
        branch::carry_out(edits, self.folder.real(), || self.folder.settle()).map_err(|error| error.to_string())
    }
}

/// Whether there is such a branch.
fn exists(git: &Git, branch: &str) -> bool {
    is_branch_name(branch)
        && git.ask(&["rev-parse".as_ref(), "--verify".as_ref(), "--quiet".as_ref(), format!("refs/heads/{branch}").as_ref()]).is_some()
}

fn current(git: &Git) -> Option<String> {
    git.ask(&["symbolic-ref".as_ref(), "--quiet".as_ref(), "--short".as_ref(), "HEAD".as_ref()])
}
