//! Scripts made of nothing but plain commands: literal words, joined by `&&`, `||`, `;`, `|` or lines.
//!
//! The answer is all or nothing. A node kind that is not listed here, a byte that no listed node
//! covers, a word without a fixed text: each makes the whole script "not plain". There are no limits
//! that end in a shorter list of commands.

use std::ops::Range;

use tree_sitter::Node;

use crate::syntax::{self, Descend};
use crate::word::{self, Word};

/// What stands between a command and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// Nothing: it is the first.
    First,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `;`.
    Then,
    /// `|`.
    Pipe,
    /// The end of a line.
    Line,
}

/// A command of literal words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainCommand {
    /// How it hangs together with the one before.
    pub joint: Joint,
    /// Program and arguments; never empty.
    pub words: Vec<Word>,
}

impl PlainCommand {
    /// The texts of the words.
    pub fn argv(&self) -> Vec<String> {
        self.words.iter().map(|word| word.text.clone()).collect()
    }
}

/// A script of plain commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainScript {
    /// In the order of the text; never empty.
    pub commands: Vec<PlainCommand>,
    /// Whether no line ends between two commands; quoted words may still hold newlines.
    pub one_line: bool,
}

/// Why a script does not come apart into plain commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unparsed {
    /// It holds more than plain commands, or is no shell script at all.
    Syntax,
    /// It holds a NUL, a carriage return or another character that a person does not see.
    Unseen,
    /// It is longer than 64 KiB.
    TooLong,
    /// It holds more than 256 commands, those of inner scripts included.
    TooManyCommands,
    /// Shells run shells more than eight times over.
    TooDeep,
    /// Reading it took too long.
    TookTooLong,
}

pub(crate) const LONGEST_SCRIPT: usize = 64 * 1024;
pub(crate) const MOST_COMMANDS: usize = 256;

/// Words that begin a construct when a command starts with them, unless quoted.
const RESERVED: &[&str] = &[
    "!", "[[", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then", "time",
    "until", "while", "{", "}",
];

/// Returns the argv of every command of a one-line script of plain commands; `None` for any other script.
///
/// A newline between commands is not plain here, since a person asked about the script may not see it.
pub fn plain_commands(script: &str) -> Option<Vec<Vec<String>>> {
    let script = plain_script(script)?;
    script.one_line.then(|| script.commands.iter().map(PlainCommand::argv).collect())
}

/// Returns the commands of a script of plain commands, also over several lines; `None` for any other script.
///
/// At most 64 KiB and 256 commands; blank lines around the script do not matter.
pub fn plain_script(script: &str) -> Option<PlainScript> {
    read(script).ok()
}

/// Like [`plain_script`], with the reason why a script is not plain.
pub(crate) fn read(script: &str) -> Result<PlainScript, Unparsed> {
    if script.len() > LONGEST_SCRIPT {
        return Err(Unparsed::TooLong);
    }
    if script.contains('\0') {
        return Err(Unparsed::Unseen);
    }
    if !may_be_plain(script) {
        return Err(Unparsed::Syntax);
    }
    let tree = syntax::parse(script).ok_or(Unparsed::TookTooLong)?;
    if tree.root_node().has_error() {
        return Err(if script.contains(word::is_hidden) { Unparsed::Unseen } else { Unparsed::Syntax });
    }
    let mut builder =
        Builder { script, commands: Vec::new(), joint: Some(Joint::First), line_ended: false, one_line: true, too_many: false, at: 0 };
    let mut plain = true;
    syntax::walk(&tree, |node| {
        if !plain {
            return Descend::No;
        }
        match builder.take(node) {
            Some(descend) => descend,
            None => {
                plain = false;
                Descend::No
            }
        }
    });
    if builder.too_many {
        return Err(Unparsed::TooManyCommands);
    }
    let script = if plain { builder.finish() } else { None };
    script.ok_or(Unparsed::Syntax)
}

/// Whether a look at the characters alone leaves it open that a script is plain; what is built to keep the parser busy ends here.
fn may_be_plain(script: &str) -> bool {
    let mut chars = script.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                chars.next();
            }
            (_, '$' | '`') => return false,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | ')' | '<' | '>') => return false,
            (None, '&') if chars.next_if_eq(&'&').is_none() => return false,
            (None, _) => {}
        }
    }
    quote.is_none()
}

