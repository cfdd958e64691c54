//! The patches of a session's last turn that applied any, from its file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use codex_apply_patch::{PatchCall, maybe_patch_argv};
use codex_protocol::response_item::LocalShellAction;
use codex_protocol::rollout::{RolloutItem, RolloutLine};
use codex_protocol::{EventMsg, ResponseItem};
use codex_shell_command::{patch_heredoc, shell_script};
use codex_state::{Outline, Start, StateError};
use serde_json::Value;

/// How the report of a patch begins that was applied.
const APPLIED: &str = "Success. Updated the following files:";

/// A patch and the folder its paths start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SavedPatch {
    pub(super) folder: PathBuf,
    pub(super) text: String,
}

/// What the last turn with patches did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LastPatches {
    /// In the order they were applied.
    pub(super) patches: Vec<SavedPatch>,
    /// How many commands ran beside them.
    pub(super) commands: usize,
}

impl LastPatches {
    /// Reads them; `None` when no patch of the session was applied.
    pub(super) fn of(outline: &Outline) -> Result<Option<Self>, StateError> {
        let mut reading = Reading { cwd: outline.meta.cwd.clone(), ..Reading::default() };
        outline.visit(Start::Beginning, &mut |line| reading.take(line))?;
        reading.turn_ends();
        Ok(reading.last)
    }
}

/// What a call that has no output yet would do.
enum Open {
    Patch(SavedPatch),
    Command,
}

#[derive(Default)]
struct Reading {
    cwd: PathBuf,
    open: HashMap<String, Open>,
    turn: LastPatches,
    last: Option<LastPatches>,
}

impl Reading {
    fn take(&mut self, line: RolloutLine) {
        match line.item {
            RolloutItem::EventMsg(EventMsg::TaskStarted(_)) => self.turn_ends(),
            RolloutItem::TurnContext(context) => self.cwd = context.cwd,
            RolloutItem::ResponseItem(item) => self.item(item),
            RolloutItem::SessionMeta(_) | RolloutItem::EventMsg(_) | RolloutItem::Compacted(_) => {}
        }
    }

    fn turn_ends(&mut self) {
        self.open.clear();
        let turn = std::mem::take(&mut self.turn);
        if !turn.patches.is_empty() {
            self.last = Some(turn);
        }
    }

    fn item(&mut self, item: ResponseItem) {
        match item {
            ResponseItem::CustomToolCall { call_id, name, input, .. } if name == "apply_patch" => {
                let patch = SavedPatch { folder: self.cwd.clone(), text: input };
                self.open.insert(call_id, Open::Patch(patch));
            }
            ResponseItem::FunctionCall { call_id, name, arguments, .. } => {
                let call = serde_json::from_str(&arguments).ok().and_then(|arguments| function(&name, &arguments, &self.cwd));
                self.open.extend(call.map(|call| (call_id, call)));
            }
            ResponseItem::LocalShellCall {
                call_id: Some(call_id),
                action: LocalShellAction::Exec { command, working_directory, .. },
                ..
            } => {
                let folder = inside(&self.cwd, working_directory.as_deref());
                self.open.insert(call_id, of_argv(&command, &folder));
            }
            ResponseItem::CustomToolCallOutput { call_id, output } | ResponseItem::FunctionCallOutput { call_id, output } => {
                self.output(&call_id, &output.to_text());
            }
            _ => {}
        }
    }

    fn output(&mut self, call: &str, output: &str) {
        match self.open.remove(call) {
            Some(Open::Patch(patch)) if output.contains(APPLIED) => self.turn.patches.push(patch),
            Some(Open::Command) => self.turn.commands += 1,
            Some(Open::Patch(_)) | None => {}
        }
    }
}

fn function(name: &str, arguments: &Value, cwd: &Path) -> Option<Open> {
    let text = |key: &str| arguments.get(key).and_then(Value::as_str);
    let folder = inside(cwd, text("workdir"));
    match name {
        "apply_patch" => Some(Open::Patch(SavedPatch { folder: cwd.to_path_buf(), text: text("input")?.to_owned() })),
        "shell" | "container.exec" => {
            let words = arguments.get("command")?.as_array()?.iter().map(|word| word.as_str().map(str::to_owned));
            Some(of_argv(&words.collect::<Option<Vec<_>>>()?, &folder))
        }
        "shell_command" => Some(of_script(text("command")?, &folder)),
        "exec_command" => Some(of_script(text("cmd")?, &folder)),
        _ => None,
    }
}

fn of_argv(argv: &[String], folder: &Path) -> Open {
    match maybe_patch_argv(argv) {
        Some(PatchCall::Explicit(text) | PatchCall::Bare(text)) => {
            Open::Patch(SavedPatch { folder: folder.to_path_buf(), text: text.to_owned() })
        }
        None => shell_script(argv).map_or(Open::Command, |script| of_script(script, folder)),
    }
}

fn of_script(script: &str, folder: &Path) -> Open {
    match patch_heredoc(script) {
        Some(call) => Open::Patch(SavedPatch { folder: inside(folder, call.workdir.as_deref()), text: call.patch }),
        None => Open::Command,
    }
}

fn inside(folder: &Path, below: Option<&str>) -> PathBuf {
    below.map_or_else(|| folder.to_path_buf(), |below| folder.join(below))
}
