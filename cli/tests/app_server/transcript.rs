//! Plays a recording of the published program's app server against this one: sends what the client sent, when what came before
//! it has come here too, and tells where the answers, notifications and questions differ.
//!
//! Ids are matched one to one, times and durations are not compared, pieces of one text are joined, and counts of tokens and
//! diffs, which are sent whenever something else is, are compared for their values and not for their places.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use codex_test_support::{OpenIdProvider, TestHome, TestWorkspace};
use serde_json::Value;

use crate::model_script::model;
use crate::peers::{bin, peers};
use crate::recorded::{canonical, fits, is_awaited, is_question, kind, learn, thread_of};
use crate::session::{LONG, Running, Session};

/// Members that say when or for how long, or name a version.
const VOLATILE: [&str; 11] = [
    "createdAt",
    "updatedAt",
    "durationMs",
    "cliVersion",
    "userAgent",
    "timestamp",
    "version",
    "mtime",
    "createdAtMs",
    "modifiedAtMs",
    "sha",
];
/// Members with ids that both programs make up.
const IDS: [&str; 5] = ["id", "itemId", "processId", "turnId", "threadId"];

/// A recording, and what the machine of the recording was like.
pub(crate) struct Recording {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// Which client sent the n-th line that a client sent, where there were several.
    pub(crate) clients: &'static [usize],
    /// Clients that go behind a line of the recording: line, client.
    pub(crate) leave: &'static [(usize, usize)],
    /// How many of its lines are played.
    pub(crate) lines: usize,
    /// Differences by what is in their names, each with its reason.
    pub(crate) differences: &'static [(&'static str, &'static str)],
}

/// Plays a recording; returns the differences that are not listed, and the listed ones that are not there.
pub(crate) fn faults(recording: &Recording, everywhere: &[(&str, &str)]) -> Vec<String> {
    let found = Play::start(recording).run();
    let listed = |difference: &str| {
        let all = everywhere.iter().chain(recording.differences);
        all.clone().any(|(part, _)| difference.contains(part))
    };
    let unlisted = found.iter().filter(|difference| !listed(difference)).cloned();
    let gone = recording.differences.iter().filter(|(part, _)| !found.iter().any(|difference| difference.contains(part)));
    unlisted.chain(gone.map(|(part, _)| format!("listed, and no longer there: {part}"))).collect()
}

/// What is sent over one connection, and what came.
struct Client {
    session: Session,
    told: Vec<Value>,
}

struct Play<'a> {
    recording: &'a Recording,
    server: codex_test_support::ModelServer,
    running: Option<Running>,
    clients: BTreeMap<usize, Client>,
    /// What came to clients that left.
    left: Vec<Value>,
    home: TestHome,
    workspace: TestWorkspace,
    outside: TestWorkspace,
    ids: BTreeMap<String, String>,
    recorded: Vec<Value>,
    /// What was waited for in vain, and how many of it.
    given_up: BTreeMap<String, usize>,
    /// Who sent the requests, in order, and the id of each.
    asked: Vec<(usize, Value)>,
    /// Behind which line the model goes on with what it held back.
    release: Option<usize>,
    /// Where accounts are signed in.
    _accounts: Option<OpenIdProvider>,
    differences: Vec<String>,
}

/// The tables of the servers that the recording of real ones has.
fn npm_servers(workspace: &TestWorkspace) -> String {
    let peers = peers("servers of npm").expect("whoever plays this has looked");
    let table = |name: &str, program: &str, argument: &str| {
        let program = bin(&peers, program).display().to_string();
        format!("[mcp_servers.{name}]\ncommand = {program:?}\nargs = [{argument:?}]\nstartup_timeout_sec = 60\n")
    };
    let folder = workspace.path().display().to_string();
    table("ev", "mcp-server-everything", "stdio") + &table("fs", "mcp-server-filesystem", &folder)
}

