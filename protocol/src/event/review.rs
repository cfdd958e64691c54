//! Events of a review, what is reviewed, and what a reviewer found.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ReviewTarget {
    /// Staged, unstaged and untracked changes.
    UncommittedChanges,
    /// What a branch would get.
    BaseBranch {
        /// The branch.
        branch: String,
    },
    /// The changes of one commit.
    Commit {
        /// Its id, or the beginning of it.
        sha: String,
        /// What it is called.
        #[serde(default)]
        title: Option<String>,
    },
    /// What the user says.
    Custom {
        /// Their words.
        instructions: String,
    },
}

impl ReviewTarget {
    /// What is reviewed, in a few words for people.
    pub fn hint(&self) -> String {
        match self {
            Self::UncommittedChanges => "current changes".to_owned(),
            Self::BaseBranch { branch } => format!("changes against '{branch}'"),
            Self::Commit { sha, title } => {
                let short: String = sha.chars().take(7).collect();
                title.as_ref().map_or_else(|| format!("commit {short}"), |title| format!("commit {short}: {title}"))
            }
            Self::Custom { instructions } => instructions.trim().to_owned(),
        }
    }
}

/// A review began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnteredReviewMode {
    /// What is reviewed.
    pub target: ReviewTarget,
    /// The same in a few words.
    #[serde(default)]
    pub user_facing_hint: String,
}

/// A review ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExitedReviewMode {
    /// What was found; `None` when the review broke off.
    #[serde(default)]
    pub review_output: Option<ReviewOutput>,
}

/// What a reviewer found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ReviewOutput {
    /// One entry a fault, the worst first.
    pub findings: Vec<ReviewFinding>,
    /// `patch is correct` or `patch is incorrect`.
    pub overall_correctness: String,
    /// Why, in a few sentences.
    pub overall_explanation: String,
    /// From 0 to 1.
    pub overall_confidence_score: f64,
}

/// One fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ReviewFinding {
    /// One line.
    pub title: String,
    /// What goes wrong, when, and why.
    pub body: String,
    /// From 0 to 1.
    pub confidence_score: f64,
    /// From 0, which cannot wait, to 3.
    pub priority: i32,
    /// Where.
    pub code_location: CodeLocation,
}

/// Some lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CodeLocation {
    /// The file.
    pub absolute_file_path: PathBuf,
    /// The lines.
    pub line_range: LineRange,
}

/// Lines from `start` to `end`, both included, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LineRange {
    /// First line.
    pub start: u32,
    /// Last line.
    pub end: u32,
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn targets_are_spelt_as_session_files_spell_them() {
        for (target, wire, hint) in [
            (ReviewTarget::UncommittedChanges, json!({"type": "uncommittedChanges"}), "current changes"),
            (
                ReviewTarget::BaseBranch { branch: "main".to_owned() },
                json!({"type": "baseBranch", "branch": "main"}),
                "changes against 'main'",
            ),
            (
                ReviewTarget::Commit { sha: "0123456789".to_owned(), title: Some("Add it".to_owned()) },
                json!({"type": "commit", "sha": "0123456789", "title": "Add it"}),
                "commit 0123456: Add it",
            ),
            (
                ReviewTarget::Custom { instructions: " the parser ".to_owned() },
                json!({"type": "custom", "instructions": " the parser "}),
                "the parser",
            ),
        ] {
            assert_eq!(serde_json::to_value(&target).unwrap(), wire);
            assert_eq!(serde_json::from_value::<ReviewTarget>(wire).unwrap(), target);
            assert_eq!(target.hint(), hint);
        }
    }
}
