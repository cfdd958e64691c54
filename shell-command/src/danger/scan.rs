//! One pass over a command and everything inside it, and what the pass has learnt so far.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::argv::program_name;
use crate::surroundings::{Surroundings, absolute};

use super::wrappers::{self, Unwrapped};
use super::{Danger, programs, roots, script};

/// Scripts inside scripts, and commands inside commands, are read this deep; what nests deeper is taken for dangerous.
const DEEPEST: usize = 8;

/// A script that moves about more than this is somewhere.
const MOST_FOLDERS: usize = 16;

/// A script of more commands than this is not read to its end, and taken for dangerous.
const MOST_COMMANDS: usize = 4096;

/// The state of a pass.
pub(super) struct Scan<'s> {
    pub(super) surroundings: Option<&'s Surroundings<'s>>,
    pub(super) found: BTreeSet<Danger>,
    /// Every command seen.
    pub(super) commands: Vec<Vec<String>>,
    /// The folders the script may be in by now.
    pub(super) folders: Vec<PathBuf>,
    /// What variables of the script may hold; no entry means anything.
    pub(super) variables: BTreeMap<String, Vec<String>>,
    /// Whether a command printed names that reach a root, for an `xargs` to read.
    pub(super) printed_root: bool,
}

impl<'s> Scan<'s> {
    pub(super) fn new(surroundings: Option<&'s Surroundings<'s>>) -> Self {
        let mut folders = Vec::new();
        if let Some(surroundings) = surroundings {
            folders.push(absolute(surroundings.cwd, ""));
            let real = surroundings.lookup.facts(surroundings.cwd).map(|facts| facts.real_path);
            folders.extend(real.filter(|real| *real != folders[0]));
        }
        Self { surroundings, found: BTreeSet::new(), commands: Vec::new(), folders, variables: BTreeMap::new(), printed_root: false }
    }

    /// Judges a command and what it runs.
    pub(super) fn command(&mut self, argv: &[&str], depth: usize) {
        if depth > DEEPEST || self.is_full() {
            self.found.insert(Danger::Unreadable);
            return;
        }
        let mut argv = argv;
        let mut input = roots::Operands::Given;
        loop {
            self.mention(argv);
            match wrappers::unwrap(argv) {
                Unwrapped::Nothing => return,
                Unwrapped::Command => break,
                Unwrapped::Inner(inner) => {
                    if program_name(argv[0]) == "xargs" {
                        input = roots::Operands::FromInput;
                    }
                    argv = inner;
                }
                Unwrapped::Script(text) => return script::scan(self, &text, depth + 1),
            }
        }
        programs::judge(self, argv, depth);
        if self.surroundings.is_some() {
            roots::judge(self, argv, input);
        }
    }

    /// Notes a change of folder; `sure` says that nothing behind it runs unless it succeeded.
    pub(super) fn go(&mut self, targets: Vec<PathBuf>, sure: bool) {
        let exists = |path: &PathBuf| self.surroundings.is_some_and(|surroundings| surroundings.lookup.facts(path).is_some());
        if sure || (!targets.is_empty() && targets.iter().all(exists)) {
            self.folders.clear();
        }
        for target in targets {
            if !self.folders.contains(&target) && self.folders.len() < MOST_FOLDERS {
                self.folders.push(target);
            }
        }
    }

    /// Whether there is no room for more commands.
    pub(super) fn is_full(&self) -> bool {
        self.commands.len() >= MOST_COMMANDS
    }

    fn mention(&mut self, argv: &[&str]) {
        if !argv.is_empty() && !self.is_full() {
            self.commands.push(argv.iter().map(|word| (*word).to_owned()).collect());
        }
    }
}
