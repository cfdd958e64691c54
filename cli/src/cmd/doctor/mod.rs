//! `codex doctor`: one line for each thing a run needs, with a way out where something is amiss.
//!
//! Looks and changes nothing. The only connection it opens is to the address of the configured provider, without sending a word.

mod auth;
mod checks;
mod network;
mod report;

use std::path::PathBuf;

use clap::Args;
use codex_config::Config;
use codex_exec::args::ConfigFlags;

use self::report::{Finding, Report};
use crate::cmd::config_options::options_in;
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather_in, working_folder};

/// `codex doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    flags: ConfigFlags,

    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks everything; the exit code is 1 when something would stop a run.
pub(crate) fn run(args: DoctorArgs, outer: ConfigFlags) -> Result<u8, Failure> {
    let mut findings = Vec::new();
    let folder = working_folder().unwrap_or_else(|failure| {
        findings.push(Finding::fail("folder", failure.message()).remedy("go to a folder that is there: `cd`"));
        PathBuf::from("/")
    });
    let ambient = match gather_in(Environment::of_this_process(), &EXEC, || Ok(folder)) {
        Ok(ambient) => ambient,
        Err(failure) => {
            findings.push(Finding::fail("home", failure.message()).remedy("set CODEX_HOME to a folder of yours, or unset it"));
            return Ok(Report::new(findings).print(args.json));
        }
    };
    let options = options_in(&args.flags.behind(outer), &ambient)?;
    let loaded = codex_config::load(&options);
    findings.push(checks::config(&loaded, &ambient.codex_home));
    // What can be said without settings is said although they are broken.
    let config = loaded.unwrap_or_else(|_| Config::built_in(ambient.codex_home.clone(), ambient.cwd.clone()));
    findings.push(auth::check(&config, &ambient)?);
    findings.push(checks::sandbox(&config, &ambient));
    findings.push(checks::terminal(&ambient));
    findings.push(checks::git(&config, &ambient));
    findings.push(checks::mcp_servers(&config, &ambient));
    findings.push(checks::sessions(&ambient.codex_home));
    findings.push(network::provider(&config, &ambient));
    Ok(Report::new(findings).print(args.json))
}
