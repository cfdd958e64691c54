//! What the commands about settings hand to `codex-config`: surroundings and flags, as a run would have them.

use codex_config::LoadOptions;
use codex_exec::Ambient;
use codex_exec::args::ConfigFlags;

use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// Gathers the surroundings and makes options of them and of the flags.
pub(crate) fn options(flags: &ConfigFlags) -> Result<LoadOptions, Failure> {
    let ambient = gather(Environment::of_this_process(), &EXEC)?;
    let cwd = match &flags.cd {
        Some(cd) => {
            let path = ambient.cwd.join(cd);
            path.canonicalize().map_err(|error| Failure::new(format!("Error: cannot use `{}`: {error}", path.display())))?
        }
        None => ambient.cwd.clone(),
    };
    Ok(load_options(flags, cwd, &ambient))
}

fn load_options(flags: &ConfigFlags, cwd: std::path::PathBuf, ambient: &Ambient) -> LoadOptions {
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    let enabled = flags.overrides.enable.iter().map(|name| (name.clone(), true));
    let disabled = flags.overrides.disable.iter().map(|name| (name.clone(), false));
    LoadOptions {
        codex_home: ambient.codex_home.clone(),
        system_dir: ambient.system_dir.clone(),
        env: ambient.runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect(),
        overrides: flags.overrides.config.clone(),
        feature_flags: enabled.chain(disabled).collect(),
        model: flags.model.clone(),
        profile: flags.profile.clone(),
        sandbox_mode: flags.sandbox.map(|flag| flag.0),
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

/// The failure that an error of the configuration is; its text is whole.
pub(crate) fn failed(error: &impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}
