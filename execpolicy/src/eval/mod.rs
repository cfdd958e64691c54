//! Runs a rule file and returns the calls it made. The rest of the crate does not know which language that was.
//!
//! A file may come from a repository, so running it is bounded: size, nesting, calls, steps and memory (see
//! `language/limits.rs`). It runs on a thread of its own, because nothing is known of the caller's stack.

mod language;
mod rules;

use std::path::Path;
use std::sync::Arc;

use self::language::Failure;
use crate::example::Example;
use crate::rule::{HostExecutable, NetworkRule, Origin, PatternToken, PrefixRule, Scope};

/// Bytes of a rule file.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// One call of a rule file, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RuleCall {
    /// `prefix_rule`.
    Prefix(PrefixCall),
    /// `host_executable`.
    Host(HostExecutable),
    /// `network_rule`.
    Network(NetworkRule),
}

/// A prefix rule and the examples beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrefixCall {
    pub(crate) rule: PrefixRule,
    /// Commands the rule has to match.
    pub(crate) matching: Vec<Example>,
    /// Commands it must not match.
    pub(crate) not_matching: Vec<Example>,
    /// Where the call stands, for messages: ` --> FILE:LINE:COL` and the source line.
    pub(crate) place: String,
}

impl PrefixCall {
    /// How many words trying the examples compares, at most.
    fn words_to_compare(&self) -> usize {
        let words = |token: &PatternToken| match token {
            PatternToken::One(_) => 1,
            PatternToken::AnyOf(words) => words.len(),
        };
        let pattern: usize = self.rule.pattern.iter().map(words).sum();
        pattern.saturating_mul(self.matching.len() + self.not_matching.len())
    }
}

/// Why a file could not be run. The texts end with ` --> FILE:LINE:COL` and the source line where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The language's own error, or one of a rule.
    #[error("starlark error: {0}")]
    Starlark(String),
    /// A limit was reached.
    #[error("{0}")]
    Limit(String),
    /// The interpreter broke down.
    #[error("the rule file could not be evaluated: {0}")]
    Broken(String),
}

/// Runs `source` and returns its calls in order. `file` is the name in messages and origins.
pub(crate) fn run(file: &Arc<Path>, scope: Scope, source: &str) -> Result<Vec<RuleCall>, EvalError> {
    if source.len() as u64 > MAX_FILE_BYTES {
        return Err(EvalError::Limit("rule files may have 1 MiB at most".to_owned()));
    }
    let name = file.to_string_lossy();
    let origin = Origin { file: Arc::clone(file), line: 0, scope };
    let evaluate = || {
        let mut rules = rules::Rules { origin, made: Vec::new() };
        language::run(&name, source, &mut rules).map(|()| rules.made)
    };
    let thread = std::thread::Builder::new().name("rules".to_owned()).stack_size(language::STACK_BYTES);
    let result = std::thread::scope(|scope| {
        let running = thread.spawn_scoped(scope, evaluate).map_err(|error| EvalError::Broken(error.to_string()))?;
        running.join().map_err(|_| EvalError::Broken("the interpreter gave up".to_owned()))
    })?;
    result.map_err(|failure| match failure {
        Failure::Wrong(told) => EvalError::Starlark(told),
        Failure::Limit(told) => EvalError::Limit(told),
    })
}
