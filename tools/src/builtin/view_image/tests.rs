use std::io::Cursor;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::fake_host::FakeHost;

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    image::DynamicImage::new_rgb8(1, 1).write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

#[tokio::test]
async fn an_image_comes_back_as_content_and_is_told_to_the_front_end() {
    let host = FakeHost::new();
    let path = host.file("a.png", png());
    let output = host.call(NAME, json!({"path": "a.png"})).await.unwrap();
    let wire = serde_json::to_value(&output.body).unwrap();
    let url = image_file::load(&path).unwrap().data_url();
    assert!(url.starts_with("data:image/png;base64,iVBORw0KGgo"), "{url}");
    assert_eq!(wire, json!([{"type": "input_image", "image_url": url}]));
    assert_eq!(host.events(), [EventMsg::ViewImageToolCall(ViewImageToolCall { call_id: "call".into(), path })]);
}

#[tokio::test]
async fn what_is_no_image_file_is_refused_and_told_to_nobody() {
    let mut host = FakeHost::new();
    let text = host.file("t.txt", "x");
    let secret = host.file("auth.json", "{}");
    host.turn.denied_reads = vec![secret.clone()];
    let cwd = host.cwd().display();
    let cases = [
        ("t.txt", format!("unable to process image at `{}`: unsupported image `text/plain`", text.display())),
        ("none.png", format!("unable to locate image at `{cwd}/none.png`: No such file or directory (os error 2)")),
        ("", format!("image path `{cwd}` is not a file")),
        (".", format!("image path `{cwd}` is not a file")),
        ("/dev/zero", "image path `/dev/zero` is not a file".to_owned()),
        ("auth.json", format!("`{}` is not read by tools: it is kept from the model", secret.display())),
    ];
    for (path, message) in cases {
        assert_eq!(host.refusal(NAME, json!({"path": path})).await, message);
    }
    assert_eq!(host.events(), []);
}

#[tokio::test]
async fn only_the_original_detail_can_be_asked_for() {
    let host = FakeHost::new();
    host.file("a.png", png());
    assert_eq!(
        host.refusal(NAME, json!({"path": "a.png", "detail": "high"})).await,
        "view_image.detail only supports `original`; omit `detail` for default resized behavior, got `high`"
    );
    assert!(host.call(NAME, json!({"path": "a.png", "detail": "original"})).await.is_ok());
}

#[tokio::test]
async fn a_model_without_eyes_is_told_so() {
    let mut host = FakeHost::new();
    host.turn.images = false;
    let refused = host.refusal(NAME, json!({"path": "a.png"})).await;
    assert_eq!(refused, "view_image is not allowed because you do not support image inputs");
}
