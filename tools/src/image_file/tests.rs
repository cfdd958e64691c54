use std::fs;
use std::path::PathBuf;

use pretty_assertions::assert_eq;

use super::*;

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = DynamicImage::new_rgb8(width, height);
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn small_images_pass_byte_for_byte_whatever_they_are_called() {
    let folder = Folder::new();
    let cases = [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
    ];
    for (format, mime) in cases {
        let bytes = encoded(3, 2, format);
        let path = folder.file("picture.txt", &bytes);
        assert_eq!(load(&path).unwrap(), ImageData { mime, bytes });
    }
}

#[test]
fn a_large_image_is_made_to_fit_and_keeps_its_shape() {
    let folder = Folder::new();
    let cases = [
        (3072, 30, ImageFormat::Png, "image/png", (2048, 20)),
        (100, 4096, ImageFormat::Gif, "image/png", (50, 2048)),
        (4096, 64, ImageFormat::Jpeg, "image/jpeg", (2048, 32)),
    ];
    for (width, height, format, mime, expected) in cases {
        let image = load(&folder.file("large", &encoded(width, height, format))).unwrap();
        let decoded = image::load_from_memory(&image.bytes).unwrap();
        assert_eq!((image.mime, (decoded.width(), decoded.height())), (mime, expected));
    }
    let exact = encoded(2048, 20, ImageFormat::Png);
    assert_eq!(load(&folder.file("exact", &exact)).unwrap().bytes, exact);
}

#[test]
fn what_is_no_image_is_named_by_its_file_name() {
    let folder = Folder::new();
    let cases: [(&str, &[u8], &str); 5] = [
        ("t.txt", b"hello", "text/plain"),
        ("empty.png", b"", "image/png"),
        ("v.svg", b"<svg/>", "image/svg+xml"),
        ("none", b"hello", "unknown"),
        ("b.bmp", b"BM0000000000000000", "image/bmp"),
    ];
    for (name, bytes, mime) in cases {
        let error = load(&folder.file(name, bytes)).unwrap_err();
        assert_eq!(error.to_string(), format!("unsupported image `{mime}`"), "{name}");
    }
}

#[test]
fn a_broken_image_is_told_from_what_is_no_image() {
    let mut torn = encoded(300, 200, ImageFormat::Png);
    torn.truncate(60);
    let error = load(&Folder::new().file("torn.txt", &torn)).unwrap_err();
    assert!(error.to_string().starts_with("broken image `image/png`: "), "{error}");
}

#[test]
fn a_picture_that_would_fill_memory_is_refused() {
    // A PNG header alone that claims 60,000 by 60,000 pixels.
    let mut bytes = encoded(1, 1, ImageFormat::Png);
    bytes[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    let error = load(&Folder::new().file("bomb.png", &bytes)).unwrap_err();
    assert!(matches!(error, ImageFileError::TooLarge), "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn an_image_on_the_users_message_is_three_parts() {
    let bytes = encoded(1, 1, ImageFormat::Png);
    let folder = Folder::new();
    let content = user_image_content(&folder.file("a.png", &bytes), 2);
    assert_eq!(
        content,
        [
            ContentItem::InputText { text: "<image name=[Image #2]>".into() },
            ContentItem::InputImage { image_url: format!("data:image/png;base64,{}", STANDARD.encode(&bytes)) },
            ContentItem::InputText { text: "</image>".into() },
        ]
    );
}

#[test]
fn a_problem_with_the_users_image_becomes_one_text() {
    let folder = Folder::new();
    let text = folder.file("i.txt", b"x");
    let said = |path: &Path| match user_image_content(path, 1).as_slice() {
        [ContentItem::InputText { text }] => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(Path::new("/nope.png")), "Codex could not read the local image at `/nope.png`: No such file or directory (os error 2)");
    assert_eq!(said(&text), format!("Codex cannot attach image at `{}`: unsupported image `text/plain`.", text.display()));
    assert_eq!(said(Path::new("/")), "Codex could not read the local image at `/`: Is a directory (os error 21)");
    assert_eq!(said(Path::new("/dev/zero")), "Codex could not read the local image at `/dev/zero`: not a regular file");
}

/// Z3: what a file claims to hold is judged before it is unpacked.
#[test]
fn an_image_of_too_many_pixels_is_not_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.png");
    let image = image::DynamicImage::new_luma8(10_000, 10_000);
    image.save(&path).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20, "a hundred million pixels in a small file");
    assert!(matches!(load(&path), Err(ImageFileError::TooLarge)));
}
