//! What a `SKILL.md` says of itself, between its first line and the next `---`.
//!
//! Pure: bytes in, three texts or a fault out. Keys that nobody knows are passed over, and the text behind the second line is
//! not looked at. Lengths are counted in characters after blanks were evened out.

use serde::Deserialize;

use crate::error::FaultKind;
use crate::yaml;

/// Characters that a name may have.
const LONGEST_NAME: usize = 64;
/// Characters that a description may have.
const LONGEST_DESCRIPTION: usize = 1024;

/// What a skill says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatter {
    /// Its name, in one line.
    pub name: String,
    /// What it is for, in one line.
    pub description: String,
    /// The same in a few words.
    pub short_description: Option<String>,
}

#[derive(Deserialize)]
struct Fields {
    name: Option<String>,
    description: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "short-description")]
    short_description: Option<String>,
}

/// Reads the front matter at the beginning of `file`. A skill without a name has that of its `folder`.
///
/// # Errors
///
/// [`FaultKind::NoFrontMatter`], [`FaultKind::Yaml`], [`FaultKind::NoDescription`], [`FaultKind::TooLong`].
pub fn front_matter(file: &[u8], folder: &str) -> Result<FrontMatter, FaultKind> {
    let text = between(file).ok_or(FaultKind::NoFrontMatter)?;
    let text = std::str::from_utf8(text).map_err(|error| FaultKind::Yaml(error.to_string()))?;
    let fields = if text.trim().is_empty() {
        Fields { name: None, description: None, metadata: None }
    } else {
        yaml::read(text).map_err(FaultKind::Yaml)?
    };
    let name = one_line(fields.name).unwrap_or_else(|| folder.to_owned());
    let description = one_line(fields.description).ok_or(FaultKind::NoDescription)?;
    let short_description = one_line(fields.metadata.and_then(|metadata| metadata.short_description));
    within("name", &name, LONGEST_NAME)?;
    within("description", &description, LONGEST_DESCRIPTION)?;
    if let Some(short) = &short_description {
        within("metadata.short-description", short, LONGEST_DESCRIPTION)?;
    }
    Ok(FrontMatter { name, description, short_description })
}

/// What stands between the two lines.
fn between(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file;
    let mut begin = None;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let line = rest[..end].strip_suffix(b"\n").unwrap_or(&rest[..end]);
        let is_fence = line.strip_suffix(b"\r").unwrap_or(line) == b"---";
        let at = file.len() - rest.len();
        rest = &rest[end..];
        match begin {
            None if is_fence => begin = Some(at + end),
            None => return None,
            Some(begin) if is_fence => return Some(&file[begin..at]),
            Some(_) => {}
        }
    }
    None
}

