//! Runs the helper under the tracer, with the arguments of the helper's call, and writes to the file in `TRACE_TO` what was
//! refused: one line each, `COUNT PROGRAM CALL ANSWER TARGETS`.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::process::ExitCode;

use codex_linux_sandbox::ROLE;
use codex_linux_sandbox::trace::{Traced, run};

fn main() -> ExitCode {
    let mut words: Vec<_> = std::env::args_os().skip(1).collect();
    let program = words.remove(0).into();
    let argv = std::iter::once(ROLE.into()).chain(words).collect();
    #[expect(clippy::disallowed_methods, reason = "an example hands on its own environment")]
    let env: Vec<_> = std::env::vars_os().collect();
    let to = env.iter().find(|(name, _)| name == "TRACE_TO").map(|(_, value)| value.clone()).unwrap();
    let outcome = run(&Traced { program, argv, env }).unwrap();
    let mut text = String::new();
    if let Some(why) = outcome.not_followed {
        writeln!(text, "{why}").unwrap();
    }
    for refusal in &outcome.refusals {
        writeln!(text, "{} {} {} {:?} {:?}", refusal.count, refusal.program, refusal.call, refusal.answer, refusal.targets).unwrap();
    }
    std::fs::write(to, text).unwrap();
    ExitCode::from(outcome.code)
}
