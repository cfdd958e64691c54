//! Commands that show one file.

use std::path::Path;

use codex_protocol::event::ParsedCommand;

use super::{operands, short_path};

pub(super) const NL_VALUED: &[&str] = &["-b", "-d", "-f", "-h", "-i", "-l", "-n", "-s", "-v", "-w"];

/// Sums up a command that reads a file; `None` for any other.
pub(super) fn read(program: &str, args: &[&str], cmd: &str, folder: Option<&Path>) -> Option<ParsedCommand> {
    let file = match program {
        "cat" | "more" => only(args, &[]),
        "less" => only(args, &["-b", "-h", "-j", "-p", "-P", "-t", "-T", "-x", "-y", "-z"]),
        "bat" | "batcat" => {
            only(args, &["-l", "--language", "-H", "--highlight-line", "-r", "--line-range", "--style", "--tabs", "--theme", "--wrap"])
        }
        "nl" => operands::of(args, NL_VALUED).first().copied(),
        "head" | "tail" => head_or_tail(args)?,
        "sed" => sed(args),
        "awk" => awk(args)?,
        _ => None,
    }?;
    if file == "-" {
        return None;
    }
    let path = match folder {
        Some(folder) => folder.join(file),
        None => file.into(),
    };
    Some(ParsedCommand::Read { cmd: cmd.to_owned(), name: short_path(file), path })
}

fn only<'a>(args: &[&'a str], valued: &[&str]) -> Option<&'a str> {
    match operands::of(args, valued).as_slice() {
        [file] => Some(file),
        _ => None,
    }
}

/// `None` when the options say more than how many lines; the inner `None` when no file is named.
pub(super) fn head_or_tail<'a>(args: &[&'a str]) -> Option<Option<&'a str>> {
    let is_count = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut file = None;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let flag = word.strip_prefix('-').filter(|flag| !flag.is_empty());
        match flag {
            Some("n") if words.next().is_some_and(|count| is_count(count)) => {}
            Some(flag) if is_count(flag.strip_prefix('n').unwrap_or(flag)) => {}
            Some(_) => return None,
            None => file = file.or(Some(*word)),
        }
    }
    Some(file)
}

/// The file of `sed -n N,Mp FILE`.
pub(super) fn sed<'a>(args: &[&'a str]) -> Option<&'a str> {
    if !is_sed_range(args) {
        return None;
    }
    let operands: Vec<&str> = args.iter().filter(|word| !word.starts_with('-')).copied().collect();
    operands.get(1).copied()
}

/// Whether the arguments are `-n [-e] Np` or `-n [-e] N,Mp`, with or without files.
pub(super) fn is_sed_range(args: &[&str]) -> bool {
    let rest = match args {
        ["-n", "-e", rest @ ..] | ["-n", rest @ ..] => rest,
        _ => return false,
    };
    let [script, files @ ..] = rest else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_range = script.strip_suffix('p').is_some_and(|range| match range.split_once(',') {
        Some((from, to)) => is_number(from) && is_number(to),
        None => is_number(range),
    });
    is_range && files.iter().all(|file| !file.starts_with('-'))
}

/// `None` when the program text may write or run something; the inner `None` when no file is named.
pub(super) fn awk<'a>(args: &[&'a str]) -> Option<Option<&'a str>> {
    const ACTS: &[&str] = &["system", "|", "print >", "\">", "> \"", ">\"", ">>", "getline", "close(", "@"];
    // A program kept in a file, and variables that may hold one, are not read.
    if args.iter().any(|word| word.starts_with("-f") || word.starts_with("--") || *word == "-i") {
        return None;
    }
    let operands = operands::of(args, &["-F", "-v"]);
    let program = operands.first()?;
    let acts = ACTS.iter().any(|text| program.contains(text)) || (program.contains("print") && program.contains('>'));
    (!acts).then(|| operands.get(1).copied())
}
