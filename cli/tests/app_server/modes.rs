//! What the user is asked beside approvals, plans, and the user's own commands.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::Session;

fn plan_mode(thread: &str, text: &str) -> Value {
    let settings = json!({"model": "gpt-5.1-codex", "reasoning_effort": null, "developer_instructions": null});
    let input = json!([{"type": "text", "text": text}]);
    json!({"threadId": thread, "input": input, "collaborationMode": {"mode": "plan", "settings": settings}})
}

#[test]
fn in_plan_mode_the_client_is_asked_and_plans_are_items() {
    let options = json!([{"label": "A (Recommended)", "description": "a"}, {"label": "B", "description": "b"}]);
    let questions = json!({"questions": [{"id": "q1", "header": "Pick", "question": "Which?", "options": options}]});
    let plan = "Here is the plan:\n<proposed_plan>\n# Plan\n- step 1\n</proposed_plan>\nbye";
    let server = Scenario::new()
        .reply(Reply::new().call_with_id("call_rui", "request_user_input", questions))
        .reply(Reply::new().say("ok"))
        .reply(Reply::new().say(plan))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "never"}));
    session.request("turn/start", plan_mode(&thread, "ask me"));
    let asked = session.wait(|message| message["method"] == "item/tool/requestUserInput");
    let params = &asked["params"];
    assert_eq!((&params["itemId"], &params["questions"][0]["isOther"]), (&json!("call_rui"), &json!(true)));
    assert_eq!(params["questions"][0]["options"], options);
    let status = session.wait(|message| message["params"]["status"]["activeFlags"][0] == "waitingOnUserInput");
    assert_eq!(status["params"]["threadId"], json!(thread));
    session.send(&json!({"id": asked["id"], "result": {"answers": {"q1": {"answers": ["B", "user_note: hello"]}}}}));
    assert_eq!(session.told("serverRequest/resolved")["requestId"], asked["id"]);
    session.told("turn/completed");
    let output = server.requests()[1].output_of("call_rui").unwrap();
    assert_eq!(output, r#"{"answers":{"q1":{"answers":["B","user_note: hello"]}}}"#);
    session.rest();
    let turn = session.request("turn/start", plan_mode(&thread, "plan"))["turn"]["id"].as_str().unwrap().to_owned();
    session.told("turn/completed");
    let rest = session.rest();
    let of = |method: &str| rest.iter().filter(|message| message["method"] == method).map(|message| &message["params"]).collect::<Vec<_>>();
    let deltas = of("item/plan/delta").iter().map(|delta| delta["delta"].as_str().unwrap()).collect::<String>();
    assert_eq!(deltas, "# Plan\n- step 1\n");
    let items = of("item/completed").into_iter().map(|params| params["item"].clone()).collect::<Vec<_>>();
    let whole = json!({"type": "plan", "id": format!("{turn}-plan"), "text": "# Plan\n- step 1\n"});
    assert!(items.contains(&whole), "{items:?}");
    assert_eq!(items.last().unwrap()["text"], "Here is the plan:\nbye");
    let read = session.request("thread/read", json!({"threadId": thread, "includeTurns": true}));
    assert_eq!(read["thread"]["turns"][1]["items"][1], whole);
}

#[test]
fn permissions_are_asked_for_and_the_answer_goes_to_the_model() {
    let wish = json!({"reason": "why", "permissions": {"network": {"enabled": true}, "file_system": {"write": ["/outside/work"]}}});
    let server =
        Scenario::new().reply(Reply::new().call_with_id("call_rp", "request_permissions", wish)).reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let config = json!({"features.request_permissions_tool": true});
    let thread = session.thread(json!({"approvalPolicy": "on-request", "sandbox": "workspace-write", "config": config}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/permissions/requestApproval");
    let wanted = json!({"network": {"enabled": true}, "fileSystem": {"read": null, "write": ["/outside/work"]}});
    assert_eq!((&asked["params"]["reason"], &asked["params"]["permissions"]), (&json!("why"), &wanted));
    session.send(&json!({"id": asked["id"], "result": {"permissions": wanted, "scope": "session"}}));
    session.told("turn/completed");
    let output: Value = serde_json::from_str(&server.requests()[1].output_of("call_rp").unwrap()).unwrap();
    let granted = json!({"network": {"enabled": true}, "file_system": {"read": null, "write": ["/outside/work"]}});
    assert_eq!(output, json!({"permissions": granted, "scope": "session"}));
}

#[test]
fn a_line_of_the_user_is_told_like_a_turn() {
    let server = Scenario::new().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({}));
    let refused = session.ask("thread/shellCommand", json!({"threadId": thread, "command": "  "}));
    assert_eq!(refused["error"]["message"], "command must not be empty");
    session.request("thread/shellCommand", json!({"threadId": thread, "command": "echo from user; exit 2"}));
    assert_eq!(session.told("turn/completed")["turn"]["status"], "completed");
    let rest = session.rest();
    let ended = rest.iter().find(|message| message["method"] == "item/completed").unwrap();
    let item = &ended["params"]["item"];
    let facts = (&item["source"], &item["status"], &item["aggregatedOutput"], &item["exitCode"]);
    assert_eq!(facts, (&json!("userShell"), &json!("failed"), &json!("from user\n"), &json!(2)));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn raw_items_are_told_to_those_who_asked_and_detached_reviews_have_a_thread_of_their_own() {
    let found =
        json!({"findings": [], "overall_correctness": "patch is correct", "overall_explanation": "fine", "overall_confidence_score": 1.0});
    let server = Scenario::new().reply(Reply::new().say("hello")).reply(Reply::new().say(found.to_string())).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"experimentalRawEvents": true, "approvalPolicy": "never"}));
    session.turn(&thread, "go");
    session.told("turn/completed");
    let roles: Vec<Value> = session
        .rest()
        .iter()
        .filter(|message| message["method"] == "rawResponseItem/completed")
        .map(|message| message["params"]["item"]["role"].clone())
        .collect();
    assert_eq!(roles, [json!("developer"), json!("user"), json!("user"), json!("assistant")]);
    let review = json!({"threadId": thread, "target": {"type": "uncommittedChanges"}, "delivery": "detached"});
    let begun = session.request("review/start", review);
    let own = begun["reviewThreadId"].as_str().unwrap();
    assert_ne!(own, thread);
    let ended = session.wait(|message| message["method"] == "turn/completed");
    assert_eq!((&ended["params"]["threadId"], &ended["params"]["turn"]["status"]), (&json!(own), &json!("completed")));
    let started = session.rest().into_iter().find(|message| message["method"] == "thread/started").unwrap();
    assert_eq!(started["params"]["thread"]["id"], json!(own));
}

