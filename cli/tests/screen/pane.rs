//! A program in a tmux window, and what can be seen of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::Command;

/// Whether there is a tmux.
pub(crate) fn has_tmux() -> bool {
    has_program("tmux", "-V")
}

/// Whether there is a program, which tells its version.
pub(crate) fn has_program(name: &str, version: &str) -> bool {
    // Some fail when they tell it.
    Command::new(name).arg(version).output().is_ok_and(|output| !output.stdout.is_empty())
}

/// A tmux server of its own with one window after the other.
pub(crate) struct Pane {
    folder: tempfile::TempDir,
    windows: usize,
}

impl Pane {
    pub(crate) fn new(columns: u64, rows: u64) -> Self {
        // Sockets have short names.
        let pane = Self { folder: tempfile::Builder::new().prefix("screen").tempdir_in("/tmp").unwrap(), windows: 0 };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        pane.tmux(&["new-session", "-d", "-x", &columns, "-y", &rows, "-s", "m", "sh", "-c", "while :; do sleep 60; done"]);
        for option in [
            &["-g", "status", "off"][..],
            &["-g", "history-limit", "20000"],
            &["-g", "escape-time", "10"],
            &["-g", "default-terminal", "tmux-256color"],
            &["-s", "extended-keys", "on"],
            &["-g", "allow-passthrough", "on"],
            &["-g", "focus-events", "on"],
            &["-g", "remain-on-exit", "on"],
        ] {
            pane.tmux(&[&["set"], option].concat());
        }
        pane
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let socket = self.folder.path().join("s");
        let output = Command::new("tmux").arg("-S").arg(socket).args(["-f", "/dev/null"]).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn window(&self) -> String {
        format!("m:p{}", self.windows)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script in a fresh window, whose scrollback is empty; what ran before is ended.
    pub(crate) fn start(&mut self, script: &str) {
        if self.windows > 0 {
            self.tmux(&["kill-window", "-t", &self.window()]);
        }
        self.windows += 1;
        let gate = self.file(&format!("gate{}", self.windows));
        let _ = fs::remove_file(self.file("status"));
        let status = self.file("status").display().to_string();
        let script = format!("trap : INT QUIT\n{script}\necho $? > {status}.new; mv {status}.new {status}\nwhile :; do sleep 60; done\n");
        let path = self.file("run.sh");
        fs::write(&path, script).unwrap();
        let waits = format!("while [ ! -e {} ]; do sleep 0.05; done; exec bash --noprofile --norc {}", gate.display(), path.display());
        let name = format!("p{}", self.windows);
        self.tmux(&["new-window", "-d", "-n", &name, "-t", "m:", "sh", "-c", &waits]);
        self.tmux(&["select-window", "-t", &self.window()]);
        self.tmux(&["pipe-pane", "-t", &self.window(), &format!("cat >> {}", self.file("raw").display())]);
        fs::write(gate, "").unwrap();
    }

    /// What is seen; with `styled` also how, with `all` also what scrolled off.
    pub(crate) fn screen(&self, styled: bool, all: bool) -> String {
        let window = self.window();
        let mut arguments = vec!["capture-pane", "-p", "-t", window.as_str()];
        if styled {
            arguments.push("-e");
        }
        if all {
            arguments.extend(["-S", "-", "-E", "-"]);
        }
        self.tmux(&arguments)
    }

    /// The row that the cursor is in, as far as it is seen.
    pub(crate) fn cursor_row(&self) -> Option<String> {
        let told = self.tmux(&["display-message", "-p", "-t", &self.window(), "#{cursor_flag} #{cursor_y}"]);
        let row = told.trim().strip_prefix("1 ")?.parse().ok()?;
        self.screen(false, false).lines().nth(row).map(str::to_owned)
    }

    /// Every byte the program wrote.
    pub(crate) fn bytes(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.file("raw")).unwrap_or_default()).into_owned()
    }

    pub(crate) fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-t", &self.window(), "-l", "--", text]);
        thread::sleep(Duration::from_millis(150));
    }

    pub(crate) fn key(&self, name: &str) {
        self.tmux(&["send-keys", "-t", &self.window(), name]);
        thread::sleep(Duration::from_millis(50));
    }

    pub(crate) fn paste(&self, text: &str) {
        let file = self.file("paste");
        fs::write(&file, text).unwrap();
        self.tmux(&["load-buffer", "-b", "pb", file.to_str().unwrap()]);
        self.tmux(&["paste-buffer", "-p", "-r", "-b", "pb", "-t", &self.window()]);
        thread::sleep(Duration::from_millis(300));
    }

    pub(crate) fn resize(&self, columns: u64, rows: u64) {
        self.tmux(&["resize-window", "-t", &self.window(), "-x", &columns.to_string(), "-y", &rows.to_string()]);
        thread::sleep(Duration::from_millis(300));
    }

    /// The exit status once the program ended.
    pub(crate) fn status(&self) -> Option<i64> {
        fs::read_to_string(self.file("status")).ok()?.trim().parse().ok()
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Asks until something holds, or the time is over.
pub(crate) fn wait(patience: Duration, holds: impl Fn() -> bool) -> bool {
    let until = Instant::now() + patience;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// A word for a shell.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A file with the folders above it.
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
