//! What a finished text is: a message, a command, a line for the shell.

use super::options::SlashEntry;

/// What a finished text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finished {
    /// Nothing but blanks.
    Empty,
    /// For the model.
    Message,
    /// A command behind `/`, by its own name, and what follows it.
    Command { name: String, args: String },
    /// A name no command has.
    Unknown(String),
    /// For the user's shell.
    Shell(String),
    /// `!` alone.
    EmptyShell,
}

/// Decides by the text as it is shown; what placeholders stand for is never a command.
pub(super) fn finished(text: &str, commands: &[SlashEntry]) -> Finished {
    if text.trim().is_empty() {
        return Finished::Empty;
    }
    if let Some(line) = text.strip_prefix('!') {
        return if line.trim().is_empty() { Finished::EmptyShell } else { Finished::Shell(line.trim().to_owned()) };
    }
    let Some(rest) = text.strip_prefix('/') else { return Finished::Message };
    let (name, args) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let args = args.trim();
    if name.is_empty() || name.contains('/') {
        return Finished::Message;
    }
    match command_named(commands, name) {
        Some(command) if args.is_empty() || command.takes_args => Finished::Command { name: command.name.clone(), args: args.to_owned() },
        Some(_) => Finished::Message,
        // Prompts that are not listed yet.
        None if name.starts_with("mcp__") || name.starts_with("prompts:") => {
            Finished::Command { name: name.to_owned(), args: args.to_owned() }
        }
        None if args.is_empty() => Finished::Unknown(name.to_owned()),
        None if args.contains('\n') => Finished::Message,
        None => Finished::Unknown(name.to_owned()),
    }
}

/// The command with a name or an alias.
pub(super) fn command_named<'a>(commands: &'a [SlashEntry], name: &str) -> Option<&'a SlashEntry> {
    commands.iter().find(|command| command.name == name || command.aliases.iter().any(|alias| alias == name))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_text_is_what_its_first_word_says() {
        let entry = |name: &str, takes_args, alias: &str| SlashEntry {
            name: name.to_owned(),
            about: String::new(),
            takes_args,
            aliases: vec![alias.to_owned()],
        };
        let commands = [entry("model", false, "m"), entry("rename", true, "name")];
        let command = |name: &str, args: &str| Finished::Command { name: name.to_owned(), args: args.to_owned() };
        let cases = [
            ("", Finished::Empty),
            (" \n ", Finished::Empty),
            ("hello", Finished::Message),
            ("/model", command("model", "")),
            ("/m ", command("model", "")),
            ("/model extra words", Finished::Message),
            ("/rename", command("rename", "")),
            ("/rename  a b ", command("rename", "a b")),
            ("/name x", command("rename", "x")),
            (" /model", Finished::Message),
            ("/etc/passwd read it", Finished::Message),
            ("/", Finished::Message),
            ("/ model", Finished::Message),
            ("/xyzzy", Finished::Unknown("xyzzy".to_owned())),
            ("/mcp__demo__greet", command("mcp__demo__greet", "")),
            ("/mcp__demo__greet who=Ada", command("mcp__demo__greet", "who=Ada")),
            ("/prompts:nm", command("prompts:nm", "")),
            ("/prompts:nm A=\"b c\"", command("prompts:nm", "A=\"b c\"")),
            ("/renam x", Finished::Unknown("renam".to_owned())),
            ("!ls -l", Finished::Shell("ls -l".to_owned())),
            ("!  ", Finished::EmptyShell),
            (" !ls", Finished::Message),
        ];
        for (text, expected) in cases {
            assert_eq!(finished(text, &commands), expected, "{text:?}");
        }
    }
}
