//! `-c`, `--enable` and `--disable` behind every subcommand: scripts give them to all of them alike.
//!
//! Subcommands that define these flags themselves keep them. The others understand them here, out of sight of their help. **Not
//! here:** what becomes of them; a command that asks no settings has them checked all the same.

use clap::{Arg, ArgAction, ArgMatches, Command};
use codex_exec::args::Overrides;

/// Ids of the flags that are added, with their long names.
const ADDED: [(&str, &str); 3] = [("config_behind", "config"), ("enable_behind", "enable"), ("disable_behind", "disable")];

/// The definition with the flags added to each subcommand that has neither them nor subcommands of its own.
pub(crate) fn understood(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let is_leaf = names.is_empty();
    let command = names.into_iter().fold(command, |command, name| command.mut_subcommand(name, understood));
    if !is_leaf || command.get_arguments().any(|arg| arg.get_long() == Some("config")) {
        return command;
    }
    ADDED.into_iter().fold(command, |command, (id, long)| {
        let arg = Arg::new(id).long(long).action(ArgAction::Append).num_args(1).hide(true);
        command.arg(if long == "config" { arg.short('c').value_name("key=value") } else { arg.value_name("FEATURE") })
    })
}

/// What was given behind a subcommand that understands the flags through this file.
pub(crate) fn behind(matches: &ArgMatches) -> Overrides {
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    let [config, enable, disable] = ADDED.map(|(id, _)| {
        let values = innermost.try_get_many::<String>(id).ok().flatten();
        values.into_iter().flatten().cloned().collect()
    });
    Overrides { config, enable, disable }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    fn leaves(command: &Command, line: &[String], found: &mut Vec<Vec<String>>) {
        if !command.has_subcommands() {
            found.push(line.to_vec());
        }
        for inner in command.get_subcommands() {
            leaves(inner, &[line, &[inner.get_name().to_owned()]].concat(), found);
        }
    }

    #[test]
    fn every_subcommand_understands_the_flags() {
        let command = understood(Cli::command());
        command.clone().debug_assert();
        let mut found = Vec::new();
        leaves(&command, &[], &mut found);
        assert!(found.len() > 40, "{}", found.len());
        for line in found {
            let leaf = line.iter().fold(&command, |command, name| command.find_subcommand(name).unwrap());
            let has = |long| leaf.get_arguments().any(|arg: &Arg| arg.get_long() == Some(long));
            assert!(["config", "enable", "disable"].into_iter().all(has), "{line:?}");
        }
    }

    #[test]
    fn what_stands_behind_is_found() {
        let line = ["codex", "sessions", "list", "-c", "a=1", "--enable", "x", "--config", "b=2"];
        let overrides = behind(&understood(Cli::command()).try_get_matches_from(line).unwrap());
        assert_eq!((overrides.config, overrides.enable), (vec!["a=1".to_owned(), "b=2".to_owned()], vec!["x".to_owned()]));
    }
}
