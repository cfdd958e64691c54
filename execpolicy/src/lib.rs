//! Rule files (Starlark) and what they say about a command: allow, ask, or forbid.
//!
//! A [`Policy`] holds the rules of several files. Files named on a command line fail as a whole
//! ([`Policy::read_files`]); those of the user and of a trusted project are read by [`load`], which turns what it
//! cannot use into warnings and lets a project restrict but never allow. Lasting answers of the user are stored by
//! [`append_allow`], after [`durable_prefix`] has said that they may be.
//!
//! **Not here:** running commands, taking shell lines apart (`codex-shell-command`), asking anybody (`codex-core`).
//!
//! ```
//! use codex_execpolicy::{Decision, Policy, Scope};
//!
//! let mut policy = Policy::default();
//! let rules = "prefix_rule([\"git\", [\"push\", \"fetch\"]], decision=\"prompt\", match=[\"git push origin\"])";
//! policy.add_source("my.rules".as_ref(), Scope::User, rules).unwrap();
//! let argv = ["git", "push", "--force"].map(String::from);
//! assert_eq!(policy.check(&argv).decision, Some(Decision::Prompt));
//! ```

mod amend;
mod durable;
mod eval;
mod evaluation;
mod example;
mod file;
mod host;
mod load;
mod path;
mod policy;
mod quote;
mod rule;

pub use self::amend::{AmendError, DEFAULT_FILE, append_allow, is_removable, remove, rule_line};
pub use self::durable::{Prefix, Refusal, SessionGrant, durable_prefix};
pub use self::eval::{EvalError, MAX_FILE_BYTES};
pub use self::evaluation::{Evaluation, PrefixMatch, RuleMatch};
pub use self::file::{ParseError, PolicyError};
pub use self::load::{Loaded, RULES_DIR, load, load_dir};
pub use self::policy::{Policy, ProgramToRun};
pub use self::rule::{Decision, HostExecutable, NetworkProtocol, NetworkRule, Origin, PatternToken, PrefixRule, RuleFault, Scope};
