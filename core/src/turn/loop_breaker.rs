//! Notices a model that repeats itself: the same call with the same result.
//!
//! Looks at the last few calls of a turn. What differs between runs without meaning anything
//! (wall times, chunk ids) does not count as a difference. A successful call that printed nothing
//! has no result to compare, and neither has a look at a command that still runs.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many calls back a repetition still counts.
const WINDOW: usize = 16;
/// From here on the model is told.
const TELL_AT: usize = 3;
/// Here the turn ends.
const END_AT: usize = 6;

/// What to do about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Nothing.
    Fresh,
    /// Tell the model that this was the n-th time.
    Tell(usize),
    /// End the turn.
    End,
}

/// The last calls of a turn.
#[derive(Debug, Default)]
pub(crate) struct LoopBreaker {
    recent: VecDeque<u64>,
}

impl LoopBreaker {
    /// Takes a finished call and says whether it repeats itself.
    pub(crate) fn observe(&mut self, name: &str, input: &str, output: &str) -> Repetition {
        let Some(result) = comparable(output) else {
            return Repetition::Fresh;
        };
        let mut hasher = DefaultHasher::new();
        (name, input, result).hash(&mut hasher);
        let key = hasher.finish();
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(key);
        match self.recent.iter().filter(|seen| **seen == key).count() {
            count if count >= END_AT => Repetition::End,
            count if count >= TELL_AT => Repetition::Tell(count),
            _ => Repetition::Fresh,
        }
    }

    /// The workspace changed: what was tried before may be tried again.
    pub(crate) fn progress(&mut self) {
        self.recent.clear();
    }
}

/// What a model reads under the output of a call that it made before with the same result.
pub(crate) fn note(times: usize) -> String {
    format!(
        "\n\n[This is call number {times} with the same arguments and the same result. Repeating it will not change anything: \
         use what you know, try another way, or report what blocks you. The turn ends at {END_AT}.]"
    )
}

/// The part of an output that tells one result from another; `None` when there is none.
fn comparable(output: &str) -> Option<String> {
    if let Some(inner) = json_output(output) {
        return inner;
    }
    let mut head = true;
    let mut succeeded = false;
    let mut is_command = false;
    let mut kept = String::new();
    for line in output.lines() {
        if head {
            match line {
                "Output:" => {
                    head = false;
                    continue;
                }
                "Exit code: 0" | "Process exited with code 0" => succeeded = true,
                _ if line.starts_with("Process running with session ID") => return None,
                _ => {}
            }
            if line.starts_with("Wall time: ") {
                is_command = true;
                continue;
            }
            if line.starts_with("Chunk ID: ") {
                continue;
            }
        }
        kept.push_str(line);
        kept.push('\n');
    }
    let silent = is_command && succeeded && output.trim_end().ends_with("Output:");
    (!silent).then_some(kept)
}

/// For the JSON form of a shell's output: its text and exit code, or `Some(None)` when it succeeded in silence.
fn json_output(output: &str) -> Option<Option<String>> {
    if !output.starts_with("{\"output\":") {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(output).ok()?;
    let text = value.get("output")?.as_str()?;
    let code = value.get("metadata")?.get("exit_code")?.as_i64()?;
    Some((code != 0 || !text.is_empty()).then(|| format!("{code}\n{text}")))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn exec_output(chunk: usize, text: &str) -> String {
        format!(
            "Command: x\nChunk ID: {chunk:06x}\nWall time: 0.{chunk} seconds\nProcess exited with code 0\nOriginal token count: 1\nOutput:\n{text}"
        )
    }

    #[test]
    fn the_third_time_is_told_and_the_sixth_ends_the_turn() {
        let mut breaker = LoopBreaker::default();
        let got: Vec<Repetition> = (0..6).map(|n| breaker.observe("exec_command", "{}", &exec_output(n, "same\n"))).collect();
        use Repetition::{End, Fresh, Tell};
        assert_eq!(got, vec![Fresh, Fresh, Tell(3), Tell(4), Tell(5), End]);
    }

    #[test]
    fn another_result_or_another_argument_is_no_repetition() {
        let mut breaker = LoopBreaker::default();
        for n in 0..20 {
            assert_eq!(breaker.observe("exec_command", "{}", &exec_output(n, &format!("{n}\n"))), Repetition::Fresh);
            assert_eq!(breaker.observe("read_file", &n.to_string(), "text"), Repetition::Fresh);
        }
    }

    #[test]
    fn a_command_that_succeeds_in_silence_may_be_repeated() {
        let mut breaker = LoopBreaker::default();
        for n in 0..100 {
            assert_eq!(breaker.observe("exec_command", "{}", &exec_output(n, "")), Repetition::Fresh);
            let json = format!("{{\"output\":\"\",\"metadata\":{{\"exit_code\":0,\"duration_seconds\":0.{n}}}}}");
            assert_eq!(breaker.observe("shell", "{}", &json), Repetition::Fresh);
        }
    }

    #[test]
    fn progress_forgets_what_was_tried() {
        let mut breaker = LoopBreaker::default();
        for _ in 0..2 {
            for _ in 0..4 {
                assert_ne!(breaker.observe("shell", "{}", "failed"), Repetition::End);
            }
            breaker.progress();
        }
    }
}
