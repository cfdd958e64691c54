//! What the user handed in, as the message that goes to the model and the event that tells of it.

use codex_protocol::ResponseItem;
use codex_protocol::event::UserMessage;
use codex_protocol::response_item::ContentItem;
use codex_protocol::user_input::UserInput;
use codex_tools::image_file::user_image_content;

/// Returns the message for the model (images first, then text), the event for front-ends, and what a
/// person should know of images that could not be used.
///
/// Image files are read here, off the runtime's workers. A file that cannot be read becomes a
/// sentence in its place; the turn goes on.
pub(crate) async fn from_input(input: Vec<UserInput>) -> (ResponseItem, UserMessage, Vec<String>) {
    let mut event = UserMessage::default();
    let mut images = Vec::new();
    let mut texts = Vec::new();
    let mut skills = Vec::new();
    let mut count = 0;
    let mut unusable = Vec::new();
    for piece in input {
        match piece {
            UserInput::Text { text, text_elements } => {
                if !event.message.is_empty() {
                    event.message.push('\n');
                }
                event.message.push_str(&text);
                event.text_elements.extend(text_elements);
                texts.push(ContentItem::InputText { text });
            }
            UserInput::Image { image_url } => {
                event.images.push(image_url.clone());
                images.push(ContentItem::InputImage { image_url });
            }
            UserInput::LocalImage { path } => {
                count += 1;
                event.local_images.push(path.clone());
                let number = count;
                let shown = path.display().to_string();
                let content = tokio::task::spawn_blocking(move || user_image_content(&path, number)).await;
                let content =
                    content.unwrap_or_else(|_| vec![ContentItem::InputText { text: format!("The image `{shown}` could not be decoded.") }]);
                if let [ContentItem::InputText { text }] = content.as_slice() {
                    unusable.push(text.clone());
                }
                images.extend(content);
            }
            // The text of a skill is a message of its own.
            UserInput::Skill { name, .. } => skills.push(format!("${name}")),
            UserInput::Mention { name, path } => texts.push(ContentItem::InputText { text: format!("@{name} ({path})") }),
            _ => {}
        }
    }
    if images.is_empty() && texts.is_empty() && !skills.is_empty() {
        // A message has to say something.
        event.message = skills.join(" ");
        texts.push(ContentItem::InputText { text: event.message.clone() });
    }
    images.append(&mut texts);
    (ResponseItem::input_message("user", images), event, unusable)
}
