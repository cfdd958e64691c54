//! What a server needs to be reached: its table of the configuration with everything ambient filled in.
//!
//! Pure. Nothing is started and no variable is read but those handed in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_config::schema::{McpServerToml, ToolApprovalMode};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Longest wait for a server to be ready unless configured otherwise.
pub const STARTUP_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a call unless configured otherwise.
pub const TOOL_TIMEOUT: Duration = Duration::from_secs(60);

/// Variables of ours that a server's process gets where they are set (M2).
const BASE_VARIABLES: [&str; 11] =
    ["HOME", "LOGNAME", "PATH", "SHELL", "USER", "__CF_USER_TEXT_ENCODING", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ"];

/// How a server is reached.
#[derive(Clone, PartialEq)]
pub enum Reach {
    /// A program that speaks over its standard streams.
    Stdio {
        /// Program.
        command: String,
        /// Arguments.
        args: Vec<String>,
        /// The whole environment.
        env: BTreeMap<String, String>,
        /// Folder it is started in.
        cwd: PathBuf,
    },
    /// A server that speaks streamable HTTP, or the older form with an event stream.
    Http {
        /// Address.
        url: String,
        /// Headers of every request.
        headers: BTreeMap<String, String>,
        /// Bearer token.
        token: Token,
    },
}

/// Where the bearer token of a server comes from.
#[derive(Clone, PartialEq)]
pub enum Token {
    /// This is it.
    Given(String),
    /// It has to be in this variable and is not.
    Missing(String),
    /// A sign-in, if there is one.
    SignIn,
}

/// One server, ready to be started.
#[derive(Clone, PartialEq)]
pub struct ServerSettings {
    /// Name in the configuration.
    pub name: String,
    /// How it is reached.
    pub reach: Reach,
    /// Longest wait for it to be ready.
    pub startup_timeout: Duration,
    /// Longest wait for a call.
    pub tool_timeout: Duration,
    /// Whether nothing starts without it.
    pub required: bool,
    /// The only tools that are offered.
    pub enabled_tools: Option<Vec<String>>,
    /// Tools that are not offered.
    pub disabled_tools: Vec<String>,
    /// When calls of single tools are asked about.
    pub approval: BTreeMap<String, ToolApprovalMode>,
    /// What to ask for when signing in.
    pub scopes: Vec<String>,
    /// The resource to name when signing in.
    pub oauth_resource: Option<String>,
    /// The project file that has a say in the entry; `None` for the user's own servers.
    pub project: Option<PathBuf>,
    /// Hash of what decides what is started or asked (M1).
    pub identity: String,
}

impl std::fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerSettings").field("name", &self.name).field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl ServerSettings {
    /// Fills in an entry. `env` is the environment of this program, `cwd` the folder it was started in.
    pub fn new(name: &str, entry: &McpServerToml, env: &BTreeMap<String, String>, cwd: &std::path::Path, project: Option<PathBuf>) -> Self {
        let seconds = |value: Option<f64>, otherwise: Duration| {
            value.map_or(otherwise, |value| Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX))
        };
        let reach = match (&entry.command, &entry.url) {
            (Some(command), _) => Reach::Stdio {
                command: command.clone(),
                args: entry.args.clone().unwrap_or_default(),
                env: child_environment(entry, env),
                cwd: entry.cwd.as_ref().map_or_else(|| cwd.to_path_buf(), |own| cwd.join(own)),
            },
            (None, url) => Reach::Http { url: url.clone().unwrap_or_default(), headers: headers(entry, env), token: token(entry, env) },
        };
        Self {
            name: name.to_owned(),
            reach,
            startup_timeout: seconds(entry.startup_timeout(), STARTUP_TIMEOUT),
            tool_timeout: seconds(entry.tool_timeout_sec, TOOL_TIMEOUT),
            required: entry.required.unwrap_or(false),
            enabled_tools: entry.enabled_tools.clone(),
            disabled_tools: entry.disabled_tools.clone().unwrap_or_default(),
            approval: entry.tools.iter().filter_map(|(tool, toml)| Some((tool.clone(), toml.approval_mode?))).collect(),
            scopes: entry.scopes.clone().unwrap_or_default(),
            oauth_resource: entry.oauth_resource.clone(),
            project,
            identity: identity(entry),
        }
    }

    /// What is started or asked, in one line for people; without values of variables.
    pub fn summary(&self) -> String {
        match &self.reach {
            Reach::Stdio { command, args, .. } => {
                let words: Vec<&str> = std::iter::once(command.as_str()).chain(args.iter().map(String::as_str)).collect();
                words.join(" ")
            }
            Reach::Http { url, .. } => url.clone(),
        }
    }

    /// Whether a tool is offered, by the server's own name for it.
    pub fn offers(&self, tool: &str) -> bool {
        let listed = |list: &Vec<String>| list.iter().any(|name| name == tool);
        self.enabled_tools.as_ref().is_none_or(listed) && !listed(&self.disabled_tools)
    }
}

/// Names of servers are what stands in `mcp__NAME__TOOL`.
pub fn is_server_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn child_environment(entry: &McpServerToml, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let passed = BASE_VARIABLES.into_iter().map(str::to_owned).chain(entry.env_vars.iter().flatten().cloned());
    let mut child: BTreeMap<String, String> = passed.filter_map(|name| env.get(&name).map(|value| (name, value.clone()))).collect();
    child.extend(entry.env.clone().unwrap_or_default());
    child
}

fn headers(entry: &McpServerToml, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut headers = entry.http_headers.clone().unwrap_or_default();
    let from_env = entry.env_http_headers.iter().flatten();
    headers.extend(from_env.filter_map(|(header, variable)| Some((header.clone(), env.get(variable).filter(|v| !v.is_empty())?.clone()))));
    headers
}

