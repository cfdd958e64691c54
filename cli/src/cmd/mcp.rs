//! `codex mcp`: the MCP servers in config.toml.
//!
//! Output is what the published program prints, for scripts that read it. Nothing is started here; servers with an address are asked whether they take
//! sign-ins.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, Subcommand};
use codex_config::edit;
use codex_config::schema::McpServerToml;
use codex_config::shown_url;
use codex_exec::args::{ConfigFlags, Overrides};
use codex_mcp_client::oauth::AuthStatus;
use serde_json::{Map, Value, json};

use crate::address::Address;
use crate::cmd::config_options::{check_where_asked, failed, load, options};
use crate::cmd::mcp_sign_in::Place;
use crate::failure::Failure;

/// How the usage of `add` is best said.
const ADD_USAGE: &str = "codex mcp add [OPTIONS] <NAME> (--url <URL> | -- <COMMAND>...)";

/// `codex mcp`.
#[derive(Args, Debug)]
pub(crate) struct McpCommand {
    #[command(subcommand)]
    command: McpForm,
}

#[derive(Debug, Subcommand)]
enum McpForm {
    /// List servers
    List(ListArgs),

    /// Show one server
    Get(GetArgs),

    /// Add a server, or replace the one of this name
    #[command(override_usage = ADD_USAGE)]
    Add(AddArgs),

    /// Remove a server
    Remove(NameArgs),

    /// Let a server of the project start as it is now
    Allow(NameArgs),

    /// Sign in to a server
    Login(SignArgs),

    /// Forget a sign-in to a server
    Logout(SignArgs),
}

/// `codex mcp list`.
#[derive(Args, Debug)]
struct ListArgs {
    /// As a JSON array
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    overrides: Overrides,
}

/// `codex mcp get`.
#[derive(Args, Debug)]
struct GetArgs {
    /// Name of the server
    #[arg(value_name = "NAME")]
    name: String,

    /// As a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    overrides: Overrides,
}

/// `codex mcp remove`.
#[derive(Args, Debug)]
struct NameArgs {
    /// Name of the server
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    overrides: Overrides,
}

/// `codex mcp login` and `logout`.
#[derive(Args, Debug)]
struct SignArgs {
    /// Name of the server
    #[arg(value_name = "NAME")]
    name: String,

    /// What to ask for, separated by commas
    #[arg(long, value_name = "SCOPE,SCOPE", value_delimiter = ',')]
    scopes: Vec<String>,

    #[command(flatten)]
    overrides: Overrides,
}

/// `codex mcp add`.
#[derive(Args, Debug)]
struct AddArgs {
    /// Name of the server: letters, digits, `-` and `_`
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    transport: TransportArgs,

    /// Variable for the command (repeatable)
    #[arg(long, value_name = "KEY=VALUE", value_parser = variable, requires = "command")]
    env: Vec<(String, String)>,

    /// Variable whose value is sent to the URL as a bearer token
    #[arg(long, value_name = "ENV_VAR", requires = "url", conflicts_with = "command")]
    bearer_token_env_var: Option<String>,

    #[command(flatten)]
    overrides: Overrides,
}

/// How a server is reached.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct TransportArgs {
    /// Program of a server that speaks over its standard streams, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, num_args = 1..)]
    command: Vec<String>,

    /// Address of a server that speaks streamable HTTP
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        Some(_) | None => Err("environment entries must be in KEY=VALUE form".to_owned()),
    }
}

