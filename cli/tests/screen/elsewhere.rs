//! An app server beside the screen, and another client of it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use codex_app_server_client::{ClientName, Remote};
use codex_app_server_protocol::types::{ThreadLoadedListResponse, ThreadResumeParams};
use codex_protocol::event::ReviewDecision;
use codex_protocol::{EventMsg, Op, Submission, SubmissionId};
use serde_json::json;

/// A running server, killed when it is dropped.
pub(crate) struct Elsewhere {
    child: Child,
    address: String,
}

impl Elsewhere {
    pub(crate) fn start(address: &str, cwd: &Path, env: &[(&str, &Path)]) -> Self {
        let _ = std::fs::remove_file(address.strip_prefix("unix://").unwrap());
        #[expect(clippy::disallowed_methods, reason = "a test starts the program as a person would")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command.args(["app-server", "--listen", address]).env_clear().current_dir(cwd);
        command.envs(env.iter().map(|(name, path)| (name, path.as_os_str()))).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("MOCK_KEY", OsStr::new("k")).env("SHELL", "/bin/bash").env("LANG", "C.UTF-8");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(said.by_ref().map_while(Result::ok).any(|line| line.contains("listening on")), "the server listens");
        std::thread::spawn(move || said.for_each(drop));
        Self { child, address: address.to_owned() }
    }

    /// Says yes to the question that is open, as another front end would.
    pub(crate) fn approve(&self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let name = ClientName { name: "other", version: "1" };
            let remote = Remote::connect(&self.address, None, &name).await.unwrap();
            let loaded: ThreadLoadedListResponse = remote.client().request("thread/loaded/list", &json!({})).await.unwrap();
            let params = ThreadResumeParams { thread_id: loaded.data[0].clone(), ..ThreadResumeParams::default() };
            let mut thread = remote.resume(&params).await.unwrap();
            while let Some(event) = thread.events.recv().await {
                let EventMsg::ExecApprovalRequest(asked) = event.msg else { continue };
                let op = Op::ExecApproval { id: asked.answer_id(), turn_id: None, decision: ReviewDecision::Approved };
                thread.submissions.send(Submission { id: SubmissionId::generate(), op }).await.unwrap();
                while let Some(event) = thread.events.recv().await {
                    if matches!(event.msg, EventMsg::ElicitationResolved(_)) {
                        return Ok(());
                    }
                }
            }
            Err("nothing was asked".to_owned())
        })
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
