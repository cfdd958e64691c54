//! Every command behind `/`, typed by somebody who has just begun, and with a conversation.

use std::time::Duration;

use codex_protocol::{EventMsg, Op};

use super::stage::{Setting, Stage};
use crate::slash::{COMMANDS, Where};

/// What a person could tell that something happened by.
fn traces(stage: &Stage) -> (usize, bool, usize, Option<u8>, String, u64) {
    let app = &stage.app;
    (app.chat.cells().len(), app.overlay.is_some(), app.asked.len(), app.leaving, app.composer.draft().text, app.number)
}

#[test]
fn every_command_does_or_says_something() {
    for talked in [false, true] {
        for command in COMMANDS.iter().filter(|command| command.place.fits(None)) {
            let mut stage = Stage::new(Setting { rows: 40, ..Setting::default() });
            let mut played = stage.played.try_recv().unwrap();
            if talked {
                for event in [
                    serde_json::json!({"type": "user_message", "message": "hello", "kind": "plain"}),
                    serde_json::json!({"type": "agent_message", "message": "Hello."}),
                ] {
                    let event: EventMsg = serde_json::from_value(event).unwrap();
                    stage.say(played.number, event);
                }
            }
            stage.app.draw().unwrap();
            let before = traces(&stage);
            stage.type_bytes(format!("/{}", command.name).as_bytes());
            stage.wait(Duration::from_secs(1));
            stage.type_bytes(b"\r");
            stage.wait(Duration::from_secs(1));
            let asked: Vec<Op> = std::iter::from_fn(|| played.asked.try_recv().ok()).collect();
            let wiped = String::from_utf8_lossy(&stage.tap.take()).contains("\x1b[2J");
            assert!(traces(&stage) != before || !asked.is_empty() || wiped, "/{} is silent, after a conversation: {talked}", command.name);
            assert!(!stage.app.composer.draft().text.starts_with('/'), "/{} was taken", command.name);
            stage.app.draw().unwrap();
            super::guard::check(&stage.tap.take()).unwrap_or_else(|why| panic!("/{}: {why}", command.name));
        }
    }
}

/// The table of commands in `docs/tui.md`. After a change that is wanted: `INSTA_UPDATE=always cargo test -p codex-tui commands`.
#[test]
fn the_commands_of_the_documentation_are_those_of_the_program() {
    const BEGIN: &str = "<!-- commands -->\n";
    const END: &str = "<!-- end of commands -->";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tui.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let mut table = "| command | what it does | |\n|---|---|---|\n".to_owned();
    for command in COMMANDS {
        let names: Vec<String> = std::iter::once(&command.name).chain(command.aliases).map(|name| format!("`/{name}`")).collect();
        let place = match command.place {
            Where::Anywhere => "",
            Where::SameFiles => "here, or at a server on this machine",
            Where::InProcess => "not at a server",
            Where::AtAServer => "at a server",
        };
        let turn = if command.while_running { "" } else { "between turns" };
        let when: Vec<&str> = [turn, place].into_iter().filter(|word| !word.is_empty()).collect();
        table.push_str(&format!("| {} | {} | {} |\n", names.join(", "), command.about.replace('|', "\\|"), when.join("; ")));
    }
    let wanted = format!("{before}{BEGIN}{table}{END}{after}");
    #[expect(clippy::disallowed_methods, reason = "the same switch that lets snapshots be written")]
    let may_write = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    if may_write && wanted != page {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(may_write || wanted == page, "docs/tui.md is out of date");
}
