//! A program that panics while the screen is up: the terminal is as it was before, and the message can be read.
//!
//! Without a harness: the same program is the test and, with the word `panic` behind it, what is tested, on a terminal of its own
//! (a pseudo terminal, which needs no other program). It puts the modes in force and draws as the interface does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::fs::File;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use codex_tui::terminal::{Habits, Modes, RowsKept, Screen, Size, restore_on_panic, standard_output};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OutputModes, tcgetattr};

/// What puts every mode back: update, colours, title, keys, marked pastes, focus, cursor.
const RESTORED: &str = "\x1b[?2026l\x1b[0m\x1b]0;\x1b\\\x1b[<1u\x1b[>4;0m\x1b[?2004l\x1b[?1004l\x1b[?25h";

fn main() {
    let mut words = std::env::args().skip(1);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("panic"), where_to) => panics(where_to == Some("alternate")),
        // What a list of tests is asked for by tools that run them one by one.
        (Some("--list"), _) => println!("a_panic_gives_the_terminal_back: test"),
        _ => {
            a_panic_gives_the_terminal_back("alternate");
            a_panic_gives_the_terminal_back("main");
            println!("test a_panic_gives_the_terminal_back ... ok");
        }
    }
}

/// The program that panics.
fn panics(alternate: bool) {
    restore_on_panic();
    let modes = Modes::enter(&mut io::stdout()).unwrap();
    let mut screen = Screen::new(standard_output(), Size::new(80, 24), Habits { reflows: true, rows: RowsKept::AsFarAsFit }, true);
    screen.take_whole(alternate).unwrap();
    let mut view = Buffer::empty(Rect::new(0, 0, 80, 3));
    view.set_string(0, 0, "what is drawn", ratatui::style::Style::new());
    screen.draw(view, None).unwrap();
    let nothing: Option<u8> = std::env::args().nth(9).map(|_| 0);
    nothing.expect("the message of the panic");
    drop(modes);
}

#[expect(clippy::disallowed_methods, reason = "this very program, which has to have its three streams on the terminal it is given")]
fn a_panic_gives_the_terminal_back(screen: &str) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let before = tcgetattr(&slave).unwrap();
    let own = || Stdio::from(slave.try_clone().unwrap());
    let mut child =
        Command::new(std::env::current_exe().unwrap()).args(["panic", screen]).stdin(own()).stdout(own()).stderr(own()).spawn().unwrap();
    let (sender, received) = std::sync::mpsc::channel();
    let mut reader = File::from(master);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count) = reader.read(&mut bytes) {
            if count == 0 || sender.send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let status = child.wait().unwrap();
    assert!(!status.success(), "{status:?}");
    let mut written = Vec::new();
    while !String::from_utf8_lossy(&written).contains("the message of the panic") {
        let more = received.recv_timeout(Duration::from_secs(60));
        written.extend(more.unwrap_or_else(|_| panic!("no message: {:?}", String::from_utf8_lossy(&written))));
    }
    let written = String::from_utf8_lossy(&written).into_owned();
    let after = tcgetattr(&slave).unwrap();
    assert_eq!(after.local_modes, before.local_modes);
    assert_eq!((after.input_modes, after.output_modes), (before.input_modes, before.output_modes));
    assert!(after.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO) && after.output_modes.contains(OutputModes::OPOST));
    let (drawn, rest) = written.split_once(RESTORED).unwrap_or_else(|| panic!("{written:?}"));
    assert!(drawn.contains("\x1b[?2004h") && drawn.contains("what is drawn"), "{drawn:?}");
    assert_eq!(drawn.contains("\x1b[?1049h"), screen == "alternate", "{drawn:?}");
    assert_eq!(drawn.ends_with("\x1b[?1049l"), screen == "alternate", "the alternate screen is left before anything is told: {drawn:?}");
    // The message begins in the first column of a row of its own, and its rows end as those of a terminal in its usual modes do.
    assert!(rest.starts_with('\r') && rest.trim_start().starts_with("thread"), "{rest:?}");
    assert_eq!(rest.matches('\n').count(), rest.matches("\r\n").count(), "{rest:?}");
    assert!(!rest.contains('\x1b'), "{rest:?}");
}
