//! Names that some file system takes for a name it must not be: by case, by compatibility forms of letters, by characters
//! nobody sees.
//!
//! Pure. Errs to the strict side: on a file system that tells the spellings apart, a harmless file of such a name is
//! protected too. **Not here:** paths, and what becomes of a protected one.

use std::ffi::OsStr;

use crate::policy::PROTECTED_NAMES;

/// The protected name that a single component of a path is, or may be taken for; `None` for any other name.
pub fn protected_name(name: &OsStr) -> Option<&'static str> {
    // What is no UTF-8 is read as far as it goes: a replaced byte never makes a letter.
    let text = name.to_string_lossy();
    if !text.contains('.') && text.is_ascii() && !text.contains('~') {
        return None;
    }
    let mut plain: String = text.chars().filter(|letter| !is_unseen(*letter)).map(plain).collect();
    // Some systems drop blanks and dots at the end, and what follows a colon names a stream of the file.
    plain.truncate(plain.find(':').unwrap_or(plain.len()));
    plain.truncate(plain.trim_end_matches(['.', ' ']).len());
    if plain == "git~1" {
        return Some(".git");
    }
    PROTECTED_NAMES.into_iter().find(|known| *known == plain)
}

/// Characters that file systems or people may look past.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The small ASCII letter or dot that a character becomes when it is normalised (NFKC) and its case is folded. Complete for
/// the letters of the protected names; what becomes no ASCII stays.
fn plain(letter: char) -> char {
    let code = u32::from(letter);
    let nth = |number: u32| u8::try_from(number).map_or(letter, |number| char::from(b'a' + number));
    match code {
        0..=0x7f => letter.to_ascii_lowercase(),
        0xff21..=0xff3a => nth(code - 0xff21),
        0xff41..=0xff5a => nth(code - 0xff41),
        0x1d400..=0x1d6a3 => nth((code - 0x1d400) % 26),
        0x24b6..=0x24cf => nth(code - 0x24b6),
        0x24d0..=0x24e9 => nth(code - 0x24d0),
        0x1f130..=0x1f149 => nth(code - 0x1f130),
        0x2024 | 0xfe52 | 0xff0e => '.',
        0xff1a => ':',
        0xaa | 0x1d2c | 0x1d43 | 0x2090 => 'a',
        0x1d9c | 0x2102 | 0x212d | 0x216d | 0x217d | 0xa7f2 | 0x1f12b => 'c',
        0x1d30 | 0x1d48 | 0x2145 | 0x2146 | 0x216e | 0x217e => 'd',
        0x1d31 | 0x1d49 | 0x2091 | 0x212f | 0x2130 | 0x2147 => 'e',
        0x1d33 | 0x1d4d | 0x210a => 'g',
        0x130 | 0x131 | 0x1d35 | 0x1d62 | 0x2071 | 0x2110 | 0x2111 | 0x2139 | 0x2148 | 0x2160 | 0x2170 => 'i',
        0x1d3a | 0x207f | 0x2099 | 0x2115 => 'n',
        0xba | 0x1d3c | 0x1d52 | 0x2092 | 0x2134 => 'o',
        0x17f | 0x2e2 | 0x209b => 's',
        0x1d40 | 0x1d57 | 0x209c => 't',
        0x2e3 | 0x2093 | 0x2169 | 0x2179 => 'x',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// S2.
    #[test]
    fn every_spelling_that_may_be_taken_for_a_protected_name_is_one() {
        for (name, known) in [
            (".git", ".git"),
            (".GIT", ".git"),
            (".gIt", ".git"),
            (".git.", ".git"),
            (".git . .", ".git"),
            ("GIT~1", ".git"),
            (".git::$INDEX_ALLOCATION", ".git"),
            (".g\u{200c}it", ".git"),
            ("\u{feff}.git", ".git"),
            (".\u{ff47}it", ".git"),
            ("\u{ff0e}git", ".git"),
            (".\u{1d4f0}\u{24d8}\u{1d57}", ".git"),
            (".g\u{131}t", ".git"),
            (".CODEX", ".codex"),
            (".co\u{2146}ex", ".codex"),
            (".code\u{2179}", ".codex"),
            (".agent\u{17f}", ".agents"),
            (".\u{1f130}GENTS", ".agents"),
        ] {
            assert_eq!(protected_name(OsStr::new(name)), Some(known), "{name:?}");
        }
    }

    #[test]
    fn other_names_are_free() {
        for name in
            ["", ".", "git", ".gitignore", ".github", ".gitmodules", "git~2", "a.git", "..git", ".codex2", ".agent", "x:.git", ".g\u{ef}t"]
        {
            assert_eq!(protected_name(OsStr::new(name)), None, "{name:?}");
        }
    }
}
