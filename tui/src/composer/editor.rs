//! The text in a program of its own: which program, which file, what comes back. Pure; somebody else runs it.

use std::path::{Path, PathBuf};

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditorCommand {
    /// Program and arguments, the file last.
    pub argv: Vec<String>,
    /// The file, to be made with [`EditorCommand::content`] for its owner alone and removed afterwards.
    pub file: PathBuf,
    /// What the file holds at first.
    pub content: String,
}

/// Why there is no editor to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditorError {
    /// Neither variable is set.
    #[error("no editor is set; set $VISUAL or $EDITOR, for example to `vim` or `code --wait`")]
    NotSet,
    /// The variable cannot be read as a command line.
    #[error("`{0}` in $VISUAL or $EDITOR is no command line; check its quotes")]
    Unreadable(String),
}

/// What to run to edit a text: `$VISUAL`, or else `$EDITOR`, on a new Markdown file in `folder` whose name holds `unique`.
///
/// # Errors
///
/// [`EditorError`].
pub fn editor_command(
    visual: Option<&str>,
    editor: Option<&str>,
    folder: &Path,
    unique: &str,
    text: &str,
) -> Result<EditorCommand, EditorError> {
    let said = |value: Option<&str>| value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    let line = said(visual).or_else(|| said(editor)).ok_or(EditorError::NotSet)?;
    let mut argv = shlex::split(&line).filter(|words| !words.is_empty()).ok_or_else(|| EditorError::Unreadable(line.clone()))?;
    let file = folder.join(format!("codex-prompt-{unique}.md"));
    argv.push(file.to_string_lossy().into_owned());
    let mut content = text.to_owned();
    if !content.is_empty() && !content.ends_with('\n') {
        content.push('\n');
    }
    Ok(EditorCommand { argv, file, content })
}

/// The text that an edited file stands for: line ends made one kind, those at the end dropped.
pub fn edited_text(content: &[u8]) -> String {
    let text = super::textarea::clean(&String::from_utf8_lossy(content));
    text.trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn visual_comes_before_editor_and_may_have_arguments() {
        let command = |visual, editor| editor_command(visual, editor, Path::new("/tmp"), "7", "a\nb");
        let made = command(Some("code --wait"), Some("vi")).unwrap();
        assert_eq!(made.argv, ["code", "--wait", "/tmp/codex-prompt-7.md"]);
        assert_eq!(made.content, "a\nb\n");
        assert_eq!(command(Some(" "), Some("vi")).unwrap().argv[0], "vi");
        assert_eq!(command(None, None), Err(EditorError::NotSet));
        assert_eq!(command(Some("vi 'x"), None), Err(EditorError::Unreadable("vi 'x".to_owned())));
        assert_eq!(edited_text(b"a\r\nb\n\n"), "a\nb");
    }
}
