//! The abuse cases of the security contract that are about spelling: each is a test named after its number.
//!
//! A case passes here when the line is not known to be safe; that nobody runs it unasked then is tested with the rest of
//! the program.

use std::path::PathBuf;
use std::time::Duration;

use codex_shell_command::{Danger, FileKind, Verdict, classify, dangers, destroys_root};

use crate::machine::{Machine, words};
use crate::stopwatch::Stopwatch;

// C5
#[test]
fn a35_searchers_that_run_or_write_are_asked_about() {
    let machine = Machine::new();
    machine.asks(&[
        "rg --pre ./p x",
        "rg --pre=./p x",
        "rg --hostname-bin ./p x",
        "rg -z x",
        "rg -uuz x",
        "rg -nz x",
        "rg --search-zip x",
        "rg -f pats",
        "rg -fpats x",
        "rg --pre-glob '*' x",
        "rg -e x {--pre=p,y}",
        "rg x *",
        "find . -exec ./p ';'",
        "find . -exec ./p \\;",
        "find . -execdir p {} +",
        "find . -ok p ';'",
        "find . -okdir p ';'",
        "find . -delete",
        "find . -fprint f",
        "find . -fprintf f %p",
        "find . -fls f",
        "find . -fprint0 f",
        "find . -files0-from f",
        "find -files0-from f",
        "find . -name x -delete",
        "find . {-delete,}",
        "find . -d{elete,}",
        "find *",
        "find . -unheard-of x",
    ]);
    machine.runs(&[
        "rg x",
        "rg -n --hidden 'fn main' src",
        "rg -uu x",
        "rg -g '*.rs' -g*.rs x src/*.rs",
        "rg -e x -- *",
        "rg --files -g '!target' | head",
        "find . -name x -print",
        "find . -type f -name '*.rs' -mtime -1 -size +10k",
        "find . \\( -name a -o -name b \\) -prune",
        "find src -name *.rs",
        "find",
    ]);
}

// C5
#[test]
fn a35_a_star_passes_where_no_name_can_be_an_option() {
    let mut machine = Machine::new();
    let lines = ["rg x *", "rg x *.rs", "git diff *.txt", "find *", "find * -name x", "tail -n 1 *"];
    machine.asks(&["rg x *", "git diff *.txt", "find *"]);
    machine.files.without_dashes.push("/w".into());
    machine.runs(&lines);
    machine.asks(&["cd sub; rg x *", "cd $X; rg x *", "cd - && rg x *", "rg x {--pre=p,*}", "rg x -*", "rg --p* x", "uniq *", "rg * -z"]);
}

// C5
#[test]
fn a36_only_the_printing_of_lines_passes_of_sed() {
    let machine = Machine::new();
    machine.asks(&[
        "sed -n '1w f' x",
        "sed -n '1e p' x",
        "sed -i s/a/b/ x",
        "sed -n 1p -i f",
        "sed -s -n 1p f",
        "sed -f s f",
        "sed --expression=p f",
        "sed -n 1p a b",
        "sed -n '$p' f",
        "sed -n /x/p f",
        "sed -n 1,p f",
        "sed -ne 1p f",
        "sed -n 1p -- f",
        "sed -n 1p *",
        "sed -n 1p {-i,f}",
    ]);
    machine.runs(&["sed -n 5p f", "sed -n 5,9p f", "sed -n '5,9p' f", "sed -n 5p", "cat f | sed -n 1,200p", "sed -n 5p src/*.rs"]);
}

