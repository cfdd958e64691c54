use std::fs;
use std::path::PathBuf;

use codex_config::schema::{SkillToml, SkillsToml, SwitchToml};
use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Request, Scenario};
use pretty_assertions::assert_eq;
use serde_json::Value;

use super::harness::{Harness, find_files, submit, until_turn_end};

fn scenario() -> Scenario {
    Scenario::new().reply(Reply::new().say("a")).reply(Reply::new().say("b")).repeat_last()
}

/// Writes a skill into the workspace, or into the home where the folder begins with `~`.
fn skill(harness: &Harness, folder: &str, name: &str, description: &str) -> PathBuf {
    let text = format!("---\nname: {name}\ndescription: {description}\n---\nBODY of {folder}\n");
    let folder = match folder.strip_prefix("~/") {
        Some(folder) => harness.home.path().join(folder),
        None => harness.workspace.path().join(folder),
    };
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("SKILL.md"), text).unwrap();
    folder.join("SKILL.md").canonicalize().unwrap()
}

/// The lines of the list in a request; `None` without the part.
fn listed(request: &Request) -> Option<Vec<String>> {
    let parts: Vec<String> = request.texts_of("developer").into_iter().filter(|text| text.contains("<skills_instructions>")).collect();
    assert!(parts.len() <= 1, "{parts:?}");
    let lines = |part: &String| part.lines().filter(|line| line.contains("SKILL.md)")).map(str::to_owned).collect();
    parts.first().map(lines)
}

/// The texts of the skills that were named.
fn named(request: &Request) -> Vec<String> {
    request.texts_of("user").into_iter().filter(|text| text.starts_with("<skill>")).collect()
}

fn warnings(events: &[EventMsg]) -> Vec<String> {
    let text = |event: &EventMsg| if let EventMsg::Warning(warning) = event { Some(warning.message.clone()) } else { None };
    events.iter().filter_map(text).collect()
}

#[tokio::test]
async fn the_model_is_told_of_the_skills_behind_the_permissions() {
    let mut harness = Harness::new(scenario());
    harness.config.developer_instructions = Some("own words".to_owned());
    let alpha = skill(&harness, ".agents/skills/alpha", "alpha", "first");
    let mine = skill(&harness, "~/skills/mine", "mine", "second");
    let events = harness.run("hello").await;
    assert_eq!(warnings(&events), Vec::<String>::new());
    let request = harness.server.requests().remove(0);
    let parts = request.texts_of("developer");
    let begins = |part: &str| part.lines().next().unwrap_or_default().to_owned();
    let order: Vec<String> = parts.iter().take(3).map(|part| begins(part)).collect();
    assert_eq!(order, ["<permissions instructions>", "own words", "<skills_instructions>"]);
    assert!(parts[2].contains("\n### Available skills\n- alpha: ") && parts[2].ends_with("\n</skills_instructions>"), "{}", parts[2]);
    let lines = [format!("- alpha: first (file: {})", alpha.display()), format!("- mine: second (file: {})", mine.display())];
    assert_eq!(listed(&request).unwrap(), lines);
}

#[tokio::test]
async fn without_skills_the_request_is_as_if_there_were_no_such_thing() {
    let harness = Harness::new(scenario());
    fs::create_dir_all(harness.home.path().join("skills")).unwrap();
    harness.run("$nothing is $here").await;
    let request = harness.server.requests().remove(0);
    assert!(!request.body.to_string().contains("skill"), "{}", request.body);
}

#[tokio::test]
async fn the_list_stays_as_it_was_when_the_thread_began() {
    let harness = Harness::new(scenario());
    skill(&harness, ".agents/skills/alpha", "alpha", "first");
    let thread = harness.start().await;
    submit(&thread, "one").await;
    until_turn_end(&thread).await;
    let late = skill(&harness, ".agents/skills/late", "late", "later");
    submit(&thread, "use $late").await;
    until_turn_end(&thread).await;
    let requests = harness.server.requests();
    let input = |request: usize| requests[request].body["input"].as_array().unwrap().clone();
    assert_eq!(input(1)[..input(0).len()], input(0)[..]);
    assert_eq!(listed(&requests[1]).unwrap().len(), 1);
    let text = format!(
        "<skill>\n<name>late</name>\n<path>{}</path>\n---\nname: late\ndescription: later\n---\nBODY of .agents/skills/late\n\n</skill>",
        late.display()
    );
    assert_eq!(named(&requests[1]), [text]);
}

