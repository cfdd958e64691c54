//! Which shell a command line is handed to, and with which flags.

use std::path::{Path, PathBuf};

use crate::handler::ToolError;
use crate::host::ToolTurn;

/// Shells that take a line by `-c` and are a login shell with `-l`.
const KNOWN: [&str; 8] = ["bash", "zsh", "sh", "dash", "ash", "ksh", "mksh", "fish"];

/// Where a shell given by bare name is looked for.
const FOLDERS: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin"];

/// argv that runs `line`: the user's shell or the one asked for, a login shell unless that is
/// switched off by the call or by configuration.
pub(crate) fn command_line(turn: &ToolTurn, shell: Option<&str>, login: Option<bool>, line: &str) -> Result<Vec<String>, ToolError> {
    if login == Some(true) && !turn.allow_login_shell {
        return Err(ToolError::Refused("login shell is disabled by config; omit `login` or set it to false.".to_owned()));
    }
    let shell = match shell.filter(|shell| !shell.is_empty()) {
        Some(asked) => find(turn, asked)?,
        None => turn.shell.clone(),
    };
    let flag = if login.unwrap_or(turn.allow_login_shell) { "-lc" } else { "-c" };
    Ok(vec![shell.to_string_lossy().into_owned(), flag.to_owned(), line.to_owned()])
}

/// The directory a call asks for; nothing or an empty text is the turn's own.
pub(crate) fn workdir(turn: &ToolTurn, asked: Option<&str>) -> PathBuf {
    match asked {
        Some(folder) if !folder.is_empty() => turn.cwd.join(folder),
        _ => turn.cwd.clone(),
    }
}

fn find(turn: &ToolTurn, asked: &str) -> Result<PathBuf, ToolError> {
    let path = Path::new(asked);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(asked);
    if !KNOWN.contains(&name) {
        return Err(ToolError::Refused(format!(
            "`{asked}` is not a shell; leave `shell` out or name one of bash, zsh, sh, dash, ksh, fish"
        )));
    }
    let found = if asked.contains('/') {
        Some(turn.cwd.join(path)).filter(|path| path.is_file())
    } else if turn.shell.file_name() == path.file_name() {
        Some(turn.shell.clone())
    } else {
        FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
    };
    found.ok_or_else(|| ToolError::Refused(format!("shell `{asked}` is not installed here; leave `shell` out to use the user's own")))
}
