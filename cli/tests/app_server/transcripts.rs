//! Recorded sessions of the published program, played against this one. What differs is listed, with its reason.

use crate::peers::peers;
use crate::transcript::{Recording, faults};

/// Differences wherever they occur.
const EVERYWHERE: &[(&str, &str)] = &[
    ("x-codex-turn-metadata", "turn-metadata: folders and commits are not told to servers"),
    ("invalid thread id", "what is wrong with an id is told in the words of a newer library"),
];

/// Lines of a recording when all are played.
const ALL: usize = usize::MAX;

macro_rules! recordings {
    ($($test:ident: $name:literal, $clients:expr, $leave:expr, $lines:expr, [$($difference:expr),* $(,)?];)*) => {
        $(
            #[test]
            fn $test() {
                let recording = Recording {
                    name: $name,
                    text: include_str!(concat!("fixtures/", $name, ".jsonl")),
                    clients: $clients,
                    leave: $leave,
                    lines: $lines,
                    differences: &[$($difference),*],
                };
                let faults = faults(&recording, EVERYWHERE);
                assert!(faults.is_empty(), "{} differences that are not listed:\n{}", faults.len(), faults.join("\n"));
            }
        )*
    };
}

/// Who sent what in `websocket-two-clients`.
const CLIENTS: &[usize] = &[0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 2, 2, 2, 0, 3, 3, 3, 3];

const EARLY: &str = "line-one: the first line of a command is not lost";
const DECLINED: &str = "declined-once: a declined item ends once, when its call has";
const NEXT_TRY: &str = "retry-wait: the line says when the next try is";
const REVIEW: &str = "review-turns: a review is one turn; its reviewer's prompt and drafts are not shown";
const HINTS: &str = "mcp-statuses: a server's state is told to those who follow its thread, once";

