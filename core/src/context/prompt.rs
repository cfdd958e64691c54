//! History to prompt: pairs calls with outputs, spells shell outputs as the model expects them,
//! and leaves out images that the model cannot take.

use std::collections::HashSet;

use codex_protocol::ResponseItem;
use codex_protocol::response_item::{ContentItem, OutputContentItem, ToolOutputBody};
use codex_tools::output::structured_from_json;

use super::normalize::paired;

/// What a model without image input reads in an image's place.
const IMAGE_OMITTED: &str = "<image content omitted because you do not support image input>";

/// Calls whose output is kept in its JSON form and read by newer models as text.
const SHELL_CALLS: [&str; 3] = ["shell", "container.exec", "apply_patch"];

/// What a model can read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    pub(crate) images: bool,
    pub(crate) structured_shell_output: bool,
}

/// Returns the items to send. The same history always gives the same items, so that the input of
/// one request is a prefix of the next one's.
pub(crate) fn input(history: &[ResponseItem], abilities: Abilities) -> Vec<ResponseItem> {
    let mut items = paired(history);
    if abilities.structured_shell_output {
        structure_shell_outputs(&mut items);
    }
    if !abilities.images {
        items.iter_mut().for_each(replace_images);
    }
    items
}

fn structure_shell_outputs(items: &mut [ResponseItem]) {
    let mut shell_calls: HashSet<String> = HashSet::new();
    for item in items {
        match item {
            ResponseItem::FunctionCall { name, call_id, .. } | ResponseItem::CustomToolCall { name, call_id, .. }
                if SHELL_CALLS.contains(&name.as_str()) =>
            {
                shell_calls.insert(call_id.clone());
            }
            ResponseItem::LocalShellCall { call_id: Some(call_id), .. } => {
                shell_calls.insert(call_id.clone());
            }
            ResponseItem::FunctionCallOutput { call_id, output: ToolOutputBody::Text(text) }
            | ResponseItem::CustomToolCallOutput { call_id, output: ToolOutputBody::Text(text) } => {
                if shell_calls.contains(call_id.as_str())
                    && let Some(structured) = structured_from_json(text)
                {
                    *text = structured;
                }
            }
            _ => {}
        }
    }
}

fn replace_images(item: &mut ResponseItem) {
    match item {
        ResponseItem::Message { content, .. } => {
            for part in content {
                if matches!(part, ContentItem::InputImage { .. }) {
                    *part = ContentItem::InputText { text: IMAGE_OMITTED.to_owned() };
                }
            }
        }
        ResponseItem::FunctionCallOutput { output: ToolOutputBody::Content(parts), .. }
        | ResponseItem::CustomToolCallOutput { output: ToolOutputBody::Content(parts), .. } => {
            for part in parts {
                if matches!(part, OutputContentItem::InputImage { .. }) {
                    *part = OutputContentItem::InputText { text: IMAGE_OMITTED.to_owned() };
                }
            }
        }
        _ => {}
    }
}
