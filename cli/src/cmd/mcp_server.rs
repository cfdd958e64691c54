//! `codex mcp-server`: serves this program as an MCP server on standard input and output.

use clap::{Args, ValueEnum};
use codex_config::LoadOptions;
use codex_exec::args::{ConfigFlags, Overrides};
use codex_mcp_server::{FurtherTools, Surroundings};

use crate::cmd::config_options::options_in;
use crate::failure::Failure;
use crate::surroundings::{Environment, FrontEnd, gather};
use crate::{logging, runtime};

/// Clients are told of in the user agent alone.
const MCP_SERVER: FrontEnd = FrontEnd { originator: "codex_cli_rs", client: "codex-mcp-server", source: "mcp" };

/// `codex mcp-server`.
#[derive(Args, Debug)]
pub(crate) struct McpServerArgs {
    #[command(flatten)]
    overrides: Overrides,

    /// Offer further tools: `sandboxed` adds `exec` and `apply_patch` under the configured sandbox and approvals
    #[arg(long, value_name = "SET", value_enum)]
    tools: Option<Tools>,
}

/// Sets of tools.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tools {
    /// `exec` and `apply_patch`.
    Sandboxed,
}

/// Serves until standard input ends.
pub(crate) fn run(args: McpServerArgs, outer: ConfigFlags) -> Result<u8, Failure> {
    let environment = Environment::of_this_process();
    let rust_log = environment.text("RUST_LOG").map(str::to_owned);
    let terminal = environment.text("TERM_PROGRAM").or_else(|| environment.text("TERM")).map(str::to_owned);
    let ambient = gather(environment, &MCP_SERVER)?;
    logging::install(rust_log.as_deref(), &ambient);
    let flags = ConfigFlags { overrides: args.overrides, ..ConfigFlags::default() }.behind(outer);
    let load: LoadOptions = options_in(&flags, &ambient)?;
    // A file of settings that cannot be read is told now rather than with the first call.
    codex_config::load(&load).map_err(|error| Failure::new(error.to_string()))?;
    let surroundings = Surroundings { runtime: ambient.runtime, load, terminal };
    let further = match args.tools {
        None => FurtherTools::None,
        Some(Tools::Sandboxed) => FurtherTools::Sandboxed,
    };
    let code = runtime::block_on(codex_mcp_server::run(surroundings, further))?;
    code.map_err(|error| Failure::new(format!("Error: {error}")))
}
