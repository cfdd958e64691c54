//! Finds out about a command what a decision rests on: what the rules say of each of its parts, what kind it is, and
//! which rule would make the question go away.
//!
//! Looks at the machine (which file a program name stands for), decides nothing.

use std::path::{Path, PathBuf};

use codex_execpolicy::{Decision, ProgramToRun, durable_prefix};
use codex_shell_command::{
    OnDisk, Reduction, Script, Surroundings, Verdict, classify, classify_leaves, is_dangerous, mentioned_commands, reduce, trusted_program,
};

use super::decide::{Class, Judged, RuleMatch, RuleVerdict};
use super::gate::Asked;
use super::removal::spares_roots;
use super::rulebook::RuleBook;
use crate::host::TurnHost;

/// Commands that a shell has in itself: no file stands behind them.
const BUILTINS: [&str; 5] = ["cd", "echo", "false", "pwd", "true"];

/// What was found out.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// What decides.
    pub(crate) judged: Judged,
    /// A rule that may be kept and would make a question about this command go away.
    pub(crate) proposal: Option<Vec<String>>,
}

/// What the rules say about one part.
#[derive(Debug, PartialEq, Eq)]
enum PartVerdict {
    Free,
    Allowed,
    Prompt(RuleMatch),
    Forbidden(RuleMatch),
}

/// One part of a command.
struct Part<'a> {
    leaf: &'a Reduction,
    class: Class,
    verdict: PartVerdict,
}

/// Folders and files that a judgement depends on.
struct Places<'a> {
    cwd: &'a Path,
    home: Option<PathBuf>,
    path: Vec<PathBuf>,
    roots: Vec<PathBuf>,
    workspace: Vec<PathBuf>,
    private: Vec<PathBuf>,
    trusted: bool,
}

impl<'a> Places<'a> {
    fn of(host: &'a TurnHost, cwd: &'a Path) -> Self {
        let services = &host.session().services;
        let config = &services.config;
        let variable = |name: &str| services.command_env.get(std::ffi::OsStr::new(name));
        let project = codex_git::find_root(&config.cwd).unwrap_or_else(|| config.cwd.clone());
        // Trust is one repository's or folder's; what lies in it or beside it has none of it.
        let own = codex_git::find_root(cwd).unwrap_or_else(|| cwd.to_path_buf());
        // Nor has one whose settings start what nobody can switch off (C4).
        let trusted = config.trusted == Some(true) && (own == project || cwd == config.cwd) && !codex_git::names_programs(&own);
        let deny_read = config.boundary.deny_read.iter().map(PathBuf::from);
        Self {
            cwd,
            home: variable("HOME").map(PathBuf::from),
            path: variable("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default(),
            roots: host.writable_roots(),
            workspace: vec![project, host.cwd().to_path_buf()],
            private: services.denied_reads.iter().cloned().chain(deny_read).collect(),
            trusted,
        }
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            cwd: self.cwd,
            home: self.home.as_deref(),
            path: &self.path,
            writable_roots: &self.roots,
            workspace: &self.workspace,
            private: &self.private,
            trusted: self.trusted,
            lookup: &OnDisk,
        }
    }
}

/// The file that a program stands for, if nobody but the user and the system can have put it there.
pub(crate) fn program_file(host: &TurnHost, cwd: &Path, program: &str) -> Option<PathBuf> {
    trusted_program(program, &Places::of(host, cwd).surroundings())
}

/// Finds out about a command.
pub(crate) fn judge(host: &TurnHost, asked: &Asked<'_>) -> Judgement {
    let places = Places::of(host, asked.cwd);
    let surroundings = places.surroundings();
    let rules = &host.session().approvals.rules;
    let reduction = reduce(asked.command);
    let leaves = reduction.leaves();
    let in_shell = reduction.script != Script::None;
    let classes: Vec<Class> = classify_leaves(&reduction, &surroundings).into_iter().map(class).collect();
    let parts: Vec<Part<'_>> = leaves
        .iter()
        .zip(classes)
        .map(|(leaf, class)| Part { leaf, class, verdict: part(rules, leaf, class, in_shell, &surroundings) })
        .collect();
    let whole = class(classify(asked.command, &surroundings));
    let free: Vec<&Part<'_>> = parts.iter().filter(|part| part.verdict != PartVerdict::Allowed).collect();
    // What only shows in the whole is not excused by rules about parts.
    let hidden = whole == Class::DestroysRoot && !parts.iter().any(|part| part.class == whole);
    let class = if free.len() == parts.len() || hidden { whole } else { free.iter().map(|part| part.class).max().unwrap_or(Class::Safe) };
    let by_parts = strictest(&parts, &reduction, hidden, &surroundings);
    let judged = Judged {
        rules: mentioned(rules, asked.command).filter(|rule| rank(rule) > rank(&by_parts)).unwrap_or(by_parts),
        class: if free.is_empty() { whole } else { class },
        spares_roots: class == Class::Dangerous && reduction.is_fully_plain() && spares_roots(&leaves, asked.cwd, &places.roots),
    };
    Judgement { proposal: proposal(asked, &reduction, &free, &surroundings), judged }
}

