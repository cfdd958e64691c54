//! Commands that list files.

use codex_protocol::event::ParsedCommand;

use super::{operands, short_path};

/// Sums up a command that lists; `None` for any other.
pub(super) fn list(program: &str, args: &[&str], cmd: &str) -> Option<ParsedCommand> {
    let valued: &[&str] = match (program, args) {
        ("ls", _) => &["-I", "--ignore", "-w", "--width", "-T", "--tabsize", "--hide"],
        ("eza" | "exa", _) => &["-I", "--ignore-glob", "-L", "--level", "-s", "--sort", "-t", "--time"],
        ("tree", _) if !args.iter().any(|word| matches!(*word, "-o" | "-R")) => &["-L", "-P", "-I", "--filelimit", "--charset", "--sort"],
        ("du", _) => &["-d", "--max-depth", "-B", "--block-size", "-t", "--threshold", "--exclude"],
        ("rg", _) if args.contains(&"--files") => return rg_files(args, cmd),
        ("git", ["ls-files", rest @ ..]) => {
            return Some(listed(operands::of(rest, &["-x", "--exclude", "-X", "--exclude-from"]).first().copied(), cmd));
        }
        _ => return None,
    };
    Some(listed(operands::of(args, valued).first().copied(), cmd))
}

fn rg_files(args: &[&str], cmd: &str) -> Option<ParsedCommand> {
    (!super::search::runs_helper(args)).then(|| listed(operands::of(args, super::search::RG_VALUED).first().copied(), cmd))
}

pub(super) fn listed(path: Option<&str>, cmd: &str) -> ParsedCommand {
    ParsedCommand::ListFiles { cmd: cmd.to_owned(), path: path.map(short_path) }
}
