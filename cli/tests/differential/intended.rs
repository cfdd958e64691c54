//! The differences that are meant, case by case. Each `key` names a row of `docs/compatibility.md`,
//! which tells people the same at more length. A row that no longer happens fails the test.

/// Stands for every case.
pub(crate) const EVERYWHERE: &[&str] = &["*"];

/// One difference in one or more cases.
pub(crate) struct Intended {
    /// The row of the document.
    pub(crate) key: &'static str,
    /// Where it shows: in each of these, or somewhere when it is [`EVERYWHERE`].
    pub(crate) cases: &'static [&'static str],
    /// A part of each line that only the reference shows.
    pub(crate) theirs: &'static [&'static str],
    /// A part of each line that only our program shows.
    pub(crate) ours: &'static [&'static str],
    /// Why ours is wanted, in a few words.
    pub(crate) reason: &'static str,
}

impl Intended {
    pub(crate) fn is_everywhere(&self) -> bool {
        self.cases == EVERYWHERE
    }

    pub(crate) fn concerns(&self, case: &str) -> bool {
        self.is_everywhere() || self.cases.contains(&case)
    }
}

pub(crate) const INTENDED: &[Intended] = &[
    Intended {
        key: "failure-codes",
        cases: EVERYWHERE,
        theirs: &[],
        ours: &["added code "],
        reason: "programs need something stable to match on",
    },
    Intended {
        key: "denials-listed",
        cases: EVERYWHERE,
        theirs: &[],
        ours: &["added denials "],
        reason: "a run without a person has to say what it was kept from",
    },
    Intended {
        key: "removing-files",
        cases: &["force_removal_declined"],
        theirs: &["`bash -c 'ls && rm -f zz'` rejected: blocked by policy"],
        ours: &[r#""command":"bash -c 'ls && rm -f zz'","aggregated_output":"","exit_code":0"#, "Exit code: 0"],
        reason: "nothing is lost that the run may not write anyway",
    },
    Intended { key: "retry-wait", cases: EVERYWHERE, theirs: &[], ours: &["added wait "], reason: "who waits wants to know for how long" },
    Intended {
        key: "final-statuses",
        cases: &["status_401", "status_402", "status_403", "status_404"],
        theirs: &["Reconnecting... 1/1 (unexpected status", "requests 2"],
        ours: &["requests 1"],
        reason: "asking again does not make a wrong key right",
    },
    Intended {
        key: "rate-limits",
        cases: &["status_429_then_well"],
        theirs: &["exceeded retry limit", "exit 1", "requests 1"],
        ours: &["Reconnecting... 1/1 (429 Too Many Requests", "better now", "turn.completed", "exit 0", "requests 2"],
        reason: "a rate limit passes, and the server says when",
    },
    Intended {
        key: "one-retry-loop",
        cases: &["status_500"],
        theirs: &["requests 4"],
        ours: &["requests 2"],
        reason: "two loops multiply into a flood of requests",
    },
    Intended {
        key: "retry-cause",
        cases: &["status_500", "status_500_then_well"],
        theirs: &["Reconnecting... 1/1 (We're currently experiencing high demand"],
        ours: &["Reconnecting... 1/1 (500 Internal Server Error: scripted)"],
        reason: "the line says what the server answered",
    },
    Intended {
        key: "retry-cause",
        cases: &["hang_up_then_well"],
        theirs: &["Reconnecting... 1/1 (stream disconnected before completion: error sending request"],
        ours: &["Reconnecting... 1/1 (cannot reach http://server/responses: connection closed"],
        reason: "no stream was there to be disconnected",
    },
    Intended {
        key: "cut-streams",
        cases: &["cut_then_well", "cut_for_good", "cut_after_a_call"],
        theirs: &["Transport error: network error: error decoding response body"],
        ours: &["stream closed before response.completed"],
        reason: "one message however the connection ended",
    },
    Intended {
        key: "call-before-a-cut",
        cases: &["cut_after_a_call"],
        theirs: &[r#"{"id":"item_0","type":"agent_message""#, "file log: None"],
        ours: &[
            "echo once >> log",
            r#"{"id":"item_1","type":"agent_message""#,
            "input {\"type\":\"function_call_output\"",
            "file log: Some(\"once",
        ],
        reason: "a call that ran is kept and never runs twice",
    },
    Intended {
        key: "output-limit",
        cases: &["incomplete_output_limit"],
        theirs: &["reason: max_output_tokens", r#""input_tokens":100"#],
        ours: &[r#""input_tokens":200"#, r#""text":"half""#],
        reason: "what was answered is kept and continued instead of asked for again",
    },
    Intended {
        key: "content-filter",
        cases: &["incomplete_content_filter"],
        theirs: &["Incomplete response returned, reason: content_filter"],
        ours: &["content filter held back the answer"],
        reason: "said plainly, and not retried",
    },
    Intended {
        key: "error-event",
        cases: &["error_event"],
        theirs: &["stream closed before response.completed"],
        ours: &["stream disconnected before completion: broke"],
        reason: "the server said why",
    },
    Intended {
        key: "usage-limit-time",
        cases: &["status_429_usage_limit"],
        theirs: &["try again at Jan 1st, 2100"],
        ours: &["try again in "],
        reason: "a span needs no time zone",
    },
    Intended {
        key: "signal-codes",
        cases: &["interrupt_by_control_c"],
        theirs: &[r#""exit_code":1,"status""#, "Process exited with code 1\\n"],
        ours: &[r#""exit_code":130,"status""#, "Process exited with code 130\\n"],
        reason: "128 + n in a terminal too",
    },
    Intended {
        key: "started-items-end",
        cases: &["a_command_is_left_running"],
        theirs: &[],
        ours: &[r#""aggregated_output":"begun\n","exit_code":143,"status":"failed""#],
        reason: "programs count on the end of what began",
    },
    Intended {
        key: "sandbox-denials",
        cases: &["exec_command_denied_by_the_sandbox"],
        theirs: &["Codex(Sandbox(Denied { output: ExecToolCallOutput"],
        ours: &[r#""type":"item.started""#, r#""type":"item.completed""#, "Read-only file system\\n"],
        reason: "the plain output and exit code, and an item as for any command",
    },
    Intended {
        key: "missing-programs",
        cases: &["missing_program"],
        theirs: &["panicked at", r#""exit_code":101"#],
        ours: &["cannot run `no-such-program-anywhere`: No such file or directory", r#""exit_code":127"#],
        reason: "what shells say, and no panic",
    },
    Intended {
        key: "local-shell-nulls",
        cases: &["local_shell"],
        theirs: &[r#""timeout_ms":null,"working_directory":null"#],
        ours: &[r#"{"type":"exec","command":["sh","-c","echo local"],"env":{}}"#],
        reason: "items go back as they came",
    },
    Intended {
        key: "second-cut",
        cases: &["long_output_is_cut_by_bytes"],
        theirs: &["…174 chars truncated…"],
        ours: &["…98894 chars truncated…"],
        reason: "JSON stays JSON",
    },
    Intended {
        key: "second-cut",
        cases: &["tool_output_token_limit"],
        theirs: &["…39 tokens truncated…"],
        ours: &["…874 tokens truncated…"],
        reason: "what counts is the text, not how JSON would spell it",
    },
    Intended {
        key: "order-of-streams",
        cases: &["both_streams_in_order"],
        theirs: &["second\\nfirst\\n"],
        ours: &["first\\nsecond\\n"],
        reason: "an error belongs beside the line it is about",
    },
    Intended {
        key: "bytes-that-are-no-text",
        cases: &["output_that_is_no_text"],
        theirs: &["aÿb"],
        ours: &["a\u{fffd}b"],
        reason: "a guessed encoding turns data into other data",
    },
    Intended {
        key: "patches-in-shell-lines",
        cases: &["patch_in_shell_argv", "patch_heredoc_in_shell", "patch_heredoc_in_exec_command", "patch_heredoc_in_shell_command"],
        theirs: &["Warning: apply_patch was requested via"],
        ours: &[],
        reason: "it works, so nobody is told off",
    },
    Intended {
        key: "patch-line-ends",
        cases: &["patch_keeps_line_ends"],
        theirs: &[r#"Some("one\nTWO\nthree\r\n")"#],
        ours: &[r#"Some("one\r\nTWO\r\nthree\r\n")"#],
        reason: "no file with mixed line ends",
    },
    Intended {
        key: "whole-patches",
        cases: &["patch_half_applicable"],
        theirs: &["file first.txt: Some"],
        ours: &["file first.txt: None"],
        reason: "all or nothing",
    },
    Intended {
        key: "move-onto-itself",
        cases: &["patch_moves_onto_itself"],
        theirs: &["file a.txt: None"],
        ours: &["file a.txt: Some(\"b"],
        reason: "a patch must not delete what it edits",
    },
    Intended {
        key: "broken-images",
        cases: &["view_image_broken"],
        theirs: &["unsupported image `image/png`"],
        ours: &["broken image `image/png`: "],
        reason: "PNG is supported, this file is torn",
    },
    Intended {
        key: "functions-called-freeform",
        cases: &["function_called_as_custom"],
        theirs: &[r#""output":"aborted""#],
        ours: &["takes JSON arguments: call it as a function"],
        reason: "the model can only mend what it is told",
    },
    Intended {
        key: "web-search-id",
        cases: &["web_search"],
        theirs: &[r#"{"id":"ws_1","type":"web_search""#],
        ours: &[r#"{"id":"item_0","type":"web_search""#, r#"{"id":"item_1","type":"web_search""#, r#"{"id":"item_2","type":"web_search""#],
        reason: "one key `id` an object",
    },
    Intended {
        key: "rerouted-models",
        cases: &["another_model_answers"],
        theirs: &["(HighRiskCyberActivity)"],
        ours: &["(chosen by the server)"],
        reason: "the server gives no reason, so none is made up",
    },
    Intended {
        key: "tools-not-built",
        cases: &[
            "an_unknown_model",
            "an_open_model",
            "tools_of_a_codex_model",
            "tools_without_unified_exec",
            "search_with_full_access",
            "cached_search_with_full_access",
            "search_switched_off",
        ],
        theirs: &[
            r#""name":"request_user_input""#,
            r#""name":"spawn_agent""#,
            r#""name":"send_input""#,
            r#""name":"resume_agent""#,
            r#""name":"wait_agent""#,
            r#""name":"close_agent""#,
        ],
        ours: &[],
        reason: "only what works is offered",
    },
    Intended {
        key: "full-paths",
        cases: &["image_input"],
        theirs: &["attach image at `t.txt`"],
        ours: &["attach image at `/w/t.txt`"],
        reason: "a path says where",
    },
    Intended {
        key: "full-paths",
        cases: &["missing_folder"],
        theirs: &["Error: No such file or directory (os error 2)"],
        ours: &["Error: No such file or directory (os error 2): /no/such/folder"],
        reason: "a path says where",
    },
    Intended {
        key: "full-paths",
        cases: &["missing_schema"],
        theirs: &["output schema file none.json: "],
        ours: &["output schema file /w/none.json: "],
        reason: "a path says where",
    },
    Intended {
        key: "full-paths",
        cases: &["broken_schema"],
        theirs: &["Output schema file bad.json is"],
        ours: &["Output schema file /w/bad.json is"],
        reason: "a path says where",
    },
    Intended {
        key: "images-for-blind-models",
        cases: &["an_open_model"],
        theirs: &[r#"tool {"name":"view_image""#],
        ours: &[],
        reason: "it would only refuse",
    },
    Intended {
        key: "credentials-of-commands",
        cases: &["environment_of_commands"],
        theirs: &["MOCK_KEY"],
        ours: &["LANG\\nNO_PROXY"],
        reason: "a command has no use for the key of the model server",
    },
    Intended {
        key: "credentials-of-commands",
        cases: &["environment_of_exec_command"],
        theirs: &["MOCK_KEY"],
        ours: &["LC_CTYPE\\nNO_COLOR"],
        reason: "a command has no use for the key of the model server",
    },
    Intended {
        key: "web-search",
        cases: &["search_switched_off"],
        theirs: &[r#""type":"web_search""#],
        ours: &[],
        reason: "what is set is meant",
    },
    Intended {
        key: "wire-api",
        cases: &["chat_wire"],
        theirs: &["`wire_api = \"chat\"` is no longer supported", "How to fix: ", "More info: ", "in `model_providers.mock.wire_api`"],
        ours: &["thread.started", "turn.started", "the stream closed before the answer was whole"],
        reason: "the wire is spoken, which the scripted server does not know here",
    },
    Intended {
        key: "wire-api",
        cases: &["unknown_wire"],
        theirs: &["expected `responses`"],
        ours: &["expected one of `responses`, `chat`, `messages`"],
        reason: "there are more wires",
    },
];
