//! `codex login` and `codex logout`: signing in, saying who is signed in, signing out.
//!
//! What is told goes to standard error; scripts match on its lines and on the exit codes. A key is taken from standard
//! input alone: what stands on a command line is read by others.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io::{IsTerminal, Read, Write};

use clap::{Args, Subcommand};
use codex_config::Config;
use codex_exec::args::{ConfigFlags, Overrides};
use codex_login::{Account, ApiKey, BrowserSignIn, DeviceSignIn, Login, LoginError, Restriction};
use codex_protocol::login::{CredentialsStore, LoginMethod};

use crate::browser::Desktop;
use crate::cmd::config_options::{load, options_in};
use crate::failure::Failure;
use crate::runtime;
use crate::surroundings::{EXEC, Environment, gather};

/// Most bytes that are read in search of a key.
const LONGEST_KEY: u64 = 64 * 1024;

/// What `codex login --help` ends with.
const AFTER_HELP: &str = "\
Without an option a browser on this machine is used. `issuer` and `client_id` in
`[login]` of config.toml say where people sign in; a key needs neither.";

/// `codex login`.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub(crate) struct LoginCommand {
    #[command(subcommand)]
    command: Option<LoginForm>,

    /// Read an API key from standard input: `printenv OPENAI_API_KEY | codex login --with-api-key`
    #[arg(long)]
    with_api_key: bool,

    /// Sign in with a browser on another device
    #[arg(long, conflicts_with = "with_api_key")]
    device_auth: bool,

    /// Taken in order to be refused: others can read a command line.
    #[arg(long, hide = true, value_name = "KEY", value_parser = unread)]
    api_key: Option<Unread>,

    #[command(flatten)]
    overrides: Overrides,
}

#[derive(Debug, Subcommand)]
enum LoginForm {
    /// Say how you are signed in; the exit code is 1 when you are not
    Status(StatusArgs),
}

/// `codex login status`.
#[derive(Args, Debug)]
struct StatusArgs {
    #[command(flatten)]
    overrides: Overrides,
}

/// `codex logout`.
#[derive(Args, Debug)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    overrides: Overrides,
}

/// A value that was given and is kept nowhere.
#[derive(Clone, Debug)]
struct Unread;

fn unread(_: &str) -> Result<Unread, Infallible> {
    Ok(Unread)
}

/// Signs in, or says who is signed in.
pub(crate) fn run(command: LoginCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    if command.api_key.is_some() {
        return Err(Failure::new(
            "The --api-key flag is no longer supported. Pipe the key instead, e.g. `printenv OPENAI_API_KEY | codex login --with-api-key`.",
        ));
    }
    let overrides = match &command.command {
        Some(LoginForm::Status(args)) => args.overrides.clone(),
        None => command.overrides.clone(),
    };
    let place = Place::load(overrides, outer)?;
    match command.command {
        Some(LoginForm::Status(_)) => place.status(),
        None if command.with_api_key => place.with_api_key(),
        None if command.device_auth => place.with_device(),
        None => place.with_browser(),
    }
}

/// Signs out.
pub(crate) fn log_out(args: LogoutArgs, outer: ConfigFlags) -> Result<u8, Failure> {
    Place::load(args.overrides, outer)?.log_out()
}

/// Tells a person, or a script, one line.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", codex_exec::sanitize(line));
}

/// Whose credentials, and where.
struct Place {
    config: Config,
    login: Login,
    /// For programs that are started outside of any sandbox.
    outside_env: BTreeMap<OsString, OsString>,
}

impl Place {
    fn load(overrides: Overrides, mut outer: ConfigFlags) -> Result<Self, Failure> {
        outer.overrides = overrides.behind(outer.overrides);
        let ambient = gather(Environment::of_this_process(), &EXEC)?;
        let config = load(&options_in(&outer, &ambient)?)?;
        let login = codex_core::login(&config, &ambient.runtime);
        Ok(Self { config, login, outside_env: ambient.runtime.outside_env(&ambient.cwd) })
    }

