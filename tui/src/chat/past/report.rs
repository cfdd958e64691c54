//! What a model was told of a command, read back: the JSON form of session files, the form line by line, the form of a command
//! that may go on, and the message about a command of the user's own.

use std::time::Duration;

use serde::Deserialize;

/// A report, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Report {
    pub(super) state: State,
    pub(super) output: String,
    pub(super) time: Duration,
}

/// How far the command was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its exit code.
    Ended(i32),
    /// It goes on; the number the model knows it under.
    Runs(String),
}

/// A command of the user's own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shell {
    pub(super) line: String,
    pub(super) exit: i32,
    pub(super) duration: Duration,
    pub(super) output: String,
}

#[derive(Deserialize)]
struct Json {
    output: String,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    exit_code: i32,
    #[serde(default)]
    duration_seconds: f64,
}

/// Reads a report; `None` for a text that is none, such as a refusal.
pub(super) fn read(text: &str) -> Option<Report> {
    if text.starts_with('{')
        && let Ok(Json { output, metadata }) = serde_json::from_str(text)
    {
        let output = without_count(&output).to_owned();
        return Some(Report { state: State::Ended(metadata.exit_code), output, time: seconds(metadata.duration_seconds) });
    }
    let (head, output) = text.split_once("\nOutput:\n").or_else(|| Some((text.strip_suffix("\nOutput:")?, "")))?;
    let (mut state, mut time) = (None, Duration::ZERO);
    for line in head.lines() {
        let code = line.strip_prefix("Exit code: ").or_else(|| line.strip_prefix("Process exited with code "));
        if let Some(code) = code.and_then(|code| code.trim().parse().ok()) {
            state = Some(State::Ended(code));
        } else if let Some(session) = line.strip_prefix("Process running with session ID ") {
            state = Some(State::Runs(session.trim().to_owned()));
        } else if let Some(rest) = line.strip_prefix("Wall time: ") {
            time = rest.split(' ').next().and_then(|number| number.parse().ok()).map_or(Duration::ZERO, seconds);
        }
    }
    match state {
        Some(state) => Some(Report { state, output: without_count(output).to_owned(), time }),
        // A patch that came by a command: one form around the other.
        None if head.starts_with("Wall time: ") && output.starts_with('{') => read(output),
        None => None,
    }
}

/// Long outputs begin with the number of their lines.
fn without_count(output: &str) -> &str {
    output.strip_prefix("Total output lines: ").and_then(|rest| rest.split_once("\n\n")).map_or(output, |(_, rest)| rest)
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Reads the message about a command of the user's own; `None` for any other.
pub(super) fn user_shell(text: &str) -> Option<Shell> {
    let inner = text.trim().strip_prefix("<user_shell_command>\n<command>\n")?.strip_suffix("\n</result>\n</user_shell_command>")?;
    let (line, result) = inner.split_once("\n</command>\n<result>\n")?;
    let (head, output) = result.split_once("\nOutput:\n")?;
    let word = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let duration = word("Duration: ").and_then(|rest| rest.split(' ').next()?.parse().ok()).map_or(Duration::ZERO, seconds);
    Some(Shell { line: line.to_owned(), exit: word("Exit code: ")?.trim().parse().ok()?, duration, output: output.to_owned() })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_form_of_a_report_is_read() {
        let ended = |code, output: &str, millis| {
            Some(Report { state: State::Ended(code), output: output.to_owned(), time: Duration::from_millis(millis) })
        };
        let runs = Report { state: State::Runs("7".to_owned()), output: "so far\n".to_owned(), time: Duration::from_secs(10) };
        let cases = [
            (r#"{"output":"a\nb","metadata":{"exit_code":2,"duration_seconds":0.5}}"#, ended(2, "a\nb", 500)),
            (
                r#"{"output":"Total output lines: 900\n\nhead … tail","metadata":{"exit_code":0,"duration_seconds":0.0}}"#,
                ended(0, "head … tail", 0),
            ),
            ("Exit code: 3\nWall time: 0.1 seconds\nOutput:\nout\nerr\n", ended(3, "out\nerr\n", 100)),
            (
                "Command: /bin/bash -lc 'echo hi'\nChunk ID: abc123\nWall time: 0.2500 seconds\nProcess exited with code 0\n\
                 Original token count: 1\nOutput:\nhi\n",
                ended(0, "hi\n", 250),
            ),
            (
                "Command: sh\nChunk ID: abc123\nWall time: 10.0000 seconds\nProcess running with session ID 7\nOriginal token count: 1\n\
                 Output:\nso far\n",
                Some(runs),
            ),
            (
                "Wall time: 0.0000 seconds\nOutput:\n{\"output\":\"Success.\\n\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":0.1}}",
                ended(0, "Success.\n", 100),
            ),
            ("exec command rejected by user", None),
            ("{\"output\":", None),
            ("", None),
        ];
        for (text, report) in cases {
            assert_eq!(read(text), report, "{text}");
        }
    }

    #[test]
    fn the_message_about_a_command_of_the_user_is_read() {
        let text = "<user_shell_command>\n<command>\necho hi\n</command>\n<result>\nExit code: 0\nDuration: 0.5000 seconds\nOutput:\nhi\n\n</result>\n</user_shell_command>";
        let shell = Shell { line: "echo hi".to_owned(), exit: 0, duration: Duration::from_millis(500), output: "hi\n".to_owned() };
        assert_eq!(user_shell(text), Some(shell));
        assert_eq!(user_shell("echo hi"), None);
    }
}
