//! One thread over a scripted server, in a throw-away home and workspace.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use codex_config::Config;
use codex_config::provider::ProviderInfo;
use codex_core::{Runtime, StartOptions, Thread, ThreadManager};
use codex_protocol::event::TaskComplete;
use codex_protocol::op::UserTurn;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{ModelServer, Scenario, TestWorkspace};

/// Everything a test of a turn needs.
pub(crate) struct Harness {
    pub(crate) server: ModelServer,
    pub(crate) home: tempfile::TempDir,
    pub(crate) workspace: TestWorkspace,
    pub(crate) config: Config,
    pub(crate) options: StartOptions,
    pub(crate) codex_exe: PathBuf,
    pub(crate) env: BTreeMap<OsString, OsString>,
}

impl Harness {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let server = scenario.start();
        let home = tempfile::tempdir().unwrap();
        let workspace = TestWorkspace::new();
        let mut config = Config::built_in(home.path().to_path_buf(), workspace.path().to_path_buf());
        config.model = "gpt-5.1-codex".to_owned();
        config.provider = ProviderInfo::at("mock", "mock", &server.base_url());
        config.approval_policy = ApprovalPolicy::Never;
        // What is around a command is the sandbox crates' to test; here it may run bare.
        config.sandbox_policy = SandboxPolicy::DangerFullAccess;
        config.features.insert("unified_exec".to_owned(), true);
        config.features.insert("shell_tool".to_owned(), true);
        let options = StartOptions { end_sessions_with_turn: true, ..StartOptions::default() };
        let env = BTreeMap::from([("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("HOME".into(), home.path().into())]);
        Self { server, home, workspace, config, options, codex_exe: PathBuf::from("/nonexistent/codex"), env }
    }

    pub(crate) fn manager(&self) -> ThreadManager {
        let runtime = Runtime {
            env: self.env.clone(),
            codex_exe: self.codex_exe.clone(),
            shell: PathBuf::from("/bin/bash"),
            tmpdir: None,
            originator: "codex_exec".to_owned(),
            user_agent: "test".to_owned(),
            source: serde_json::json!("exec"),
            version: "0.0.0".to_owned(),
        };
        ThreadManager::new(Arc::new(self.config.clone()), Arc::new(runtime))
    }

    pub(crate) async fn start(&self) -> Thread {
        self.manager().start(self.options.clone()).await.unwrap()
    }

    /// Runs one turn and shuts the thread down; returns every event.
    pub(crate) async fn run(&self, prompt: &str) -> Vec<EventMsg> {
        let thread = self.start().await;
        submit(&thread, prompt).await;
        let mut events = until_turn_end(&thread).await;
        thread.submit(Op::Shutdown).await.unwrap();
        while let Some(event) = thread.next_event().await {
            events.push(event.msg);
        }
        events
    }

    /// The lines of the one session file.
    pub(crate) fn session_lines(&self) -> Vec<serde_json::Value> {
        let mut files = Vec::new();
        find_files(self.home.path().join("sessions"), &mut files);
        assert_eq!(files.len(), 1, "{files:?}");
        let text = std::fs::read_to_string(&files[0]).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) fn find_files(folder: PathBuf, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { find_files(path, files) } else { files.push(path) }
    }
}

pub(crate) async fn submit(thread: &Thread, prompt: &str) {
    let turn = UserTurn { input: vec![UserInput::text(prompt)], ..UserTurn::default() };
    thread.submit(Op::UserTurn(turn)).await.unwrap();
}

/// Events up to the end of the turn, that end included.
pub(crate) async fn until_turn_end(thread: &Thread) -> Vec<EventMsg> {
    let mut events = Vec::new();
    while let Some(event) = thread.next_event().await {
        let ended = matches!(event.msg, EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_));
        events.push(event.msg);
        if ended {
            return events;
        }
    }
    panic!("the thread ended before its turn: {events:?}");
}

pub(crate) fn completion(events: &[EventMsg]) -> &TaskComplete {
    events
        .iter()
        .find_map(|event| match event {
            EventMsg::TaskComplete(complete) => Some(complete),
            _ => None,
        })
        .expect("the turn completed")
}

pub(crate) fn failure_code(events: &[EventMsg]) -> &str {
    &completion(events).error.as_ref().expect("the turn failed").code
}
