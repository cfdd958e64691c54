//! Skills and prompts of a person's own, in process and attached to a server.

use serde_json::{Value, json};

use crate::holds;

const SKILL: &str = "---\nname: demo\ndescription: A demo skill\n---\nBODY\n";

/// Takes a skill from the list, sends it along, and switches it off.
fn taken_and_switched_off() -> Vec<Value> {
    vec![
        json!({ "expect": "\\d+% left", "timeout": 20 }),
        json!({ "type": "use $de" }),
        json!({ "expect": "demo  \\[Skill\\] A demo skill" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "use \\$demo" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "• ok" }),
        json!({ "request": { "n": 0, "contains": "- demo: A demo skill (file: " } }),
        json!({ "request": { "n": 0, "contains": "<name>demo</name>" } }),
        // Its text is for the model.
        json!({ "count": ["BODY", 0] }),
        json!({ "type": "/skills" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "1\\. List skills" }),
        json!({ "type": "2" }),
        json!({ "expect": "\\[x\\] demo" }),
        json!({ "type": " " }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "Off: demo" }),
        json!({ "file": ["HOME/config.toml", "^\\[\\[skills\\.config\\]\\]$"] }),
    ]
}

#[test]
fn a_skill_is_taken_from_the_list_sent_along_and_switched_off() {
    for attached in [false, true] {
        let files = json!({ ".agents/skills/demo/SKILL.md": SKILL });
        holds(&json!({ "attached": attached, "files": files, "steps": taken_and_switched_off() }));
    }
}

#[test]
fn a_prompt_of_ones_own_says_what_it_lacks_and_is_sent_filled_in() {
    holds(&json!({
        "home": { "prompts/nm.md": "Fix $FILE now\n" },
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "/prompts:nm" }, { "expect": "send saved prompt" }, { "keys": ["Enter"] },
            { "expect": "Missing required args for /prompts:nm: FILE\\." },
            { "type": " FILE=\"a b\"" }, { "keys": ["Enter"] },
            { "expect": "• ok" },
            { "request": { "n": 0, "contains": "Fix a b now\\n" } },
        ],
    }));
}
