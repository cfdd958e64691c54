//! One rule file: reading, running, trying its examples.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::eval::{self, EvalError, MAX_FILE_BYTES, PrefixCall, RuleCall};
use crate::evaluation::RuleMatch;
use crate::policy::Policy;
use crate::rule::Scope;

/// Why the rules of a file are not there. The sources say what is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The file cannot be read as text.
    #[error("failed to read policy at {}", path.display())]
    Read {
        /// As it was named.
        path: PathBuf,
        /// What is in the way.
        source: io::Error,
    },
    /// The text is no rule file, or one of its examples fails.
    #[error("failed to parse policy at {}", path.display())]
    Parse {
        /// As it was named.
        path: PathBuf,
        /// What is wrong, with the place.
        source: ParseError,
    },
}

/// What is wrong with the text of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It cannot be run.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// Examples beside a rule that it does not match.
    #[error("expected every example to match at least one rule. rules: [{rule}]; unmatched examples: {examples:?}\n{place}")]
    Unmatched {
        /// The pattern.
        rule: String,
        /// The commands.
        examples: Vec<String>,
        /// ` --> FILE:LINE:COL` and the source line.
        place: String,
    },
    /// An example that its rule must not match, and does.
    #[error("expected example to not match rule `{rule}`: {example}\n{place}")]
    Matched {
        /// The pattern.
        rule: String,
        /// The command.
        example: String,
        /// ` --> FILE:LINE:COL` and the source line.
        place: String,
    },
}

impl Policy {
    /// Reads files that were named, in order, into one policy. The first bad file fails all.
    pub fn read_files<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        for path in paths {
            let path = path.as_ref();
            let read = File::open(path).and_then(|mut file| read_text(&mut file));
            let source = read.map_err(|source| PolicyError::Read { path: path.to_owned(), source })?;
            policy.add_source(path, Scope::User, &source)?;
        }
        Ok(policy)
    }

    /// Adds the rules of a file's text behind these; nothing is added when the file is bad. `path` is the name in
    /// messages.
    pub fn add_source(&mut self, path: &Path, scope: Scope, source: &str) -> Result<(), PolicyError> {
        let bad = |source: ParseError| PolicyError::Parse { path: path.to_owned(), source };
        let file: Arc<Path> = Arc::from(path);
        let calls = eval::run(&file, scope, source).map_err(|error| bad(error.into()))?;
        let (mut own, mut examples) = (Self::default(), Vec::new());
        for call in calls {
            match call {
                RuleCall::Prefix(call) => {
                    own.add_prefix_rule(call.rule.clone());
                    examples.push(call);
                }
                RuleCall::Host(host) => own.add_host_executable(host),
                RuleCall::Network(rule) => own.add_network_rule(rule),
            }
        }
        // Examples may name programs by a path, which earlier files have a say in.
        let mut hosts = Self::default();
        self.host_executables().chain(own.host_executables()).for_each(|host| hosts.add_host_executable(host.clone()));
        examples.iter().try_for_each(|call| try_examples(call, &mut hosts)).map_err(bad)?;
        self.merge(own);
        Ok(())
    }
}

/// Tries the examples of one rule against that rule alone. `alone` has the host executables, and gets the rule.
fn try_examples(call: &PrefixCall, alone: &mut Policy) -> Result<(), ParseError> {
    if call.matching.is_empty() && call.not_matching.is_empty() {
        return Ok(());
    }
    alone.set_prefix_rule(call.rule.clone());
    let matched = |argv: &[String]| alone.check_resolving(argv).matched_rules.into_iter().next();
    for example in &call.not_matching {
        if let Some(RuleMatch::PrefixRuleMatch(_)) = matched(example.argv()) {
            let (rule, place) = (call.rule.pattern_text(), call.place.clone());
            return Err(ParseError::Matched { rule, example: example.shown(), place });
        }
    }
    let unmatched: Vec<String> =
        call.matching.iter().filter(|example| matched(example.argv()).is_none()).map(crate::example::Example::shown).collect();
    if unmatched.is_empty() {
        return Ok(());
    }
    Err(ParseError::Unmatched { rule: call.rule.pattern_text(), examples: unmatched, place: call.place.clone() })
}

/// Reads a rule file to its end, no further than a rule file may be long.
pub(crate) fn read_text(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "rule files may have 1 MiB at most"));
    }
    Ok(text)
}
