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

/// What was handed in to the thread.
fn handed_in(played: &mut crate::app::engine::Played) -> Vec<String> {
    let text = |op: Op| match op {
        Op::UserTurn(turn) => match turn.input.into_iter().next() {
            Some(codex_protocol::user_input::UserInput::Text { text, .. }) => Some(text),
            _ => None,
        },
        _ => None,
    };
    std::iter::from_fn(|| played.asked.try_recv().ok()).filter_map(text).collect()
}

#[test]
fn skills_are_offered_switched_and_offered_no_more() {
    let skill = |name: &str| format!("---\nname: {name}\ndescription: about {name}\n---\n").leak() as &'static str;
    let files = vec![
        ("home/skills/one/SKILL.md", skill("one")),
        ("home/skills/two/SKILL.md", skill("two")),
        ("work/.agents/skills/two/SKILL.md", skill("two")),
    ];
    let config = "disable_paste_burst = true\n[[skills.config]]\nname = \"one\"\nenabled = false\n".to_owned();
    let mut stage = Stage::new(Setting { files, config, ..Setting::default() });
    let mut played = stage.played.try_recv().unwrap();
    let shown = |stage: &mut Stage| super::terminal::texts(&stage.app.frame(80, 24).0).join("\n");
    stage.type_bytes(b"$o");
    assert!(!shown(&mut stage).contains("[Skill] about one"), "{}", shown(&mut stage));
    stage.app.composer.set_text("");
    // The project's comes first, then the user's.
    for keys in ["/skills\r", "2", "\x1b[B", " ", "\r"] {
        stage.type_bytes(keys.as_bytes());
    }
    let cell = stage.app.chat.cells().last().unwrap().lines(200, stage.app.chat.look());
    let text: String = cell.iter().map(crate::text::plain_text).collect();
    assert!(text.contains("On: one. This counts from the next conversation on."), "{text}");
    let config = std::fs::read_to_string(stage.folder.path().join("home/config.toml")).unwrap();
    assert!(!config.contains("name = \"one\""), "{config}");
    stage.type_bytes(b"$o");
    stage.type_bytes(b"\r");
    let one = stage.app.composer.draft().text;
    assert_eq!(one, "$one");
    // Two of one name: the file says which.
    stage.type_bytes(b"$two");
    stage.type_bytes(b"\r");
    let folder = stage.folder.path().canonicalize().unwrap();
    assert!(stage.app.composer.draft().text.starts_with(&format!("$one [$two]({}/", folder.display())));
    stage.type_bytes(b"\r");
    assert_eq!(handed_in(&mut played).len(), 1);
}

#[test]
fn prompts_of_ones_own_are_filled_in_and_sent() {
    let files = vec![
        ("home/prompts/plain.md", "---\ndescription: d\n---\nSay it.\n"),
        ("home/prompts/words.md", "Look at $1 and $2; all: $ARGUMENTS\n"),
        ("home/prompts/named.md", "Tidy $FILE for $WHO, $$5.\n"),
        ("home/prompts/sub/inner.md", "inner\n"),
        ("home/prompts/other.txt", "other\n"),
    ];
    let mut stage = Stage::new(Setting { files, config: "disable_paste_burst = true\n".to_owned(), ..Setting::default() });
    let mut played = stage.played.try_recv().unwrap();
    let mut sent = |stage: &mut Stage, line: &str| {
        stage.app.composer.set_text("");
        stage.type_bytes(format!("{line}\r").as_bytes());
        (handed_in(&mut played), stage.app.composer.whole_draft().text)
    };
    let nothing: Vec<String> = Vec::new();
    assert_eq!(sent(&mut stage, "/prompts:plain whatever"), (vec!["Say it.\n".to_owned()], String::new()));
    let words = "Look at a and b c; all: a b c\n".to_owned();
    assert_eq!(sent(&mut stage, "/prompts:words a \"b c\""), (vec![words], String::new()));
    assert_eq!(sent(&mut stage, "/prompts:words"), (nothing.clone(), "/prompts:words ".to_owned()));
    let named = "Tidy a b for me, $$5.\n".to_owned();
    assert_eq!(sent(&mut stage, "/prompts:named FILE=\"a b\" WHO=me"), (vec![named], String::new()));
    for (line, why) in [
        ("/prompts:named FILE=x", "Missing required args for /prompts:named: WHO. Provide as key=value (quote values with spaces)."),
        ("/prompts:named FILE=x extra", "Could not parse /prompts:named: expected key=value but found 'extra'."),
        ("/prompts:inner", "There is no prompt `inner`"),
        ("/prompts:sub/inner x", ""),
        ("/prompts:other", "There is no prompt `other`"),
    ] {
        let cells = stage.app.chat.cells().len();
        let outcome = sent(&mut stage, line);
        if why.is_empty() {
            // Not the name of a command at all.
            assert_eq!(outcome.0, [line.to_owned()]);
            continue;
        }
        assert_eq!(outcome, (nothing.clone(), line.to_owned()));
        assert_eq!(stage.app.chat.cells().len(), cells + 1);
        let lines = stage.app.chat.cells()[cells].lines(200, stage.app.chat.look());
        let text: String = lines.iter().map(crate::text::plain_text).collect();
        assert!(text.contains(why), "{text}");
    }
}
