//! What was found, as lines for people or as one JSON object.

use std::fmt::Write as _;

use serde_json::json;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Warn,
    Fail,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) told: String,
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(name: &'static str, told: impl Into<String>) -> Self {
        Self { name, state: State::Ok, told: told.into(), remedy: None }
    }

    pub(super) fn warn(name: &'static str, told: impl Into<String>) -> Self {
        Self { state: State::Warn, ..Self::ok(name, told) }
    }

    pub(super) fn fail(name: &'static str, told: impl Into<String>) -> Self {
        Self { state: State::Fail, ..Self::ok(name, told) }
    }

    /// What to do about it.
    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// All findings.
#[derive(Debug)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    /// Prints it and returns the exit code.
    pub(super) fn print(&self, json: bool) -> u8 {
        let text = if json { self.json() } else { self.lines() };
        crate::output::print(&text);
        u8::from(self.has_failed())
    }

    fn has_failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.state == State::Fail)
    }

    fn lines(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            // Writing to a string cannot fail.
            let _ = write!(text, "{:<4}  {:<8}  {}", finding.state.as_str(), finding.name, one_line(&finding.told));
            if let Some(remedy) = &finding.remedy {
                let _ = write!(text, "; {}", one_line(remedy));
            }
            text.push('\n');
        }
        text
    }

    fn json(&self) -> String {
        let checks = self.findings.iter().map(
            |finding| json!({ "name": finding.name, "status": finding.state.as_str(), "message": finding.told, "remedy": finding.remedy }),
        );
        format!("{:#}\n", json!({ "ok": !self.has_failed(), "checks": checks.collect::<Vec<_>>() }))
    }
}

fn one_line(text: &str) -> String {
    codex_exec::sanitize(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_line_each_and_the_worst_decides() {
        let report = Report::new(vec![Finding::ok("git", "2.39"), Finding::warn("config", "two\nlines").remedy("mend them")]);
        assert_eq!(report.lines(), "ok    git       2.39\nwarn  config    two lines; mend them\n");
        assert!(!report.has_failed());
        let report = Report::new(vec![Finding::fail("network", "nobody answers").remedy("look")]);
        assert!(report.has_failed());
        let value: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(
            value,
            json!({"ok": false, "checks": [{"name": "network", "status": "fail", "message": "nobody answers", "remedy": "look"}]})
        );
    }
}
