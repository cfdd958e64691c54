//! Who is waited for: servers that work at coming up, not those that sleep over it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use codex_config::schema::McpServerToml;
use codex_mcp_client::oauth::StoreKind;
use codex_mcp_client::{Answer, McpHost, McpServers, ServerSettings, Surroundings};
use codex_protocol::event::{ElicitationAction, ElicitationForm, EventMsg};
use codex_test_support::McpScript;
use serde_json::Value;

/// Nobody.
struct Nobody;

#[async_trait]
impl McpHost for Nobody {
    async fn tell(&self, _: EventMsg) {}

    async fn may_start(&self, _: &ServerSettings) -> Result<(), String> {
        Ok(())
    }

    async fn elicit(&self, _: &str, _: ElicitationForm) -> Answer {
        Answer { action: ElicitationAction::Decline, content: None }
    }

    async fn sample(&self, _: &str, _: Value) -> Result<Value, String> {
        Err("nobody is here".to_owned())
    }

    fn roots(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

fn server(name: &str, command: &str, args: &[&str]) -> ServerSettings {
    let env = BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]);
    let entry = McpServerToml {
        command: Some(command.to_owned()),
        args: Some(args.iter().map(|&arg| arg.to_owned()).collect()),
        startup_timeout_sec: Some(3600.0),
        ..McpServerToml::default()
    };
    ServerSettings::new(name, &entry, &env, &std::env::temp_dir(), None)
}

/// Patience is an hour: a wait for the one that sleeps would outlast every test run.
#[tokio::test]
async fn a_server_that_sleeps_is_not_waited_for_while_one_that_works_is() {
    if !std::path::Path::new("/proc/self/task").exists() {
        return println!("skipped: no /proc");
    }
    let home = tempfile::tempdir().unwrap();
    let surroundings = Surroundings {
        env: BTreeMap::new(),
        codex_home: home.path().to_path_buf(),
        credentials: StoreKind::File,
        user_agent: "test".to_owned(),
        version: "0".to_owned(),
    };
    let script = McpScript::new();
    let folder = script.folder().display().to_string();
    let works = server("works", "python3", &[&format!("{folder}/server.py"), "stdio", "plain", &folder]);
    let sleeps = server("sleeps", "sh", &["-c", "sleep 3600"]);
    let servers = McpServers::start(vec![works, sleeps], surroundings, Arc::new(Nobody));
    let asleep = servers.some_settled_within(|_| true, Duration::from_secs(3600)).await;
    assert_eq!(asleep, ["sleeps"]);
    let ready: Vec<_> = servers.states().into_iter().filter(|state| state.is_ready).map(|state| state.name).collect();
    assert_eq!(ready, ["works"]);
    servers.stop().await;
}
