//! `$CODEX_HOME/.env`: variables for the program and what it starts, where a person would rather not export them.
//!
//! What the process was started with beats the file. Names that begin with `CODEX_` are refused: they steer this program
//! itself. No other folder's `.env` is ever read. **Not here:** substitution of variables, values over several lines.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct EnvFile {
    /// Names and values in their order; a later one of the same name counts.
    pub(crate) variables: Vec<(String, String)>,
    /// What was left out, a sentence each, with the file and the line.
    pub(crate) warnings: Vec<String>,
}

/// Reads the file of a home folder; nothing when there is none.
pub(crate) fn read(codex_home: &Path) -> EnvFile {
    let path = codex_home.join(".env");
    let told = |why: &str| EnvFile { variables: Vec::new(), warnings: vec![format!("{}: {why}; nothing of it is used", path.display())] };
    // A pipe would wait for a writer, so only a plain file is opened.
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return EnvFile::default(),
        Err(error) => return told(&error.to_string()),
        Ok(metadata) if !metadata.is_file() => return told("not a file"),
        Ok(_) => {}
    }
    let mut text = Vec::new();
    if let Err(error) = File::open(&path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut text)) {
        return told(&error.to_string());
    }
    if text.len() as u64 > LONGEST {
        return told("longer than 1 MiB");
    }
    match String::from_utf8(text) {
        Ok(text) => parse(&text, &path.display().to_string()),
        Err(_) => told("not UTF-8"),
    }
}

fn parse(text: &str, file: &str) -> EnvFile {
    let mut found = EnvFile::default();
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        match parse_line(line.trim()) {
            Ok(None) => {}
            Ok(Some((name, _))) if name.starts_with("CODEX_") => {
                found.warnings.push(format!("{file}:{}: `{name}` cannot be set here; export it instead", index + 1));
            }
            Ok(Some(variable)) => found.variables.push(variable),
            Err(why) => found.warnings.push(format!("{file}:{}: {why}; the line is not used", index + 1)),
        }
    }
    found
}

/// A line without space around it. The value is never part of an error: it may be a secret.
fn parse_line(line: &str) -> Result<Option<(String, String)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let (name, value) = line.split_once('=').ok_or("expected NAME=value")?;
    let name = name.trim_end();
    let mut letters = name.chars();
    let starts_well = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if !starts_well || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Err("a name has letters, digits and `_`, and begins with no digit");
    }
    Ok(Some((name.to_owned(), parse_value(value.trim())?)))
}

fn parse_value(text: &str) -> Result<String, &'static str> {
    let (value, rest) = match text.chars().next() {
        Some('\'') => text[1..].split_once('\'').map(|(value, rest)| (value.to_owned(), rest)).ok_or("a quote is not closed")?,
        Some('"') => double_quoted(&text[1..])?,
        _ => (text.split(" #").next().unwrap_or_default().trim_end().to_owned(), ""),
    };
    let rest = rest.trim_start();
    if !rest.is_empty() && !rest.starts_with('#') {
        return Err("something follows the closing quote");
    }
    if value.contains('\0') { Err("a value cannot hold a zero byte") } else { Ok(value) }
}

/// The value up to the closing quote, and what follows that.
fn double_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match letters.next().map(|(_, letter)| letter) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(other @ ('"' | '\\' | '$')) => value.push(other),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_are_read_as_people_write_them() {
        let text =
            "\u{feff}# mine\nA=1\n export B = two words # why\nC='it # is $HOME'\nD=\"a\\tb \\\"q\\\" \\$x \\y\" # end\nE=\nF=a#b\r\n";
        let pairs = [("A", "1"), ("B", "two words"), ("C", "it # is $HOME"), ("D", "a\tb \"q\" $x \\y"), ("E", ""), ("F", "a#b")];
        let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(parse(text, ".env"), EnvFile { variables, warnings: Vec::new() });
    }

    #[test]
    fn lines_that_cannot_be_used_are_named_without_their_value() {
        let found = parse("A=1\nCODEX_HOME=/elsewhere\nsecret words\n9X=secret\nQ='secret\nR=\"secret\nS='a' secret\n", ".env");
        assert_eq!(found.variables, vec![("A".to_owned(), "1".to_owned())]);
        assert_eq!(found.warnings.len(), 6);
        assert_eq!(found.warnings[0], ".env:2: `CODEX_HOME` cannot be set here; export it instead");
        assert!(found.warnings.iter().all(|warning| !warning.contains("secret") && !warning.contains("elsewhere")));
    }
}