impl<'a> Play<'a> {
    fn start(recording: &'a Recording) -> Self {
        let scripts: Value = serde_json::from_str(include_str!("fixtures/models.json")).unwrap();
        let script = &scripts[recording.name];
        let outside = TestWorkspace::new();
        std::fs::create_dir(outside.path().join("work")).unwrap();
        std::fs::create_dir(outside.path().join("other")).unwrap();
        let workspace = TestWorkspace::git();
        let server = model(script, workspace.path(), outside.path()).start();
        let text = |key: &str| script[key].as_str().unwrap_or_default();
        let top = match script["mcp"].as_str() {
            Some(name) => {
                let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/app_server/fixtures/recorded_mcp.py");
                let table = format!("[mcp_servers.{name}]\ncommand = \"python3\"\nargs = [{script:?}, {name:?}]\ntool_timeout_sec = 2");
                format!("{}\n{table}", text("top"))
            }
            None => text("top").to_owned(),
        };
        let top = if script["peers"] == true { format!("{top}\n{}", npm_servers(&workspace)) } else { top };
        let home = TestHome::with_config(&server, &top, text("provider"));
        let accounts = (script["openid"] == true).then(OpenIdProvider::start);
        if let Some(accounts) = &accounts {
            let path = home.path().join("config.toml");
            let config = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, format!("{config}\n{}", accounts.config())).unwrap();
        }
        for (name, content) in script["files"].as_object().into_iter().flatten() {
            workspace.file(name, content.as_str().unwrap());
        }
        workspace.commit("first");
        let running = (!recording.clients.is_empty()).then(|| Running::listening(&home, &workspace, &["--listen", "unix://"]));
        Self {
            recording,
            server,
            running,
            clients: BTreeMap::new(),
            left: Vec::new(),
            home,
            workspace,
            outside,
            ids: BTreeMap::new(),
            recorded: Vec::new(),
            given_up: BTreeMap::new(),
            asked: Vec::new(),
            release: script["release"].as_u64().and_then(|line| usize::try_from(line).ok()),
            _accounts: accounts,
            differences: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<String> {
        let mut sent = 0;
        for (number, line) in self.recording.text.lines().take(self.recording.lines).enumerate() {
            let line: Value = serde_json::from_str(line).unwrap();
            let message = &line["msg"];
            if line["dir"] == "out" {
                self.recorded.push(message.clone());
            } else {
                self.settle();
                let client = self.recording.clients.get(sent).copied().unwrap_or(0);
                sent += 1;
                self.send(client, message);
            }
            if self.release == Some(number) {
                self.server.release();
            }
            if let Some((_, client)) = self.recording.leave.iter().find(|(line, _)| *line == number) {
                self.settle();
                let gone = self.clients.remove(client).unwrap();
                self.left.extend(gone.told);
            }
        }
        self.settle();
        self.compare();
        self.differences
    }

    /// What stands for paths and ids of the recording, here.
    fn here(&self, text: &str) -> String {
        let path = |path: &Path| path.display().to_string();
        let mut text = text
            .replace("<cwd>", &path(self.workspace.path()))
            .replace("<codex-home>", &path(self.home.path()))
            .replace("<outside>", &path(self.outside.path()))
            .replace("<port>", &self.server.port().to_string())
            .replace("<318 chars>", &"x".repeat((1 << 20) + 1));
        for (recorded, own) in self.ids.iter().filter(|(recorded, _)| recorded.contains('<')) {
            text = text.replace(recorded, own);
        }
        text
    }

    fn send(&mut self, client: usize, message: &Value) {
        let mut text = self.here(&message.to_string());
        // Ids that were never told are some that nobody has.
        while let Some(start) = text.find("<thread-id-") {
            let end = start + text[start..].find('>').unwrap() + 1;
            let name = text[start..end].to_owned();
            let own = format!("01a1fb44-3968-7ef3-b54b-{:0>12}", name.trim_matches(|letter: char| !letter.is_ascii_digit()));
            text = text.replace(&name, &own);
            self.ids.insert(name, own);
        }
        if message.get("method").is_some() && message.get("id").is_some() {
            self.asked.push((client, message["id"].clone()));
        }
        if message.get("method").is_none()
            && let Some(asked) = self.question(message)
        {
            let mut answer: Value = serde_json::from_str(&text).unwrap();
            answer["id"] = asked;
            text = answer.to_string();
        }
        let connection = match self.clients.get_mut(&client) {
            Some(connection) => connection,
            None => {
                let session = match &self.running {
                    Some(running) => Session::bridged(running),
                    None => Session::bare(&self.home, &self.workspace),
                };
                self.clients.entry(client).or_insert(Client { session, told: Vec::new() })
            }
        };
        connection.session.send_raw(format!("{text}\n").as_bytes());
    }

    /// The number here of the question that a recorded answer is for.
    fn question(&self, answer: &Value) -> Option<Value> {
        let question = self.recorded.iter().rev().find(|message| message.get("method").is_some() && message["id"] == answer["id"])?;
        let kind = kind(question);
        let nth = self.recorded.iter().filter(|message| is_question(message) && self::kind(message) == kind);
        let nth = nth.map(|message| message["id"].to_string()).collect::<BTreeSet<_>>().len();
        let mut own: Vec<Value> = Vec::new();
        for message in self.told().filter(|message| is_question(message) && self::kind(message) == kind) {
            if !own.contains(&message["id"]) {
                own.push(message["id"].clone());
            }
        }
        own.get(nth.saturating_sub(1)).or(own.last()).cloned()
    }

    fn told(&self) -> impl Iterator<Item = &Value> {
        self.left.iter().chain(self.clients.values().flat_map(|client| &client.told))
    }

    /// Waits until everything recorded so far has come here too, and learns the ids in the answers.
    fn settle(&mut self) {
        let end = Instant::now() + LONG / 6;
        loop {
            let missing = self.missing();
            if missing.is_empty() {
                break;
            }
            if Instant::now() > end {
                for (kind, missing) in missing {
                    *self.given_up.entry(kind).or_default() += missing;
                }
                break;
            }
            for client in self.clients.values_mut() {
                let mut limit = Duration::from_millis(20);
                while let Some(message) = client.session.next_message(limit) {
                    client.told.push(message);
                    limit = Duration::ZERO;
                }
            }
        }
        let mut ids = std::mem::take(&mut self.ids);
        let mut asked = self.asked.clone();
        for message in self.recorded.iter().filter(|message| message.get("method").is_none()) {
            let Some(at) = asked.iter().position(|(_, id)| *id == message["id"]) else { continue };
            let (client, id) = asked.remove(at);
            let Some(client) = self.clients.get(&client) else { continue };
            if let Some(own) = client.told.iter().find(|own| own.get("method").is_none() && own["id"] == id) {
                learn(message, own, &mut ids);
            }
        }
        self.ids = ids;
    }

    /// What has not come, and how many of it.
    fn missing(&self) -> Vec<(String, usize)> {
        let count = |messages: &mut dyn Iterator<Item = &Value>| {
            let mut counts = BTreeMap::<String, usize>::new();
            for message in messages.filter(|message| is_awaited(message)) {
                *counts.entry(kind(message)).or_default() += 1;
            }
            counts
        };
        let (recorded, own) = (count(&mut self.recorded.iter()), count(&mut self.told()));
        let missing = |kind: &String, wanted: usize| {
            let wanted = if kind.contains("/delta") || kind.contains("Delta") { 1 } else { wanted };
            let come = own.get(kind).copied().unwrap_or(0) + self.given_up.get(kind).copied().unwrap_or(0);
            wanted.saturating_sub(come)
        };
        let all = recorded.into_iter().map(|(kind, wanted)| (missing(&kind, wanted), kind));
        all.filter(|(missing, _)| *missing > 0).map(|(missing, kind)| (kind, missing)).collect()
    }

    /// Counts of tokens come beside everything else, the last also behind all that was waited for.
    fn await_counts(&mut self) {
        fn count<'a>(messages: impl Iterator<Item = &'a Value>) -> usize {
            messages.filter(|message| message["method"] == "thread/tokenUsage/updated").count()
        }
        let end = Instant::now() + LONG / 12;
        while count(self.told()) < count(self.recorded.iter()) && Instant::now() < end {
            for client in self.clients.values_mut() {
                client.told.extend(client.session.next_message(Duration::from_millis(20)));
            }
        }
    }

