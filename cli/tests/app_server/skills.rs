//! Skills as `codex exec` and the app server have them: recorded scenarios, and what only the app server tells.
//!
//! A scenario is a line of `fixtures/skill-scenarios.jsonl`: files, what is run, and what has to be seen in the requests to the
//! model, in answers and in files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::session::Session;

const SCENARIOS: &str = include_str!("fixtures/skill-scenarios.jsonl");

/// Where a scenario is played.
struct Ground {
    home: TestHome,
    root: TestWorkspace,
    user: TestWorkspace,
    cwd: PathBuf,
}

impl Ground {
    fn new(case: &Value, server: &codex_test_support::ModelServer) -> (Self, Value) {
        let (root, user) = (TestWorkspace::git(), TestWorkspace::new());
        let cwd = root.path().join(case["cwd"].as_str().unwrap_or_default());
        fs::create_dir_all(&cwd).unwrap();
        // A provider's table comes last, so the case's own tables stand before it.
        let home = TestHome::new(server);
        let ground = Self { home, root, user, cwd };
        let case: Value = serde_json::from_str(&ground.named(&case.to_string())).unwrap();
        let config = ground.home.path().join("config.toml");
        let own = fs::read_to_string(&config).unwrap();
        fs::write(&config, format!("{own}\n{}", case["config_end"].as_str().unwrap_or_default())).unwrap();
        let folders: [(&str, &Path); 3] = [("files", ground.root.path()), ("home", ground.home.path()), ("user", ground.user.path())];
        for (key, folder) in folders {
            for (path, text) in case[key].as_object().unwrap_or(&Map::new()) {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text.as_str().unwrap()).unwrap();
            }
        }
        (ground, case)
    }

    /// The text with the names of folders in it.
    fn named(&self, text: &str) -> String {
        let home = self.home.path().canonicalize().unwrap();
        let folders = [("{CWD}", self.cwd.as_path()), ("{ROOT}", self.root.path()), ("{HOME}", self.user.path()), ("{CODEX_HOME}", &home)];
        folders.into_iter().fold(text.to_owned(), |text, (name, folder)| text.replace(name, &folder.display().to_string()))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = super::session::command(&self.home, &self.root, &[]);
        // The same surroundings for another subcommand.
        let envs: Vec<_> = command.get_envs().map(|(key, value)| (key.to_owned(), value.unwrap_or_default().to_owned())).collect();
        #[expect(clippy::disallowed_methods, reason = "a test starts the program as a user would")]
        let mut own = Command::new(command.get_program());
        own.args(args).env_clear().envs(envs).env("HOME", self.user.path()).current_dir(&self.cwd);
        command = own;
        command
    }

    fn exec(&self, case: &Value) {
        let words: Vec<&str> = case["args"].as_array().map(|args| args.iter().filter_map(Value::as_str).collect()).unwrap_or(vec!["go"]);
        let args: Vec<&str> = ["exec", "--json"].into_iter().chain(words).collect();
        let output = self.command(&args).stdin(std::process::Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn serve(&self, case: &Value) -> Value {
        use std::process::Stdio;
        let mut command = self.command(&["app-server"]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut session = Session::greeted(child);
        let mut answers = Map::new();
        for step in case["steps"].as_array().unwrap() {
            if let Some(method) = step["rpc"].as_str() {
                let answer = session.ask(method, step.get("params").cloned().unwrap_or(json!({})));
                let answer = answer.get("result").cloned().unwrap_or(json!({"error": answer["error"]}));
                answers.insert(step["as"].as_str().unwrap_or(method).to_owned(), answer);
            } else {
                let thread = session.thread(json!({"cwd": self.cwd}));
                session.request("turn/start", json!({"threadId": thread, "input": step["turn"]}));
                session.told("turn/completed");
            }
        }
        Value::Object(answers)
    }
}

/// What is at a dotted path; `|text` at its end makes it text.
fn at<'a>(world: &'a Value, path: &str) -> &'a Value {
    let mut value = world;
    let mut rest = path.trim_end_matches("|text");
    while !rest.is_empty() {
        // Keys may have dots.
        let whole = value.as_object().and_then(|object| object.get_key_value(rest));
        let (key, behind) = match whole {
            Some((key, _)) => (key.as_str(), ""),
            None => rest.split_once('.').unwrap_or((rest, "")),
        };
        value = match key.parse::<usize>() {
            Ok(index) if value.is_array() => &value[index],
            _ => &value[key],
        };
        rest = behind;
    }
    value
}

fn like(value: &Value, pattern: &Value) -> bool {
    match pattern {
        Value::Object(members) => members.iter().all(|(key, pattern)| like(&value[key], pattern)),
        Value::String(text) => match text.strip_prefix("has:") {
            Some(part) => value.as_str().is_some_and(|value| value.contains(part)),
            None => value == pattern,
        },
        _ => value == pattern,
    }
}

fn check(name: &str, world: &Value, expected: &Value) {
    let seen = at(world, expected["at"].as_str().unwrap());
    let text = seen.as_str().map_or_else(|| seen.to_string(), str::to_owned);
    let texts = |value: &Value| match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    };
    let mut checked = 0;
    for (op, wanted) in expected.as_object().unwrap() {
        let holds = match op.as_str() {
            "at" => continue,
            "is" => seen == wanted,
            "has" => texts(wanted).iter().all(|part| text.contains(part)),
            "hasnt" => !seen.is_null() && !texts(wanted).iter().any(|part| text.contains(part)),
            "some" => seen.as_array().is_some_and(|all| all.iter().any(|one| like(one, wanted))),
            "times" => text.matches(wanted[0].as_str().unwrap()).count() == usize::try_from(wanted[1].as_u64().unwrap()).unwrap(),
            other => panic!("{name}: no such check: {other}"),
        };
        assert!(holds, "{name}: {op} {wanted} in {text}");
        checked += 1;
    }
    assert!(checked > 0, "{name}");
}

