//! The verdict on a command: known to be safe, known to be dangerous, or neither.
//!
//! Safe is what was understood to the last word: plain commands on one line, programs that are the system's own, options
//! from a list, files that hold no secrets. Everything that is not understood is unknown, and no limit ends in safe.
//! What follows from a verdict (asking, refusing, the sandbox) is decided elsewhere.

mod files;
mod find;
mod git;
mod identity;
mod options;
mod programs;
mod rg;

use std::borrow::Cow;

use crate::danger::{self, Danger};
use crate::plain::LONGEST_SCRIPT;
use crate::reduce::{Reduction, Script, reduce};
use crate::surroundings::Surroundings;
use crate::word::Word;

use self::files::Places;
use self::identity::Caller;
pub use self::identity::trusted_program;

/// What is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It only looks, whoever planted what in the workspace.
    Safe,
    /// Nothing is known.
    Unknown,
    /// It destroys, or may.
    Dangerous(Danger),
}

/// Judges a command by itself, without rules.
pub fn classify(argv: &[String], surroundings: &Surroundings<'_>) -> Verdict {
    if let Some(danger) = danger::dangers(argv, surroundings).last() {
        return Verdict::Dangerous(*danger);
    }
    let is_safe = is_readable(argv) && safe_leaves(&reduce(argv), surroundings).iter().all(|safe| *safe);
    if is_safe { Verdict::Safe } else { Verdict::Unknown }
}

/// Judges each of the leaves of a command, in the order of [`Reduction::leaves`].
///
/// A leaf is judged where it stands: behind a `cd`, and with the shells around it vouched for. The danger of a leaf is its
/// own, so one that only a longer script reveals is found by [`classify`] of the whole.
pub fn classify_leaves(command: &Reduction, surroundings: &Surroundings<'_>) -> Vec<Verdict> {
    let readable = is_readable(&command.argv);
    let judge = |(leaf, safe): (&Reduction, bool)| match danger::dangers(&leaf.argv, surroundings).last() {
        Some(danger) => Verdict::Dangerous(*danger),
        None if safe && readable => Verdict::Safe,
        None => Verdict::Unknown,
    };
    command.leaves().into_iter().zip(safe_leaves(command, surroundings)).map(judge).collect()
}

/// Whether a command is short and holds nothing that a person would not see.
fn is_readable(argv: &[String]) -> bool {
    let length: usize = argv.iter().map(|word| word.len() + 1).sum();
    length <= LONGEST_SCRIPT && !argv.iter().any(|word| word.contains(['\0', '\r']))
}

/// For each leaf, whether it is known to be safe.
fn safe_leaves(command: &Reduction, surroundings: &Surroundings<'_>) -> Vec<bool> {
    let mut places = Places::new(surroundings);
    let mut leaves = Vec::new();
    judge(command, Caller::Argv, true, &mut places, &mut leaves);
    leaves
}

/// `sound` says whether everything around the command is in order.
fn judge(command: &Reduction, caller: Caller, sound: bool, places: &mut Places<'_>, leaves: &mut Vec<bool>) {
    let is_plain = |program: &Word| program.bare && !program.expands && program.text.is_ascii();
    let sound = sound
        && !command.words.iter().any(|word| word.odd_escape)
        && command.words.first().is_some_and(|program| is_plain(program) && places.vouches_for(&program.text, caller));
    match &command.script {
        // Judged in any case: a `cd` moves what follows.
        Script::None => leaves.push(programs::is_safe(&anchored(&command.words, places), places) && sound),
        Script::Unparsed { .. } => leaves.push(false),
        Script::Plain { parts, one_line } => {
            for part in parts {
                judge(part, Caller::Shell, sound && *one_line, places, leaves);
            }
        }
    }
}

/// Puts `./` in front of patterns that begin with a star, which changes nothing where no name begins with `-`.
fn anchored<'w>(words: &'w [Word], places: &Places<'_>) -> Cow<'w, [Word]> {
    let is_open = |word: &Word| word.expands && !word.tilde && word.fixed == 0 && !word.text.contains('{');
    if !words.iter().any(is_open) || places.may_meet_dashes() {
        return Cow::Borrowed(words);
    }
    let anchor = |word: &Word| match is_open(word) {
        true => Word { text: format!("./{}", word.text), fixed: 2, ..word.clone() },
        false => word.clone(),
    };
    Cow::Owned(words.iter().map(anchor).collect())
}