struct Builder<'s> {
    script: &'s str,
    commands: Vec<PlainCommand>,
    /// What the next command hangs on; `None` right after a command.
    joint: Option<Joint>,
    /// Whether a line ended since the last command.
    line_ended: bool,
    one_line: bool,
    too_many: bool,
    /// End of what has been accounted for.
    at: usize,
}

impl Builder<'_> {
    /// Accounts for one node; `None` when it has no place in a plain script.
    fn take(&mut self, node: Node<'_>) -> Option<Descend> {
        match node.kind() {
            "program" | "list" | "pipeline" => return Some(Descend::Yes),
            "command" => self.command(node)?,
            "&&" => self.operator(node, Joint::And)?,
            "||" => self.operator(node, Joint::Or)?,
            ";" => self.operator(node, Joint::Then)?,
            "|" => self.operator(node, Joint::Pipe)?,
            "\n" => self.gap_to(node.start_byte())?,
            _ => return None,
        }
        Some(Descend::No)
    }

    fn operator(&mut self, node: Node<'_>, joint: Joint) -> Option<()> {
        self.gap_to(node.start_byte())?;
        // An operator at the start, after another operator, or on a line of its own joins nothing.
        if self.joint.is_some() {
            return None;
        }
        self.joint = Some(joint);
        self.at = node.end_byte();
        Some(())
    }

    fn command(&mut self, node: Node<'_>) -> Option<()> {
        self.gap_to(node.start_byte())?;
        let joint = self.joint.take()?;
        self.one_line &= !std::mem::take(&mut self.line_ended);
        if self.commands.len() == MOST_COMMANDS {
            self.too_many = true;
            return None;
        }
        let words = self.words(node)?;
        self.commands.push(PlainCommand { joint, words });
        Some(())
    }

    /// Steps over blanks; a newline after a command joins like `;`.
    fn gap_to(&mut self, start: usize) -> Option<()> {
        let gap = self.script.get(self.at..start)?;
        if !gap.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n')) {
            return None;
        }
        // A newline token is left for the next gap, which begins with it.
        if gap.contains('\n') && !self.commands.is_empty() {
            self.line_ended = true;
            self.joint.get_or_insert(Joint::Line);
        }
        self.at = start;
        Some(())
    }

    fn words(&mut self, command: Node<'_>) -> Option<Vec<Word>> {
        let mut words: Vec<Word> = Vec::new();
        let mut cursor = command.walk();
        for child in command.children(&mut cursor) {
            let is_name = child.kind() == "command_name";
            if is_name != words.is_empty() || !(is_name || is_literal(child)) {
                return None;
            }
            if is_name && !(child.child_count() == 1 && child.child(0).is_some_and(is_literal)) {
                return None;
            }
            let gap = self.script.get(self.at..child.start_byte())?;
            let separated = words.is_empty() == gap.is_empty();
            if !separated || !gap.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
                return None;
            }
            words.push(self.word(child.byte_range(), is_name)?);
            self.at = child.end_byte();
        }
        (!words.is_empty() && self.at == command.end_byte()).then_some(words)
    }

    fn word(&self, range: Range<usize>, is_name: bool) -> Option<Word> {
        let spelling = self.script.get(range)?;
        let read = word::read(spelling);
        let is_assignment = is_name && spelling.contains('=');
        let is_reserved = is_name && RESERVED.contains(&spelling);
        (!read.opaque && !is_assignment && !is_reserved).then_some(read.word)
    }

    fn finish(self) -> Option<PlainScript> {
        let trailing = self.script.get(self.at..)?;
        if !trailing.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n')) || self.commands.is_empty() {
            return None;
        }
        // Newlines behind the last command join nothing; any other operator there waits for a command.
        if self.joint.is_some_and(|joint| joint != Joint::Line) {
            return None;
        }
        Some(PlainScript { commands: self.commands, one_line: self.one_line })
    }
}

/// Whether a node is a word of fixed text, as far as its kind says.
fn is_literal(node: Node<'_>) -> bool {
    match node.kind() {
        "word" | "number" | "raw_string" => true,
        "string" | "concatenation" => {
            let mut cursor = node.walk();
            node.children(&mut cursor).all(|part| matches!(part.kind(), "\"" | "string_content") || is_literal(part))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
