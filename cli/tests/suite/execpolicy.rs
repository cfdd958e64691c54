//! `codex execpolicy check`: its output, its errors, and the same files and commands by the published reference.

use std::fs;
use std::path::{Path, PathBuf};

use codex_test_support::TestWorkspace;
use pretty_assertions::assert_eq;

use crate::process::{Run, bare, binary};

/// `codex execpolicy check ARGS` by `program`, in a folder with these rule files. No home is needed.
fn check(program: &Path, home: &Path, files: &[&str], args: &[&str]) -> Run {
    let workspace = TestWorkspace::new();
    for (name, text) in ["r.rules", "s.rules"].iter().zip(files) {
        fs::write(workspace.path().join(name), text).unwrap();
    }
    let mut command = bare(program, workspace.path());
    command.env("CODEX_HOME", home).args(["execpolicy", "check"]);
    for (name, _) in ["r.rules", "s.rules"].iter().zip(files) {
        command.args(["--rules", name]);
    }
    Run::of(command.args(args))
}

fn ours(files: &[&str], args: &[&str]) -> Run {
    check(&binary(), Path::new("/not/there"), files, args)
}

#[test]
fn a_decision_is_one_line_of_json_and_no_failure() {
    let run = ours(&["prefix_rule([\"git\", \"push\"], \"forbidden\", justification=\"no\")"], &["git", "push", "--force"]);
    run.assert_code(0);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        (
            concat!(
                "{\"matchedRules\":[{\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\",\"push\"],\"decision\":\"forbidden\",",
                "\"justification\":\"no\"}}],\"decision\":\"forbidden\"}\n"
            ),
            ""
        )
    );
    let run = ours(&[""], &["--pretty", "--", "ls"]);
    run.assert_code(0);
    assert_eq!(run.stdout, "{\n  \"matchedRules\": []\n}\n");
}

#[test]
fn a_bad_file_is_told_with_its_cause() {
    let run = ours(&["", "x = 1\nprefix_rule([\"a\"], \"deny\")\n"], &["ls"]);
    run.assert_code(1);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.stderr,
        concat!(
            "Error: failed to parse policy at s.rules\n\n",
            "Caused by:\n",
            "    starlark error: Traceback (most recent call last):\n",
            "      * s.rules:2, in <module>\n",
            "          prefix_rule([\"a\"], \"deny\")\n",
            "    error: invalid decision: deny\n",
            "     --> s.rules:2:1\n",
            "      |\n",
            "    2 | prefix_rule([\"a\"], \"deny\")\n",
            "      | ^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
            "      |\n",
        )
    );
    let run = ours(&[], &["--rules", "none.rules", "ls"]);
    run.assert_code(1);
    assert_eq!(run.stderr, "Error: failed to read policy at none.rules\n\nCaused by:\n    No such file or directory (os error 2)\n");
}

#[test]
fn without_rules_or_a_command_there_is_usage() {
    for args in [&["ls"][..], &["--rules", "r.rules"], &["--rules", "r.rules", "--"], &["--rules", "r.rules", "--nope", "ls"], &[]] {
        let run = ours(&[], args);
        if args.contains(&"--nope") {
            // An unknown word begins the command, as in the reference.
            run.assert_code(1);
            continue;
        }
        run.assert_code(2);
        assert!(run.stderr.contains("Usage: codex execpolicy check"), "{}", run.stderr);
    }
}

