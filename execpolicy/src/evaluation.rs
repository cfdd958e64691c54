//! What rules say about one command, in the shape that `codex execpolicy check` prints.

use std::path::PathBuf;

use serde::Serialize;

use crate::rule::{Decision, Origin};

/// The rules that match a command and the strictest of their decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// In the order of files, then lines.
    pub matched_rules: Vec<RuleMatch>,
    /// `None` when no rule matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

impl Evaluation {
    pub(crate) fn of(matched_rules: Vec<RuleMatch>) -> Self {
        let decision = matched_rules.iter().map(RuleMatch::decision).max();
        Self { matched_rules, decision }
    }

    /// The first match with the decision that won; who is asked or refused is told its words.
    pub fn decisive(&self) -> Option<&PrefixMatch> {
        let RuleMatch::PrefixRuleMatch(found) = self.matched_rules.iter().find(|found| Some(found.decision()) == self.decision)?;
        Some(found)
    }
}

/// One rule that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RuleMatch {
    /// A prefix rule.
    PrefixRuleMatch(PrefixMatch),
}

impl RuleMatch {
    /// What the rule says.
    pub fn decision(&self) -> Decision {
        match self {
            Self::PrefixRuleMatch(found) => found.decision,
        }
    }
}

/// A prefix rule that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrefixMatch {
    /// The words of the command that the pattern covers; the program as the rule names it.
    pub matched_prefix: Vec<String>,
    /// What the rule says.
    pub decision: Decision,
    /// The program's path, where the rule matched by the name of a program that was given with its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_program: Option<PathBuf>,
    /// Why, as the rule puts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// Where the rule is written.
    #[serde(skip)]
    pub origin: Origin,
}