#[tokio::test]
async fn the_list_follows_its_keys() {
    let mut harness = Harness::new(scenario());
    let beta = skill(&harness, ".agents/skills/beta", "beta", "d");
    skill(&harness, ".agents/skills/gamma", "gamma", "d");
    skill(&harness, ".agents/skills/delta", "delta", "d");
    skill(&harness, "~/skills/.system/own", "own", "d");
    let off = |path: Option<PathBuf>, name: Option<&str>| SkillToml { path, name: name.map(str::to_owned), enabled: false };
    let skills = SkillsToml { config: vec![off(Some(beta), None), off(None, Some("gamma"))], ..SkillsToml::default() };
    let mut run = async |skills: SkillsToml| {
        let mut keys = (*harness.config.keys).clone();
        keys.skills = Some(skills);
        harness.config.keys = keys.into();
        harness.run("use $beta and $delta").await;
        let request = harness.server.requests().pop().unwrap();
        let names = |line: &String| line.split([' ', ':']).nth(1).unwrap_or_default().to_owned();
        (listed(&request).map(|lines| lines.iter().map(names).collect::<Vec<_>>()), named(&request).len())
    };
    let told = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(run(skills.clone()).await, (told(&["delta", "own"]), 1));
    let bundled = SkillsToml { bundled: Some(SwitchToml { enabled: Some(false) }), ..skills.clone() };
    assert_eq!(run(bundled).await, (told(&["delta"]), 1));
    assert_eq!(run(SkillsToml { include_instructions: Some(false), ..skills }).await, (None, 1));
}

/// P1: a folder that is not trusted gives no skills; one that nobody decided about gives text, as far as that is wanted.
#[tokio::test]
async fn skills_of_a_project_follow_its_trust() {
    let mut harness = Harness::new(scenario());
    skill(&harness, ".agents/skills/alpha", "alpha", "d");
    skill(&harness, "~/skills/mine", "mine", "d");
    for (trusted, requires, count) in [(None, false, 2), (Some(true), true, 2), (Some(false), false, 1), (None, true, 1)] {
        (harness.config.trusted, harness.config.project_doc_requires_trust) = (trusted, requires);
        harness.run("use $alpha").await;
        let request = harness.server.requests().pop().unwrap();
        assert_eq!((listed(&request).unwrap().len(), named(&request).len()), (count, count - 1), "{trusted:?} {requires}");
    }
}

#[tokio::test]
async fn faulty_skills_are_named_once_when_the_session_begins() {
    let harness = Harness::new(scenario());
    let bad = skill(&harness, ".agents/skills/bad", "bad", "d");
    fs::write(&bad, "text\n").unwrap();
    let thread = harness.start().await;
    let mut events = Vec::new();
    for prompt in ["one", "$bad two"] {
        submit(&thread, prompt).await;
        events.extend(until_turn_end(&thread).await);
    }
    let told = format!("skill left out: `{}` is faulty: missing YAML frontmatter delimited by ---", bad.display());
    assert_eq!(warnings(&events), [told]);
    assert_eq!(listed(&harness.server.requests()[0]), None);
}

#[tokio::test]
async fn a_long_list_is_shortened_and_the_user_is_told() {
    let mut harness = Harness::new(scenario());
    harness.config.model_context_window = Some(10_000);
    for number in 0..30 {
        skill(&harness, &format!("~/skills/s{number:02}"), &format!("s{number:02}"), &"long ".repeat(100));
    }
    let events = harness.run("one").await;
    let lines = listed(&harness.server.requests()[0]).unwrap();
    let characters: usize = lines.iter().map(|line| line.chars().count() + 1).sum();
    assert!(characters <= 10_000 * 4 / 100 * 2 && lines.len() < 30, "{characters} {lines:?}");
    assert!(warnings(&events)[0].contains("takes more than 2 % of the model's window"), "{:?}", warnings(&events));
}

