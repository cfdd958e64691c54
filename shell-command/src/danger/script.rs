//! Every command a script holds, at any depth: behind operators, in subshells, loops, functions and
//! substitutions, with assignments and redirections beside it.

use tree_sitter::Node;

use super::scan::Scan;
use super::targets::Targets;
use super::{Danger, bomb, targets};
use crate::argv::program_name;
use crate::syntax::{self, Descend, LONGEST_ARGUMENT};
use crate::word;

/// Judges every command of a script.
pub(super) fn scan(scan: &mut Scan<'_>, script: &str, depth: usize) {
    // What never runs as it stands, or is built to be hard to read, gets no benefit of the doubt.
    if script.len() >= LONGEST_ARGUMENT || script.contains('\0') {
        scan.found.insert(Danger::Unreadable);
        return;
    }
    let Some(tree) = syntax::parse(script) else { return pieces(scan, script, depth) };
    syntax::walk(&tree, |node| {
        if scan.is_full() {
            return Descend::No;
        }
        match node.kind() {
            "command" => command(scan, node, script, depth),
            "variable_assignment" => assignment(scan, node, script),
            "file_redirect" => redirection(scan, node, script),
            "for_statement" => loop_variable(scan, node, script),
            "function_definition" if script.get(node.byte_range()).is_some_and(bomb::is_bomb) => {
                scan.found.insert(Danger::ForkBomb);
            }
            _ => {}
        }
        Descend::Yes
    });
    if scan.is_full() {
        scan.found.insert(Danger::Unreadable);
        return;
    }
    // A shell runs the lines before a syntax error, and the parser may have lost commands near it.
    if tree.root_node().has_error() {
        pieces(scan, script, depth);
    }
}

fn command(scan: &mut Scan<'_>, node: Node<'_>, script: &str, depth: usize) {
    let words: Vec<String> = words(node, script).into_iter().flat_map(|word| with_value(scan, word)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    scan.command(&words, depth);
    if let Some((program, args)) = words.split_first()
        && matches!(program_name(program), "cd" | "pushd")
    {
        let target = args.iter().rfind(|word| !word.starts_with('-')).map_or("~", |word| *word);
        let sure = node.next_sibling().is_some_and(|next| next.kind() == "&&");
        if let Targets::Paths(paths) = targets::of(scan, target) {
            scan.go(paths, sure);
        }
    }
}

/// Program and arguments, read loosely: what has no fixed text keeps its spelling.
fn words(command: Node<'_>, script: &str) -> Vec<String> {
    let mut cursor = command.walk();
    command
        .children(&mut cursor)
        .filter(|child| !matches!(child.kind(), "variable_assignment" | "file_redirect" | "herestring_redirect" | "heredoc_redirect"))
        .filter_map(|child| text(child, script))
        .collect()
}

/// A word that is nothing but a variable the script has set comes apart into its values, as a shell would do it.
fn with_value(scan: &Scan<'_>, word: String) -> Vec<String> {
    const LONGEST: usize = 4096;
    let Some(name) = word.strip_prefix('$') else { return vec![word] };
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    match scan.variables.get(name) {
        Some(values)
            if values.iter().map(String::len).sum::<usize>() < LONGEST && !values.iter().any(|value| value.contains(['$', '`'])) =>
        {
            values.iter().flat_map(|value| value.split_whitespace()).map(str::to_owned).collect()
        }
        _ => vec![word],
    }
}

/// `> /dev/sda` and its like.
fn redirection(scan: &mut Scan<'_>, node: Node<'_>, script: &str) {
    const DISKS: &[&str] =
        &["/dev/sd", "/dev/hd", "/dev/vd", "/dev/xvd", "/dev/nvme", "/dev/mmcblk", "/dev/disk", "/dev/mapper/", "/dev/md", "/dev/mem"];
    let target = node.child_by_field_name("destination").and_then(|target| text(target, script)).unwrap_or_default();
    let writes = script.get(node.byte_range()).is_some_and(|text| text.contains('>'));
    if writes && DISKS.iter().any(|disk| target.starts_with(disk)) {
        scan.found.insert(Danger::WritesDevice);
    }
}

fn text(node: Node<'_>, script: &str) -> Option<String> {
    script.get(node.byte_range()).map(|spelling| word::read(spelling).word.text)
}

fn assignment(scan: &mut Scan<'_>, node: Node<'_>, script: &str) {
    let Some(name) = node.child_by_field_name("name").and_then(|name| text(name, script)) else { return };
    let value = node.child_by_field_name("value").and_then(|value| text(value, script)).unwrap_or_default();
    remember(scan, name, vec![value]);
}

fn loop_variable(scan: &mut Scan<'_>, node: Node<'_>, script: &str) {
    let Some(name) = node.child_by_field_name("variable").and_then(|name| text(name, script)) else { return };
    let mut cursor = node.walk();
    let values = node.children_by_field_name("value", &mut cursor).filter_map(|value| text(value, script)).collect();
    remember(scan, name, values);
}

/// A variable may hold each value it was ever given.
fn remember(scan: &mut Scan<'_>, name: String, values: Vec<String>) {
    const MOST: usize = 64;
    let known = scan.variables.entry(name).or_default();
    known.extend(values);
    // Too many to look at are as good as unknown.
    if known.len() > MOST {
        *known = vec!["$".to_owned()];
    }
}

/// Judges whatever stands between operators, without a syntax tree.
fn pieces(scan: &mut Scan<'_>, script: &str, depth: usize) {
    const KEYWORDS: &[&str] = &["if", "then", "else", "elif", "do", "while", "until", "{", "!"];
    if bomb::is_bomb(script) {
        scan.found.insert(Danger::ForkBomb);
    }
    for piece in script.split([';', '|', '&', '(', ')', '\n', '`']) {
        if scan.is_full() {
            scan.found.insert(Danger::Unreadable);
            return;
        }
        let mut words: Vec<String> = piece.split_whitespace().map(|spelling| word::read(spelling).word.text).collect();
        let leading = words.iter().take_while(|word| KEYWORDS.contains(&word.as_str()) || word.contains('=')).count();
        words.drain(..leading);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        scan.command(&words, depth);
    }
}
