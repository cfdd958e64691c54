//! The interactive screen: `codex`, `codex resume`, `codex fork`. The screen is not built yet; its command line is.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use codex_exec::args::ConfigFlags;

use crate::failure::Failure;

/// When to ask before a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AskForApproval {
    /// Unless the command is known to be safe
    Untrusted,
    /// When a command failed in the sandbox
    OnFailure,
    /// When the model asks for it
    OnRequest,
    /// Never
    Never,
}

/// Flags of the screen.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ScreenFlags {
    /// When to ask before a command runs. `exec` has nobody to ask and never does
    #[arg(short = 'a', long = "ask-for-approval", value_name = "POLICY", value_enum)]
    pub(crate) ask_for_approval: Option<AskForApproval>,

    /// Let the model search the web live
    #[arg(long)]
    pub(crate) search: bool,

    /// Image to send with the prompt (repeatable, or several with commas); put the prompt before it
    #[arg(short = 'i', long = "image", value_name = "FILE", num_args = 1.., value_delimiter = ',', value_hint = clap::ValueHint::FilePath)]
    pub(crate) images: Vec<PathBuf>,

    /// Draw below the prompt of the shell instead of on a screen of its own
    #[arg(long)]
    pub(crate) no_alt_screen: bool,

    /// Show a thread that runs in an app server elsewhere: `ws://HOST:PORT` or `wss://HOST:PORT`
    #[arg(long, value_name = "ADDR", value_hint = clap::ValueHint::Url)]
    pub(crate) remote: Option<String>,

    /// Variable that holds the bearer token for --remote
    #[arg(long, value_name = "ENV_VAR", requires = "remote")]
    pub(crate) remote_auth_token_env: Option<String>,
}

/// `codex resume` and `codex fork`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct EarlierArgs {
    #[command(flatten)]
    pub(crate) config: ConfigFlags,

    #[command(flatten)]
    pub(crate) screen: ScreenFlags,

    /// The newest session of this folder, without asking which
    #[arg(long)]
    pub(crate) last: bool,

    /// Sessions of every folder
    #[arg(long)]
    pub(crate) all: bool,

    /// Sessions of `codex exec` and of other programs too
    #[arg(long)]
    pub(crate) include_non_interactive: bool,

    /// Id or name of the session; without it you choose from a list
    #[arg(value_name = "SESSION_ID")]
    pub(crate) session: Option<String>,

    /// What to say first
    #[arg(value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,
}

/// Which conversation the screen shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Conversation {
    /// A new one.
    New,
    /// An earlier one, continued.
    Resumed,
    /// A copy of an earlier one.
    Forked,
}

/// Opens the screen.
pub(crate) fn run(conversation: Conversation) -> Result<u8, Failure> {
    Err(match conversation {
        Conversation::New => Failure::new("Error: the interactive screen of `codex` is not built yet")
            .hint("`codex exec \"PROMPT\"` does one task and ends")
            .hint("`codex demo` shows a whole run without a key and without network")
            .hint("`codex --help` lists everything"),
        Conversation::Resumed => Failure::new("Error: `codex resume` is not built yet: it needs the interactive screen")
            .hint("`codex exec resume` goes on with a session"),
        Conversation::Forked => Failure::new("Error: `codex fork` is not built yet: it needs the interactive screen"),
    })
}
