//! Here-documents in a script: whether there is one, and the command that reads the only one.

use tree_sitter::Node;

use crate::plain;
use crate::syntax::{self, Descend};

/// What is known of the here-documents of a script.
#[derive(Default)]
pub(crate) struct Heredocs {
    /// Whether there is any.
    pub(crate) any: bool,
    /// The plain command in front of one, when both together are the whole script.
    pub(crate) command: Option<Vec<String>>,
}

/// Looks for here-documents; a script that cannot be read counts as one that may hold some.
pub(crate) fn find(script: &str) -> Heredocs {
    if !script.contains("<<") {
        return Heredocs::default();
    }
    let Some(tree) = syntax::parse(script) else { return Heredocs { any: true, command: None } };
    let mut any = false;
    syntax::walk(&tree, |node| {
        any |= node.kind() == "heredoc_redirect";
        if any { Descend::No } else { Descend::Yes }
    });
    // In a script with errors, what looks like a shift or a here-string may be one.
    any |= tree.root_node().has_error();
    let command = if tree.root_node().has_error() { None } else { lone(tree.root_node(), script) };
    Heredocs { any, command }
}

/// The command of `program > redirected_statement > command, heredoc_redirect`, when the body is only text.
fn lone(program: Node<'_>, script: &str) -> Option<Vec<String>> {
    let statement = only_child(program, "redirected_statement")?;
    let [body, redirect] = named_children(statement)[..] else { return None };
    if body.kind() != "command" || redirect.kind() != "heredoc_redirect" {
        return None;
    }
    // `cat <<E && touch x` and `cat <<E > f` hang the rest below the redirection.
    let parts = named_children(redirect);
    let is_text =
        |node: Node<'_>| node.kind() == "heredoc_body" && named_children(node).iter().all(|part| part.kind() == "heredoc_content");
    let is_lone = parts.iter().all(|part| matches!(part.kind(), "heredoc_start" | "heredoc_end") || is_text(*part));
    let behind = script.get(statement.end_byte()..)?;
    if !is_lone || !behind.trim().is_empty() {
        return None;
    }
    // The grammar loses a `-` here, so the text in front is read anew.
    let command = plain::plain_script(script.get(..redirect.start_byte())?)?;
    match command.commands.as_slice() {
        [command] => Some(command.argv()),
        _ => None,
    }
}

fn only_child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    match named_children(node)[..] {
        [child] if child.kind() == kind => Some(child),
        _ => None,
    }
}

fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}
