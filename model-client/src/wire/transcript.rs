//! A conversation as turns: what each answer said and called, and what came of each call.
//!
//! The common ground of the wires in which a call and its result have to stand together. Every call has exactly one
//! result here, right behind its answer, whatever the order of the items was.

use std::borrow::Cow;
use std::collections::HashMap;

use codex_protocol::response_item::{ContentItem, LocalShellAction, OutputContentItem, ToolOutputBody};
use codex_protocol::{ResponseItem, response_item::ReasoningSummary};
use serde_json::{Value, json};

use crate::downgrade::{Adjustments, Feature};

/// What a server reads in the place of an image that it does not take.
pub(super) const IMAGE_LEFT_OUT: &str = "[image left out: the model server does not take images]";
const NO_RESULT: &str = "aborted";

/// The whole conversation.
#[derive(Debug)]
pub(super) struct Transcript<'a> {
    /// What developers said before anybody else spoke.
    pub(super) opening: Vec<String>,
    pub(super) steps: Vec<Step<'a>>,
}

/// One step.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// What a developer said in the middle.
    Note(String),
    User(Vec<InputPart<'a>>),
    Answer(Answer<'a>),
}

/// A part of what the model is given.
#[derive(Clone, Debug)]
pub(super) enum InputPart<'a> {
    Text(Cow<'a, str>),
    Image { url: &'a str, detail: Option<&'a str> },
}

/// An answer and the results of its calls, in the order of the calls.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) parts: Vec<AnswerPart<'a>>,
    pub(super) results: Vec<CallResult<'a>>,
}

/// A part of an answer.
#[derive(Debug)]
pub(super) enum AnswerPart<'a> {
    Thought { text: String, state: Option<&'a Value> },
    Text(String),
    Call(Call<'a>),
}

/// A call. `arguments` is a JSON object.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) arguments: Cow<'a, str>,
    pub(super) state: Option<&'a Value>,
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct CallResult<'a> {
    pub(super) call_id: &'a str,
    pub(super) parts: Vec<InputPart<'a>>,
}

/// How a transcript is made.
pub(super) struct Rules<'a> {
    pub(super) adjustments: &'a Adjustments,
    /// Whether the state that a wire kept is this server's and this model's.
    pub(super) is_own: &'a dyn Fn(&Value) -> bool,
}

struct Builder<'a, 'r> {
    rules: &'r Rules<'r>,
    transcript: Transcript<'a>,
    /// Where the result of a call belongs: the step, and the place in its results.
    places: HashMap<&'a str, (usize, usize)>,
    filled: Vec<Vec<bool>>,
    /// Names of calls that are written as text.
    as_text: HashMap<&'a str, &'a str>,
}

/// Reads the items of a prompt.
pub(super) fn of<'a>(items: &'a [ResponseItem], rules: &Rules<'_>) -> Transcript<'a> {
    let transcript = Transcript { opening: Vec::new(), steps: Vec::new() };
    let mut builder = Builder { rules, transcript, places: HashMap::new(), filled: Vec::new(), as_text: HashMap::new() };
    for item in items {
        builder.item(item);
    }
    builder.transcript
}

