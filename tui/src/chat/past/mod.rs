//! The past of a session as events: what its file tells as events, and what it tells only as calls and their outputs.
//!
//! Files keep no begin and end of a command, a patch or a call of a server: they keep what the model asked for and what it was
//! answered. From both the events are made again, each where its answer stands. **Not here:** reading files (`codex-state`).

mod report;

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use codex_apply_patch::{Chunk, LineKind, PatchCall, Section, maybe_patch_argv, parse};
use codex_protocol::event::{
    CommandSource, CommandStatus, ExecCommandBegin, ExecCommandEnd, FileChange, McpInvocation, McpToolCallEnd, PatchApplyEnd, PatchStatus,
    ViewImageToolCall, WebSearchEnd,
};
use codex_protocol::response_item::{LocalShellAction, WebSearchAction};
use codex_protocol::rollout::RolloutItem;
use codex_protocol::{CallId, EventMsg, ResponseItem};
use codex_shell_command::{patch_heredoc, summarize};
use serde::Deserialize;
use serde_json::{Value, json};

use self::report::{Report, Shell, State, read, user_shell};

/// What a command says of itself whose end is not in the file.
const NO_END: &str = "(it still ran when the session was left)";

/// Makes the events, line by line.
#[derive(Debug, Default)]
pub struct Past {
    events: Vec<EventMsg>,
    cwd: PathBuf,
    /// Calls without an output.
    open: HashMap<String, Call>,
    /// Commands that went on behind their call, by the number the model knows them under.
    sessions: BTreeMap<String, Command>,
    commands: usize,
}

/// What the model asked for.
#[derive(Debug)]
enum Call {
    Command { argv: Vec<String>, folder: Option<String> },
    Write { session: String },
    Patch { text: String, folder: Option<String> },
    Mcp(McpInvocation),
    Plan(codex_protocol::plan::PlanUpdate),
    Image(String),
}

#[derive(Debug)]
struct Command {
    argv: Vec<String>,
    folder: PathBuf,
    output: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(alias = "command")]
    cmd: String,
    workdir: Option<String>,
}

#[derive(Deserialize)]
struct Argv {
    command: Vec<String>,
    workdir: Option<String>,
}

#[derive(Deserialize)]
struct Write {
    session_id: Value,
}

#[derive(Deserialize)]
struct Input {
    input: String,
}

#[derive(Deserialize)]
struct Image {
    path: String,
}

impl Past {
    /// Takes the next line of the file.
    pub fn take(&mut self, item: RolloutItem) {
        match item {
            RolloutItem::EventMsg(event) => self.events.push(event),
            RolloutItem::SessionMeta(session) => self.cwd = session.cwd,
            RolloutItem::TurnContext(turn) => self.cwd = turn.cwd,
            RolloutItem::ResponseItem(item) => self.item(item),
            RolloutItem::Compacted(_) => {}
        }
    }

    /// The events, in order.
    pub fn finish(mut self) -> Vec<EventMsg> {
        for command in std::mem::take(&mut self.sessions).into_values() {
            let output = format!("{}{NO_END}", command.output);
            self.command(Command { output, ..command }, 0, Duration::ZERO, CommandSource::default());
        }
        self.events
    }

    fn item(&mut self, item: ResponseItem) {
        match item {
            ResponseItem::FunctionCall { name, namespace, arguments, call_id, .. } => {
                if let Some(call) = function(&name, namespace.as_deref(), &arguments) {
                    self.open.insert(call_id, call);
                }
            }
            ResponseItem::CustomToolCall { name, input, call_id, .. } if name == "apply_patch" => {
                self.open.insert(call_id, Call::Patch { text: input, folder: None });
            }
            ResponseItem::LocalShellCall {
                call_id: Some(id), action: LocalShellAction::Exec { command, working_directory, .. }, ..
            } => {
                self.open.insert(id, Call::Command { argv: command, folder: working_directory });
            }
            ResponseItem::FunctionCallOutput { call_id, output } => self.answered(&call_id, &output.to_text()),
            ResponseItem::CustomToolCallOutput { call_id, output, .. } => self.answered(&call_id, &output.to_text()),
            ResponseItem::WebSearchCall { id, action: Some(action), .. } => {
                let query = searched(&action);
                let call_id = CallId::new(id.unwrap_or_default());
                self.events.push(EventMsg::WebSearchEnd(WebSearchEnd { call_id, query, action }));
            }
            ResponseItem::Message { ref role, .. } if role == "user" => {
                if let Some(Shell { line, exit, duration, output }) = item.message_text().as_deref().and_then(user_shell) {
                    let argv = vec!["sh".to_owned(), "-c".to_owned(), line];
                    self.command(Command { argv, folder: self.cwd.clone(), output }, exit, duration, CommandSource::UserShell);
                }
            }
            _ => {}
        }
    }

