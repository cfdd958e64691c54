use pretty_assertions::assert_eq;

use super::{Reduction, Script, reduce};
use crate::plain::Unparsed;

fn reduced(argv: &[&str]) -> Reduction {
    let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
    reduce(&argv)
}

fn leaves(command: &Reduction) -> Vec<Vec<&str>> {
    command.leaves().iter().map(|leaf| leaf.argv.iter().map(String::as_str).collect()).collect()
}

#[test]
fn a_command_that_is_no_script_is_its_own_only_part() {
    let command = reduced(&["git", "push"]);
    assert_eq!(leaves(&command), [vec!["git", "push"]]);
    assert_eq!(command.parts(), std::slice::from_ref(&command));
    assert!(command.is_fully_plain() && command.is_one_line() && !command.has_heredoc());
    assert!(command.shells().is_empty());
}

#[test]
fn scripts_come_apart_and_scripts_in_scripts_too() {
    let command = reduced(&["bash", "-lc", "touch t && zsh -lc 'git push; ./sh -c ls' | wc"]);
    assert_eq!(leaves(&command), [vec!["touch", "t"], vec!["git", "push"], vec!["ls"], vec!["wc"]]);
    let parts: Vec<&[String]> = command.parts().iter().map(|part| part.argv.as_slice()).collect();
    assert_eq!(parts, [&["touch", "t"][..], &["zsh", "-lc", "git push; ./sh -c ls"], &["wc"]]);
    assert_eq!(command.shells(), ["bash", "zsh", "./sh"]);
    assert!(command.is_fully_plain());
}

#[test]
fn only_the_exact_forms_are_opened() {
    for argv in [
        &["bash", "-lc", "ls", "p"][..],
        &["bash", "-c", "ls", "--"],
        &["bash", "--rcfile", "p", "-ic", "ls"],
        &["bash", "-l", "-c", "ls"],
        &["zsh", "-fc", "ls"],
        &["dash", "-c", "ls"],
        &["env", "bash", "-c", "ls"],
    ] {
        let command = reduced(argv);
        assert_eq!(command.script, Script::None, "{argv:?}");
        assert_eq!(leaves(&command), [argv.to_vec()]);
    }
}

#[test]
fn what_does_not_come_apart_stays_whole_with_the_reason() {
    let long = format!("echo {}", "a".repeat(70_000));
    let many = "true;".repeat(300);
    for (script, reason) in [
        ("ls > f", Unparsed::Syntax),
        ("(ls)", Unparsed::Syntax),
        ("", Unparsed::Syntax),
        ("ls\0", Unparsed::Unseen),
        (long.as_str(), Unparsed::TooLong),
        (many.trim_end_matches(';'), Unparsed::TooManyCommands),
    ] {
        let command = reduced(&["bash", "-lc", script]);
        let found = match command.script {
            Script::Unparsed { reason, .. } => Some(reason),
            Script::None | Script::Plain { .. } => None,
        };
        assert_eq!(found, Some(reason), "{:.40}", script);
        assert_eq!(leaves(&command), [vec!["bash", "-lc", script]]);
        assert!(!command.is_fully_plain());
    }
}

#[test]
fn a_part_that_does_not_come_apart_makes_the_whole_not_plain() {
    let command = reduced(&["bash", "-lc", "ls && sh -c 'ls > f'"]);
    assert_eq!(leaves(&command), [vec!["ls"], vec!["sh", "-c", "ls > f"]]);
    assert!(!command.is_fully_plain());
    // The outer shell would put other words in.
    assert!(!reduced(&["bash", "-lc", "sh -c {ls,p}"]).is_fully_plain());
}

#[test]
fn commands_of_inner_scripts_count_towards_the_limit() {
    let inner = crate::join(&["sh", "-c", &vec!["true"; 200].join(";")]);
    assert!(reduced(&["bash", "-lc", &inner]).is_fully_plain());
    assert!(!reduced(&["bash", "-lc", &format!("{inner}; {inner}")]).is_fully_plain());
    let mut nested = "ls".to_owned();
    for _ in 0..9 {
        nested = crate::join(&["sh", "-c", &nested]);
    }
    assert!(!reduced(&["sh", "-c", &nested]).is_fully_plain());
}

#[test]
fn second_lines_are_told() {
    assert!(!reduced(&["bash", "-lc", "ls\npwd"]).is_one_line());
    assert!(!reduced(&["bash", "-lc", "sh -c 'ls\npwd'"]).is_one_line());
    assert!(reduced(&["bash", "-lc", "ls; echo 'a\nb'"]).is_one_line());
}

#[test]
fn the_command_in_front_of_a_lone_heredoc_is_told() {
    const CASES: &[(&str, bool, Option<&[&str]>)] = &[
        ("python3 - <<'PY'\nprint(1)\nPY", true, Some(&["python3", "-"])),
        ("cat <<EOF\nplain text\nEOF\n", true, Some(&["cat"])),
        ("cat <<EOF\n$(p)\nEOF", true, None),
        ("cat <<EOF\n$x\nEOF", true, None),
        ("cat <<'EOF' > f\nx\nEOF", true, None),
        ("cat <<'EOF' && p\nx\nEOF", true, None),
        ("cat <<'EOF' | p\nx\nEOF", true, None),
        ("cat <<'EOF'\nx\nEOF\np", true, None),
        ("p; cat <<'EOF'\nx\nEOF", true, None),
        ("cat $x <<'EOF'\nx\nEOF", true, None),
        ("A=1 cat <<'EOF'\nx\nEOF", true, None),
        ("cat <<'A' <<'B'\nx\nA\ny\nB", true, None),
        ("echo '<<EOF'; ls > f", false, None),
        ("cat <<< x", false, None),
        ("ls > f", false, None),
    ];
    for (text, any, command) in CASES {
        let reduction = reduced(&["bash", "-lc", text]);
        assert_eq!(reduction.has_heredoc(), *any, "{text}");
        let Script::Unparsed { heredoc_command, .. } = reduction.script else { panic!("{text} is plain") };
        let command = command.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(heredoc_command, command, "{text}");
    }
}
