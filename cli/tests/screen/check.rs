//! One check: what is set up, and its steps in order.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use codex_test_support::ModelServer;
use regex::RegexBuilder;
use serde_json::Value;

use crate::elsewhere::Elsewhere;
use crate::pane::{Pane, quoted, wait, write};
use crate::script::serve;

struct Running<'a> {
    check: &'a Value,
    server: ModelServer,
    root: tempfile::TempDir,
    pane: Pane,
    /// The app server that the screen is attached to.
    elsewhere: Option<Elsewhere>,
}

/// Runs a check; the error is what was missing, with the screen as it was.
pub(crate) fn run(check: &Value) -> Result<(), String> {
    run_to_the_end(check).map(drop)
}

/// The same; returns everything that stands on the screen and above it at the end.
pub(crate) fn run_to_the_end(check: &Value) -> Result<String, String> {
    let root = tempfile::Builder::new().prefix("check").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let pane = Pane::new(check["cols"].as_u64().unwrap_or(100), check["rows"].as_u64().unwrap_or(30));
    let mut running = Running { check, server: serve(&check["scenario"]), root, pane, elsewhere: None };
    running.set_up();
    let mut arguments = words(&check["args"]);
    if check["attached"] == true {
        running.elsewhere = Some(running.listen());
        arguments.splice(0..0, ["--remote".to_owned(), running.address()]);
    }
    running.start(&arguments);
    for (at, step) in check["steps"].as_array().unwrap().iter().enumerate() {
        running.step(step).map_err(|why| format!("step {at}: {why}\n{}", running.pane.screen(false, false).trim_end()))?;
    }
    Ok(running.pane.screen(false, true))
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// Patterns are Python's; what is spelt otherwise here is translated. `\A(?!X)` is: X is nowhere.
fn found(pattern: &str, text: &str) -> usize {
    if let Some(absent) = pattern.strip_prefix("\\A(?!").and_then(|rest| rest.strip_suffix(')')) {
        return usize::from(found(absent, text) == 0);
    }
    let pattern = pattern.replace("\\Z", "\\z");
    let pattern = RegexBuilder::new(&pattern).multi_line(true).dot_matches_new_line(true).build().unwrap();
    pattern.find_iter(text).count()
}

impl Running<'_> {
    fn cwd(&self) -> PathBuf {
        self.root.path().join("work")
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    fn set_up(&self) {
        for folder in [self.cwd(), self.home(), self.root.path().join("user")] {
            fs::create_dir_all(folder).unwrap();
        }
        for (path, text) in self.check["files"].as_object().into_iter().flatten() {
            write(&self.cwd().join(path), text.as_str().unwrap());
        }
        for (name, script) in self.check["programs"].as_object().into_iter().flatten() {
            let path = self.root.path().join("bin").join(name);
            write(&path, script.as_str().unwrap());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        if self.check["git"] == true {
            let made = assert_cmd::Command::new("git").args(["init", "-q", "-b", "main"]).current_dir(self.cwd()).output().unwrap();
            assert!(made.status.success());
        }
        for (path, text) in self.check["home"].as_object().into_iter().flatten() {
            write(&self.home().join(path), text.as_str().unwrap());
        }
        if self.check["no_config"] == true {
            return;
        }
        let model = self.check["model"].as_str().unwrap_or("gpt-5.4");
        let top = self.check["config_top"].as_str().unwrap_or_default();
        let checks = self.check["checks_for_update"] == true;
        let mut config = format!(
            "{top}model = \"{model}\"\nmodel_provider = \"mock\"\ncheck_for_update_on_startup = {checks}\n\n[model_providers.mock]\nname = \"mock\"\n\
             base_url = \"{}\"\nwire_api = \"responses\"\nenv_key = \"MOCK_KEY\"\nrequest_max_retries = 1\nstream_max_retries = 2\n\
             supports_websockets = false\n",
            self.server.base_url()
        );
        if self.check["trust"] != false {
            config.push_str(&format!("\n[projects.\"{}\"]\ntrust_level = \"trusted\"\n", self.cwd().display()));
        }
        config.push_str(self.check["config"].as_str().unwrap_or_default());
        write(&self.home().join("config.toml"), &config);
    }

    fn address(&self) -> String {
        format!("unix://{}", self.root.path().join("user/s").display())
    }

    fn listen(&self) -> Elsewhere {
        let user = self.root.path().join("user");
        fs::set_permissions(&user, fs::Permissions::from_mode(0o700)).unwrap();
        Elsewhere::start(&self.address(), &self.cwd(), &[("HOME", &user), ("CODEX_HOME", &self.home())])
    }

    fn start(&mut self, arguments: &[String]) {
        let program = quoted(env!("CARGO_BIN_EXE_codex"));
        let line = match self.check["shell"].as_str() {
            Some(line) => line.replace("{BIN}", &program),
            None => arguments.iter().fold(program, |line, word| format!("{line} {}", quoted(word))),
        };
        let path = format!("{}/bin:/usr/local/bin:/usr/bin:/bin", self.root.path().display());
        let text = |path: &Path| path.display().to_string();
        let mut env = vec![
            ("PATH", path),
            ("HOME", text(&self.root.path().join("user"))),
            ("LANG", "C.UTF-8".to_owned()),
            ("SHELL", "/bin/bash".to_owned()),
            ("CODEX_HOME", text(&self.home())),
            ("MOCK_KEY", "k".to_owned()),
            ("TERM", "tmux-256color".to_owned()),
            ("COLORTERM", "truecolor".to_owned()),
        ];
        for (name, value) in self.check["env"].as_object().into_iter().flatten() {
            env.retain(|(known, _)| known != name);
            if let Some(value) = value.as_str() {
                env.push((name, value.to_owned()));
            }
        }
        let env: Vec<String> = env.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let cwd = quoted(&text(&self.cwd()));
        self.pane.start(&format!("cd {cwd}\nenv -i {} bash --noprofile --norc -c {}", env.join(" "), quoted(&line)));
    }

    fn path(&self, name: &str) -> PathBuf {
        name.strip_prefix("HOME/").map_or_else(|| self.cwd().join(name), |name| self.home().join(name))
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        let patience = Duration::from_secs_f64(step["timeout"].as_f64().unwrap_or(8.0).max(8.0) * 2.0);
        let (action, value) = step.as_object().unwrap().iter().find(|(key, _)| *key != "timeout").unwrap();
        let text = value.as_str().unwrap_or_default();
        let screen = |pattern: &str| found(pattern, &self.pane.screen(false, false)) > 0;
        let seen = |holds: bool| if holds { Ok(()) } else { Err(format!("{action} {value}")) };
        match action.as_str() {
            "type" => self.pane.type_text(text),
            "keys" => words(value).iter().for_each(|key| self.pane.key(key)),
            "paste" => self.pane.paste(text),
            "elsewhere" => match text {
                "end" => self.elsewhere = None,
                "begin" => self.elsewhere = Some(self.listen()),
                "approve" => self.elsewhere.as_ref().unwrap().approve()?,
                other => return Err(format!("elsewhere: {other}")),
            },
            "sleep" => thread::sleep(Duration::from_secs_f64(value.as_f64().unwrap())),
            "resize" => self.pane.resize(value[0].as_u64().unwrap(), value[1].as_u64().unwrap()),
            "restart" => self.start(&words(value)),
            // A line for the shell, in the working folder, until it succeeds.
            "run" => {
                let shell = || assert_cmd::Command::new("sh").args(["-c", text]).current_dir(self.cwd()).output();
                return seen(wait(patience, || shell().is_ok_and(|output| output.status.success())));
            }
            "expect" => return seen(wait(patience, || screen(text))),
            "cursor" => return seen(wait(patience, || self.pane.cursor_row().is_some_and(|row| found(text, &row) > 0))),
            "gone" => return seen(wait(patience, || !screen(text))),
            "absent" => {
                thread::sleep(Duration::from_millis(400));
                return seen(!screen(text));
            }
            "styled" => {
                let holds = wait(patience, || found(text, &self.pane.screen(true, false)) > 0);
                return if holds { Ok(()) } else { Err(format!("{action} {value}: {:?}", self.pane.screen(true, false))) };
            }
            "bytes" => return seen(wait(patience, || found(text, &self.pane.bytes()) > 0)),
            "count" => {
                thread::sleep(Duration::from_millis(400));
                let pattern = value[0].as_str().unwrap();
                let count = pattern_count(pattern, &self.pane.screen(false, true));
                return if Some(count as u64) == value[1].as_u64() { Ok(()) } else { Err(format!("{pattern}: {count} times")) };
            }
            "exited" => return seen(wait(patience, || self.pane.status() == value.as_i64())),
            "requests" => {
                let wanted = usize::try_from(value.as_u64().unwrap()).unwrap();
                let came = wait(patience, || self.server.requests().len() >= wanted);
                thread::sleep(Duration::from_millis(300));
                return seen(came && self.server.requests().len() == wanted);
            }
            "request" => return seen(wait(patience, || self.has_request(value))),
            "file" => {
                let path = self.path(value[0].as_str().unwrap());
                let holds = || fs::read_to_string(&path).is_ok_and(|text| found(value[1].as_str().unwrap(), &text) > 0);
                return seen(wait(patience, holds));
            }
            "touch" => write(&self.path(text), ""),
            "nofile" => return seen(!self.path(text).exists()),
            "mode" => {
                let mode = fs::metadata(self.path(value[0].as_str().unwrap())).unwrap().permissions().mode() & 0o777;
                return seen(value[1] == format!("{mode:o}"));
            }
            other => return Err(format!("unknown step `{other}`")),
        }
        Ok(())
    }

    fn has_request(&self, wanted: &Value) -> bool {
        let requests = self.server.requests();
        let at = match wanted["n"].as_i64() {
            Some(at) => usize::try_from(at).unwrap(),
            None => requests.len().wrapping_sub(1),
        };
        let Some(body) = requests.get(at).map(|request| request.body.to_string()) else { return false };
        // Texts of a check stand as they are in the body, but for what JSON writes otherwise.
        let contains = |key: &str| wanted[key].as_str().map(|text| body.contains(&text.replace('\n', "\\n")) || body.contains(text));
        let matches = wanted["matches"].as_str().is_none_or(|pattern| found(pattern, &body) > 0);
        contains("contains").unwrap_or(true) && !contains("lacks").unwrap_or(false) && matches
    }
}

/// As in the other counts, but a dot stays in its row.
fn pattern_count(pattern: &str, text: &str) -> usize {
    RegexBuilder::new(pattern).multi_line(true).build().unwrap().find_iter(text).count()
}
