//! A `SKILL.md` of any bytes, and behind a byte 0xFF what a person wrote, looked through for mentions.

#![no_main]

use codex_skills::{Mention, front_matter, mentions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0xff);
    let file = parts.next().unwrap_or_default();
    match front_matter(&file[..file.len().min(16 * 1024)], "folder") {
        Ok(said) => {
            assert!(!said.name.is_empty() && said.name.chars().count() <= 64);
            assert!(!said.description.is_empty() && said.description.chars().count() <= 1024);
            assert!(!said.description.contains(['\n', '\r']) && !said.name.contains(['\n', '\r']));
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    for mention in mentions(&text) {
        match mention {
            Mention::Name(name) => assert!(text.contains(&format!("${name}"))),
            Mention::Path(path) => assert!(path.is_absolute()),
        }
    }
});
