use serde_json::Value;

use super::is_dangerous;

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn script_is_dangerous(script: &str) -> bool {
    is_dangerous(&argv(&["bash", "-lc", script]))
}

#[test]
fn verdicts_agree_with_the_recorded_cases() {
    let cases = include_str!("../../tests/fixtures/dangerous_cases.jsonl");
    let mut dangerous = 0;
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let command: Vec<String> = serde_json::from_value(case["command"].clone()).unwrap();
        let expected = case["dangerous"].as_bool().unwrap();
        dangerous += usize::from(expected);
        assert_eq!(is_dangerous(&command), expected, "{command:?}");
    }
    assert!(dangerous > 20, "the table lost its dangerous cases");
}

#[test]
fn forced_removal_is_found_in_every_spelling() {
    const COMMANDS: &[&[&str]] = &[
        &["rm", "-f", "x"],
        &["rm", "-rf", "x"],
        &["rm", "-fr", "x"],
        &["rm", "-r", "-f", "x"],
        &["rm", "-Rvf", "x"],
        &["rm", "x", "-rf"],
        &["rm", "--recursive", "--forc", "x"],
        &["/bin/rm", "-rf", "x"],
        &["sudo", "rm", "-rf", "x"],
        &["sudo", "-n", "rm", "-rf", "x"],
        &["sudo", "-u", "root", "--", "rm", "-rf", "x"],
        &["sudo", "sudo", "rm", "-f", "x"],
        &["sudo", "A=1", "rm", "-f", "x"],
        &["doas", "-u", "a", "rm", "-rf", "x"],
        &["env", "-i", "A=1", "rm", "-rf", "x"],
        &["env", "-S", "rm -rf x"],
        &["nice", "-n", "5", "rm", "-rf", "x"],
        &["timeout", "-k", "1", "5", "rm", "-rf", "x"],
        &["xargs", "-0", "-n", "1", "rm", "-rf"],
        &["nohup", "rm", "-rf", "x"],
        &["sh", "-c", "rm -rf x"],
        &["bash", "-euo", "pipefail", "-c", "rm -rf x"],
        &["bash", "--norc", "-c", "rm -rf x"],
        &["dash", "-c", "rm -rf x"],
        &["sudo", "bash", "-c", "cd / && rm -rf x"],
        &["bash", "-lc", "bash -c 'sh -c \"rm -rf x\"'"],
    ];
    for command in COMMANDS {
        assert!(is_dangerous(&argv(command)), "{command:?}");
    }
}

#[test]
fn forced_removal_is_found_wherever_a_script_hides_it() {
    const SCRIPTS: &[&str] = &[
        "rm -rf x",
        "true && rm -rf x",
        "ls\nrm -rf x",
        "(rm -rf x)",
        "{ rm -rf x; }",
        "A=1 rm -rf x",
        "rm -rf x > /dev/null 2>&1",
        "rm -rf \"$X\"",
        "rm -rf \"${X:?}\"/*",
        "r\"\"m -rf x",
        "\\rm -rf x",
        "'rm' '-rf' x",
        "if true; then rm -rf x; fi",
        "for i in *; do rm -f $i; done",
        "while read f; do rm -f \"$f\"; done",
        "f() { rm -rf x; }; f",
        "echo $(rm -rf x)",
        "echo \"$(rm -rf x)\"",
        "echo `rm -rf x`",
        "diff <(rm -rf x) y",
        "! rm -rf x",
        "rm -rf x &",
        "time rm -rf x",
        "exec rm -rf x",
        "command rm -rf x",
        "eval 'rm -rf x'",
        "trap 'rm -rf x' EXIT",
        "su -c 'rm -rf x'",
        "su root --command='rm -rf x'",
        "flock lock rm -rf x",
        "chroot / rm -rf x",
        "watch -n 1 'rm -rf x'",
        "parallel rm -rf ::: x",
        "R=rm; $R -rf x",
        "A='-rf x'; rm $A",
        "c='rm -rf x'; ${c}",
        "find . -exec sh -c 'rm -rf x' \\;",
        "eval rm -rf x",
        "ls | xargs rm -rf",
        "case x in x) rm -rf x;; esac",
        "rm -rf x; if",
        "if true; then rm -rf x",
        "A=$(rm -rf x)",
        "cat <<EOF\n$(rm -rf x)\nEOF",
        "coproc rm -rf x",
        "[[ -d x ]] && rm -rf x",
    ];
    for script in SCRIPTS {
        assert!(script_is_dangerous(script), "{script}");
    }
}