    fn compare(&mut self) {
        self.await_counts();
        let recorded: Vec<Value> = std::mem::take(&mut self.recorded);
        let own: Vec<Value> = self.told().cloned().collect();
        if self.recording.clients.is_empty() {
            self.compare_answers(&recorded, &own);
            self.compare_threads(&recorded, &own);
        } else {
            self.compare_counts(&recorded, &own);
        }
    }

    /// With several clients: how often what was told to all of them together.
    fn compare_counts(&mut self, recorded: &[Value], own: &[Value]) {
        let count = |messages: &[Value]| {
            let mut counts = BTreeMap::<String, usize>::new();
            for message in messages.iter().filter(|message| is_awaited(message)) {
                *counts.entry(kind(message)).or_default() += 1;
            }
            counts
        };
        let (recorded, own) = (count(recorded), count(own));
        for name in recorded.keys().chain(own.keys()).collect::<BTreeSet<_>>() {
            let (theirs, ours) = (recorded.get(name).copied().unwrap_or(0), own.get(name).copied().unwrap_or(0));
            if theirs != ours && !name.contains("elta") {
                self.differences.push(format!("{name}: {ours} times, recorded {theirs} times"));
            }
        }
    }

    fn compare_answers(&mut self, recorded: &[Value], own: &[Value]) {
        let answers =
            |messages: &[Value]| -> Vec<Value> { messages.iter().filter(|message| message.get("method").is_none()).cloned().collect() };
        let (recorded, own) = (answers(recorded), answers(own));
        for message in &recorded {
            let name = format!("answer {}", message["id"]);
            match own.iter().find(|own| own["id"] == message["id"]) {
                Some(own) => self.differ(&name, message, own, ""),
                None => self.differences.push(format!("{name}: missing")),
            }
        }
        for message in own.iter().filter(|own| !recorded.iter().any(|message| message["id"] == own["id"])) {
            self.differences.push(format!("answer {}: not recorded: {message}", message["id"]));
        }
    }