/// Does what is asked.
pub(crate) fn run(command: McpCommand, outer: ConfigFlags) -> Result<u8, Failure> {
    let with = |overrides: Overrides| ConfigFlags { overrides, ..ConfigFlags::default() }.behind(outer);
    match command.command {
        McpForm::List(args) => {
            let place = Place::load(&with(args.overrides))?;
            let (auth, servers) = (place.auth()?, &place.config.mcp_servers);
            let refused = &place.config.refused_servers;
            print(&if args.json { list_json(servers, &auth, refused) } else { list_text(servers, &auth, refused) });
        }
        McpForm::Get(args) => {
            let config = load(&options(&with(args.overrides))?)?;
            let server = config.mcp_servers.get(&args.name).ok_or_else(|| unknown(&args.name))?;
            let refused = config.refused_servers.get(&args.name);
            print(&if args.json { get_json(&args.name, server, refused) } else { get_text(&args.name, server, refused) });
        }
        McpForm::Add(mut args) => {
            let flags = with(std::mem::take(&mut args.overrides));
            add(args, &flags)?;
        }
        McpForm::Allow(args) => Place::load(&with(args.overrides))?.allow(&args.name)?,
        McpForm::Remove(args) => remove(&args.name, &with(args.overrides))?,
        McpForm::Login(args) => {
            let place = Place::load(&with(args.overrides))?;
            remote(&args.name, &place, "Error: OAuth login is only supported for streamable HTTP servers.")?;
            place.log_in(&args.name, args.scopes)?;
        }
        McpForm::Logout(args) => {
            let place = Place::load(&with(args.overrides))?;
            remote(&args.name, &place, "Error: OAuth logout is only supported for streamable_http transports.")?;
            place.log_out(&args.name)?;
        }
    }
    Ok(0)
}

fn print(text: &str) {
    crate::output::print(&codex_exec::sanitize(text));
}

type Servers = BTreeMap<String, McpServerToml>;
/// Servers that the administrator does not allow, with who says so.
type Refused = BTreeMap<String, String>;

fn unknown(name: &str) -> Failure {
    Failure::new(format!("Error: No MCP server named '{name}' found."))
}

/// Whether a server can be signed in to, else the sentence about the others.
fn remote(name: &str, place: &Place, otherwise: &str) -> Result<(), Failure> {
    let server = place.config.mcp_servers.get(name).ok_or_else(|| unknown(name))?;
    if server.url.is_some() { Ok(()) } else { Err(Failure::new(otherwise)) }
}

fn named(name: &str) -> Result<(), Failure> {
    let sentence = || Failure::new(format!("Error: invalid server name '{name}' (use letters, numbers, '-', '_')"));
    if edit::is_server_name(name) { Ok(()) } else { Err(sentence()) }
}

fn add(args: AddArgs, flags: &ConfigFlags) -> Result<(), Failure> {
    named(&args.name)?;
    if args.transport.url.is_some() && !args.env.is_empty() {
        return Err(Failure::new("Error: `--env` is for a server that is started by a command; one with a URL takes none"));
    }
    if args.transport.url.as_deref().is_some_and(|url| Address::of(url).is_none()) {
        return Err(Failure::new("Error: `--url` takes the address of a server, such as https://host/mcp"));
    }
    let mut words = args.transport.command.into_iter();
    let server = McpServerToml {
        command: words.next(),
        args: Some(words.collect()),
        env: Some(args.env.into_iter().collect()),
        url: args.transport.url,
        bearer_token_env_var: args.bearer_token_env_var,
        ..McpServerToml::default()
    };
    let options = options(flags)?;
    check_where_asked(flags, &options)?;
    edit::add_mcp_server(&options.codex_home, &args.name, &server).map_err(|error| failed(&error))?;
    print(&format!("Added global MCP server '{}'.\n", args.name));
    if server.url.is_some() && server.bearer_token_env_var.is_none() {
        let place = Place::load(flags)?;
        if place.wants_sign_in(&args.name)? {
            print("Detected OAuth support. Starting OAuth flow…\n");
            place.log_in(&args.name, Vec::new())?;
        }
    }
    Ok(())
}

fn remove(name: &str, flags: &ConfigFlags) -> Result<(), Failure> {
    named(name)?;
    let options = options(flags)?;
    check_where_asked(flags, &options)?;
    let there = edit::remove_mcp_server(&options.codex_home, name).map_err(|error| failed(&error))?;
    print(&if there { format!("Removed global MCP server '{name}'.\n") } else { format!("No MCP server named '{name}' found.\n") });
    Ok(())
}

