//! Rule files from outside: their language, what they match, how they are loaded, what is stored.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bounds;
mod durable;
mod language;
mod lasting;
mod laws;
mod loading;
mod matching;
mod values;

use codex_execpolicy::{Policy, PolicyError, Scope};

/// The policy of one text.
fn policy(source: &str) -> Policy {
    match try_policy(source) {
        Ok(policy) => policy,
        Err(error) => panic!("{source}\n{error}"),
    }
}

/// The policy of one text, or what is wrong with it, as `codex execpolicy check` tells the cause.
fn try_policy(source: &str) -> Result<Policy, String> {
    let mut policy = Policy::default();
    match policy.add_source("my.rules".as_ref(), Scope::User, source) {
        Ok(()) => Ok(policy),
        Err(PolicyError::Parse { source, .. }) => Err(source.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn words(line: &str) -> Vec<String> {
    shlex::split(line).unwrap()
}
