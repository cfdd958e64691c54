//! Whether something that was pasted or dropped is the path of an image file: plain, quoted, escaped for a shell, a `file://`
//! address, or a path of Windows inside WSL.

use std::path::{Path, PathBuf};

const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "bmp"];

/// The image files a paste names, if it names nothing else and they are there.
pub(super) fn pasted_images(text: &str, cwd: &Path, home: Option<&Path>) -> Option<Vec<PathBuf>> {
    let text = text.trim();
    if text.is_empty() || text.len() > 4_096 || text.contains('\n') && text.lines().count() > 16 {
        return None;
    }
    let whole = |word: &str| image(word, cwd, home);
    if let Some(path) = whole(text) {
        return Some(vec![path]);
    }
    let words = shlex::split(text)?;
    words.iter().map(|word| whole(word)).collect::<Option<Vec<_>>>().filter(|paths| !paths.is_empty())
}

fn image(word: &str, cwd: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let path = path_of(word, home)?;
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    if !ENDINGS.contains(&ending.as_str()) {
        return None;
    }
    let path = cwd.join(path);
    path.is_file().then_some(path)
}

fn path_of(word: &str, home: Option<&Path>) -> Option<PathBuf> {
    if let Some(address) = word.strip_prefix("file://") {
        // What stands before the path is the name of this machine, if anything.
        let path = &address[address.find('/')?..];
        return Some(PathBuf::from(decoded(path)?));
    }
    if let Some(below) = word.strip_prefix("~/") {
        return Some(home?.join(below));
    }
    if let Some(path) = in_wsl(word) {
        return Some(path);
    }
    Some(PathBuf::from(word))
}

/// `C:\Users\a\b.png` is below `/mnt/c` there.
fn in_wsl(word: &str) -> Option<PathBuf> {
    let (drive, rest) = word.split_once(":\\").or_else(|| word.split_once(":/"))?;
    let mut letters = drive.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_alphabetic() => {
            Some(PathBuf::from(format!("/mnt/{}/{}", letter.to_ascii_lowercase(), rest.replace('\\', "/"))))
        }
        _ => None,
    }
}

fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn paths_of_images_are_known_in_every_form_they_are_dropped_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b.PNG");
        fs::write(&path, "").unwrap();
        fs::write(folder.path().join("c.jpg"), "").unwrap();
        fs::write(folder.path().join("d.txt"), "").unwrap();
        let shown = path.display().to_string();
        let find = |text: &str| pasted_images(text, folder.path(), Some(folder.path()));
        for text in [
            shown.clone(),
            format!(" {shown}\n"),
            format!("'{shown}'"),
            format!("\"{shown}\""),
            shown.replace(' ', "\\ "),
            format!("file://{}", shown.replace(' ', "%20")),
            format!("file://localhost{}", shown.replace(' ', "%20")),
            "~/a b.PNG".to_owned(),
            "a b.PNG".to_owned(),
        ] {
            assert_eq!(find(&text), Some(vec![path.clone()]), "{text}");
        }
        assert_eq!(find("c.jpg 'a b.PNG'"), Some(vec![folder.path().join("c.jpg"), path]));
        for text in ["", "d.txt", "missing.png", "see c.jpg", "c.jpg and more", "file:///%zz.png", "it's c.jpg"] {
            assert_eq!(find(text), None, "{text}");
        }
        assert_eq!(in_wsl("C:\\Users\\a\\b.png"), Some(PathBuf::from("/mnt/c/Users/a/b.png")));
        assert_eq!(in_wsl("https://x/y.png"), None);
    }
}
