//! Spells an argv as one line that a POSIX shell would read back.

/// Joins `argv` with single blanks, quoting words where a shell needs it.
pub(crate) fn command_line(argv: &[String]) -> String {
    shlex::Quoter::new().allow_nul(true).join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> String {
        command_line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_quoted_the_way_programs_have_read_them_so_far() {
        let cases: &[(&[&str], &str)] = &[
            (&[], ""),
            (&["pwd"], "pwd"),
            (&["bash", "-lc", "echo hi > out.txt; ls"], "bash -lc 'echo hi > out.txt; ls'"),
            (&["bash", "-lc", "echo 'it'"], "bash -lc \"echo 'it'\""),
            (&["bash", "-lc", "sleep 0.1; it's \"$x\" !"], "bash -lc \"sleep 0.1; it's \\\"\"'$x\" !'"),
            (&["rm", "-rf", "zz", "a b", "", "c'd", "x=y", "~", "é"], "rm -rf zz 'a b' '' \"c'd\" 'x=y' '~' 'é'"),
        ];
        for (words, expected) in cases {
            assert_eq!(line(words), *expected, "{words:?}");
        }
    }
}
