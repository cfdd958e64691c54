//! The interactive screen: `codex`, `codex resume`, `codex fork`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use codex_config::LoadOptions;
use codex_exec::args::ConfigFlags;
use codex_exec::{Ambient, StreamKind};
use codex_protocol::ApprovalPolicy;
use codex_tui::{Conversation, Launch, Place, Surroundings};

use crate::browser::Desktop;
use crate::failure::Failure;
use crate::surroundings::{CLI, Environment, gather};
use crate::{logging, runtime};

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

impl AskForApproval {
    fn policy(self) -> ApprovalPolicy {
        match self {
            Self::Untrusted => ApprovalPolicy::Untrusted,
            Self::OnFailure => ApprovalPolicy::OnFailure,
            Self::OnRequest => ApprovalPolicy::OnRequest,
            Self::Never => ApprovalPolicy::Never,
        }
    }
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

    /// Show overlays below the conversation instead of on a screen of their own
    #[arg(long)]
    pub(crate) no_alt_screen: bool,

    /// Flat, labelled lines for a screen reader: no boxes, nothing that moves
    #[arg(long)]
    pub(crate) screen_reader: bool,

    /// Show a thread that runs in an app server elsewhere: `ws://HOST:PORT`, `wss://HOST:PORT` or `unix://PATH`
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

/// What a conversation on the screen is started with.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// Flags that choose the configuration, of every level of the command line.
    pub(crate) config: ConfigFlags,
    /// Flags of the screen, of every level.
    pub(crate) screen: ScreenFlags,
    /// Which conversation.
    pub(crate) conversation: Conversation,
    /// What is said first.
    pub(crate) prompt: Option<String>,
}

impl ScreenFlags {
    /// Fills what is not set here from an outer level of the command line.
    pub(crate) fn behind(self, mut outer: Self) -> Self {
        outer.images.extend(self.images);
        Self {
            ask_for_approval: self.ask_for_approval.or(outer.ask_for_approval),
            search: self.search || outer.search,
            images: outer.images,
            no_alt_screen: self.no_alt_screen || outer.no_alt_screen,
            screen_reader: self.screen_reader || outer.screen_reader,
            remote: self.remote.or(outer.remote),
            remote_auth_token_env: self.remote_auth_token_env.or(outer.remote_auth_token_env),
        }
    }
}

/// Opens the screen; returns the exit code.
pub(crate) fn run(opening: Opening) -> Result<u8, Failure> {
    let environment = Environment::of_this_process();
    let rust_log = environment.text("RUST_LOG").map(str::to_owned);
    let ambient = gather(environment, &CLI)?;
    let launch = launch(opening, &ambient)?;
    logging::install_file_alone(rust_log.as_deref(), &ambient);
    let surroundings = surroundings(&ambient);
    let exit = runtime::block_on(codex_tui::run(launch, surroundings))?;
    exit.map(|exit| exit.code).map_err(|error| Failure::new(error.to_string()))
}

fn surroundings(ambient: &Ambient) -> Surroundings {
    let env = ambient.runtime.outside_env(&ambient.cwd);
    let secrets: Vec<String> = ["OPENAI_API_KEY", "CODEX_API_KEY"].map(str::to_owned).to_vec();
    Surroundings {
        runtime: Arc::clone(&ambient.runtime),
        log_folder: Arc::clone(&ambient.log_folder),
        stdin_is_terminal: ambient.stdin == StreamKind::Terminal,
        stdout_is_terminal: ambient.stdout == StreamKind::Terminal,
        open_browser: Arc::new(move |url| Desktop { env: &env, secrets: &secrets }.open(url)),
    }
}

