//! What looking at a workspace costs: `cargo run --release -p codex-snapshot --example cost -- 100000`.
//!
//! Makes that many files of 1 KiB, 50 a folder, and prints the first look, looks at the unchanged tree (by a new process's
//! eyes, and with what the same process remembers) and one after a single change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use codex_snapshot::{Options, Report, TurnKey, Workspace};

fn main() {
    let files: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let place = tempfile::tempdir().unwrap();
    let (home, root) = (place.path().join("home"), place.path().join("w"));
    std::fs::create_dir(&home).unwrap();
    for number in 0..files {
        let folder = root.join(format!("{}/{}", number / 2500, number / 50));
        if number % 50 == 0 {
            std::fs::create_dir_all(&folder).unwrap();
        }
        std::fs::write(folder.join(format!("{number}.txt")), format!("{number:>1024}")).unwrap();
    }
    let open = || Workspace::open(&home, &root, Options::default()).unwrap();
    let turn = |number: u32| TurnKey { thread: "t".into(), turn: number.to_string() };
    let tell = |what: &str, report: Report| {
        println!("{what}: {} ms, {} files, {} changed, {} bytes read", report.took.as_millis(), report.files, report.changed, report.read);
    };
    let workspace = open();
    tell("first", workspace.start(&turn(1)).unwrap());
    tell("settling", workspace.end(&turn(1)).unwrap());
    for _ in 0..3 {
        let begin = std::time::Instant::now();
        let report = open().start(&turn(2)).unwrap();
        tell(&format!("unchanged, new process ({} ms with reading the index)", begin.elapsed().as_millis()), report);
        workspace.end(&turn(2)).unwrap();
        tell("unchanged, same process", workspace.start(&turn(3)).unwrap());
        workspace.end(&turn(3)).unwrap();
    }
    std::fs::write(root.join("0/0/0.txt"), "changed").unwrap();
    tell("one change", workspace.start(&turn(4)).unwrap());
}
