//! Finds the patch in a script that does nothing but apply one.
//!
//! The script must be `apply_patch <<DELIMITER`, the patch, `DELIMITER`, at most with `cd DIR && ` in
//! front. A here-document has an exact line syntax, so it is read line by line; only the words before
//! `<<` go through the shell parser. Every other way to call the program runs as a plain command.

use crate::plain::{Joint, plain_script};

/// A patch, and where it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchCall {
    /// Text of the here-document without its last newline, taken literally even where a shell would expand.
    pub patch: String,
    /// DIR of `cd DIR && `; relative to the directory the script runs in.
    pub workdir: Option<String>,
}

/// Returns the patch of a script that only applies one; `None` for any other script.
pub fn patch_heredoc(script: &str) -> Option<PatchCall> {
    // Nearly all scripts end here.
    if !script.contains("apply") {
        return None;
    }
    let (head, rest) = script.split_once("<<")?;
    let (delimiter, body) = rest.split_once('\n')?;
    let (strip_tabs, delimiter) = match delimiter.strip_prefix('-') {
        Some(delimiter) => (true, delimiter),
        None => (false, delimiter),
    };
    let workdir = read_head(head)?;
    let patch = read_body(body, read_delimiter(delimiter)?, strip_tabs)?;
    Some(PatchCall { patch, workdir })
}

/// What stands before `<<`: the outer `Option` says whether it is a call, the inner one is DIR.
fn read_head(head: &str) -> Option<Option<String>> {
    let program = head.trim_end_matches([' ', '\t']).rsplit([' ', '\t', '\n']).next()?;
    if !is_patch_program(program) {
        return None;
    }
    let script = plain_script(head)?;
    match script.commands.as_slice() {
        [apply] if apply.words.len() == 1 => Some(None),
        [cd, apply] if apply.joint == Joint::And && apply.words.len() == 1 => {
            let [program, dir] = cd.words.as_slice() else { return None };
            let is_literal_dir = !dir.expands && !dir.text.is_empty() && !dir.text.starts_with('-');
            (program.text == "cd" && is_literal_dir).then(|| Some(dir.text.clone()))
        }
        _ => None,
    }
}

fn is_patch_program(program: &str) -> bool {
    matches!(program, "apply_patch" | "applypatch")
}

/// The delimiter as it closes the here-document: bare, quoted, or with a backslash in front.
fn read_delimiter(spelling: &str) -> Option<&str> {
    let spelling = spelling.trim_matches([' ', '\t', '\r']);
    let quoted = ['\'', '"'].iter().find_map(|quote| spelling.strip_prefix(*quote)?.strip_suffix(*quote));
    if let Some(quoted) = quoted {
        return (!quoted.is_empty() && !quoted.contains(['\'', '"', '\\', '$', '`'])).then_some(quoted);
    }
    let bare = spelling.strip_prefix('\\').unwrap_or(spelling);
    let is_bare = !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || "_-.!%+,:@^=/".contains(c));
    is_bare.then_some(bare)
}