#[test]
fn the_relatives_of_forced_removal_are_dangerous_too() {
    const SCRIPTS: &[&str] = &[
        "find . -delete",
        "find . -name x -exec rm {} +",
        "find . -execdir sudo rm -f {} \\;",
        "git reset --hard",
        "git reset HEAD~1 --hard",
        "git -C x reset --hard",
        "git -c a=b clean -fdx",
        "git clean -d -f",
        "git clean --force",
        "git push --force",
        "git push -f origin",
        "git push origin main -uf",
        "git push origin +main",
        "git push --mirror",
        "shred f",
        "mkfs /dev/x",
        "mkfs.ext4 /dev/x",
        "/sbin/mkfs.vfat x",
        "dd if=x of=/dev/sda",
        "dd if=x of=//dev/./nvme0n1 bs=1M",
        "cat x > /dev/sda",
        "chmod -R 777 .",
        "chmod --recursive 777 x",
        "chmod 777 -vR x",
        "chown -R u:g x",
        "chgrp -hR g x",
        ":(){ :|:& };:",
        "bomb() { bomb | bomb & }; bomb",
        "git clean -fdx",
        "git clean -xdf",
    ];
    for script in SCRIPTS {
        assert!(script_is_dangerous(script), "{script}");
    }
}

#[test]
fn ordinary_work_is_not_dangerous() {
    const SCRIPTS: &[&str] = &[
        "",
        "ls",
        "rm x",
        "rm -r x",
        "rm -i x",
        "rm -- -rf",
        "echo rm -rf x",
        "echo 'rm -rf x'",
        "grep -rf pats .",
        "rg 'rm -rf'",
        "cat <<'EOF' > clean.sh\nrm -rf build\nEOF",
        "cat > clean.sh <<EOF\nrm -rf build\nEOF",
        "git commit -m 'rm -rf x'",
        "git reset",
        "git reset --soft HEAD~1",
        "git clean -n",
        "chmod +x f",
        "chown u f",
        "dd if=/dev/zero of=f",
        "dd if=/dev/sda of=/dev/null",
        "ls > /dev/null",
        "cat < /dev/sda",
        "f() { ls | wc; }; f",
        "git clean -nfd",
        "git push",
        "git push --follow-tags",
        "git push --force-with-lease",
        "git push origin main",
        "find . -name rm",
        "find . -exec grep -f x {} +",
        "sudo ls",
        "command -v rm",
        "env",
        "timeout 5 ls -f",
        "xargs ls -f",
        "man rm",
        "which rm",
        "bash x.sh -f",
        "rmdir x",
        "firm -rf x",
        "npm rm -f x",
        "cp -rf a b",
        "mv -f a b",
        "ln -sf a b",
        "docker rm -f x",
        "if",
        "echo \"",
        "# rm -rf x",
    ];
    for script in SCRIPTS {
        assert!(!script_is_dangerous(script), "{script}");
    }
    assert!(!is_dangerous(&[]));
    assert!(!is_dangerous(&argv(&["bash"])));
    assert!(!is_dangerous(&argv(&["echo", "rm", "-rf"])));
}

#[test]
fn nesting_and_size_give_no_way_past() {
    let mut nested = "rm x".to_owned();
    for _ in 0..20 {
        nested = crate::join(&["sh", "-c", &nested]);
        if nested.len() > 50_000 {
            break;
        }
    }
    assert!(script_is_dangerous(&nested));
    let long = format!("echo {}; rm -rf x", "a ".repeat(50_000));
    assert!(script_is_dangerous(&long));
    assert!(script_is_dangerous(&"a".repeat(200_000)), "no process can be given such a script");
    // The parser alone would take minutes over these.
    assert!(script_is_dangerous(&"\0".repeat(100_000)));
    assert!(script_is_dangerous(&format!("{}rm -rf x", "a|".repeat(50_000))));
    assert!(script_is_dangerous(&"a|".repeat(50_000)), "nobody writes so many commands, and they are not read to the end");
    assert!(!script_is_dangerous(&"a|".repeat(1_000)));
}

#[test]
fn commands_inside_commands_take_no_time_of_their_own() {
    // Each level was once read again by every level above it.
    let nested = "find . -exec ".repeat(40);
    assert!(script_is_dangerous(&format!("{nested}ls \\;")), "nobody nests so deep");
    assert!(!script_is_dangerous("find . -exec find . -exec ls {} \\; \\;"));
}

#[test]
fn every_command_is_mentioned_however_it_is_wrapped() {
    let script = "A=1 git push; (cd x && sudo -n env B=2 git pull) | xargs -n 1 bash -c 'git fetch $x'";
    let mentioned = super::mentioned_commands(&argv(&["bash", "-lc", script]));
    for command in [&["git", "push"][..], &["git", "pull"], &["git", "fetch", "$x"], &["cd", "x"], &["env", "B=2", "git", "pull"]] {
        assert!(mentioned.contains(&argv(command)), "{command:?} is not among {mentioned:?}");
    }
    assert_eq!(mentioned[0], argv(&["bash", "-lc", script]));
}
