//! The forms in which commands and patches are reported to a model.
//!
//! Pure text. Two forms for commands that ran to their end: the structured text, and the JSON object
//! that session files keep whatever a model reads ([`structured_from_json`] leads from the second to
//! the first). Commands that may outlive a call have a form of their own ([`session_report`]).

use std::borrow::Cow;
use std::time::Duration;

use codex_protocol::rollout::TruncationPolicy;
use serde::{Deserialize, Serialize};

use crate::host::{ExecOutcome, PatchOutcome, SessionChunk, SessionState, ToolTurn};
use crate::truncate::{self, Original, Shortened, tokens_of};

/// Which form a report takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    /// `Exit code: ...` and so on, line by line.
    Structured,
    /// `{"output":...,"metadata":{...}}`.
    Json,
}

impl ReportForm {
    /// The form that the turn asks of `shell` and `apply_patch`.
    pub fn of_turn(turn: &ToolTurn) -> Self {
        if turn.structured_shell_output { Self::Structured } else { Self::Json }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonReport<'a> {
    #[serde(borrow)]
    output: Cow<'a, str>,
    metadata: JsonMetadata,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonMetadata {
    exit_code: i32,
    duration_seconds: f64,
}

/// Reports a command that ran to its end, cut to the policy.
pub fn command_report(outcome: &ExecOutcome, policy: TruncationPolicy, form: ReportForm) -> String {
    let output = if outcome.timed_out {
        let after = outcome.duration.as_millis();
        Cow::Owned(format!("command timed out after {after} milliseconds\n{}", outcome.output))
    } else {
        Cow::Borrowed(outcome.output.as_str())
    };
    let shortened = truncate::shorten(&output, policy, Original::default());
    report(outcome.exit_code, outcome.duration, shortened, form)
}

/// Reports a patch that was carried out, or could not be.
pub fn patch_report(outcome: &PatchOutcome, policy: TruncationPolicy, form: ReportForm) -> String {
    let shortened = truncate::shorten(&outcome.output, policy, Original::default());
    report(outcome.exit_code, outcome.duration, shortened, form)
}

fn report(exit_code: i32, duration: Duration, output: Shortened<'_>, form: ReportForm) -> String {
    let duration_seconds = tenths(duration);
    match form {
        ReportForm::Structured => structured(exit_code, duration_seconds, output.total_lines, &output.text),
        ReportForm::Json => {
            let output = Cow::Owned(output.with_header());
            let report = JsonReport { output, metadata: JsonMetadata { exit_code, duration_seconds } };
            serde_json::to_string(&report).unwrap_or_default()
        }
    }
}

fn structured(exit_code: i32, seconds: f64, total_lines: Option<u64>, output: &str) -> String {
    let lines = total_lines.map(|lines| format!("Total output lines: {lines}\n")).unwrap_or_default();
    format!("Exit code: {exit_code}\nWall time: {seconds} seconds\n{lines}Output:\n{output}")
}

/// Seconds, rounded to tenths.
fn tenths(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

/// Turns the JSON form into the structured text; `None` when the text is not in the JSON form.
///
/// Made for outputs read from history: refusals and other plain texts give `None` and stay as they are.
pub fn structured_from_json(text: &str) -> Option<String> {
    if !text.starts_with("{\"output\":") {
        return None;
    }
    let report: JsonReport<'_> = serde_json::from_str(text).ok()?;
    let JsonMetadata { exit_code, duration_seconds } = report.metadata;
    Some(match split_header(&report.output) {
        Some((lines, rest)) => structured(exit_code, duration_seconds, Some(lines), rest),
        None => structured(exit_code, duration_seconds, None, &report.output),
    })
}

fn split_header(output: &str) -> Option<(u64, &str)> {
    let (lines, rest) = output.strip_prefix("Total output lines: ")?.split_once("\n\n")?;
    Some((lines.parse().ok()?, rest))
}

/// Reports what a command printed that may go on, cut to so many tokens.
pub fn session_report(chunk: &SessionChunk, max_output_tokens: u64) -> String {
    let original = Original { bytes: chunk.total_lines.map(|_| chunk.total_bytes), lines: chunk.total_lines };
    let bytes = original.bytes.unwrap_or(chunk.output.len() as u64);
    let output = truncate::shorten(&chunk.output, TruncationPolicy::Tokens(max_output_tokens), original).with_header();
    let state = match chunk.state {
        SessionState::Running(id) => format!("Process running with session ID {id}"),
        SessionState::Exited(code) => format!("Process exited with code {code}"),
    };
    format!(
        "Command: {}\nChunk ID: {}\nWall time: {:.4} seconds\n{state}\nOriginal token count: {}\nOutput:\n{output}",
        codex_shell_command::join(&chunk.command),
        chunk_id(),
        chunk.wall_time.as_secs_f64(),
        tokens_of(bytes),
    )
}

/// Reports a patch that came in by `exec_command`, around the JSON form. Nothing was waited for.
pub fn session_patch_report(outcome: &PatchOutcome, policy: TruncationPolicy) -> String {
    format!("Wall time: 0.0000 seconds\nOutput:\n{}", patch_report(outcome, policy, ReportForm::Json))
}

/// Six random hex digits that tell one chunk from another.
fn chunk_id() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let random = RandomState::new().build_hasher().finish();
    format!("{:06x}", random & 0xff_ffff)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const POLICY: TruncationPolicy = TruncationPolicy::Tokens(10_000);

    fn outcome(exit_code: i32, output: &str, millis: u64) -> ExecOutcome {
        ExecOutcome { exit_code, output: output.to_owned(), duration: Duration::from_millis(millis), timed_out: false }
    }

    #[test]
    fn the_structured_text_rounds_seconds_to_tenths() {
        let text = command_report(&outcome(3, "out\nerr\n", 123), POLICY, ReportForm::Structured);
        assert_eq!(text, "Exit code: 3\nWall time: 0.1 seconds\nOutput:\nout\nerr\n");
        let text = command_report(&outcome(0, "", 7), POLICY, ReportForm::Structured);
        assert_eq!(text, "Exit code: 0\nWall time: 0 seconds\nOutput:\n");
        let text = command_report(&outcome(0, "", 2_000), POLICY, ReportForm::Structured);
        assert_eq!(text, "Exit code: 0\nWall time: 2 seconds\nOutput:\n");
    }

    #[test]
    fn the_json_form_keeps_a_decimal() {
        let text = command_report(&outcome(0, "hi\n", 104), POLICY, ReportForm::Json);
        assert_eq!(text, r#"{"output":"hi\n","metadata":{"exit_code":0,"duration_seconds":0.1}}"#);
        let text = command_report(&outcome(0, "hi\n", 4), POLICY, ReportForm::Json);
        assert_eq!(text, r#"{"output":"hi\n","metadata":{"exit_code":0,"duration_seconds":0.0}}"#);
    }

    #[test]
    fn a_time_out_is_told_before_what_was_printed() {
        let mut late = outcome(124, "1\n", 304);
        late.timed_out = true;
        assert_eq!(
            command_report(&late, POLICY, ReportForm::Structured),
            "Exit code: 124\nWall time: 0.3 seconds\nOutput:\ncommand timed out after 304 milliseconds\n1\n"
        );
    }

    #[test]
    fn a_cut_output_tells_its_lines_in_both_forms_and_one_leads_to_the_other() {
        let long = outcome(0, &"line\n".repeat(20_000), 100);
        let structured = command_report(&long, POLICY, ReportForm::Structured);
        assert!(structured.starts_with("Exit code: 0\nWall time: 0.1 seconds\nTotal output lines: 20000\nOutput:\nline\n"));
        let json = command_report(&long, POLICY, ReportForm::Json);
        assert!(json.starts_with(r#"{"output":"Total output lines: 20000\n\nline\n"#));
        assert_eq!(structured_from_json(&json), Some(structured));
    }

    #[test]
    fn only_the_json_form_turns_into_structured_text() {
        let json = r#"{"output":"a\"é\n","metadata":{"exit_code":2,"duration_seconds":1.0}}"#;
        assert_eq!(structured_from_json(json).as_deref(), Some("Exit code: 2\nWall time: 1 seconds\nOutput:\na\"é\n"));
        for other in ["command args are empty", "", "{}", r#"{"output":"x"}"#, r#"{"output":"…5 tokens truncated…"#] {
            assert_eq!(structured_from_json(other), None, "{other}");
        }
    }

    fn chunk(output: &str, state: SessionState) -> SessionChunk {
        SessionChunk {
            command: ["/bin/bash", "-lc", "echo hi"].map(str::to_owned).to_vec(),
            output: output.to_owned(),
            total_bytes: output.len() as u64,
            total_lines: None,
            wall_time: Duration::from_micros(250_040),
            state,
        }
    }

    fn without_id(text: &str) -> String {
        let (before, rest) = text.split_once("Chunk ID: ").unwrap();
        let (id, after) = rest.split_once('\n').unwrap();
        assert!(id.len() == 6 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        format!("{before}Chunk ID: [id]\n{after}")
    }

    #[test]
    fn a_session_tells_its_command_its_state_and_its_size() {
        let text = without_id(&session_report(&chunk("hi\n", SessionState::Exited(0)), 10_000));
        assert_eq!(
            text,
            "Command: /bin/bash -lc 'echo hi'\nChunk ID: [id]\nWall time: 0.2500 seconds\nProcess exited with code 0\nOriginal token count: 1\nOutput:\nhi\n"
        );
        let text = without_id(&session_report(&chunk("", SessionState::Running(33_826)), 10_000));
        assert!(text.contains("\nProcess running with session ID 33826\nOriginal token count: 0\nOutput:\n"), "{text}");
    }

    #[test]
    fn a_sessions_output_is_cut_by_tokens_under_a_line_count() {
        let numbers: String = (1..=20_000).map(|n| format!("{n}\n")).collect();
        let text = session_report(&chunk(&numbers, SessionState::Exited(0)), 10_000);
        assert!(text.contains("\nOriginal token count: 27224\nOutput:\nTotal output lines: 20000\n\n1\n2\n"));
        assert!(text.contains("…17224 tokens truncated…"));
        assert!(text.ends_with("19999\n20000\n"));
    }

    #[test]
    fn a_session_counts_what_its_capture_dropped() {
        let mut capped = chunk("headtail", SessionState::Exited(0));
        capped.total_bytes = 100_000_000;
        capped.total_lines = Some(1_000_000);
        let text = session_report(&capped, 1);
        assert!(
            text.ends_with("Original token count: 25000000\nOutput:\nTotal output lines: 1000000\n\nhe…24999999 tokens truncated…il"),
            "{text}"
        );
    }

    #[test]
    fn a_patch_by_exec_command_is_json_under_a_wall_time() {
        let outcome = PatchOutcome {
            exit_code: 0,
            output: "Success. Updated the following files:\nA sh3.txt\n".into(),
            duration: Duration::from_millis(3),
        };
        assert_eq!(
            session_patch_report(&outcome, POLICY),
            "Wall time: 0.0000 seconds\nOutput:\n{\"output\":\"Success. Updated the following files:\\nA sh3.txt\\n\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":0.0}}"
        );
    }
}
