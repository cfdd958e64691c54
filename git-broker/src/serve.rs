//! The broker's part: judges one request, prepares the process for it, runs git.
//!
//! Everything in a request may be a lie. What it asks for is judged by the tables, where it asks for it by what is on the disk, seen
//! in a view in which no link of the command's is followed. Only then is a git folder opened, the process confined and git started.

use std::fs;
use std::path::{Path, PathBuf};

use codex_linux_sandbox::broker::{GitFolder, GitRequest};

use crate::actions;
use crate::argv::{Write, names_git};
use crate::pipes::{self, BrokerEnds};
use crate::repository::{Repository, is_within, read_config};
use crate::run::Git;
use crate::settings;
use crate::wire::{self, Request};

/// Exit code where git was not run, as git's own for what it cannot do.
pub(crate) const FAILED: u8 = 128;

/// What git must not change in a git folder: programs, and what decides where settings and programs come from.
const CLOSED: &[&str] =
    &["hooks", "info", "modules", "branches", "remotes", "config.worktree", "commondir", "gitdir", "description", "lfs", "svn"];

/// What makes git look for settings elsewhere. No git makes it in the main folder of a repository, so whatever made it, it goes.
const NEVER_MADE: &[&str] = &["commondir", "gitdir"];

/// Answers one request, in the process made for it.
pub fn serve(sandbox: GitRequest) -> u8 {
    match answer(&sandbox) {
        Ok(()) => 0,
        // Without pipes there is nobody to tell, and the requester sees that nobody answers.
        Err(_) => 1,
    }
}

fn answer(sandbox: &GitRequest) -> std::io::Result<()> {
    let mut ends = BrokerEnds::open(sandbox.folder())?;
    let request = pipes::read_request(sandbox.folder()).map_err(|error| format!("the request cannot be read: {error}"));
    let code = request.and_then(|request| carry_out(sandbox, request, &mut ends)).unwrap_or_else(|refusal| {
        ends.say(&format!("fatal: codex sandbox: {refusal}"));
        FAILED
    });
    ends.finish(code);
    Ok(())
}

fn carry_out(sandbox: &GitRequest, request: Request, ends: &mut BrokerEnds) -> Result<u8, String> {
    let (subcommand, words) = request.argv.split_first().ok_or("nothing is asked for")?;
    let write = Write::parse(&subcommand.to_string_lossy(), words)?;
    sandbox.enter_view().map_err(|error| format!("cannot prepare a place to run git in: {error}"))?;
    let cwd = sound_folder(&request.cwd, sandbox.roots())?;
    let mut git = Git {
        program: sandbox.git().to_owned(),
        cwd,
        repository: None,
        env: request.env.into_iter().filter(|(name, value)| wire::passes(name, value)).collect(),
        settings: settings::passed_on(&request.settings),
    };
    if write.subcommand == "init" {
        return init(sandbox, &git, &write, ends);
    }
    let repository = served(&git.cwd, sandbox.roots())?;
    let folder = open(sandbox, &repository, write.subcommand)?;
    git.repository = Some(repository);
    let before = present(&folder);
    for (key, what) in [("commit.gpgsign", "commits are"), ("tag.gpgsign", "tags are")] {
        let concerns = if key.starts_with("tag") { write.subcommand == "tag" } else { actions::commits(write.subcommand) };
        if concerns && settings::wants_signature(&request.settings, key) {
            ends.say(&format!("note: codex sandbox: {what} not signed here"));
        }
    }
    let done = actions::carry_out(&git, &write, &folder, ends);
    remove_new(&folder, &before);
    done
}

/// The folder a request comes from: in a writable root, by its real name.
fn sound_folder(folder: &Path, roots: &[PathBuf]) -> Result<PathBuf, String> {
    let real = fs::canonicalize(folder).map_err(|error| format!("cannot enter the folder: {error}"))?;
    let within = roots.iter().any(|root| is_within(&real, root));
    if within && !names_git(real.as_os_str()) { Ok(real) } else { Err("git is run only in the writable folders".into()) }
}