// C4
#[test]
fn a37_git_runs_unasked_only_where_it_looks() {
    let machine = Machine::new();
    machine.asks(&[
        "git -c core.pager=p log",
        "git -C ../o status",
        "git --git-dir=x status",
        "git --git-dir x status",
        "git --work-tree=x status",
        "git --exec-path=. status",
        "git -p log",
        "git --paginate log",
        "git --no-pager log",
        "git log --output=f",
        "git log --outp=f",
        "git log --onel",
        "git log -o f",
        "git log -O f",
        "git diff --ext-diff",
        "git show --textconv",
        "git grep -Op x",
        "git grep x",
        "git branch -D b",
        "git branch nb",
        "git branch -v nb",
        "git branch -m a b",
        "git branch --set-upstream-to=o/x",
        "git diff --no-index /etc/shadow /dev/null",
        "git diff /etc/shadow /dev/null",
        "git diff ../../etc/a ../../etc/b",
        "git --config-env=core.pager=P log",
        "git log --format=%G?",
        "git log --show-signature",
        "git log *",
        "git log {--output=f,}",
        "git status --unheard-of",
        "git unheard-of",
        "git",
    ]);
    machine.runs(&[
        "git log --format=%x1b",
        "git log --oneline -5 --stat",
        "git log -n 5 -p -- src",
        "git log -S foo --since='1 day'",
        "git log main..HEAD",
        "git diff HEAD~1 -U5 -- *.rs",
        "git diff --cached --name-only",
        "git show HEAD:f",
        "git show --stat HEAD",
        "git status -sb",
        "git status --porcelain=v2",
        "git branch",
        "git branch -a",
        "git branch -vv",
        "git branch --list x",
        "git branch --show-current",
        "cd x && git status",
    ]);
}

// C4, T3
#[test]
fn a37_no_git_runs_unasked_where_the_folder_is_not_trusted() {
    let mut machine = Machine::new();
    machine.trusted = false;
    machine.asks(&["git status", "git log", "git branch --show-current", "git diff"]);
    machine.runs(&["ls"]);
    machine.trusted = true;
    machine.runs(&["git status"]);
    // Trust is one folder's, not its neighbours' and not that of repositories inside it.
    machine.asks(&["cd .. && git status", "cd /tmp; git status", "cd - && git status", "cd s* && git status"]);
    machine.files.put("/w/sub/.git", FileKind::Folder, 1000, 0o755).put("/w/bare/HEAD", FileKind::Regular, 1000, 0o644);
    machine.files.link("/w/out", "/elsewhere", FileKind::Folder, 1000, 0o755);
    machine.asks(&[
        "cd sub && git status",
        "cd sub/deeper && git status",
        "cd bare; git log",
        "cd out && git status",
        "bash -c 'cd sub; git diff'",
    ]);
    machine.runs(&["cd plain && git status"]);
}

// C5
#[test]
fn a38_programs_that_write_or_run_others_are_asked_about() {
    let machine = Machine::new();
    machine.asks(&[
        "sort -o f x",
        "sort --output=f",
        "sort --compress-program=./p",
        "uniq a b",
        "uniq {a,b}",
        "uniq a*",
        "uniq +1 a",
        "base64 -o f",
        "base64 -of x",
        "base64 --output=f",
        "base64 --out=f",
        "tee f",
        "xargs p",
        "env p",
        "awk 'BEGIN{system(\"p\")}'",
        "man -P p ls",
        "less +!p",
        "date -s x",
        "tail --pid=1 f",
        "tail --pid 1 f",
        "tail --pi=1 f",
        "tail -f f",
        "tail -F f",
        "tail --follow f",
        "tail --retry f",
        "tar --checkpoint-action=exec=p",
        "wc --files0-from=f",
        "wc --fil=f",
    ]);
    machine.runs(&[
        "uniq -c a",
        "ls | uniq",
        "base64 -d f",
        "base64 -w0 f",
        "tail -n +5 f",
        "tail -5 f",
        "tail -c 10 f",
        "tail --line=3 f",
    ]);
}

