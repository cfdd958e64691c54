//! Every kind of cell, overlay, dialog, page and command has recorded screens, at 40, 80 and 120 columns.
//!
//! A new file in one of these folders has to be named here: with the screens that show what it draws, or with why it draws
//! nothing of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What shows a file.
enum Shown {
    /// These screens.
    By(&'static [&'static str]),
    /// It draws nothing of its own: why.
    Not(&'static str),
}
use Shown::{By, Not};

const PART: Shown = Not("a part that the others draw with");
const LINE: Shown = Not("a line of news or a cell that is shown already, an overlay, or nothing");

const CELLS: &[(&str, Shown)] = &[
    ("agent", By(&["agent"])),
    ("card", By(&["header", "status", "banner"])),
    ("command", By(&["command_folded", "command_failed", "command_silent", "command_running", "command_of_user"])),
    ("decision", By(&["decision_yes", "decision_no"])),
    ("diff", PART),
    ("exploring", By(&["exploring"])),
    ("frame", PART),
    ("image", By(&["image_viewed", "image_generated"])),
    ("listing", By(&["listing", "echo", "tip"])),
    ("mcp", By(&["mcp", "mcp_failed"])),
    ("mod", PART),
    ("notice", By(&["info", "warning", "error", "interrupted", "compacted", "patch_failed"])),
    ("patch", By(&["patch", "patch_one_file"])),
    ("plan", By(&["plan"])),
    ("proposed_plan", By(&["proposed_plan"])),
    ("questions", By(&["questions"])),
    ("reasoning", By(&["reasoning"])),
    ("review", By(&["review_started", "review_found", "review_finished"])),
    ("separator", By(&["separator"])),
    ("usage", By(&["usage"])),
    ("user", By(&["user", "user_images"])),
    ("web", By(&["web", "web_running"])),
];

const MODALS: &[(&str, Shown)] = &[
    (
        "approval",
        By(&[
            "approval_command",
            "approval_again",
            "approval_additional",
            "approval_hidden",
            "approval_long",
            "approval_long_refused",
            "approval_host",
            "approval_patch",
        ]),
    ),
    ("choices", PART),
    (
        "elicitation",
        By(&[
            "elicitation_tool",
            "elicitation_page",
            "elicitation_text",
            "elicitation_text_wrong",
            "elicitation_number",
            "elicitation_one",
            "elicitation_many",
        ]),
    ),
    ("line", PART),
    ("list", By(&["models_look", "items_look", "themes_look_with_a_preview"])),
    ("menu", By(&["menu", "plan_question"])),
    ("mod", PART),
    ("page", PART),
    ("permissions", By(&["permissions"])),
    ("prompt", By(&["prompt", "prompt_written"])),
    ("questions", By(&["questions_options", "questions_notes", "questions_text", "questions_secret"])),
];

const OVERLAYS: &[(&str, Shown)] = &[
    ("diff", By(&["diff"])),
    ("help", By(&["help"])),
    ("mod", PART),
    ("pager", By(&["transcript", "backtrack", "search", "back_how_far", "back_overwrite"])),
    ("picker", By(&["one_folder_looks", "all_folders_look_when_forking_from_a_conversation", "searching_and_loading_look"])),
];

const START: &[(&str, Shown)] = &[
    ("banner", By(&["banner", "header", "tip"])),
    ("checks", Not("words on a terminal that is not drawn on")),
    ("local", By(&["sign_in_local"])),
    ("mod", PART),
    ("page", PART),
    ("sign_in", Not("its pages are in `sign_in_pages`")),
    (
        "sign_in_pages",
        By(&["sign_in", "sign_in_failed", "sign_in_browser", "sign_in_address", "sign_in_device", "sign_in_key", "sign_in_key_typed"]),
    ),
    ("tests", PART),
    ("trust", By(&["trust"])),
    ("update", By(&["update"])),
];

const COMMANDS: &[(&str, Shown)] = &[
    ("agents_md", LINE),
    ("compact", LINE),
    ("copy", LINE),
    ("cost", LINE),
    ("debug_config", LINE),
    ("diff", LINE),
    ("experimental", By(&["slash_experimental"])),
    ("export", LINE),
    ("fast", LINE),
    ("feedback", By(&["slash_feedback", "slash_feedback_words", "slash_feedback_write"])),
    ("fork", LINE),
    ("help", LINE),
    ("keymap", By(&["slash_keymap"])),
    ("logout", LINE),
    ("mcp", By(&["slash_mcp", "slash_mcp_none"])),
    ("mention", LINE),
    ("mod", PART),
    ("model", By(&["slash_model", "slash_model_effort", "slash_model_other"])),
    ("new", LINE),
    ("permissions", By(&["slash_permissions", "slash_full_access"])),
    ("personality", By(&["slash_personality"])),
    ("plan", By(&["slash_collab", "live_plan_mode"])),
    ("ps", By(&["slash_ps"])),
    ("queue", By(&["slash_queue", "slash_queue_message"])),
    ("quit", LINE),
    ("raw", LINE),
    ("reconnect", LINE),
    ("redraw", LINE),
    ("rename", By(&["slash_rename"])),
    ("resume", LINE),
    ("review", By(&["slash_review", "slash_review_branch"])),
    ("sandbox", LINE),
    ("search", LINE),
    ("skills", By(&["slash_skills", "slash_skills_switch", "skill_popup"])),
    ("status", LINE),
    ("statusline", By(&["slash_statusline"])),
    ("theme", By(&["slash_theme"])),
    ("title", By(&["slash_title"])),
    ("transcript", LINE),
    ("undo", By(&["slash_undo", "slash_undo_overwrite", "slash_redo_overwrite"])),
];

fn crate_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// Names of the files and folders of modules in a folder.
fn modules(folder: &str) -> BTreeSet<String> {
    let folder = crate_folder().join("src").join(folder);
    let modules = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let modules = modules.filter(|path| path.extension().is_some_and(|ending| ending == "rs") || path.join("mod.rs").is_file());
    modules.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

/// The recorded screen of a name.
fn screen(name: &str) -> Option<String> {
    let all = ["src", "tests"].iter().flat_map(|folder| files(&crate_folder().join(folder), ".snap"));
    let ending = format!("__{name}.snap");
    let path = all.into_iter().find(|path| path.to_string_lossy().ends_with(&ending))?;
    fs::read_to_string(path).ok()
}

#[test]
fn every_kind_of_screen_is_recorded_at_three_widths() {
    let mut missing = Vec::new();
    for (folder, table) in [("cells", CELLS), ("modal", MODALS), ("overlay", OVERLAYS), ("start", START), ("slash", COMMANDS)] {
        let named: BTreeSet<String> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
        let there = modules(folder);
        missing.extend(there.symmetric_difference(&named).map(|name| format!("{folder}/{name}.rs is here or there, not in both")));
        for (name, shown) in table {
            match shown {
                Not(why) => assert!(!why.is_empty()),
                By(screens) => missing.extend(screens.iter().filter_map(|screen_name| {
                    let Some(text) = screen(screen_name) else { return Some(format!("{folder}/{name}.rs has no screen `{screen_name}`")) };
                    let lacks = crate::rows::WIDTHS.iter().find(|width| !text.contains(&format!(" {width} columns\n")));
                    lacks.map(|width| format!("`{screen_name}` is not shown at {width} columns"))
                })),
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
