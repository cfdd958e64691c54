//! From the items of a history to notes in the ledger: what was called, and how it came out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use codex_protocol::ResponseItem;
use codex_protocol::response_item::LocalShellAction;
use codex_shell_command::{join, shell_script};
use serde_json::Value;

use super::ledger::{CommandNote, FileRead, Ledger, PlanStep};
use super::reads::shown;

/// Longest command that is noted whole, in bytes.
const LONGEST_COMMAND: usize = 300;

/// Longest text of one read that is kept, in bytes: as much as one output may take in history.
const LONGEST_TEXT: usize = 48_000;

/// How a patch tells that it was applied.
const APPLIED: &str = "Success. Updated the following files:\n";

/// A command line and where it ran.
struct Command {
    /// As it is shown.
    line: String,
    /// What a shell was given to run.
    script: String,
    folder: PathBuf,
}

/// How a call came out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    exit_code: Option<i64>,
    /// The session that it was left running in.
    session: Option<i64>,
    printed: String,
}

/// Notes what these items did; `stamps` says when each came, in milliseconds since 1970.
pub(crate) fn observe(ledger: &mut Ledger, items: &[ResponseItem], stamps: &[i64], cwd: &Path) {
    let outputs: HashMap<&str, String> = items.iter().filter_map(output).collect();
    for (item, at) in items.iter().zip(stamps) {
        let Some(text) = item.call_id().and_then(|id| outputs.get(id)) else { continue };
        let outcome = outcome(text);
        note_patch(ledger, &outcome, text, &folder_of(item, cwd));
        match item {
            ResponseItem::FunctionCall { name, arguments, .. } => {
                let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
                note_call(ledger, name, &arguments, &outcome, *at, cwd);
            }
            ResponseItem::LocalShellCall { action: LocalShellAction::Exec { command, working_directory, .. }, .. } => {
                let folder = working_directory.as_ref().map_or_else(|| cwd.to_path_buf(), |folder| cwd.join(folder));
                note_command(ledger, &of_argv(command, folder), &outcome, *at);
            }
            _ => {}
        }
    }
}

fn output(item: &ResponseItem) -> Option<(&str, String)> {
    match item {
        ResponseItem::FunctionCallOutput { call_id, output } | ResponseItem::CustomToolCallOutput { call_id, output } => {
            Some((call_id, output.to_text()))
        }
        _ => None,
    }
}

fn note_call(ledger: &mut Ledger, name: &str, arguments: &Value, outcome: &Outcome, at: i64, cwd: &Path) {
    let text = |key: &str| arguments.get(key).and_then(Value::as_str);
    let folder = text("workdir").map_or_else(|| cwd.to_path_buf(), |folder| cwd.join(folder));
    match name {
        "exec_command" | "shell_command" => {
            if let Some(script) = text("cmd").or_else(|| text("command")) {
                note_command(ledger, &Command { line: script.to_owned(), script: script.to_owned(), folder }, outcome, at);
            }
        }
        "shell" | "container.exec" | "local_shell" => {
            let words = arguments.get("command").and_then(Value::as_array);
            let argv: Vec<String> = words.into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect();
            note_command(ledger, &of_argv(&argv, folder), outcome, at);
        }
        "write_stdin" => {
            if let (Some(session), Some(code)) = (arguments.get("session_id").and_then(Value::as_i64), outcome.exit_code) {
                ledger.session_ended(session, code);
            }
        }
        "update_plan" => {
            if let Some(steps) = arguments.get("plan").and_then(|plan| serde_json::from_value::<Vec<PlanStep>>(plan.clone()).ok()) {
                ledger.plan = steps;
            }
        }
        _ => {}
    }
}

fn of_argv(argv: &[String], folder: PathBuf) -> Command {
    let line = join(argv);
    let script = shell_script(argv).map_or_else(|| line.clone(), str::to_owned);
    Command { line: script.clone(), script, folder }
}

fn folder_of(item: &ResponseItem, cwd: &Path) -> PathBuf {
    match item {
        ResponseItem::FunctionCall { arguments, .. } => {
            let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
            arguments.get("workdir").and_then(Value::as_str).map_or_else(|| cwd.to_path_buf(), |folder| cwd.join(folder))
        }
        _ => cwd.to_path_buf(),
    }
}

fn note_command(ledger: &mut Ledger, command: &Command, outcome: &Outcome, at: i64) {
    if command.line.trim().is_empty() || (outcome.exit_code.is_none() && outcome.session.is_none()) {
        // Refused or never started: nothing happened that must not happen again.
        return;
    }
    let line = shortened(&command.line, LONGEST_COMMAND);
    ledger.command(CommandNote { command: line.clone(), exit_code: outcome.exit_code, session: outcome.session, times: 1 });
    if outcome.exit_code != Some(0) {
        return;
    }
    let mut text = Some(&outcome.printed).filter(|text| text.len() <= LONGEST_TEXT).cloned();
    for part in shown(&command.script, &command.folder) {
        let (path, range) = (part.path, part.range);
        ledger.read(FileRead { path, range, command: line.clone(), at, blob: None, text: text.take(), unchanged: false });
    }
}

