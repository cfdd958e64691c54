//! Patch text from a model against any file text.
//!
//! The input is a patch and, behind a byte 0xFF (which no UTF-8 text has), the text of the file that its updates
//! meet. Nothing touches the disk.

#![no_main]

use codex_apply_patch::{Chunk, LineKind, Patch, Section, is_bare_patch, parse, update_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0xff);
    let mut next = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (patch, file) = (next(), next());
    // Framed as well, for mutations seldom keep the frame.
    for text in [format!("*** Begin Patch\n{patch}\n*** End Patch"), patch] {
        match parse(&text) {
            Ok(patch) => check(&patch, &file),
            Err(error) => {
                assert!(!is_bare_patch(&text));
                assert!(error.to_string().starts_with("invalid ") && error.executable_message().starts_with("Invalid "));
            }
        }
    }
});

fn check(patch: &Patch, file: &str) {
    for section in &patch.sections {
        match section {
            Section::Add { path, contents } => {
                assert!(!path.is_empty());
                assert!(contents.is_empty() || contents.ends_with('\n'));
            }
            Section::Delete { path } => assert!(!path.is_empty()),
            Section::Update { path, chunks, .. } => {
                assert!(!path.is_empty() && !chunks.is_empty());
                assert!(chunks.iter().all(|chunk| !chunk.lines.is_empty()));
                update(chunks, file);
            }
        }
    }
}

fn update(chunks: &[Chunk], file: &str) {
    let Ok(updated) = update_text(file, chunks) else {
        return;
    };
    let text = updated.text;
    assert!(text.is_empty() || text.ends_with('\n'));
    let count = |kind| chunks.iter().flat_map(|chunk| &chunk.lines).filter(|line| line.kind == kind).count();
    let blank_context = chunks.iter().flat_map(|chunk| &chunk.lines).any(|line| line.kind == LineKind::Context && line.text.is_empty());
    if count(LineKind::Insert) == 0 && !blank_context {
        let lines = |text: &str| text.lines().count();
        assert!(lines(&text) <= lines(file));
        if count(LineKind::Remove) == 0 {
            assert!(text.strip_prefix(file).is_some_and(|end| ["", "\n", "\r\n"].contains(&end)));
        }
    }
}