/// The repository of a folder, if it is the repository of a writable root, or a work tree linked to it.
fn served(cwd: &Path, roots: &[PathBuf]) -> Result<Repository, String> {
    let repository = Repository::around(cwd).map_err(|doubt| doubt.to_string())?.ok_or("not a git repository")?;
    let writable = roots.iter().any(|root| is_within(&repository.work_tree, root));
    let known = roots.iter().any(|root| matches!(Repository::at(root), Ok(Some(own)) if own.common == repository.common));
    if writable && known { Ok(repository) } else { Err("this repository is not that of a writable folder".into()) }
}

fn open(sandbox: &GitRequest, repository: &Repository, subcommand: &str) -> Result<GitFolder, String> {
    let config = read_config(&repository.common).map_err(|doubt| doubt.to_string())?;
    let shown = settings::stored_format(&config.unwrap_or_default());
    let mut replaced = vec![("config", shown.as_str())];
    // What cannot be removed from a work tree cannot be stashed away either.
    let exclude = (subcommand == "stash").then(|| exclude_protected(&repository.common));
    replaced.extend(exclude.as_deref().map(|text| ("info/exclude", text)));
    let folder = sandbox.open_git_folder(&repository.common, CLOSED, &replaced).map_err(|error| error.to_string())?;
    sandbox.confine(&repository.common).map_err(|error| format!("git cannot be confined here: {error}"))?;
    Ok(folder)
}

/// The repository's own list of ignored files, with the folders that the sandbox keeps from being made or removed.
fn exclude_protected(common: &Path) -> String {
    const LIMIT: u64 = 1024 * 1024;
    let own = codex_git::read_bounded(&common.join("info/exclude"), LIMIT).unwrap_or_default();
    format!("{}\n.codex/\n.agents/\n", String::from_utf8_lossy(&own))
}

/// A new repository at the top of a writable root, whose `.git` is kept by an empty folder.
fn init(sandbox: &GitRequest, git: &Git, write: &Write, ends: &mut BrokerEnds) -> Result<u8, String> {
    let folder = write.parsed.plain().first().map_or_else(|| git.cwd.clone(), |folder| git.cwd.join(folder));
    let top = fs::canonicalize(folder).map_err(|error| format!("cannot enter the folder: {error}"))?;
    if !sandbox.roots().contains(&top) {
        return Err("a repository is made here only at the top of a writable folder".into());
    }
    if let Some(existing) = Repository::at(&top).map_err(|doubt| doubt.to_string())? {
        // Doing it again changes settings alone, which are closed.
        if !write.parsed.has(&["-q", "--quiet"]) {
            let line = format!("Reinitialized existing Git repository in {}/\n", existing.git_dir.display());
            let _ = std::io::Write::write_all(&mut ends.out, line.as_bytes());
        }
        return Ok(0);
    }
    let dot_git = top.join(".git");
    let folder = sandbox.open_git_folder(&dot_git, &[], &[]).map_err(|error| error.to_string())?;
    sandbox.confine(folder.path()).map_err(|error| format!("git cannot be confined here: {error}"))?;
    let mut argv = vec!["init".into(), "--template=".into()];
    argv.extend(write.parsed.options_to_argv());
    argv.push(top.into());
    let code = git.run(&argv, ends).map_err(|error| format!("cannot run git: {error}"))?;
    // The one thing of a template that is of use here: see `exclude_protected`.
    let _ = fs::create_dir(dot_git.join("info")).and_then(|()| fs::write(dot_git.join("info/exclude"), ""));
    Ok(code)
}

fn present(folder: &GitFolder) -> Vec<&'static str> {
    NEVER_MADE.iter().copied().filter(|name| exists(folder, name)).collect()
}

fn exists(folder: &GitFolder, name: &str) -> bool {
    rustix::fs::statat(folder.real(), name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Takes away what no git command that is run here makes. Only plain files: there is no reason for more.
fn remove_new(folder: &GitFolder, before: &[&str]) {
    for name in NEVER_MADE.iter().filter(|name| !before.contains(name) && exists(folder, name)) {
        let _ = rustix::fs::unlinkat(folder.real(), *name, rustix::fs::AtFlags::empty());
    }
}
