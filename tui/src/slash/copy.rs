//! `/copy`: the last reply goes to the clipboard, as the model wrote it. Says which way was taken.

use std::io::Write;
use std::process::Stdio;

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
    match program(app) {
        Some(argv) => by_program(app, argv, text),
        None => by_terminal(app, &text),
    }
}

/// The program of the desktop that this session belongs to.
fn program(app: &App) -> Option<&'static [&'static str]> {
    let runtime = &app.surroundings.runtime;
    let set = |name: &str| runtime.env_text(name).is_some_and(|value| !value.is_empty());
    let there = |program: &str| {
        let path = runtime.env_text("PATH").unwrap_or_default();
        path.split(':').filter(|folder| folder.starts_with('/')).any(|folder| std::path::Path::new(folder).join(program).is_file())
    };
    const WAYLAND: &[&str] = &["wl-copy"];
    const XCLIP: &[&str] = &["xclip", "-selection", "clipboard"];
    const XSEL: &[&str] = &["xsel", "--clipboard", "--input"];
    const MAC: &[&str] = &["pbcopy"];
    let known: [(bool, &'static [&'static str]); 4] =
        [(set("WAYLAND_DISPLAY"), WAYLAND), (set("DISPLAY"), XCLIP), (set("DISPLAY"), XSEL), (cfg!(target_os = "macos"), MAC)];
    known.into_iter().find(|(fits, argv)| *fits && there(argv[0])).map(|(_, argv)| argv)
}

fn by_program(app: &App, argv: &'static [&'static str], text: String) {
    let news = app.engine.news();
    app.engine.spawn(async move {
        let copied = async {
            let mut command = tokio::process::Command::new(argv[0]);
            let mut child = command.args(&argv[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(text.as_bytes()).await?;
            }
            child.wait().await
        };
        let found = match copied.await {
            Ok(status) if status.success() => Found::Note(Notice::Info, format!("Copied with `{}`", argv[0])),
            Ok(status) => Found::Note(Notice::Error, format!("Nothing was copied: `{}` ended with {status}", argv[0])),
            Err(error) => Found::Note(Notice::Error, format!("Nothing was copied: `{}`: {error}", argv[0])),
        };
        // The loop is gone when nobody takes it.
        let _ = news.send(News::Found(found)).await;
    });
}

fn by_terminal(app: &mut App, text: &str) {
    let in_tmux = app.surroundings.runtime.env_text("TMUX").is_some_and(|value| !value.is_empty());
    let Some(bytes) = osc52(text, in_tmux) else {
        app.note(Notice::Error, "Nothing was copied: the reply is too long for the terminal's clipboard; `/export` writes it to a file.");
        return;
    };
    let out = app.screen.out();
    match out.write_all(&bytes).and_then(|()| out.flush()) {
        Ok(()) => app.note(Notice::Info, "Handed to the terminal's clipboard (OSC 52); where that is switched off, nothing arrives"),
        Err(error) => app.note(Notice::Error, &format!("Nothing was copied: {error}")),
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