/// Rule files and the words after the flags that name them.
const CASES: &[(&[&str], &[&str])] = &[
    (&[""], &["ls"]),
    (&["# nothing\n\n"], &["ls", "-l"]),
    (&["prefix_rule([\"ls\"])"], &["ls"]),
    (&["prefix_rule([\"ls\"])"], &["--pretty", "ls", "-l"]),
    (&["prefix_rule([\"ls\"])"], &["ls", "--pretty"]),
    (&["prefix_rule([\"-x\"])"], &["--", "-x"]),
    (&["prefix_rule([\"-x\"])"], &["-x"]),
    (&["prefix_rule([\"\"], \"prompt\")"], &[""]),
    (&["prefix_rule([\"a\", \"\"])"], &["a", ""]),
    (
        &["prefix_rule([\"git\", [\"push\", \"fetch\"], \"-v\"], \"prompt\", justification=\"  look \\\"here\\\" \")"],
        &["git", "fetch", "-v", "x"],
    ),
    (&["prefix_rule([\"git\", [\"push\", \"fetch\"]])"], &["git", "pull"]),
    (&["prefix_rule([[\"a\", \"b\"], [\"c\", \"d\"]])"], &["b", "d", "e"]),
    (&["prefix_rule([[\"a\", \"a\", \"b\"], [\"c\", \"c\"]])"], &["a", "c"]),
    (&["prefix_rule([\"a\"])\nprefix_rule([\"a\"], \"forbidden\")\nprefix_rule([\"a\", \"b\"], \"prompt\")"], &["a", "b"]),
    (&["prefix_rule([\"a\"], \"prompt\")", "prefix_rule([\"a\", \"b\"])\nprefix_rule([\"a\"])"], &["a", "b"]),
    (&["prefix_rule([\"Git\"])"], &["git"]),
    (&["prefix_rule([\"bash\", \"-lc\"], \"prompt\")"], &["bash", "-lc", "git push && ls"]),
    (&["prefix_rule([\"git\"])"], &["bash", "-lc", "git push && ls"]),
    (&["prefix_rule([\"é \\u00fc\"])"], &["é ü"]),
    // Paths.
    (&["prefix_rule([\"git\"])"], &["/usr/bin/git"]),
    (&["prefix_rule([\"git\"])"], &["--resolve-host-executables", "/usr/bin/git", "x"]),
    (&["prefix_rule([\"git\"], justification=\"j\")"], &["--resolve-host-executables", "--pretty", "/usr/bin/git"]),
    (&["prefix_rule([\"git\"])"], &["--resolve-host-executables", "./git"]),
    (&["prefix_rule([\"git\"])"], &["--resolve-host-executables", "bin/git"]),
    (&["prefix_rule([\"git\"])"], &["--resolve-host-executables", "/usr/../bin/./git/"]),
    (&["prefix_rule([\"git\"])"], &["--resolve-host-executables", "/"]),
    (&["prefix_rule([\"git\"])\nhost_executable(\"git\", [\"/usr/bin/git\"])"], &["--resolve-host-executables", "/usr/bin/git"]),
    (&["prefix_rule([\"git\"])\nhost_executable(\"git\", [\"/usr/bin/git\"])"], &["--resolve-host-executables", "/opt/git"]),
    (&["prefix_rule([\"git\"])\nhost_executable(\"git\", [])"], &["--resolve-host-executables", "/usr/bin/git"]),
    (
        &["prefix_rule([\"git\"])\nhost_executable(\"git\", [\"/a/git\"])", "host_executable(\"git\", [\"/b/git\"])"],
        &["--resolve-host-executables", "/a/git"],
    ),
    (
        &["prefix_rule([\"git\"])\nhost_executable(\"git\", [\"/a/git\"])", "host_executable(\"git\", [\"/b/git\"])"],
        &["--resolve-host-executables", "/b/git"],
    ),
    (&["host_executable(\"a\", [\"/x//a\", \"/x/a/\", \"/y/../x/a\"])\nprefix_rule([\"a\"])"], &["--resolve-host-executables", "/x/a"]),
    (&["prefix_rule([\"/usr/bin/git\"])\nprefix_rule([\"git\"], \"forbidden\")"], &["--resolve-host-executables", "/usr/bin/git"]),
    (
        &["prefix_rule([\"/usr/bin/git\", \"status\"])\nprefix_rule([\"git\"], \"forbidden\")"],
        &["--resolve-host-executables", "/usr/bin/git", "push"],
    ),
    // The language.
    (&["names = [\"a\"] + [\"b\"]\n[prefix_rule([n], justification=f\"{n}!\") for n in names]"], &["b"]),
    (&["def f(x: str, *rest):\n    prefix_rule([x] + list(rest))\nf(\"a\", \"b\")"], &["a", "b"]),
    (&["for n in [\"a\", \"b\"]:\n    if n != \"a\":\n        prefix_rule([n])"], &["b"]),
    (&["f = lambda n: [n]\nprefix_rule(f(\"a\"))\r\n"], &["a"]),
    (&["prefix_rule([\"a%d\" % 1, \"b\" * 3, str(1 << 4)])"], &["a1", "bbb", "16"]),
    (&["print(\"a\")"], &["a"]),
    (&["load(\"a\", \"b\")"], &["a"]),
    (&["fail(\"no\", 3)"], &["a"]),
    (&["x = [1, 2][7]"], &["a"]),
    (&["def f():\n    g()\ndef g():\n    prefix_rule([],\n        \"allow\")\n\nf()"], &["a"]),
    // What is refused.
    (&["prefix_rule([\"a\"], \"deny\")"], &["a"]),
    (&["prefix_rule([\"a\"], None)"], &["a"]),
    (&["prefix_rule([])"], &["a"]),
    (&["prefix_rule([[]])"], &["a"]),
    (&["prefix_rule([3])"], &["a"]),
    (&["prefix_rule([[\"a\", 3]])"], &["a"]),
    (&["prefix_rule((\"a\", \"b\"))"], &["a"]),
    (&["prefix_rule(\"git status\")"], &["a"]),
    (&["prefix_rule()"], &["a"]),
    (&["prefix_rule([\"a\"], foo=3)"], &["a"]),
    (&["prefix_rule([\"a\"], justification=\" \")"], &["a"]),
    (&["prefix_rule([], \"x\", justification=\"\")"], &["a"]),
    (&["prefix_rule([], justification=\"\")"], &["a"]),
    (&["prefix_rule([\"a\"], match=[\"\"])"], &["a"]),
    (&["prefix_rule([\"a\"], match=[[]])"], &["a"]),
    (&["prefix_rule([\"a\"], match=[\"a 'b\"])"], &["a"]),
    (&["prefix_rule([\"a\"], not_match=[3])"], &["a"]),
    (&["prefix_rule([\"a\"], match=\"a\")"], &["a"]),
    (&["host_executable(\"a\", [\"bin/a\"])"], &["a"]),
    (&["host_executable(\"a\", [\"/bin/b\"])"], &["a"]),
    (&["host_executable(\"/bin/a\", [])"], &["a"]),
    (&["host_executable(\"\", [])"], &["a"]),
    (&["host_executable(\"a\", [3])"], &["a"]),
    (&["network_rule(\"a\", \"ftp\", \"x\")"], &["a"]),
    (&["network_rule(\"*.a\", \"http\", \"allow\")"], &["a"]),
    (&["network_rule(\"http://a\", \"http\", \"allow\")"], &["a"]),
    (&["network_rule(\"[::1\", \"http\", \"allow\")"], &["a"]),
    (&["network_rule(\" . \", \"http\", \"allow\")"], &["a"]),
    (&["network_rule(\"a b\", \"http\", \"allow\")"], &["a"]),
    (&["network_rule(\"a:80\", \"https\", \"deny\", \"why\")\nnetwork_rule(\"[::1]:80\", \"socks5_udp\", \"forbidden\")"], &["a"]),
    // Examples.
    (&["prefix_rule([\"a\"], match=[\"a 'x y'\", [\"a\", \"b\"]], not_match=[\"b\", \"ab\"])"], &["a"]),
    (&["prefix_rule([\"a\", [\"b\", \"c\"]], match=[\"a b\", \"c\", [\"x\", \"y z\"]])"], &["a"]),
    (&["prefix_rule([\"b\"], match=[\"c\"], not_match=[\"c\", \"b d'e f'\"])"], &["a"]),
    (&["prefix_rule([\"git\"], match=[\"/opt/git x\"])\nhost_executable(\"git\", [\"/usr/bin/git\"])"], &["git"]),
    (&["prefix_rule([\"git\"], match=[\"/opt/git x\"])", "host_executable(\"git\", [\"/usr/bin/git\"])"], &["git"]),
    (&["host_executable(\"git\", [\"/usr/bin/git\"])", "prefix_rule([\"git\"], match=[\"/opt/git x\"])"], &["git"]),
    // What cannot be parsed is told in other words.
    (&["prefix_rule([\"a\"]"], &["a"]),
    (&["x = 1\n\n   y = 3\n"], &["a"]),
    (&["\u{feff}prefix_rule([\"a\"])"], &["a"]),
    (&["prefix_rule([\"a\"])", "'"], &["a"]),
];