    fn compare_threads(&mut self, recorded: &[Value], own: &[Value]) {
        let mut threads: Vec<String> = Vec::new();
        for message in recorded {
            let thread = thread_of(message);
            if message.get("method").is_some() && !threads.contains(&thread) {
                threads.push(thread);
            }
        }
        for thread in threads {
            let here = self.ids.get(&thread).cloned().unwrap_or_else(|| thread.clone());
            let (line, beside) = canonical(recorded.iter().filter(|message| thread_of(message) == thread));
            let (own_line, own_beside) = canonical(own.iter().filter(|message| thread_of(message) == here));
            self.align(&line, &own_line);
            for (method, values) in &beside {
                let own = own_beside.get(method).cloned().unwrap_or_default();
                // Recordings were cut where values come again and again.
                if values.len() > own.len() {
                    self.differences.push(format!("{method}: {} values, recorded {}: {own:?} {values:?}", own.len(), values.len()));
                }
                for (value, own) in values.iter().zip(&own) {
                    self.differ(method, value, own, "");
                }
            }
        }
    }

    /// Puts messages of the same kind beside each other, keeping the order of both sides.
    fn align(&mut self, recorded: &[Value], own: &[Value]) {
        let (theirs, ours): (Vec<String>, Vec<String>) = (recorded.iter().map(kind).collect(), own.iter().map(kind).collect());
        let mut longest = vec![vec![0_usize; ours.len() + 1]; theirs.len() + 1];
        for (i, their) in theirs.iter().enumerate().rev() {
            for (j, our) in ours.iter().enumerate().rev() {
                longest[i][j] = if their == our { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < theirs.len() || j < ours.len() {
            if i < theirs.len() && j < ours.len() && theirs[i] == ours[j] {
                self.differ(&theirs[i], &recorded[i], &own[j], "");
                (i, j) = (i + 1, j + 1);
            } else if j == ours.len() || (i < theirs.len() && longest[i + 1][j] >= longest[i][j + 1]) {
                self.differences.push(format!("{}: missing: {}", theirs[i], recorded[i]));
                i += 1;
            } else {
                self.differences.push(format!("{}: not recorded: {}", ours[j], own[j]));
                j += 1;
            }
        }
    }

    fn differ(&mut self, name: &str, recorded: &Value, own: &Value, place: &str) {
        match (recorded, own) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (key, value) in theirs {
                    let place = format!("{place}.{key}");
                    match ours.get(key) {
                        None if value.is_null() => {}
                        None => self.differences.push(format!("{name} {place}: missing: {value}")),
                        Some(_) if VOLATILE.contains(&key.as_str()) => {}
                        Some(Value::String(own)) if IDS.contains(&key.as_str()) && value.is_string() => {
                            let recorded = value.as_str().unwrap();
                            if !self.same_id(recorded, own) {
                                self.differences.push(format!("{name} {place}: {own}, recorded {recorded}"));
                            }
                        }
                        Some(_) if key == "id" || key == "requestId" => {}
                        Some(own) => self.differ(name, value, own, &place),
                    }
                }
                for (key, own) in ours.iter().filter(|(key, value)| !theirs.contains_key(*key) && !value.is_null()) {
                    self.differences.push(format!("{name} {place}.{key}: not recorded: {own}"));
                }
            }
            (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
                for (at, (recorded, own)) in theirs.iter().zip(ours).enumerate() {
                    self.differ(name, recorded, own, &format!("{place}[{at}]"));
                }
            }
            (Value::String(theirs), Value::String(ours)) => {
                let is_id = theirs.starts_with('<') && theirs.ends_with('>') && !theirs.contains(' ');
                if !(fits(&self.here(theirs), ours) || is_id && self.same_id(theirs, ours)) {
                    self.differences.push(format!("{name} {place}: {ours:?}, recorded {theirs:?}"));
                }
            }
            _ if recorded != own => self.differences.push(format!("{name} {place}: {own}, recorded {recorded}")),
            _ => {}
        }
    }

    /// Ids stand for each other in both directions.
    fn same_id(&mut self, recorded: &str, own: &str) -> bool {
        if recorded == own {
            return true;
        }
        if let Some((prefix, rest)) = recorded.rsplit_once('>').filter(|(_, rest)| !rest.is_empty()) {
            return own.strip_suffix(rest).is_some_and(|own| self.same_id(&format!("{prefix}>"), own));
        }
        if let Some(known) = self.ids.get(recorded) {
            return known == own;
        }
        if self.ids.values().any(|known| known == own) && recorded.starts_with('<') {
            return false;
        }
        self.ids.insert(recorded.to_owned(), own.to_owned());
        true
    }
}
