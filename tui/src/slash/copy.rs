//! `/copy`: the last reply goes to the clipboard, as the model wrote it. Says which way was taken.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt;

use super::SlashCommand;
use crate::app::{App, Found, News};
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("copy", "copy the last reply; `/copy code` its last code block", run).any_time().with_words();

/// Terminals take no more in one sequence.
const MOST: usize = 74_994;
/// A clipboard may belong to a desktop that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

fn run(app: &mut App, args: &str) {
    let Some(answer) = app.chat.last_answer() else {
        app.note(Notice::Info, "`/copy` is unavailable before the first reply and right after going back.");
        return;
    };
    let text = match args {
        "" => Some(answer.to_owned()),
        "code" => last_code(answer),
        _ => {
            app.note(Notice::Error, "`/copy` copies the last reply, `/copy code` the last code block of it.");
            return;
        }
    };
    let Some(text) = text else {
        app.note(Notice::Info, "The last reply has no code block.");
        return;
    };
    copy(app, text);
}

/// A program that takes what is handed to it to the clipboard, and where it lies.
type Writer = (&'static [&'static str], PathBuf);

/// The programs of the desktop that this session belongs to.
fn writers(app: &App) -> Vec<Writer> {
    const WAYLAND: &[&str] = &["wl-copy"];
    const XCLIP: &[&str] = &["xclip", "-selection", "clipboard"];
    const XSEL: &[&str] = &["xsel", "--clipboard", "--input"];
    const WINDOWS: &[&str] = &["clip.exe"];
    const MAC: &[&str] = &["pbcopy"];
    let runtime = &app.surroundings.runtime;
    let set = |name: &str| runtime.env_text(name).is_some_and(|value| !value.is_empty());
    let known: [(bool, &'static [&'static str]); 5] = [
        (cfg!(target_os = "macos"), MAC),
        (set("WAYLAND_DISPLAY"), WAYLAND),
        (set("DISPLAY"), XCLIP),
        (set("DISPLAY"), XSEL),
        (set("WSL_DISTRO_NAME"), WINDOWS),
    ];
    let env = runtime.outside_env(&app.config.cwd);
    let path = env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let fitting = known.into_iter().filter(|(fits, _)| *fits);
    fitting.filter_map(|(_, argv)| Some((argv, codex_core::find_program(OsStr::new(argv[0]), &path)?))).collect()
}

/// By the first way that works: the programs of the desktop, then the terminal.
fn copy(app: &mut App, text: String) {
    let writers = writers(app);
    if writers.is_empty() {
        by_terminal(app, &text, &[]);
        return;
    }
    let env = app.surroundings.runtime.outside_env(&app.config.cwd);
    let news = app.engine.news();
    app.engine.spawn(async move {
        let mut failures = Vec::new();
        let mut found = None;
        for (argv, program) in &writers {
            let mut command = tokio::process::Command::new(program);
            command.args(&argv[1..]).env_clear().envs(&env);
            match tokio::time::timeout(PATIENCE, by_program(command, text.as_bytes())).await {
                Ok(Ok(status)) if status.success() => {
                    found = Some(Found::Note(Notice::Info, format!("Copied with `{}`", argv[0])));
                    break;
                }
                Ok(Ok(status)) => failures.push(format!("`{}` ended with {status}", argv[0])),
                Ok(Err(error)) => failures.push(format!("`{}`: {error}", argv[0])),
                Err(_) => failures.push(format!("`{}` gave no answer", argv[0])),
            }
        }
        let found = found.unwrap_or_else(|| Found::Ask(Box::new(move |app| by_terminal(app, &text, &failures))));
        // The loop is gone when nobody takes it.
        let _ = news.send(News::Found(found)).await;
    });
}

async fn by_program(mut command: tokio::process::Command, text: &[u8]) -> std::io::Result<ExitStatus> {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it read everything says so by its status.
        let _ = stdin.write_all(text).await;
    }
    child.wait().await
}

fn by_terminal(app: &mut App, text: &str, failures: &[String]) {
    let before = if failures.is_empty() { String::new() } else { format!("{}. ", failures.join("; ")) };
    let in_tmux = app.surroundings.runtime.env_text("TMUX").is_some_and(|value| !value.is_empty());
    let Some(bytes) = osc52(text, in_tmux) else {
        let why = "Nothing was copied: the reply is too long for the terminal's clipboard; `/export` writes it to a file.";
        app.note(Notice::Error, &format!("{before}{why}"));
        return;
    };
    let out = app.screen.out();
    match out.write_all(&bytes).and_then(|()| out.flush()) {
        Ok(()) => {
            let said = "Handed to the terminal's clipboard (OSC 52); where that is switched off, nothing arrives";
            app.note(if failures.is_empty() { Notice::Info } else { Notice::Warning }, &format!("{before}{said}"));
        }
        Err(error) => app.note(Notice::Error, &format!("{before}Nothing was copied: {error}")),
    }
}

/// The sequence that asks the terminal to copy; `None` for a text that is too long. tmux gets it twice: for itself, and for the
/// terminal around it.
fn osc52(text: &str, in_tmux: bool) -> Option<Vec<u8>> {
    let encoded = STANDARD.encode(text);
    if encoded.len() > MOST {
        return None;
    }
    let mut bytes = format!("\x1b]52;c;{encoded}\x07");
    if in_tmux {
        bytes.push_str(&format!("\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\"));
    }
    Some(bytes.into_bytes())
}

/// The last fenced block of a text, without its fences.
fn last_code(text: &str) -> Option<String> {
    let mut last = None;
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        match (&mut open, fence) {
            (None, true) => open = Some(Vec::new()),
            (Some(lines), true) => {
                last = Some(lines.join("\n"));
                open = None;
            }
            (Some(lines), false) => lines.push(line),
            (None, false) => {}
        }
    }
    last.or_else(|| open.map(|lines| lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_code_block_is_copied_without_its_fences() {
        assert_eq!(last_code("a\n```rust\none\n```\n```\ntwo\nthree\n```\n").as_deref(), Some("two\nthree"));
        assert_eq!(last_code("none"), None);
    }

    #[test]
    fn the_terminal_gets_base64_and_no_more_than_it_takes() {
        assert_eq!(osc52("copy this", false).unwrap(), b"\x1b]52;c;Y29weSB0aGlz\x07");
        assert!(osc52(&"x".repeat(100_000), false).is_none());
    }
}
