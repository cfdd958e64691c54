//! Prompts of MCP servers, as commands.

use codex_test_support::McpScript;
use serde_json::json;

use crate::holds;

fn config(script: &McpScript) -> String {
    let folder = script.folder().display();
    format!(
        "\n[mcp_servers.t]\ncommand = \"python3\"\nargs = [\"{folder}/server.py\", \"stdio\", \"good\", \"{folder}\"]\n\
         startup_timeout_sec = 60\nrequired = true\n"
    )
}

#[test]
fn a_prompt_of_a_server_is_offered_asked_about_and_sent_filled_in() {
    let script = McpScript::new();
    holds(&json!({
        "config": config(&script),
        "scenario": [[{ "message": "one" }], [{ "message": "two" }], [{ "message": "three" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "hello" }, { "keys": ["Enter"] },
            { "expect": "• one", "timeout": 60 },
            { "type": "/gre" },
            { "expect": "/mcp__t__greet +\\[t\\] Greets who=… \\[how=…\\]" },
            { "keys": ["Enter"] },
            { "expect": "/mcp__t__greet: who" },
            { "type": "Ada \"the\" first" }, { "keys": ["Enter"] },
            { "expect": "^› Greet Ada \"the\" first.*• two" },
            { "request": { "n": 1, "contains": "Greet Ada" } },
            { "type": "/mcp__t__greet who=Bob how='in a hurry'" }, { "keys": ["Enter"] },
            { "expect": "^› Greet Bob in a hurry\\..*• three" },
            // What is wrong is told, and stays to be mended.
            { "type": "/mcp__t__nope x" }, { "keys": ["Enter"] },
            { "expect": "■ No MCP server has a prompt `mcp__t__nope`" },
            { "expect": "^› /mcp__t__nope x" },
            { "requests": 3 },
        ],
    }));
}
