//! A place for one case: workspace, home and a folder outside every writable root, and a model that follows a script.
//!
//! Everything lies below `/var/tmp`: `/tmp` is a writable root itself, and a folder in it would be no outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use codex_test_support::{ModelServer, Reply, Request, Scenario};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The key that the home's provider reads from `MOCK_KEY`: no output may have it.
pub(crate) const KEY: &str = "sk-canary-5f2b19c07d";

/// Root of everything a case touches.
pub(crate) struct Place {
    dir: TempDir,
    root: PathBuf,
    pub(crate) server: ModelServer,
}

/// How a case differs from the usual.
#[derive(Default)]
pub(crate) struct Setup {
    /// The workspace is not trusted.
    pub(crate) untrusted: bool,
    /// The workspace is no git repository.
    pub(crate) no_repository: bool,
    /// Top-level lines of the user's `config.toml`.
    pub(crate) top: String,
    /// Lines of the provider's table.
    pub(crate) provider: String,
    /// Further tables.
    pub(crate) tables: String,
}

impl Place {
    /// A trusted repository.
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self::with(scenario, Setup::default())
    }

    pub(crate) fn with(scenario: Scenario, setup: Setup) -> Self {
        let server = scenario.start();
        let dir = tempfile::Builder::new().prefix("codex-abuse-").tempdir_in("/var/tmp").unwrap();
        let root = dir.path().canonicalize().unwrap();
        let place = Self { dir, root, server };
        for folder in ["w", "out", "home", "user"] {
            fs::create_dir(place.root.join(folder)).unwrap();
        }
        if !setup.no_repository {
            place.git(&["init", "-q", "-b", "main"]);
        }
        place.configure(&setup);
        place
    }

    /// The same place with another script. What the script says may depend on where the place is.
    pub(crate) fn serving(mut self, scenario: Scenario) -> Self {
        let config = fs::read_to_string(self.home("config.toml")).unwrap();
        let server = scenario.start();
        fs::write(self.home("config.toml"), config.replace(&self.server.base_url(), &server.base_url())).unwrap();
        self.server = server;
        self
    }

    /// Writes the user's configuration anew.
    pub(crate) fn configure(&self, setup: &Setup) {
        let trust =
            if setup.untrusted { String::new() } else { format!("[projects.{:?}]\ntrust_level = \"trusted\"\n", self.w("").display()) };
        let config = format!(
            "model = \"gpt-5.1-codex\"\nmodel_provider = \"mock\"\n{}\n[model_providers.mock]\nname = \"mock\"\nbase_url = \"{}\"\n\
             wire_api = \"responses\"\nenv_key = \"MOCK_KEY\"\n{}\n{}\n{trust}",
            setup.top,
            self.server.base_url(),
            setup.provider,
            setup.tables,
        );
        fs::write(self.home("config.toml"), config).unwrap();
    }

    /// A path in the workspace.
    pub(crate) fn w(&self, name: &str) -> PathBuf {
        below(&self.root, "w", name)
    }

    /// A path outside every writable root.
    pub(crate) fn out(&self, name: &str) -> PathBuf {
        below(&self.root, "out", name)
    }

    /// A path in `CODEX_HOME`.
    pub(crate) fn home(&self, name: &str) -> PathBuf {
        below(&self.root, "home", name)
    }

    /// A path in the user's home folder.
    pub(crate) fn user(&self, name: &str) -> PathBuf {
        below(&self.root, "user", name)
    }

    /// The folder around all of them.
    pub(crate) fn around(&self) -> &Path {
        &self.root
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut git = plain("git");
        git.args(["-c", "user.name=T", "-c", "user.email=t@example.com"]).args(arguments).current_dir(self.w(""));
        let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// `codex ARGS` in the workspace, with a clean environment.
    pub(crate) fn codex(&self, args: &[&str]) -> Command {
        self.wrapped(&[], args)
    }

    /// `WRAPPER... codex ARGS`.
    pub(crate) fn wrapped(&self, wrapper: &[&str], args: &[&str]) -> Command {
        let words: Vec<&str> = wrapper.iter().copied().chain([binary()]).chain(args.iter().copied()).collect();
        let mut command = plain(words[0]);
        command.args(&words[1..]).current_dir(self.w("")).env("HOME", self.user("")).env("CODEX_HOME", self.home("")).env("MOCK_KEY", KEY);
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        command
    }

    /// `codex exec -s MODE --json go`.
    pub(crate) fn run(&self, mode: &str) -> Run {
        Run::of(&mut self.codex(&["exec", "-s", mode, "--json", "go"]))
    }

    /// What the model read as the output of a call.
    pub(crate) fn output(&self, call: &str) -> String {
        let requests = self.server.requests();
        let found = requests.iter().rev().find_map(|request| request.output_of(call));
        found.unwrap_or_else(|| panic!("no output of {call} in {} requests", requests.len()))
    }

    /// Every file below a folder with its content, links by their target.
    pub(crate) fn picture(&self, folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut picture = BTreeMap::new();
        for path in files_below(folder) {
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let content = if kind.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if kind.is_file() {
                fs::read(&path).unwrap()
            } else {
                format!("{kind:?}").into_bytes()
            };
            picture.insert(path, content);
        }
        picture
    }

    /// The session files, oldest first.
    pub(crate) fn sessions(&self) -> Vec<PathBuf> {
        let mut files = files_below(&self.home("sessions"));
        files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        files
    }

    /// Writes an executable that leaves a marker in the folder outside, and returns it.
    pub(crate) fn planted(&self, path: &Path) -> PathBuf {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        fs::write(path, format!("#!/bin/sh\necho \"$0 $*\" >> {}/marker-{name}\ncat\n", self.out("").display())).unwrap();
        executable(path);
        path.to_path_buf()
    }

    /// Panics when a planted program ran.
    #[track_caller]
    pub(crate) fn assert_no_marker(&self) {
        let found = self.picture(&self.out(""));
        let markers: Vec<_> = found.iter().filter(|(path, _)| path.to_string_lossy().contains("marker")).collect();
        assert!(markers.is_empty(), "planted programs ran: {markers:?}");
    }

    /// Panics when a text is in any file of the home or the workspace.
    #[track_caller]
    pub(crate) fn assert_nowhere(&self, needle: &str, but: &[PathBuf]) {
        for path in files_below(&self.root) {
            if but.contains(&path) || !fs::symlink_metadata(&path).unwrap().is_file() {
                continue;
            }
            let content = fs::read(&path).unwrap();
            assert!(!has(&content, needle), "`{needle}` is in {}", path.display());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Tests may take rights away; the folder has to go all the same.
        let _ = plain("chmod").args(["-R", "u+rwx"]).arg(self.dir.path()).output();
    }
}

fn below(root: &Path, part: &str, name: &str) -> PathBuf {
    if name.is_empty() { root.join(part) } else { root.join(part).join(name) }
}

pub(crate) fn has(content: &[u8], needle: &str) -> bool {
    content.windows(needle.len()).any(|window| window == needle.as_bytes())
}

pub(crate) fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every file and link below a folder; links to folders are not followed.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}