// C1, C2
#[test]
fn a39_everything_but_plain_words_is_asked_about() {
    let machine = Machine::new();
    machine.asks(&[
        "echo $(p)",
        "echo `p`",
        "cat <(p)",
        "ls ${x@P}",
        "ls ${x:=..}",
        "ls ${!x}",
        "echo $[ x='a[$(p)]', x ]",
        "echo $((a[$(p)]))",
        "ls > f",
        "ls >| f",
        "ls >> f",
        "ls 2>f",
        "ls 2>&1",
        "ls &> f",
        "cat <<E\nx\nE",
        "cat <<< x",
        "A=1 ls",
        "A=1",
        "ls & p",
        "ls &",
        "(p)",
        "{ p; }",
        "if true; then ls; fi",
        "for i in a; do ls; done",
        "ls\np",
        "ls\npwd",
        "ls\rp",
        "ls\r",
        "cat 'a\rb'",
        "ls \u{2028}p",
        "ls\u{a0}-la",
        "ls\u{200b}",
        "ls # x\np",
        "ls # x",
        "!p",
        "! ls",
        "l\\s",
        "\"ls\"",
        "'ls'",
        "$'ls'",
        "echo $'a'",
        "echo \"$x\"",
        "echo \"a\\`p\\`\"",
        "ls |& cat",
        "ls;; pwd",
        "ls &&",
        "",
        " ",
        "echo \"x",
        "l[s] f",
        "{ls,-l}",
        "~/ls",
        "eval ls",
        "exec ls",
        "command ls",
        "builtin cd",
        "time ls",
        "export A=1",
        "declare A",
        "source x",
        ". x",
        "alias ls=p; ls",
        "set -e; ls",
        "printf x",
        "test -f x",
        "[ -f x ]",
        "LS",
        "ｌｓ",
    ]);
    machine.runs(&[
        "ls && pwd",
        "ls||pwd; true | false",
        "echo '$HOME' \"a b\" a\\ b",
        "ls *.rs {a,b} ~/x",
        "echo 'it'\"'\"'s'",
        "echo '\u{2028}' \"\u{a0}\"",
        "cat 日本.txt",
        "ls\t-la",
        "echo 'a\nb'",
        "grep -rn 'a|b' --include=*.rs src",
        "bash -c 'ls && pwd'",
        "sh -c \"ls\" | zsh -lc pwd",
    ]);
}

// C3
#[test]
fn a40_a_planted_program_has_no_name() {
    let mut machine = Machine::new();
    for planted in ["/w/cat", "/w/bin/ls", "/out/bin/ls", "/tmp/ls", "/usr/local/bin/wc", "/w/bash", "/open/nl"] {
        machine.files.put(planted, FileKind::Regular, 1000, 0o755);
    }
    machine.asks(&[
        "./cat f",
        "cat/../cat f",
        "/w/bin/ls",
        "/out/bin/ls",
        "bin/ls",
        "../w/cat f",
        "/usr/bin/../../w/cat f",
        "/usr/bin/nothing",
    ]);
    assert_ne!(machine.judge(&["./bash", "-lc", "ls"]), Verdict::Safe);
    assert_ne!(machine.judge(&["/w/bash", "-lc", "ls"]), Verdict::Safe);
    machine.runs(&["/usr/bin/cat f", "/bin/ls", "/bin/bash -c ls"]);
    // Below a folder of the system, but not root's.
    machine.asks(&["/usr/local/bin/wc f"]);
    let system = machine.path.clone();
    let with = |first: &str| -> Vec<PathBuf> { std::iter::once(PathBuf::from(first)).chain(system.clone()).collect() };
    // What stands in PATH first and has the program decides, and the workspace vouches for nothing.
    machine.path = with("/w/bin");
    machine.files.put("/w/bin", FileKind::Folder, 1000, 0o755);
    machine.asks(&["ls", "ls -la | cat"]);
    machine.runs(&["cat f"]);
    machine.path = with("/tmp");
    machine.asks(&["ls"]);
    // Folders that everybody may write to, and entries that depend on the folder of the moment.
    machine.files.put("/open", FileKind::Folder, 0, 0o777);
    machine.path = with("/open");
    machine.asks(&["nl f"]);
    for entry in ["", ".", "bin"] {
        machine.path = with(entry);
        machine.asks(&["ls", "cat f"]);
    }
    // A link in a good folder to a program in the workspace.
    machine.path = system;
    machine.files.link("/usr/local/bin/head", "/w/bin/ls", FileKind::Regular, 0, 0o755);
    machine.asks(&["head f", "/usr/local/bin/head f"]);
    // A command that a shell brings along needs no file, and nothing else does without.
    machine.runs(&["cd x", "echo x && pwd"]);
    assert_eq!(machine.judge(&["cd", "x"]), Verdict::Unknown);
    machine.path.clear();
    machine.asks(&["ls"]);
}

