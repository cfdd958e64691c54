//! `codex demo`: a whole run on a small example, with real tools and a model that is a recording.
//!
//! It needs `sh` and git, and neither configuration, key nor network. The demo checks its own claim:
//! the test failed before the run and passes after it, or the demo fails.

mod play;
mod workspace;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use codex_core::Traffic;
use codex_exec::Ambient;

use self::play::{Played, Stage};
use self::workspace::Workspace;
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};
use crate::{logging, runtime};

/// What the model said and asked for when this was recorded.
const RECORDING: &str = include_str!("recording.jsonl");

/// `codex demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Play this recording instead of the built-in one
    #[arg(long, value_name = "FILE", hide = true)]
    recording: Option<PathBuf>,

    /// Ask the model server at this base URL, and write what it says to the recording
    #[arg(long, value_name = "URL", hide = true, requires = "recording")]
    live: Option<String>,
}

/// Runs the demo and returns the exit code.
pub(crate) fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let environment = Environment::of_this_process();
    logging::install_without_file(environment.text("RUST_LOG"));
    let ambient = gather_with_fallback(environment)?;
    let workspace = Workspace::make(&ambient)?;
    say(&introduction(&workspace, args));
    let before = workspace.test()?;
    say(&format!("\n$ sh test.sh\n{}(exit code {})\n\nThe run:\n", before.output, before.code));
    if before.code == 0 {
        return Err(Failure::new("Error: the test of the example should fail before the run, and it passes"));
    }
    let stage = Stage { workspace: &workspace, ambient: &ambient, traffic: traffic(args)?, base_url: args.live.as_deref() };
    let played = runtime::block_on(play::play(stage, say))??;
    let after = workspace.test()?;
    say(&format!("\n$ sh test.sh\n{}(exit code {})\n", after.output, after.code));
    if after.code != 0 {
        return Err(
            Failure::new("Error: the run ended, and the test still fails").hint(format!("look into {}", workspace.folder().display()))
        );
    }
    say(&conclusion(&workspace, &played));
    Ok(0)
}

/// The demo has to run for somebody without a usable home, too: it then makes one beside its example.
fn gather_with_fallback(environment: Environment) -> Result<Ambient, Failure> {
    let named = environment.get("CODEX_HOME").is_some_and(|name| !name.is_empty());
    match gather(environment, &EXEC) {
        Err(_) if !named => {
            let fresh = tempfile::Builder::new().prefix("codex-demo-home-").tempdir();
            let fresh = fresh.map_err(|error| Failure::new(format!("Error: cannot make a folder for the session: {error}")))?.keep();
            gather(Environment::of_this_process().with("CODEX_HOME", fresh.as_os_str()), &EXEC)
        }
        gathered => gathered,
    }
}

fn traffic(args: &DemoArgs) -> Result<Traffic, Failure> {
    match (&args.recording, &args.live) {
        (None, _) => Ok(Traffic::Replay { text: RECORDING.to_owned(), lenient: false }),
        (Some(path), Some(_)) => Ok(Traffic::Record(path.clone())),
        (Some(path), None) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::new(format!("Error: cannot read the recording {}: {error}", path.display())))?;
            Ok(Traffic::Replay { text, lenient: false })
        }
    }
}

fn say(text: &str) {
    // Somebody who has seen enough of a demo closes the pipe; that harms nothing.
    crate::output::print(text);
}

fn introduction(workspace: &Workspace, args: &DemoArgs) -> String {
    let model = match &args.live {
        None => "The model is a recording: no key and no network are used. Sandbox, patch and test run are real.",
        Some(_) => "The model is a server, and its answers are being recorded.",
    };
    format!("{model}\n\nThe workspace is a git repository with a failing test:\n  {}\n", workspace.folder().display())
}

fn conclusion(workspace: &Workspace, played: &Played) -> String {
    let mut text = String::from("\nThe test failed before the run and passes now. What changed:\n\n");
    for line in played.diff.lines() {
        let _ = writeln!(text, "  {}", codex_exec::sanitize(line));
    }
    let session = played.session.as_ref().map_or_else(|| "nowhere".to_owned(), |path: &PathBuf| path.display().to_string());
    let _ = write!(
        text,
        "\nThe session, with every step of it, was saved in\n  {session}\n\
         \nTo go on with a real model in place of the recording, in the same workspace:\n\n  \
         cd {}\n  \
         OPENAI_API_KEY=sk-... codex exec \"explain what sum.sh does\"              # with a key of OpenAI, or\n  \
         codex exec --oss --local-provider ollama \"explain what sum.sh does\"   # with a model on this machine\n",
        workspace.folder().display(),
    );
    text
}
