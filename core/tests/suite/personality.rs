//! The tone of replies: part of the instructions, or told by a message when a turn changes it.

use codex_core::Thread;
use codex_protocol::op::{TurnOverrides, UserTurn};
use codex_protocol::user_input::UserInput;
use codex_protocol::{Op, Personality};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;

use super::harness::{Harness, find_files, submit, until_turn_end};

const SPEC: &str = "<personality_spec>\n";

fn harness(model: &str, replies: usize) -> Harness {
    let scenario = (0..replies).fold(Scenario::new(), |scenario, _| scenario.reply(Reply::new().say("ok")));
    let mut harness = Harness::new(scenario);
    harness.config.model = model.to_owned();
    harness
}

async fn turn(thread: &Thread, overrides: TurnOverrides) {
    let turn = UserTurn { input: vec![UserInput::text("go")], overrides, ..UserTurn::default() };
    thread.submit(Op::UserTurn(turn)).await.unwrap();
    until_turn_end(thread).await;
}

fn tone(personality: Personality) -> TurnOverrides {
    TurnOverrides { personality: Some(personality), ..TurnOverrides::default() }
}

fn instructions(harness: &Harness, request: usize) -> String {
    harness.server.requests()[request].body["instructions"].as_str().unwrap().to_owned()
}

/// What requests so far told of tones, the messages of the last request.
fn told(harness: &Harness) -> Vec<String> {
    let texts = harness.server.requests().last().unwrap().texts_of("developer");
    texts.into_iter().filter(|text| text.starts_with(SPEC)).collect()
}

#[tokio::test]
async fn the_tone_stands_in_the_instructions_of_models_that_take_one() {
    let mut texts = Vec::new();
    for (model, personality, feature) in [
        ("gpt-5.3-codex", Personality::None, true),
        ("gpt-5.3-codex", Personality::Friendly, true),
        ("gpt-5.3-codex", Personality::Pragmatic, true),
        ("gpt-5.3-codex", Personality::Friendly, false),
        ("gpt-5.1-codex", Personality::Friendly, true),
    ] {
        let mut harness = harness(model, 1);
        harness.config.personality = personality;
        harness.config.features.insert("personality".to_owned(), feature);
        harness.run("go").await;
        assert_eq!(told(&harness), Vec::<String>::new(), "{model} {personality:?}");
        texts.push(instructions(&harness, 0));
    }
    let [none, friendly, pragmatic, off, other] = <[String; 5]>::try_from(texts).unwrap();
    assert!(friendly.starts_with(&none) && pragmatic.starts_with(&none) && friendly != pragmatic && friendly != none);
    assert_eq!((&off, &other), (&none, &none));
}

#[tokio::test]
async fn a_turn_that_changes_the_tone_says_so_before_its_message_and_the_instructions_stay() {
    let harness = harness("gpt-5.3-codex", 5);
    let thread = harness.start().await;
    turn(&thread, tone(Personality::Pragmatic)).await;
    assert_eq!(told(&harness).len(), 0, "it is the tone of the instructions");
    turn(&thread, tone(Personality::Friendly)).await;
    assert_eq!(told(&harness).len(), 1);
    let input = harness.server.requests()[1].body["input"].as_array().unwrap().clone();
    let [.., spec, user] = input.as_slice() else { panic!("{input:?}") };
    assert!(spec["role"] == "developer" && spec["content"][0]["text"].as_str().unwrap().starts_with(SPEC), "{spec}");
    assert_eq!((&user["role"], &user["content"][0]["text"]), (&"user".into(), &"go".into()));
    submit(&thread, "again").await;
    until_turn_end(&thread).await;
    assert_eq!(told(&harness).len(), 1, "what is known is not told again");
    thread.submit(Op::OverrideDefaults(tone(Personality::None))).await.unwrap();
    turn(&thread, TurnOverrides::default()).await;
    assert_eq!(told(&harness).len(), 2);
    turn(&thread, tone(Personality::Friendly)).await;
    let tones = told(&harness);
    assert!(tones.len() == 3 && tones[0] == tones[2] && tones[0] != tones[1], "{tones:?}");
    let first = instructions(&harness, 0);
    assert!((1..5).all(|request| instructions(&harness, request) == first));
}

#[tokio::test]
async fn a_model_without_tones_hears_of_none_and_the_next_one_with_its_instructions() {
    let harness = harness("gpt-5.1-codex", 3);
    let thread = harness.start().await;
    turn(&thread, tone(Personality::Friendly)).await;
    assert_eq!(told(&harness).len(), 0);
    turn(&thread, TurnOverrides { model: Some("gpt-5.4".to_owned()), ..TurnOverrides::default() }).await;
    assert_eq!(told(&harness).len(), 0);
    let texts = harness.server.requests()[1].texts_of("developer");
    let switch = texts.iter().find(|text| text.starts_with("<model_switch>")).unwrap();
    assert!(switch.contains("# Tone\n\nWrite as a good colleague"), "{switch}");
    turn(&thread, tone(Personality::Pragmatic)).await;
    assert_eq!(told(&harness).len(), 1);
}

#[tokio::test]
async fn own_instructions_are_left_as_they_are_and_a_turn_may_still_ask_for_a_tone() {
    let mut harness = harness("gpt-5.3-codex", 2);
    harness.config.base_instructions = Some("Be a pirate.".to_owned());
    let thread = harness.start().await;
    turn(&thread, TurnOverrides::default()).await;
    assert_eq!((instructions(&harness, 0).as_str(), told(&harness).len()), ("Be a pirate.", 0));
    turn(&thread, tone(Personality::Pragmatic)).await;
    assert_eq!((instructions(&harness, 1).as_str(), told(&harness).len()), ("Be a pirate.", 1));
}

#[tokio::test]
async fn a_resumed_thread_has_the_tone_of_the_present_configuration() {
    let mut harness = harness("gpt-5.3-codex", 4);
    let thread = harness.start().await;
    turn(&thread, tone(Personality::Friendly)).await;
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    let contexts = harness.session_lines().into_iter().filter(|line| line["type"] == "turn_context");
    assert_eq!(contexts.map(|line| line["payload"]["personality"].clone()).collect::<Vec<_>>(), ["friendly"]);
    let mut files = Vec::new();
    find_files(harness.home.path().join("sessions"), &mut files);
    // What the file says last is not what the instructions say now.
    let thread = harness.manager().resume(&files[0], harness.options.clone()).await.unwrap();
    turn(&thread, TurnOverrides::default()).await;
    assert_eq!(told(&harness).len(), 2);
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    // Now it is, and nothing is told again.
    harness.config.personality = Personality::Pragmatic;
    let thread = harness.manager().resume(&files[0], harness.options.clone()).await.unwrap();
    turn(&thread, TurnOverrides::default()).await;
    assert_eq!(told(&harness).len(), 2);
}
