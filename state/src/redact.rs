//! Takes secrets out of text that leaves the machine: known values, and what looks like one.
//!
//! What is found becomes `[redacted]`. Better a word too many than a key too few; still no promise that nothing is left, which
//! is why whoever exports is told to read before sending.

use std::borrow::Cow;

use regex::Regex;

/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";

/// Values shorter than this are too likely to be something else.
const SHORTEST_VALUE: usize = 6;

/// The forms of secrets. A group named `keep` stays.
const FORMS: &[&str] = &[
    // Private keys.
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    // Tokens of services by their first letters.
    r"\b(?:sk|rk|pk)-[A-Za-z0-9_-]{16,}",
    r"\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{30,}|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{20,}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    // Headers and addresses.
    r"(?i)(?P<keep>\b(?:authorization|proxy-authorization|x-api-key|api-key|cookie|set-cookie)[\x22']?\s*[:=]\s*[\x22']?(?:bearer |basic |token )?)[^\s\x22',;]+",
    r"(?i)(?P<keep>\bbearer )[A-Za-z0-9._~+/-]{8,}=*",
    r"(?P<keep>\b[a-z][a-z0-9+.-]*://)[^\s/@:\x22']+:[^\s/@\x22']+@",
    r"(?i)(?P<keep>[?&](?:key|token|api_key|apikey|access_token|sig|signature|password)=)[^\s&#\x22']+",
    // Settings and variables by their names.
    r"(?i)(?P<keep>\b[a-z0-9_.-]*(?:secret|token|passwd|password|api_?key|access_?key|private_?key|credential)s?[\x22']?\s*[:=]\s*[\x22']?)[^\s\x22',;&]{6,}",
];

/// Takes secrets out of texts.
#[derive(Debug)]
pub struct Redactor {
    values: Vec<String>,
    forms: Vec<Regex>,
}

impl Redactor {
    /// One that knows these values beside the usual forms. Short ones are left out.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<String> = values.into_iter().filter(|value| value.len() >= SHORTEST_VALUE).collect();
        // A value that holds another one goes first.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        let forms = FORMS.iter().filter_map(|form| Regex::new(form).ok()).collect();
        Self { values, forms }
    }

    /// The text without secrets.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = Cow::Owned(text.replace(value.as_str(), REDACTED));
            }
        }
        for form in &self.forms {
            if form.is_match(&text) {
                let replaced = form.replace_all(&text, |found: &regex::Captures<'_>| {
                    let kept = found.name("keep").map_or("", |kept| kept.as_str());
                    let end = if found[0].ends_with('@') { "@" } else { "" };
                    format!("{kept}{REDACTED}{end}")
                });
                text = Cow::Owned(replaced.into_owned());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_form_is_one() {
        assert_eq!(Redactor::new([]).forms.len(), FORMS.len());
    }

    /// X4: secrets in every spelling that was thought of.
    #[test]
    fn secrets_go_and_what_is_around_them_stays() {
        let redactor = Redactor::new(["hunter2-hunter2".to_owned(), "a".to_owned()]);
        let cases = [
            ("my word is hunter2-hunter2.", "my word is [redacted]."),
            ("key sk-abcdefghijklmnopqrstuv end", "key [redacted] end"),
            ("OPENAI_API_KEY=abcdef123 next", "OPENAI_API_KEY=[redacted] next"),
            (r#"{"password": "abcdef123"}"#, r#"{"password": "[redacted]"}"#),
            ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
            ("https://me:secret@host/x", "https://[redacted]@host/x"),
            ("https://host/x?token=abc&y=1", "https://host/x?token=[redacted]&y=1"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123", "[redacted]"),
            ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nrest", "[redacted]\nrest"),
            ("a plain sentence about tokens: none", "a plain sentence about tokens: none"),
            ("let token = next();", "let token = [redacted];"),
        ];
        for (text, want) in cases {
            assert_eq!(redactor.redact(text), want);
        }
    }
}
