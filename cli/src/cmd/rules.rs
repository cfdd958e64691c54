//! `codex rules`: shows the rules in force in this folder, and removes lasting ones.
//!
//! Only what the program itself stored can be removed here, one line of `default.rules` each; of any other rule it is
//! said where it is written. Numbers count the user's rules first, so that they mean the same in every folder.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use codex_exec::args::{ConfigFlags, Overrides};
use codex_execpolicy::{Decision, HostExecutable, Loaded, NetworkRule, Origin, PatternToken, PrefixRule, RULES_DIR, Scope};
use serde_json::{Value, json};

use crate::cmd::config_options::{load, options, with};
use crate::cmd::execpolicy::with_causes;
use crate::failure::Failure;
use crate::output::print;

/// `codex rules`.
#[derive(Args, Debug)]
pub(crate) struct RulesCommand {
    #[command(subcommand)]
    command: RulesSubcommand,
}

#[derive(Debug, Subcommand)]
enum RulesSubcommand {
    /// Show every rule in force in this folder, with its file and line
    List(ListArgs),
    /// Remove a lasting rule that was stored when a command was allowed
    Remove(RemoveArgs),
}

/// `codex rules list`.
#[derive(Args, Debug)]
struct ListArgs {
    /// As one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    overrides: Overrides,
}

/// `codex rules remove`.
#[derive(Args, Debug)]
struct RemoveArgs {
    /// The number that `codex rules list` shows, or the words of the rule
    #[arg(value_name = "NUMBER|WORD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rule: Vec<String>,

    #[command(flatten)]
    overrides: Overrides,
}

/// Lists or removes.
pub(crate) fn run(command: &RulesCommand, flags: ConfigFlags) -> Result<u8, Failure> {
    let overrides = match &command.command {
        RulesSubcommand::List(args) => args.overrides.clone(),
        RulesSubcommand::Remove(args) => args.overrides.clone(),
    };
    let options = options(&with(overrides, flags))?;
    let config = load(&options)?;
    let loaded = codex_execpolicy::load(&options.codex_home, &config.project_folders);
    let rules = Rules { home: options.codex_home, loaded };
    match &command.command {
        RulesSubcommand::List(args) => Ok(rules.list(args)),
        RulesSubcommand::Remove(args) => rules.remove(args),
    }
}

struct Rules {
    home: PathBuf,
    loaded: Loaded,
}

/// One rule of any kind.
enum Entry<'a> {
    Prefix(&'a PrefixRule),
    Host(&'a HostExecutable),
    Network(&'a NetworkRule),
}

impl Entry<'_> {
    fn origin(&self) -> &Origin {
        match self {
            Self::Prefix(rule) => &rule.origin,
            Self::Host(host) => &host.origin,
            Self::Network(rule) => &rule.origin,
        }
    }

    /// What is decided, in the word of the file.
    fn word(&self) -> &'static str {
        match self {
            Self::Prefix(rule) => rule.decision.as_str(),
            Self::Host(_) => "program",
            Self::Network(rule) => network_word(rule.decision),
        }
    }

    /// What it is about.
    fn subject(&self) -> String {
        match self {
            Self::Prefix(rule) => rule.pattern_text(),
            Self::Host(host) => {
                let paths: Vec<_> = host.paths.iter().map(|path| path.display().to_string()).collect();
                format!("{} is {}", host.name, if paths.is_empty() { "no path".to_owned() } else { paths.join(", ") })
            }
            Self::Network(rule) => {
                let port = rule.port.map(|port| format!(" port {port}")).unwrap_or_default();
                format!("{} {}{port}", rule.protocol.as_str(), rule.host)
            }
        }
    }

    fn justification(&self) -> Option<&str> {
        match self {
            Self::Prefix(rule) => rule.justification.as_deref(),
            Self::Host(_) => None,
            Self::Network(rule) => rule.justification.as_deref(),
        }
    }

    fn json(&self, number: usize, removable: bool) -> Value {
        let mut value = json!({ "number": number });
        let own = match self {
            Self::Prefix(rule) => json!({ "kind": "prefix_rule", "decision": self.word(), "pattern": rule.pattern }),
            Self::Host(host) => json!({ "kind": "host_executable", "name": host.name, "paths": host.paths }),
            Self::Network(rule) => json!({
                "kind": "network_rule", "decision": self.word(), "host": rule.host, "port": rule.port, "protocol": rule.protocol,
            }),
        };
        let origin = self.origin();
        let place = json!({
            "justification": self.justification(), "scope": origin.scope, "file": origin.file.to_string_lossy(), "line": origin.line,
            "removable": removable,
        });
        for part in [own, place] {
            if let (Some(value), Value::Object(part)) = (value.as_object_mut(), part) {
                value.extend(part);
            }
        }
        value
    }
}

