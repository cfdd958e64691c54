//! Rules of several files together, and the questions they answer.
//!
//! The strictest matching rule wins. A command is one argv: shell lines are taken apart by the caller. Programs are
//! compared by the word the command uses; [`Policy::check_resolving`] and [`Policy::check_to_run`] say when a path
//! counts as the name at its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::evaluation::{Evaluation, PrefixMatch, RuleMatch};
use crate::path::lexically_clean;
use crate::rule::{Decision, HostExecutable, NetworkRule, PrefixRule};

/// The rules in force, in the order they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    prefix_rules: Vec<PrefixRule>,
    /// By name; a later definition replaces an earlier one.
    host_executables: BTreeMap<String, HostExecutable>,
    network_rules: Vec<NetworkRule>,
}

/// The program of a command that is about to run.
#[derive(Clone, Copy, Debug)]
pub struct ProgramToRun<'a> {
    /// The file that will be executed, as it was found; `None` when it was not looked up or not found.
    pub path: Option<&'a Path>,
    /// Whether nobody but the user and the system can have put it there: found through a search path without relative
    /// and writable folders, or below the system's own folders, and in no writable root.
    pub trusted: bool,
}

impl Policy {
    /// Adds the rules of `later` behind these.
    pub fn merge(&mut self, later: Policy) {
        self.prefix_rules.extend(later.prefix_rules);
        self.host_executables.extend(later.host_executables);
        self.network_rules.extend(later.network_rules);
    }

    /// Adds one rule, such as one that was just stored.
    pub fn add_prefix_rule(&mut self, rule: PrefixRule) {
        self.prefix_rules.push(rule);
    }

    /// Puts one rule in the place of all.
    pub(crate) fn set_prefix_rule(&mut self, rule: PrefixRule) {
        self.prefix_rules.clear();
        self.prefix_rules.push(rule);
    }

    pub(crate) fn add_host_executable(&mut self, host: HostExecutable) {
        self.host_executables.insert(host.name.clone(), host);
    }

    pub(crate) fn add_network_rule(&mut self, rule: NetworkRule) {
        self.network_rules.push(rule);
    }

    /// Takes out what could give a permission, and returns the places it was written.
    pub(crate) fn restrict(&mut self) -> Vec<crate::rule::Origin> {
        let mut dropped = Vec::new();
        let mut keep = |restricts: bool, origin: &crate::rule::Origin| {
            if !restricts {
                dropped.push(origin.clone());
            }
            restricts
        };
        self.prefix_rules.retain(|rule| keep(rule.decision != Decision::Allow, &rule.origin));
        self.network_rules.retain(|rule| keep(rule.decision != Decision::Allow, &rule.origin));
        // It narrows which paths the rules of others are about.
        self.host_executables.retain(|_, host| keep(false, &host.origin));
        dropped.sort_by_key(|origin| origin.line);
        dropped
    }

    /// Every prefix rule, in order.
    pub fn prefix_rules(&self) -> &[PrefixRule] {
        &self.prefix_rules
    }

    /// Every host executable, by name.
    pub fn host_executables(&self) -> impl Iterator<Item = &HostExecutable> {
        self.host_executables.values()
    }

    /// Every network rule, in order.
    pub fn network_rules(&self) -> &[NetworkRule] {
        &self.network_rules
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.prefix_rules.is_empty() && self.host_executables.is_empty() && self.network_rules.is_empty()
    }

    /// What the rules say about a command, word for word.
    pub fn check(&self, argv: &[String]) -> Evaluation {
        Evaluation::of(argv.first().map(|program| self.matches(program, argv, None)).unwrap_or_default())
    }

    /// The same, but an absolute program path that no rule spells counts as the name at its end, if that name has no
    /// host executables or the path is one of them.
    pub fn check_resolving(&self, argv: &[String]) -> Evaluation {
        let exact = self.check(argv);
        if !exact.matched_rules.is_empty() {
            return exact;
        }
        let program = argv.first().map(Path::new).filter(|path| path.is_absolute());
        Evaluation::of(program.map(|path| self.matches_by_name(path, argv)).unwrap_or_default())
    }

    /// What the rules say about a command that is about to run.
    ///
    /// Rules that spell the program as the command does, rules for the name at the end of a program path (as in
    /// [`Policy::check_resolving`]) and rules that spell the path where any other program was found all count, and the
    /// strictest wins. A rule that allows counts only for a trusted program, never for the name of a program that is
    /// spelt with a relative path, and only if the name's host executables, where there are some, list the file.
    pub fn check_to_run(&self, argv: &[String], program: ProgramToRun<'_>) -> Evaluation {
        let Some(word) = argv.first() else { return Evaluation::default() };
        let mut found = self.matches(word, argv, None);
        if word.starts_with('/') {
            found.extend(self.matches_by_name(Path::new(word), argv));
        } else {
            let path = program.path.and_then(Path::to_str);
            found.extend(path.map(|path| self.matches(path, argv, None)).unwrap_or_default());
        }
        if word.contains('/') && !word.starts_with('/') {
            let by_name = match program.path {
                Some(path) => self.matches_by_name(path, argv),
                None => self.matches_by_unlisted_name(word, argv),
            };
            found.extend(by_name.into_iter().filter(|found| found.decision() != Decision::Allow));
        }
        let allowed = program.trusted && self.is_listed(word, program.path);
        found.retain(|found| allowed || found.decision() != Decision::Allow);
        Evaluation::of(found)
    }

    /// Whether the host executables of a bare name, if there are some, list the file that was found for it.
    fn is_listed(&self, word: &str, found: Option<&Path>) -> bool {
        match (self.host_executables.get(word), found) {
            (None, _) => true,
            (Some(host), Some(path)) => host.paths.contains(&lexically_clean(path)),
            (Some(_), None) => false,
        }
    }

    /// Matches of the name at the end of an absolute program path.
    fn matches_by_name(&self, path: &Path, argv: &[String]) -> Vec<RuleMatch> {
        let path = lexically_clean(path);
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
        if self.host_executables.get(name).is_some_and(|host| !host.paths.contains(&path)) {
            return Vec::new();
        }
        self.matches(name, argv, Some(&path))
    }

    /// Matches of the name at the end of a relative program path, if that name may be any file.
    fn matches_by_unlisted_name(&self, word: &str, argv: &[String]) -> Vec<RuleMatch> {
        let name = Path::new(word).file_name().and_then(|name| name.to_str());
        let name = name.filter(|name| !self.host_executables.contains_key(*name));
        name.map(|name| self.matches(name, argv, None)).unwrap_or_default()
    }

    /// Matches of a command whose program counts as `program`.
    fn matches(&self, program: &str, argv: &[String], resolved: Option<&PathBuf>) -> Vec<RuleMatch> {
        let listed = self.prefix_rules.iter().flat_map(|rule| std::iter::repeat_n(rule, rule.matches(program, argv)));
        let found = listed.map(|rule| {
            let rest = argv.iter().take(rule.pattern.len()).skip(1).cloned();
            RuleMatch::PrefixRuleMatch(PrefixMatch {
                matched_prefix: std::iter::once(program.to_owned()).chain(rest).collect(),
                decision: rule.decision,
                resolved_program: resolved.cloned(),
                justification: rule.justification.clone(),
                origin: rule.origin.clone(),
            })
        });
        found.collect()
    }
}
