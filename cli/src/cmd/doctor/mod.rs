//! `codex doctor`: one line for each thing a run needs, with a way out where something is amiss.
//!
//! Looks and changes nothing. The only connection it opens is to the address of the configured provider, without sending a word.

mod checks;
mod network;
mod report;

use clap::Args;
use codex_config::{Config, LoadOptions};
use codex_exec::args::ConfigFlags;

use self::report::{Finding, Report};
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// `codex doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks everything; the exit code is 1 when something would stop a run.
pub(crate) fn run(args: &DoctorArgs, flags: &ConfigFlags) -> Result<u8, Failure> {
    let ambient = match gather(Environment::of_this_process(), &EXEC) {
        Ok(ambient) => ambient,
        Err(failure) => {
            let finding = Finding::fail("home", failure.message()).remedy("set CODEX_HOME to a folder of yours, or unset it");
            return Ok(Report::new(vec![finding]).print(args.json));
        }
    };
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    let options = LoadOptions {
        codex_home: ambient.codex_home.clone(),
        system_dir: ambient.system_dir.clone(),
        cwd: ambient.cwd.clone(),
        env: ambient.runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect(),
        overrides: flags.overrides.config.clone(),
        profile: flags.profile.clone(),
        ..LoadOptions::default()
    };
    let loaded = codex_config::load(&options);
    let mut findings = vec![checks::config(&loaded, &ambient.codex_home)];
    // What can be said without settings is said although they are broken.
    let config = loaded.unwrap_or_else(|_| Config::built_in(ambient.codex_home.clone(), ambient.cwd.clone()));
    findings.push(checks::credentials(&config, &ambient));
    findings.push(checks::sandbox(&config, &ambient));
    findings.push(checks::terminal(&ambient));
    findings.push(checks::git(&config, &ambient));
    findings.push(checks::mcp_servers(&config, &ambient));
    findings.push(checks::sessions(&ambient.codex_home));
    findings.push(network::provider(&config, &ambient));
    Ok(Report::new(findings).print(args.json))
}
