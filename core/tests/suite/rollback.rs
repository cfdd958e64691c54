//! Turns that are taken back, and threads that go other ways from an earlier point.

use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Request, Scenario};
use pretty_assertions::assert_eq;

use super::harness::{Harness, find_files, submit, until_turn_end};

fn own_texts(request: &Request) -> Vec<String> {
    request.texts_of("user").into_iter().filter(|text| !text.starts_with('<') && !text.starts_with("This session was")).collect()
}

async fn until_rolled_back(thread: &codex_core::Thread) {
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::ThreadRolledBack(_)) {
            return;
        }
    }
    panic!("the thread ended");
}

fn answering() -> Scenario {
    Scenario::new().reply(Reply::new().say("answer")).repeat_last()
}

#[tokio::test]
async fn turns_that_are_taken_back_are_not_sent_again_also_after_a_resume() {
    let harness = Harness::new(answering());
    let thread = harness.start().await;
    for prompt in ["one", "two", "three"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    thread.submit(Op::Rollback { turns: 2 }).await.unwrap();
    until_rolled_back(&thread).await;
    submit(&thread, "other").await;
    until_turn_end(&thread).await;
    assert_eq!(own_texts(&harness.server.requests()[3]), ["one", "other"]);
    let path = thread.rollout_path().unwrap();
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    drop(thread);

    let again = harness.manager().resume(&path, harness.options.clone()).await.unwrap();
    submit(&again, "more").await;
    until_turn_end(&again).await;
    assert_eq!(own_texts(&harness.server.requests()[4]), ["one", "other", "more"]);
    again.submit(Op::Rollback { turns: 99 }).await.unwrap();
    until_rolled_back(&again).await;
    submit(&again, "anew").await;
    until_turn_end(&again).await;
    let last = &harness.server.requests()[5];
    assert_eq!(own_texts(last), ["anew"]);
    assert_eq!(last.texts_of("developer").len(), 1, "a thread without turns tells its surroundings anew");
}

#[tokio::test]
async fn a_rollback_reaches_behind_a_compaction() {
    let harness = Harness::new(answering());
    let thread = harness.start().await;
    for prompt in ["one", "two"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    thread.submit(Op::Compact).await.unwrap();
    until_turn_end(&thread).await;
    thread.submit(Op::Rollback { turns: 1 }).await.unwrap();
    until_rolled_back(&thread).await;
    submit(&thread, "other").await;
    until_turn_end(&thread).await;
    let last = harness.server.requests().pop().unwrap();
    assert_eq!(own_texts(&last), ["one", "other"]);
    assert_eq!(last.texts_of("assistant"), ["answer"], "the turn before is there as it was, not as a summary");
}

#[tokio::test]
async fn a_thread_without_file_takes_its_turns_back_too() {
    let mut harness = Harness::new(answering());
    harness.options.ephemeral = true;
    let thread = harness.start().await;
    for prompt in ["one", "two"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    thread.submit(Op::Rollback { turns: 1 }).await.unwrap();
    until_rolled_back(&thread).await;
    submit(&thread, "other").await;
    until_turn_end(&thread).await;
    assert_eq!(own_texts(&harness.server.requests()[2]), ["one", "other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_back_while_a_turn_runs() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().hold().say("one")).reply(Reply::new().say("two")));
    let thread = harness.start().await;
    submit(&thread, "first").await;
    harness.server.wait_for_requests(1);
    thread.submit(Op::Rollback { turns: 1 }).await.unwrap();
    while let Some(event) = thread.next_event().await {
        if let EventMsg::Warning(warning) = event.msg {
            assert!(warning.message.contains("nothing was taken back"), "{}", warning.message);
            break;
        }
    }
    harness.server.release();
    until_turn_end(&thread).await;
    submit(&thread, "second").await;
    until_turn_end(&thread).await;
    assert_eq!(own_texts(&harness.server.requests()[1]), ["first", "second"]);
}

#[tokio::test]
async fn a_fork_goes_its_own_way_and_leaves_its_source_alone() {
    let harness = Harness::new(answering());
    let thread = harness.start().await;
    for prompt in ["one", "two", "three"] {
        submit(&thread, prompt).await;
        until_turn_end(&thread).await;
    }
    let source = thread.rollout_path().unwrap();
    let before = std::fs::read(&source).unwrap();
    let manager = harness.manager();
    for (keep, prompt, want) in [(None, "all", vec!["one", "two", "three", "all"]), (Some(1), "early", vec!["one", "early"])] {
        let fork = manager.fork(&source, keep, harness.options.clone()).await.unwrap();
        assert_ne!(fork.id(), thread.id());
        let path = fork.rollout_path().unwrap();
        assert!(path.is_file(), "the fork is there before its first turn");
        submit(&fork, prompt).await;
        until_turn_end(&fork).await;
        assert_eq!(own_texts(&harness.server.requests().pop().unwrap()), want);
        let meta = codex_state::read_meta(&path).unwrap();
        assert_eq!((meta.id, meta.forked_from_id), (fork.id(), Some(thread.id())));
        let outline = codex_state::Outline::of(&path).unwrap();
        assert_eq!(outline.user_turns(), want.len());
    }
    assert_eq!(std::fs::read(&source).unwrap(), before);
    let mut files = Vec::new();
    find_files(harness.home.path().join("sessions"), &mut files);
    assert_eq!(files.len(), 3);
    assert_eq!(manager.sessions().list(&codex_state::ListQuery::default()).unwrap().sessions.len(), 3);
}

/// H3: two threads do not write into one file.
#[tokio::test]
async fn a_session_that_is_open_is_not_opened_again() {
    let harness = Harness::new(answering());
    let thread = harness.start().await;
    submit(&thread, "one").await;
    until_turn_end(&thread).await;
    let path = thread.rollout_path().unwrap();
    let Err(refused) = harness.manager().resume(&path, harness.options.clone()).await else { panic!("it was opened twice") };
    assert!(refused.to_string().contains("is open elsewhere"), "{refused}");
}