    fn answered(&mut self, id: &str, text: &str) {
        match self.open.remove(id) {
            None => {}
            Some(Call::Plan(plan)) => self.events.push(EventMsg::PlanUpdate(plan)),
            Some(Call::Image(path)) => {
                let path = self.cwd.join(path);
                self.events.push(EventMsg::ViewImageToolCall(ViewImageToolCall { call_id: CallId::new(id), path }));
            }
            Some(Call::Mcp(invocation)) => self.mcp(id, invocation, text),
            Some(Call::Patch { text: patch, folder }) => self.patch(id, &patch, folder.as_deref(), text),
            Some(Call::Write { session }) => self.went_on(session, text),
            Some(Call::Command { argv, folder }) => {
                let folder = folder.map_or_else(|| self.cwd.clone(), |folder| self.cwd.join(folder));
                let command = Command { argv, folder, output: String::new() };
                match read(text) {
                    Some(report) => self.reported(command, report),
                    None => self.not_run(command, text),
                }
            }
        }
    }

    fn reported(&mut self, mut command: Command, report: Report) {
        command.output.push_str(&report.output);
        match report.state {
            State::Ended(code) => self.command(command, code, report.time, CommandSource::default()),
            State::Runs(session) => drop(self.sessions.insert(session, command)),
        }
    }

    fn went_on(&mut self, session: String, text: &str) {
        if let Some(command) = self.sessions.remove(&session) {
            match read(text) {
                Some(report) => self.reported(command, report),
                None => drop(self.sessions.insert(session, command)),
            }
        }
    }

    /// It was refused, or ended before it could be told how: what the model was told stands for its output.
    fn not_run(&mut self, command: Command, text: &str) {
        let refused = !text.starts_with("aborted by user");
        self.command(Command { output: text.to_owned(), ..command }, -1, Duration::ZERO, CommandSource::default());
        if refused && let Some(EventMsg::ExecCommandEnd(end)) = self.events.last_mut() {
            end.status = CommandStatus::Declined;
        }
    }

    fn command(&mut self, command: Command, exit_code: i32, duration: Duration, source: CommandSource) {
        let parsed_cmd = summarize(&command.argv);
        self.commands += 1;
        let begin = ExecCommandBegin {
            call_id: CallId::new(format!("past-{}", self.commands)),
            process_id: None,
            turn_id: "past".into(),
            command: command.argv,
            cwd: command.folder,
            parsed_cmd,
            source,
        };
        let end = ExecCommandEnd {
            call_id: begin.call_id.clone(),
            process_id: None,
            turn_id: begin.turn_id.clone(),
            command: begin.command.clone(),
            cwd: begin.cwd.clone(),
            parsed_cmd: begin.parsed_cmd.clone(),
            source,
            stdout: String::new(),
            stderr: String::new(),
            aggregated_output: command.output,
            exit_code,
            duration,
            formatted_output: String::new(),
            status: if exit_code == 0 { CommandStatus::Completed } else { CommandStatus::Failed },
        };
        self.events.extend([EventMsg::ExecCommandBegin(begin), EventMsg::ExecCommandEnd(Box::new(end))]);
    }

    fn patch(&mut self, id: &str, patch: &str, folder: Option<&str>, text: &str) {
        let folder = folder.map_or_else(|| self.cwd.clone(), |folder| self.cwd.join(folder));
        let report = read(text);
        let done = report.as_ref().is_some_and(|report| matches!(report.state, State::Ended(0)));
        let sections = parse(patch).map(|patch| patch.sections).unwrap_or_default();
        let changes: BTreeMap<PathBuf, FileChange> = sections.iter().map(|section| change(section, &folder)).collect();
        let status = if done && !changes.is_empty() { PatchStatus::Completed } else { PatchStatus::Failed };
        let stderr = report.map_or_else(|| text.to_owned(), |report| report.output);
        self.events.push(EventMsg::PatchApplyEnd(PatchApplyEnd {
            call_id: CallId::new(id),
            turn_id: "past".into(),
            stdout: String::new(),
            stderr,
            success: done,
            changes,
            status,
        }));
    }

