//! The message in an editor of the user's own: it gets the terminal, and what it leaves in the file is the message.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use super::engine::with_causes;
use super::state::App;
use crate::chat::Notice;
use crate::composer::editor::{EditorCommand, edited_text, editor_command};

impl App {
    /// Runs the editor; the terminal is not ours meanwhile.
    pub(crate) async fn edit_elsewhere(&mut self) {
        let runtime = &self.surroundings.runtime;
        let folder = runtime.tmpdir.clone().unwrap_or_else(|| "/tmp".into());
        let unique = format!("{}-{}", std::process::id(), super::turns::now());
        let text = self.composer.draft().text;
        let command = editor_command(runtime.env_text("VISUAL"), runtime.env_text("EDITOR"), &folder, &unique, &text);
        let outcome = match command {
            Ok(command) => edited(command).await,
            Err(error) => Err(error.to_string()),
        };
        match outcome {
            Ok(text) => self.composer.set_text(&text),
            Err(message) => self.chat.note(Notice::Error, &format!("The message was not edited: {message}")),
        }
    }
}

async fn edited(command: EditorCommand) -> Result<String, String> {
    let unusable = |error: std::io::Error| format!("{}: {}", command.file.display(), with_causes(&error));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&command.file).map_err(unusable)?;
    file.write_all(command.content.as_bytes()).map_err(unusable)?;
    drop(file);
    let ended = run(&command.argv).await;
    let content = std::fs::read(&command.file).map_err(unusable);
    // A file that stays is the user's own text in the user's own folder.
    let _ = std::fs::remove_file(&command.file);
    ended?;
    content.map(|content| edited_text(&content))
}

async fn run(argv: &[String]) -> Result<(), String> {
    let (program, arguments) = argv.split_first().ok_or("the command is empty")?;
    // The editor needs this very terminal in the foreground, which `codex-process` never gives to a child.
    let ended = tokio::process::Command::new(program).args(arguments).status().await;
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{program}` ended with {status}")),
        Err(error) => Err(format!("cannot start `{program}`: {error}")),
    }
}
