//! What was probably meant: a lone word that looks like a misspelt subcommand is not sent to a model as a prompt, and a flag that only
//! `codex exec` has is found there.
//!
//! Pure; looks at words and at the definitions of the command line. **Not here:** names of settings, which `codex-config` knows.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::args;

/// A subcommand that clap makes by itself.
const HELP: &str = "help";

/// The complaint about a command line in which a subcommand or a flag is nearly one that there is.
pub(crate) fn misspelt(parsed: &Result<args::Cli, clap::Error>, words: &[OsString]) -> Option<clap::Error> {
    let whole = args::Cli::command();
    match parsed {
        // What stands behind `--` is meant as it is.
        Ok(_) if words.iter().any(|word| word == "--") => None,
        Ok(args::Cli { command: None, prompt: Some(prompt), .. }) => as_prompt(prompt, whole, "codex"),
        Ok(args::Cli { command: Some(args::Command::Exec(args)), .. }) if args.command.is_none() => {
            as_prompt(args.prompt.as_deref()?, exec(&whole)?, "codex exec")
        }
        Ok(_) => None,
        Err(error) if matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) => {
            let first = words.first()?.to_str()?;
            if first == HELP {
                return in_help(&words[1..], whole);
            }
            if whole.find_subcommand(first).is_some_and(|command| command.get_name() == "exec") {
                return as_prompt(words.get(1)?.to_str()?, exec(&whole)?, "codex exec");
            }
            // The words of the subcommand that was meant made no sense to `codex` itself.
            as_prompt(first, whole, "codex").or_else(|| flag_of_exec(error, words))
        }
        Err(_) => None,
    }
}

/// The definition of `codex exec`, ready to complain.
fn exec(whole: &Command) -> Option<Command> {
    let mut exec = whole.find_subcommand("exec")?.clone().bin_name("codex exec");
    exec.build();
    Some(exec)
}

fn names(command: &Command) -> impl Iterator<Item = &str> {
    command.get_subcommands().map(Command::get_name).chain([HELP])
}

fn is_there(word: &str, command: &Command) -> bool {
    word == HELP || command.find_subcommand(word).is_some()
}

/// The complaint about a word that is nearly a subcommand of `command`, which also takes a prompt.
fn as_prompt(word: &str, mut command: Command, line: &str) -> Option<clap::Error> {
    if is_there(word, &command) {
        return None;
    }
    let meant = nearest(word, names(&command))?;
    let told = format!(
        "unrecognized subcommand '{word}'\n\n  tip: a similar subcommand exists: '{meant}'\n  tip: to say it as a prompt, use '{line} -- {word}'"
    );
    Some(command.error(ErrorKind::InvalidSubcommand, told))
}

/// The complaint about the first word after `codex help` that is no subcommand.
fn in_help(words: &[OsString], whole: Command) -> Option<clap::Error> {
    let mut command = whole;
    for word in words {
        let word = word.to_str()?;
        let Some(below) = command.find_subcommand(word) else {
            let meant = nearest(word, names(&command))?;
            let told = format!("unrecognized subcommand '{word}'\n\n  tip: a similar subcommand exists: '{meant}'");
            return Some(command.error(ErrorKind::InvalidSubcommand, told));
        };
        command = below.clone();
    }
    None
}

/// The complaint about a flag that is nearly one of `codex exec`, and none of `codex` itself.
fn flag_of_exec(error: &clap::Error, words: &[OsString]) -> Option<clap::Error> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let mut whole = args::Cli::command();
    let has_subcommand = words.iter().filter_map(|word| word.to_str()).any(|word| is_there(word, &whole));
    let long = |command: &Command| command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned)).collect::<Vec<_>>();
    let (own, name) = (long(&whole), flag.strip_prefix("--")?);
    if has_subcommand || nearest(name, own.iter().map(String::as_str)).is_some() {
        return None;
    }
    let of_exec = long(whole.find_subcommand("exec")?);
    let meant = of_exec.iter().find(|known| *known == name).map(String::as_str);
    let meant = meant.or_else(|| nearest(name, of_exec.iter().map(String::as_str)))?;
    let told = format!("unexpected argument '{flag}' found\n\n  tip: 'codex exec' has '--{meant}'");
    Some(whole.error(ErrorKind::UnknownArgument, told))
}

/// The name that was probably meant by `word`; `None` when it is no misspelling of any. Short names have to be met more exactly: two
/// edits lead from `hello` to `help`.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = |text: &str| match text.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    let near = names.map(|name| (distance(word, name), name));
    let near = near.filter(|(distance, name)| *distance <= allowed(word).min(allowed(name)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// How many characters have to be added, taken away, replaced, or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let width = right.len() + 1;
    let mut rows: Vec<Vec<usize>> = vec![(0..width).collect()];
    for at in 1..=left.len() {
        let mut row = vec![at];
        for other in 1..width {
            let differs = usize::from(left[at - 1] != right[other - 1]);
            let mut least = (rows[at - 1][other] + 1).min(row[other - 1] + 1).min(rows[at - 1][other - 1] + differs);
            if at > 1 && other > 1 && left[at - 1] == right[other - 2] && left[at - 2] == right[other - 1] {
                least = least.min(rows[at - 2][other - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][width - 1]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn misspellings_are_found_and_other_words_left_alone() {
        let names = ["exec", "review", "mcp", "completion", "app-server", "demo", "help"];
        let find = |word| nearest(word, names.iter().copied());
        for (word, meant) in [
            ("exce", Some("exec")),
            ("exe", Some("exec")),
            ("reveiw", Some("review")),
            ("completions", Some("completion")),
            ("mpc", Some("mcp")),
            ("app_server", Some("app-server")),
            ("hlep", Some("help")),
            ("hello", None),
            ("fix", None),
            ("ex", None),
            ("", None),
        ] {
            assert_eq!(find(word), meant, "{word}");
        }
    }
}