// C6
#[test]
fn a41_no_limit_ends_in_safe() {
    let machine = Machine::new();
    machine.asks(&[&format!("{}p", "true && ".repeat(300)), &format!("{}true", "true && ".repeat(256))]);
    machine.runs(&[&format!("{}true", "true && ".repeat(255))]);
    let line = words(&["bash", "-lc", &format!("{}p", "true && ".repeat(300))]);
    let started = Stopwatch::start();
    assert_eq!(classify(&line, &machine.surroundings()), Verdict::Unknown);
    assert!(started.elapsed() < Duration::from_millis(50), "{:?}", started.elapsed());
}

// C1, C6
#[test]
fn a42_huge_lines_are_not_safe_and_take_no_time() {
    let machine = Machine::new();
    let lines = [
        "a".repeat(10 << 20),
        format!("ls {}", "x ".repeat(5 << 20)),
        "'".repeat(200_000),
        "\"".repeat(200_000),
        "(".repeat(100_000),
        "$(".repeat(100_000),
        "(".repeat(60_000),
        "$(".repeat(30_000),
        "`".repeat(60_000),
        "{ ".repeat(30_000),
        "'\"".repeat(30_000),
        "ls|".repeat(20_000),
        "if ".repeat(20_000),
        "<<a ".repeat(15_000),
        "[".repeat(60_000),
        "${".repeat(30_000),
        "a=(".repeat(20_000),
        "\\".repeat(60_000),
        "{a,".repeat(20_000),
    ];
    for line in lines {
        for argv in [words(&["bash", "-lc", &line]), words(&["ls", &line])] {
            if argv[0] == "ls" && line.len() <= 64 * 1024 - 10 {
                continue;
            }
            let started = Stopwatch::start();
            assert_ne!(classify(&argv, &machine.surroundings()), Verdict::Safe);
            assert!(started.elapsed() < Duration::from_secs(1), "{:.20} took {:?}", line, started.elapsed());
        }
    }
    // The most this process ever held, in KiB; other tests and the lines themselves are part of it.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak: u64 =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap();
        assert!(peak < 200 * 1024, "{peak} KiB");
    }
}

// C2
#[test]
fn a43_only_the_exact_forms_of_a_shell_are_opened() {
    let machine = Machine::new();
    for argv in [
        &["bash", "-lc", "ls", "p"][..],
        &["bash", "-c", "ls", "--"],
        &["bash", "--rcfile", "p", "-ic", "ls"],
        &["sh", "-c", "ls", "-c", "p"],
        &["zsh", "-fc", "ls"],
        &["bash", "-l", "-c", "ls"],
        &["bash", "-xc", "ls"],
        &["bash", "-cl", "ls"],
        &["dash", "-c", "ls"],
        &["bash", "ls"],
        &["bash"],
        &["bash", "-lc"],
        &["env", "bash", "-c", "ls"],
    ] {
        assert_eq!(machine.judge(argv), Verdict::Unknown, "{argv:?}");
    }
    machine.asks(&[
        "bash -lc \"ls\" < p",
        "BASH_ENV=p bash -c ls",
        "bash -c 'ls' -- ; p",
        "bash -c 'ls > f'",
        "sh -c {ls,p}",
        "bash -c ls x",
    ]);
    for shell in ["bash", "sh", "zsh", "/bin/bash"] {
        for flag in ["-c", "-lc"] {
            assert_eq!(machine.judge(&[shell, flag, "ls"]), Verdict::Safe, "{shell} {flag}");
        }
    }
}