    fn mcp(&mut self, id: &str, invocation: McpInvocation, text: &str) {
        let text = text.split_once("\nOutput:\n").filter(|(head, _)| head.starts_with("Wall time: ")).map_or(text, |(_, body)| body);
        let failed = ["tool call error: ", "user rejected MCP tool call", "user cancelled MCP tool call", "unsupported call: "];
        let result = match serde_json::from_str(text) {
            Ok(Value::Array(parts)) => Ok(json!({ "content": parts })),
            _ if failed.iter().any(|start| text.starts_with(start)) => Err(text.to_owned()),
            _ => Ok(json!({ "content": [{ "type": "text", "text": text }] })),
        };
        let end = McpToolCallEnd { call_id: CallId::new(id), invocation, duration: Duration::ZERO, result };
        self.events.push(EventMsg::McpToolCallEnd(end));
    }
}

/// A call of a function whose doing is shown.
fn function(name: &str, namespace: Option<&str>, arguments: &str) -> Option<Call> {
    match name {
        "exec_command" | "shell_command" => {
            let Line { cmd, workdir } = serde_json::from_str(arguments).ok()?;
            Some(command(vec!["bash".to_owned(), "-lc".to_owned(), cmd], workdir))
        }
        "shell" | "container.exec" => {
            let Argv { command: argv, workdir } = serde_json::from_str(arguments).ok()?;
            Some(command(argv, workdir))
        }
        "write_stdin" => {
            let Write { session_id } = serde_json::from_str(arguments).ok()?;
            Some(Call::Write { session: session_id.as_str().map_or_else(|| session_id.to_string(), str::to_owned) })
        }
        "apply_patch" => serde_json::from_str::<Input>(arguments).ok().map(|Input { input }| Call::Patch { text: input, folder: None }),
        "update_plan" => serde_json::from_str(arguments).ok().map(Call::Plan),
        "view_image" => serde_json::from_str::<Image>(arguments).ok().map(|Image { path }| Call::Image(path)),
        name => {
            let whole = format!("{}{name}", namespace.unwrap_or_default());
            let (server, tool) = whole.strip_prefix("mcp__")?.split_once("__")?;
            let arguments = serde_json::from_str(arguments).ok().filter(|value: &Value| !value.is_null());
            Some(Call::Mcp(McpInvocation { server: server.to_owned(), tool: tool.to_owned(), arguments }))
        }
    }
}

/// A command, or the patch that it is a call of.
fn command(argv: Vec<String>, folder: Option<String>) -> Call {
    let patch = match argv.as_slice() {
        [_, flag, script] if flag == "-lc" || flag == "-c" => patch_heredoc(script).map(|call| (call.patch, call.workdir)),
        argv => maybe_patch_argv(argv).map(|(PatchCall::Explicit(text) | PatchCall::Bare(text))| (text.to_owned(), None)),
    };
    match patch {
        Some((text, deeper)) => {
            let folder = match (folder, deeper) {
                (Some(folder), Some(deeper)) => Some(Path::new(&folder).join(deeper).display().to_string()),
                (folder, deeper) => folder.or(deeper),
            };
            Call::Patch { text, folder }
        }
        None => Call::Command { argv, folder },
    }
}

fn change(section: &Section, cwd: &Path) -> (PathBuf, FileChange) {
    match section {
        Section::Add { path, contents } => (place(cwd, path), FileChange::Add { content: contents.clone() }),
        Section::Delete { path } => (place(cwd, path), FileChange::Delete { content: String::new() }),
        Section::Update { path, move_to, chunks } => {
            let move_path = move_to.as_ref().map(|path| place(cwd, path));
            (place(cwd, path), FileChange::Update { unified_diff: chunks.iter().map(hunk).collect(), move_path })
        }
    }
}

/// The hunk as the patch has it: where in the file it stood is not in the session.
fn hunk(chunk: &Chunk) -> String {
    let mut text = "@@\n".to_owned();
    for line in &chunk.lines {
        let sign = match line.kind {
            LineKind::Context => ' ',
            LineKind::Remove => '-',
            LineKind::Insert => '+',
        };
        text.extend([sign]);
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

fn place(cwd: &Path, path: &str) -> PathBuf {
    let mut place = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = place.pop(),
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => place.push(component),
        }
    }
    place
}

fn searched(action: &WebSearchAction) -> String {
    match action {
        WebSearchAction::Search { query, queries } => {
            query.clone().or_else(|| queries.as_ref().and_then(|all| all.first().cloned())).unwrap_or_default()
        }
        WebSearchAction::OpenPage { url } => url.clone().unwrap_or_default(),
        WebSearchAction::FindInPage { url, pattern } => match (pattern, url) {
            (Some(pattern), Some(url)) => format!("'{pattern}' in {url}"),
            (one, other) => one.clone().or_else(|| other.clone()).unwrap_or_default(),
        },
        WebSearchAction::Other => String::new(),
    }
}

#[cfg(test)]
mod tests;
