//! Runs whose n-th call that changes a file fails, for every n, once or from then on: the turn goes on or ends cleanly, with one
//! message for each thing that cannot be kept, nothing stays half-written, and the session goes on when the disk is well again.

use std::collections::BTreeSet;
use std::process::{Output, Stdio};

use codex_test_support::{Reply, Request};
use serde_json::{Value, json};

use crate::faults::Faults;
use crate::script::{PATCHED, Session, is_compaction, patch, told_is_kept};
use crate::{number_from, on_all_processors};

const EIO: i32 = 5;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

/// A command, a compaction, a patch of five files, another command.
fn short(request: &Request) -> Reply {
    if is_compaction(request) {
        return Reply::new().say("NOTES");
    }
    let text = String::from_utf8_lossy(&request.text);
    let command =
        |step: usize| Reply::new().say("on it").call("exec_command", json!({"cmd": format!("sh step.sh {step};"), "login": false}));
    match () {
        () if text.contains("step.sh 2;") => Reply::new().say("finished"),
        // Whatever came of it.
        () if text.contains("+version 1") => command(2),
        () if text.contains("step.sh 1;") => Reply::new().custom("apply_patch", patch(1)),
        () => command(1).usage(json!({"input_tokens": 20_000, "output_tokens": 5, "total_tokens": 20_005})),
    }
}

/// Which calls of a run fail, and how.
#[derive(Clone, Debug)]
struct Case {
    in_home: bool,
    number: u64,
    errno: i32,
    for_good: bool,
    opens: bool,
}

impl Case {
    fn faults(&self, session: &Session) -> Faults {
        let under = if self.in_home { session.home.path() } else { session.workspace.path() };
        Faults {
            under: vec![under.to_path_buf()],
            at: self.number,
            until: if self.for_good { u64::from(u32::MAX) } else { self.number },
            errno: self.errno,
            opens: self.opens,
            ..Faults::default()
        }
    }
}

fn run(session: &Session, args: &[&str], faults: Option<&Faults>) -> Output {
    session.command(args, faults).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
}

fn calls(in_home: bool, opens: bool) -> u64 {
    let session = Session::with(short);
    let count = session.workspace.path().join("../").join(format!("calls-{}", std::process::id()));
    let under = if in_home { session.home.path() } else { session.workspace.path() };
    let faults = Faults { under: vec![under.to_path_buf()], opens, count: Some(count.clone()), ..Faults::default() };
    let output = run(&session, &["go"], Some(&faults));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((session.numbers(), session.versions()), (vec![1, 2], vec!["version 1".to_owned()]));
    // Nothing is written where no call was counted.
    let calls = std::fs::read_to_string(&count).unwrap().trim().parse().unwrap_or(0);
    std::fs::remove_file(count).unwrap();
    calls
}

/// Each call fails once and from then on; the causes take turns, unless every one is asked for.
fn cases() -> Vec<Case> {
    let every = number_from("CODEX_CRASH_POINTS").unwrap_or(0) >= 500;
    let causes = [ENOSPC, EIO, EROFS];
    let mut cases = Vec::new();
    for in_home in [true, false] {
        for number in 1..=calls(in_home, false) {
            for (turn, for_good) in [false, true].into_iter().enumerate() {
                let chosen = causes[(usize::try_from(number).unwrap() + turn) % causes.len()];
                let errnos = causes.into_iter().filter(|errno| every || *errno == chosen);
                cases.extend(errnos.map(|errno| Case { in_home, number, errno, for_good, opens: false }));
            }
        }
        for number in 1..=calls(in_home, true) {
            cases.extend([false, true].map(|for_good| Case { in_home, number, errno: EMFILE, for_good, opens: true }));
        }
    }
    cases
}

fn check(case: &Case) {
    let session = Session::with(short);
    let output = run(&session, &["go"], Some(&case.faults(&session)));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{case:?}: {stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "finished\n", "{case:?}: {stderr}");
    assert_eq!(session.numbers(), [1, 2], "{case:?}");
    let told: Vec<&str> = stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{case:?}: said twice: {told:?}");
    // The session, and undo.
    assert!(told.len() <= 2, "{case:?}: {told:?}");
    session.nobody_is_left();
    let versions = session.versions();
    assert!(versions == ["version 1"] || versions == ["version none"], "{case:?}: a patch is half done: {versions:?}");

    let files = session.home.session_files();
    let text = files.first().map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
    let damaged = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).count();
    // A disk that does not even let a half-written line be cut off again leaves that one.
    assert!(damaged <= usize::from(case.for_good), "{case:?}: {text}");
    if !case.for_good && case.in_home {
        told_is_kept(&session, &text.lines().collect::<Vec<_>>());
    }
    let begun = text.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok());
    let again = run(&session, if begun { &["resume", "--last", "go on"] } else { &["go"] }, None);
    assert!(again.status.success(), "{case:?}: {}", String::from_utf8_lossy(&again.stderr));
    let beside = std::fs::read_dir(session.workspace.path().join("patched")).unwrap().count();
    assert_eq!(beside, PATCHED, "{case:?}: something is left beside the patched files");
}

#[test]
fn whichever_write_fails_the_run_goes_on_and_the_session_too() {
    let cases = cases();
    println!("{} cases", cases.len());
    on_all_processors(&cases, check);
}
