//! Prompts of servers: listed, and filled in from a line such as `/mcp__SERVER__PROMPT first "second one" name=value`.
//!
//! A prompt is what its server wrote, so it is used only when a person names it. **Not here:** how a front end offers them.

use codex_mcp_client::{McpServers, clean, exposed_name};
use codex_protocol::user_input::UserInput;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// What lines that name a prompt begin with.
const SIGN: &str = "/mcp__";
/// Most prompts of a server that are shown.
const MOST: usize = 1000;
/// Most characters of a filled-in prompt.
const LONGEST: usize = 512 * 1024;

/// A prompt that a server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpPrompt {
    /// What a person writes: `mcp__SERVER__PROMPT`.
    pub word: String,
    /// Server name in the configuration.
    pub server: String,
    /// Name as the server spells it.
    pub name: String,
    /// Title for people.
    pub title: Option<String>,
    /// What it is for; one line or several, bounded.
    pub description: String,
    /// What it takes, in order.
    pub arguments: Vec<McpPromptArgument>,
}

/// An argument of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpPromptArgument {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether the prompt needs it.
    pub required: bool,
}

/// Whether a line names a prompt of a server, there or not.
pub fn is_prompt_line(line: &str) -> bool {
    line.starts_with(SIGN)
}

/// The prompts of all servers that are ready, by server and in its order. A server that gives none hides nothing of the others.
pub(crate) async fn list(servers: &McpServers, cancel: &CancellationToken) -> Vec<McpPrompt> {
    let ready: Vec<String> = servers.states().into_iter().filter(|state| state.is_ready).map(|state| state.name).collect();
    let mut all = Vec::new();
    for server in ready {
        let listed = servers.prompts(&server, cancel).await.unwrap_or_default();
        all.extend(listed.iter().take(MOST).filter_map(|prompt| read(&server, prompt)));
    }
    all
}

fn read(server: &str, listed: &Value) -> Option<McpPrompt> {
    let text = |value: &Value, key: &str, most| value.get(key).and_then(Value::as_str).map(|text| clean(text, most));
    let name = listed.get("name")?.as_str()?;
    let argument = |value: &Value| {
        let required = value.get("required").and_then(Value::as_bool).unwrap_or(false);
        Some(McpPromptArgument {
            name: text(value, "name", 200)?,
            description: text(value, "description", 1000).unwrap_or_default(),
            required,
        })
    };
    Some(McpPrompt {
        word: exposed_name(server, name),
        server: server.to_owned(),
        name: name.to_owned(),
        title: text(listed, "title", 200),
        description: text(listed, "description", 2000).unwrap_or_default(),
        arguments: listed.get("arguments").and_then(Value::as_array).into_iter().flatten().filter_map(argument).collect(),
    })
}

/// What the line stands for: the messages of the prompt it names. Waits for a server that is just starting.
pub(crate) async fn fill(servers: &McpServers, line: &str, cancel: &CancellationToken) -> Result<Vec<UserInput>, String> {
    let mut words = words(line.trim())?.into_iter();
    let word = words.next().unwrap_or_default();
    let word = word.trim_start_matches('/').to_owned();
    let mut why_not = None;
    for server in servers.names() {
        if !word.starts_with(&exposed_name(&server, "")) {
            continue;
        }
        match servers.prompts(&server, cancel).await {
            Ok(listed) => {
                if let Some(prompt) = listed.iter().filter_map(|prompt| read(&server, prompt)).find(|prompt| prompt.word == word) {
                    let arguments = arguments(&prompt, words)?;
                    let given = (!arguments.is_empty()).then_some(arguments);
                    let filled = servers.prompt(&server, &prompt.name, given, cancel).await;
                    return input(
                        &filled.map_err(|error| format!("prompt `{}` of MCP server `{server}`: {error}", clean(&prompt.name, 100)))?,
                    );
                }
            }
            Err(error) => why_not = Some(format!("MCP server `{server}` gives no prompts: {error}")),
        }
    }
    Err(why_not.unwrap_or_else(|| format!("no MCP server has a prompt `{}`", clean(&word, 100))))
}

