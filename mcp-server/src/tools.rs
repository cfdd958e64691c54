//! What the tools are called and take.

use serde_json::{Value, json};

use crate::FurtherTools;

/// All tools on offer.
pub(crate) fn list(further: FurtherTools) -> Vec<Value> {
    let mut tools = vec![codex(), reply()];
    if further == FurtherTools::Sandboxed {
        tools.extend([exec(), apply_patch()]);
    }
    tools
}

fn session_output() -> Value {
    json!({
        "type": "object",
        "properties": { "threadId": { "type": "string" }, "content": { "type": "string" } },
        "required": ["threadId", "content"],
    })
}

fn text(about: &str) -> Value {
    json!({ "description": about, "type": "string" })
}

fn codex() -> Value {
    json!({
        "name": "codex",
        "title": "Codex",
        "description": "Starts a Codex session that works on a task in a folder of this machine, and answers with its last message. Go on with `codex-reply`.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "approval-policy": {
                    "description": "When commands and changes are asked about.",
                    "type": "string",
                    "enum": ["untrusted", "on-failure", "on-request", "never"],
                },
                "base-instructions": text("Instructions in the place of the built-in ones."),
                "compact-prompt": text("What asks the model for a summary when the conversation grows too long."),
                "config": {
                    "description": "Settings over those of config.toml, by their keys.",
                    "type": "object",
                    "additionalProperties": true,
                },
                "cwd": text("Folder to work in; a relative path starts at the folder the server was started in."),
                "developer-instructions": text("Instructions beside the built-in ones."),
                "model": text("Model to use, such as `gpt-5.3-codex`."),
                "profile": text("Profile of config.toml to use."),
                "prompt": text("The task, in words."),
                "sandbox": {
                    "description": "What commands may do.",
                    "type": "string",
                    "enum": ["read-only", "workspace-write", "danger-full-access"],
                },
            },
            "required": ["prompt"],
        },
        "outputSchema": session_output(),
    })
}

fn reply() -> Value {
    json!({
        "name": "codex-reply",
        "title": "Codex Reply",
        "description": "Goes on with a Codex session, of this or an earlier run of the server, and answers with its last message.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "conversationId": text("Former name of `threadId`."),
                "prompt": text("What to do next, in words."),
                "threadId": text("The session, as `codex` named it."),
            },
            "required": ["prompt"],
        },
        "outputSchema": session_output(),
    })
}

fn exec() -> Value {
    json!({
        "name": "exec",
        "title": "Sandboxed Exec",
        "description": "Runs a program under the sandbox and the approval policy that the server was started with.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "command": { "description": "Program and arguments.", "type": "array", "items": { "type": "string" }, "minItems": 1 },
                "cwd": text("Folder to run in; a relative path starts at the folder the server was started in."),
                "timeout-ms": { "description": "When it is ended; 10 s when absent.", "type": "integer", "minimum": 1 },
            },
            "required": ["command"],
        },
        "outputSchema": {
            "type": "object",
            "properties": { "exitCode": { "type": "integer" }, "output": { "type": "string" } },
            "required": ["exitCode", "output"],
        },
        "annotations": { "readOnlyHint": false, "destructiveHint": true, "openWorldHint": true },
    })
}

fn apply_patch() -> Value {
    json!({
        "name": "apply_patch",
        "title": "Apply Patch",
        "description": "Changes files by a patch in the `*** Begin Patch` form, all of it or nothing, where the server's sandbox lets it write.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "patch": text("The patch, from `*** Begin Patch` to `*** End Patch`."),
                "cwd": text("Folder that its paths start from; a relative path starts at the folder the server was started in."),
            },
            "required": ["patch"],
        },
        "outputSchema": {
            "type": "object",
            "properties": { "exitCode": { "type": "integer" }, "output": { "type": "string" } },
            "required": ["exitCode", "output"],
        },
        "annotations": { "readOnlyHint": false, "destructiveHint": true, "openWorldHint": false },
    })
}
