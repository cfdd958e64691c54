//! What stands in the place of `git` inside the sandbox.
//!
//! Whatever it does is done with the command's own rights, so nothing here has to be trusted. Most calls become git at once. One
//! that writes to a repository whose git folder is closed goes to the broker; one that writes and is not brokered becomes git
//! too, after a line that says why git is going to fail.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use codex_linux_sandbox::broker::{FOLDER, PLACES, PROGRAMS};
use rustix::fs::StatVfsMountFlags;

use crate::argv::{Globals, Verdict, Write, classify};
use crate::pipes;
use crate::repository::{Doubt, Repository};
use crate::run;
use crate::serve::FAILED;
use crate::settings;
use crate::wire::{self, Request};

/// Whether this process runs in a sandbox with a broker.
pub fn inside() -> bool {
    Path::new(PLACES).exists()
}

/// Plays `git`: `name` is what it was started as, `args` are its words. Returns only where git itself is not to run.
pub fn run_main(name: &OsStr, args: impl IntoIterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = args.into_iter().collect();
    let Some(program) = real_git() else {
        say("the system's git is not to be found");
        return FAILED;
    };
    match decide(&program, name, &words) {
        Next::Git(note) => {
            if let Some(note) = note {
                say(&note);
            }
            become_git(&program, name, &words)
        }
        Next::Broker(request, reads_stdin) => match pipes::call(Path::new(FOLDER), &request, reads_stdin) {
            Ok(code) => code,
            Err(error) => {
                say(&format!("cannot reach the broker that writes to `.git`: {error}"));
                FAILED
            }
        },
    }
}

/// What happens to a call.
enum Next {
    /// git itself, after saying this.
    Git(Option<String>),
    Broker(Box<Request>, bool),
}

/// Aliases of aliases end here.
const ALIASES: usize = 8;

fn decide(program: &Path, name: &OsStr, words: &[OsString]) -> Next {
    // `git-upload-pack` and the like are for other programs to start.
    if name_of(name) != "git" {
        return Next::Git(None);
    }
    let mut line = words.to_vec();
    for _ in 0..ALIASES {
        let (globals, verdict) = classify(&line);
        match verdict {
            Verdict::Read => return Next::Git(None),
            Verdict::Unbrokered(reason) => return Next::Git(closed_around(&globals).map(|why| unbrokered(&why.unwrap_or(reason)))),
            Verdict::Write(write) => return brokered(program, &globals, &write),
            Verdict::Unknown(alias) => match expand(program, &globals, &line, &alias) {
                Some(longer) => line = longer,
                None => return Next::Git(None),
            },
        }
    }
    Next::Git(None)
}

fn name_of(name: &OsStr) -> &OsStr {
    Path::new(name).file_name().unwrap_or(name)
}

fn unbrokered(reason: &str) -> String {
    format!("`.git` is read-only here and the broker does not run this ({reason}); ask to run it outside of the sandbox if it has to be")
}

/// Whether the folder of a line has a repository that is closed; with a reason if that alone keeps it from being brokered.
fn closed_around(globals: &Globals) -> Option<Option<String>> {
    match Repository::around(&folder(globals)?) {
        Ok(Some(repository)) => is_closed(&repository.common).then_some(None),
        Ok(None) => None,
        Err(Doubt::Link) => Some(Some(Doubt::Link.to_string())),
        Err(doubt) => Some(Some(doubt.to_string())),
    }
}