/// The lines up to the delimiter; nothing but white space may follow it. A missing delimiter means the rest of the script.
fn read_body(body: &str, delimiter: &str, strip_tabs: bool) -> Option<String> {
    let mut lines = Vec::new();
    let mut left = body;
    while !left.is_empty() {
        let (line, rest) = left.split_once('\n').unwrap_or((left, ""));
        let line = if strip_tabs { line.trim_start_matches('\t') } else { line };
        if line.strip_suffix('\r').unwrap_or(line) == delimiter {
            return rest.trim().is_empty().then(|| lines.join("\n"));
        }
        lines.push(line);
        left = rest;
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::{PatchCall, patch_heredoc};

    const PATCH: &str = "*** Begin Patch\n*** Add File: x.txt\n+hi $HOME `ls` $(ls) \\$x\n*** End Patch";

    fn call(workdir: Option<&str>) -> Option<PatchCall> {
        Some(PatchCall { patch: PATCH.to_owned(), workdir: workdir.map(str::to_owned) })
    }

    #[test]
    fn scripts_that_only_apply_a_patch_are_calls() {
        const CASES: &[(&str, Option<&str>)] = &[
            ("apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("apply_patch <<'EOF'\nPATCH\nEOF\n", None),
            ("apply_patch <<EOF\nPATCH\nEOF", None),
            ("\n  apply_patch <<EOF\nPATCH\nEOF\n \n", None),
            ("applypatch <<\"P\"\nPATCH\nP", None),
            ("apply_patch << EOF\nPATCH\nEOF", None),
            ("apply_patch<<EOF\nPATCH\nEOF", None),
            ("apply_patch <<\\EOF\nPATCH\nEOF", None),
            ("apply_patch <<-EOF\nPATCH\n\tEOF", None),
            ("apply_patch <<'E O F'\nPATCH\nE O F", None),
            ("apply_patch <<'END-2'\nPATCH\nEND-2", None),
            ("apply_patch <<EOF\nPATCH\n", None),
            ("apply_patch <<EOF\nPATCH", None),
            ("cd a && apply_patch <<EOF\nPATCH\nEOF", Some("a")),
            ("cd /x/y && applypatch <<EOF\nPATCH\nEOF", Some("/x/y")),
            ("cd 'a b' && apply_patch <<EOF\nPATCH\nEOF", Some("a b")),
            ("cd \"a b\" && apply_patch <<EOF\nPATCH\nEOF", Some("a b")),
            ("cd a\\ b && apply_patch <<EOF\nPATCH\nEOF", Some("a b")),
            ("cd 'a'b && apply_patch <<EOF\nPATCH\nEOF", Some("ab")),
            ("cd a &&\napply_patch <<EOF\nPATCH\nEOF", Some("a")),
        ];
        for (script, workdir) in CASES {
            assert_eq!(patch_heredoc(&script.replace("PATCH", PATCH)), call(*workdir), "{script}");
        }
    }

    #[test]
    fn scripts_that_do_anything_else_are_not() {
        const SCRIPTS: &[&str] = &[
            "cd d; apply_patch <<EOF\nPATCH\nEOF",
            "cd d || apply_patch <<EOF\nPATCH\nEOF",
            "echo x; apply_patch <<EOF\nPATCH\nEOF",
            "echo x && apply_patch <<EOF\nPATCH\nEOF",
            "apply_patch <<EOF\nPATCH\nEOF\necho done",
            "apply_patch <<EOF\nPATCH\nEOF\n# c",
            "apply_patch 'PATCH'",
            "apply_patch \"PATCH\"",
            "apply_patch <<EOF > f\nPATCH\nEOF",
            "apply_patch > f <<EOF\nPATCH\nEOF",
            "apply_patch <<EOF | cat\nPATCH\nEOF",
            "apply_patch <<EOF 2>&1\nPATCH\nEOF",
            "apply_patch -x <<EOF\nPATCH\nEOF",
            "apply_patch <<EOF && echo hi\nPATCH\nEOF",
            "apply_patch <<EOF; ls\nPATCH\nEOF",
            "apply_patch <<EOF;\nPATCH\nEOF",
            "apply_patch <<EOF &\nPATCH\nEOF",
            "apply_patch <<EOF # c\nPATCH\nEOF",
            "apply_patch <<EOF x\nPATCH\nEOF",
            "# c\napply_patch <<EOF\nPATCH\nEOF",
            "/bin/apply_patch <<EOF\nPATCH\nEOF",
            "./apply_patch <<EOF\nPATCH\nEOF",
            "(apply_patch <<EOF\nPATCH\nEOF\n)",
            "A=1 apply_patch <<EOF\nPATCH\nEOF",
            "! apply_patch <<EOF\nPATCH\nEOF",
            "env apply_patch <<EOF\nPATCH\nEOF",
            "'apply_patch' <<EOF\nPATCH\nEOF",
            "apply_patch 0<<EOF\nPATCH\nEOF",
            "apply_patch <<A <<B\nPATCH\nA\nx\nB",
            "apply_patch <<< 'x'",
            "apply_patch <<$X\nPATCH\n$X",
            "apply_patch <<EOF",
            "apply_patch",
            "cd $HOME && apply_patch <<EOF\nPATCH\nEOF",
            "cd \"$X\" && apply_patch <<EOF\nPATCH\nEOF",
            "cd ~ && apply_patch <<EOF\nPATCH\nEOF",
            "cd a*b && apply_patch <<EOF\nPATCH\nEOF",
            "cd - && apply_patch <<EOF\nPATCH\nEOF",
            "cd -- a && apply_patch <<EOF\nPATCH\nEOF",
            "cd a b && apply_patch <<EOF\nPATCH\nEOF",
            "cd && apply_patch <<EOF\nPATCH\nEOF",
            "cd '' && apply_patch <<EOF\nPATCH\nEOF",
            "cd a && cd b && apply_patch <<EOF\nPATCH\nEOF",
            "cd a | apply_patch <<EOF\nPATCH\nEOF",
            "cd a\napply_patch <<EOF\nPATCH\nEOF",
            "pushd a && apply_patch <<EOF\nPATCH\nEOF",
            "cat <<EOF\napply_patch\nEOF",
            "git apply <<EOF\nPATCH\nEOF",
            "apply_patch && apply_patch <<EOF\nPATCH\nEOF",
            "cat <<EOF\nx\nEOF\napply_patch <<EOF\nPATCH\nEOF",
            "ls",
            "",
        ];
        for script in SCRIPTS {
            assert_eq!(patch_heredoc(&script.replace("PATCH", PATCH)), None, "{script}");
        }
    }

    #[test]
    fn text_behind_the_delimiter_on_its_line_stays_in_the_patch() {
        let got = patch_heredoc("apply_patch <<EOF\nx\nEOF; ls\n").unwrap();
        assert_eq!(got.patch, "x\nEOF; ls");
    }

    #[test]
    fn carriage_returns_do_not_hide_the_delimiter() {
        let got = patch_heredoc("apply_patch <<'EOF'\r\nx\r\nEOF\r\n").unwrap();
        assert_eq!(got.patch, "x\r");
    }

    proptest! {
        #[test]
        fn the_patch_is_every_line_up_to_the_delimiter(lines in prop::collection::vec("[^\n\r]{0,10}", 0..8)) {
            prop_assume!(lines.iter().all(|line| line != "EOF"));
            let patch = lines.join("\n");
            let got = patch_heredoc(&format!("apply_patch <<'EOF'\n{}EOF\n", if lines.is_empty() { String::new() } else { format!("{patch}\n") }));
            prop_assert_eq!(got, Some(PatchCall { patch, workdir: None }));
        }
    }
}