recordings! {
    a_whole_turn: "turn-full", &[], &[], ALL, [
        ("call_ec", EARLY),
        ("turn/diff/updated", "diffs name the mode behind both ids, as git does"),
    ];
    // Behind these lines `touch` alone has become a lasting rule there, which takes two words here.
    approvals_of_commands: "approvals-command", &[], &[], 201, [("commandExecution call_c3 declined", DECLINED)];
    approvals_of_patches_and_escalations: "approvals-patch-and-escalation", &[], &[], ALL, [
        ("commandExecution call_c0 declined", DECLINED),
        ("fileChange call_p3 declined", DECLINED),
        ("requestApproval call_esc", "lasting-answers: a lasting rule has two words at least"),
        ("item/started commandExecution call_esc2", "started-early: the item is told before its question"),
        ("call_of", "an approval without escalation stays in the sandbox, also when the command fails there"),
        ("requestApproval call_ro", "a question about a patch outside of the sandbox says so"),
    ];
    steering_interrupts_and_errors: "turn-control-and-errors", &[], &[], ALL, [
        ("answer 5 ", "empty-input: it is refused"),
        ("answer 16 ", "interrupt-fits: the turn has to be the one that is named"),
        ("answer 18 ", "interrupt-fits: without a turn the answer is an error"),
        ("answer 50 ", "the same words in another order"),
        ("answer 57 ", "the same without a line end"),
        ("thread/status/changed systemError: missing", "empty-input: it spoils nothing"),
        ("input must not be empty", "empty-input: it spoils nothing"),
        ("turn/completed completed: not recorded", "empty-input: it spoils nothing"),
        ("call_intr failed", "started-items-end: an interrupted command ends too"),
        ("500 Internal Server Error", "retry-cause: the status is named"),
        ("usage limit", "usage-limit-time: a span, not a time of day"),
        ("401", "final-statuses: a wrong key is not tried again"),
        ("next try in", NEXT_TRY),
    ];
    tools_of_the_client: "dynamic-tools", &[], &[], ALL, [];
    questions_and_plans: "request-user-input-and-plan", &[], &[], ALL, [
        ("rawResponseItem/completed message", "what the model is told is in our own words"),
    ];
    threads_side_by_side: "several-threads", &[], &[], ALL, [];
    live_commands_and_permissions: "exec-sessions-and-permissions", &[], &[], ALL, [
        ("outputDelta call_tty", "calls-start-early: output is told as it comes"),
        ("call_bg failed .params.item.exitCode", "a command that is ended tells its signal"),
    ];
    experimental_methods_and_unwanted_notifications: "experimental-and-optout", &[], &[], ALL, [
        ("sessionUpdated .params.files", "search-scope: what is git's own is not searched"),
    ];
    a_thread_and_what_becomes_of_it: "threads", &[], &[], ALL, [
        ("answer 34 ", "a thread without a file is not there to be taken back"),
        ("answer 35 ", "names-need-files: a name is kept with a session"),
        ("answer 40 ", "names-need-files"),
        ("answer 52 ", "names-need-files: and so are facts of a repository"),
        ("thread/status/changed systemError: missing", "a request that is refused spoils nothing"),
        ("thread/name/updated: missing", "names-need-files"),
        ("error: missing", "names-need-files"),
    ];
    accounts_skills_and_reviews: "account-skills-review", &[], &[], ALL, [
        (".skills", "skill-interfaces: there are no skills of the program's own"),
        ("skills/changed: not recorded", "skill-changes: the recording was over before it was told"),
        ("answer 4 .result.data[0].errors", "the home of the recording lay elsewhere"),
        ("answer 12 .result.data", "the features are ours"),
        ("answer 13 .result.data", "the features are ours"),
        ("answer 33 ", "odd-keys: an empty key is refused"),
        ("account/login/completed", "odd-keys: one fewer signed in"),
        ("account/updated", "odd-keys: one fewer signed in"),
        ("answer 48 ", REVIEW),
        ("answer 61 .result.summary.preview", REVIEW),
        ("answer 63 ", "a file that is not there is named by its path"),
        ("enteredReviewMode", REVIEW),
        ("turn/started inProgress .params.turn.id", REVIEW),
        ("userMessage: missing", REVIEW),
        ("agentMessage: missing", REVIEW),
        ("thread/started .params.thread.preview", REVIEW),
    ];
    what_is_not_a_chapter_of_its_own: "misc", &[], &[], ALL, [
        ("answer 9 .result.thread.turns", "stored-commands: commands are not kept in stored turns"),
        ("mcpServer/startupStatus/updated", HINTS),
        ("call_ls", "another folder"),
        ("call_rg", "another machine"),
        ("enteredReviewMode", REVIEW),
        ("turn/started inProgress .params.turn.id", REVIEW),
        ("userMessage: missing", REVIEW),
        ("agentMessage: missing", REVIEW),
    ];
    tools_of_a_server: "mcp-client-tools", &[], &[], ALL, [
        ("call_empty", "mcp-empty-content: a result without content is an empty result"),
        ("call_noargs", "a call without arguments has none, which is {}"),
        ("mcpServer/elicitation/request .params._meta.tool_params", "a call without arguments has none, which is {}"),
        ("call_crash", "mcp-restart: a server that died is told, and started anew"),
    ];
    what_a_server_asks: "mcp-elicitation", &[], &[], ALL, [];
    answers_about_tools_of_a_server: "mcp-tool-approval", &[], &[], ALL, [
        ("mcpServer/startupStatus/updated", HINTS),
        ("mcpToolCall call_e1", DECLINED),
        ("mcpToolCall call_e2b", DECLINED),
    ];
    two_clients_of_one_thread: "websocket-two-clients", CLIENTS, &[(111, 1), (133, 2), (135, 0)], ALL, [];
}

/// The servers of this one are of npm. In which order they come up is chance, so the recording is without those lines.
#[test]
fn tools_of_servers_of_others() {
    if peers("the recording of servers of npm").is_none() {
        return;
    }
    let recording = Recording {
        name: "mcp-real-servers",
        text: include_str!("fixtures/mcp-real-servers.jsonl"),
        clients: &[],
        leave: &[],
        lines: ALL,
        differences: &[("mcpServer/startupStatus/updated", "servers come up in any order")],
    };
    let faults = faults(&recording, EVERYWHERE);
    assert!(faults.is_empty(), "{} differences that are not listed:\n{}", faults.len(), faults.join("\n"));
}
