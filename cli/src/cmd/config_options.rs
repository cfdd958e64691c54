//! What the commands about settings hand to `codex-config`: surroundings and flags, as a run would have them.

use std::io::Write;
use std::path::PathBuf;

use codex_config::{Config, LoadOptions};
use codex_exec::Ambient;
use codex_exec::args::{ConfigFlags, Overrides};

use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// Gathers the surroundings and makes options of them and of the flags.
pub(crate) fn options(flags: &ConfigFlags) -> Result<LoadOptions, Failure> {
    options_in(flags, &gather(Environment::of_this_process(), &EXEC)?)
}

/// The same in surroundings that are gathered already.
pub(crate) fn options_in(flags: &ConfigFlags, ambient: &Ambient) -> Result<LoadOptions, Failure> {
    flags.check().map_err(Failure::new)?;
    let cwd = match &flags.cd {
        Some(cd) => {
            let path = ambient.cwd.join(cd);
            path.canonicalize().map_err(|error| Failure::new(format!("Error: cannot use `{}`: {error}", path.display())))?
        }
        None => ambient.cwd.clone(),
    };
    Ok(load_options(flags, cwd, ambient))
}

/// `-c`, `--enable` and `--disable` behind the flags that stood before the subcommand.
pub(crate) fn with(overrides: Overrides, outer: ConfigFlags) -> ConfigFlags {
    ConfigFlags { overrides, ..ConfigFlags::default() }.behind(outer)
}

/// Loads the settings for a command that is no run, and tells on standard error what a run would be warned of.
pub(crate) fn load(options: &LoadOptions) -> Result<Config, Failure> {
    let config = codex_config::load(options).map_err(|error| failed(&error))?;
    warn(&config);
    Ok(config)
}

/// Tells on standard error what is wrong with settings that can be used all the same, a line each.
pub(crate) fn warn(config: &Config) {
    for warning in &config.warnings {
        // Nobody can be told when this fails.
        let _ = writeln!(std::io::stderr(), "warning: {}", codex_exec::sanitize(warning));
    }
}

/// For commands that change the file: settings that are broken do not stop those who mend them, unless the flags ask for that or
/// name a profile, which has to be there.
pub(crate) fn check_where_asked(flags: &ConfigFlags, options: &LoadOptions) -> Result<(), Failure> {
    if flags.strict_config || flags.profile.is_some() {
        codex_config::load(options).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Whether single keys or features are set on the command line.
pub(crate) fn has_overrides(flags: &ConfigFlags) -> bool {
    let Overrides { config, enable, disable } = &flags.overrides;
    !(config.is_empty() && enable.is_empty() && disable.is_empty())
}

/// For commands that work without settings: flags about them are checked where there are any.
pub(crate) fn check_idle(flags: &ConfigFlags) -> Result<(), Failure> {
    if flags.strict_config || has_overrides(flags) {
        load(&options(flags)?)?;
    }
    Ok(())
}

fn load_options(flags: &ConfigFlags, cwd: PathBuf, ambient: &Ambient) -> LoadOptions {
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
