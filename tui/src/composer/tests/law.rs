use proptest::prelude::*;

use super::*;

const KEYS: &[&str] = &[
    "enter",
    "tab",
    "esc",
    "backspace",
    "delete",
    "left",
    "right",
    "up",
    "down",
    "home",
    "end",
    "page-up",
    "ctrl-a",
    "ctrl-b",
    "ctrl-c",
    "ctrl-d",
    "ctrl-e",
    "ctrl-f",
    "ctrl-g",
    "ctrl-h",
    "ctrl-j",
    "ctrl-k",
    "ctrl-l",
    "ctrl-n",
    "ctrl-p",
    "ctrl-r",
    "ctrl-s",
    "ctrl-t",
    "ctrl-u",
    "ctrl-v",
    "ctrl-w",
    "ctrl-y",
    "ctrl-z",
    "ctrl-_",
    "alt-b",
    "alt-d",
    "alt-f",
    "alt-r",
    "alt-u",
    "alt-enter",
    "alt-up",
    "alt-backspace",
    "shift-enter",
    "shift-tab",
    "ctrl-left",
    "ctrl-home",
    "f3",
];

#[derive(Clone, Debug)]
enum Deed {
    Key(usize),
    Letter(char),
    Paste(String),
    LongPaste,
    Wait(u64),
    Hits(bool),
    Running(bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    let letters = "abdwxpyjkhlegGiAoO0$3/@$!?\\ré日\u{301}👩\u{200d} ".chars().collect::<Vec<_>>();
    prop_oneof![
        10 => (0..KEYS.len()).prop_map(Deed::Key),
        12 => proptest::sample::select(letters).prop_map(Deed::Letter),
        1 => any::<char>().prop_map(Deed::Letter),
        1 => "[a-z/@ \n日👩\u{200d}]{0,30}".prop_map(Deed::Paste),
        1 => Just(Deed::LongPaste),
        4 => (0_u64..60).prop_map(Deed::Wait),
        1 => any::<bool>().prop_map(Deed::Hits),
        1 => any::<bool>().prop_map(Deed::Running),
    ]
}

fn carry_out(desk: &mut Desk, deed: &Deed) {
    match deed {
        Deed::Key(number) => drop(desk.at_once(KEYS[*number])),
        Deed::Letter(letter) => drop(desk.letter(*letter)),
        Deed::Paste(text) => drop(desk.composer.handle_paste(text)),
        Deed::LongPaste => drop(desk.composer.handle_paste(&"long ".repeat(300))),
        Deed::Wait(milliseconds) => {
            desk.now += Duration::from_millis(*milliseconds);
            desk.composer.tick(desk.now);
        }
        Deed::Hits(done) => {
            if let Some(query) = desk.composer.take_file_query() {
                let hit = files::FileHit { path: format!("{query} x/日本.rs"), matched: vec![0, 99] };
                desk.composer.set_file_hits(files::FileHits { query, hits: vec![hit; 12], done: *done });
            }
        }
        Deed::Running(running) => desk.composer.set_running(*running),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_make_it_panic_or_draw_outside_its_space(vim in any::<bool>(), deeds in proptest::collection::vec(deed(), 1..120)) {
        let mut desk = Desk::with(ComposerOptions { vim, commands: commands(), ..ComposerOptions::default() });
        for (at, deed) in deeds.iter().enumerate() {
            carry_out(&mut desk, deed);
            prop_assert!(desk.composer.area.is_border(desk.composer.area.cursor()));
            let columns = [1, 2, 3, 7, 20, 40, 80][at % 7];
            for look in [Look::default(), Look { flat: true, ..Look::default() }] {
                let area = Rect::new(3, 2, columns, [0, 1, 2, 5, 30][at % 5]);
                let mut buf = Buffer::empty(Rect::new(0, 0, 86, 34));
                desk.composer.render(area, &mut buf, &look);
                if let Some(cursor) = desk.composer.cursor(area, &look) {
                    prop_assert!(area.contains(cursor), "{cursor:?} in {area:?}");
                }
                let outside = |x: u16, y: u16| !area.contains(ratatui::layout::Position { x, y });
                for y in 0..34 {
                    for x in 0..86 {
                        prop_assert!(!outside(x, y) || buf[(x, y)].symbol() == " ", "drawn at {x},{y}, outside {area:?}");
                    }
                }
            }
        }
        let _ = desk.settle();
    }
}