/// The words that programs look for in an error: which file, what is wrong, and where.
fn essence(stderr: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in stderr.lines().take_while(|line| !line.starts_with("Stack backtrace")) {
        let line = line.trim().trim_start_matches("starlark error: ");
        if line.starts_with("error: Parse error: ") {
            found.push("error: Parse error".to_owned());
            return found;
        }
        if let Some((before, after)) = line.split_once("rules: [").filter(|_| line.starts_with("expected every example")) {
            let examples = after.rsplit_once("unmatched examples: ").unwrap().1;
            found.push(format!("{before}{examples}"));
            return found;
        }
        if line.starts_with("expected example to not match rule `") {
            found.push(format!("not to be matched: {}", line.rsplit_once("`: ").unwrap().1));
            return found;
        }
        if line.starts_with("Error: ") || line.starts_with("error: ") || line.starts_with("--> ") {
            found.push(line.to_owned());
        }
    }
    found
}

/// Row `relative-programs` of `docs/compatibility.md`.
fn is_meant(args: &[&str]) -> bool {
    args.first() == Some(&"--resolve-host-executables") && args.iter().any(|word| word.contains('/') && !word.starts_with('/'))
}

/// The published program, where the person who runs the tests has one.
fn reference() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the person who runs the tests says where the reference is")]
    let reference = std::env::var_os("CODEX_REFERENCE_BIN").filter(|path| !path.is_empty()).map(PathBuf::from);
    if reference.is_none() {
        println!("skipped: CODEX_REFERENCE_BIN names no reference binary to compare with (.ci/run installs one)");
    }
    reference
}

