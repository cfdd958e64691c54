//! What the parts of a command do, for people and clients to see: read a file, list, search, or unknown.
//!
//! A summary decides nothing. It is still honest: a script with one part that is not understood is
//! shown whole, and a command that can write or run something is never summed up as a look.
//! Parts that only shape output (`| head -n 5`) and moves of the directory are left out.

mod list;
mod operands;
mod read;
mod search;

use std::path::PathBuf;

use codex_protocol::event::ParsedCommand;

use crate::argv::{join, shell_script};
use crate::plain::{Joint, PlainCommand, plain_script};

/// Sums up a command; empty when it does nothing to show, such as `cd x`.
pub fn summarize(argv: &[String]) -> Vec<ParsedCommand> {
    let Some(script) = shell_script(argv) else {
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        let whole = || vec![ParsedCommand::Unknown { cmd: join(argv) }];
        return parts(&[Part { words, joint: Joint::First }], None).unwrap_or_else(whole);
    };
    let whole = || vec![ParsedCommand::Unknown { cmd: script.trim().to_owned() }];
    let Some(plain) = plain_script(script) else { return whole() };
    let texts: Vec<Vec<String>> = plain.commands.iter().map(PlainCommand::argv).collect();
    let all: Vec<Part<'_>> = texts
        .iter()
        .zip(&plain.commands)
        .map(|(words, command)| Part { words: words.iter().map(String::as_str).collect(), joint: command.joint })
        .collect();
    parts(&all, Some(script.trim())).unwrap_or_else(whole)
}

struct Part<'a> {
    words: Vec<&'a str>,
    joint: Joint,
}

/// `None` when a part is not understood.
fn parts(all: &[Part<'_>], script: Option<&str>) -> Option<Vec<ParsedCommand>> {
    let mut found: Vec<ParsedCommand> = Vec::new();
    let mut folder: Option<PathBuf> = None;
    let mut cut_by_sed = false;
    let mut looks = false;
    for (at, part) in all.iter().enumerate() {
        let (program, args) = part.words.split_first()?;
        if *program == "cd" {
            folder = enter(folder, args);
            looks = true;
            continue;
        }
        if all.len() > 1 && is_silent(program, args, found.is_empty() && at + 1 < all.len()) {
            looks |= *program == "true";
            continue;
        }
        if part.joint == Joint::Pipe && shapes_output(program, args) {
            cut_by_sed |= read::is_sed_range(args) && *program == "sed";
            continue;
        }
        let cmd = join(&part.words);
        let seen = read::read(program, args, &cmd, folder.as_deref())
            .or_else(|| list::list(program, args, &cmd))
            .or_else(|| search::search(program, args, &cmd))?;
        // What the rest of the pipe makes of the lines is a part of what is read.
        cut_by_sed |= *program == "sed" && all.get(at + 1).is_some_and(|next| next.joint == Joint::Pipe);
        if found.last() != Some(&seen) {
            found.push(seen);
        }
    }
    if let ([ParsedCommand::Read { cmd, .. }], Some(script), true) = (found.as_mut_slice(), script, cut_by_sed) {
        // Which lines were read stands in the other half of the pipe.
        script.clone_into(cmd);
    }
    (looks || !found.is_empty()).then_some(found)
}

/// Where `cd` leads, relative to where the script began; `None` when that cannot be told.
fn enter(folder: Option<PathBuf>, args: &[&str]) -> Option<PathBuf> {
    match args.iter().rfind(|word| !word.starts_with('-')) {
        Some(target) => Some(folder.unwrap_or_default().join(target)),
        None => folder,
    }
}

/// Commands that show nothing about files: `true` anywhere, `echo` before the first part that counts.
fn is_silent(program: &str, args: &[&str], leading: bool) -> bool {
    match program {
        "true" => args.is_empty(),
        "echo" => leading,
        _ => false,
    }
}

/// Whether a command behind a pipe only shapes what comes through it.
fn shapes_output(program: &str, args: &[&str]) -> bool {
    match program {
        "wc" | "tr" | "cut" | "uniq" | "column" => true,
        "sort" => !args.iter().any(|word| word.starts_with("-o") || word.starts_with("--output") || word.starts_with("--compress")),
        "tee" => args.is_empty(),
        "head" | "tail" => read::head_or_tail(args) == Some(None),
        "nl" => operands::of(args, read::NL_VALUED).is_empty(),
        "awk" => read::awk(args) == Some(None),
        "sed" => sed_shapes(args),
        "xargs" => xargs_looks(args),
        _ => false,
    }
}

/// `sed` without a file: a range of lines, or substitutions that neither write nor run.
fn sed_shapes(args: &[&str]) -> bool {
    if read::is_sed_range(args) {
        return read::sed(args).is_none();
    }
    let [script] = args else { return false };
    let Some(rest) = script.strip_prefix('s') else { return false };
    let Some(delimiter) = rest.chars().next().filter(char::is_ascii_punctuation) else { return false };
    let flags = rest.rsplit(delimiter).next().unwrap_or_default();
    rest.matches(delimiter).count() == 3 && flags.chars().all(|c| c == 'g' || c.is_ascii_digit())
}

/// `xargs` with a program that only looks.
fn xargs_looks(args: &[&str]) -> bool {
    const VALUED: &[&str] = &["-n", "-L", "-P", "-d", "-I", "-s"];
    let inner = operands::of(args, VALUED);
    let Some(at) = inner.first().and_then(|program| args.iter().position(|word| word == program)) else { return false };
    match args[at] {
        "cat" | "head" | "tail" | "wc" | "ls" | "grep" | "egrep" | "fgrep" | "nl" | "basename" | "dirname" | "stat" => true,
        "sed" => read::is_sed_range(&args[at + 1..]),
        "rg" => !search::runs_helper(&args[at + 1..]),
        _ => false,
    }
}

/// The part of a path worth showing: its last component that says something.
fn short_path(path: &str) -> String {
    const SAYING_LITTLE: &[&str] = &["build", "dist", "node_modules", "src"];
    let trimmed = path.trim_end_matches('/');
    let telling = trimmed.rsplit('/').find(|part| !part.is_empty() && !SAYING_LITTLE.contains(part));
    match telling {
        Some(part) => part.to_owned(),
        None if trimmed.is_empty() => path.to_owned(),
        None => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests;
