//! From the command line to everything a run needs: configuration, prompt, schema, traffic.
//!
//! Checks come in the order of their cost, and all of them before anything is sent or written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_config::{Config, LoadOptions};
use codex_core::{StartOptions, Traffic, TurnLimits};
use codex_otel::Telemetry;
use codex_protocol::event::ReviewTarget;
use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{ApprovalPolicy, Op};

use crate::ambient::{Ambient, StreamKind};
use crate::args::{ConfigFlags, Request, ReviewSubject, RunFlags};
use crate::error::ExecError;
use crate::prompt::{PromptSource, prompt_source, read_prompt};
use crate::schema::read_schema;
use crate::telemetry;

/// A run that may start.
pub(crate) struct Prepared {
    pub(crate) config: Arc<Config>,
    pub(crate) start: StartOptions,
    /// The turn.
    pub(crate) op: Op,
    /// The text of the prompt, for the log.
    pub(crate) prompt: String,
    /// What tells a collector of the run; `None` unless the settings name one.
    pub(crate) telemetry: Option<Telemetry>,
}

/// Checks everything and reads what the run needs.
pub(crate) fn prepare(request: &Request, ambient: &Ambient) -> Result<Prepared, ExecError> {
    request.config.check().map_err(ExecError::Config)?;
    let cwd = working_folder(request.config.cd.as_deref(), &ambient.cwd)?;
    let options = load_options(&request.config, cwd, ambient);
    let mut config = codex_config::load(&options).map_err(|error| ExecError::Config(error.to_string()))?;
    // Somebody may have set it before; then it stays.
    let _ = ambient.log_folder.set(config.log_dir.clone());
    let trusted = request.run.skip_git_repo_check || request.config.bypass || codex_git::find_root(&config.cwd).is_some();
    if !trusted {
        return Err(ExecError::NotTrusted);
    }
    if !config.cwd.is_dir() {
        return Err(ExecError::WorkingFolder { path: config.cwd, source: io::ErrorKind::NotADirectory.into() });
    }
    let output_schema = request.output_schema.as_ref().map(|path| read_schema(&ambient.cwd.join(path))).transpose()?;
    let start = start_options(&request.run, ambient)?;
    let (op, prompt) = match &request.review {
        None => turn(request, output_schema, ambient)?,
        Some(subject) => {
            if request.config.model.is_some() {
                // Said for this run, so it goes before what is set for all reviews.
                config.review_model = None;
            }
            review(subject, request, ambient)?
        }
    };
    // A replay does not use the network.
    let (telemetry, warnings) = match request.run.replay {
        None => telemetry::start(&config, &ambient.runtime.version),
        Some(_) => (None, Vec::new()),
    };
    config.warnings.extend(warnings);
    Ok(Prepared { config: Arc::new(config), start, op, prompt, telemetry })
}

/// A turn of the user's, and its text.
fn turn(request: &Request, output_schema: Option<serde_json::Value>, ambient: &Ambient) -> Result<(Op, String), ExecError> {
    let prompt = obtain_prompt(request.prompt.clone(), ambient.stdin)?;
    let images = request.images.iter().map(|path| UserInput::LocalImage { path: ambient.cwd.join(path) });
    let turn = UserTurn { input: images.chain([UserInput::text(&prompt)]).collect(), output_schema, ..UserTurn::default() };
    Ok((Op::UserTurn(turn), prompt))
}

/// A review, and what it is about in a few words.
fn review(subject: &ReviewSubject, request: &Request, ambient: &Ambient) -> Result<(Op, String), ExecError> {
    let target = match subject {
        ReviewSubject::Named(target) => target.clone(),
        ReviewSubject::Prompt => ReviewTarget::Custom { instructions: obtain_prompt(request.prompt.clone(), ambient.stdin)? },
        ReviewSubject::Missing => return Err(ExecError::NothingToReview),
    };
    let blank = matches!(&target, ReviewTarget::Custom { instructions } if instructions.trim().is_empty());
    if blank { Err(ExecError::NothingToReview) } else { Ok((Op::Review(target.clone()), target.hint())) }
}

fn working_folder(cd: Option<&Path>, cwd: &Path) -> Result<PathBuf, ExecError> {
    let path = cd.map_or_else(|| cwd.to_path_buf(), |cd| cwd.join(cd));
    path.canonicalize().map_err(|source| ExecError::WorkingFolder { path, source })
}

fn load_options(flags: &ConfigFlags, cwd: PathBuf, ambient: &Ambient) -> LoadOptions {
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    let env = ambient.runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    let enabled = flags.overrides.enable.iter().map(|name| (name.clone(), true));
    let disabled = flags.overrides.disable.iter().map(|name| (name.clone(), false));
    LoadOptions {
        codex_home: ambient.codex_home.clone(),
        system_dir: ambient.system_dir.clone(),
        env: env.collect(),
        overrides: flags.overrides.config.clone(),
        feature_flags: enabled.chain(disabled).collect(),
        model: flags.model.clone(),
        profile: flags.profile.clone(),
        sandbox_mode: flags.sandbox.map(|flag| flag.0),
        // Nobody is there to answer a question.
        approval_policy: Some(ApprovalPolicy::Never),
        full_auto: flags.full_auto,
        bypass: flags.bypass,
        add_dirs: flags.add_dirs.iter().map(|path| cwd.join(path)).collect(),
        oss: flags.oss,
        local_provider: flags.local_provider.clone(),
        strict: flags.strict_config,
        cwd,
        ..LoadOptions::default()
    }
}

fn start_options(flags: &RunFlags, ambient: &Ambient) -> Result<StartOptions, ExecError> {
    let traffic = match (&flags.record, &flags.replay) {
        (Some(path), _) => Traffic::Record(ambient.cwd.join(path)),
        (None, Some(path)) => {
            let path = ambient.cwd.join(path);
            let text = std::fs::read_to_string(&path).map_err(|source| ExecError::RecordingUnreadable { path, source })?;
            Traffic::Replay { text, lenient: flags.replay_lenient }
        }
        (None, None) => Traffic::Live,
    };
    let limits = TurnLimits { max_requests: flags.max_turns, max_tokens: flags.max_tokens };
    Ok(StartOptions {
        ephemeral: flags.ephemeral,
        traffic,
        limits,
        end_sessions_with_turn: true,
        nobody_to_ask: true,
        ..StartOptions::default()
    })
}

fn obtain_prompt(argument: Option<String>, stdin: StreamKind) -> Result<String, ExecError> {
    match prompt_source(argument, stdin == StreamKind::Terminal)? {
        PromptSource::Given(prompt) => Ok(prompt),
        PromptSource::Stdin { announce } => {
            if announce {
                // Nothing is lost when nobody reads this.
                let _ = writeln!(io::stderr(), "Reading prompt from stdin...");
            }
            read_prompt(io::stdin().lock())
        }
    }
}
