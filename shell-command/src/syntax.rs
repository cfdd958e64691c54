//! The syntax tree of a script: making one, and walking it without recursion.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree, TreeCursor};

/// A script longer than this cannot be one argument of a process on Linux, so it never runs.
pub(crate) const LONGEST_ARGUMENT: usize = 128 * 1024;

/// The parser's recovery from an error takes time with the square of the pipes before it, in one step.
const MOST_PIPES: usize = 1000;

/// How long a parse may take; an ordinary script takes less than a hundredth of it.
///
/// A verdict reads a script up to three times and has to be there within a second.
const PATIENCE: Duration = Duration::from_millis(250);

/// Reports of the parser that are always waited for, so that a busy machine makes no ordinary script unreadable; a script
/// of 256 commands takes one.
const GRANTED: u32 = 2;

/// Parses a script; `None` when that would take too long, which no caller may read as "harmless".
pub(crate) fn parse(script: &str) -> Option<Tree> {
    // The grammar takes minutes over NULs, and no process can be given one.
    if script.len() >= LONGEST_ARGUMENT || script.contains('\0') || script.matches('|').count() > MOST_PIPES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let started = Instant::now();
    let mut reports = 0_u32;
    let mut progress = |_: &ParseState| {
        reports = reports.saturating_add(1);
        if reports > GRANTED && started.elapsed() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = script.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

/// Whether the walk goes on below a node.
pub(crate) enum Descend {
    Yes,
    No,
}

/// Visits nodes in the order of the text, parents first; hostile nesting costs no stack.
pub(crate) fn walk<'t>(tree: &'t Tree, mut visit: impl FnMut(Node<'t>) -> Descend) {
    let mut cursor = tree.walk();
    loop {
        let descend = visit(cursor.node());
        if matches!(descend, Descend::Yes) && cursor.goto_first_child() {
            continue;
        }
        if !next_after(&mut cursor) {
            return;
        }
    }
}

fn next_after(cursor: &mut TreeCursor<'_>) -> bool {
    loop {
        if cursor.goto_next_sibling() {
            return true;
        }
        if !cursor.goto_parent() {
            return false;
        }
    }
}
