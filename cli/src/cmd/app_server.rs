//! `codex app-server`: serves editors and other programs over JSON-RPC; writes the wire's types to a folder.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use codex_app_server::{AuthFlags, AuthMode, Listen, Surroundings};
use codex_app_server_protocol::generate::{self, Surface};
use codex_exec::args::{ConfigFlags, Overrides};

use crate::cmd::config_options::options_in;
use crate::failure::Failure;
use crate::surroundings::{Environment, FrontEnd, gather};
use crate::{logging, runtime};

/// Clients replace the names with their own.
const APP_SERVER: FrontEnd = FrontEnd { originator: "codex_app_server", client: "codex-app-server", source: "vscode" };

/// `codex app-server`.
#[derive(Args, Debug)]
pub(crate) struct AppServerCommand {
    #[command(subcommand)]
    command: Option<Tooling>,

    #[command(flatten)]
    overrides: Overrides,

    /// Where clients come from: `stdio://`, `ws://IP:PORT`, `unix://PATH`, or `unix://` for a socket in the home folder
    #[arg(long, value_name = "URL", default_value = "stdio://")]
    listen: Listen,

    /// How WebSocket clients show who they are; needed where other machines can reach the server
    #[arg(long, value_name = "MODE", value_enum)]
    ws_auth: Option<WsAuth>,

    /// File with the token of `--ws-auth capability-token`
    #[arg(long, value_name = "PATH")]
    ws_token_file: Option<PathBuf>,

    /// File with the secret of `--ws-auth signed-bearer-token`, 32 bytes at least
    #[arg(long, value_name = "PATH")]
    ws_shared_secret_file: Option<PathBuf>,

    /// Who has to have issued a signed token
    #[arg(long, value_name = "ISSUER")]
    ws_issuer: Option<String>,

    /// Whom a signed token has to be for
    #[arg(long, value_name = "AUDIENCE")]
    ws_audience: Option<String>,

    /// How far clocks may differ
    #[arg(long, value_name = "SECONDS")]
    ws_max_clock_skew_seconds: Option<u64>,

    /// Accepted for clients that pass it: nothing is ever sent home
    #[arg(long, hide = true)]
    analytics_default_enabled: bool,
}

/// The ways clients show who they are.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum WsAuth {
    /// A token that all clients share.
    CapabilityToken,
    /// A JSON web token signed with a shared secret.
    SignedBearerToken,
}

#[derive(Debug, Subcommand)]
enum Tooling {
    /// Write the types of the wire as TypeScript
    GenerateTs(GenerateArgs),

    /// Write the types of the wire as JSON Schema
    GenerateJsonSchema(GenerateArgs),
}

#[derive(Args, Debug)]
struct GenerateArgs {
    /// Folder to write to; made when it is not there
    #[arg(short = 'o', long = "out", value_name = "DIR")]
    out: PathBuf,

    /// Also what clients have to ask for
    #[arg(long)]
    experimental: bool,

    /// Accepted for scripts that pass it; the files need no formatter
    #[arg(short = 'p', long = "prettier", value_name = "BIN", hide = true)]
    _prettier: Option<PathBuf>,
}

/// Serves, or writes the types.
pub(crate) fn run(command: AppServerCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    let write = match &command.command {
        None => return serve(command, outer),
        Some(Tooling::GenerateTs(args)) => generate::typescript(&args.out, args.surface()),
        Some(Tooling::GenerateJsonSchema(args)) => generate::json_schema(&args.out, args.surface()),
    };
    write.map(|()| 0).map_err(|error| Failure::new(format!("Error: {error}")))
}

impl GenerateArgs {
    fn surface(&self) -> Surface {
        if self.experimental { Surface::WithExperimental } else { Surface::Stable }
    }
}

/// `codex stdio-to-uds`.
#[derive(Args, Debug)]
pub(crate) struct StdioToUds {
    /// The socket
    #[arg(value_name = "SOCKET")]
    socket: PathBuf,
}

/// Connects standard input and output with a server's socket.
pub(crate) fn stdio_to_uds(args: &StdioToUds) -> Result<u8, Failure> {
    let bridged = runtime::block_on(codex_app_server::bridge(&args.socket))?;
    bridged.map(|()| 0).map_err(|error| Failure::new(format!("Error: {error}")))
}

fn serve(command: AppServerCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    let environment = Environment::of_this_process();
    let rust_log = environment.text("RUST_LOG").map(str::to_owned);
    let terminal = environment.text("TERM_PROGRAM").or_else(|| environment.text("TERM")).map(str::to_owned);
    let ambient = gather(environment, &APP_SERVER)?;
    logging::install(rust_log.as_deref(), &ambient);
    let auth = AuthFlags {
        mode: command.ws_auth.map(|mode| match mode {
            WsAuth::CapabilityToken => AuthMode::CapabilityToken,
            WsAuth::SignedBearerToken => AuthMode::SignedBearerToken,
        }),
        token_file: command.ws_token_file,
        shared_secret_file: command.ws_shared_secret_file,
        issuer: command.ws_issuer,
        audience: command.ws_audience,
        max_clock_skew_seconds: command.ws_max_clock_skew_seconds,
    };
    let flags = ConfigFlags { overrides: command.overrides, ..ConfigFlags::default() }.behind(outer);
    let load = options_in(&flags, &ambient)?;
    // A file of settings that cannot be read is told now rather than with the first thread.
    codex_config::load(&load).map_err(|error| Failure::new(error.to_string()))?;
    let surroundings = Surroundings { runtime: ambient.runtime, load, terminal };
    let code = runtime::block_on(codex_app_server::run(command.listen, auth, surroundings))?;
    code.map_err(|error| Failure::new(format!("Error: {error}")))
}
