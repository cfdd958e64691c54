//! From flags and configuration to the request that is enforced. What may be decided without looking at anything is decided
//! in pure functions.

use std::path::{Path, PathBuf};

use codex_config::{Config, LoadOptions, Provenance};
use codex_exec::Ambient;
use codex_exec::args::ConfigFlags;
use codex_protocol::SandboxPolicy;
use codex_sandbox::SandboxRequest;

use super::args::Spelling;
use crate::cmd::config_options::warn;
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// Everything about a command but the command.
pub(super) struct Settled {
    pub(super) ambient: Ambient,
    pub(super) config: Config,
    pub(super) provenance: Provenance,
    /// What holds, without a command in it.
    pub(super) request: SandboxRequest,
}

/// Reads the surroundings and the configuration.
pub(super) fn settle(flags: &ConfigFlags, spelling: Spelling) -> Result<Settled, Failure> {
    working_folder_exists()?;
    let ambient = gather(Environment::of_this_process(), &EXEC)?;
    let cwd = folder(flags.cd.as_deref(), &ambient.cwd)?;
    let (config, provenance) =
        codex_config::load_with_provenance(&load_options(flags, cwd.clone(), &ambient)).map_err(|error| Failure::new(error.to_string()))?;
    warn(&config);
    let policy = policy(spelling, flags, &config.sandbox_policy).map_err(Failure::new)?;
    let mut boundary = config.boundary.clone();
    // Hosts by name belong to a policy that writes; a narrower one than the configuration's has none.
    if policy != config.sandbox_policy {
        boundary.network = None;
    }
    let request = SandboxRequest {
        policy,
        boundary,
        codex_home: config.codex_home.clone(),
        proxy: None,
        landlock_only: config.feature("use_legacy_landlock"),
        announce: true,
        workspace: cwd.clone(),
        cwd,
        tmpdir: ambient.runtime.tmpdir.clone(),
        helper: ambient.runtime.codex_exe.clone(),
        argv: Vec::new(),
    };
    Ok(Settled { ambient, config, provenance, request })
}

/// In a folder that was deleted nothing can be run, and what the system says of it is what scripts look for.
fn working_folder_exists() -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "asked before anything else, and only whether there is one")]
    std::env::current_dir().map(|_| ()).map_err(|error| Failure::new(format!("Error: {error}")))
}

fn folder(cd: Option<&Path>, cwd: &Path) -> Result<PathBuf, Failure> {
    let Some(cd) = cd else { return Ok(cwd.to_owned()) };
    let path = cwd.join(cd);
    let found = path.canonicalize().map_err(|error| Failure::new(format!("Error: cannot use `{}`: {error}", path.display())))?;
    if found.is_dir() { Ok(found) } else { Err(Failure::new(format!("Error: `{}` is not a folder", path.display()))) }
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
        profile: flags.profile.clone(),
        sandbox_mode: flags.sandbox.map(|flag| flag.0),
        full_auto: flags.full_auto,
        bypass: flags.bypass,
        add_dirs: flags.add_dirs.iter().map(|path| cwd.join(path)).collect(),
        strict: flags.strict_config,
        cwd,
        ..LoadOptions::default()
    }
}

/// The policy a command runs under. `configured` is what the configuration came to, flags included.
///
/// The spellings with a platform know `--full-auto` and nothing else, as they always have; what they would have to ignore they refuse.
fn policy(spelling: Spelling, flags: &ConfigFlags, configured: &SandboxPolicy) -> Result<SandboxPolicy, String> {
    let policy = match spelling {
        Spelling::Plain => configured.clone(),
        Spelling::Platform(name) if flags.sandbox.is_some() || flags.bypass => {
            return Err(format!("Error: `codex sandbox {name}` takes no mode but `--full-auto`; `codex sandbox COMMAND` takes them all"));
        }
        Spelling::Platform(_) if flags.full_auto => configured.clone(),
        Spelling::Platform(_) => SandboxPolicy::read_only(),
    };
    if !flags.add_dirs.is_empty() && !matches!(policy, SandboxPolicy::WorkspaceWrite { .. }) {
        return Err(format!("Error: `--add-dir` opens nothing under `{}`; add `--full-auto`", policy.kind()));
    }
    Ok(policy)
}

