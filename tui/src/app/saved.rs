//! Prompts of a person's own, `$CODEX_HOME/prompts/NAME.md`, as commands `/prompts:NAME`.
//!
//! Files are read when a command is begun, for the list, and again when one is used. They belong to this screen alone: what a
//! thread gets is the text they come to. **Not here:** what stands for what in them (`expand`), prompts of MCP servers (`prompts`).

use std::fs;
use std::io::Read;
use std::path::Path;

use super::engine::Found;
use super::expand::{Body, Unfilled, expand};
use super::state::App;
use crate::chat::Notice;
use crate::composer::{Draft, SlashEntry};
use crate::text::sanitize_line;

/// What their commands begin with.
pub(crate) const PREFIX: &str = "prompts:";
/// Prompts that are listed.
const MOST: usize = 500;
/// Bytes of a prompt.
const LONGEST: u64 = 1 << 20;

/// A prompt as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedPrompt {
    name: String,
    about: String,
}

impl SavedPrompt {
    /// As the list behind `/` has it.
    pub(super) fn entry(&self) -> SlashEntry {
        SlashEntry { name: format!("{PREFIX}{}", self.name), about: self.about.clone(), takes_args: true, aliases: Vec::new() }
    }
}

impl App {
    /// Looks for prompts, to offer them behind `/`.
    pub(super) fn look_for_saved_prompts(&self) {
        let folder = self.config.codex_home.join("prompts");
        self.engine.find(move || {
            let listed = list(&folder);
            Some(Found::Ask(Box::new(move |app| app.offer_saved_prompts(listed))))
        });
    }

    /// Sends a prompt, filled in. What cannot be filled in stays where it can be mended.
    pub(super) fn use_saved_prompt(&mut self, word: &str, args: &str) {
        let name = word.strip_prefix(PREFIX).unwrap_or(word).to_owned();
        let path = self.config.codex_home.join("prompts").join(format!("{name}.md"));
        let (line, args) = (format!("/{word} {args}").trim_end().to_owned(), args.to_owned());
        self.engine.find(move || {
            let read = if is_name(&name) { read(&path) } else { None };
            Some(Found::Ask(Box::new(move |app| {
                let Some(text) = read else {
                    app.refuse_saved_prompt(&line, &format!("There is no prompt `{}` in $CODEX_HOME/prompts.", sanitize_line(&name)));
                    return;
                };
                match expand(&Body::of(&text), &args) {
                    Ok(text) => app.send(&Draft::plain(&text)),
                    // The command waits for words.
                    Err(Unfilled::Nothing) => app.keep_line(&format!("{line} ")),
                    Err(Unfilled::Missing(names)) => {
                        let missing = names.join(", ");
                        let why = format!(
                            "Missing required args for {line_name}: {missing}. Provide as key=value (quote values with spaces).",
                            line_name = head(&line)
                        );
                        app.refuse_saved_prompt(&line, &why);
                    }
                    Err(Unfilled::Unreadable(what)) => {
                        app.refuse_saved_prompt(&line, &format!("Could not parse {}: {what}", head(&line)));
                    }
                }
            })))
        });
    }

    fn refuse_saved_prompt(&mut self, line: &str, why: &str) {
        self.note(Notice::Error, &sanitize_line(why));
        self.keep_line(line);
    }

    fn keep_line(&mut self, line: &str) {
        if self.composer.is_empty() {
            self.composer.set_text(line);
        }
        self.dirty = true;
    }
}

fn head(line: &str) -> &str {
    line.split(' ').next().unwrap_or(line)
}

/// A name of a file in the folder itself.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && !name.starts_with('.')
}

fn list(folder: &Path) -> Vec<SavedPrompt> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
    let mut found: Vec<SavedPrompt> = entries.filter_map(|entry| saved(&entry.path())).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn saved(path: &Path) -> Option<SavedPrompt> {
    let name = path.file_name()?.to_str()?.strip_suffix(".md").filter(|name| is_name(name) && !name.contains(char::is_whitespace))?;
    let text = read(path)?;
    let body = Body::of(&text);
    let about = body.description.unwrap_or_else(|| "send saved prompt".to_owned());
    let takes = body.argument_hint.map(|hint| format!(" {hint}")).unwrap_or_default();
    Some(SavedPrompt { name: name.to_owned(), about: sanitize_line(&format!("{about}{takes}")) })
}

/// The text of a regular file; `None` where there is none or it is too long.
fn read(path: &Path) -> Option<String> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LONGEST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LONGEST).then(|| String::from_utf8_lossy(&bytes).into_owned())
}
