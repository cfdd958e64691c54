//! The command line of `codex review` and `codex exec review`.

use clap::{Args, ValueHint};

use super::{Overrides, RunFlags};

/// `codex review` and `codex exec review`: what is reviewed, and how the run is told.
#[derive(Args, Clone, Debug, Default)]
pub struct ReviewArgs {
    /// Single keys and features.
    #[command(flatten)]
    pub overrides: Overrides,

    /// Review what is not committed: staged, unstaged and untracked changes
    #[arg(long, conflicts_with_all = ["base", "commit", "prompt"])]
    pub uncommitted: bool,

    /// Review what this branch would get: the changes since it was left
    #[arg(long, value_name = "BRANCH", conflicts_with_all = ["commit", "prompt"])]
    pub base: Option<String>,

    /// Review the changes of one commit
    #[arg(long, value_name = "SHA", conflicts_with = "prompt")]
    pub commit: Option<String>,

    /// What the commit is called
    #[arg(long, value_name = "TITLE", requires = "commit")]
    pub title: Option<String>,

    /// Model to use; it goes before `review_model`
    #[arg(short = 'm', long, value_name = "MODEL")]
    pub model: Option<String>,

    /// Let commands write in the workspace without being asked (`--sandbox workspace-write`)
    #[arg(long)]
    pub full_auto: bool,

    /// Run every command unasked and without a sandbox. Only for machines that are a sandbox themselves
    #[arg(long = "dangerously-bypass-approvals-and-sandbox", alias = "yolo", conflicts_with = "full_auto")]
    pub bypass: bool,

    /// Flags about the run.
    #[command(flatten)]
    pub run: RunFlags,

    /// What to review, in your words. With `-` it is read from standard input
    #[arg(value_name = "PROMPT", value_hint = ValueHint::Other)]
    pub prompt: Option<String>,
}
