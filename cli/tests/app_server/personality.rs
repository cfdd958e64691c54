//! The tone of replies: which models take one, and what clients and a file of settings make of it.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::Session;

fn tones_told(body: &Value) -> usize {
    let texts = body["input"].as_array().unwrap().iter().filter_map(|item| item["content"][0]["text"].as_str());
    texts.filter(|text| text.starts_with("<personality_spec>")).count()
}

/// Whether the model says that a tone has an effect is put to the test, for every model that is listed.
#[test]
fn a_model_takes_a_tone_exactly_when_the_list_says_so() {
    let listed = |config: &str| {
        let server = Scenario::new().start();
        let (home, workspace) = (TestHome::with_config(&server, config, ""), TestWorkspace::new());
        let models = Session::start(&home, &workspace).request("model/list", json!({"includeHidden": true}));
        let says = |model: &Value| (model["id"].as_str().unwrap().to_owned(), model["supportsPersonality"] == true);
        models["data"].as_array().unwrap().iter().map(says).collect::<Vec<_>>()
    };
    let models = listed("");
    assert!(models.iter().any(|(_, takes)| *takes) && models.iter().any(|(_, takes)| !takes), "{models:?}");
    assert!(listed("[features]\npersonality = false\n").iter().all(|(_, takes)| !takes));
    let replies = (0..2 * models.len()).fold(Scenario::new(), |scenario, _| scenario.reply(Reply::new().say("ok")));
    let server = replies.start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    for (model, takes) in models {
        let thread = session.thread(json!({"model": model, "personality": "friendly"}));
        for tone in ["friendly", "pragmatic"] {
            let input = json!([{"type": "text", "text": "go"}]);
            session.request("turn/start", json!({"threadId": thread, "input": input, "personality": tone}));
            session.told("turn/completed");
            session.rest();
        }
        let requests = server.requests();
        let [.., first, second] = requests.as_slice() else { panic!("two requests were made") };
        let in_instructions = first.body["instructions"].as_str().unwrap().contains("\n# Tone\n");
        let found = (in_instructions, tones_told(&first.body), tones_told(&second.body));
        assert_eq!(found, (takes, 0, usize::from(takes)), "{model}");
        assert_eq!(first.body["instructions"], second.body["instructions"], "{model}");
    }
}