    fn status(&self) -> Result<u8, Failure> {
        let account = runtime::block_on(self.login.account())?;
        let account = account.map_err(|error| Failure::new(format!("Error checking login status: {}", status_error(&error))))?;
        let forbidden = match (self.config.login.forced_method, &account) {
            (Some(LoginMethod::ChatGpt), Some(Account::ApiKey { .. })) => Some("an account"),
            (Some(LoginMethod::Api), Some(Account::ChatGpt { .. })) => Some("an API key"),
            _ => None,
        };
        if let Some(wanted) = forbidden {
            tell(&format!("warning: `forced_login_method` demands {wanted}: the next run forgets this sign-in"));
        }
        match account {
            None => {
                tell("Not logged in");
                return Ok(1);
            }
            Some(Account::ApiKey { masked }) => tell(&format!("Logged in using an API key - {masked}")),
            Some(Account::ChatGpt { email, plan, account_id }) => {
                tell("Logged in using ChatGPT");
                let facts = [("account", email), ("plan", plan), ("workspace", account_id)];
                let facts: Vec<String> = facts.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?))).collect();
                if !facts.is_empty() {
                    tell(&facts.join(", "));
                }
            }
        }
        Ok(0)
    }

    fn with_api_key(&self) -> Result<u8, Failure> {
        self.check_that_it_lasts()?;
        if std::io::stdin().is_terminal() {
            return Err(Failure::new("--with-api-key expects the API key on standard input.")
                .hint("`printenv OPENAI_API_KEY | codex login --with-api-key`"));
        }
        tell("Reading API key from stdin...");
        let mut text = String::new();
        let read = std::io::stdin().take(LONGEST_KEY).read_to_string(&mut text);
        read.map_err(|error| Failure::new(format!("Failed to read API key from stdin: {error}")))?;
        let key = ApiKey::new(&text).ok_or_else(|| Failure::new("No API key provided via stdin."))?;
        if !key.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::new("Error logging in: what was read is no API key: it has blanks, line ends or letters that no key has"));
        }
        runtime::block_on(self.login.save_api_key(&key))?.map_err(|error| sign_in_failed("Error logging in", &error))?;
        tell("Successfully logged in");
        Ok(0)
    }

    fn with_browser(&self) -> Result<u8, Failure> {
        self.check_that_it_lasts()?;
        runtime::block_on(async {
            let sign_in = self.login.start_browser().await?;
            self.tell_address(&sign_in);
            sign_in.completed().await
        })?
        .map_err(|error| sign_in_failed("Error logging in", &error))?;
        tell("Successfully logged in");
        Ok(0)
    }

    fn tell_address(&self, sign_in: &BrowserSignIn) {
        tell(&format!("Starting local login server on http://localhost:{}.", sign_in.port()));
        let secrets = self.config.credential_variables();
        let desktop = Desktop { env: &self.outside_env, secrets: &secrets };
        let opened = desktop.open(sign_in.url());
        tell(if opened {
            "Your browser should open. If it does not, open this address in it:"
        } else {
            "Open this address in your browser:"
        });
        tell(&format!("\n{}\n", sign_in.url()));
        tell("Without a browser on this machine, use `codex login --device-auth` instead.");
    }

    fn with_device(&self) -> Result<u8, Failure> {
        self.check_that_it_lasts()?;
        runtime::block_on(async {
            let sign_in = self.login.start_device().await?;
            tell_code(&sign_in);
            sign_in.completed().await
        })?
        .map_err(|error| sign_in_failed("Error logging in with device code", &error))?;
        tell("Successfully logged in");
        Ok(0)
    }

    /// What is kept in the memory of this process is gone a moment later.
    fn check_that_it_lasts(&self) -> Result<(), Failure> {
        if self.config.login.store == CredentialsStore::Ephemeral {
            return Err(Failure::new(
                "Error logging in: `cli_auth_credentials_store = \"ephemeral\"` keeps credentials in the memory of one process, and this one is about to end",
            )
            .hint("CODEX_API_KEY gives a key to a single run"));
        }
        Ok(())
    }

    fn log_out(&self) -> Result<u8, Failure> {
        let out = runtime::block_on(self.login.logout())?.map_err(|error| Failure::new(format!("Error logging out: {error}")))?;
        match out.not_revoked {
            // Nobody could have been told.
            None | Some(LoginError::NotConfigured { .. } | LoginError::NotOffered { .. }) => {}
            Some(error) => tell(&format!("warning: the sign-in server still takes the tokens until they end: {error}")),
        }
        tell(if out.was_signed_in { "Successfully logged out" } else { "Not logged in" });
        Ok(0)
    }
}

fn tell_code(sign_in: &DeviceSignIn) {
    tell("Open this address in a browser, on any device:");
    tell(&format!("\n{}\n", sign_in.address()));
    tell("and type in this code:");
    tell(&format!("\n{}\n", sign_in.user_code()));
    tell("Only go on if you started this sign-in yourself. Waiting ...");
}

/// The words for a broken file are those that programs know; its path is told by other commands.
fn status_error(error: &LoginError) -> String {
    match error {
        LoginError::Broken { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

fn sign_in_failed(start: &str, error: &LoginError) -> Failure {
    match error {
        LoginError::Restricted(Restriction::KeyRequired) => Failure::new("ChatGPT login is disabled. Use API key login instead."),
        LoginError::Restricted(Restriction::AccountRequired) => Failure::new("API key login is disabled. Use ChatGPT login instead."),
        LoginError::NotConfigured { .. } => Failure::new(format!("{start}: {error}"))
            .hint("an API key needs none of that: `printenv OPENAI_API_KEY | codex login --with-api-key`"),
        LoginError::PortInUse { .. } => Failure::new(format!("{start}: {error}"))
            .hint("is another `codex login` waiting? `callback_port` in `[login]` names another port"),
        other => Failure::new(format!("{start}: {other}")),
    }
}