/// The built program.
pub(crate) fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_codex")
}

/// A program with an environment of its own.
pub(crate) fn plain(program: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as a shell would")]
    let mut command = Command::new(program);
    command.env_clear().env("PATH", env!("PATH")).env("LANG", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A run that has ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out(), self.err());
        self
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The lines of standard output, each of which has to be JSON.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.stdout).expect("events are UTF-8");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
    }
}

/// A call of a shell line, under the id `c`.
pub(crate) fn shell(id: &str, line: &str) -> Reply {
    Reply::new().call_with_id(id, "exec_command", json!({"cmd": line, "login": false, "yield_time_ms": 30000}))
}

/// A patch with these sections.
pub(crate) fn patch_text(sections: &str) -> String {
    format!("*** Begin Patch\n{}\n*** End Patch", sections.trim_end())
}

/// A script that runs shell lines one after the other, under the ids `c0`, `c1`, ...
pub(crate) fn lines(lines: &[&str]) -> Scenario {
    let scenario = lines.iter().enumerate().fold(Scenario::new(), |scenario, (n, line)| scenario.reply(shell(&format!("c{n}"), line)));
    scenario.reply(Reply::new().say("done"))
}

/// A script that applies patches one after the other.
pub(crate) fn patches(sections: &[String]) -> Scenario {
    let scenario =
        sections.iter().fold(Scenario::new(), |scenario, section| scenario.reply(Reply::new().custom("apply_patch", patch_text(section))));
    scenario.reply(Reply::new().say("done"))
}

/// The outputs of every call of a run, in order.
pub(crate) fn outputs(place: &Place) -> Vec<String> {
    place.server.requests().last().map(Request::outputs).unwrap_or_default()
}

/// Panics unless this many calls were denied by the system: where no command runs, nothing is proved by what is not there.
#[track_caller]
pub(crate) fn assert_denied(place: &Place, at_least: usize) {
    const ANSWERS: [&str; 7] = [
        "Read-only file system",
        "Permission denied",
        "Operation not permitted",
        "File exists",
        "Device or resource busy",
        "Invalid cross-device link",
        "cannot overwrite",
    ];
    let outputs = outputs(place);
    assert!(outputs.iter().all(|output| !output.contains("codex-linux-sandbox: ")), "a command was not run: {outputs:?}");
    let denied = outputs.iter().filter(|output| ANSWERS.iter().any(|answer| output.contains(answer))).count();
    assert!(denied >= at_least, "{denied} of {at_least}: {outputs:?}");
}

/// Waits for something that another process does.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether this machine refuses namespaces, and says so. Commands may then make nothing new at the top of their folder, which is
/// how some cases see what a command did; the same is proved for that fallback by the probe.
pub(crate) fn without_namespaces() -> bool {
    match &codex_sandbox::machine(binary().as_ref()).namespaces {
        Ok(()) => false,
        Err(cause) => {
            skipped(&cause.to_string());
            true
        }
    }
}

/// Says that this machine cannot express a case.
pub(crate) fn skipped(reason: &str) {
    println!("skipped: {reason}");
}

/// Whether a program can be started.
pub(crate) fn have(program: &str) -> bool {
    let present = env!("PATH").split(':').any(|folder| Path::new(folder).join(program).is_file());
    if !present {
        skipped(&format!("there is no {program}"));
    }
    present
}

/// The processes whose command line has a word in it.
pub(crate) fn processes_with(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let pid = entry.file_name().to_string_lossy().into_owned();
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if pid.bytes().all(|byte| byte.is_ascii_digit()) && words.split(|byte| *byte == 0).any(|each| each == word.as_bytes()) {
            found.push(pid);
        }
    }
    found
}