/// The strictest of what rules ask about or forbid in anything the command mentions, however it is wrapped: a spelling is
/// no way past. What is mentioned may never run, so nothing is allowed by it.
fn mentioned(rules: &RuleBook, command: &[String]) -> Option<RuleVerdict> {
    let verdict = |argv: &Vec<String>| {
        let evaluation = rules.check(argv, ProgramToRun { path: None, trusted: false });
        let found = evaluation.decisive()?;
        let rule = RuleMatch { prefix: found.matched_prefix.clone(), justification: found.justification.clone() };
        match found.decision {
            Decision::Forbidden => Some(RuleVerdict::Forbidden(rule)),
            Decision::Prompt => Some(RuleVerdict::Prompt(rule)),
            Decision::Allow => None,
        }
    };
    // The first of the strictest: `max_by_key` would take the last.
    mentioned_commands(command).iter().filter_map(verdict).reduce(|first, next| if rank(&next) > rank(&first) { next } else { first })
}

fn rank(rule: &RuleVerdict) -> u8 {
    match rule {
        RuleVerdict::None | RuleVerdict::Allow => 0,
        RuleVerdict::Prompt(_) => 1,
        RuleVerdict::Forbidden(_) => 2,
    }
}

/// What the rules say about one part of a command.
fn part(rules: &RuleBook, leaf: &Reduction, class: Class, in_shell: bool, surroundings: &Surroundings<'_>) -> PartVerdict {
    let Some(program) = leaf.argv.first() else { return PartVerdict::Free };
    let path = trusted_program(program, surroundings);
    let is_builtin = in_shell && BUILTINS.contains(&program.as_str());
    let to_run = ProgramToRun { path: path.as_deref(), trusted: path.is_some() || is_builtin };
    let mut evaluation = rules.check(&leaf.argv, to_run);
    let mut may_allow = true;
    if let Script::Unparsed { heredoc_command, .. } = &leaf.script {
        // What cannot be read to its end leaves the sandbox only by a rule that names all of it.
        may_allow = evaluation.decisive().is_some_and(|found| found.matched_prefix.len() == leaf.argv.len());
        if let Some(command) = heredoc_command {
            let inner = rules.check(command, ProgramToRun { path: None, trusted: false });
            if inner.decision > evaluation.decision {
                evaluation = inner;
            }
        }
    }
    let Some(found) = evaluation.decisive() else { return PartVerdict::Free };
    let rule = || RuleMatch { prefix: found.matched_prefix.clone(), justification: found.justification.clone() };
    match found.decision {
        Decision::Forbidden => PartVerdict::Forbidden(rule()),
        Decision::Prompt => PartVerdict::Prompt(rule()),
        Decision::Allow if may_allow && names_its_danger(leaf, class, &found.matched_prefix) => PartVerdict::Allowed,
        Decision::Allow => PartVerdict::Free,
    }
}

/// C10: a rule allows what destroys only when it says so itself: a root by naming the whole command, anything else by
/// words that are dangerous already. Removing files and folders below a root is what a rule for `rm` is about.
fn names_its_danger(leaf: &Reduction, class: Class, prefix: &[String]) -> bool {
    match class {
        Class::Safe | Class::Unknown => true,
        Class::DestroysRoot => prefix.len() == leaf.argv.len(),
        Class::Dangerous => {
            let is_rm = leaf.argv.first().is_some_and(|program| Path::new(program).file_name() == Some("rm".as_ref()));
            is_rm || is_dangerous(prefix)
        }
    }
}

fn class(verdict: Verdict) -> Class {
    match verdict {
        Verdict::Safe => Class::Safe,
        Verdict::Unknown => Class::Unknown,
        Verdict::Dangerous(codex_shell_command::Danger::DestroysRoot) => Class::DestroysRoot,
        Verdict::Dangerous(_) => Class::Dangerous,
    }
}

fn strictest(parts: &[Part<'_>], reduction: &Reduction, hidden: bool, surroundings: &Surroundings<'_>) -> RuleVerdict {
    let mut prompt = None;
    let mut all_allowed = true;
    for part in parts {
        match &part.verdict {
            PartVerdict::Forbidden(rule) => return RuleVerdict::Forbidden(rule.clone()),
            PartVerdict::Prompt(rule) => prompt = prompt.or(Some(rule)),
            PartVerdict::Free => {}
            PartVerdict::Allowed => continue,
        }
        all_allowed = false;
    }
    if let Some(rule) = prompt {
        return RuleVerdict::Prompt(rule.clone());
    }
    // The shells in between leave the sandbox too.
    let shells_trusted = || reduction.shells().iter().all(|shell| trusted_program(shell, surroundings).is_some());
    if all_allowed && !hidden && shells_trusted() { RuleVerdict::Allow } else { RuleVerdict::None }
}

/// The rule to offer: what the model proposes where it fits, else the first part that is asked about, as it is written.
fn proposal(asked: &Asked<'_>, reduction: &Reduction, free: &[&Part<'_>], surroundings: &Surroundings<'_>) -> Option<Vec<String>> {
    if reduction.has_heredoc() {
        return None;
    }
    let fits = |prefix: &&Vec<String>| reduction.leaves().iter().any(|leaf| leaf.argv.starts_with(prefix));
    let models = asked.wants.prefix_rule.as_ref().filter(fits).and_then(|prefix| durable(prefix, surroundings));
    let asked_about = || {
        let first = free.iter().find(|part| part.class > Class::Safe).or(free.first())?;
        durable(&first.leaf.argv, surroundings)
    };
    models.or_else(asked_about)
}

/// The prefix as it would be kept, if it may be (C7).
fn durable(prefix: &[String], surroundings: &Surroundings<'_>) -> Option<Vec<String>> {
    let file = trusted_program(prefix.first()?, surroundings);
    durable_prefix(prefix, file.as_deref()).ok().map(|prefix| prefix.words().to_vec())
}
