//! Prompts of MCP servers as commands: offered in the list behind `/`, their arguments asked for, sent as what the server made.
//!
//! Servers are asked for their prompts when a command is begun, so that those are there that are ready by then. **Not here:** how
//! a line is read and a prompt filled in (`codex-core`).

use codex_core::McpPrompt;
use codex_protocol::user_input::UserInput;

use super::commands;
use super::engine::Found;
use super::saved::SavedPrompt;
use super::state::App;
use crate::chat::Notice;
use crate::composer::{Draft, SlashEntry};
use crate::text::sanitize_line;

/// What is known of them.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    listed: Vec<McpPrompt>,
    /// Those of the person's own.
    saved: Vec<SavedPrompt>,
    /// Those were looked for since a command was begun.
    looked: bool,
    /// They were asked for since a command was begun.
    asked: bool,
}

impl App {
    /// Looks for the person's own prompts and asks the servers for theirs, once for each command that is begun.
    pub(super) fn look_for_prompts(&mut self) {
        if !self.composer.begins_command() {
            (self.prompts.asked, self.prompts.looked) = (false, false);
            return;
        }
        if !std::mem::replace(&mut self.prompts.looked, true) {
            self.look_for_saved_prompts();
        }
        let Some(thread) = self.live.clone().filter(|_| self.server.is_none() && !self.config.mcp_servers.is_empty()) else { return };
        if std::mem::replace(&mut self.prompts.asked, true) {
            return;
        }
        let number = self.number;
        self.find_out(async move {
            let listed = thread.mcp_prompts().await;
            Found::Ask(Box::new(move |app| app.offer_prompts(number, listed)))
        });
    }

    /// Offers these prompts behind `/`, unless the thread is another one by now.
    pub(super) fn offer_prompts(&mut self, number: u64, listed: Vec<McpPrompt>) {
        if number != self.number || listed == self.prompts.listed {
            return;
        }
        self.prompts.listed = listed;
        self.offer_all();
    }

    /// Offers these prompts of the person's own behind `/`.
    pub(super) fn offer_saved_prompts(&mut self, saved: Vec<SavedPrompt>) {
        if saved != self.prompts.saved {
            self.prompts.saved = saved;
            self.offer_all();
        }
    }

    fn offer_all(&mut self) {
        let mut entries = commands::entries(self.server.as_deref());
        entries.extend(self.prompts.saved.iter().map(SavedPrompt::entry));
        entries.extend(self.prompts.listed.iter().map(entry));
        self.composer.set_commands(entries);
        self.dirty = true;
    }

    /// Sends the prompt of a name, after asking for what it needs and was not given.
    pub(super) fn use_prompt(&mut self, word: &str, args: &str) {
        let known = self.prompts.listed.iter().find(|prompt| prompt.word == word);
        let needed = known.filter(|_| args.is_empty()).map(|prompt| prompt.arguments.clone()).unwrap_or_default();
        let needed = needed.into_iter().filter(|argument| argument.required);
        let questions = needed.map(|argument| (argument.name, argument.description)).collect();
        let line = if args.is_empty() { format!("/{word}") } else { format!("/{word} {args}") };
        self.complete_prompt(line, questions);
    }

    /// Asks for the first of these arguments, then for the others, and sends the line.
    fn complete_prompt(&mut self, line: String, mut questions: Vec<(String, String)>) {
        if questions.is_empty() {
            self.fill_prompt(line);
            return;
        }
        let (name, about) = questions.remove(0);
        let word = line.split(' ').next().unwrap_or_default().to_owned();
        let about = if about.is_empty() { "Type a value".to_owned() } else { sanitize_line(&about) };
        self.prompt(&format!("{word}: {}", sanitize_line(&name)), &about, "", move |app, value| {
            let line = format!("{line} {name}={}", quoted(&value));
            app.complete_prompt(line, questions);
        });
    }

    fn fill_prompt(&mut self, line: String) {
        let Some(thread) = self.live.clone() else {
            let why = if self.server.is_some() { self.way_back() } else { "The thread is not ready yet.".to_owned() };
            self.refused_prompt(&line, &why);
            return;
        };
        let number = self.number;
        self.find_out(async move {
            let filled = thread.fill_mcp_prompt(&line).await;
            Found::Ask(Box::new(move |app| match filled {
                Ok(input) if number == app.number => {
                    let draft = Draft::plain(&words(&input));
                    app.send_input(&draft, input);
                }
                Ok(_) => {}
                Err(why) => app.refused_prompt(&line, &why),
            }))
        });
    }

    /// What could not be sent goes back to where it can be mended.
    fn refused_prompt(&mut self, line: &str, why: &str) {
        let mut letters = why.chars();
        let why: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
        self.note(Notice::Error, &why);
        if self.composer.is_empty() {
            self.composer.set_text(line);
        }
    }
}

/// A prompt as the list shows it: its server, what it is for, what it takes.
fn entry(prompt: &McpPrompt) -> SlashEntry {
    let takes = prompt.arguments.iter().map(|argument| match argument.required {
        true => format!(" {}=…", argument.name),
        false => format!(" [{}=…]", argument.name),
    });
    let about = if prompt.description.is_empty() { prompt.title.clone().unwrap_or_default() } else { prompt.description.clone() };
    let about = sanitize_line(&format!("[{}] {}{}", prompt.server, about, takes.collect::<String>()));
    SlashEntry { name: prompt.word.clone(), about, takes_args: true, aliases: Vec::new() }
}

/// A value as one word of a line.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text of an input.
fn words(input: &[UserInput]) -> String {
    let texts = input.iter().filter_map(|part| if let UserInput::Text { text, .. } = part { Some(text.as_str()) } else { None });
    texts.collect::<Vec<_>>().join("\n")
}