impl<'a> Builder<'a, '_> {
    fn item(&mut self, item: &'a ResponseItem) {
        match item {
            ResponseItem::Message { role, content, .. } => match role.as_str() {
                "assistant" => {
                    let text = item.message_text().unwrap_or_default();
                    if !text.is_empty() {
                        self.part(AnswerPart::Text(text));
                    }
                }
                "user" => {
                    let parts = content.iter().filter_map(|part| self.input_part(part)).collect();
                    self.push(Step::User(parts));
                }
                _ => self.developer(item.message_text().unwrap_or_default()),
            },
            ResponseItem::Reasoning { summary, wire_state, .. } => {
                let texts: Vec<&str> = summary.iter().map(|ReasoningSummary::SummaryText { text }| text.as_str()).collect();
                let state = wire_state.as_ref().filter(|state| (self.rules.is_own)(state));
                self.part(AnswerPart::Thought { text: texts.join("\n"), state });
            }
            ResponseItem::FunctionCall { name, arguments, call_id, wire_state, .. } => {
                self.call(call_id, name, object(arguments), wire_state.as_ref());
            }
            ResponseItem::CustomToolCall { name, input, call_id, wire_state, .. } => {
                self.call(call_id, name, Cow::Owned(json!({"input": input}).to_string()), wire_state.as_ref());
            }
            ResponseItem::LocalShellCall { call_id: Some(call_id), action: LocalShellAction::Exec { command, .. }, .. } => {
                self.call(call_id, "local_shell", Cow::Owned(json!({"command": command}).to_string()), None);
            }
            ResponseItem::FunctionCallOutput { call_id, output } | ResponseItem::CustomToolCallOutput { call_id, output } => {
                self.result(call_id, output);
            }
            ResponseItem::LocalShellCall { call_id: None, .. }
            | ResponseItem::WebSearchCall { .. }
            | ResponseItem::ImageGenerationCall { .. }
            | ResponseItem::Compaction { .. }
            | ResponseItem::Other => {}
        }
    }

    fn developer(&mut self, text: String) {
        if text.trim().is_empty() {
            return;
        }
        if self.transcript.steps.is_empty() {
            self.transcript.opening.push(text);
        } else {
            self.push(Step::Note(text));
        }
    }

    fn push(&mut self, step: Step<'a>) {
        self.transcript.steps.push(step);
        self.filled.push(Vec::new());
    }

    /// Adds to the answer that is being given: the last step, unless results came for it already.
    fn part(&mut self, part: AnswerPart<'a>) {
        let has_results = self.filled.last().is_some_and(|filled| filled.contains(&true));
        match self.transcript.steps.last_mut() {
            Some(Step::Answer(answer)) if !has_results => answer.parts.push(part),
            _ => self.push(Step::Answer(Answer { parts: vec![part], results: Vec::new() })),
        }
    }

    fn call(&mut self, id: &'a str, name: &'a str, arguments: Cow<'a, str>, state: Option<&'a Value>) {
        let adjustments = self.rules.adjustments;
        let state = state.filter(|state| (self.rules.is_own)(state));
        if adjustments.without(Feature::Pairing) || (adjustments.without(Feature::ThoughtSignature) && state.is_none()) {
            self.as_text.insert(id, name);
            self.part(AnswerPart::Text(format!("[called {name} with {arguments}]")));
            return;
        }
        if self.places.contains_key(id) {
            return;
        }
        self.part(AnswerPart::Call(Call { id, name, arguments, state }));
        let step = self.transcript.steps.len() - 1;
        if let (Some(Step::Answer(answer)), Some(filled)) = (self.transcript.steps.last_mut(), self.filled.last_mut()) {
            self.places.insert(id, (step, answer.results.len()));
            let parts = vec![InputPart::Text(Cow::Borrowed(NO_RESULT))];
            answer.results.push(CallResult { call_id: id, parts });
            filled.push(false);
        }
    }

    fn result(&mut self, id: &'a str, output: &'a ToolOutputBody) {
        let parts = self.output_parts(output);
        if let Some(name) = self.as_text.remove(id) {
            let title = InputPart::Text(Cow::Owned(format!("[result of {name}]")));
            self.push(Step::User(std::iter::once(title).chain(parts).collect()));
            return;
        }
        let Some((step, place)) = self.places.get(id).copied() else { return };
        let is_open = self.filled.get(step).and_then(|filled| filled.get(place)) == Some(&false);
        if let Some(Step::Answer(answer)) = self.transcript.steps.get_mut(step)
            && is_open
        {
            answer.results[place].parts = parts;
            self.filled[step][place] = true;
        }
    }

    fn input_part(&self, part: &'a ContentItem) -> Option<InputPart<'a>> {
        match part {
            ContentItem::InputText { text } | ContentItem::OutputText { text } => Some(InputPart::Text(Cow::Borrowed(text))),
            ContentItem::InputImage { image_url } => Some(self.image(image_url, None)),
            ContentItem::Refusal { .. } => None,
        }
    }

    fn image(&self, url: &'a str, detail: Option<&'a str>) -> InputPart<'a> {
        if self.rules.adjustments.without(Feature::Images) {
            return InputPart::Text(Cow::Borrowed(IMAGE_LEFT_OUT));
        }
        InputPart::Image { url, detail }
    }

    fn output_parts(&self, output: &'a ToolOutputBody) -> Vec<InputPart<'a>> {
        match output {
            ToolOutputBody::Text(text) => vec![InputPart::Text(Cow::Borrowed(text))],
            ToolOutputBody::Content(parts) => parts
                .iter()
                .map(|part| match part {
                    OutputContentItem::InputText { text } => InputPart::Text(Cow::Borrowed(text.as_str())),
                    OutputContentItem::InputImage { image_url, detail } => self.image(image_url, detail.as_deref()),
                })
                .collect(),
        }
    }
}

/// Arguments that are a JSON object: servers that render templates fail on others.
fn object(arguments: &str) -> Cow<'_, str> {
    if super::arguments::is_object(arguments) {
        return Cow::Borrowed(arguments);
    }
    if arguments.trim().is_empty() {
        return Cow::Borrowed("{}");
    }
    Cow::Owned(json!({"invalid_arguments": arguments}).to_string())
}

/// A developer's words for servers that take them from nobody but the user.
pub(super) fn note(text: &str) -> String {
    if text.starts_with("<developer_note>") {
        return text.to_owned();
    }
    format!("<developer_note>\n{text}\n</developer_note>")
}

/// What the model reads where a server takes no schema.
pub(super) fn schema_note(schema: &Value) -> String {
    format!("The final message has to be one JSON value that follows this JSON schema, without any other text:\n{schema}")
}
