//! Results of MCP tools as a model reads them.
//!
//! Pure. Structured content stands for everything; else the content is JSON text, or parts where there are images.

use codex_protocol::response_item::{OutputContentItem, ToolOutputBody};
use serde_json::Value;

use crate::handler::ToolOutput;

/// What a model without eyes reads in the place of an image.
const NO_IMAGES: &str = "<image content omitted because you do not support image input>";
/// Most bytes of an image in base64; what is larger is left out.
const LARGEST_IMAGE: usize = 8 * 1024 * 1024;
/// Image formats that models take (Z3).
const FORMATS: [&str; 5] = ["image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"];

/// The output for a server's result object.
pub fn for_model(result: &Value, images: bool) -> ToolOutput {
    let success = result.get("isError").and_then(Value::as_bool) != Some(true);
    let body = match result.get("structuredContent").filter(|structured| !structured.is_null()) {
        Some(structured) => ToolOutputBody::Text(structured.to_string()),
        None => content(result.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(), images),
    };
    ToolOutput { body, success }
}

/// A text in the form of a server's content, for failures.
pub fn failure(text: &str) -> String {
    serde_json::json!([{"type": "text", "text": text}]).to_string()
}

fn content(blocks: &[Value], images: bool) -> ToolOutputBody {
    let kind = |block: &Value| block.get("type").and_then(Value::as_str).map(str::to_owned);
    if !blocks.iter().any(|block| kind(block).as_deref() == Some("image")) {
        return ToolOutputBody::Text(Value::Array(blocks.to_vec()).to_string());
    }
    let part = |block: &Value| match kind(block).as_deref() {
        Some("text") => text(block.get("text").and_then(Value::as_str).unwrap_or_default()),
        Some("image") if images => image(block),
        Some("image") => text(NO_IMAGES),
        _ => text(&block.to_string()),
    };
    ToolOutputBody::Content(blocks.iter().map(part).collect())
}

fn text(text: &str) -> OutputContentItem {
    OutputContentItem::InputText { text: text.to_owned() }
}

fn image(block: &Value) -> OutputContentItem {
    let member = |name: &str| block.get(name).and_then(Value::as_str);
    let (Some(data), Some(format)) = (member("data"), member("mimeType")) else {
        return text("<image content omitted because the server sent no data for it>");
    };
    if !FORMATS.contains(&format) {
        return text("<image content omitted because its format is not supported>");
    }
    if data.len() > LARGEST_IMAGE || !data.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        return text("<image content omitted because it is too large or not base64>");
    }
    OutputContentItem::InputImage { image_url: format!("data:{format};base64,{data}"), detail: None }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn read(result: Value) -> ToolOutputBody {
        for_model(&result, true).body
    }

    fn as_text(text: &str) -> ToolOutputBody {
        ToolOutputBody::Text(text.to_owned())
    }

    #[test]
    fn each_kind_of_content_has_its_form() {
        let link = json!({"type": "resource_link", "uri": "u:/", "name": "n"});
        assert_eq!(read(json!({"content": [link]})), as_text(r#"[{"type":"resource_link","uri":"u:/","name":"n"}]"#));
        assert_eq!(read(json!({"content": []})), as_text("[]"));
        assert_eq!(read(json!({})), as_text("[]"));
        assert_eq!(read(json!({"content": [{"type": "text", "text": "h"}], "structuredContent": {"a": 1}})), as_text(r#"{"a":1}"#));
        let with_image = json!({"content": [{"type": "text", "text": "t"}, {"type": "image", "data": "aGk=", "mimeType": "image/png"}]});
        let image = OutputContentItem::InputImage { image_url: "data:image/png;base64,aGk=".into(), detail: None };
        assert_eq!(read(with_image.clone()), ToolOutputBody::Content(vec![text("t"), image]));
        assert_eq!(for_model(&with_image, false).body, ToolOutputBody::Content(vec![text("t"), text(NO_IMAGES)]));
    }

    #[test]
    fn an_error_of_a_tool_is_no_success() {
        assert!(!for_model(&json!({"content": [], "isError": true}), true).success);
        assert!(for_model(&json!({"content": [], "isError": false}), true).success);
    }

    #[test]
    fn a_picture_that_is_none_is_left_out() {
        for block in [
            json!({"type": "image", "data": "aGk=", "mimeType": "image/svg+xml"}),
            json!({"type": "image", "data": "<svg>", "mimeType": "image/png"}),
            json!({"type": "image"}),
        ] {
            let ToolOutputBody::Content(parts) = read(json!({"content": [block]})) else { panic!("parts") };
            assert!(matches!(&parts[0], OutputContentItem::InputText { text } if text.contains("omitted")), "{parts:?}");
        }
    }
}
