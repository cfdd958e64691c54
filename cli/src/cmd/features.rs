//! `codex features`: which there are, which are on, and turning them on and off for good.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Args, Subcommand};
use codex_config::edit;
use codex_config::features::{FEATURES, is_known, renamed_to};
use codex_exec::args::{ConfigFlags, FeatureName, Overrides};

use crate::cmd::config_options::{check_where_asked, failed, load, options, with};
use crate::failure::Failure;
use crate::output::print;
use crate::suggest::nearest;

/// `codex features`.
#[derive(Args, Debug)]
pub(crate) struct FeaturesCommand {
    #[command(subcommand)]
    command: FeaturesForm,
}

#[derive(Debug, Subcommand)]
enum FeaturesForm {
    /// List features, how settled each is, and whether it is on
    List(ListArgs),

    /// Turn a feature on in config.toml, or in a profile (`codex -p PROFILE features enable ...`)
    Enable(NameArgs),

    /// Turn a feature off there
    Disable(NameArgs),
}

/// `codex features list`.
#[derive(Args, Debug)]
struct ListArgs {
    #[command(flatten)]
    overrides: Overrides,
}

/// `codex features enable` and `disable`.
#[derive(Args, Debug)]
struct NameArgs {
    /// Name of the feature, as `codex features list` shows it
    #[arg(value_name = "FEATURE", value_parser = FeatureName, hide_possible_values = true)]
    feature: String,

    #[command(flatten)]
    overrides: Overrides,
}

/// Lists, or turns on or off.
pub(crate) fn run(command: FeaturesCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    match command.command {
        FeaturesForm::List(args) => list(&with(args.overrides, outer)),
        FeaturesForm::Enable(args) => set(&args.feature, true, &with(args.overrides, outer)),
        FeaturesForm::Disable(args) => set(&args.feature, false, &with(args.overrides, outer)),
    }
}

fn list(flags: &ConfigFlags) -> Result<u8, Failure> {
    let config = load(&options(flags)?)?;
    let names = FEATURES.iter().map(|feature| feature.name.len()).max().unwrap_or_default();
    let stages = FEATURES.iter().map(|feature| feature.stage.as_str().len()).max().unwrap_or_default();
    let mut table = String::new();
    for feature in FEATURES {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{:<names$}  {:<stages$}  {}", feature.name, feature.stage.as_str(), config.feature(feature.name));
    }
    print(&table);
    Ok(0)
}

fn set(name: &str, on: bool, flags: &ConfigFlags) -> Result<u8, Failure> {
    if !is_known(name) {
        let failure = Failure::new(format!("Error: Unknown feature flag: {name}"));
        return Err(match nearest(name, FEATURES.iter().map(|feature| feature.name)) {
            Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
            None => failure.hint("`codex features list` shows all"),
        });
    }
    let options = options(flags)?;
    check_where_asked(flags, &options)?;
    edit::set_feature(&options.codex_home, flags.profile.as_deref(), name, on).map_err(|error| failed(&error))?;
    let word = if on { "Enabled" } else { "Disabled" };
    print(&format!("{word} feature `{name}` in config.toml.\n"));
    if let Some(present) = renamed_to(name) {
        // Nobody can be told when this fails.
        let _ = writeln!(std::io::stderr(), "warning: `{name}` is deprecated; the feature is called `{present}` now");
    }
    Ok(0)
}
