//! What a reviewer answers: read from its last message, and shown as text.

use std::fmt::Write as _;

use codex_protocol::event::{ReviewFinding, ReviewOutput};

/// What stands where a reviewer said nothing.
const NOTHING_SAID: &str = "Reviewer failed to output a response.";

/// Reads the answer. An object inside other text is found; text without one is the explanation.
pub(crate) fn read(answer: &str) -> ReviewOutput {
    let whole = serde_json::from_str(answer).ok();
    let inside = || {
        let (from, to) = (answer.find('{')?, answer.rfind('}')?);
        serde_json::from_str(answer.get(from..=to)?).ok()
    };
    whole.or_else(inside).unwrap_or_else(|| ReviewOutput { overall_explanation: answer.to_owned(), ..ReviewOutput::default() })
}

/// The findings as people read them.
pub(crate) fn show(output: &ReviewOutput) -> String {
    let explanation = output.overall_explanation.trim();
    let mut sections = Vec::new();
    if !explanation.is_empty() {
        sections.push(explanation.to_owned());
    }
    if !output.findings.is_empty() {
        sections.push(list(&output.findings));
    }
    if sections.is_empty() { NOTHING_SAID.to_owned() } else { sections.join("\n\n") }
}

fn list(findings: &[ReviewFinding]) -> String {
    let heading = if findings.len() == 1 { "Review comment:" } else { "Full review comments:" };
    let mut text = heading.to_owned();
    for finding in findings {
        let lines = finding.code_location.line_range;
        let path = finding.code_location.absolute_file_path.display();
        // Writing to a string cannot fail.
        let _ = write!(text, "\n\n- {} — {path}:{}-{}", finding.title, lines.start, lines.end);
        for line in finding.body.lines() {
            let _ = write!(text, "\n  {line}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn answer(findings: usize) -> String {
        let finding = json!({
            "title": "[P1] Close it", "body": "It stays open.\nAlways.", "confidence_score": 0.9, "priority": 1,
            "code_location": {"absolute_file_path": "/w/a.rs", "line_range": {"start": 3, "end": 4}},
        });
        json!({"findings": vec![finding; findings], "overall_correctness": "patch is incorrect", "overall_explanation": "One leak."})
            .to_string()
    }

    #[test]
    fn findings_are_shown_below_the_explanation() {
        let one = "One leak.\n\nReview comment:\n\n- [P1] Close it — /w/a.rs:3-4\n  It stays open.\n  Always.";
        assert_eq!(show(&read(&answer(1))), one);
        let two = "One leak.\n\nFull review comments:\n\n- [P1] Close it — /w/a.rs:3-4\n  It stays open.\n  Always.\n\n\
            - [P1] Close it — /w/a.rs:3-4\n  It stays open.\n  Always.";
        assert_eq!(show(&read(&answer(2))), two);
        assert_eq!(show(&read(&answer(0))), "One leak.");
    }

    #[test]
    fn an_object_among_words_is_found_and_words_alone_are_kept() {
        let fenced = format!("Here it is:\n```json\n{}\n```\n", answer(1));
        assert_eq!(read(&fenced), read(&answer(1)));
        assert_eq!(show(&read("Looks fine {to me}.")), "Looks fine {to me}.");
        assert_eq!(show(&read("")), NOTHING_SAID);
        assert_eq!(show(&read("{}")), NOTHING_SAID);
    }
}
