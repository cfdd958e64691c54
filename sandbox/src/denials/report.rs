//! The list that `--log-denials` prints.

use std::fmt::Write;

use codex_linux_sandbox::trace::Outcome;

use super::judge::{Judged, Mechanism, judge};
use super::outside::Outside;
use crate::effective::{Effective, Network};

/// One line of the list.
struct Line {
    program: String,
    call: String,
    judged: Judged,
    count: u64,
}

/// Writes the list: first what the sandbox refused, each with its rule and what would allow it, then what it was not.
///
/// Refusals of one program with the same rule and object are one line, whatever the call.
pub fn report(outcome: &Outcome, effective: &Effective, mechanism: Mechanism, outside: &dyn Outside) -> String {
    if let Some(why) = outcome.not_followed {
        return format!("codex sandbox: {why}\n");
    }
    let mut lines: Vec<Line> = Vec::new();
    for refusal in &outcome.refusals {
        let Some(judged) = judge(refusal, effective, mechanism, outside) else { continue };
        match lines.iter_mut().find(|line| line.program == refusal.program && line.judged == judged) {
            Some(line) => line.count += refusal.count,
            None => lines.push(Line { program: printable(&refusal.program), call: refusal.call.clone(), judged, count: refusal.count }),
        }
    }
    let (ours, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.judged.rule.is_ours());
    let mut text = String::new();
    if ours.is_empty() {
        let _ = writeln!(text, "codex sandbox: nothing was denied ({})", policy_words(effective));
    } else {
        let _ = writeln!(text, "codex sandbox: denied by the sandbox ({}):", policy_words(effective));
        ours.iter().for_each(|line| write_line(&mut text, line));
    }
    if !others.is_empty() {
        let _ = writeln!(text, "codex sandbox: refused by the system, not by the sandbox:");
        others.iter().for_each(|line| write_line(&mut text, line));
    }
    if outcome.more > 0 {
        let _ = writeln!(text, "codex sandbox: {} more refusals found no room in this list", outcome.more);
    }
    text
}

fn write_line(text: &mut String, line: &Line) {
    let Line { program, call, judged, count } = line;
    let _ = write!(text, "  {count}x {program}: {} ({call}): {}", judged.about, judged.rule);
    if let Some(remedy) = judged.rule.remedy() {
        let _ = write!(text, "; {remedy}");
    }
    text.push('\n');
}

fn policy_words(effective: &Effective) -> String {
    let network = match &effective.network {
        Network::Off => "network off",
        Network::On => "network on",
        Network::Hosts(_) => "network for some hosts",
    };
    format!("{}, {network}", effective.policy.kind())
}

/// Programs name themselves, so their names are shown without control characters.
fn printable(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}
