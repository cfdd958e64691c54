//! Commands that search in files or for files.

use codex_protocol::event::ParsedCommand;

use super::list::listed;
use super::{operands, short_path};

pub(super) const RG_VALUED: &[&str] = &[
    "-A",
    "--after-context",
    "-B",
    "--before-context",
    "-C",
    "--context",
    "-d",
    "--max-depth",
    "-E",
    "--encoding",
    "-g",
    "--glob",
    "--iglob",
    "-j",
    "--threads",
    "-m",
    "--max-count",
    "-M",
    "--max-columns",
    "-r",
    "--replace",
    "--sort",
    "--sortr",
    "-t",
    "--type",
    "-T",
    "--type-not",
    "--max-filesize",
    "--color",
    "--colors",
    "--engine",
    "--context-separator",
    "--field-context-separator",
    "--field-match-separator",
    "--ignore-file",
    "--maxdepth",
    "--path-separator",
    "--type-add",
    "--type-clear",
];
const GREP_VALUED: &[&str] = &[
    "-A",
    "--after-context",
    "-B",
    "--before-context",
    "-C",
    "--context",
    "-d",
    "-D",
    "--exclude",
    "--exclude-dir",
    "--include",
    "-m",
    "--max-count",
];
const AG_VALUED: &[&str] = &["-A", "-B", "-C", "--depth", "-G", "--ignore", "-m", "--type", "-t", "-g"];
const FD_VALUED: &[&str] =
    &["-t", "--type", "-e", "--extension", "-d", "--max-depth", "--min-depth", "-E", "--exclude", "-c", "--color", "-j", "--threads", "-S"];

/// Options of searchers whose value is what to search for.
const PATTERN: &[&str] = &["-e", "--regexp", "-f", "--file"];

/// Sums up a command that searches; `None` for any other.
pub(super) fn search(program: &str, args: &[&str], cmd: &str) -> Option<ParsedCommand> {
    match (program, args) {
        ("rg" | "rga", _) if !runs_helper(args) => Some(searched(args, RG_VALUED, cmd)),
        ("grep" | "egrep" | "fgrep", _) => Some(searched(args, GREP_VALUED, cmd)),
        ("git", ["grep", rest @ ..]) if !rest.iter().any(|word| word.starts_with("-O") || word.starts_with("--open")) => {
            Some(searched(rest, GREP_VALUED, cmd))
        }
        ("ag" | "ack" | "pt", _) if !args.iter().any(|word| word.starts_with("--pager")) => Some(searched(args, AG_VALUED, cmd)),
        ("fd" | "fdfind", _) => fd(args, cmd),
        ("find", _) => find(args, cmd),
        _ => None,
    }
}

/// Whether ripgrep is told to run another program.
pub(super) fn runs_helper(args: &[&str]) -> bool {
    args.iter().any(|word| word.starts_with("--pre") || word.starts_with("--hostname-bin"))
}

fn searched(args: &[&str], valued: &[&str], cmd: &str) -> ParsedCommand {
    // A pattern given as an option leaves every operand to be a path.
    let options = args.split(|word| *word == "--").next().unwrap_or_default();
    let pattern = options.iter().position(|word| PATTERN.contains(word)).and_then(|at| args.get(at + 1).copied());
    let valued = [valued, PATTERN].concat();
    let operands = operands::of(args, &valued);
    let mut operands = operands.iter();
    let query = pattern.or_else(|| operands.next().copied());
    found(query, operands.next().copied(), cmd)
}

fn found(query: Option<&str>, path: Option<&str>, cmd: &str) -> ParsedCommand {
    ParsedCommand::Search { cmd: cmd.to_owned(), query: query.map(str::to_owned), path: path.map(short_path) }
}

fn fd(args: &[&str], cmd: &str) -> Option<ParsedCommand> {
    let runs = |word: &&str| matches!(*word, "-x" | "-X") || word.starts_with("--exec");
    if args.iter().any(runs) {
        return None;
    }
    Some(match operands::of(args, FD_VALUED).as_slice() {
        [] => listed(None, cmd),
        [query, rest @ ..] => found(Some(query), rest.first().copied(), cmd),
    })
}

fn find(args: &[&str], cmd: &str) -> Option<ParsedCommand> {
    const ACTS: &[&str] = &["-exec", "-execdir", "-ok", "-okdir", "-delete", "-fls", "-fprint", "-fprint0", "-fprintf"];
    const NAMES: &[&str] = &["-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex"];
    if args.iter().any(|word| ACTS.contains(word)) {
        return None;
    }
    let mut leading = args.iter().skip_while(|word| matches!(**word, "-H" | "-L" | "-P"));
    let path = leading.next().filter(|word| !word.starts_with(['-', '(', '!'])).copied();
    let query = args.iter().position(|word| NAMES.contains(word)).and_then(|at| args.get(at + 1).copied());
    Some(match query {
        Some(query) => found(Some(query), path, cmd),
        None => listed(path, cmd),
    })
}
