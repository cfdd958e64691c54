//! The syntax of git's configuration files, as far as it takes to find the URLs of remotes.
//!
//! Sections, subsections, quotes, escapes, comments and continued lines are read; `include` and
//! `url.*.insteadOf` are not followed, since they reach outside the repository. Lines that make no
//! sense are passed over: this is for showing facts, not for configuring anything.

use std::collections::BTreeMap;

/// Returns the first URL of every remote in a configuration text.
pub(crate) fn remote_urls(text: &str) -> BTreeMap<String, String> {
    let mut urls = BTreeMap::new();
    let mut remote: Option<String> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim();
        if line.starts_with('[') {
            let Some((header, rest)) = split_header(line) else { continue };
            remote = remote_name(header);
            line = rest.trim_start();
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = read_value(value, &mut lines);
        if let Some(name) = &remote
            && key.trim().eq_ignore_ascii_case("url")
        {
            urls.entry(name.clone()).or_insert(value);
        }
    }
    urls
}

/// Every key in a configuration text with the first word of its section, both in small letters. A key without a value counts.
pub(crate) fn keys(text: &str) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    let mut section = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim();
        if line.starts_with('[') {
            let Some((header, rest)) = split_header(line) else { continue };
            let word = header.trim_start().split(|c: char| c.is_whitespace() || c == '.' || c == '"').next();
            section = word.unwrap_or_default().to_ascii_lowercase();
            line = rest.trim_start();
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let key = key.split(['#', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
        read_value(value, &mut lines);
        if !key.is_empty() {
            keys.push((section.clone(), key));
        }
    }
    keys
}

/// Splits `[header] rest`; a `]` inside quotes belongs to the header.
fn split_header(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some((&line[1..at], &line[at + 1..])),
            _ => {}
        }
    }
    None
}

/// The name in `remote "name"`.
fn remote_name(header: &str) -> Option<String> {
    let (section, name) = header.split_once(char::is_whitespace)?;
    if !section.eq_ignore_ascii_case("remote") {
        return None;
    }
    let name = name.trim().strip_prefix('"')?.strip_suffix('"')?;
    let mut plain = String::new();
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next()? } else { c });
    }
    Some(plain)
}

/// A value: quotes and escapes undone, comment and trailing blanks dropped, continued lines joined.
fn read_value<'a>(first: &'a str, more: &mut impl Iterator<Item = &'a str>) -> String {
    let mut value = String::new();
    let mut kept = 0;
    let mut quoted = false;
    let mut line = first.trim_start();
    loop {
        let mut continued = false;
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => quoted = !quoted,
                '#' | ';' if !quoted => break,
                '\\' => match chars.next() {
                    None => continued = true,
                    Some('n') => value.push('\n'),
                    Some('t') => value.push('\t'),
                    Some('b') => value.push('\u{8}'),
                    Some(other) => value.push(other),
                },
                other => value.push(other),
            }
            if quoted || !c.is_whitespace() {
                kept = value.len();
            }
        }
        match if continued { more.next() } else { None } {
            Some(next) => line = next,
            None => break,
        }
    }
    value.truncate(kept);
    value
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::remote_urls;

    #[test]
    fn urls_are_found_in_every_spelling_git_accepts() {
        const CASES: &[(&str, &[(&str, &str)])] = &[
            ("[remote \"origin\"]\n\turl = https://h/a.git\n\tfetch = +x\n", &[("origin", "https://h/a.git")]),
            ("[REMOTE \"Up\"]\nURL=h:a # note\n", &[("Up", "h:a")]),
            ("[remote \"o\"] url = one\n", &[("o", "one")]),
            ("[remote \"o\"]\nurl = \"a # b\" ; c\n", &[("o", "a # b")]),
            ("[remote \"o\"]\nurl = one\\\ntwo\n", &[("o", "onetwo")]),
            ("[remote \"o\"]\nurl = one\nurl = two\n", &[("o", "one")]),
            ("[remote \"a]b\\\"c\"]\nurl = x\n", &[("a]b\"c", "x")]),
            ("[remote \"o\"]\npushurl = x\n", &[]),
            ("[branch \"o\"]\nurl = x\n[core]\nurl = y\n", &[]),
            ("[include]\npath = /etc/passwd\n", &[]),
            ("[remote\nurl = x\n= y\n[]\n", &[]),
            ("", &[]),
        ];
        for (text, expected) in CASES {
            let expected = expected.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect();
            assert_eq!(remote_urls(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "([\\[\\]\"\\\\=#; \n\ta-c]|remote|url){0,60}") {
            remote_urls(&text);
        }
    }
}