fn launch(opening: Opening, ambient: &Ambient) -> Result<Launch, Failure> {
    let Opening { config, screen, conversation, prompt } = opening;
    config.check().map_err(Failure::new)?;
    let place = place(&screen, &config, ambient)?;
    // A folder of another machine is looked for there.
    let own = config.cd.as_ref().filter(|_| place.as_ref().is_none_or(Place::is_here));
    let folder = own.map_or_else(|| ambient.cwd.clone(), |cd| ambient.cwd.join(cd));
    let cwd = folder.canonicalize().map_err(|error| Failure::new(format!("Error: {error}: {}", folder.display())))?;
    if !cwd.is_dir() {
        return Err(Failure::new(format!("Error: not a folder: {}", cwd.display())));
    }
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    let mut overrides = config.overrides.config;
    if screen.search {
        overrides.push("web_search=\"live\"".to_owned());
    }
    let enabled = config.overrides.enable.iter().map(|name| (name.clone(), true));
    let disabled = config.overrides.disable.iter().map(|name| (name.clone(), false));
    let options = LoadOptions {
        codex_home: ambient.codex_home.clone(),
        system_dir: ambient.system_dir.clone(),
        env: ambient.runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect(),
        feature_flags: enabled.chain(disabled).collect(),
        overrides,
        model: config.model,
        profile: config.profile,
        sandbox_mode: config.sandbox.map(|flag| flag.0),
        approval_policy: screen.ask_for_approval.map(AskForApproval::policy),
        full_auto: config.full_auto,
        bypass: config.bypass,
        add_dirs: config.add_dirs.iter().map(|path| cwd.join(path)).collect(),
        oss: config.oss,
        local_provider: config.local_provider,
        strict: config.strict_config,
        cwd,
        ..LoadOptions::default()
    };
    let images = screen.images.iter().map(|path| ambient.cwd.join(path)).collect();
    Ok(Launch { options, conversation, place, prompt, images, no_alt_screen: screen.no_alt_screen, screen_reader: screen.screen_reader })
}

/// The server that `--remote` names, with what the flags say to it.
fn place(screen: &ScreenFlags, config: &ConfigFlags, ambient: &Ambient) -> Result<Option<Place>, Failure> {
    let Some(address) = screen.remote.clone() else { return Ok(None) };
    let known = ["ws://", "wss://", "unix://"].iter().any(|scheme| address.len() > scheme.len() && address.starts_with(scheme));
    if !known {
        let why = format!("Error: `{address}` is no address of a server: use `ws://HOST:PORT`, `wss://HOST:PORT` or `unix://PATH`");
        return Err(Failure::new(why));
    }
    let token = match &screen.remote_auth_token_env {
        None => None,
        Some(name) => {
            let value =
                ambient.runtime.env.get(std::ffi::OsStr::new(name)).and_then(|value| value.to_str()).filter(|value| !value.is_empty());
            let missing = || Failure::new(format!("Error: the variable {name} of --remote-auth-token-env is not set"));
            Some(value.ok_or_else(missing)?.to_owned())
        }
    };
    let mut place = Place { address, token, settings: codex_app_server_client::ThreadSettings::default() };
    let cwd = match &config.cd {
        Some(cd) if place.is_here() => Some(ambient.cwd.join(cd)),
        Some(cd) => Some(cd.clone()),
        None => place.is_here().then(|| ambient.cwd.clone()),
    };
    let settings = codex_exec::remote::settings(config, cwd.as_deref()).map_err(|error| Failure::new(error.to_string()))?;
    let policy = match screen.ask_for_approval.map(AskForApproval::policy) {
        None if config.bypass => Some(ApprovalPolicy::Never),
        None => config.full_auto.then_some(ApprovalPolicy::OnRequest),
        policy => policy,
    };
    let spelt = policy.and_then(|policy| serde_json::to_value(policy).ok()).and_then(|value| serde_json::from_value(value).ok());
    place.settings = codex_app_server_client::ThreadSettings { approval_policy: spelt, ..settings };
    if screen.search {
        place.settings.config.get_or_insert_default().insert("web_search".to_owned(), "live".into());
    }
    Ok(Some(place))
}