fn enabled(server: &McpServerToml) -> bool {
    server.enabled.unwrap_or(true)
}

fn transport(server: &McpServerToml) -> Value {
    match &server.command {
        Some(command) => json!({
            "type": "stdio",
            "command": command,
            "args": server.args.clone().unwrap_or_default(),
            "env": server.env,
            "env_vars": server.env_vars.clone().unwrap_or_default(),
            "cwd": server.cwd,
        }),
        None => json!({
            "type": "streamable_http",
            "url": server.url,
            "bearer_token_env_var": server.bearer_token_env_var,
            "http_headers": server.http_headers,
            "env_http_headers": server.env_http_headers,
        }),
    }
}

fn entry(name: &str, server: &McpServerToml, refused: Option<&String>) -> Map<String, Value> {
    let pairs =
        [("name", json!(name)), ("enabled", json!(enabled(server))), ("disabled_reason", json!(refused)), ("transport", transport(server))];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn timeouts(server: &McpServerToml) -> [(String, Value); 2] {
    [("startup_timeout_sec".to_owned(), json!(server.startup_timeout())), ("tool_timeout_sec".to_owned(), json!(server.tool_timeout_sec))]
}

type Auth = BTreeMap<String, AuthStatus>;

/// How a server's sign-in is spelt: for programs, and for people.
fn spelt(auth: &Auth, name: &str) -> (&'static str, &'static str) {
    match auth.get(name) {
        None | Some(AuthStatus::Unsupported) => ("unsupported", "Unsupported"),
        Some(AuthStatus::BearerToken) => ("bearer_token", "Bearer token"),
        Some(AuthStatus::NotLoggedIn) => ("not_logged_in", "Not logged in"),
        Some(AuthStatus::OAuth) => ("o_auth", "OAuth"),
    }
}

fn list_json(servers: &Servers, auth: &Auth, refused: &Refused) -> String {
    let entry = |(name, server): (&String, &McpServerToml)| {
        let mut entry = entry(name, server, refused.get(name));
        entry.extend(timeouts(server));
        entry.insert("auth_status".to_owned(), json!(spelt(auth, name).0));
        Value::Object(entry)
    };
    format!("{:#}\n", Value::Array(servers.iter().map(entry).collect()))
}

fn get_json(name: &str, server: &McpServerToml, refused: Option<&String>) -> String {
    let mut entry = entry(name, server, refused);
    entry.insert("enabled_tools".to_owned(), json!(server.enabled_tools));
    entry.insert("disabled_tools".to_owned(), json!(server.disabled_tools));
    entry.extend(timeouts(server));
    format!("{:#}\n", Value::Object(entry))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Names of variables or headers, their values masked.
fn masked<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    or_dash(names.into_iter().map(|name| format!("{name}=*****")).collect::<Vec<_>>().join(", "))
}

fn variables(server: &McpServerToml) -> String {
    masked(server.env.iter().flat_map(BTreeMap::keys).chain(server.env_vars.iter().flatten()))
}

fn list_text(servers: &Servers, auth: &Auth, refused: &Refused) -> String {
    if servers.is_empty() {
        return "No MCP servers configured yet. Try `codex mcp add my-tool -- my-command`.\n".to_owned();
    }
    let status = |name: &String, server: &McpServerToml| match refused.get(name) {
        Some(reason) => format!("disabled: {reason}"),
        None => if enabled(server) { "enabled" } else { "disabled" }.to_owned(),
    };
    let cwd = |server: &McpServerToml| server.cwd.as_ref().map(|cwd| cwd.display().to_string()).unwrap_or_default();
    let local = servers.iter().filter_map(|(name, server)| {
        let args = server.args.clone().unwrap_or_default().join(" ");
        let row = [name, server.command.as_ref()?, &or_dash(args), &variables(server), &or_dash(cwd(server)), &status(name, server)]
            .map(Clone::clone);
        Some([row.as_slice(), &["Unsupported".to_owned()]].concat())
    });
    let remote = servers.iter().filter_map(|(name, server)| {
        let token = server.bearer_token_env_var.clone();
        let auth = spelt(auth, name).1.to_owned();
        Some(vec![name.clone(), shown_url(server.url.as_deref()?), token.unwrap_or_else(|| "-".to_owned()), status(name, server), auth])
    });
    let tables = [
        table(&["Name", "Command", "Args", "Env", "Cwd", "Status", "Auth"], local.collect()),
        table(&["Name", "Url", "Bearer Token Env Var", "Status", "Auth"], remote.collect()),
    ];
    tables.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Columns padded to the widest cell; nothing where there are no rows.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let head: Vec<String> = head.iter().map(|title| (*title).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let mut table = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column))).collect();
        table.push_str(&cells.join("  "));
        table.push('\n');
    }
    Some(table)
}

