//! What searching costs: `cargo run --release -p codex-state --example search_cost -- MEGABYTES`.
//!
//! Makes so many megabytes of sessions with one match in the oldest and one in the newest, and prints when the first and the
//! last match came. As root the files are out of the cache before each look, elsewhere they are warm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::fs;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use codex_state::{SearchQuery, SessionStore};

const FILE: usize = 2 << 20;

fn main() {
    let megabytes: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1024);
    let home = tempfile::tempdir().unwrap();
    let count = megabytes / 2;
    let words = "server client model patch exec tool agent turn event stream parse config index store queue ".repeat(40);
    for number in 0..count {
        let id = format!("01a1fb44-{number:04x}-7ef3-b54b-de943b8674a4");
        let folder = home.path().join(format!("sessions/2026/10/{:02}", 1 + number * 28 / count));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("rollout-2026-10-20T{:02}-{:02}-00-{id}.jsonl", number / 60 % 24, number % 60));
        let mut file = BufWriter::new(fs::File::create(path).unwrap());
        let mut line = |kind: &str, payload: &str| {
            let line = format!("{{\"timestamp\":\"2026-10-20T23:28:36.350Z\",\"type\":\"{kind}\",\"payload\":{payload}}}\n");
            file.write_all(line.as_bytes()).unwrap();
            line.len()
        };
        let head = format!(
            "{{\"id\":\"{id}\",\"timestamp\":\"t\",\"cwd\":\"/w\",\"originator\":\"o\",\"cli_version\":\"0\",\"source\":\"exec\"}}"
        );
        let mut written = line("session_meta", &head);
        if number == 0 || number + 1 == count {
            let said =
                "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"the needle in the haystack\"}]}";
            written += line("response_item", said);
        }
        while written < FILE {
            written +=
                line("response_item", &format!("{{\"type\":\"function_call_output\",\"call_id\":\"c{written}\",\"output\":\"{words}\"}}"));
        }
    }
    for pattern in ["needle in the", "NEEDLE"] {
        let _ = settle(home.path());
        let cold = fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
        let (began, mut times) = (Instant::now(), Vec::new());
        let query = SearchQuery { pattern: pattern.to_owned(), ..SearchQuery::default() };
        SessionStore::new(home.path())
            .search(&query, |_| {
                times.push(began.elapsed().as_millis());
                ControlFlow::Continue(())
            })
            .unwrap();
        let state = if cold { "cold" } else { "warm" };
        println!("{pattern:?} in {megabytes} MB, {state}: matches after {times:?} ms, done after {} ms", began.elapsed().as_millis());
    }
}

/// Files that are not written yet cannot be dropped from the cache.
fn settle(home: &std::path::Path) -> std::io::Result<()> {
    for file in codex_state::session_files(home).map_err(std::io::Error::other)? {
        fs::File::open(file.path)?.sync_all()?;
    }
    Ok(())
}
