use pretty_assertions::assert_eq;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::theme::Look;

fn press(list: &mut List, key: &str) -> ListOutcome {
    let key: Key = key.parse().unwrap();
    list.key(&KeyEvent::new(key.code(), key.modifiers()), &Keymap::default())
}

fn picture_in(list: &List, columns: u16, most: u16, look: &Look) -> String {
    let area = Rect::new(0, 0, columns, list.height(columns, most, look));
    let mut buf = Buffer::empty(area);
    list.render(area, &mut buf, look);
    let row = |y: u16| (0..columns).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..area.height).map(row).collect::<Vec<_>>().join("\n")
}

fn pictures(list: &List) -> String {
    let mut all = String::new();
    for columns in [40, 80, 120] {
        all.push_str(&format!("--- {columns} columns\n{}\n", picture_in(list, columns, 30, &Look::default())));
    }
    let flat = Look { flat: true, ..Look::default() };
    all.push_str(&format!("--- flat\n{}\n", picture_in(list, 80, 30, &flat)));
    all
}

fn models() -> List {
    let rows = vec![
        ListRow::new("gpt-5.3-codex", "Made for work on code.").tagged("default"),
        ListRow::new("gpt-5.4", "For everything, also what takes long and needs several steps of thought.").tagged("current"),
        ListRow { disabled: Some("sign in first".to_owned()), ..ListRow::new("gpt-5.2", "The one before.") },
    ];
    let options = ListOptions {
        title: "Select Model and Effort".to_owned(),
        subtitle: vec!["Others can be named with -m or in config.toml.".to_owned()],
        selected: 1,
        footer: Some("Press enter to select reasoning effort, or esc to dismiss.".to_owned()),
        ..ListOptions::default()
    };
    List::new(options, rows)
}

fn items() -> List {
    let row = |name: &str, about: &str, on| ListRow::new(name, about).ticked(on);
    let rows = vec![
        row("model-with-reasoning", "Model and how long it thinks", true),
        row("context-remaining", "How much of the context is left", true),
        row("current-dir", "Working directory", false),
        row("git-branch", "Branch", false),
    ];
    let options = ListOptions {
        title: "Configure Status Line".to_owned(),
        subtitle: vec!["Choose what the status line shows.".to_owned()],
        kind: ListKind::CheckAndOrder,
        filter: Some("Type to search"),
        ..ListOptions::default()
    };
    List::new(options, rows)
}

#[test]
fn digits_take_a_row_at_once_and_enter_the_selected_one() {
    let mut list = models();
    assert_eq!(press(&mut list, "enter"), ListOutcome::Chosen(1));
    assert_eq!(press(&mut list, "1"), ListOutcome::Chosen(0));
    assert_eq!(press(&mut list, "9"), ListOutcome::None);
    assert_eq!(press(&mut list, "0"), ListOutcome::None);
    assert_eq!(press(&mut list, "x"), ListOutcome::None);
    // What cannot be taken is only gone to.
    assert_eq!(press(&mut list, "3"), ListOutcome::Moved);
    assert_eq!((list.selected(), press(&mut list, "enter")), (Some(2), ListOutcome::Moved));
    assert_eq!(press(&mut list, "esc"), ListOutcome::Cancelled);
    assert_eq!(press(&mut list, "ctrl-c"), ListOutcome::Cancelled);
}

#[test]
fn the_selection_wraps_and_tells_where_it_is() {
    let mut list = models();
    let mut seen = Vec::new();
    for key in ["down", "down", "up", "home", "end", "page-up", "ctrl-n", "ctrl-p"] {
        press(&mut list, key);
        seen.push(list.selected().unwrap());
    }
    assert_eq!(seen, [2, 0, 2, 0, 2, 0, 1, 0]);
    assert_eq!(press(&mut list, "home"), ListOutcome::None);
}

#[test]
fn rows_are_ticked_moved_and_confirmed_in_their_order() {
    let mut list = items();
    assert_eq!(press(&mut list, "right"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "end"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "space"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "left"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "enter"), ListOutcome::Confirmed(vec![1, 0, 3]));
    for letter in "branch".chars() {
        press(&mut list, &letter.to_string());
    }
    assert_eq!(list.selected(), Some(3));
    // Among those that fit nothing is moved, but ticked.
    assert_eq!(press(&mut list, "left"), ListOutcome::None);
    assert_eq!(press(&mut list, "space"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "enter"), ListOutcome::Confirmed(vec![1, 0]));
    press(&mut list, "x");
    assert_eq!((list.selected(), press(&mut list, "space")), (None, ListOutcome::None));
    for _ in 0..7 {
        press(&mut list, "backspace");
    }
    assert_eq!((list.selected(), press(&mut list, "backspace")), (Some(1), ListOutcome::None));
}

