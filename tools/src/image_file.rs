//! Reads image files into what a model takes: a `data:` URL of a PNG, JPEG, GIF or WebP that is not
//! larger than it can use.
//!
//! The content decides what a file is, not its name. A file is decoded whole before it is let through:
//! one broken image in the history would make the server refuse every later request of the thread.
//! Everything here blocks; call it off the runtime's workers.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use codex_protocol::response_item::ContentItem;
use image::codecs::jpeg::JpegEncoder;
use image::error::{LimitError, LimitErrorKind};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

/// Longest side that is sent, in pixels.
const LONGEST_SIDE: u32 = 2048;
/// Files up to this size are sent as they are when their sides fit.
const LARGEST_AS_IS: usize = 4 << 20;
/// Files beyond this size are not read.
const LARGEST_FILE: u64 = 64 << 20;
/// The most pixels that are decoded: 8,000 by 8,000 and a little more.
const MOST_PIXELS: u64 = 64 << 20;
/// What decoding may take.
const LARGEST_DECODED: u64 = 512 << 20;
const JPEG_QUALITY: u8 = 85;

/// An image that a model can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageData {
    /// Such as `image/png`.
    pub mime: &'static str,
    /// The encoded file.
    pub bytes: Vec<u8>,
}

impl ImageData {
    /// The image as a `data:` URL.
    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.mime, STANDARD.encode(&self.bytes))
    }
}

/// Why a file is not taken as an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageFileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no image that models take. The field is its MIME type as far as its name tells, else `unknown`.
    #[error("unsupported image `{0}`")]
    Unsupported(&'static str),
    /// It begins like an image that models take, and cannot be decoded. The fields are its MIME type and what is wrong.
    #[error("broken image `{0}`: {1}")]
    Broken(&'static str, String),
    /// It is too large to be read or decoded.
    #[error("the image is too large")]
    TooLarge,
}

/// Reads an image file, made smaller when a side is over 2048 pixels.
///
/// # Errors
/// See [`ImageFileError`].
pub fn load(path: &Path) -> Result<ImageData, ImageFileError> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() && !path.is_dir() {
        return Err(io::Error::other("not a regular file").into());
    }
    load_opened(file, path)
}

/// The same for a file that is open; `path` is what it is called.
pub(crate) fn load_opened(file: File, path: &Path) -> Result<ImageData, ImageFileError> {
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(ImageFileError::TooLarge);
    }
    fit(bytes).map_err(|problem| match problem {
        Unfit::NoImage => ImageFileError::Unsupported(mime_by_name(path)),
        Unfit::Broken(mime, why) => ImageFileError::Broken(mime, why),
        Unfit::TooLarge => ImageFileError::TooLarge,
    })
}

/// What an image file on the user's message becomes: three parts around the image, or one text that
/// says why it is not there. `number` counts the images of the message from 1.
pub fn user_image_content(path: &Path, number: usize) -> Vec<ContentItem> {
    let text = |text: String| ContentItem::InputText { text };
    let place = path.display();
    match load(path) {
        Ok(image) => vec![
            text(format!("<image name=[Image #{number}]>")),
            ContentItem::InputImage { image_url: image.data_url() },
            text("</image>".to_owned()),
        ],
        Err(ImageFileError::Io(error)) => vec![text(format!("Codex could not read the local image at `{place}`: {error}"))],
        Err(error) => vec![text(format!("Codex cannot attach image at `{place}`: {error}."))],
    }
}

enum Unfit {
    NoImage,
    Broken(&'static str, String),
    TooLarge,
}

/// What an error of the image library means for a file of this type.
fn unfit(mime: &'static str) -> impl Fn(ImageError) -> Unfit {
    move |error| match error {
        ImageError::Limits(_) => Unfit::TooLarge,
        error => Unfit::Broken(mime, error.to_string()),
    }
}

fn fit(bytes: Vec<u8>) -> Result<ImageData, Unfit> {
    let format = image::guess_format(&bytes).map_err(|_| Unfit::NoImage)?;
    let mime = match format {
        ImageFormat::Png => "image/png",
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::Gif => "image/gif",
        ImageFormat::WebP => "image/webp",
        _ => return Err(Unfit::NoImage),
    };
    let image = decode(&bytes, format).map_err(unfit(mime))?;
    if image.width() <= LONGEST_SIDE && image.height() <= LONGEST_SIDE && bytes.len() <= LARGEST_AS_IS {
        return Ok(ImageData { mime, bytes });
    }
    let image = if image.width().max(image.height()) > LONGEST_SIDE {
        image.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::Triangle)
    } else {
        image
    };
    encode(&image, format).map_err(unfit(mime))
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(LARGEST_DECODED);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // The decoder counts its own buffers only; the picture is ours to count.
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    // A camera's picture lies on its side until this is applied, and encoding anew would lose the mark.
    // A few hundred bytes can claim any size, so the claim is judged before anything is set aside for it.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
    }
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Result<ImageData, ImageError> {
    let mut bytes = Vec::new();
    if format == ImageFormat::Jpeg {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        image.to_rgb8().write_with_encoder(encoder)?;
        return Ok(ImageData { mime: "image/jpeg", bytes });
    }
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    Ok(ImageData { mime: "image/png", bytes })
}

/// MIME types by file name, for messages only.
const BY_NAME: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("bmp", "image/bmp"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ico", "image/x-icon"),
    ("avif", "image/avif"),
    ("heic", "image/heic"),
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("js", "text/javascript"),
    ("py", "text/x-python"),
    ("rs", "text/x-rust"),
    ("sh", "application/x-sh"),
    ("toml", "text/x-toml"),
    ("json", "application/json"),
    ("xml", "text/xml"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
];

fn mime_by_name(path: &Path) -> &'static str {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    BY_NAME.iter().find(|(name, _)| *name == extension).map_or("unknown", |(_, mime)| mime)
}

#[cfg(test)]
mod tests;
