//! The image on the clipboard, by the program of the desktop that this session belongs to.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codex_core::Runtime;
use tokio::io::AsyncReadExt;

use super::engine::{Found, News};
use super::state::App;
use crate::chat::Notice;

/// A clipboard may belong to a program that does not answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Larger images are taken for a mistake.
const MOST: u64 = 32 * 1024 * 1024;

/// What prints the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reader {
    argv: &'static [&'static str],
    /// It prints base64.
    encoded: bool,
}

const POWERSHELL: &str = "Add-Type -AssemblyName System.Windows.Forms,System.Drawing; $i=[Windows.Forms.Clipboard]::GetImage(); \
    if ($i) { $m=New-Object IO.MemoryStream; $i.Save($m,[Drawing.Imaging.ImageFormat]::Png); [Convert]::ToBase64String($m.ToArray()) }";

/// The variable that says that a desktop is there, and what reads its clipboard.
const READERS: [(&str, Reader); 3] = [
    ("WAYLAND_DISPLAY", Reader { argv: &["wl-paste", "--no-newline", "--type", "image/png"], encoded: false }),
    ("DISPLAY", Reader { argv: &["xclip", "-selection", "clipboard", "-t", "image/png", "-o"], encoded: false }),
    ("WSL_DISTRO_NAME", Reader { argv: &["powershell.exe", "-NoProfile", "-STA", "-Command", POWERSHELL], encoded: true }),
];

const MAC: Reader = Reader { argv: &["pngpaste", "-"], encoded: false };

/// The programs that fit this desktop.
fn readers(runtime: &Runtime) -> Vec<Reader> {
    let set = |name: &str| runtime.env_text(name).is_some_and(|value| !value.is_empty());
    let fitting = READERS.into_iter().filter(|(name, _)| set(name)).map(|(_, reader)| reader);
    fitting.chain(cfg!(target_os = "macos").then_some(MAC)).collect()
}

impl App {
    /// The image on the clipboard goes into the message.
    pub(crate) fn paste_image(&mut self) {
        let env = self.surroundings.runtime.outside_env(&self.config.cwd);
        let fitting = readers(&self.surroundings.runtime);
        let find = |reader: &Reader| codex_core::find_program(OsStr::new(reader.argv[0]), env.get(OsStr::new("PATH"))?);
        let Some((reader, program)) = fitting.iter().find_map(|reader| Some((*reader, find(reader)?))) else {
            self.cannot_paste(&missing(&fitting));
            return;
        };
        let folder = match self.pasted_folder() {
            Ok(folder) => folder,
            Err(error) => return self.cannot_paste(&error.to_string()),
        };
        let mut command = tokio::process::Command::new(program);
        command.args(&reader.argv[1..]).env_clear().envs(env).current_dir(&folder).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let news = self.engine.news();
        self.engine.spawn(async move {
            let read = tokio::time::timeout(PATIENCE, output(command)).await;
            let image = match read {
                Err(_) => Err(format!("`{}` gave no answer", reader.argv[0])),
                Ok(Err(error)) => Err(format!("`{}`: {error}", reader.argv[0])),
                Ok(Ok(bytes)) => kept(&bytes, reader, &folder),
            };
            let then = move |app: &mut Self| match image {
                Ok(path) => {
                    app.composer.attach_image(path);
                    app.dirty = true;
                }
                Err(why) => app.cannot_paste(&why),
            };
            // The loop is gone when nobody takes it.
            let _ = news.send(News::Found(Found::Ask(Box::new(then)))).await;
        });
    }

    fn cannot_paste(&mut self, why: &str) {
        self.note(Notice::Error, &format!("Failed to paste image: {why}"));
    }

    /// A folder of our own for pasted images, which goes with the program.
    fn pasted_folder(&mut self) -> std::io::Result<PathBuf> {
        if self.pasted.is_none() {
            let temporary = self.surroundings.runtime.tmpdir.clone().unwrap_or_else(|| "/tmp".into());
            self.pasted = Some(tempfile::Builder::new().prefix("codex-pasted-").tempdir_in(temporary)?);
        }
        Ok(self.pasted.as_ref().map(|folder| folder.path().to_path_buf()).unwrap_or_default())
    }
}

/// Why nothing can be read.
fn missing(fitting: &[Reader]) -> String {
    let names: Vec<String> = fitting.iter().map(|reader| format!("`{}`", reader.argv[0])).collect();
    match names.is_empty() {
        true => "no desktop is known here whose clipboard could be read (as over SSH); paste the path of an image file instead".to_owned(),
        false => format!("install {} to have the clipboard read, or paste the path of an image file", names.join(" or ")),
    }
}

async fn output(mut command: tokio::process::Command) -> std::io::Result<Vec<u8>> {
    let mut child = command.spawn()?;
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MOST + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Keeps the image in a file.
fn kept(bytes: &[u8], reader: Reader, folder: &Path) -> Result<PathBuf, String> {
    let decoded;
    let bytes = match reader.encoded {
        true => {
            let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            decoded = STANDARD.decode(text).unwrap_or_default();
            decoded.as_slice()
        }
        false => bytes,
    };
    if bytes.len() as u64 > MOST {
        return Err("the image on the clipboard is too large".to_owned());
    }
    let ending = ending(bytes).ok_or("there is no image on the clipboard")?;
    let file = tempfile::Builder::new().prefix("image-").suffix(ending).tempfile_in(folder);
    let kept = file.and_then(|mut file| file.write_all(bytes).map(|()| file)).and_then(|file| file.keep().map_err(|error| error.error));
    kept.map(|(_, path)| path).map_err(|error| error.to_string())
}

/// The ending of a file with these bytes; `None` when they are no image that a model takes.
fn ending(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(".png"),
        [0xff, 0xd8, 0xff, ..] => Some(".jpg"),
        [b'G', b'I', b'F', b'8', ..] => Some(".gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(".webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_clipboard_is_kept_when_it_is_an_image() {
        let folder = tempfile::tempdir().unwrap();
        let plain = READERS[0].1;
        let path = kept(b"\x89PNG\r\n", plain, folder.path()).unwrap();
        assert_eq!((path.extension().unwrap().to_str(), std::fs::read(&path).unwrap().as_slice()), (Some("png"), &b"\x89PNG\r\n"[..]));
        let path = kept(b"/9j/\r\nAA==\r\n", READERS[2].1, folder.path()).unwrap();
        assert_eq!(path.extension().unwrap(), "jpg");
        assert_eq!(kept(b"", plain, folder.path()).unwrap_err(), "there is no image on the clipboard");
        assert_eq!(kept(b"words", READERS[2].1, folder.path()).unwrap_err(), "there is no image on the clipboard");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(missing(&[READERS[0].1, READERS[1].1]).starts_with("install `wl-paste` or `xclip` "));
        assert!(missing(&[]).contains("path of an image file"));
    }
}
