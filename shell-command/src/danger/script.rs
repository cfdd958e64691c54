//! Every command a script holds, at any depth: behind operators, in subshells, loops, functions and
//! substitutions, with assignments and redirections beside it.

use tree_sitter::Node;

use super::DEEPEST;
use crate::syntax::{self, Descend, LONGEST_ARGUMENT};
use crate::word;

/// Whether a command of the script destroys.
pub(super) fn destroys(script: &str, depth: usize) -> bool {
    // What never runs as it stands, or is built to be hard to read, gets no benefit of the doubt.
    if depth > DEEPEST || script.len() >= LONGEST_ARGUMENT || script.contains('\0') {
        return true;
    }
    let Some(tree) = syntax::parse(script) else { return pieces(script, depth) };
    let mut found = false;
    syntax::walk(&tree, |node| {
        if !found && node.kind() == "command" {
            let words = words(node, script);
            found = judge(&words, depth);
        }
        if found { Descend::No } else { Descend::Yes }
    });
    // A shell runs the lines before a syntax error, and the parser may have lost commands near it.
    found || (tree.root_node().has_error() && pieces(script, depth))
}

fn judge(words: &[String], depth: usize) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    super::command(&words, depth)
}

/// Program and arguments, read loosely: what has no fixed text keeps its spelling.
fn words(command: Node<'_>, script: &str) -> Vec<String> {
    let mut cursor = command.walk();
    command
        .children(&mut cursor)
        .filter(|child| !matches!(child.kind(), "variable_assignment" | "file_redirect" | "herestring_redirect" | "heredoc_redirect"))
        .filter_map(|child| script.get(child.byte_range()))
        .map(|spelling| word::read(spelling).word.text)
        .collect()
}

/// Judges whatever stands between operators, without a syntax tree.
fn pieces(script: &str, depth: usize) -> bool {
    const KEYWORDS: &[&str] = &["if", "then", "else", "elif", "do", "while", "until", "{", "!"];
    script.split([';', '|', '&', '(', ')', '\n', '`']).any(|piece| {
        let mut words: Vec<String> = piece.split_whitespace().map(|spelling| word::read(spelling).word.text).collect();
        let leading = words.iter().take_while(|word| KEYWORDS.contains(&word.as_str()) || word.contains('=')).count();
        words.drain(..leading);
        judge(&words, depth)
    })
}
