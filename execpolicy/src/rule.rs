//! What one rule says, checked when it is made.
//!
//! A prefix rule allows, asks about or forbids commands that begin with certain words; a host executable says
//! which files a bare program name may stand for; a network rule speaks of one host and one protocol. The texts of
//! [`RuleFault`] are read by programs. Nothing here knows Starlark or files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::path::{is_bare_name, lexically_clean};

/// What a rule says about a command. The greater one is the stricter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Runs without a question, and outside the sandbox.
    Allow,
    /// Somebody is asked first.
    Prompt,
    /// Never runs.
    Forbidden,
}

impl Decision {
    /// Reads the word of a rule file.
    pub(crate) fn parse(word: &str) -> Result<Self, RuleFault> {
        match word {
            "allow" => Ok(Self::Allow),
            "prompt" => Ok(Self::Prompt),
            "forbidden" => Ok(Self::Forbidden),
            _ => Err(RuleFault::Decision(word.to_owned())),
        }
    }

    /// The word that rule files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Prompt => "prompt",
            Self::Forbidden => "forbidden",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose rule it is. Rules of a project can restrict but not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The user's own, in force everywhere.
    User,
    /// The project's, in force in that project once it is trusted.
    Project,
}

impl Scope {
    /// The word that lists use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Project => "project",
        }
    }
}

/// Where a rule is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file, as it was named when it was read.
    pub file: Arc<Path>,
    /// Line of the call, the first one being 1.
    pub line: usize,
    /// Whose rule it is.
    pub scope: Scope,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// One place of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PatternToken {
    /// Exactly this word.
    One(String),
    /// Any of these words; not empty.
    AnyOf(Vec<String>),
}

impl PatternToken {
    /// How often the word fits: a word listed twice counts twice.
    fn count(&self, word: &str) -> usize {
        match self {
            Self::One(own) => usize::from(own == word),
            Self::AnyOf(words) => words.iter().filter(|own| *own == word).count(),
        }
    }
}

/// A rule about commands that begin with certain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixRule {
    /// The words, at least one.
    pub pattern: Vec<PatternToken>,
    /// What it says.
    pub decision: Decision,
    /// Why, for the user and the model.
    pub justification: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

impl PrefixRule {
    /// Checks everything but the pattern's elements, which the reader of the file has to look at one by one.
    pub(crate) fn new(
        pattern: Vec<PatternToken>,
        decision: Decision,
        justification: Option<String>,
        origin: Origin,
    ) -> Result<Self, RuleFault> {
        if pattern.is_empty() {
            return Err(RuleFault::EmptyPattern);
        }
        Ok(Self { pattern, decision, justification, origin })
    }

    /// How often the rule is listed for a command whose program counts as `program`: once, or once for each time
    /// its list of programs names this one; 0 when it does not match.
    pub(crate) fn matches(&self, program: &str, argv: &[String]) -> usize {
        if argv.len() < self.pattern.len() {
            return 0;
        }
        let rest = self.pattern.iter().zip(argv).skip(1).all(|(token, word)| token.count(word) > 0);
        if rest { self.pattern.first().map_or(0, |first| first.count(program)) } else { 0 }
    }

    /// The pattern as it would be written in a rule file, such as `["git", ["push", "fetch"]]`.
    pub fn pattern_text(&self) -> String {
        let quoted = |words: &[String]| words.iter().map(|word| crate::quote::starlark(word)).collect::<Vec<_>>().join(", ");
        let tokens = self.pattern.iter().map(|token| match token {
            PatternToken::One(word) => crate::quote::starlark(word),
            PatternToken::AnyOf(words) => format!("[{}]", quoted(words)),
        });
        format!("[{}]", tokens.collect::<Vec<_>>().join(", "))
    }
}

/// Which files a bare program name may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostExecutable {
    /// The bare name.
    pub name: String,
    /// Absolute paths, `.` and `..` resolved; may be empty.
    pub paths: Vec<PathBuf>,
    /// Where it is written.
    pub origin: Origin,
}

impl HostExecutable {
    pub(crate) fn check_name(name: &str) -> Result<(), RuleFault> {
        match name {
            "" => Err(RuleFault::Rule("host_executable name cannot be empty".to_owned())),
            _ if !is_bare_name(name) => Err(RuleFault::Rule(format!("host_executable name must be a bare executable name (got {name})"))),
            _ => Ok(()),
        }
    }

    pub(crate) fn check_path(name: &str, path: &str) -> Result<PathBuf, RuleFault> {
        let clean = Path::new(path);
        if !clean.is_absolute() {
            return Err(RuleFault::Rule(format!("host_executable paths must be absolute (got {path})")));
        }
        let clean = lexically_clean(clean);
        if clean.file_name().is_none_or(|base| base != name) {
            return Err(RuleFault::Rule(format!("host_executable path `{path}` must have basename `{name}`")));
        }
        Ok(clean)
    }
}

/// What carries the traffic that a network rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkProtocol {
    /// Plain HTTP.
    Http,
    /// A tunnel asked for with HTTP CONNECT.
    Https,
    /// A SOCKS5 connection.
    Socks5Tcp,
    /// SOCKS5 datagrams.
    Socks5Udp,
}

impl NetworkProtocol {
    pub(crate) fn parse(word: &str) -> Result<Self, RuleFault> {
        match word {
            "http" => Ok(Self::Http),
            "https" | "https_connect" | "http-connect" => Ok(Self::Https),
            "socks5_tcp" => Ok(Self::Socks5Tcp),
            "socks5_udp" => Ok(Self::Socks5Udp),
            _ => Err(RuleFault::Rule(format!("network_rule protocol must be one of http, https, socks5_tcp, socks5_udp (got {word})"))),
        }
    }

    /// The word that rule files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5Tcp => "socks5_tcp",
            Self::Socks5Udp => "socks5_udp",
        }
    }
}

/// A rule about one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRule {
    /// Lower case, without a final dot, without the brackets of an IPv6 address.
    pub host: String,
    /// `None` stands for every port.
    pub port: Option<u16>,
    /// The protocol.
    pub protocol: NetworkProtocol,
    /// `deny` of the file is [`Decision::Forbidden`] here.
    pub decision: Decision,
    /// Why, for the user and the model.
    pub justification: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

impl NetworkRule {
    /// `deny` is the word of network rules; `forbidden` is understood too.
    pub(crate) fn parse_decision(word: &str) -> Result<Decision, RuleFault> {
        if word == "deny" { Ok(Decision::Forbidden) } else { Decision::parse(word) }
    }
}

/// What is wrong with a rule. The texts are the ones that programs know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleFault {
    /// A word that is no decision.
    #[error("invalid decision: {0}")]
    Decision(String),
    /// A pattern without words.
    #[error("invalid pattern element: pattern cannot be empty")]
    EmptyPattern,
    /// An element of a pattern that is no word and no list of words.
    #[error("invalid pattern element: {0}")]
    Pattern(String),
    /// An example that is no command.
    #[error("invalid example: {0}")]
    Example(String),
    /// Anything else.
    #[error("invalid rule: {0}")]
    Rule(String),
}

/// Refuses a justification that says nothing.
pub(crate) fn check_justification(text: Option<&str>) -> Result<Option<String>, RuleFault> {
    match text {
        Some(text) if text.trim().is_empty() => Err(RuleFault::Rule("justification cannot be empty".to_owned())),
        text => Ok(text.map(str::to_owned)),
    }
}