/// Words of a line; quotes hold words together.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote, mut is_open) = (Vec::new(), String::new(), None, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('"') | None, '\\') => word.extend(letters.next()),
            (Some(_), _) => word.push(letter),
            (None, '"' | '\'') => (quote, is_open) = (Some(letter), true),
            (None, _) if letter.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                    is_open = false;
                }
            }
            (None, _) => word.push(letter),
        }
    }
    if quote.is_some() {
        return Err("a quotation mark is not closed".to_owned());
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// Arguments by name (`name=value`) or in the prompt's order; what is left over belongs to the last.
fn arguments(prompt: &McpPrompt, words: impl Iterator<Item = String>) -> Result<Map<String, Value>, String> {
    let mut given: Vec<(String, String)> = Vec::new();
    for word in words {
        let named = word.split_once('=').filter(|(name, _)| prompt.arguments.iter().any(|argument| argument.name == *name));
        if let Some((name, value)) = named {
            given.push((name.to_owned(), value.to_owned()));
            continue;
        }
        match prompt.arguments.iter().find(|argument| given.iter().all(|(name, _)| *name != argument.name)) {
            Some(free) => given.push((free.name.clone(), word)),
            None => match given.last_mut() {
                Some((_, last)) => *last = format!("{last} {word}"),
                None => return Err(format!("`{}` takes no arguments", prompt.word)),
            },
        }
    }
    let is_missing = |argument: &&McpPromptArgument| argument.required && given.iter().all(|(name, _)| *name != argument.name);
    if let Some(missing) = prompt.arguments.iter().find(is_missing) {
        let all: Vec<String> = prompt.arguments.iter().map(shown).collect();
        return Err(format!("`{}` needs `{}`: /{} {}", prompt.word, missing.name, prompt.word, all.join(" ")));
    }
    Ok(given.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

fn shown(argument: &McpPromptArgument) -> String {
    if argument.required { format!("{}=...", argument.name) } else { format!("[{}=...]", argument.name) }
}

/// The messages of a filled-in prompt as input: texts, pictures, and texts of resources.
fn input(result: &Value) -> Result<Vec<UserInput>, String> {
    let messages = result.get("messages").and_then(Value::as_array).ok_or("the server gave no messages")?;
    let mut input = Vec::new();
    let mut length = 0;
    for message in messages {
        let blocks = match &message["content"] {
            Value::Array(blocks) => blocks.clone(),
            block => vec![block.clone()],
        };
        // What it puts into the model's mouth is marked: the model did not say it.
        let lead = if message["role"] == "assistant" { "Assistant: " } else { "" };
        for block in &blocks {
            let text = |text: &str| UserInput::text(format!("{lead}{text}"));
            let piece = match (block["type"].as_str(), block["text"].as_str(), block["resource"]["text"].as_str()) {
                (Some("text"), Some(words), _) => text(words),
                (Some("resource"), _, Some(words)) => text(&format!("{}:\n{words}", block["resource"]["uri"].as_str().unwrap_or_default())),
                (Some("resource_link"), _, _) => text(&format!("See {}", block["uri"].as_str().unwrap_or_default())),
                (Some("image"), _, _) => {
                    let (kind, data) = (block["mimeType"].as_str().unwrap_or("image/png"), block["data"].as_str().unwrap_or_default());
                    UserInput::Image { image_url: format!("data:{kind};base64,{data}") }
                }
                (kind, _, _) => {
                    return Err(format!("the prompt holds {} and cannot be used", clean(kind.unwrap_or("what is unknown"), 50)));
                }
            };
            length += block.to_string().len();
            input.push(piece);
        }
    }
    if length > LONGEST {
        return Err(format!("the prompt is longer than {} KiB", LONGEST / 1024));
    }
    if input.is_empty() { Err("the prompt is empty".to_owned()) } else { Ok(input) }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn prompt() -> McpPrompt {
        let arguments = json!([{"name": "file", "required": true}, {"name": "tone"}]);
        read("s-1", &json!({"name": "re-view", "arguments": arguments})).unwrap()
    }

    fn taken(line: &str) -> Result<Value, String> {
        let words = words(line)?;
        arguments(&prompt(), words.into_iter()).map(Value::Object)
    }

    #[test]
    fn arguments_are_given_by_name_or_in_their_order() {
        assert_eq!(prompt().word, "mcp__s_1__re_view");
        assert_eq!(taken("a.rs"), Ok(json!({"file": "a.rs"})));
        assert_eq!(taken("'a b.rs' very kind"), Ok(json!({"file": "a b.rs", "tone": "very kind"})));
        assert_eq!(taken(r#"tone=dry a\ b"#), Ok(json!({"tone": "dry", "file": "a b"})));
        assert_eq!(taken("x=y"), Ok(json!({"file": "x=y"})));
        assert_eq!(taken(""), Err("`mcp__s_1__re_view` needs `file`: /mcp__s_1__re_view file=... [tone=...]".to_owned()));
        assert_eq!(taken("'a"), Err("a quotation mark is not closed".to_owned()));
    }

    #[test]
    fn messages_become_input() {
        let result = json!({"messages": [
            {"role": "user", "content": {"type": "text", "text": "look at"}},
            {"role": "user", "content": {"type": "resource", "resource": {"uri": "x://a", "text": "held"}}},
            {"role": "assistant", "content": {"type": "text", "text": "yes"}},
            {"role": "user", "content": {"type": "image", "mimeType": "image/png", "data": "aGk="}},
        ]});
        let expected = [
            UserInput::text("look at"),
            UserInput::text("x://a:\nheld"),
            UserInput::text("Assistant: yes"),
            UserInput::Image { image_url: "data:image/png;base64,aGk=".to_owned() },
        ];
        assert_eq!(input(&result).unwrap(), expected);
        assert!(input(&json!({"messages": []})).is_err() && input(&json!({})).is_err());
    }
}
