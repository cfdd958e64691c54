//! `codex config`: what is in force and why, what is wrong, and what there is to set.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Args, Subcommand};
use codex_config::LayerSource;
use codex_config::show::{Idle, Overview, Setting, Sourced, overview};
use codex_exec::args::ConfigFlags;
use serde_json::{Value, json};

use crate::cmd::config_options::{failed, options};
use crate::failure::Failure;
use crate::output::print;

/// `codex config`.
#[derive(Args, Debug)]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    command: ConfigForm,
}

#[derive(Debug, Subcommand)]
enum ConfigForm {
    /// Show the settings in force, with flags, files and defaults laid over each other
    Show(Box<ShowArgs>),

    /// Say what is wrong with the settings; ends with 1 when a run could not start with them
    Check(Box<CheckArgs>),

    /// Print the JSON schema of config.toml, for editors
    Schema,
}

/// `codex config show`.
#[derive(Args, Debug)]
struct ShowArgs {
    #[command(flatten)]
    flags: ConfigFlags,

    /// Say of each value where it comes from, and what it overrode
    #[arg(long)]
    origin: bool,

    /// As one JSON object
    #[arg(long)]
    json: bool,

    /// Only this key, or what is in this table: `model`, `features`, `'projects."/my/folder"'`
    #[arg(value_name = "KEY")]
    key: Option<String>,
}

/// `codex config check`.
#[derive(Args, Debug)]
struct CheckArgs {
    #[command(flatten)]
    flags: ConfigFlags,
}

/// Shows, checks, or prints the schema.
pub(crate) fn run(command: ConfigCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    match command.command {
        ConfigForm::Show(args) => {
            let ShowArgs { flags, origin, json, key } = *args;
            show(&flags.behind(outer), Form { origin, json }, key.as_deref())
        }
        ConfigForm::Check(args) => check(&args.flags.behind(outer)),
        ConfigForm::Schema => {
            print(&format!("{:#}\n", codex_config::schema::json::schema()));
            Ok(0)
        }
    }
}

/// How settings are shown.
#[derive(Clone, Copy)]
struct Form {
    origin: bool,
    json: bool,
}

fn show(flags: &ConfigFlags, form: Form, key: Option<&str>) -> Result<u8, Failure> {
    let overview = overview(&options(flags)?).map_err(|error| failed(&error))?;
    let settings = match key {
        None => overview.settings.clone(),
        Some(key) => overview.select(key).map_err(|meant| no_such_key(key, meant))?,
    };
    for warning in overview.unknown.iter().map(ToString::to_string).chain(overview.warnings.iter().cloned()) {
        let _ = writeln!(std::io::stderr(), "warning: {}", codex_exec::sanitize(&warning));
    }
    if form.json {
        let settings: Vec<Value> = settings.iter().map(json_of).collect();
        print(&format!("{:#}\n", json!({ "settings": settings })));
    } else {
        let lines: String = settings.iter().map(|setting| line(setting, form.origin)).collect();
        print(&codex_exec::sanitize(&lines));
    }
    Ok(0)
}

fn no_such_key(key: &str, meant: Option<String>) -> Failure {
    let failure = Failure::new(format!("Error: there is no key `{key}`"));
    match meant {
        Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
        None => failure.hint("`codex config schema` lists all keys"),
    }
}

/// One setting as a line of TOML; where it comes from stands behind it as a comment.
fn line(setting: &Setting, origin: bool) -> String {
    let mut line = match setting.now.as_ref().and_then(|now| now.value.as_ref()) {
        Some(value) => format!("{} = {value}", setting.key),
        None => format!("# {} is not set", setting.key),
    };
    if origin && let Some(now) = &setting.now {
        // Writing to a string cannot fail.
        let _ = write!(line, "  # {}", source(now));
        for over in &setting.over {
            let _ = match &over.value {
                Some(value) => write!(line, "; over {value} ({})", source(over)),
                None => write!(line, "; over {}", source(over)),
            };
        }
    }
    line.push('\n');
    line
}

fn source(sourced: &Sourced) -> String {
    sourced.source.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string)
}

fn json_of(setting: &Setting) -> Value {
    let sourced = |sourced: &Sourced| json!({ "value": sourced.value, "origin": origin(sourced.source.as_ref()) });
    let now = setting.now.as_ref();
    json!({
        "key": setting.key,
        "value": now.and_then(|now| now.value.clone()),
        "origin": now.map(|now| origin(now.source.as_ref())),
        "overrode": setting.over.iter().map(sourced).collect::<Vec<_>>(),
    })
}

fn origin(source: Option<&LayerSource>) -> Value {
    let file = source.and_then(LayerSource::file).map(|file| file.to_string_lossy().into_owned());
    match source {
        None => json!({ "kind": "default" }),
        Some(LayerSource::System(_)) => json!({ "kind": "system", "file": file }),
        Some(LayerSource::User(_)) => json!({ "kind": "user", "file": file }),
        Some(LayerSource::ProfileFile(_)) => json!({ "kind": "profile_file", "file": file }),
        Some(LayerSource::Project(_)) => json!({ "kind": "project", "file": file }),
        Some(LayerSource::CommandLine) => json!({ "kind": "command_line" }),
        Some(LayerSource::Managed(_)) => json!({ "kind": "managed", "file": file }),
        Some(LayerSource::Profile(name)) => json!({ "kind": "profile", "profile": name }),
        Some(LayerSource::Flag(name)) => json!({ "kind": "flag", "flag": name }),
        Some(LayerSource::Requirements(_)) => json!({ "kind": "requirements", "file": file }),
    }
}

fn check(flags: &ConfigFlags) -> Result<u8, Failure> {
    let found = overview(&options(flags)?).map_err(|error| failed(&error))?;
    print(&codex_exec::sanitize(&report(&found)));
    Ok(0)
}

/// One line a finding, and one that says how it stands.
fn report(found: &Overview) -> String {
    let Overview { unknown, idle, warnings, deprecations, .. } = found;
    let warnings = unknown.iter().map(ToString::to_string).chain(warnings.iter().cloned());
    let warnings: Vec<String> = warnings.chain(deprecations.iter().cloned()).map(|text| format!("warning: {text}\n")).collect();
    let yet = |idle: &Idle| if idle.for_good { "" } else { " yet" };
    let note = |idle: &Idle| format!("note: {}: `{}` is accepted and has no effect{}\n", idle.at, idle.key, yet(idle));
    let idle: Vec<String> = idle.iter().map(note).collect();
    let end = match (warnings.len(), idle.len()) {
        (0, 0) => "The settings are sound.\n".to_owned(),
        (0, _) => "The settings are sound, but for keys without an effect.\n".to_owned(),
        (1, _) => "A run can start; 1 warning.\n".to_owned(),
        (many, _) => format!("A run can start; {many} warnings.\n"),
    };
    [warnings.concat(), idle.concat(), end].concat()
}
