//! Takes out of texts what differs from run to run, and puts present values back.
//!
//! Requests lose everything that varies: ids are numbered by first appearance, times become `[time]`, folders become
//! `{CWD}` and the like. What the model said loses only what can be put back: folders, and the ids and session
//! numbers that a request had shown before.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What is particular to a run.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Working directory.
    pub cwd: PathBuf,
    /// `$CODEX_HOME`.
    pub codex_home: PathBuf,
    /// The folder for temporary files.
    pub temp_dir: Option<PathBuf>,
    /// Keys that must not be written, wherever they turn up; those under eight letters are ignored.
    pub secrets: Vec<String>,
}

const SHORTEST_SECRET: usize = 8;
const LONGEST_DATA_URL: usize = 256;

/// The replacements of one run, and the ids it has seen.
#[derive(Debug)]
pub(super) struct Normaliser {
    /// Longest first, so that a folder within another is not taken for it.
    folders: Vec<(String, &'static str)>,
    secrets: Vec<String>,
    uuids: Vec<String>,
    sessions: Vec<String>,
}

/// How far a text is normalised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Everything that varies.
    Request,
    /// What can be put back.
    Answer,
}

struct Patterns {
    uuid: Regex,
    session: Regex,
    session_key: Regex,
    /// Pattern and what takes its place, in order.
    varying: Vec<(Regex, &'static str)>,
    short_hash: Regex,
}

const VARYING: &[(&str, &str)] = &[
    (r"<(current_date|timezone|shell)>[^<]*</", "<$1>[$1]</"),
    (r"(?m)^Command: \S+ -(l?c) ", "Command: [shell] -$1 "),
    (r"Chunk ID: [0-9a-f]+", "Chunk ID: [chunk]"),
    (r"Wall time: [0-9.]+ seconds?", "Wall time: [wall] seconds"),
    (r"Original token count: \d+", "Original token count: [count]"),
    (r#"(duration_seconds\\?"\s*:\s*)[0-9.]+"#, "${1}[duration]"),
    (r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?", "[time]"),
    (r"\b\d{4}-\d{2}-\d{2}\b", "[date]"),
    (
        r"\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3]?\d +(\d{2}:\d{2}(:\d{2})?|\d{4})( \d{4})?\b",
        "[time]",
    ),
    (r"\b\d{2}:\d{2}:\d{2}([.,]\d+)?\b", "[time]"),
    (r"\b\d+(\.\d+)?\s?(ms|milliseconds|s|secs?|seconds)\b", "[duration]"),
    (r"\b[0-9a-f]{40}\b", "[hash]"),
];

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles them")]
    let regex = |pattern: &str| Regex::new(pattern).expect("the pattern is valid");
    Patterns {
        uuid: regex(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"),
        session: regex(r"session ID (\d+)"),
        session_key: regex(r#"("session_id"\s*:\s*)(\d+)\b"#),
        varying: VARYING.iter().map(|(pattern, with)| (regex(pattern), *with)).collect(),
        short_hash: regex(r"\b[0-9a-f]{7,12}\b"),
    }
});

impl Normaliser {
    pub(super) fn new(around: &Surroundings) -> Self {
        let mut folders: Vec<(String, &'static str)> = Vec::new();
        let named = [(Some(&around.cwd), "{CWD}"), (Some(&around.codex_home), "{CODEX_HOME}"), (around.temp_dir.as_ref(), "{TMP}")];
        for (folder, placeholder) in named {
            let Some(folder) = folder.and_then(|folder| text_of(folder)) else { continue };
            if !folders.iter().any(|(known, _)| *known == folder) {
                folders.push((folder, placeholder));
            }
        }
        folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        let mut secrets: Vec<String> = around.secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET).cloned().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { folders, secrets, uuids: Vec::new(), sessions: Vec::new() }
    }

    /// Normalises every string of a request.
    pub(super) fn request(&mut self, value: &mut Value) {
        self.walk(value, Depth::Request);
    }

    /// Normalises every string of what the model said.
    pub(super) fn answer(&mut self, value: &mut Value) {
        self.walk(value, Depth::Answer);
    }

    /// `sha256:` and the hash of a text, normalised.
    pub(super) fn hash(&mut self, text: &str) -> String {
        sha256(&self.text(text, Depth::Request))
    }

    fn walk(&mut self, value: &mut Value, depth: Depth) {
        match value {
            Value::String(text) => *text = self.text(text, depth),
            Value::Array(list) => list.iter_mut().for_each(|part| self.walk(part, depth)),
            Value::Object(keys) => {
                for (key, part) in keys.iter_mut() {
                    if key == "encrypted_content" {
                        *part = Value::Null;
                    } else {
                        self.walk(part, depth);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str, depth: Depth) -> String {
        if depth == Depth::Request && text.starts_with("data:") && text.len() > LONGEST_DATA_URL {
            let kind = text.split([';', ',']).next().unwrap_or("data:");
            return format!("{kind};{}", sha256(text));
        }
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), "[secret]");
        }
        for (folder, placeholder) in &self.folders {
            text = replace_folder(&text, folder, placeholder);
        }
        text = self.number_ids(&text, depth);
        if depth == Depth::Request {
            text = without_what_varies(text);
        }
        text
    }

    fn number_ids(&mut self, text: &str, depth: Depth) -> String {
        let uuids = &mut self.uuids;
        let text = PATTERNS.uuid.replace_all(text, |found: &Captures<'_>| number(uuids, &found[0], "uuid", depth));
        let sessions = &mut self.sessions;
        let text = PATTERNS
            .session
            .replace_all(&text, |found: &Captures<'_>| format!("session ID {}", number(sessions, &found[1], "session", depth)));
        // A number under this key is the model's; one that no output has named stays as it is.
        let text = PATTERNS
            .session_key
            .replace_all(&text, |found: &Captures<'_>| format!("{}{}", &found[1], number(sessions, &found[2], "session", Depth::Answer)));
        text.into_owned()
    }

    /// Puts present values back into every string of what a recorded model said.
    pub(super) fn revive(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.revive_text(text, str::to_owned),
            Value::Array(list) => list.iter_mut().for_each(|part| self.revive(part)),
            Value::Object(keys) => {
                for (key, part) in keys.iter_mut() {
                    match part {
                        // JSON within JSON: a value has to be escaped once more.
                        Value::String(text) if key == "arguments" => *text = self.revive_text(text, escaped),
                        part => self.revive(part),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn revive_text(&self, text: &str, escape: fn(&str) -> String) -> String {
        if !text.contains(['{', '[']) {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        for (folder, placeholder) in &self.folders {
            text = text.replace(placeholder, &escape(folder));
        }
        for (kind, known) in [("uuid", &self.uuids), ("session", &self.sessions)] {
            for (at, live) in known.iter().enumerate() {
                text = text.replace(&format!("[{kind}-{}]", at + 1), live);
            }
        }
        text
    }
}

fn text_of(folder: &Path) -> Option<String> {
    let text = folder.to_str()?.trim_end_matches('/');
    (text.len() > 1).then(|| text.to_owned())
}

fn number(known: &mut Vec<String>, id: &str, kind: &str, depth: Depth) -> String {
    let at = match known.iter().position(|seen| seen == id) {
        Some(at) => at,
        None if depth == Depth::Answer => return id.to_owned(),
        None => {
            known.push(id.to_owned());
            known.len() - 1
        }
    };
    format!("[{kind}-{}]", at + 1)
}

fn without_what_varies(text: String) -> String {
    let mut text = text;
    for (pattern, with) in &PATTERNS.varying {
        if let std::borrow::Cow::Owned(changed) = pattern.replace_all(&text, *with) {
            text = changed;
        }
    }
    let hash = |found: &Captures<'_>| {
        let word = &found[0];
        let mixed = word.bytes().any(|byte| byte.is_ascii_digit()) && word.bytes().any(|byte| byte.is_ascii_alphabetic());
        if mixed { "[hash]".to_owned() } else { word.to_owned() }
    };
    PATTERNS.short_hash.replace_all(&text, hash).into_owned()
}

/// Replaces a folder where it stands as a whole path or as the beginning of one.
fn replace_folder(text: &str, folder: &str, placeholder: &str) -> String {
    let part_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let before = rest[..at].chars().next_back().or_else(|| out.chars().next_back());
        let after = &rest[at + folder.len()..];
        let goes_on = after.chars().next().is_some_and(|letter| part_of_name(letter) && !ends_a_sentence(after));
        let whole = !before.is_some_and(part_of_name) && !goes_on;
        out.push_str(&rest[..at]);
        out.push_str(if whole { placeholder } else { folder });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether a full stop after a path ends a sentence rather than beginning a suffix.
fn ends_a_sentence(after: &str) -> bool {
    let mut letters = after.chars();
    letters.next() == Some('.') && letters.next().is_none_or(char::is_whitespace)
}

fn escaped(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn normaliser(cwd: &str) -> Normaliser {
        Normaliser::new(&Surroundings {
            cwd: cwd.into(),
            codex_home: "/home/me/.codex".into(),
            temp_dir: Some("/tmp".into()),
            secrets: vec!["sk-verysecret".to_owned(), "short".to_owned()],
        })
    }

    fn request(text: &str) -> String {
        let mut value = json!(text);
        normaliser("/tmp/proj").request(&mut value);
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn what_varies_from_run_to_run_is_taken_out() {
        let cases = [
            ("in /tmp/proj/a.txt, /tmp/projects and /tmp/x.", "in {CWD}/a.txt, {TMP}/projects and {TMP}/x."),
            ("cd /tmp/proj.", "cd {CWD}."),
            ("/srv/tmp/proj stays", "/srv/tmp/proj stays"),
            ("see /home/me/.codex/memories", "see {CODEX_HOME}/memories"),
            (
                "<current_date>2026-11-20</current_date><timezone>Etc/UTC</timezone>",
                "<current_date>[current_date]</current_date><timezone>[timezone]</timezone>",
            ),
            ("Chunk ID: 183aa8\nWall time: 0.1234 seconds", "Chunk ID: [chunk]\nWall time: [wall] seconds"),
            ("Command: /bin/zsh -lc 'ls'", "Command: [shell] -lc 'ls'"),
            (r#"{"metadata":{"exit_code":0,"duration_seconds":0.3}}"#, r#"{"metadata":{"exit_code":0,"duration_seconds":[duration]}}"#),
            ("at 2026-11-20T23:28:36.350Z on 2026-11-20", "at [time] on [date]"),
            ("-rw-r--r-- 1 me me 5 Nov 21 14:22 a", "-rw-r--r-- 1 me me 5 [time] a"),
            ("ok. finished in 0.52s", "ok. finished in [duration]"),
            ("[main 1a2b3c4] first", "[main [hash]] first"),
            ("the key sk-verysecret is short", "the key [secret] is short"),
        ];
        for (text, wanted) in cases {
            assert_eq!(request(text), wanted);
        }
    }

    #[test]
    fn ids_are_numbered_by_first_appearance() {
        let (a, b) = ("01a1fb44-3968-7ef3-b54b-de943b8674a4", "01a1fb44-3968-7ef3-b54b-de943b8674a5");
        let mut normaliser = normaliser("/tmp/proj");
        let mut value = json!([b, a, format!("x {b}"), "session ID 33826"]);
        normaliser.request(&mut value);
        assert_eq!(value, json!(["[uuid-1]", "[uuid-2]", "x [uuid-1]", "session ID [session-1]"]));
    }

    #[test]
    fn the_models_words_get_present_folders_and_session_numbers_back() {
        let mut then = normaliser("/old/place");
        then.request(&mut json!("Process running with session ID 111"));
        let mut said =
            json!({"item": {"arguments": r#"{"cmd":"ls /old/place/x","session_id":111}"#, "text": "on 2026-11-20 in /old/place"}});
        then.answer(&mut said);
        let kept = json!({"item": {"arguments": r#"{"cmd":"ls {CWD}/x","session_id":[session-1]}"#, "text": "on 2026-11-20 in {CWD}"}});
        assert_eq!(said, kept);
        let mut now = normaliser("/new \"place\"");
        now.request(&mut json!("Process running with session ID 999"));
        now.revive(&mut said);
        let wanted =
            json!({"item": {"arguments": r#"{"cmd":"ls /new \"place\"/x","session_id":999}"#, "text": "on 2026-11-20 in /new \"place\""}});
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_session_number_that_no_output_named_stays() {
        let mut said = json!(r#"{"session_id":12345}"#);
        normaliser("/w").answer(&mut said);
        assert_eq!(said, json!(r#"{"session_id":12345}"#));
    }

    #[test]
    fn encrypted_reasoning_and_images_do_not_go_into_the_file() {
        let mut value = json!({"encrypted_content": "E", "image_url": format!("data:image/png;base64,{}", "A".repeat(500))});
        normaliser("/w").request(&mut value);
        assert_eq!(value["encrypted_content"], Value::Null);
        assert!(value["image_url"].as_str().unwrap().starts_with("data:image/png;sha256:"), "{value}");
    }
}
