//! Runs that are killed: at a write (before, half-way, after), while a tool starts or ends, while the model's answer streams,
//! in a compaction, in a patch of five files, or at any time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::faults::Faults;
use crate::script::{AtRequest, GO_ON, STEPS, Session, told_is_kept, whole_lines};
use crate::{number_from, on_all_processors};

/// Where a run is killed.
#[derive(Clone, Debug)]
enum Point {
    /// At this call that changes a file of the home.
    Write { number: u64, how: u64 },
    /// At this call that changes a file of the workspace: those of patches.
    Patch { number: u64, how: u64 },
    /// At the line of this compaction.
    CompactionLine { number: u64, how: u64 },
    /// While an answer of the model, or its summary, comes.
    Stream(AtRequest),
    /// By a command, before or after its effect.
    Tool { step: u64, before: bool },
    /// At any time.
    Time(Duration),
}

impl Point {
    fn kind(&self) -> &'static str {
        match self {
            Self::Write { how: 0, .. } => "before a write",
            Self::Write { how: 1, .. } => "half-way through a write",
            Self::Write { .. } => "after a write",
            Self::Patch { .. } => "in a patch",
            Self::CompactionLine { .. } => "at the line of a compaction",
            Self::Stream(AtRequest { compaction: true, .. }) => "in a compaction",
            Self::Stream(_) => "in the stream of an answer",
            Self::Tool { before: true, .. } => "by a command before its effect",
            Self::Tool { .. } => "by a command after its effect",
            Self::Time(_) => "at any time",
        }
    }
}

/// What a whole run comes to.
struct Extent {
    writes: u64,
    patch_writes: u64,
    requests: u64,
    compactions: u64,
    length: Duration,
}

fn whole_run() -> Extent {
    let counted = |session: &Session, under| {
        let count = session.home.path().join("calls");
        let faults = Faults { under: vec![under], count: Some(count.clone()), ..Faults::default() };
        assert!(session.start(&["count to forty"], Some(&faults)).wait().unwrap().success());
        assert_eq!(session.numbers(), (1..=STEPS).collect::<Vec<_>>());
        assert_eq!(session.versions(), ["version 38"]);
        std::fs::read_to_string(count).unwrap().trim().parse().unwrap()
    };
    let began = Instant::now();
    let session = Session::new();
    let writes = counted(&session, session.home.path().to_path_buf());
    let length = began.elapsed();
    let other = Session::new();
    let patch_writes = counted(&other, other.workspace.path().to_path_buf());
    let requests = session.watch.requests.load(Ordering::SeqCst);
    let compactions = session.watch.compactions.load(Ordering::SeqCst);
    assert!(compactions >= 2, "only {compactions} compactions");
    Extent { writes, patch_writes, requests, compactions, length }
}

/// A generator that a printed seed repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

fn points(count: u64, extent: &Extent, random: &mut Random) -> Vec<Point> {
    let micros = |random: &mut Random, most| Duration::from_micros(random.below(most));
    let mut point = |kind| match kind {
        0 | 1 => Point::Write { number: 1 + random.below(extent.writes), how: random.below(3) },
        2 => Point::Patch { number: 1 + random.below(extent.patch_writes), how: random.below(3) },
        3 => Point::CompactionLine { number: 1 + random.below(extent.compactions), how: random.below(3) },
        4 => Point::Stream(AtRequest { number: 1 + random.below(extent.requests), compaction: false, wait: micros(random, 4_000) }),
        5 => Point::Stream(AtRequest { number: 1 + random.below(extent.compactions), compaction: true, wait: micros(random, 4_000) }),
        6 => Point::Tool { step: 1 + random.below(STEPS as u64), before: random.below(2) == 0 },
        _ => Point::Time(micros(random, u64::try_from(extent.length.as_micros()).unwrap())),
    };
    (0..count).map(|number| point(number % 8)).collect()
}

