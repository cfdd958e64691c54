//! `request_user_input`: asks the user to choose. It works in plan mode, and elsewhere where a feature says so; outside of it a
//! model that calls it is told.

use std::collections::HashSet;

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use codex_protocol::event::{UserInputOption, UserInputQuestion};
use codex_protocol::mode::ModeKind;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::{arguments, schema};

const NAME: &str = "request_user_input";

pub(crate) struct RequestUserInput;

#[derive(Deserialize)]
struct Arguments {
    questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: String,
    header: String,
    question: String,
    #[serde(default)]
    options: Vec<UserInputOption>,
}

#[async_trait]
impl ToolHandler for RequestUserInput {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        if !env.user_questions {
            return None;
        }
        let option = schema::object(
            [("label", schema::string("The answer, in one to five words.")), ("description", schema::string("What choosing it means."))],
            &["label", "description"],
        );
        let question = schema::object(
            [
                ("id", schema::string("Names the question in the answers; snake_case.")),
                ("header", schema::string("A word or two above the question.")),
                ("question", schema::string("The question, in one sentence.")),
                ("options", schema::objects(option, "Two or three answers to choose from, the recommended one first.")),
            ],
            &["id", "header", "question", "options"],
        );
        let parameters = schema::object([("questions", schema::objects(question, "One to three questions."))], &["questions"]);
        Some(schema::function(NAME, include_str!("request_user_input.md"), parameters))
    }

    fn callable(&self, _env: &ToolEnv) -> bool {
        true
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let refused = |why: &str| Err(ToolError::Refused(why.to_owned()));
        let turn = host.turn();
        if turn.mode != ModeKind::Plan && !turn.asks_in_every_mode {
            return refused("request_user_input is unavailable in Default mode");
        }
        let Arguments { questions } = arguments::parse(&call)?;
        if questions.is_empty() {
            return refused("request_user_input requires at least one question");
        }
        if questions.iter().any(|question| question.options.is_empty()) {
            return refused("request_user_input requires non-empty options for every question");
        }
        let mut ids = HashSet::new();
        if !questions.iter().all(|question| ids.insert(question.id.as_str())) {
            return refused("request_user_input requires an id of its own for every question");
        }
        let asked = questions.into_iter().map(|question| UserInputQuestion {
            id: question.id,
            header: question.header,
            question: question.question,
            is_other: true,
            is_secret: false,
            options: Some(question.options),
        });
        let response = host.ask_user(call.id, asked.collect(), cancel).await?;
        let text = serde_json::to_string(&response).map_err(|error| ToolError::Fatal(error.to_string()))?;
        Ok(ToolOutput::text(text))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::*;
    use crate::fake_host::{Asked, FakeHost};

    fn question(options: &Value) -> Value {
        json!({"id": "q1", "header": "Pick", "question": "Which?", "options": options})
    }

    #[tokio::test]
    async fn the_answers_come_back_as_json_in_plan_mode() {
        let mut host = FakeHost::new();
        let arguments = json!({"questions": [question(&json!([{"label": "A", "description": "a"}]))]});
        assert_eq!(host.refusal(NAME, arguments.clone()).await, "request_user_input is unavailable in Default mode");
        assert_eq!(host.asked(), []);
        host.turn.mode = ModeKind::Plan;
        assert_eq!(host.answer(NAME, arguments).await, r#"{"answers":{"q1":{"answers":["A"]}}}"#);
        let asked = host.asked();
        let [Asked::User(questions)] = asked.as_slice() else { panic!("the user was asked") };
        assert_eq!((questions[0].is_other, questions[0].is_secret), (true, false));
    }

    #[tokio::test]
    async fn questions_without_options_or_ids_of_their_own_are_refused() {
        let mut host = FakeHost::new();
        host.turn.asks_in_every_mode = true;
        let whole = question(&json!([{"label": "A", "description": "a"}]));
        for (questions, why) in [
            (json!([]), "request_user_input requires at least one question"),
            (json!([whole, question(&json!([]))]), "request_user_input requires non-empty options for every question"),
            (json!([whole, whole]), "request_user_input requires an id of its own for every question"),
        ] {
            assert_eq!(host.refusal(NAME, json!({"questions": questions})).await, why);
        }
        assert_eq!(host.asked(), []);
    }
}
