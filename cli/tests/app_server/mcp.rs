//! MCP servers for clients: signing in, how they are, their progress, and answers that make no sense.

use codex_test_support::openid::visit;
use codex_test_support::{McpScript, Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::session::Session;

#[test]
fn a_client_signs_in_to_a_server_and_hears_how_that_ended() {
    let (script, server) = (McpScript::new(), Scenario::new().start());
    let http = script.http("oauth");
    let table = format!("mcp_oauth_credentials_store = \"file\"\n[mcp_servers.t]\nurl = {:?}\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let status = |session: &mut Session| session.request("mcpServerStatus/list", json!({}))["data"][0].clone();
    let before = status(&mut session);
    assert_eq!((&before["name"], &before["authStatus"], &before["tools"]), (&json!("t"), &json!("notLoggedIn"), &json!({})));
    let none = session.ask("mcpServer/oauth/login", json!({"name": "zz"}));
    assert_eq!(none["error"]["message"], "No MCP server named 'zz' found.");
    let never = session.ask("mcpServer/oauth/login", json!({"name": "t", "timeoutSecs": 0}));
    assert_eq!(never["error"]["message"], "timeoutSecs must be greater than 0");
    let began = session.request("mcpServer/oauth/login", json!({"name": "t"}));
    // The browser: the page sends it back to the callback.
    let page = visit(began["authorizationUrl"].as_str().unwrap());
    let back = page.text.lines().find_map(|line| line.to_ascii_lowercase().starts_with("location: ").then(|| line[10..].to_owned()));
    assert_eq!(visit(&back.unwrap()).status, 200);
    assert_eq!(session.told("mcpServer/oauthLogin/completed"), json!({"name": "t", "success": true, "error": null}));
    let after = status(&mut session);
    assert_eq!(after["authStatus"], "oAuth");
    assert_eq!(after["tools"]["echo"]["name"], "echo");
    assert_eq!(after["resources"][0]["uri"], "test://a");
    assert_eq!(session.request("config/mcpServer/reload", json!({})), json!({}));
}

#[test]
fn nobody_signing_in_is_told_too() {
    let (script, server) = (McpScript::new(), Scenario::new().start());
    let http = script.http("oauth");
    let table = format!("mcp_oauth_credentials_store = \"file\"\n[mcp_servers.t]\nurl = {:?}\n", http.url());
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    session.request("mcpServer/oauth/login", json!({"name": "t", "timeoutSecs": 1}));
    let ended = session.told("mcpServer/oauthLogin/completed");
    assert_eq!(ended, json!({"name": "t", "success": false, "error": "nobody signed in within 1 seconds"}));
}

#[test]
fn starts_progress_and_failures_are_told_and_an_answer_without_sense_is_a_no() {
    let call = Reply::new().call_with_id("c1", "mcp__t__write", json!({"text": "x"}));
    let server = Scenario::new()
        .reply(Reply::new().call_with_id("c0", "mcp__t__progress", json!({})))
        .reply(Reply::new().say("done"))
        .reply(call)
        .reply(Reply::new().say("done"))
        .start();
    let script = McpScript::new();
    let table = format!("{}\n{}", script.table("t", "good", ""), script.table("u", "exit", ""));
    let (home, workspace) = (TestHome::with_config(&server, &table, ""), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "on-request", "sandbox": "danger-full-access"}));
    let state = |session: &mut Session, name: &str, status: &str| {
        let fits = |message: &serde_json::Value| {
            message["method"] == "mcpServer/startupStatus/updated"
                && message["params"]["name"] == name
                && message["params"]["status"] == status
        };
        session.wait(fits)["params"]["error"].clone()
    };
    assert!(state(&mut session, "t", "starting").is_null());
    assert!(state(&mut session, "t", "ready").is_null());
    assert!(state(&mut session, "u", "failed").is_string());
    session.turn(&thread, "go");
    let told = session.told("item/mcpToolCall/progress");
    assert_eq!((&told["itemId"], &told["message"]), (&json!("c0"), &json!("step 1")));
    session.told("turn/completed");
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "mcpServer/elicitation/request");
    assert_eq!((&asked["params"]["serverName"], &asked["params"]["mode"]), (&json!("t"), &json!("form")));
    session.send(&json!({"id": asked["id"], "result": {"action": "perhaps"}}));
    assert_eq!(session.told("serverRequest/resolved")["requestId"], asked["id"]);
    let ended = session.wait(|message| message["method"] == "item/completed" && message["params"]["item"]["id"] == "c1");
    assert_eq!(ended["params"]["item"]["error"]["message"], "user rejected MCP tool call");
    assert_eq!(session.told("turn/completed")["turn"]["status"], "completed");
}