/// Runs of blanks and newlines as one blank; `None` when nothing is left.
fn one_line(text: Option<String>) -> Option<String> {
    let line = text?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

fn within(field: &'static str, text: &str, most: usize) -> Result<(), FaultKind> {
    if text.chars().count() > most { Err(FaultKind::TooLong { field, most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(String, String, Option<String>), String> {
        let found = front_matter(text.as_bytes(), "folder").map_err(|fault| fault.to_string())?;
        Ok((found.name, found.description, found.short_description))
    }

    #[test]
    fn names_and_descriptions_are_read_as_yaml() {
        let named = |name: &str, description: &str| Ok((name.to_owned(), description.to_owned(), None));
        for (text, expected) in [
            ("---\nname: a\ndescription: d\n---\nbody\n", named("a", "d")),
            ("---\r\nname: a\r\ndescription: d\r\n---\r\nbody", named("a", "d")),
            ("---\nname: a\ndescription: d\n---", named("a", "d")),
            ("---\ndescription: d\n---\n", named("folder", "d")),
            ("---\nname: ''\ndescription: d\n---\n", named("folder", "d")),
            ("---\nname: ~\ndescription: d\n---\n", named("folder", "d")),
            ("---\nname: \" a \t b \"\ndescription: d\n---\n", named("a b", "d")),
            ("---\nname: 5\ndescription: 1.10\n---\n", named("5", "1.10")),
            ("---\nname: 日本\ndescription: UPPER_Case.x:y\n---\n", named("日本", "UPPER_Case.x:y")),
            ("---\nname: ml\ndescription: |\n  line one\n  line two\n---\nB\n", named("ml", "line one line two")),
            ("---\nname: ml\ndescription: >\n  line one\n\n  line two\n---\nB\n", named("ml", "line one line two")),
            ("---\nname: a\ndescription: d # a note\nlicense: MIT\nallowed-tools: [a, b]\n---\n", named("a", "d")),
            ("---\nname: a\ndescription: d\nshort-description: at the top\n---\n", named("a", "d")),
            ("---\nname: &n a\ndescription: *n\n---\n", named("a", "a")),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        let short = "---\nname: a\ndescription: d\nmetadata:\n  short-description: |\n    in\n    short\n  x: 1\n---\n";
        assert_eq!(read(short), Ok(("a".to_owned(), "d".to_owned(), Some("in short".to_owned()))));
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_that_programs_know() {
        let missing = "missing YAML frontmatter delimited by ---";
        for text in
            ["", "text\n", "---\nname: a\n", "\u{feff}---\ndescription: d\n---\n", "\n---\ndescription: d\n---\n", "--- \na: b\n---\n"]
        {
            assert_eq!(read(text), Err(missing.to_owned()), "{text:?}");
        }
        for text in ["---\nname: a\n---\n", "---\n---\n", "---\ndescription: ''\n---\n", "---\n# nothing\n---\n"] {
            assert_eq!(read(text), Err("missing field `description`".to_owned()), "{text:?}");
        }
        for text in
            ["---\ndescription: a: b\n---\n", "---\n- a\n---\n", "---\ndescription: [a]\n---\n", "---\nmetadata: 5\ndescription: d\n---\n"]
        {
            assert!(read(text).is_err_and(|fault| fault.starts_with("invalid YAML: ")), "{text:?}");
        }
        let long = |key: &str, count: usize| match key {
            "name" => format!("---\nname: {}\ndescription: d\n---\n", "日".repeat(count)),
            "description" => format!("---\ndescription: {}\n---\n", "日".repeat(count)),
            _ => format!("---\ndescription: d\nmetadata:\n  short-description: {}\n---\n", "日".repeat(count)),
        };
        for (key, most) in [("name", 64), ("description", 1024), ("metadata.short-description", 1024)] {
            assert!(read(&long(key, most)).is_ok(), "{key}");
            assert_eq!(read(&long(key, most + 1)), Err(format!("invalid {key}: exceeds maximum length of {most} characters")));
        }
    }

    #[test]
    fn aliases_that_multiply_end_in_an_error_and_not_in_memory() {
        let mut text = "---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..30 {
            let inner = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", [inner.as_str(); 9].join(", ")));
        }
        text.push_str("description: *a29\n---\n");
        assert!(read(&text).is_err_and(|fault| fault.starts_with("invalid YAML: ")));
        for (signs, known) in [("[", true), ("{a: ", true), ("- ", false)] {
            let deep = read(&format!("---\ndescription: {}\n---\n", signs.repeat(4_000)));
            let is_told = deep.is_err_and(|fault| !known || fault == "invalid YAML: more than 512 brackets or aliases");
            assert!(is_told, "{signs}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_to_an_answer_within_the_limits(bytes in proptest::collection::vec(any::<u8>(), 0..400), fenced: bool) {
            let mut file = bytes;
            if fenced {
                file.splice(0..0, b"---\n".iter().copied());
                file.extend(b"\n---\n");
            }
            if let Ok(found) = front_matter(&file, "folder") {
                prop_assert!(found.name.chars().count() <= 64 && found.description.chars().count() <= 1024);
                prop_assert!(!found.description.contains(['\n', '\r']) && !found.name.is_empty());
            }
        }

        #[test]
        fn what_is_quoted_is_read_as_it_was_written(name in "[a-zA-Z0-9_.:日-]{1,64}", description in "[ -~]{1,200}") {
            let quoted = description.replace('\'', "''");
            let text = format!("---\nname: '{name}'\ndescription: '{quoted}'\n---\nbody");
            let line = description.split_whitespace().collect::<Vec<_>>().join(" ");
            match front_matter(text.as_bytes(), "folder") {
                Ok(found) => prop_assert_eq!((found.name, found.description), (name, line)),
                Err(fault) => prop_assert_eq!((fault, line.as_str()), (FaultKind::NoDescription, "")),
            }
        }
    }
}