#[test]
fn a_filter_takes_digits_as_text() {
    let rows = (1..20).map(|number| ListRow::new(format!("theme {number}"), "")).collect();
    let options = ListOptions { filter: Some("Type to filter themes..."), preview: PreviewPlace::Beside, ..ListOptions::default() };
    let mut list = List::new(options, rows);
    assert_eq!(press(&mut list, "1"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "4"), ListOutcome::Moved);
    assert_eq!(press(&mut list, "enter"), ListOutcome::Chosen(13));
}

#[test]
fn models_look() {
    insta::assert_snapshot!(pictures(&models()));
}

#[test]
fn items_look() {
    let mut list = items();
    list.set_preview(vec![Line::from("gpt-5.4 default · 100% left")]);
    insta::assert_snapshot!(pictures(&list));
}

#[test]
fn themes_look_with_a_preview() {
    let rows = (1..30).map(|number| ListRow::new(format!("theme {number}"), "")).collect();
    let options = ListOptions {
        title: "Select Syntax Theme".to_owned(),
        subtitle: vec!["Move up/down to live preview themes".to_owned()],
        filter: Some("Type to filter themes..."),
        preview: PreviewPlace::Beside,
        ..ListOptions::default()
    };
    let mut list = List::new(options, rows);
    list.set_preview((31..36).map(|number| Line::from(format!("{number}  fn summarize(users: &[User]) -> String {{"))).collect());
    for _ in 0..10 {
        press(&mut list, "down");
    }
    insta::assert_snapshot!(pictures(&list));
}

#[test]
fn in_little_room_the_selected_row_is_there() {
    let rows = (1..40).map(|number| ListRow::new(format!("row {number}"), "what it means, at some length")).collect();
    let mut list = List::new(ListOptions { title: "Title".to_owned(), ..ListOptions::default() }, rows);
    for step in 0..60 {
        press(&mut list, "down");
        let selected = list.selected().unwrap() + 1;
        for (columns, most) in [(20, 3), (20, 8), (80, 10), (80, 1)] {
            let picture = picture_in(&list, columns, most, &Look::default());
            let shown = picture.lines().any(|line| line.starts_with('›') && line.contains(&format!("{selected}. ")));
            assert!(shown, "step {step}, {columns}x{most}:\n{picture}");
        }
    }
}

#[test]
fn a_preview_follows_every_move_and_the_answer_is_told() {
    use crate::modal::{Modal, Reply, Taken};

    let preview = |list: &List, _look: &Look| vec![Line::from(format!("would be {:?} {:?}", list.selected(), list.checked()))];
    let mut question = ListQuestion::new(items(), Keymap::default(), &Look::default(), Some(Box::new(preview)));
    let mut at = |key: &str| {
        let key: Key = key.parse().unwrap();
        let taken = question.key(KeyEvent::new(key.code(), key.modifiers()), std::time::Instant::now());
        let area = Rect::new(0, 0, 80, question.height(80, 30, &Look::default()));
        let mut buf = Buffer::empty(area);
        question.render(area, &mut buf, &Look::default());
        let text: String = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        let shown = text.split("would be ").nth(1).unwrap_or_default();
        (taken, shown[..shown.find(']').unwrap() + 1].to_owned())
    };
    assert_eq!(at("f9"), (Taken::Ignored, "Some(0) [0, 1]".to_owned()));
    assert_eq!(at("down"), (Taken::Redraw, "Some(1) [0, 1]".to_owned()));
    assert_eq!(at("space"), (Taken::Redraw, "Some(1) [0]".to_owned()));
    assert_eq!(at("left"), (Taken::Redraw, "Some(1) [0]".to_owned()));
    assert_eq!(at("enter").0, Taken::Done(Reply::Rows(vec![0])));
    assert_eq!(at("esc").0, Taken::Done(Reply::Closed));
}
