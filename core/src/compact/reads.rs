//! Which files a plain command line shows, and which part of them.

use std::path::{Path, PathBuf};

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) path: PathBuf,
    /// `whole`, `lines 1-40`, `last 20 lines`.
    pub(crate) range: String,
}

/// Returns what a script shows; nothing when it does anything else besides.
pub(crate) fn shown(script: &str, folder: &Path) -> Vec<Shown> {
    let Some(commands) = codex_shell_command::plain_commands(script) else { return Vec::new() };
    let mut folder = folder.to_path_buf();
    let mut all: Vec<Shown> = Vec::new();
    for argv in &commands {
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["cd", to] => folder = folder.join(to),
            ["nl", rest @ ..] => all.extend(whole(rest, &folder)),
            // Behind a pipe, the part of what stands before it.
            ["sed", "-n", range] => match (all.last_mut(), lines_of_sed(range)) {
                (Some(last), Some(range)) if last.range == "whole" => last.range = range,
                _ => return Vec::new(),
            },
            ["cat", rest @ ..] => all.extend(whole(rest, &folder)),
            ["sed", "-n", range, path] => match lines_of_sed(range) {
                Some(range) => all.push(Shown { path: folder.join(path), range }),
                None => return Vec::new(),
            },
            ["head", rest @ ..] => match count_and_path(rest) {
                Some((count, path)) => all.push(Shown { path: folder.join(path), range: format!("lines 1-{count}") }),
                None => return Vec::new(),
            },
            ["tail", rest @ ..] => match count_and_path(rest) {
                Some((count, path)) => all.push(Shown { path: folder.join(path), range: format!("last {count} lines") }),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        }
    }
    all
}

fn whole<'a>(rest: &[&'a str], folder: &'a Path) -> Vec<Shown> {
    let paths = rest.iter().filter(|word| !word.starts_with('-'));
    paths.map(|path| Shown { path: folder.join(path), range: "whole".to_owned() }).collect()
}

/// `5p` and `5,9p`.
fn lines_of_sed(range: &str) -> Option<String> {
    let range = range.strip_suffix('p')?;
    let (from, to) = range.split_once(',').unwrap_or((range, range));
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    Some(format!("lines {from}-{to}"))
}

fn count_and_path<'a>(rest: &[&'a str]) -> Option<(u64, &'a str)> {
    match *rest {
        [path] if !path.starts_with('-') => Some((10, path)),
        ["-n", count, path] => Some((count.parse().ok()?, path)),
        [count, path] => {
            let digits = count.strip_prefix("-n").or_else(|| count.strip_prefix('-'))?;
            Some((digits.parse().ok()?, path))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_that_only_show_files_are_known_with_their_parts() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("cat a.txt", &[("/w/a.txt", "whole")]),
            ("cat -n a.txt b/c", &[("/w/a.txt", "whole"), ("/w/b/c", "whole")]),
            ("sed -n '1,40p' /x/y.rs", &[("/x/y.rs", "lines 1-40")]),
            ("sed -n 7p y", &[("/w/y", "lines 7-7")]),
            ("nl -ba src/a.rs | sed -n '5,9p'", &[("/w/src/a.rs", "lines 5-9")]),
            ("head -n 20 a", &[("/w/a", "lines 1-20")]),
            ("head -5 a && tail -n30 b", &[("/w/a", "lines 1-5"), ("/w/b", "last 30 lines")]),
            ("cd sub && cat a", &[("/w/sub/a", "whole")]),
            ("cat a | grep x", &[]),
            ("cat a > b", &[]),
            ("rm a; cat b", &[]),
            ("sed -n '/x/p' a", &[]),
            ("cat $(ls)", &[]),
        ];
        for (script, want) in cases {
            let want: Vec<Shown> =
                want.iter().map(|(path, range)| Shown { path: PathBuf::from(path), range: (*range).to_owned() }).collect();
            assert_eq!(shown(script, Path::new("/w")), want, "{script}");
        }
    }
}