/// Whether the sandbox keeps a folder from being written. Asked of its mount: a failed attempt would count as one more denial.
fn is_closed(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|about| about.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Where the line runs: the current folder and what `-C` makes of it.
fn folder(globals: &Globals) -> Option<PathBuf> {
    let current = PathBuf::from(OsString::from_vec(rustix::process::getcwd(Vec::new()).ok()?.into_bytes()));
    let folder = globals.folders.iter().filter(|folder| !folder.as_os_str().is_empty()).fold(current, |at, folder| at.join(folder));
    fs::canonicalize(folder).ok()
}

fn brokered(program: &Path, globals: &Globals, write: &Write) -> Next {
    let Some(cwd) = folder(globals) else { return Next::Git(None) };
    if write.subcommand == "init" {
        let target = write.parsed.plain().first().map_or_else(|| cwd.clone(), |folder| cwd.join(folder));
        // Anything but the place holder of a protected name is git's own business.
        if !target.join(".git").is_dir() || !is_closed(&target.join(".git")) {
            return Next::Git(None);
        }
    } else {
        match Repository::around(&cwd) {
            Ok(Some(repository)) if is_closed(&repository.common) => {}
            Ok(_) => return Next::Git(None),
            Err(doubt) => return Next::Git(Some(unbrokered(&doubt.to_string()))),
        }
    }
    if let Some(name) = FOREIGN.iter().find(|name| variable(name).is_some()) {
        return Next::Git(Some(unbrokered(&format!("{name} is set"))));
    }
    let settings = run::settings_in_force(program, &cwd, &globals.settings).unwrap_or_default();
    let mut argv = write.to_argv();
    argv.shrink_to_fit();
    #[expect(clippy::disallowed_methods, reason = "this is a program of its own, and these are the variables git would read")]
    let env = std::env::vars_os().filter(|(name, value)| wire::passes(name, value));
    let env = env.chain(globals.env.iter().map(|(name, value)| (name.into(), value.into()))).collect();
    let request = Request { cwd, argv, env, settings: settings::worth_sending(settings) };
    Next::Broker(Box::new(request), write.reads_stdin())
}

/// Variables that make git work on something else than the repository around its folder.
const FOREIGN: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
];

fn variable(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "this is a program of its own, and these are the variables git would read")]
    std::env::var_os(name)
}

/// The line with the alias written out; `None` for anything but an alias of another git command.
fn expand(program: &Path, globals: &Globals, line: &[OsString], alias: &str) -> Option<Vec<OsString>> {
    let text = run::setting(program, &folder(globals)?, &format!("alias.{alias}"))?;
    let meaning = split_alias(&text).filter(|words| !words.is_empty())?;
    let at = line.iter().position(|word| word == alias)?;
    let mut longer = line[..at].to_vec();
    longer.extend(meaning);
    longer.extend_from_slice(&line[at + 1..]);
    Some(longer)
}

/// Words of an alias, split as git does; `None` for one that is for a shell.
fn split_alias(text: &str) -> Option<Vec<OsString>> {
    if text.starts_with('!') {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_ascii_whitespace() => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then(|| words.into_iter().map(OsString::from).collect())
}

/// The system's `git` that this program stands for.
fn real_git() -> Option<PathBuf> {
    let own = fs::read_link("/proc/self/exe").ok()?;
    let places = fs::read(PLACES).ok()?;
    let mut places = places.split(|byte| *byte == b'\n').map(|line| PathBuf::from(OsString::from_vec(line.to_vec())));
    let number = places.position(|place| place == own).unwrap_or(0);
    Some(Path::new(PROGRAMS).join(number.to_string()).join("git"))
}

fn become_git(program: &Path, name: &OsStr, words: &[OsString]) -> u8 {
    #[expect(clippy::disallowed_methods, reason = "this process becomes git; nothing is started")]
    let error = Command::new(program).arg0(name).args(words).exec();
    say(&format!("cannot run the system's git: {error}"));
    FAILED
}

fn say(line: &str) {
    let _ = io::stderr().write_all(format!("codex sandbox: {line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn aliases_are_split_as_git_splits_them() {
        for (text, words) in [
            ("commit -m", Some(&["commit", "-m"][..])),
            ("log --format='%h %s' \"a b\"", Some(&["log", "--format=%h %s", "a b"])),
            ("commit -m ''", Some(&["commit", "-m", ""])),
            ("a\\ b", Some(&["a b"])),
            ("!git commit", None),
            ("open 'quote", None),
        ] {
            let expected = words.map(|words| words.iter().map(OsString::from).collect::<Vec<_>>());
            assert_eq!(split_alias(text), expected, "{text}");
        }
    }
}