fn get_text(name: &str, server: &McpServerToml, refused: Option<&String>) -> String {
    if let Some(reason) = refused {
        return format!("{name} (disabled: {reason})\n");
    }
    if !enabled(server) {
        return format!("{name} (disabled)\n");
    }
    let mut text = format!("{name}\n  enabled: true\n");
    let mut line = |key: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {key}: {value}");
    };
    let lists = [("enabled_tools", &server.enabled_tools), ("disabled_tools", &server.disabled_tools)];
    for (key, list) in lists {
        if let Some(list) = list {
            line(key, or_dash(list.join(", ")));
        }
    }
    match &server.command {
        Some(command) => {
            line("transport", "stdio".to_owned());
            line("command", command.clone());
            line("args", or_dash(server.args.clone().unwrap_or_default().join(" ")));
            line("cwd", or_dash(server.cwd.as_ref().map(|cwd| cwd.display().to_string()).unwrap_or_default()));
            line("env", variables(server));
        }
        None => {
            line("transport", "streamable_http".to_owned());
            line("url", server.url.as_deref().map(shown_url).unwrap_or_default());
            line("bearer_token_env_var", or_dash(server.bearer_token_env_var.clone().unwrap_or_default()));
            line("http_headers", masked(server.http_headers.iter().flat_map(BTreeMap::keys)));
            let env_headers = server.env_http_headers.iter().flatten().map(|(header, variable)| format!("{header}={variable}"));
            line("env_http_headers", or_dash(env_headers.collect::<Vec<_>>().join(", ")));
        }
    }
    let times = [("startup_timeout_sec", server.startup_timeout()), ("tool_timeout_sec", server.tool_timeout_sec)];
    for (key, seconds) in times {
        if let Some(seconds) = seconds {
            line(key, seconds.to_string());
        }
    }
    line("remove", format!("codex mcp remove {name}"));
    text
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_server_that_the_administrator_does_not_allow_is_listed_with_the_reason() {
        let server = McpServerToml { command: Some("bad".to_owned()), enabled: Some(false), ..McpServerToml::default() };
        let servers = Servers::from([("b".to_owned(), server.clone()), ("c".to_owned(), server.clone())]);
        let reason = "requirements (/etc/codex/requirements.toml)".to_owned();
        let refused = Refused::from([("b".to_owned(), reason.clone())]);
        let text = list_text(&servers, &Auth::new(), &refused);
        let rows: Vec<&str> = text.lines().skip(1).map(str::trim_end).collect();
        assert!(rows[0].contains("disabled: requirements (/etc/codex/requirements.toml)  Unsupported"), "{text}");
        assert!(rows[1].contains("disabled ") && !rows[1].contains("requirements"), "{text}");
        assert_eq!(get_text("b", &server, Some(&reason)), "b (disabled: requirements (/etc/codex/requirements.toml))\n");
        let listed: Value = serde_json::from_str(&list_json(&servers, &Auth::new(), &refused)).unwrap();
        assert_eq!((&listed[0]["disabled_reason"], &listed[1]["disabled_reason"]), (&json!(reason), &Value::Null));
    }
}
