//! What an administrator allows: `requirements.toml` beside the system configuration.
//!
//! A choice that is not allowed does not stop the program; an allowed one takes its place and a warning says
//! so. Texts follow the reference, because administrators search for them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use codex_protocol::policy::{ApprovalPolicy, SandboxMode};
use serde::Deserialize;

use crate::config::WebSearchMode;
use crate::error::ConfigError;
use crate::files::{self, SystemFile};
use crate::place;
use crate::reader::{self, UnknownKey};
use crate::schema::McpServerToml;
use crate::unknown::{self, Unknown, Whereabouts};

#[derive(Debug, Default, Deserialize)]
struct RequirementsToml {
    allowed_sandbox_modes: Option<Vec<SandboxMode>>,
    allowed_approval_policies: Option<Vec<ApprovalPolicy>>,
    allowed_web_search_modes: Option<Vec<WebSearchMode>>,
    #[serde(default)]
    features: BTreeMap<String, bool>,
    mcp_servers: Option<BTreeMap<String, AllowedServer>>,
    enforce_residency: Option<String>,
}

/// `[mcp_servers.NAME]`: a server that may be used under this name.
#[derive(Debug, Deserialize)]
struct AllowedServer {
    identity: ServerIdentity,
}

/// What tells a server from others.
#[derive(Debug, Deserialize)]
struct ServerIdentity {
    command: Option<String>,
    url: Option<String>,
}

/// The administrator's limits; the default allows everything.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    path: PathBuf,
    sandbox_modes: Option<Vec<SandboxMode>>,
    approval_policies: Option<Vec<ApprovalPolicy>>,
    web_search_modes: Option<Vec<WebSearchMode>>,
    features: BTreeMap<String, bool>,
    servers: Option<BTreeMap<String, AllowedServer>>,
}

impl Requirements {
    /// Reads the file; a file that others could have written gives a warning and no limits.
    /// Keys that nobody knows are told in `misspelt`: a limit that is not known limits nothing.
    pub(crate) fn read(path: PathBuf, owner: u32, warnings: &mut Vec<String>, misspelt: &mut Vec<String>) -> Result<Self, ConfigError> {
        match files::read_system(&path, owner) {
            Ok(SystemFile::Absent) => Ok(Self::default()),
            Ok(SystemFile::Text(text)) => {
                misspelt.extend(unknown_keys(&path, &text));
                Self::parse(path, &text)
            }
            Ok(SystemFile::Ignored(why)) => {
                warnings.push(why);
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::Read { path, source }),
        }
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, ConfigError> {
        let file: RequirementsToml = toml::from_str(text)
            .map_err(|error| ConfigError::RequirementsFile { path: path.clone(), detail: error.to_string().trim_end().to_owned() })?;
        if let Some(modes) = &file.allowed_sandbox_modes
            && !modes.contains(&SandboxMode::ReadOnly)
        {
            return Err(ConfigError::Requirement(format!(
                "invalid value for `allowed_sandbox_modes`: `[{}]` is not in the allowed set must include 'read-only' to allow any SandboxPolicy (set by {})",
                list(modes, |mode| mode_word(*mode)),
                path.display()
            )));
        }
        if file.allowed_approval_policies.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::Requirement("field `allowed_approval_policies` cannot be empty".to_owned()));
        }
        if let Some(residency) = &file.enforce_residency {
            // Going on would send requests to where the administrator does not want them.
            return Err(ConfigError::Requirement(format!(
                "`enforce_residency = {residency:?}` cannot be enforced by this program (set by {})",
                path.display()
            )));
        }
        Ok(Self {
            path,
            sandbox_modes: file.allowed_sandbox_modes,
            approval_policies: file.allowed_approval_policies,
            web_search_modes: file.allowed_web_search_modes,
            features: file.features,
            servers: file.mcp_servers,
        })
    }

    /// The file the limits come from.
    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The sandboxes that may be chosen; `None` for all of them.
    pub(crate) fn sandbox_modes(&self) -> Option<&[SandboxMode]> {
        self.sandbox_modes.as_deref()
    }

    /// The approval policies that may be chosen; `None` for all of them.
    pub(crate) fn approval_policies(&self) -> Option<&[ApprovalPolicy]> {
        self.approval_policies.as_deref()
    }

    /// `wanted` where it is allowed, else `read-only` and a warning.
    pub(crate) fn sandbox_mode(&self, wanted: SandboxMode) -> (SandboxMode, Option<String>) {
        match &self.sandbox_modes {
            Some(allowed) if !allowed.contains(&wanted) => {
                let allowed = list(allowed, |mode| mode_word(*mode));
                let fallback = "ReadOnly { access: FullAccess, network_access: false }";
                (SandboxMode::ReadOnly, Some(self.warning("sandbox_mode", fallback, mode_word(wanted), &allowed)))
            }
            _ => (wanted, None),
        }
    }

    /// `wanted` where it is allowed, else the first allowed policy and a warning.
    pub(crate) fn approval_policy(&self, wanted: ApprovalPolicy) -> (ApprovalPolicy, Option<String>) {
        match &self.approval_policies {
            Some(allowed) if !allowed.contains(&wanted) => {
                let fallback = allowed.first().copied().unwrap_or_default();
                let words = list(allowed, |policy| policy_word(*policy));
                (fallback, Some(self.warning("approval_policy", policy_word(fallback), policy_word(wanted), &words)))
            }
            _ => (wanted, None),
        }
    }

    /// Takes a mode of web search back that is not allowed: to the cache where that is, else to none at all.
    pub(crate) fn web_search(&self, mode: &mut WebSearchMode) -> Option<String> {
        let allowed = self.web_search_modes.as_ref()?;
        if *mode == WebSearchMode::Disabled || allowed.contains(mode) {
            return None;
        }
        let wanted =
            std::mem::replace(mode, if allowed.contains(&WebSearchMode::Cached) { WebSearchMode::Cached } else { WebSearchMode::Disabled });
        Some(self.warning("web_search", search_word(*mode), search_word(wanted), &list(allowed, |mode| search_word(*mode))))
    }

    /// Sets the features that are not the user's to choose. Returns those that were otherwise, each with a warning.
    pub(crate) fn features(&self, features: &mut BTreeMap<String, bool>) -> Vec<(String, String)> {
        let mut changed = Vec::new();
        for (name, on) in &self.features {
            let Some(state) = features.get_mut(name).filter(|state| **state != *on) else { continue };
            *state = *on;
            let word = if *on { "on" } else { "off" };
            changed.push((
                name.clone(),
                format!("Feature `{name}` is {word}, whatever the configuration says (set by {})", self.path.display()),
            ));
        }
        changed
    }

    /// Whether an MCP server may be used: its name is listed, with its command or its address. Without a list all may.
    pub(crate) fn allows_server(&self, name: &str, server: &McpServerToml) -> bool {
        let Some(servers) = &self.servers else { return true };
        servers.get(name).is_some_and(|AllowedServer { identity }| match (&identity.command, &identity.url) {
            (Some(command), None) => server.command.as_ref() == Some(command),
            (None, Some(url)) => server.url.as_ref() == Some(url),
            (Some(_), Some(_)) | (None, None) => false,
        })
    }

    fn warning(&self, key: &str, fallback: &str, wanted: &str, allowed: &str) -> String {
        format!(
            "Configured value for `{key}` is disallowed by requirements; falling back to required value {fallback}. \
             Details: invalid value for `{key}`: `{wanted}` is not in the allowed set [{allowed}] (set by {})",
            self.path.display()
        )
    }
}

