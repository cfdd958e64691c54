use std::fs;

use codex_config::{Config, LoadOptions, load};
use codex_protocol::ThreadId;
use codex_state::PromptHistory;
use pretty_assertions::assert_eq;
use tempfile::TempDir;

use super::*;

fn configured(home: &TempDir, toml: &str) -> Desk {
    fs::write(home.path().join("config.toml"), toml).unwrap();
    let place = home.path().to_path_buf();
    let config: Config = load(&LoadOptions { codex_home: place.clone(), cwd: place, ..LoadOptions::default() }).unwrap();
    Desk::with(ComposerOptions::from_config(&config, ThreadId::generate()).unwrap())
}

fn kept(home: &TempDir) -> Vec<String> {
    PromptHistory::new(home.path(), None).entries().unwrap().into_iter().map(|entry| entry.text).collect()
}

#[test]
fn keys_of_the_composer_reach_it() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = configured(&home, "[tui]\nenter_key = \"newline\"\nkeymap = { composer = { yank = \"f9\" } }");
    desk.write("ab");
    desk.press("ctrl-w");
    desk.press("f9");
    desk.press("enter");
    assert_eq!(desk.text(), "ab\n");
    let desk = configured(&home, "[tui]\nvim_mode = true");
    assert_eq!(desk.composer.mode(), Some("INSERT"));
    let mut desk = configured(&home, "[tui]\nconfirm_quit = false");
    assert_eq!(desk.press("ctrl-c"), Outcome::Quit);
    let mut desk = configured(&home, "disable_paste_burst = true");
    assert!(matches!(desk.flood("fast\n"), Outcome::Submit(_)));
    let mut desk = configured(&home, "");
    assert_eq!(desk.flood("fast\n"), Outcome::None);
}

#[test]
fn keys_of_history_decide_what_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = configured(&home, "[history]\npersistence = \"none\"");
    desk.write("secret");
    desk.press("enter");
    assert_eq!(kept(&home), Vec::<String>::new());
    let mut desk = configured(&home, "[history]\npersistence = \"save-all\"\nmax_bytes = 150");
    for text in ["first prompt", "second prompt"] {
        desk.write(text);
        desk.press("enter");
    }
    assert_eq!(kept(&home), ["second prompt"]);
}
