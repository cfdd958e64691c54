use pretty_assertions::assert_eq;

use super::*;

/// Words of a line, with `'...'` kept together.
fn os(line: &str) -> Vec<OsString> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.into());
        } else {
            words.extend(part.split_whitespace().map(OsString::from));
        }
    }
    words
}

fn kind(line: &str) -> &'static str {
    match classify(&os(line)).1 {
        Verdict::Read => "read",
        Verdict::Write(_) => "write",
        Verdict::Unbrokered(_) => "unbrokered",
        Verdict::Unknown(_) => "unknown",
    }
}

/// Lines of each kind, with `|` between them.
const LINES: &[(&str, &str)] = &[
    (
        "read",
        "--version | status -sb | log --oneline -5 | diff --stat | -C x show HEAD | --git-dir=x status | branch | branch -a | \
         branch -vv | branch -r | branch --list 'f*' | branch --show-current | branch --contains HEAD | \
         branch --format '%(refname)' | tag | tag -l 'v*' | tag -n3 | tag --contains x | stash list | stash show -p | \
         worktree list | apply x.patch | apply --check x | config --get user.name | config user.name | config --list | \
         remote -v | reflog | clone x y | commit -h | add --help | rev-parse --git-dir | symbolic-ref HEAD | hash-object x | \
         clean -fd | branch -v | grep -n x | submodule status",
    ),
    (
        "write",
        "add . | add -A | add -- -x | -C sub add . | commit -m x | commit -am 'two words' | commit -m '.git/hooks and more' | \
         commit -qsm x | commit --message=x --author='A <a@b>' | commit --amend --no-edit | commit -F - | \
         commit --fixup HEAD~1 | -c user.name=x commit -m x | branch new | branch -f new HEAD | branch -d a b | \
         branch -m old new | branch -u origin/main | branch --set-upstream-to=origin/x y | branch --unset-upstream | \
         branch -vd x | switch -c x | switch - | switch -c x --track origin/x | checkout -b x | checkout -- f | \
         checkout main f | restore --staged . | reset --soft HEAD~1 | reset | reset --hard | rm -r --cached x | mv a b | \
         stash | stash push -um x | stash -u | stash pop | stash apply 'stash@{1}' | worktree add ../w | \
         worktree add -b x w main | worktree remove w | merge --no-ff x | merge -s ours x | merge -Xours x | merge --abort | \
         rebase main | rebase --onto a b c | rebase --continue | cherry-pick -x a..b | revert --no-edit HEAD | tag v1 | \
         tag -a v1 -m x | tag -d v1 | init | init -b main sub | apply --index x | am x | update-index --refresh | \
         --no-pager commit -m x",
    ),
    (
        "unbrokered",
        "add -p | add -i | commit -e -m x | commit -S -m x | commit --gpg-sign=x -m x | commit --mess x | commit -t f | \
         branch --edit-description | rebase -i main | rebase -x make main | rebase --exec=make main | merge -s octopus a b | \
         merge -s ../x a | tag -s v1 -m x | init --template=x | init --bare x | init --separate-git-dir x | init a b | \
         worktree repair | stash --patch | checkout -p | checkout --recurse-submodules x | mv a .git/hooks/pre-commit | \
         mv a sub/.GIT/x | worktree add .git/x | init .git/x | add --pathspec-from-file=.git/x | commit -F .git/config | \
         --git-dir=x add . | --work-tree x add . | --exec-path=x add . | --config-env=a=b add . | gc | fetch | push origin x | \
         pull | config user.name x | remote add x y | submodule update --init | update-ref refs/x HEAD | reflog expire --all | \
         notes add -m x | bisect start | update-index --cacheinfo 1,2,3 | hash-object -w x | commit --no-such | \
         symbolic-ref HEAD refs/heads/x | symbolic-ref -d X",
    ),
    ("unknown", "ci -m x | lg | flow init"),
];

#[test]
fn lines_are_read_brokered_or_neither() {
    let mut seen = 0;
    for (expected, lines) in LINES {
        for line in lines.split(" | ") {
            assert_eq!(kind(line), *expected, "{line}");
            seen += 1;
        }
    }
    assert_eq!((seen, kind("")), (148, "read"));
}

#[test]
fn lines_are_written_out_with_the_same_meaning() {
    for (line, expected) in [
        ("commit -am x f", "commit -a -mx f"),
        ("commit --message x -- f", "commit --message=x -- f"),
        ("commit -m '' f", "commit -m '' f"),
        ("commit -uno -m x", "commit -uno -mx"),
        ("stage -A", "add -A"),
        ("switch -tcx origin/x", "switch -t -cx origin/x"),
    ] {
        let Verdict::Write(write) = classify(&os(line)).1 else { panic!("{line}") };
        assert_eq!(write.to_argv(), os(expected), "{line}");
        assert_eq!(classify(&write.to_argv()).1, Verdict::Write(write), "{line}");
    }
}

#[test]
fn input_is_read_only_where_it_is_asked_for() {
    for (line, reads) in [
        ("commit -F -", true),
        ("commit --file=- x", true),
        ("commit -F msg", false),
        ("add --pathspec-from-file=-", true),
        ("add -", false),
        ("apply --index", true),
        ("apply --index x", false),
        ("am", true),
        ("am --continue", false),
        ("tag -a v -F-", true),
    ] {
        let Verdict::Write(write) = classify(&os(line)).1 else { panic!("{line}") };
        assert_eq!(write.reads_stdin(), reads, "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_brokered_reads_back_as_itself(words in proptest::collection::vec("(-{0,2}[a-z=.-]{0,6}|add|commit|-am|--message=x|stash|\\.git/x)", 0..6)) {
        let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        if let Verdict::Write(write) = classify(&words).1 {
            let again = classify(&write.to_argv()).1;
            proptest::prop_assert_eq!(again, Verdict::Write(write));
        }
    }
}