fn list<T>(items: &[T], word: impl Fn(&T) -> &'static str) -> String {
    items.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// A limit that is misspelt limits nothing; that has to be seen.
fn unknown_keys(path: &Path, text: &str) -> Vec<String> {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let unknown = reader::read::<RequirementsToml>(&table).unknown;
    let sentence = |key: &UnknownKey| {
        let line = place::find(text, &key.path).map_or(1, |spot| place::line(text, spot.key.start));
        let at = Whereabouts::File(path.to_path_buf(), line);
        Unknown { at, key: unknown::whole(&key.path), meant: unknown::meant(key) }.to_string()
    };
    unknown.iter().map(sentence).collect()
}

fn search_word(mode: WebSearchMode) -> &'static str {
    match mode {
        WebSearchMode::Disabled => "Disabled",
        WebSearchMode::Cached => "Cached",
        WebSearchMode::Live => "Live",
    }
}

fn mode_word(mode: SandboxMode) -> &'static str {
    match mode {
        SandboxMode::ReadOnly => "ReadOnly",
        SandboxMode::WorkspaceWrite => "WorkspaceWrite",
        SandboxMode::DangerFullAccess => "DangerFullAccess",
    }
}

fn policy_word(policy: ApprovalPolicy) -> &'static str {
    match policy {
        ApprovalPolicy::Untrusted => "UnlessTrusted",
        ApprovalPolicy::OnFailure => "OnFailure",
        ApprovalPolicy::OnRequest => "OnRequest",
        ApprovalPolicy::Granular(_) => "Granular",
        ApprovalPolicy::Never => "Never",
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const PATH: &str = "/etc/codex/requirements.toml";

    fn parse(text: &str) -> Result<Requirements, String> {
        Requirements::parse(PATH.into(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mode_that_is_not_allowed_becomes_read_only() {
        let requirements = parse("allowed_sandbox_modes = [\"read-only\"]").unwrap();
        let (mode, warning) = requirements.sandbox_mode(SandboxMode::WorkspaceWrite);
        assert_eq!(mode, SandboxMode::ReadOnly);
        assert_eq!(
            warning.unwrap(),
            "Configured value for `sandbox_mode` is disallowed by requirements; falling back to required value \
             ReadOnly { access: FullAccess, network_access: false }. Details: invalid value for `sandbox_mode`: `WorkspaceWrite` is not \
             in the allowed set [ReadOnly] (set by /etc/codex/requirements.toml)"
        );
        assert_eq!(requirements.sandbox_mode(SandboxMode::ReadOnly), (SandboxMode::ReadOnly, None));
    }

    #[test]
    fn a_policy_that_is_not_allowed_becomes_the_first_allowed_one() {
        let requirements = parse("allowed_approval_policies = [\"on-request\", \"untrusted\"]").unwrap();
        let (policy, warning) = requirements.approval_policy(ApprovalPolicy::Never);
        assert_eq!(policy, ApprovalPolicy::OnRequest);
        assert_eq!(
            warning.unwrap(),
            "Configured value for `approval_policy` is disallowed by requirements; falling back to required value OnRequest. Details: \
             invalid value for `approval_policy`: `Never` is not in the allowed set [OnRequest, UnlessTrusted] (set by \
             /etc/codex/requirements.toml)"
        );
    }

    #[test]
    fn search_falls_back_to_the_cache_else_to_nothing() {
        let cases = [
            ("allowed_web_search_modes = [\"cached\"]", WebSearchMode::Live, WebSearchMode::Cached),
            ("allowed_web_search_modes = []", WebSearchMode::Cached, WebSearchMode::Disabled),
            ("allowed_web_search_modes = [\"live\"]", WebSearchMode::Cached, WebSearchMode::Disabled),
            ("allowed_web_search_modes = [\"live\"]", WebSearchMode::Live, WebSearchMode::Live),
            ("allowed_web_search_modes = []", WebSearchMode::Disabled, WebSearchMode::Disabled),
            ("", WebSearchMode::Live, WebSearchMode::Live),
        ];
        for (text, wanted, expected) in cases {
            let mut mode = wanted;
            let warning = parse(text).unwrap().web_search(&mut mode);
            assert_eq!((mode, warning.is_some()), (expected, wanted != expected), "{text}");
        }
    }

    #[test]
    fn features_are_set_whatever_was_chosen() {
        let requirements = parse("[features]\nundo = true\napps = true\nnope = true").unwrap();
        let mut features = BTreeMap::from([("undo".to_owned(), false), ("apps".to_owned(), true)]);
        let changed = requirements.features(&mut features);
        assert_eq!(features, BTreeMap::from([("undo".to_owned(), true), ("apps".to_owned(), true)]));
        assert_eq!(changed.len(), 1);
    }

    #[test]
    fn servers_are_known_by_name_and_command_or_address() {
        let text = "[mcp_servers.a.identity]\ncommand = \"x\"\n[mcp_servers.b.identity]\nurl = \"u\"";
        let requirements = parse(text).unwrap();
        let stdio = |command: &str| McpServerToml { command: Some(command.to_owned()), ..McpServerToml::default() };
        let http = |url: &str| McpServerToml { url: Some(url.to_owned()), ..McpServerToml::default() };
        let cases =
            [("a", stdio("x"), true), ("a", stdio("y"), false), ("b", http("u"), true), ("b", stdio("u"), false), ("c", stdio("x"), false)];
        for (name, server, allowed) in cases {
            assert_eq!(requirements.allows_server(name, &server), allowed, "{name} {server:?}");
            assert!(Requirements::default().allows_server(name, &server));
        }
        assert!(!parse("[mcp_servers]").unwrap().allows_server("a", &stdio("x")));
    }

    #[test]
    fn a_limit_that_is_misspelt_is_told() {
        let told = unknown_keys(Path::new(PATH), "\nallowed_sandbox_mode = []\n");
        assert_eq!(told, ["/etc/codex/requirements.toml:2: unknown key `allowed_sandbox_mode`; did you mean `allowed_sandbox_modes`?"]);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_fatal() {
        let cases = [
            (
                "allowed_approval_policies = [",
                "Error loading config.toml: Error parsing requirements file /etc/codex/requirements.toml: TOML parse error at line 1, column 30\n  \
                 |\n1 | allowed_approval_policies = [\n  |                              ^\nunclosed array, expected `]`",
            ),
            (
                "allowed_approval_policies = [\"zzz\"]",
                "Error loading config.toml: Error parsing requirements file /etc/codex/requirements.toml: TOML parse error at line 1, column 30\n  \
                 |\n1 | allowed_approval_policies = [\"zzz\"]\n  |                              ^^^^^\nunknown variant `zzz`, \
                 expected one of `untrusted`, `on-failure`, `on-request`, `granular`, `never`",
            ),
            (
                "allowed_sandbox_modes = [\"workspace-write\"]",
                "Error loading config.toml: invalid value for `allowed_sandbox_modes`: `[WorkspaceWrite]` is not in the allowed set must include \
                 'read-only' to allow any SandboxPolicy (set by /etc/codex/requirements.toml)",
            ),
            ("allowed_approval_policies = []", "Error loading config.toml: field `allowed_approval_policies` cannot be empty"),
            (
                "enforce_residency = \"us\"",
                "Error loading config.toml: `enforce_residency = \"us\"` cannot be enforced by this program (set by \
                 /etc/codex/requirements.toml)",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
    }
}
