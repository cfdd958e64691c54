//! Runs a rule file and returns the calls it made. The rest of the crate does not know which language that was.
//!
//! A file may come from a repository, so running it is bounded: size, nesting, calls, statements, memory and time.
//! It runs on a thread of its own with a deep stack; when a single built-in operation outlasts the time limit that
//! thread is left behind. What is not bounded is the memory of one expression that only chains string methods.

mod builtins;
mod diagnose;
mod limits;
mod nesting;

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::example::Example;
use crate::rule::{HostExecutable, NetworkRule, Origin, PrefixRule, Scope};

/// Bytes of a rule file.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Address space of the evaluating stack; pages are taken only when touched.
const STACK_BYTES: usize = 256 * 1024 * 1024;
/// How long the caller waits. Longer than the limit inside, which gives the better message.
const PATIENCE: Duration = Duration::from_secs(limits::TIME.as_secs() + 2);

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
    if let Err(at) = nesting::check(source) {
        let place = diagnose::place_at(&file.to_string_lossy(), source, at);
        return Err(EvalError::Limit(format!("the rule file is nested too deeply\n{place}")));
    }
    let origin = Origin { file: Arc::clone(file), line: 0, scope };
    let source = source.to_owned();
    let (sender, receiver) = sync_channel(1);
    let work = move || {
        // Nobody listens any more when the time was over.
        let _ = sender.send(builtins::evaluate(&origin, source));
    };
    let thread = std::thread::Builder::new().name("rules".to_owned()).stack_size(STACK_BYTES);
    let _ = thread.spawn(work).map_err(|error| EvalError::Broken(error.to_string()))?;
    match receiver.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(EvalError::Limit(limits::too_slow())),
        Err(RecvTimeoutError::Disconnected) => Err(EvalError::Broken("the interpreter gave up".to_owned())),
    }
}