fn network_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Forbidden => "deny",
        Decision::Allow | Decision::Prompt => decision.as_str(),
    }
}

impl Rules {
    /// Every rule, the user's first, in the order of files and lines.
    fn entries(&self) -> Vec<Entry<'_>> {
        let policy = &self.loaded.policy;
        let mut entries: Vec<Entry<'_>> = policy.prefix_rules().iter().map(Entry::Prefix).collect();
        entries.extend(policy.host_executables().map(Entry::Host));
        entries.extend(policy.network_rules().iter().map(Entry::Network));
        entries.sort_by_key(|entry| {
            let origin = entry.origin();
            (origin.scope != Scope::User, origin.file.clone(), origin.line)
        });
        entries
    }

    fn is_removable(&self, entry: &Entry<'_>) -> bool {
        match entry {
            Entry::Prefix(rule) => codex_execpolicy::is_removable(&self.home, rule),
            Entry::Host(_) | Entry::Network(_) => false,
        }
    }

    fn list(&self, args: &ListArgs) -> u8 {
        let entries = self.entries();
        let text = if args.json {
            let rules: Vec<Value> = entries.iter().enumerate().map(|(at, entry)| entry.json(at + 1, self.is_removable(entry))).collect();
            format!("{}\n", json!({ "rules": rules, "warnings": self.loaded.warnings }))
        } else {
            self.warn();
            self.table(&entries)
        };
        print(&text);
        0
    }

    fn warn(&self) {
        for warning in &self.loaded.warnings {
            let _ = writeln!(std::io::stderr(), "warning: {}", codex_exec::sanitize(warning));
        }
    }

    fn table(&self, entries: &[Entry<'_>]) -> String {
        if entries.is_empty() {
            return format!("no rules are in force; yours are read from {}\n", self.home.join(RULES_DIR).display());
        }
        let subjects: Vec<String> = entries.iter().map(|entry| one_line(&entry.subject())).collect();
        const WIDEST: usize = 60;
        let width = subjects.iter().map(|subject| subject.chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or(WIDEST);
        let digits = entries.len().to_string().len();
        let mut table = String::new();
        for (at, (entry, subject)) in entries.iter().zip(&subjects).enumerate() {
            let origin = entry.origin();
            let place = one_line(&origin.to_string());
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{:>digits$}  {:<9}  {subject:<width$}  {:<7}  {place}", at + 1, entry.word(), origin.scope.as_str());
            if let Some(why) = entry.justification() {
                let _ = writeln!(table, "{:>digits$}  {:<9}  {}", "", "", one_line(why));
            }
        }
        table
    }

    fn remove(&self, args: &RemoveArgs) -> Result<u8, Failure> {
        let entries = self.entries();
        let mut wanted = match args.rule.as_slice() {
            [word] if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) => {
                let at = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let entry = at.and_then(|at| entries.get(at)).ok_or_else(|| not_there(&format!("there is no rule {word}")))?;
                vec![entry]
            }
            words => entries.iter().filter(|entry| is_about(entry, words)).collect(),
        };
        if wanted.is_empty() {
            return Err(not_there("no rule has exactly these words"));
        }
        // From the last line up, so that the lines of the others stay what they are.
        wanted.reverse();
        let (removable, others): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|entry| self.is_removable(entry));
        for entry in removable {
            let Entry::Prefix(rule) = entry else { continue };
            codex_execpolicy::remove(&self.home, rule).map_err(|error| with_causes(&error))?;
            print(&format!("removed: {} {} ({})\n", entry.word(), one_line(&entry.subject()), rule.origin));
        }
        match others.as_slice() {
            [] => Ok(0),
            others => Err(others
                .iter()
                .rev()
                .fold(Failure::new("Error: only single lines of the user's default.rules can be removed"), |failure, entry| {
                    failure.hint(format!("{} {} is written in {}", entry.word(), entry.subject(), entry.origin()))
                })),
        }
    }
}

fn not_there(what: &str) -> Failure {
    Failure::new(format!("Error: {what}")).hint("`codex rules list` shows all")
}

/// Whether a rule is about exactly these words.
fn is_about(entry: &Entry<'_>, words: &[String]) -> bool {
    let Entry::Prefix(rule) = entry else { return false };
    rule.pattern.len() == words.len()
        && rule.pattern.iter().zip(words).all(|(token, word)| matches!(token, PatternToken::One(own) if own == word))
}

/// Text of a file without anything that would leave its line.
fn one_line(text: &str) -> String {
    codex_exec::sanitize(text).split(['\n', '\t']).collect::<Vec<_>>().join(" ")
}
