//! What comes from a terminal, as its bytes: keys in several spellings, pastes, the mouse, the focus, answers, rubbish.

use super::random::Random;

const TEXTS: &[&str] =
    &["a", "hello ", "日本", "😀", "?", "!", "/", "@", "$", "e\u{301}", "q", "j", "k", "n", "y", "1", "2", "3", " ", "\\", "p", "x y "];

const COMMANDS: &[&str] = &[
    "/status",
    "/model",
    "/permissions",
    "/keymap",
    "/ps",
    "/theme",
    "/statusline",
    "/new",
    "/resume",
    "/redraw",
    "/clear",
    "/copy",
    "/diff",
    "/rename x",
    "/search a",
    "/compact",
    "/plan",
    "/queue",
    "/transcript",
    "/cost",
    "/sandbox",
    "/undo",
    "/review",
    "/experimental",
    "!ls",
    "@a",
    "/nothing",
    "/etc/passwd is mine",
    "/export x.md",
    "/mention",
];

/// Keys that are pressed often.
const USUAL: &[&str] = &[
    "\r",
    "\r",
    "\r",
    "\t",
    "\x7f",
    "\x7f",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b",
    "\x1b[H",
    "\x1b[F",
    "\x1b[5~",
    "\x1b[6~",
    "\n",
    "\x1b[3~",
    "\x1b[Z",
    "\x1b\r",
    "\x1b[13;2u",
    "\x1b[27u",
    "\x1bb",
    "\x1bf",
    "\x17",
    "\x15",
    "\x0b",
    "\x19",
    "\x12",
    "\x14",
    "\x14",
    "\x01",
    "\x05",
    "\x1b[1;3A",
    "\x1bu",
    "q",
    "/",
];

/// Keys that end things.
const RARE: &[&str] = &["\x03", "\x04", "\x1a", "\x07", "\x0c", "\x16", "\x1b[99;5u", "\x1b\x1b", "\x1f"];

/// What a terminal says without a key.
const TOLD: &[&str] = &[
    "\x1b[I",
    "\x1b[O",
    "\x1b[?62;22c",
    "\x1b[12;40R",
    "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]11;rgb:0000/0000/0000\x07",
    "\x1b]10;rgb:1234/5678",
    "\x1b[?7u",
    "\x1b[<0;10;5M",
    "\x1b[<0;10;5m",
    "\x1b[<64;3;3M",
    "\x1b[M !!",
    "\x1b[<35;200;60M",
    "\u{feff}",
    "\x1b[200~",
    "\x1b[999;999;999z",
    "\x1bP",
];

fn paste(random: &mut Random) -> String {
    let text = match random.below(5) {
        0 => "x".repeat(1_001 + random.below(40)),
        1 => "several\nlines\nof it\n".to_owned(),
        2 => "/tmp/none.png".to_owned(),
        3 => "\x1b]52;c;aGk=\x07 \u{202e}back \u{9b}2J 日本\t".repeat(random.below(3) + 1),
        _ => (*random.pick(TEXTS)).repeat(random.below(60)),
    };
    format!("\x1b[200~{text}\x1b[201~")
}

/// The bytes of one gesture.
pub(super) fn gesture(random: &mut Random) -> Vec<u8> {
    let text = match random.below(100) {
        0..40 => (*random.pick(TEXTS)).to_owned(),
        40..80 => (*random.pick(USUAL)).to_owned(),
        80..84 => (*random.pick(RARE)).to_owned(),
        84..88 => (*random.pick(TOLD)).to_owned(),
        88..92 => paste(random),
        92..97 => format!("{}\r", random.pick(COMMANDS)),
        97..98 => return (0..random.below(9)).map(|_| u8::try_from(random.below(128)).unwrap()).collect(),
        _ => (*random.pick(COMMANDS)).to_owned(),
    };
    text.into_bytes()
}
