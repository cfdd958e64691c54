//! Plays the run over the example and tells each step in a line or two.

use std::path::PathBuf;
use std::sync::Arc;

use codex_config::Config;
use codex_core::{Runtime, StartOptions, ThreadManager, Traffic};
use codex_exec::{Ambient, sanitize};
use codex_protocol::items::{CommandItem, ItemChange, ItemStatus, ItemStream, ThreadItem, ThreadItemKind};
use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{ApprovalPolicy, EventMsg, Op, SandboxPolicy};

use super::workspace::Workspace;
use crate::failure::Failure;

/// What the model is asked.
const TASK: &str = "The test in this repository fails. Find the mistake, mend it, and show that the test passes.";

/// What is needed for the run.
pub(super) struct Stage<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) ambient: &'a Ambient,
    pub(super) traffic: Traffic,
    /// Where the model is, when it is no recording.
    pub(super) base_url: Option<&'a str>,
}

/// What came of the run.
pub(super) struct Played {
    /// The session file.
    pub(super) session: Option<PathBuf>,
    /// What changed in the example.
    pub(super) diff: String,
}

/// Plays the run to its end.
pub(super) async fn play(stage: Stage<'_>, say: impl Fn(&str)) -> Result<Played, Failure> {
    let workspace = stage.workspace;
    let manager = ThreadManager::new(Arc::new(config(&stage)), Arc::new(runtime(stage.ambient)));
    let options = StartOptions { traffic: stage.traffic, end_sessions_with_turn: true, ..StartOptions::default() };
    let thread = manager.start(options).await.map_err(|error| Failure::new(format!("Error: the demo cannot start: {error}")))?;
    let session = thread.rollout_path();
    say(&format!("  task     {TASK}\n"));
    let turn = UserTurn { input: vec![UserInput::text(TASK)], ..UserTurn::default() };
    let over = |_| Failure::new("Error: the demo ended before it began");
    thread.submit(Op::UserTurn(turn)).await.map_err(over)?;
    let mut items = ItemStream::new();
    let mut failure = None;
    while let Some(event) = thread.next_event().await {
        for change in items.push(&event) {
            if let ItemChange::Completed(item) = change {
                say(&told(&item));
            }
        }
        match event.msg {
            EventMsg::Warning(warning) => say(&format!("  warning  {}\n", sanitize(&warning.message))),
            EventMsg::TaskComplete(complete) => {
                failure = complete.error.map(|error| error.message);
                thread.submit(Op::Shutdown).await.map_err(over)?;
            }
            EventMsg::TurnAborted(_) => failure = Some("the run was interrupted".to_owned()),
            _ => {}
        }
    }
    match failure {
        None => Ok(Played { session, diff: workspace.diff()? }),
        Some(message) => Err(Failure::new(format!("Error: the demo did not go as recorded: {message}"))
            .hint(format!("the workspace is kept in {}", workspace.folder().display()))),
    }
}

/// Defaults all through: nothing of the person's own settings may change what is shown.
fn config(stage: &Stage<'_>) -> Config {
    let mut config = Config::built_in(stage.workspace.home().to_path_buf(), stage.workspace.folder().to_path_buf());
    config.approval_policy = ApprovalPolicy::Never;
    config.sandbox_policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    if let Some(base_url) = stage.base_url {
        base_url.clone_into(&mut config.provider.base_url);
        config.provider.experimental_bearer_token = Some("demo".to_owned());
    }
    config
}

fn runtime(ambient: &Ambient) -> Runtime {
    Runtime { tmpdir: None, ..(*ambient.runtime).clone() }
}

/// What a person reads of an item; empty for items that need no word.
fn told(item: &ThreadItem) -> String {
    match &item.kind {
        ThreadItemKind::AgentMessage { text, .. } => format!("  model    {}\n", indented(text)),
        ThreadItemKind::Command(command) => told_command(command),
        ThreadItemKind::FileChange(change) => {
            let paths: Vec<String> = change.changes.keys().map(|path| path.display().to_string()).collect();
            let end = if change.status == ItemStatus::Completed { "applied" } else { "not applied" };
            format!("  patch    {} ({end})\n", sanitize(&paths.join(", ")))
        }
        _ => String::new(),
    }
}

fn told_command(command: &CommandItem) -> String {
    // The words of a shell line are the last of its argv.
    let line = command.command.last().map(String::as_str).unwrap_or_default();
    let code = command.exit_code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"));
    let mut text = format!("  command  {} ({code})\n", sanitize(line));
    for line in command.aggregated_output.lines() {
        text.push_str(&format!("           | {}\n", sanitize(line)));
    }
    text
}

fn indented(text: &str) -> String {
    sanitize(text.trim_end()).replace('\n', "\n           ")
}
