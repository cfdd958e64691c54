//! A command taken apart into the plain commands it comes down to.
//!
//! `bash|zsh|sh -c|-lc SCRIPT`, and no other spelling, is opened, again and again; the parts form a tree, since a question
//! about a part is asked with the words the part was written in. What does not come apart stays whole, with the reason.
//! Nothing is judged here.

use crate::argv::shell_script;
use crate::heredoc;
use crate::plain::{self, MOST_COMMANDS, Unparsed};
use crate::word::Word;

/// Scripts inside scripts are opened this deep.
const DEEPEST: usize = 8;

/// A command and, when it runs a script, what the script holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// Program and arguments; for a part of a script, what the shell would give to the program before it expands anything.
    pub argv: Vec<String>,
    /// How each word of `argv` was spelled.
    pub words: Vec<Word>,
    /// The script it runs, if it is a shell called with one.
    pub script: Script,
}

/// The script a command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// The command is not one of the shells, or not called with exactly `-c` or `-lc` and a script.
    None,
    /// It holds plain commands only, each of which may be a shell again.
    Plain {
        /// In the order of the text; never empty.
        parts: Vec<Reduction>,
        /// Whether no line ends in the script; a person may overlook a second line.
        one_line: bool,
    },
    /// It holds something else.
    Unparsed {
        /// What keeps it from being plain.
        reason: Unparsed,
        /// Whether it holds a here-document.
        heredoc: bool,
        /// The plain command in front of a here-document that is all else the script holds.
        heredoc_command: Option<Vec<String>>,
    },
}

impl Reduction {
    /// The commands that are judged one by one: the parts of the script, or the command itself when it runs none that comes apart.
    pub fn parts(&self) -> &[Self] {
        match &self.script {
            Script::Plain { parts, .. } => parts,
            Script::None | Script::Unparsed { .. } => std::slice::from_ref(self),
        }
    }

    /// The commands at the ends of the tree: those that run no script, and shells whose script does not come apart.
    pub fn leaves(&self) -> Vec<&Self> {
        match &self.script {
            Script::Plain { parts, .. } => parts.iter().flat_map(Self::leaves).collect(),
            Script::None | Script::Unparsed { .. } => vec![self],
        }
    }

    /// Whether every script in it came apart, so that the leaves are all there is to run.
    pub fn is_fully_plain(&self) -> bool {
        self.leaves().iter().all(|leaf| leaf.script == Script::None)
    }

    /// Whether no script in it has a second line.
    pub fn is_one_line(&self) -> bool {
        match &self.script {
            Script::Plain { parts, one_line } => *one_line && parts.iter().all(Self::is_one_line),
            Script::None | Script::Unparsed { .. } => true,
        }
    }

    /// Whether a script in it holds a here-document.
    pub fn has_heredoc(&self) -> bool {
        self.leaves().iter().any(|leaf| matches!(leaf.script, Script::Unparsed { heredoc: true, .. }))
    }

    /// The shells that were opened, as they were written; whoever trusts the leaves trusts these programs too.
    pub fn shells(&self) -> Vec<&str> {
        match &self.script {
            Script::None => Vec::new(),
            Script::Unparsed { .. } => self.argv.first().map(String::as_str).into_iter().collect(),
            Script::Plain { parts, .. } => {
                self.argv.first().map(String::as_str).into_iter().chain(parts.iter().flat_map(Self::shells)).collect()
            }
        }
    }
}

/// Takes a command apart.
pub fn reduce(argv: &[String]) -> Reduction {
    let words = argv.iter().map(|word| Word::literal(word)).collect();
    let mut room = MOST_COMMANDS;
    open(words, 0, &mut room)
}

fn open(words: Vec<Word>, depth: usize, room: &mut usize) -> Reduction {
    let argv: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    // A script that the outer shell may still change is not read.
    let expands = words.iter().any(|word| word.expands);
    let script = match shell_script(&argv) {
        Some(script) if !expands => read(script, depth, room),
        Some(_) => Script::Unparsed { reason: Unparsed::Syntax, heredoc: false, heredoc_command: None },
        None => Script::None,
    };
    Reduction { argv, words, script }
}

fn read(script: &str, depth: usize, room: &mut usize) -> Script {
    if depth == DEEPEST {
        return Script::Unparsed { reason: Unparsed::TooDeep, heredoc: false, heredoc_command: None };
    }
    let plain = match plain::read(script) {
        Ok(plain) => plain,
        Err(reason) => {
            let found = heredoc::find(script);
            return Script::Unparsed { reason, heredoc: found.any, heredoc_command: found.command };
        }
    };
    let Some(left) = room.checked_sub(plain.commands.len()) else {
        return Script::Unparsed { reason: Unparsed::TooManyCommands, heredoc: false, heredoc_command: None };
    };
    *room = left;
    let parts = plain.commands.into_iter().map(|command| open(command.words, depth + 1, room)).collect();
    Script::Plain { parts, one_line: plain.one_line }
}

#[cfg(test)]
mod tests;