#[test]
fn recorded_scenarios_come_out_as_they_did() {
    let cases: Vec<Value> = SCENARIOS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let server = Scenario::new().reply(Reply::new().say("ok")).repeat_last().start();
        let (ground, case) = Ground::new(&case, &server);
        let name = case["name"].as_str().unwrap();
        let answers = if case["mode"] == "app-server" {
            ground.serve(&case)
        } else {
            ground.exec(&case);
            json!({})
        };
        let requests: Vec<Value> = server.requests().into_iter().map(|request| request.body).collect();
        let config = fs::read_to_string(ground.home.path().join("config.toml")).unwrap();
        let world = json!({"requests": requests, "rpc": answers, "home": {"config.toml": config}});
        for expected in case["expect"].as_array().unwrap() {
            check(name, &world, expected);
        }
    }
}

#[test]
fn how_skills_are_shown_and_what_they_need_is_told() {
    let server = Scenario::new().start();
    let (home, workspace, further) = (TestHome::new(&server), TestWorkspace::new(), TestWorkspace::new());
    let skill = workspace.file(".agents/skills/demo/SKILL.md", "---\nname: demo\ndescription: d\nmetadata:\n  short-description: s\n---\n");
    let about = "interface: {display_name: Demo, icon_small: assets/i.png, icon_large: /etc/i.png}\n\
                 dependencies: {tools: [{type: mcp, value: docs, url: 'https://x'}]}\npolicy: {allow_implicit_invocation: false}\n";
    workspace.file(".agents/skills/demo/agents/openai.yaml", about);
    let extra = further.file("x/SKILL.md", "---\nname: extra\ndescription: d\n---\n");
    let mut session = Session::start(&home, &workspace);
    let cwd = workspace.path().display().to_string();
    let roots = |root: &str| json!({"cwds": [cwd], "perCwdExtraUserRoots": [{"cwd": cwd, "extraUserRoots": [root]}]});
    let listed = session.request("skills/list", roots(&further.path().display().to_string()));
    let (skills, icon) = (&listed["data"][0]["skills"], workspace.path().join(".agents/skills/demo/assets/i.png"));
    let interface = json!({"brandColor": null, "defaultPrompt": null, "displayName": "Demo", "iconLarge": null, "iconSmall": icon,
                           "shortDescription": null});
    assert_eq!((&skills[0]["interface"], &skills[0]["shortDescription"], &skills[0]["path"]), (&interface, &json!("s"), &json!(skill)));
    let tool = &skills[0]["dependencies"]["tools"][0];
    assert_eq!((&tool["type"], &tool["value"], &tool["url"]), (&json!("mcp"), &json!("docs"), &json!("https://x")));
    assert_eq!((&skills[1]["name"], &skills[1]["scope"], &skills[1]["path"]), (&json!("extra"), &json!("user"), &json!(extra)));
    assert_eq!(skills[1]["interface"], Value::Null);
    assert_eq!(session.ask("skills/list", roots("relative"))["error"]["code"], -32600);
    // Clients hear that the list is another.
    session.request("skills/config/write", json!({"name": "demo", "enabled": false}));
    session.told("skills/changed");
    assert_eq!(session.request("skills/list", json!({}))["data"][0]["skills"][0]["enabled"], false);
}

#[test]
fn clients_hear_when_files_of_skills_change_and_see_it_in_the_next_list() {
    let server = Scenario::new().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let names = |session: &mut Session| {
        let listed = session.request("skills/list", json!({}));
        let skills = listed["data"][0]["skills"].as_array().unwrap();
        skills.iter().map(|skill| skill["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut session), Vec::<String>::new());
    // The first one brings its folders with it; it may be told of before all of it is there.
    workspace.file(".agents/skills/one/SKILL.md", "---\nname: one\ndescription: d\n---\n");
    while names(&mut session) != ["one"] {
        session.told("skills/changed");
    }
    workspace.file(".agents/skills/one/SKILL.md", "---\nname: other\ndescription: d\n---\n");
    while names(&mut session) != ["other"] {
        session.told("skills/changed");
    }
    fs::remove_dir_all(workspace.path().join(".agents/skills/one")).unwrap();
    while !names(&mut session).is_empty() {
        session.told("skills/changed");
    }
}

#[test]
fn what_was_named_is_no_message_of_the_user_in_a_stored_thread() {
    let server = Scenario::new().reply(Reply::new().say("ok")).repeat_last().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    workspace.file(".agents/skills/demo/SKILL.md", "---\nname: demo\ndescription: d\n---\nBODY\n");
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({}));
    session.turn(&thread, "use $demo");
    session.told("turn/completed");
    assert!(server.requests()[0].body.to_string().contains("<name>demo</name>"));
    session.end();
    let mut again = Session::start(&home, &workspace);
    let resumed = again.request("thread/resume", json!({"threadId": thread}));
    let items = resumed["thread"]["turns"][0]["items"].as_array().unwrap();
    let kinds: Vec<&str> = items.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["userMessage", "agentMessage"]);
    assert_eq!(items[0]["content"][0]["text"], "use $demo");
}
