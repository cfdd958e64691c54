//! `view_image`: shows an image file to the model.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use codex_protocol::event::{EventMsg, ViewImageToolCall};
use codex_protocol::response_item::{OutputContentItem, ToolOutputBody};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::denied::Denied;
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::image_file::{self, ImageData, ImageFileError};
use crate::readable;
use crate::{arguments, blocking, schema};

const NAME: &str = "view_image";

pub(crate) struct ViewImage;

#[derive(Deserialize)]
struct Arguments {
    path: String,
    detail: Option<String>,
}

#[async_trait]
impl ToolHandler for ViewImage {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        let path = schema::string("The image file, absolute or relative to the session's working directory.");
        let parameters = schema::object([("path", path)], &["path"]);
        env.images.then(|| schema::function(NAME, include_str!("view_image.md"), parameters))
    }

    fn callable(&self, _env: &ToolEnv) -> bool {
        true
    }

    fn parallel(&self) -> bool {
        true
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let turn = host.turn();
        if !turn.images {
            return Err(ToolError::Refused("view_image is not allowed because you do not support image inputs".to_owned()));
        }
        let arguments: Arguments = arguments::parse(&call)?;
        if let Some(detail) = arguments.detail.filter(|detail| detail != "original") {
            return Err(ToolError::Refused(format!(
                "view_image.detail only supports `original`; omit `detail` for default resized behavior, got `{detail}`"
            )));
        }
        let path = if arguments.path.is_empty() { turn.cwd.clone() } else { turn.cwd.join(&arguments.path).components().collect() };
        let denied = turn.denied_reads.clone();
        let reading = path.clone();
        let image = blocking::run(cancel, move |_| read(&reading, &denied)).await?;
        host.emit(EventMsg::ViewImageToolCall(ViewImageToolCall { call_id: call.id, path })).await;
        let part = OutputContentItem::InputImage { image_url: image.data_url(), detail: None };
        Ok(ToolOutput { body: ToolOutputBody::Content(vec![part]), success: true })
    }
}

fn read(path: &Path, denied: &[PathBuf]) -> Result<ImageData, ToolError> {
    let place = path.display();
    let missing = |error| ToolError::Refused(format!("unable to locate image at `{place}`: {error}"));
    let real = path.canonicalize().map_err(missing)?;
    if !std::fs::metadata(&real).map_err(missing)?.is_file() {
        return Err(ToolError::Refused(format!("image path `{place}` is not a file")));
    }
    let (file, _) = readable::open(&real, &Denied::new(denied))?;
    image_file::load_opened(file, &real).map_err(|error| {
        ToolError::Refused(match error {
            ImageFileError::Io(error) => format!("unable to read image at `{place}`: {error}"),
            error => format!("unable to process image at `{place}`: {error}"),
        })
    })
}

#[cfg(test)]
mod tests;