fn note_patch(ledger: &mut Ledger, outcome: &Outcome, raw: &str, folder: &Path) {
    // A patch inside a command is told in the JSON form.
    let nested = serde_json::from_str::<Value>(&outcome.printed).ok();
    let told = nested.as_ref().and_then(|value| value.get("output")).and_then(Value::as_str).unwrap_or(&outcome.printed);
    let told = if told.is_empty() { raw } else { told };
    let Some((_, files)) = told.split_once(APPLIED) else { return };
    for line in files.lines() {
        match line.split_once(' ') {
            Some((kind @ ("A" | "M" | "D"), path)) => ledger.edit(folder.join(path), kind),
            _ => return,
        }
    }
}

/// Reads the reports of all command tools.
fn outcome(text: &str) -> Outcome {
    if text.starts_with('{')
        && let Ok(report) = serde_json::from_str::<Value>(text)
        && let Some(printed) = report.get("output").and_then(Value::as_str)
    {
        let exit_code = report.pointer("/metadata/exit_code").and_then(Value::as_i64);
        return Outcome { exit_code, session: None, printed: printed.to_owned() };
    }
    let Some((head, printed)) = text.split_once("Output:\n") else { return Outcome::default() };
    let number = |prefix: &str| head.lines().find_map(|line| line.strip_prefix(prefix)).and_then(|rest| rest.trim().parse().ok());
    Outcome {
        exit_code: number("Exit code:").or_else(|| number("Process exited with code")),
        session: number("Process running with session ID"),
        printed: printed.to_owned(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let half = most / 2;
    format!("{} ... {}", &text[..text.floor_char_boundary(half)], &text[text.ceil_char_boundary(text.len() - half)..])
}

#[cfg(test)]
mod tests {
    use codex_protocol::response_item::ToolOutputBody;
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn call(id: &str, name: &str, arguments: Value) -> ResponseItem {
        ResponseItem::FunctionCall {
            id: None,
            name: name.into(),
            namespace: None,
            arguments: arguments.to_string(),
            call_id: id.into(),
            wire_state: None,
        }
    }

    fn output(id: &str, text: &str) -> ResponseItem {
        ResponseItem::FunctionCallOutput { call_id: id.into(), output: ToolOutputBody::Text(text.into()) }
    }

    #[test]
    fn calls_of_every_kind_are_noted_with_how_they_came_out() {
        let report = "Command: /bin/bash -lc 'x'\nChunk ID: 183aa8\nWall time: 0.0 seconds\nProcess exited with code 0\nOriginal token count: 1\nOutput:\none\ntwo\n";
        let running =
            "Command: x\nChunk ID: 1\nWall time: 1.0 seconds\nProcess running with session ID 7\nOriginal token count: 1\nOutput:\n";
        let items = [
            call("1", "exec_command", json!({"cmd": "cat a.txt", "workdir": "sub"})),
            output("1", report),
            call("2", "shell", json!({"command": ["bash", "-lc", "cargo test"]})),
            output("2", r#"{"output":"boom","metadata":{"exit_code":101,"duration_seconds":0.1}}"#),
            call("3", "exec_command", json!({"cmd": "serve"})),
            output("3", running),
            call("4", "write_stdin", json!({"session_id": 7, "chars": ""})),
            output("4", "Command: serve\nProcess exited with code 3\nOutput:\n"),
            call("5", "update_plan", json!({"plan": [{"step": "one", "status": "completed"}]})),
            output("5", "Plan updated"),
            call("6", "shell_command", json!({"command": "apply_patch"})),
            output("6", "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess. Updated the following files:\nA n/a.txt\nM b.txt\n"),
            call("7", "exec_command", json!({"cmd": "rm x"})),
            output("7", "exec_command failed: rejected: blocked by policy"),
            call("8", "exec_command", json!({"cmd": "never answered"})),
        ];
        let mut ledger = Ledger::default();
        observe(&mut ledger, &items, &[5; 15], Path::new("/w"));
        let commands: Vec<(&str, Option<i64>)> = ledger.commands.iter().map(|note| (note.command.as_str(), note.exit_code)).collect();
        assert_eq!(commands, [("cat a.txt", Some(0)), ("cargo test", Some(101)), ("serve", Some(3)), ("apply_patch", Some(0))]);
        let read = &ledger.reads[0];
        assert_eq!(
            (read.path.as_path(), read.range.as_str(), read.text.as_deref()),
            (Path::new("/w/sub/a.txt"), "whole", Some("one\ntwo\n"))
        );
        let edits: Vec<(&Path, &str)> = ledger.edits.iter().map(|edit| (edit.path.as_path(), edit.kind.as_str())).collect();
        assert_eq!(edits, [(Path::new("/w/n/a.txt"), "A"), (Path::new("/w/b.txt"), "M")]);
        assert_eq!(ledger.plan, [PlanStep { step: "one".into(), status: "completed".into() }]);
    }
}