#[tokio::test]
async fn items_pick_skills_by_their_path() {
    let harness = Harness::new(scenario());
    let one = skill(&harness, ".agents/skills/one", "dup", "first");
    skill(&harness, "~/skills/two", "dup", "second");
    let thread = harness.start().await;
    let item = |path: PathBuf| UserInput::Skill { name: "dup".to_owned(), path };
    let turn = async |input: Vec<UserInput>| {
        thread.submit(Op::UserTurn(UserTurn { input, ..UserTurn::default() })).await.unwrap();
        until_turn_end(&thread).await;
        harness.server.requests().pop().unwrap()
    };
    let request = turn(vec![UserInput::text("hi $dup"), item(one.clone()), item("/etc/passwd".into()), item(one.clone())]).await;
    let texts = named(&request);
    assert!(matches!(&texts[..], [text] if text.contains("description: first")), "{texts:?}");
    assert!(!request.body.to_string().contains("/etc/passwd"), "{}", request.body);
    let alone = turn(vec![item(one)]).await;
    let user: Vec<String> = alone.texts_of("user");
    assert_eq!(user[user.len() - 2..].iter().map(|text| text.lines().next().unwrap()).collect::<Vec<_>>(), ["$dup", "<skill>"]);
}

#[tokio::test]
async fn a_skill_that_is_too_long_is_told_and_not_sent() {
    let harness = Harness::new(scenario());
    let path = skill(&harness, ".agents/skills/big", "big", "d");
    let text = fs::read_to_string(&path).unwrap() + &"x".repeat(300_000);
    fs::write(&path, text).unwrap();
    let events = harness.run("$big").await;
    assert_eq!(warnings(&events), [format!("skill `big` is not used: `{}` is longer than 262144 bytes", path.display())]);
    assert_eq!(named(&harness.server.requests()[0]), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_named_is_no_message_of_the_user_when_the_session_goes_on() {
    let harness = Harness::new(scenario());
    skill(&harness, ".agents/skills/alpha", "alpha", "d");
    harness.run("use $alpha now").await;
    let lines = harness.session_lines();
    let said: Vec<&Value> = lines.iter().filter(|line| line["payload"]["type"] == "user_message").collect();
    assert_eq!(said.iter().map(|line| &line["payload"]["message"]).collect::<Vec<_>>(), ["use $alpha now"]);
    let mut files = Vec::new();
    find_files(harness.home.path().join("sessions"), &mut files);
    let manager = harness.manager();
    let list = manager.sessions().list(&codex_state::ListQuery::default()).unwrap();
    assert_eq!(list.sessions.iter().map(|session| session.preview.as_str()).collect::<Vec<_>>(), ["use $alpha now"]);
    let thread = manager.resume(&files[0], harness.options.clone()).await.unwrap();
    submit(&thread, "go on").await;
    until_turn_end(&thread).await;
    let requests = harness.server.requests();
    let first: Vec<Value> = requests[0].body["input"].as_array().unwrap().clone();
    assert_eq!(requests[1].body["input"].as_array().unwrap()[..first.len()], first[..]);
    assert_eq!(named(&requests[1]).len(), 1);
}

#[tokio::test]
async fn a_reviewer_is_told_of_no_skills() {
    let harness = Harness::new(scenario());
    skill(&harness, ".agents/skills/alpha", "alpha", "d");
    let thread = harness.start().await;
    let target = codex_protocol::event::ReviewTarget::Custom { instructions: "look at $alpha".to_owned() };
    thread.submit(Op::Review(target)).await.unwrap();
    until_turn_end(&thread).await;
    let request = harness.server.requests().remove(0);
    assert_eq!((listed(&request), named(&request).len()), (None, 0));
}
