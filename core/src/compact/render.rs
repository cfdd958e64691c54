//! The ledger as the model reads it, within its budget.

use std::fmt::Write as _;

use super::ledger::{CommandNote, FileRead, Ledger};

/// Returns the ledger in words; `None` when there is nothing to tell. The lists come first; the texts of files fill the rest.
pub(crate) fn render(ledger: &Ledger, most_bytes: usize) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(plan(ledger));
    parts.extend(edits(ledger));
    parts.extend(commands(ledger));
    parts.extend(reads(ledger));
    if parts.is_empty() {
        return None;
    }
    let mut told = String::from("<session_ledger>\n");
    for part in parts {
        // A list over the budget keeps its end, where the newest is.
        told.push_str(&within(&part, (most_bytes / 4).max(256)));
    }
    texts(ledger, &mut told, most_bytes);
    told.push_str("</session_ledger>");
    Some(told)
}

/// How many bytes the texts of files may take, with the lists at their longest.
pub(crate) fn room_for_texts(most_bytes: usize) -> usize {
    most_bytes * 6 / 10
}

fn plan(ledger: &Ledger) -> Option<String> {
    let mut told = String::from("Plan:\n");
    for step in &ledger.plan {
        let _ = writeln!(told, "- [{}] {}", step.status, step.step);
    }
    (!ledger.plan.is_empty()).then_some(told)
}

fn edits(ledger: &Ledger) -> Option<String> {
    let mut told = String::from("Files changed by patches (A added, M modified, D deleted):\n");
    for edit in &ledger.edits {
        let times = if edit.times > 1 { format!(" ({} times)", edit.times) } else { String::new() };
        let _ = writeln!(told, "- {} {}{times}", edit.kind, edit.path.display());
    }
    (!ledger.edits.is_empty()).then_some(told)
}

fn commands(ledger: &Ledger) -> Option<String> {
    let mut told = String::from("Commands that ran, oldest first:\n");
    for note in &ledger.commands {
        let _ = writeln!(told, "- `{}` -> {}", note.command, ending(note));
    }
    (!ledger.commands.is_empty()).then_some(told)
}

fn ending(note: &CommandNote) -> String {
    let times = if note.times > 1 { format!(", {} times", note.times) } else { String::new() };
    match (note.exit_code, note.session) {
        (Some(code), _) => format!("exit code {code}{times}"),
        (None, Some(session)) => format!("left running in session {session}"),
        (None, None) => "unknown".to_owned(),
    }
}

fn reads(ledger: &Ledger) -> Option<String> {
    let mut told = String::from("Files read:\n");
    for read in &ledger.reads {
        let _ = writeln!(told, "- {}, {}: {}", read.path.display(), read.range, standing(read, ledger));
    }
    (!ledger.reads.is_empty()).then_some(told)
}

fn standing(read: &FileRead, ledger: &Ledger) -> String {
    let Some(blob) = read.blob.as_ref().filter(|_| read.unchanged) else {
        return "changed since, look again before you rely on it".to_owned();
    };
    let id = blob.get(..12).unwrap_or(blob);
    let at_hand = ledger.reads.iter().any(|other| other.command == read.command && other.at == read.at && other.text.is_some());
    let text = if at_hand { "its text is below" } else { "its text is no longer at hand" };
    format!("unchanged since (blob {id}), {text}")
}

fn texts(ledger: &Ledger, told: &mut String, most_bytes: usize) {
    for read in &ledger.reads {
        let Some(text) = &read.text else { continue };
        if told.len() + text.len() + 128 > most_bytes {
            continue;
        }
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let _ = write!(told, "<output_of command=\"{}\">\n{text}{end}</output_of>\n", read.command);
    }
}

fn within(part: &str, most_bytes: usize) -> String {
    if part.len() <= most_bytes {
        return part.to_owned();
    }
    let (title, list) = part.split_once('\n').unwrap_or((part, ""));
    let mut kept = Vec::new();
    let mut left = most_bytes.saturating_sub(title.len() + 40);
    for line in list.lines().rev() {
        if line.len() + 1 > left {
            break;
        }
        left -= line.len() + 1;
        kept.push(line);
    }
    let dropped = list.lines().count() - kept.len();
    kept.reverse();
    format!("{title}\n- ({dropped} older ones left out)\n{}\n", kept.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for number in 0..70 {
            let command = format!("step {number}");
            ledger.command(CommandNote { command, exit_code: Some(0), session: None, times: 1 });
        }
        ledger.edit("/w/a".into(), "M");
        ledger
    }

    #[test]
    fn a_ledger_over_its_budget_keeps_the_newest() {
        let told = render(&ledger(), 2_000).unwrap();
        assert!(told.len() < 2_000, "{}", told.len());
        assert!(told.contains("`step 69` -> exit code 0") && !told.contains("`step 1` ") && told.contains("older ones left out"), "{told}");
        assert!(told.contains("- M /w/a\n"), "{told}");
        assert_eq!(render(&Ledger::default(), 2_000), None);
    }
}
