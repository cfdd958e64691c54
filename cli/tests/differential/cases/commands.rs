//! Commands that run to their end: argv, shell lines, refusals, failures, long output.

use codex_test_support::{Reply, Scenario};
use serde_json::{Value, json};

use crate::case::Case;

fn shell(argv: &[&str]) -> (&'static str, Value) {
    ("shell", json!({"command": argv}))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = ends();
    cases.extend(refusals());
    cases.extend(output());
    cases
}

fn ends() -> Vec<Case> {
    vec![
        Case::calls(
            "shell_argv",
            [shell(&["sh", "-c", "echo out; echo err >&2; exit 3"]), shell(&["echo", "two words", "it's"]), shell(&["true"])],
        ),
        Case::calls("shell_json_form", [shell(&["sh", "-c", "echo hi"]), shell(&["false"])]).top("model = \"gpt-5\"\n"),
        Case::calls(
            "shell_command",
            [
                ("shell_command", json!({"command": "echo hi | tr a-z A-Z", "login": false})),
                ("shell_command", json!({"command": "exit 7", "login": false, "workdir": "sub"})),
            ],
        )
        .file("sub/f", b""),
        Case::new(
            "local_shell",
            Scenario::new().reply(Reply::new().local_shell(["sh", "-c", "echo local"])).reply(Reply::new().say("done")),
        ),
        Case::calls("container_exec", [("container.exec", json!({"command": ["echo", "contained"]}))]),
        Case::calls("signal_exit", [shell(&["sh", "-c", "echo before; kill -KILL $$"]), shell(&["sh", "-c", "kill -TERM $$"])]),
        Case::calls("timeout", [("shell", json!({"command": ["sh", "-c", "echo early; sleep 20"], "timeout_ms": 300}))]),
        Case::calls(
            "workdir",
            [("shell", json!({"command": ["pwd"], "workdir": "sub"})), ("shell", json!({"command": ["pwd"], "workdir": "/"}))],
        )
        .file("sub/f", b""),
        Case::calls("unknown_keys_are_ignored", [("shell", json!({"command": ["echo", "x"], "with_escalated_permissions": true}))]),
    ]
}

fn refusals() -> Vec<Case> {
    vec![
        Case::calls("empty_argv", [shell(&[])]),
        Case::calls("missing_program", [shell(&["no-such-program-anywhere"])]),
        Case::calls("bad_workdir", [("shell", json!({"command": ["pwd"], "workdir": "/no/such/folder"}))]),
        Case::calls(
            "escalation_refused",
            [
                ("shell", json!({"command": ["echo", "x"], "sandbox_permissions": "require_escalated", "justification": "why not"})),
                ("shell_command", json!({"command": "echo x", "login": false, "sandbox_permissions": "require_escalated"})),
            ],
        ),
        Case::calls(
            "force_removal_declined",
            [shell(&["rm", "-rf", "zz"]), shell(&["sh", "-c", "rm -rf zz"]), shell(&["bash", "-c", "ls && rm -f zz"])],
        ),
        Case::calls("force_removal_with_full_access", [shell(&["rm", "-rf", "zz"])])
            .sandbox("danger-full-access")
            .file("zz/f", b"x")
            .result("zz/f"),
        Case::calls("write_outside_is_denied", [shell(&["sh", "-c", "echo x > /codex-differential-probe"])]),
        Case::calls("the_repository_itself_is_written_to", [shell(&["sh", "-c", "echo x > .git/probe"])]).result(".git/probe"),
        Case::calls("shared_memory", [shell(&["sh", "-c", "echo x > /dev/shm/codex-probe && rm /dev/shm/codex-probe"])]),
        Case::calls("scratch_folders", [shell(&["sh", "-c", "f=$(mktemp) && rm $f && f=$(mktemp -p /tmp) && rm $f && echo fine"])]),
        Case::calls("other_terminals", [shell(&["ls", "/dev/pts"])]),
        Case::calls("environment_of_commands", [shell(&["sh", "-c", "env | cut -d= -f1 | sort"])]),
        Case::calls("read_only", [shell(&["sh", "-c", "cat f; echo x > f"])]).sandbox("read-only").file("f", b"as it was\n").result("f"),
        Case::calls(
            "network_is_off",
            [shell(&[
                "python3",
                "-c",
                "import socket\ntry:\n  socket.create_connection(('127.0.0.1', 9))\nexcept OSError as error:\n  print(type(error).__name__)",
            ])],
        ),
        Case::calls("patch_as_the_whole_argv", [shell(&["*** Begin Patch\n*** Add File: a\n+x\n*** End Patch"])]).result("a"),
    ]
}

fn output() -> Vec<Case> {
    vec![
        Case::calls("long_output_is_cut", [shell(&["seq", "20000"])]),
        Case::calls("long_output_is_cut_by_bytes", [shell(&["seq", "20000"])]).top("model = \"gpt-5\"\n"),
        Case::calls("tool_output_token_limit", [shell(&["seq", "1000"])]).top("tool_output_token_limit = 100\n"),
        Case::calls("output_is_kept_up_to_a_mebibyte", [shell(&["sh", "-c", "head -c 1500000 /dev/zero | tr \"\\0\" a"])]),
        Case::calls("both_streams_in_order", [shell(&["sh", "-c", "echo first >&2; echo second"])]),
        Case::calls("output_that_is_no_text", [shell(&["printf", "a\\377b\\033[31mred\\n"])]),
    ]
}
