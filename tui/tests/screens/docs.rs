//! The screens of `docs/tui.md`, as text in it and as drawings beside it, are what the program shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codex_tui::cells::*;
use codex_tui::keymap::Keymap;
use codex_tui::markdown::highlight;
use codex_tui::modal::Modal;
use codex_tui::overlay::Pager;
use codex_tui::theme::{ColourDepth, Look};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::rows::buffer_text;
use crate::samples;
use crate::svg::svg;

const WIDTH: u16 = 90;

fn look() -> Look {
    Look { depth: ColourDepth::True, ..Look::default() }
}

/// Cells as they stand in the scrollback.
fn scrollback(cells: &[Box<dyn Cell>], look: &Look) -> Buffer {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for cell in cells {
        if !lines.is_empty() && !cell.joins_previous() {
            lines.push(Line::default());
        }
        lines.extend(cell.lines(WIDTH, look));
    }
    let area = Rect::new(0, 0, WIDTH, u16::try_from(lines.len()).unwrap());
    let mut buffer = Buffer::empty(area);
    for (y, line) in (0..).zip(&lines) {
        buffer.set_line(0, y, line, WIDTH);
    }
    buffer
}

fn pager(mut pager: Pager, keys: &str, height: u16) -> Buffer {
    let area = Rect::new(0, 0, WIDTH, height);
    pager.render(area, &mut Buffer::empty(area), &look());
    for c in keys.chars() {
        let code = if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
        pager.key(&KeyEvent::new(code, KeyModifiers::NONE), &Keymap::default());
    }
    let mut buffer = Buffer::empty(area);
    pager.render(area, &mut buffer, &look());
    buffer
}

fn dialog(modal: &dyn Modal) -> Buffer {
    let area = Rect::new(0, 0, WIDTH, modal.height(WIDTH, 40, &look()));
    let mut buffer = Buffer::empty(area);
    modal.render(area, &mut buffer, &look());
    buffer
}

fn turn() -> Vec<Box<dyn Cell>> {
    vec![
        Box::new(UserCell::new("Make the greeting friendlier, and test it.", Vec::new())),
        Box::new(AgentCell::new("I will look at the files first.")),
        Box::new(samples::explored()),
        Box::new(samples::ran("cargo test --workspace", 101, &samples::numbered("test greeting", 40))),
        Box::new(samples::plan()),
        Box::new(samples::patch()),
        Box::new(SeparatorCell::new(Some(Duration::from_secs(65)))),
        Box::new(AgentCell::new("Done. `greet` now says hello in the reader's language.")),
    ]
}

fn screens() -> Vec<(&'static str, Buffer)> {
    let arcs = || turn().into_iter().map(Arc::from).collect::<Vec<Arc<dyn Cell>>>();
    let hidden = "true; rm -rf build \u{202e}drawkcab\u{200b} \x1b[2K\necho \"second line\"";
    let news: Vec<Box<dyn Cell>> = vec![
        Box::new(NoticeCell::info("Context compacted")),
        Box::new(NoticeCell::warning("The server answered with another model than asked for.")),
        Box::new(NoticeCell::patch_failed("hunk 1 of `a.txt` does not match")),
        Box::new(NoticeCell::interrupted()),
        Box::new(DecisionCell::new(true, "You approved codex to run touch made-it this time")),
        Box::new(samples::questions()),
    ];
    vec![
        ("start", scrollback(&[Box::new(samples::header()), Box::new(TipCell::new("Type @ to name a file."))], &look())),
        ("turn", scrollback(&turn(), &look())),
        ("markdown", scrollback(&[Box::new(AgentCell::new(samples::MARKDOWN))], &look())),
        ("news", scrollback(&news, &look())),
        ("status", scrollback(&[Box::new(EchoCell::new("/status")), Box::new(samples::status())], &look())),
        ("transcript", pager(Pager::transcript(arcs(), &look()), "/greeting 3\n", 20)),
        ("command", dialog(crate::dialogs::command(hidden).as_ref())),
        ("flat", scrollback(&turn()[..5], &Look { flat: true, ..look() })),
    ]
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs")
}

/// After a change that is wanted: `INSTA_UPDATE=always cargo test -p codex-tui --test screens docs`.
#[expect(clippy::disallowed_methods, reason = "the same switch that lets snapshots be written")]
fn may_write() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always")
}

fn same(path: &Path, expected: &str, stale: &mut Vec<String>) {
    if fs::read_to_string(path).is_ok_and(|text| text == expected) {
        return;
    }
    if may_write() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
    } else {
        stale.push(path.display().to_string());
    }
}

/// The page with the present screens between its marks.
fn page(text: &str, screens: &[(&str, Buffer)]) -> String {
    let mut page = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!-- screen ") {
        let (name, after) = after.split_once(" -->").expect("a mark ends");
        let (_, after) = after.split_once("<!-- end -->").expect("a screen ends");
        let (_, buffer) = screens.iter().find(|(screen, _)| *screen == name).unwrap_or_else(|| panic!("no screen `{name}`"));
        let shown = buffer_text(buffer);
        page.push_str(&format!("{before}<!-- screen {name} -->\n![{name}](tui/{name}.svg)\n\n```text\n{shown}\n```\n<!-- end -->"));
        rest = after;
    }
    page + rest
}

#[test]
fn the_screens_of_the_documentation_are_those_of_the_program() {
    assert!(highlight::wait(Duration::from_secs(60)));
    let screens = screens();
    let mut stale = Vec::new();
    for (name, buffer) in &screens {
        same(&docs().join("tui").join(format!("{name}.svg")), &svg(buffer), &mut stale);
    }
    let path = docs().join("tui.md");
    let text = fs::read_to_string(&path).unwrap();
    for (name, _) in &screens {
        assert!(text.contains(&format!("<!-- screen {name} -->")), "`{name}` is not in docs/tui.md");
    }
    same(&path, &page(&crate::wishes::fill(&text), &screens), &mut stale);
    assert!(stale.is_empty(), "out of date: {}; see `may_write`", stale.join(", "));
}
