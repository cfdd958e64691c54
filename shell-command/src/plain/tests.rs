use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::{Joint, plain_commands, plain_script};
use crate::argv::join;

#[test]
fn plain_scripts_come_apart_into_their_commands() {
    const CASES: &[(&str, &[&[&str]])] = &[
        ("ls", &[&["ls"]]),
        ("  ls -la  \n", &[&["ls", "-la"]]),
        ("\n\tls\n\n", &[&["ls"]]),
        ("ls && pwd", &[&["ls"], &["pwd"]]),
        ("a || b; c | d|e&&f", &[&["a"], &["b"], &["c"], &["d"], &["e"], &["f"]]),
        ("cat 'a b' \"c d\" e\\ f", &[&["cat", "a b", "c d", "e f"]]),
        ("echo 'it'\"'\"'s'", &[&["echo", "it's"]]),
        ("echo '' \"\"", &[&["echo", "", ""]]),
        ("head -n 5 x", &[&["head", "-n", "5", "x"]]),
        ("grep '$x' \"\\$y\"", &[&["grep", "$x", "$y"]]),
        ("git commit -m 'one\ntwo'", &[&["git", "commit", "-m", "one\ntwo"]]),
        ("rg --context=3 a=b", &[&["rg", "--context=3", "a=b"]]),
        ("ls *.rs {a,b} ~/x", &[&["ls", "*.rs", "{a,b}", "~/x"]]),
        ("\"rm\" \"-rf\" d", &[&["rm", "-rf", "d"]]),
        ("r\"\"m x", &[&["rm", "x"]]),
        ("cat 日本.txt", &[&["cat", "日本.txt"]]),
        ("cargo test -- --nocapture", &[&["cargo", "test", "--", "--nocapture"]]),
    ];
    for (script, expected) in CASES {
        let commands = plain_commands(script);
        let expected: Vec<Vec<String>> = expected.iter().map(|argv| argv.iter().map(|word| (*word).to_owned()).collect()).collect();
        assert_eq!(commands, Some(expected), "{script}");
    }
}

#[test]
fn everything_else_is_not_plain() {
    const SCRIPTS: &[&str] = &[
        "",
        " ",
        "\n",
        "# c",
        "ls # c",
        "ls > f",
        "ls >f",
        "ls 2>&1",
        "ls 2>/dev/null",
        "cat < f",
        "cat <<EOF\nx\nEOF",
        "cat <<< x",
        "ls &",
        "ls & pwd",
        "ls |& cat",
        "echo $HOME",
        "echo ${HOME}",
        "echo \"$HOME\"",
        "echo $(ls)",
        "echo \"$(ls)\"",
        "echo `ls`",
        "echo $((1+1))",
        "echo $'a'",
        "echo $\"a\"",
        "diff <(ls) x",
        "(ls)",
        "{ ls; }",
        "if true; then ls; fi",
        "for i in a; do ls; done",
        "while true; do ls; done",
        "f() { ls; }",
        "function f { ls; }",
        "A=1",
        "A=1 ls",
        "! ls",
        "[[ -f x ]]",
        "((1))",
        "ls \\\n -l",
        "ls &&",
        "ls |",
        "ls ;",
        "ls;;",
        "; ls",
        "&& ls",
        "ls && && pwd",
        "ls && ; pwd",
        "echo 'a",
        "echo \"a",
        "ls )",
        "time ls",
        "coproc ls",
        "case x in x) ls;; esac",
        "export A=1",
        "declare -x A",
        "unset A",
        "ls\r",
        "ls\r\npwd",
        "l\u{200b}s",
        "ls\u{a0}x",
        "ls \u{2028}touch x",
        "ls\u{3000}x",
        "ls\0",
        "\"a$\"",
        "echo a\"$x\"b",
        "$x",
        "echo @(a|b)",
        "echo {1..3}$x",
        "alias x=y; $x",
        "a=(1 2)",
        "echo $[1]",
        "echo a >> b",
        "ls >| x",
        "cat <&3",
        "echo \"a\\\nb\"",
        "ls\npwd",
        "ls &&\npwd",
        "ls;\npwd",
        "\"a\" () { ls; }",
        "select x in a; do ls; done",
        "until false; do ls; done",
    ];
    for script in SCRIPTS {
        assert_eq!(plain_commands(script), None, "{script:?}");
    }
}

#[test]
fn lines_join_commands_only_where_the_caller_wants_them() {
    let script = plain_script("cat a\n\ncat b |\n wc\n").unwrap();
    let joints: Vec<Joint> = script.commands.iter().map(|command| command.joint).collect();
    assert_eq!(joints, [Joint::First, Joint::Line, Joint::Pipe]);
    assert!(!script.one_line);
    assert!(plain_script("ls; pwd\n").unwrap().one_line);
}

#[test]
fn words_that_the_shell_expands_are_marked() {
    let script = plain_script("find . {-delete,} '*' x*").unwrap();
    let marks: Vec<bool> = script.commands[0].words.iter().map(|word| word.expands).collect();
    assert_eq!(marks, [false, false, true, false, true]);
}

#[test]
fn limits_end_in_not_plain() {
    let many = vec!["ls"; 256].join(";");
    assert_eq!(plain_commands(&many).map(|commands| commands.len()), Some(256));
    assert_eq!(plain_commands(&format!("{many};ls")), None);
    let long = format!("echo {}", "a".repeat(64 * 1024 - 5));
    assert!(plain_commands(&long).is_some());
    assert_eq!(plain_commands(&format!("{long}a")), None);
}

proptest! {
    #[test]
    fn a_quoted_command_line_reads_back_as_its_argv(
        commands in prop::collection::vec(prop::collection::vec("[ -~é\n]{0,10}", 1..4), 1..4),
    ) {
        let lines: Vec<String> = commands.iter().map(|argv| join(argv)).collect();
        if let Some(read) = plain_commands(&lines.join(" && ")) {
            prop_assert_eq!(read, commands);
        } else {
            // Only a word that reads as syntax without quotes may keep a quoted line from being plain.
            let first_is_plain_word = |argv: &Vec<String>| argv[0].chars().all(|c| c.is_ascii_alphanumeric()) && !argv[0].is_empty();
            prop_assert!(!commands.iter().all(first_is_plain_word), "{}", lines.join(" && "));
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(script in "([ \n;|&'\"\\\\$(){}<>#=*a-c]|EOF|if|fi|ls){0,40}") {
        plain_script(&script);
    }
}