// C10
#[test]
fn a50_a_removal_that_reaches_a_root_is_told_in_every_spelling() {
    let machine = Machine::new();
    for line in [
        "rm -rf /",
        "rm -rf ~",
        "rm -rf ~/",
        "rm -rf \"$HOME\"",
        "rm -rf ${HOME}",
        "rm -rf \"${HOME:?}\"/",
        "rm -rf $HOME/*",
        "rm -rf -- .",
        "rm -rf ./",
        "rm -rf *",
        "rm -rf ./* .[!.]*",
        "rm -rf {*,.*}",
        "rm -rf /w/..",
        "rm -rf ..",
        "rm -rf x/../..",
        "rm -rf /w",
        "rm -rf //w//",
        "rm -rf $PWD",
        "rm -rf \"$(pwd)\"",
        "rm -rf /tmp",
        "rm -rf /tmp/*",
        "rm -rf /home",
        "rm -rf /h*",
        "rm -rf /home/?",
        "rm -rf {/,x}",
        "rm -r /",
        "rm --recursive --force --no-preserve-root /",
        "rm build / -rf",
        "\"rm\" -r -f '/'",
        "/bin/rm -fr /",
        "sudo -n rm -rf /",
        "env A=1 nice -n 5 timeout 5 rm -rf /",
        "cd / && rm -rf *",
        "cd /; rm -rf *",
        "cd .. && rm -rf w",
        "(cd ~ && rm -rf .)",
        "rm -rf \"$X/\"",
        "rm -rf $X/*",
        "rm -rf \"$X\"",
        "X=/; rm -rf $X",
        "d=~; rm -rf \"$d\"",
        "for d in a ~; do rm -rf $d; done",
        "bash -c 'rm -rf ~'",
        "eval 'rm -rf ~'",
        "trap 'rm -rf ~' EXIT",
        "echo $(rm -rf ~)",
        "find / -delete",
        "find ~ -delete",
        "find . -delete",
        "find -delete",
        "find . -type f -delete",
        "find . -mindepth 1 -delete",
        "find / -name core -delete",
        "find . -name '*' -delete",
        "find . ! -name x -delete",
        "find . -name x -o -type f -delete",
        "find . ! \\( -name x \\) -delete",
        "find / -exec rm -rf {} +",
        "find . -exec sudo rm -rf {} \\;",
        "ls | xargs rm -rf",
        "echo / | xargs rm -rf",
        "find . | xargs -0 rm -r",
        "chmod -R 777 /",
        "chown -R u ~",
        "chmod -R 777 /home",
    ] {
        let argv = words(&["bash", "-lc", line]);
        assert!(destroys_root(&argv, &machine.surroundings()), "{line}");
        assert_eq!(machine.judge_line(line), Verdict::Dangerous(Danger::DestroysRoot), "{line}");
    }
    for argv in
        [&["rm", "-rf", "/"][..], &["rm", "-rf", "/w/"], &["rm", "-r", "."], &["find", "/", "-delete"], &["sudo", "rm", "-rf", ".."]]
    {
        assert!(destroys_root(&words(argv), &machine.surroundings()), "{argv:?}");
    }
}

// C10
#[test]
fn a50_a_removal_inside_a_root_spares_the_root() {
    let mut machine = Machine::new();
    machine.files.put("/w/build", FileKind::Folder, 1000, 0o755);
    for line in [
        "rm -f build/x.o",
        "rm -rf build",
        "rm -rf ./build/*",
        "rm -rf target/*.o",
        "rm -rf *.o",
        "rm -rf /tmp/x",
        "rm -rf /w/build/..data",
        "rm -f *",
        "rm -f /",
        "cd build && rm -rf *",
        "cd build; rm -rf *",
        "cd other && rm -rf ./*",
        "rm -rf \"$X/build\"",
        "rm -rf build/$X",
        "d=$(mktemp -d); rm -rf \"$d\"",
        "d=build; rm -rf \"$d\"",
        "for d in a b; do rm -rf \"$d\"; done",
        "find build -delete",
        "find . -name '*.o' -delete",
        "find . -name '*.o' -o -name '*.d' -delete",
        "find . \\( -name '*.o' -o -name '*.d' \\) ! -path './keep/*' -delete",
        "find . -type d -empty -delete",
        "find . -name __pycache__ -exec rm -rf {} +",
        "find . -name '*.o' | xargs rm -rf",
        "ls *.o | xargs rm -f",
    ] {
        let argv = words(&["bash", "-lc", line]);
        assert!(!destroys_root(&argv, &machine.surroundings()), "{line}");
        let found = dangers(&argv, &machine.surroundings());
        assert!(!found.is_empty() && found.iter().all(|danger| danger.spares_roots()), "{line}: {found:?}");
    }
    for line in ["echo rm -rf /", "rm x", "rmdir /w", "chmod -x f", "grep -r x /", "ls -R /", "cat '/; rm -rf /'", "rm -r build", "mv a /w"]
    {
        assert!(!destroys_root(&words(&["bash", "-lc", line]), &machine.surroundings()), "{line}");
    }
}
