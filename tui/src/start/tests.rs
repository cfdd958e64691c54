//! How the pages before the first thread look.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{sign_in_pages, trust, update};
use crate::modal::Page;
use crate::theme::{ColourDepth, Look};

fn shown(page: &Page<'_>, rows: u16) -> String {
    let area = Rect::new(0, 0, page.columns(), page.height(rows));
    let mut buffer = Buffer::empty(area);
    let caret = page.draw(area, &mut buffer);
    let row = |y: u16| {
        let mut covered = 0;
        let mut text = String::new();
        for x in 0..area.width {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = buffer[(x, y)].symbol().width().saturating_sub(1);
            text.push_str(buffer[(x, y)].symbol());
        }
        text.trim_end().to_owned()
    };
    let mut lines: Vec<String> = (0..area.height).map(row).collect();
    lines.extend(caret.map(|at| format!("(cursor in row {}, column {})", at.y + 1, at.x + 1)));
    lines.join("\n")
}

fn every_form(make: &dyn for<'a> Fn(u16, &'a Look) -> Page<'a>) -> String {
    let look = Look { depth: ColourDepth::None, ..Look::default() };
    let flat = Look { flat: true, ..look.clone() };
    let mut all: Vec<String> = [40, 80, 120].map(|columns| format!("── {columns} columns\n{}", shown(&make(columns, &look), 40))).to_vec();
    all.push(format!("── 20 columns, 5 rows\n{}", shown(&make(20, &look), 5)));
    all.push(format!("── flat\n{}", shown(&make(80, &flat), 40)));
    all.join("\n")
}

#[test]
fn the_pages_before_the_first_thread_look_as_recorded() {
    let url = format!("https://auth.example.com/oauth/authorize?response_type=code&state={}", "0123456789".repeat(9));
    let newer = update::Newer { present: "1.2.3".to_owned(), newest: "1.3.0".to_owned(), command: None, dismissed: false };
    let argv = ["npm", "install", "-g", "@openai/codex"].map(str::to_owned);
    type Make<'m> = Box<dyn for<'a> Fn(u16, &'a Look) -> Page<'a> + 'm>;
    let pages: Vec<(&str, Make<'_>)> = vec![
        ("trust", Box::new(|columns, look| trust::page("/home/me/projects/something", &trust::choices(), columns, look))),
        ("update", Box::new(|columns, look| update::page(&newer, &update::choices(&argv), columns, look))),
        ("sign_in", Box::new(|columns, look| sign_in_pages::ways(&sign_in_pages::choices(), None, (columns, 40), look))),
        (
            "sign_in_failed",
            Box::new(|columns, look| {
                let why = "no client id is configured. With an API key (3) nothing else is needed.";
                sign_in_pages::ways(&sign_in_pages::choices().select(2), Some(why), (columns, 40), look)
            }),
        ),
        (
            "sign_in_local",
            Box::new(|columns, look| {
                let rows = ["qwen3-coder:30b", "gpt-oss:20b"].map(|name| crate::modal::Choice::plain(name, "")).to_vec();
                sign_in_pages::local("Which model of Ollama?", &crate::modal::Choices::new(rows), columns, look)
            }),
        ),
        ("sign_in_browser", Box::new(|columns, look| sign_in_pages::browser(&url, true, columns, look))),
        ("sign_in_address", Box::new(|columns, look| sign_in_pages::browser(&url, false, columns, look))),
        ("sign_in_device", Box::new(|columns, look| sign_in_pages::device("https://auth.example.com/device", "ABCD-1234", columns, look))),
        ("sign_in_key", Box::new(|columns, look| sign_in_pages::key("", None, columns, look))),
        (
            "sign_in_key_typed",
            Box::new(|columns, look| sign_in_pages::key(&"sk-0123456789".repeat(8), Some("The key was not taken."), columns, look)),
        ),
    ];
    for (name, make) in pages {
        insta::assert_snapshot!(name, every_form(make.as_ref()));
    }
}
