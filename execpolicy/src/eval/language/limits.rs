//! What keeps a rule file from running for ever, filling the memory or overflowing a stack.
//!
//! Everything a file does is counted, and nothing else: the same file always ends in the same way, however fast the
//! machine. Work is asked for before it is done, memory before it is taken. Memory is never given back while a file
//! runs, so the bound holds for all that was ever made.

use super::fault::Fault;

/// Calls and turns of loops.
const TURNS: u32 = 50_000;
/// Steps: about one for each piece of an expression, each element looked at, and each 16 bytes of text.
const STEPS: u64 = 4_000_000;
/// Bytes of values.
const BYTES: usize = 64 * 1024 * 1024;
/// Elements of a list, or bytes of a text, that repeating or `range` may make.
pub(super) const ELEMENTS: usize = 100_000;
/// Bits that a number may be shifted by.
pub(super) const SHIFT: i64 = 256;
/// How deep brackets and operators may be nested, and how deep blocks.
pub(super) const NESTING: usize = 1_000;
/// Functions and comprehensions inside one another.
pub(super) const SCOPES: usize = 100;
/// Calls inside calls.
pub(super) const CALLS: usize = 49;
/// How deep the interpreter itself may go, in pieces of expressions and blocks.
pub(super) const DEPTH: usize = 12_000;
/// Address space of the evaluating stack; pages are taken only when touched. Has to hold [`DEPTH`] levels.
pub(crate) const STACK_BYTES: usize = 256 * 1024 * 1024;

/// What a file has used.
#[derive(Debug, Default)]
pub(super) struct Budget {
    turns: u32,
    steps: u64,
    bytes: usize,
}

impl Budget {
    /// Counts a call, or a turn of a loop.
    pub(super) fn turn(&mut self) -> Result<(), Fault> {
        self.turns += 1;
        if self.turns > TURNS {
            return Err(Fault::limit(format!("the rule file takes more than {TURNS} calls and turns of loops")));
        }
        Ok(())
    }

    /// Counts steps that are about to be made.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(count as u64);
        if self.steps > STEPS {
            return Err(Fault::limit(format!("the rule file takes more than {} million steps", STEPS / 1_000_000)));
        }
        Ok(())
    }

    /// Counts the work of looking through a text.
    pub(super) fn reading(&mut self, bytes: usize) -> Result<(), Fault> {
        self.steps(bytes / 16 + 1)
    }

    /// Counts memory that is about to be taken.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), Fault> {
        self.bytes = self.bytes.saturating_add(count);
        if self.bytes > BYTES {
            return Err(Fault::limit(format!("the rule file needs more than {} MiB of memory", BYTES / (1024 * 1024))));
        }
        Ok(())
    }
}

/// What is said about a file that is nested too deeply.
pub(super) fn too_deep() -> Fault {
    Fault::limit("the rule file is nested too deeply")
}
