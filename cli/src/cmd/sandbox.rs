//! `codex sandbox`: runs one command the way a command of the model runs, to see what it may do.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use codex_config::{Config, LoadOptions};
use codex_protocol::SandboxPolicy;
use codex_sandbox::{SandboxRequest, wrap};

use crate::args::{SandboxArgs, SandboxCommand};
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// Becomes the command; returns only when that was not possible.
pub(crate) fn run(command: SandboxCommand) -> Result<u8, Failure> {
    let args = command.into_args();
    let ambient = gather(Environment::of_this_process(), &EXEC)?;
    let config = config(&args, &ambient)?;
    let policy = if args.full_auto { config.sandbox_policy.clone() } else { SandboxPolicy::read_only() };
    let argv: Vec<String> = args.command.iter().map(text).collect::<Result<_, _>>()?;
    let wrapped = wrap(&SandboxRequest {
        policy: policy.clone(),
        boundary: config.boundary.clone(),
        codex_home: config.codex_home.clone(),
        proxy: None,
        landlock_only: config.feature("use_legacy_landlock"),
        announce: true,
        workspace: ambient.cwd.clone(),
        cwd: ambient.cwd.clone(),
        tmpdir: ambient.runtime.tmpdir.clone(),
        helper: ambient.runtime.codex_exe.clone(),
        argv,
    })
    .map_err(|error| Failure::new(format!("Error: {error}")))?;
    #[expect(clippy::disallowed_methods, reason = "this process becomes the command: there is no group to keep and nothing to wait for")]
    let mut process = Command::new(&wrapped.program);
    process.args(&wrapped.args).env_clear().envs(&ambient.runtime.env);
    if let Some(arg0) = &wrapped.arg0 {
        process.arg0(arg0);
    }
    if !policy.network_enabled() {
        process.env("CODEX_SANDBOX_NETWORK_DISABLED", "1");
    }
    let error = process.exec();
    Err(Failure::new(format!("Error: cannot start {}: {error}", wrapped.program.to_string_lossy())))
}

/// What the configuration says of the sandbox. Its mode is not asked: a command is confined here whatever it says.
fn config(args: &SandboxArgs, ambient: &codex_exec::Ambient) -> Result<Config, Failure> {
    let text = |value: &OsString| value.to_str().map(str::to_owned);
    let enabled = args.overrides.enable.iter().map(|name| (name.clone(), true));
    let disabled = args.overrides.disable.iter().map(|name| (name.clone(), false));
    let options = LoadOptions {
        codex_home: ambient.codex_home.clone(),
        system_dir: ambient.system_dir.clone(),
        cwd: ambient.cwd.clone(),
        env: ambient.runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect(),
        overrides: args.overrides.config.clone(),
        feature_flags: enabled.chain(disabled).collect(),
        full_auto: args.full_auto,
        ..LoadOptions::default()
    };
    codex_config::load(&options).map_err(|error| Failure::new(error.to_string()))
}

fn text(word: &OsString) -> Result<String, Failure> {
    word.to_str().map(str::to_owned).ok_or_else(|| Failure::new(format!("Error: {word:?} is not UTF-8")))
}