#[test]
fn every_case_is_decided_as_by_the_reference() {
    let Some(reference) = reference() else { return };
    let home = TestWorkspace::new();
    let mut differences = Vec::new();
    for (files, args) in CASES {
        let theirs = check(&reference, home.path(), files, args);
        let ours = ours(files, args);
        let shown = |run: &Run| format!("{:?} {}{:?}", run.code, run.stdout, essence(&run.stderr));
        if (shown(&theirs) != shown(&ours)) != is_meant(args) {
            differences.push(format!("{files:?} {args:?}\ntheirs: {}\nours:   {}", shown(&theirs), shown(&ours)));
        }
        assert!(ours.code != Some(1) || essence(&ours.stderr).len() > 1, "{files:?}: {}", ours.stderr);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Rule files that are about the language alone, one a line as a JSON string.
const LANGUAGE: &str = include_str!("../fixtures/rules-language.jsonl");

#[test]
fn the_language_means_what_it_means_to_the_reference() {
    let Some(reference) = reference() else { return };
    let home = TestWorkspace::new();
    let mut differences = Vec::new();
    for line in LANGUAGE.lines() {
        let file: String = serde_json::from_str(line).unwrap();
        let theirs = check(&reference, home.path(), &[&file], &["a"]);
        let ours = ours(&[&file], &["a"]);
        let shown = |run: &Run| format!("{:?} {}{:?}", run.code, run.stdout, essence(&run.stderr));
        if shown(&theirs) != shown(&ours) {
            differences.push(format!("{file}\ntheirs: {}\nours:   {}", shown(&theirs), shown(&ours)));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