/// Why the sandbox of one platform is not to be had on another; one line. `None` where it is.
///
/// Pure, and asked before anything runs: a command is never run bare because its sandbox is another system's.
pub(super) fn not_here(spelling: Spelling, platform: &str) -> Option<String> {
    let asked = match spelling {
        Spelling::Platform(name) if name != platform => name,
        Spelling::Platform("windows") => "windows",
        Spelling::Plain | Spelling::Platform(_) => return None,
    };
    Some(match asked {
        "linux" => format!("Error: the Linux sandbox works on Linux alone, and this is {platform}; nothing was run"),
        "macos" => format!("Error: the Seatbelt sandbox works on macOS alone, and this is {platform}; nothing was run"),
        _ => "Error: there is no sandbox for Windows in this program; nothing was run".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use codex_protocol::policy::SandboxMode;
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_older_spelling_is_read_only_and_the_newer_follows_the_configuration() {
        let linux = Spelling::Platform("linux");
        let (bare, auto) = (ConfigFlags::default(), ConfigFlags { full_auto: true, ..ConfigFlags::default() });
        let (read, write, full) = (SandboxPolicy::read_only(), SandboxPolicy::workspace_write(), SandboxPolicy::DangerFullAccess);
        for (spelling, flags, configured, expected) in [
            (linux, &bare, &full, &read),
            (linux, &bare, &write, &read),
            (linux, &auto, &write, &write),
            (Spelling::Plain, &bare, &read, &read),
            (Spelling::Plain, &bare, &write, &write),
            (Spelling::Plain, &bare, &full, &full),
            (Spelling::Plain, &auto, &write, &write),
        ] {
            assert_eq!(policy(spelling, flags, configured).as_ref(), Ok(expected), "{spelling:?} {configured:?}");
        }
        // Requirements of the administrator may have narrowed what `--full-auto` asked for.
        assert_eq!(policy(linux, &auto, &read), Ok(read));
    }

    #[test]
    fn what_would_have_no_effect_is_refused() {
        let mode = ConfigFlags { sandbox: Some(codex_exec::args::SandboxFlag(SandboxMode::DangerFullAccess)), ..ConfigFlags::default() };
        let bypass = ConfigFlags { bypass: true, ..ConfigFlags::default() };
        let add = ConfigFlags { add_dirs: vec!["/x".into()], ..ConfigFlags::default() };
        for (spelling, flags, configured) in [
            (Spelling::Platform("linux"), &mode, SandboxPolicy::DangerFullAccess),
            (Spelling::Platform("linux"), &bypass, SandboxPolicy::DangerFullAccess),
            (Spelling::Platform("linux"), &add, SandboxPolicy::workspace_write()),
            (Spelling::Plain, &add, SandboxPolicy::read_only()),
        ] {
            let refusal = policy(spelling, flags, &configured).unwrap_err();
            assert!(refusal.starts_with("Error: ") && refusal.lines().count() == 1, "{refusal}");
        }
    }

    #[test]
    fn the_sandbox_of_another_platform_is_refused_in_one_line() {
        let [linux, macos, windows] = ["linux", "macos", "windows"].map(Spelling::Platform);
        for (spelling, platform, words) in [
            (macos, "linux", Some("Seatbelt sandbox works on macOS alone")),
            (windows, "linux", Some("no sandbox for Windows")),
            (linux, "macos", Some("Linux sandbox works on Linux alone")),
            (windows, "windows", Some("no sandbox for Windows")),
            (linux, "freebsd", Some("this is freebsd")),
            (linux, "linux", None),
            (macos, "macos", None),
            (Spelling::Plain, "freebsd", None),
        ] {
            let told = not_here(spelling, platform);
            assert_eq!(told.is_some(), words.is_some(), "{spelling:?} on {platform}");
            if let (Some(told), Some(words)) = (told, words) {
                assert!(told.contains(words) && told.lines().count() == 1 && told.ends_with("nothing was run"), "{told}");
            }
        }
    }
}
