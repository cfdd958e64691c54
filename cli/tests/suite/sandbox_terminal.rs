//! `codex sandbox` on a terminal: the command has it as the program had it.

use std::time::Duration;

use codex_process::{CaptureMode, Child, SpawnSpec, Stdio, spawn};
use codex_test_support::{TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::binary;

struct Terminal {
    _home: TestHome,
    _workspace: TestWorkspace,
    child: Child,
}

impl Terminal {
    fn of(flags: &[&str], script: &str) -> Self {
        let (home, workspace) = (TestHome::with_raw_config(""), TestWorkspace::new());
        let words = ["sandbox"].into_iter().chain(flags.iter().copied()).chain(["sh", "-c", script]);
        let child = spawn(&SpawnSpec {
            program: binary().into(),
            arg0: None,
            args: words.map(Into::into).collect(),
            cwd: workspace.path().to_owned(),
            env: home.env().into_iter().chain([("PATH".into(), env!("PATH").into())]).map(|(k, v)| (k.into(), v.into())).collect(),
            stdio: Stdio::Pty { cols: 91, rows: 23 },
        });
        Self { _home: home, _workspace: workspace, child: child.unwrap() }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.child.capture().snapshot(CaptureMode::HeadTail).bytes).into_owned()
    }

    async fn shows(&self, words: &str) {
        self.shows_times(words, 1).await;
    }

    async fn shows_times(&self, words: &str, times: usize) {
        let seen = async {
            while self.shown().matches(words).count() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), seen).await.unwrap_or_else(|_| panic!("no {words:?} in {:?}", self.shown()));
    }

    async fn ends(&self) -> i32 {
        tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.unwrap().shell_code()
    }
}

const WAYS: [&[&str]; 3] = [&[], &["linux", "--full-auto"], &["--log-denials"]];

#[tokio::test]
async fn all_three_streams_are_the_terminal_with_its_size_and_input() {
    for flags in WAYS {
        let terminal = Terminal::of(flags, "test -t 0 && test -t 1 && test -t 2 && stty size && read line && echo \"<$line>\"; exit 9");
        terminal.shows("23 91").await;
        terminal.child.write(b"typed\n").await.unwrap();
        assert_eq!(terminal.ends().await, 9, "{flags:?}: {}", terminal.shown());
        assert!(terminal.shown().contains("<typed>"), "{flags:?}: {}", terminal.shown());
    }
}

#[tokio::test]
async fn settings_of_the_terminal_can_be_changed() {
    for flags in WAYS {
        let terminal = Terminal::of(flags, "stty -echo && stty -a | grep -o -- '-echo ' && echo set");
        terminal.shows("set").await;
        assert_eq!(terminal.ends().await, 0, "{flags:?}: {}", terminal.shown());
    }
}

#[tokio::test]
async fn the_interrupt_key_ends_the_command() {
    for flags in WAYS {
        // A line that comes back a second time was read by the program, which is thus what the key is for.
        let terminal = Terminal::of(flags, "exec cat");
        terminal.child.write(b"typed\n").await.unwrap();
        terminal.shows_times("typed\r\n", 2).await;
        terminal.child.write(b"\x03").await.unwrap();
        assert_eq!(terminal.ends().await, 130, "{flags:?}: {}", terminal.shown());
    }
}