/// Starts the session and kills it there. Says whether it was killed.
fn killed(session: &Session, point: &Point) -> bool {
    let (home, workspace) = (session.home.path().to_path_buf(), session.workspace.path().to_path_buf());
    let at = |under, number, how, text| Faults { under: vec![under], at: number, until: number, how, text, ..Faults::default() };
    let faults = match point {
        Point::Write { number, how } => Some(at(home, *number, *how, None)),
        Point::Patch { number, how } => Some(at(workspace, *number, *how, None)),
        Point::CompactionLine { number, how } => Some(at(home, *number, *how, Some("\"type\":\"compacted\""))),
        Point::Stream(at) => {
            session.kill_at(*at);
            None
        }
        Point::Tool { step, before } => {
            session.workspace.file(if *before { "kill-before" } else { "kill-after" }, format!("{step}\n"));
            None
        }
        Point::Time(_) => None,
    };
    let mut child = session.start(&["count to forty"], faults.as_ref());
    if let Point::Time(wait) = point {
        std::thread::sleep(*wait);
        child.kill().unwrap();
    }
    !child.wait().unwrap().success()
}

/// Kills one run, checks what it left, goes on with it, and tells where it was.
fn check(point: &Point) -> (String, bool) {
    let session = Session::new();
    let was_killed = killed(&session, point);
    session.nobody_is_left();
    let files = session.home.session_files();
    let text = files.first().map(|path| std::fs::read(path).unwrap()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines = whole_lines(&text);
    for number in session.numbers() {
        assert!(text.contains(&format!("step.sh {number};")), "{point:?}: step {number} ran and is not in the file");
    }
    told_is_kept(&session, &lines);
    let before = session.numbers();
    let place = place(&lines, before.len());

    // A file in which not even the first line is whole holds no session yet: a new one is begun.
    let begun = lines.first().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok());
    let goes_on = if begun { vec!["resume", "--last", GO_ON] } else { vec![GO_ON] };
    let status = session.run(&goes_on);
    assert!(status.success(), "{point:?}: the session cannot be gone on with: {status}");
    session.nobody_is_left();
    let versions = session.versions();
    assert_eq!(versions.len(), 1, "{point:?}: a patch of five files is half done: {versions:?}");
    let asides = std::fs::read_dir(session.workspace.path().join("patched")).unwrap().count();
    assert_eq!(asides, crate::script::PATCHED, "{point:?}: something is left beside the patched files");
    let after = session.numbers();
    assert_eq!(after[..before.len()], before, "{point:?}");
    assert!(after.windows(2).all(|pair| pair[0] < pair[1]), "{point:?}: a step ran twice: {after:?}");
    let last = after.last().copied().unwrap_or(0);
    // The step that was cut off is told as aborted, and is not begun again unasked.
    assert!(after.len() + 1 >= last, "{point:?}: steps were lost: {after:?}");
    let whole = std::fs::read_to_string(session.home.session_files().last().unwrap()).unwrap();
    let damaged = whole.lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).count();
    assert!(damaged <= 1, "{point:?}: {damaged} damaged lines");
    (place, was_killed)
}

fn place(lines: &[&str], steps: usize) -> String {
    let last = lines.iter().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let kind = last.map_or("nothing yet".to_owned(), |line| {
        let kind = line["payload"]["type"].as_str().or(line["type"].as_str());
        kind.unwrap_or_default().to_owned()
    });
    format!("{:>2}-{:<2} steps, last line {kind}", steps / 10 * 10, steps / 10 * 10 + 9)
}

#[test]
fn a_killed_session_goes_on_with_everything_that_was_acted_on() {
    let count = number_from("CODEX_CRASH_POINTS").unwrap_or(200);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let seed = number_from("CODEX_CRASH_SEED").unwrap_or(u64::try_from(now).unwrap()).max(1);
    println!("{count} points, seed {seed}");
    let extent = whole_run();
    let points = points(count, &extent, &mut Random(seed));
    let (kinds, places) = (Mutex::new(BTreeMap::<_, usize>::new()), Mutex::new(BTreeMap::<String, usize>::new()));
    let unharmed = Mutex::new(0);
    on_all_processors(&points, |point| {
        let (place, was_killed) = check(point);
        if was_killed {
            *kinds.lock().unwrap().entry(point.kind()).or_default() += 1;
            *places.lock().unwrap().entry(place).or_default() += 1;
        } else {
            *unharmed.lock().unwrap() += 1;
        }
    });
    for (name, counts) in kinds.lock().unwrap().iter() {
        println!("{name:<50} {}", "#".repeat(*counts));
    }
    for (name, counts) in places.lock().unwrap().iter() {
        println!("{name:<50} {}", "#".repeat(*counts));
    }
    let unharmed: u64 = *unharmed.lock().unwrap();
    println!("{unharmed} ended before they were killed");
    assert!(unharmed * 4 <= count, "too many runs ended before they were killed");
}
