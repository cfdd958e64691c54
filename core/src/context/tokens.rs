//! How many tokens something takes, by its bytes: four a token, as everywhere in this program.
//!
//! An estimate for deciding before a request is sent; what a server counts replaces it. Images count by what models charge
//! for one, not by the length of their text.

use std::io;

use codex_protocol::ResponseItem;
use codex_protocol::response_item::{ContentItem, OutputContentItem, ToolOutputBody};
use serde::Serialize;

/// What models charge for an image of the size this program sends, rounded up.
const IMAGE: usize = 1_600;

const BYTES: usize = 4;

/// Tokens of an item in a request.
pub(crate) fn of_item(item: &ResponseItem) -> i64 {
    let mut bytes = json_length(item);
    match item {
        ResponseItem::Message { content, .. } => {
            for part in content {
                if let ContentItem::InputImage { image_url } = part {
                    bytes = as_image(bytes, image_url);
                }
            }
        }
        ResponseItem::FunctionCallOutput { output: ToolOutputBody::Content(parts), .. }
        | ResponseItem::CustomToolCallOutput { output: ToolOutputBody::Content(parts), .. } => {
            for part in parts {
                if let OutputContentItem::InputImage { image_url, .. } = part {
                    bytes = as_image(bytes, image_url);
                }
            }
        }
        ResponseItem::Reasoning { encrypted_content: Some(sealed), .. } | ResponseItem::Compaction { encrypted_content: sealed } => {
            // Base64 is a third longer than what it holds.
            bytes -= sealed.len() / 4;
        }
        _ => {}
    }
    to_tokens(bytes)
}

/// Tokens of anything that goes into a request as JSON.
pub(crate) fn of_json(value: &impl Serialize) -> i64 {
    to_tokens(json_length(value))
}

/// Tokens of a text.
pub(crate) fn of_text(text: &str) -> i64 {
    to_tokens(text.len())
}

/// Bytes that so many tokens are.
pub(crate) fn bytes(tokens: i64) -> usize {
    usize::try_from(tokens).unwrap_or_default().saturating_mul(BYTES)
}

fn as_image(bytes: usize, url: &str) -> usize {
    bytes.saturating_sub(url.len()) + IMAGE * BYTES
}

fn to_tokens(bytes: usize) -> i64 {
    i64::try_from(bytes.div_ceil(BYTES)).unwrap_or(i64::MAX)
}

fn json_length(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        Err(_) => 0,
    }
}

struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_counts_as_an_image_and_not_as_its_text() {
        let image = ContentItem::InputImage { image_url: format!("data:image/png;base64,{}", "A".repeat(4_000_000)) };
        let tokens = of_item(&ResponseItem::input_message("user", vec![image]));
        assert!((1_600..1_700).contains(&tokens), "{tokens}");
        assert_eq!(of_text("12345"), 2);
        let message = of_item(&ResponseItem::user_text("x".repeat(400)));
        assert!((101..130).contains(&message), "{message}");
    }
}