#[test]
fn facts_of_the_repository_can_be_changed_and_threads_deleted() {
    let patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch\n";
    let server = Scenario::new().reply(Reply::new().custom("apply_patch", patch)).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "never", "sandbox": "danger-full-access"}));
    session.turn(&thread, "go");
    session.told("turn/completed");
    let update = |git: Value| json!({"threadId": thread, "gitInfo": git});
    let changed = session.request("thread/metadata/update", update(json!({"sha": "abc", "branch": "dev", "originUrl": "https://x/y"})));
    assert_eq!(changed["thread"]["gitInfo"], json!({"sha": "abc", "branch": "dev", "originUrl": "https://x/y"}));
    let changed = session.request("thread/metadata/update", update(json!({"branch": null})));
    assert_eq!(changed["thread"]["gitInfo"]["branch"], Value::Null);
    assert_eq!(changed["thread"]["gitInfo"]["sha"], "abc");
    for (git, why) in [(json!({}), "gitInfo must include at least one field"), (json!({"sha": ""}), "gitInfo.sha must not be empty")] {
        assert_eq!(session.ask("thread/metadata/update", update(git))["error"]["message"], why);
    }
    session.request("thread/delete", json!({"threadId": thread}));
    assert_eq!(session.ask("thread/read", json!({"threadId": thread}))["error"]["message"], format!("thread not loaded: {thread}"));
}

#[test]
fn skills_are_listed_and_switched_and_features_too() {
    let server = Scenario::new().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    workspace.file(".agents/skills/demo/SKILL.md", "---\nname: demo\ndescription: demo skill\n---\nbody\n");
    workspace.file(".agents/skills/bad/SKILL.md", "no front matter\n");
    let mut session = Session::start(&home, &workspace);
    let listed = |session: &mut Session| session.request("skills/list", json!({}))["data"][0].clone();
    let entry = listed(&mut session);
    let skill = &entry["skills"][0];
    assert_eq!((&skill["name"], &skill["scope"], &skill["enabled"]), (&json!("demo"), &json!("repo"), &json!(true)));
    assert_eq!(entry["errors"][0]["message"], "missing YAML frontmatter delimited by ---");
    let path = skill["path"].clone();
    session.request("skills/config/write", json!({"path": path, "enabled": false}));
    assert_eq!(listed(&mut session)["skills"][0]["enabled"], false);
    session.request("skills/config/write", json!({"path": path, "enabled": true}));
    assert_eq!(listed(&mut session)["skills"][0]["enabled"], true);
    let both = session.ask("skills/config/write", json!({"enabled": true}));
    assert_eq!(both["error"]["code"], -32602);
    let set = |name: &str| json!({"enablement": {name: true}});
    assert_eq!(session.request("experimentalFeature/enablement/set", set("tool_search")), set("tool_search"));
    let listed = session.request("experimentalFeature/list", json!({}));
    let feature = listed["data"].as_array().unwrap().iter().find(|feature| feature["name"] == "tool_search").cloned().unwrap();
    assert_eq!(feature["enabled"], true);
    let refused = session.ask("experimentalFeature/enablement/set", set("bogus"));
    assert_eq!(refused["error"]["message"], "invalid feature enablement `bogus`");
}