fn token(entry: &McpServerToml, env: &BTreeMap<String, String>) -> Token {
    match &entry.bearer_token_env_var {
        None => Token::SignIn,
        Some(variable) => match env.get(variable).map(|value| value.trim()).filter(|value| !value.is_empty()) {
            Some(value) => Token::Given(value.to_owned()),
            None => Token::Missing(variable.clone()),
        },
    }
}

fn identity(entry: &McpServerToml) -> String {
    let names = |map: &Option<BTreeMap<String, String>>| map.iter().flat_map(BTreeMap::keys).cloned().collect::<Vec<_>>();
    let decides = json!({
        "command": entry.command,
        "args": entry.args.clone().unwrap_or_default(),
        "env": names(&entry.env),
        "env_vars": entry.env_vars.clone().unwrap_or_default(),
        "cwd": entry.cwd,
        "url": entry.url,
        "bearer_token_env_var": entry.bearer_token_env_var,
        "http_headers": names(&entry.http_headers),
        "env_http_headers": entry.env_http_headers.clone().unwrap_or_default(),
    });
    hex(&Sha256::digest(decides.to_string().as_bytes()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pretty_assertions::assert_eq;

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn stdio() -> McpServerToml {
        McpServerToml { command: Some("x".into()), args: Some(vec!["a".into()]), ..McpServerToml::default() }
    }

    fn settings(entry: &McpServerToml, ours: &[(&str, &str)]) -> ServerSettings {
        ServerSettings::new("s", entry, &env(ours), Path::new("/w"), None)
    }

    /// M2
    #[test]
    fn a_server_gets_a_safe_base_and_what_its_entry_names() {
        let entry = McpServerToml {
            env: Some(env(&[("A", "1"), ("LANG", "own")])),
            env_vars: Some(vec!["PASS".into(), "UNSET".into()]),
            ..stdio()
        };
        let ours = [("PATH", "/bin"), ("LANG", "C"), ("PASS", "p"), ("OPENAI_API_KEY", "k"), ("CODEX_HOME", "/h"), ("SSH_AUTH_SOCK", "s")];
        let Reach::Stdio { env: child, cwd, .. } = settings(&entry, &ours).reach else { panic!("stdio") };
        assert_eq!(child, env(&[("A", "1"), ("LANG", "own"), ("PASS", "p"), ("PATH", "/bin")]));
        assert_eq!(cwd, Path::new("/w"));
    }

    /// M1: the values of variables may change, what is started may not.
    #[test]
    fn the_identity_follows_what_is_started() {
        let one = settings(&McpServerToml { env: Some(env(&[("A", "1")])), ..stdio() }, &[]).identity;
        assert_eq!(one, settings(&McpServerToml { env: Some(env(&[("A", "2")])), ..stdio() }, &[]).identity);
        for other in [
            McpServerToml { env: Some(env(&[("B", "1")])), ..stdio() },
            McpServerToml { args: Some(vec!["b".into()]), env: Some(env(&[("A", "1")])), ..stdio() },
            McpServerToml { cwd: Some("/x".into()), env: Some(env(&[("A", "1")])), ..stdio() },
            McpServerToml { url: Some("u".into()), ..McpServerToml::default() },
        ] {
            assert_ne!(one, settings(&other, &[]).identity);
        }
    }

    #[test]
    fn unset_header_variables_are_left_out_and_an_unset_token_is_told() {
        let entry = McpServerToml {
            url: Some("https://h/mcp".into()),
            http_headers: Some(env(&[("X-A", "1")])),
            env_http_headers: Some(env(&[("X-B", "B"), ("X-C", "UNSET")])),
            bearer_token_env_var: Some("TOK".into()),
            ..McpServerToml::default()
        };
        let Reach::Http { headers, token, .. } = settings(&entry, &[("B", "2")]).reach else { panic!("http") };
        assert_eq!(headers, env(&[("X-A", "1"), ("X-B", "2")]));
        assert!(token == Token::Missing("TOK".into()));
    }

    #[test]
    fn every_key_of_an_entry_is_taken_over() {
        let entry = McpServerToml {
            cwd: Some("below".into()),
            startup_timeout_ms: Some(1500),
            tool_timeout_sec: Some(2.5),
            required: Some(true),
            scopes: Some(vec!["a".into()]),
            oauth_resource: Some("r".into()),
            ..stdio()
        };
        let taken = settings(&entry, &[]);
        let Reach::Stdio { cwd, .. } = &taken.reach else { panic!("stdio") };
        assert_eq!(cwd, Path::new("/w/below"));
        assert_eq!((taken.startup_timeout, taken.tool_timeout), (Duration::from_millis(1500), Duration::from_millis(2500)));
        assert_eq!((taken.required, taken.scopes, taken.oauth_resource), (true, vec!["a".to_owned()], Some("r".to_owned())));
        let headers = McpServerToml { url: Some("u".into()), env_http_headers: Some(env(&[("X", "V")])), ..McpServerToml::default() };
        let Reach::Http { headers, .. } = settings(&headers, &[("V", "1")]).reach else { panic!("http") };
        assert_eq!(headers, env(&[("X", "1")]));
    }

    #[test]
    fn what_is_disabled_wins() {
        let entry = McpServerToml { enabled_tools: Some(vec!["a".into(), "b".into()]), disabled_tools: Some(vec!["b".into()]), ..stdio() };
        let settings = settings(&entry, &[]);
        assert_eq!(["a", "b", "c"].map(|tool| settings.offers(tool)), [true, false, false]);
    }
}
