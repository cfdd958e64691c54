//! Git inside the sandbox: what writes to a repository works, and opens nothing of `.git` to the command.
//!
//! Needs namespaces; without them every test says so and ends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use codex_linux_sandbox::{Backend, Confinement, command_line};
use codex_test_support::TestWorkspace;
use pretty_assertions::assert_eq;

/// A repository with one commit of two files, and someone to commit as.
fn repository() -> TestWorkspace {
    let workspace = TestWorkspace::git();
    for (key, value) in [("user.name", "Ann Example"), ("user.email", "ann@example.com")] {
        workspace.run_git(&["config", key, value]);
    }
    workspace.file("one", "1\n");
    workspace.file("sub/two", "2\n");
    workspace.commit("first");
    workspace
}

fn helper() -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples/git_role");
    assert!(path.exists(), "`cargo test` without `--test` builds the example this needs: {}", path.display());
    path
}

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs a script with these folders writable, in the first of them.
fn confined(limits: &Confinement, script: &str) -> Run {
    let argv: Vec<OsString> = ["sh", "-c", script].map(OsString::from).to_vec();
    let call = command_line(&helper(), limits, &argv);
    #[expect(clippy::disallowed_methods, reason = "a test starts the helper as a shell would")]
    let mut command = Command::new(call.program);
    command.arg0(call.arg0).args(call.args).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", &limits.cwd);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn limits(workspace: &Path) -> Confinement {
    Confinement {
        cwd: workspace.into(),
        write: vec![workspace.into()],
        temporary: vec!["/tmp".into()],
        git_broker: true,
        ..Confinement::default()
    }
}

fn sandboxed(workspace: &TestWorkspace, script: &str) -> Run {
    confined(&limits(workspace.path()), script)
}

/// Whether this machine has the namespaces that a broker needs.
fn has_broker(workspace: &TestWorkspace) -> bool {
    let there = sandboxed(workspace, "test -e /dev/codex-git/places").code == Some(0);
    if !there {
        eprintln!("skipped: no namespaces on this machine, so no broker");
    }
    there
}

fn git(workspace: &TestWorkspace, words: &str) -> String {
    workspace.run_git(&words.split(' ').collect::<Vec<_>>()).trim().to_owned()
}

/// Everything in a folder that must not change, with its content.
fn closed_parts(git_dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![git_dir.join("hooks"), git_dir.join("info")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push((path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    for name in ["config", "description", "commondir", "config.worktree", "config.lock", "modules"] {
        found.extend(fs::read(git_dir.join(name)).ok().map(|bytes| (git_dir.join(name), bytes)));
    }
    found.sort();
    found
}

#[track_caller]
fn expect(workspace: &TestWorkspace, script: &str) -> Run {
    let run = sandboxed(workspace, &format!("set -e\n{script}"));
    assert_eq!(run.code, Some(0), "{script}\nstdout: {}\nstderr: {}", run.stdout, run.stderr);
    run
}

/// S2
#[test]
fn every_writing_command_works_and_leaves_what_is_closed_alone() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let before = closed_parts(&workspace.path().join(".git"));
    for script in [
        "echo x > three; git add .; git commit -qm 'second'; test \"$(git log -1 --format=%s)\" = second",
        "git rm -q --cached three; git reset -q; git mv three four; git commit -qam 'third'; test -e four",
        "git branch topic; git switch -q topic; echo y > five; git add five; git commit -qm 'on topic'; git switch -q -",
        "git checkout -q -b other; git commit -q --allow-empty -m other; git checkout -q main; git branch -q -D other",
        "git merge -q --no-ff -m merged topic; test -e five",
        "echo dirty >> one; git stash -q; test \"$(cat one)\" = 1; git stash pop -q; git restore one; git stash list",
        "echo dirty >> one; git add one; git restore --staged one; git checkout -- one; git diff --exit-code",
        "git reset -q --soft HEAD~1; git reset -q --hard ORIG_HEAD",
        "git worktree add -q tree topic; (cd tree; echo z > six; git add six; git commit -qm 'in a tree'); git worktree remove tree",
        "git switch -q -c work; echo w > seven; git add seven; git commit -qm seven; git rebase -q topic; git switch -q main",
        "git cherry-pick work >/dev/null; git revert --no-edit HEAD >/dev/null; test ! -e seven",
        "git tag v1; git tag -a v2 -m 'second'; git tag -d v1; git describe --tags | grep -q v2",
        "printf 'diff --git a/one b/one\\n--- a/one\\n+++ b/one\\n@@ -1 +1 @@\\n-1\\n+eins\\n' | git apply --index; git commit -qm applied",
        "git commit --amend -q --no-edit --author='Bob <bob@example.com>'; test \"$(git log -1 --format=%an)\" = Bob",
    ] {
        expect(&workspace, script);
    }
    assert_eq!(closed_parts(&workspace.path().join(".git")), before);
    git(&workspace, "fsck --strict");
    assert_eq!(git(&workspace, "status --porcelain"), "");
    assert_eq!(git(&workspace, "log -1 --format=%cn"), "Ann Example");
}

#[test]
fn git_is_brokered_wherever_a_command_calls_it() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    workspace.file("Makefile", "save:\n\techo $$PPID > made\n\tgit add made\n\tgit commit -qm 'by make'\n");
    let subject = |script: &str| expect(&workspace, &format!("{script}\ngit log -1 --format=%B")).stdout.trim().to_owned();
    assert_eq!(
        subject("true && git commit -q --allow-empty -m \"$(cat <<'EOF'\ntitle\n\nbody 'quoted'\nEOF\n)\""),
        "title\n\nbody 'quoted'"
    );
    assert_eq!(subject("cd sub && echo x > new && git add . && git commit -qm sub"), "sub");
    assert_eq!(subject("echo 'from input' | git commit -q --allow-empty -F -"), "from input");
    assert_eq!(subject("bash -lc 'git -C sub commit -q --allow-empty -m login'"), "login");
    assert_eq!(subject("/usr/bin/env -i PATH=/usr/bin:/bin git commit -q --allow-empty -m bare"), "bare");
    assert_eq!(subject("git -c user.name=Eve commit -q --allow-empty -m \"$(git rev-parse --abbrev-ref HEAD)\""), "main");
    assert_eq!(git(&workspace, "log -1 --format=%an"), "Eve");
    if Path::new("/usr/bin/make").exists() {
        assert_eq!(subject("make -s save"), "by make");
    }
    workspace.run_git(&["config", "alias.ci", "commit -q --allow-empty"]);
    assert_eq!(subject("git ci -m 'by alias'"), "by alias");
    // Streams and exit codes are those of git.
    let run = sandboxed(&workspace, "git commit -m nothing > out 2> err; echo $?; cat out; git branch a..b; echo $?; rm out err");
    assert!(run.stdout.starts_with("1\nOn branch main\n") && run.stdout.ends_with("128\n"), "{}", run.stdout);
    assert!(run.stderr.contains("fatal: 'a..b' is not a valid branch name"), "{}", run.stderr);
}

/// T1, A23, A24: nothing that the repository's own files name is run.
#[test]
fn hooks_filters_and_settings_of_the_repository_run_nothing() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let marker = workspace.path().join("marker");
    let program = workspace.file("p", format!("#!/bin/sh\necho $0 >> {}\ncat\n", marker.display()));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let p = program.to_str().unwrap();
    for hook in [
        "pre-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-commit",
        "post-checkout",
        "post-merge",
        "pre-rebase",
        "reference-transaction",
        "post-index-change",
    ] {
        let path = workspace.path().join(".git/hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&program, &path).unwrap();
    }
    let fetch = format!("ext::{p}");
    for (key, value) in [
        ("core.fsmonitor", p),
        ("diff.external", p),
        ("diff.x.textconv", p),
        ("diff.x.command", p),
        ("core.sshCommand", p),
        ("gpg.program", p),
        ("core.editor", p),
        ("core.pager", p),
        ("sequence.editor", p),
        ("commit.gpgSign", "true"),
        ("credential.helper", p),
        ("merge.x.driver", p),
        ("trailer.x.command", p),
        ("core.alternateRefsCommand", p),
        ("remote.origin.url", &fetch),
        ("gc.auto", "1"),
        ("commit.template", p),
        ("interactive.diffFilter", p),
        ("core.askPass", p),
        ("uploadpack.packObjectsHook", p),
        ("core.hooksPath", ".git/hooks"),
    ] {
        fs::write(workspace.path().join(".git/config"), {
            let (section, key) = key.rsplit_once('.').unwrap();
            let section = section.split_once('.').map_or(section.to_owned(), |(section, sub)| format!("{section} \"{sub}\""));
            format!("{}[{section}]\n\t{key} = {value}\n", workspace.read(".git/config").unwrap())
        })
        .unwrap();
    }
    workspace.file(".gitattributes", "*.x diff=x merge=x\n");
    workspace.file("include", format!("[core]\n\tfsmonitor = {p}\n[alias]\n\tadd = !{p}\n"));
    fs::write(workspace.path().join(".git/config"), format!("{}[include]\n\tpath = ../include\n", workspace.read(".git/config").unwrap()))
        .unwrap();
    let before = closed_parts(&workspace.path().join(".git"));
    let run = expect(
        &workspace,
        "exec 2>&1; echo 1 > a.x; git add a.x .gitattributes; git commit -qm one; git branch side; echo 2 > a.x; git commit -qam two; git switch -q side
        echo 3 > b.x; git add b.x; git commit -q -m three --trailer x=y; git rebase -q main; git switch -q main; git merge -q side; git stash -q -u; git stash pop -q
        git cherry-pick --allow-empty --no-edit HEAD~1 || git cherry-pick --skip; git tag -a t -m t; git worktree add -q w; git worktree remove -f w",
    );
    // What only reads runs with the command's own rights, and may run what it likes; nothing of this did.
    assert_eq!(fs::read_to_string(&marker).ok(), None, "{}", run.stdout);
    assert!(run.stdout.contains("note: codex sandbox: commits are not signed here"), "{}", run.stdout);
    assert_eq!(closed_parts(&workspace.path().join(".git")), before);
}

#[test]
fn a_filter_or_merge_driver_ends_in_a_message_and_not_in_other_content() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let marker = workspace.path().join("marker");
    workspace.run_git(&["config", "filter.up.clean", &format!("touch {}; tr a-z A-Z", marker.display())]);
    workspace.run_git(&["config", "filter.up.smudge", "cat"]);
    workspace.file(".gitattributes", "*.up filter=up\n");
    workspace.file("a.up", "text\n");
    let run = sandboxed(&workspace, "git add a.up");
    assert_ne!(run.code, Some(0));
    assert!(run.stderr.contains("clean filter 'up' failed"), "{}", run.stderr);
    assert!(run.stderr.contains("codex sandbox"), "{}", run.stderr);
    assert!(!marker.exists());
    assert_eq!(git(&workspace, "ls-files a.up"), "");
    expect(&workspace, "git add .gitattributes && git commit -qm attributes");
}

/// A06, A09: the command itself gets no more than before.
#[test]
fn what_is_closed_stays_closed_to_the_command() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let before = closed_parts(&workspace.path().join(".git"));
    for attempt in [
        "echo x > .git/hooks/pre-commit",
        "echo x >> .git/config",
        "git config user.name Eve",
        "git config --global --file=.git/config a.b c",
        "/dev/codex-git/programs/0/git commit --allow-empty -m x",
        "git mv one .git/hooks/post-checkout",
        "git mv one .GIT/hooks/post-checkout",
        "git worktree add .git/hooks/x",
        "git init --template=sub .",
        "git commit -m x --allow-empty --git-dir=elsewhere",
        "git --git-dir=.git commit --allow-empty -m x",
        "git -c core.hooksPath=sub gc",
        "mv .git .g",
        "rm -rf .git",
        "ln -sfn sub .git",
        "git remote add evil ext::sh",
        "git submodule add ./sub",
        "git update-ref refs/heads/x HEAD",
        "git rebase --exec 'echo x > .git/hooks/x' HEAD~0",
        "mkdir .codex && echo x > .codex/config.toml",
        "rm /dev/codex-git/calls",
        "echo x > /dev/codex-git/places",
        "umount /usr/bin/git",
    ] {
        let run = sandboxed(&workspace, attempt);
        assert_ne!(run.code, Some(0), "{attempt}\n{}{}", run.stdout, run.stderr);
    }
    assert_eq!(closed_parts(&workspace.path().join(".git")), before);
    assert_eq!(git(&workspace, "log --format=%s"), "first");
    assert!(!workspace.path().join(".codex").exists());
    let run = sandboxed(&workspace, "git gc -q");
    assert!(run.stderr.starts_with("codex sandbox: `.git` is read-only here and the broker does not run this (`gc`"), "{}", run.stderr);
}

#[test]
fn branches_keep_their_settings_and_nothing_else_is_written_there() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let origin = tempfile::tempdir().unwrap();
    workspace.run_git(&["clone", "-q", "--bare", ".", origin.path().to_str().unwrap()]);
    workspace.run_git(&["remote", "add", "origin", origin.path().to_str().unwrap()]);
    workspace.run_git(&["fetch", "-q", "origin"]);
    workspace.run_git(&["config", "core.fsmonitor", "./never"]);
    let config = || workspace.read(".git/config").unwrap();
    let before = config();
    let run =
        expect(&workspace, "git switch -q -c topic origin/main; git branch tracked -t origin/main; git switch -q -t -c third origin/main");
    assert_eq!(config(), before);
    let notes: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(notes[0], "note: codex sandbox: `topic` has no upstream; `git branch -u origin/main topic` sets it");
    assert_eq!(notes.len(), 3, "{}", run.stderr);
    let run = expect(
        &workspace,
        "git branch -u origin/main topic; git branch --set-upstream-to=main tracked; git rev-parse --abbrev-ref topic@{u} tracked@{u}",
    );
    assert_eq!(run.stdout, "branch 'topic' set up to track 'origin/main'.\nbranch 'tracked' set up to track 'main'.\norigin/main\nmain\n");
    let section = |name: &str, remote: &str| format!("[branch \"{name}\"]\n\tremote = {remote}\n\tmerge = refs/heads/main\n");
    assert_eq!(config(), format!("{before}{}{}", section("topic", "origin"), section("tracked", ".")));
    let run = expect(
        &workspace,
        "git branch -m topic renamed; git branch -c renamed copied; git branch -d -q tracked; git branch --unset-upstream copied",
    );
    assert_eq!(run.stderr, "");
    assert_eq!(config(), format!("{before}{}[branch \"copied\"]\n", section("renamed", "origin")));
    let run = sandboxed(
        &workspace,
        "git branch -u nowhere renamed; git branch -m renamed 'x\n[core]'; git branch -m renamed 'a\"b'; git branch -u origin/main nobody",
    );
    assert!(run.stderr.contains("'nowhere' does not exist"), "{}", run.stderr);
    assert_eq!(config(), format!("{before}{}[branch \"copied\"]\n", section("a\\\"b", "origin")));
    assert_eq!(git(&workspace, "config branch.a\"b.merge"), "refs/heads/main");
}

/// A08
#[test]
fn a_repository_can_be_made_and_used_at_once() {
    let workspace = TestWorkspace::new();
    workspace.file("file", "1\n");
    if !has_broker(&workspace) {
        return;
    }
    for attempt in ["mkdir -p .git/hooks", "mkdir .git", "git init --template=/tmp", "echo x > .git"] {
        let run = sandboxed(&workspace, attempt);
        assert!(run.code != Some(0) || attempt.starts_with("mkdir -p"), "{attempt}");
        assert!(!workspace.path().join(".git").exists(), "{attempt}");
    }
    let run = expect(
        &workspace,
        "git init -q -b trunk; git -c user.name=A -c user.email=a@b add .; git -c user.name=A -c user.email=a@b commit -qm first; git log --format=%s; git init",
    );
    assert!(run.stdout.starts_with("first\nReinitialized existing Git repository in "), "{}", run.stdout);
    assert_eq!(git(&workspace, "log --format=%an trunk"), "A");
    assert!(!workspace.path().join(".git/hooks").exists());
    assert_eq!(git(&workspace, "status --porcelain"), "");
    // Elsewhere nothing is closed, so git makes what it likes.
    expect(
        &workspace,
        "git init -q inner; cd inner; git config user.name B; git config user.email b@c; git commit -q --allow-empty -m inner",
    );
    assert!(!workspace.path().join(".codex").exists());
}

/// A10
#[test]
fn a_linked_work_tree_is_brokered_when_its_repository_points_back() {
    let main = repository();
    if !has_broker(&main) {
        return;
    }
    let linked = TestWorkspace::new();
    main.run_git(&["worktree", "add", "-q", linked.path().join("w").to_str().unwrap(), "-b", "linked"]);
    let inside = |script: &str| confined(&Confinement { temporary: Vec::new(), ..limits(&linked.path().join("w")) }, script);
    let before = closed_parts(&main.path().join(".git"));
    let run = inside("echo x > new && git add new && git commit -qm linked && git log -1 --format=%s");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "linked\n"), "{}", run.stderr);
    assert_eq!(closed_parts(&main.path().join(".git")), before);
    assert_ne!(inside(&format!("echo x > {}/.git/hooks/x", main.path().display())).code, Some(0));
    // A file that names somebody else's repository opens nothing.
    fs::write(linked.path().join("w/.git"), format!("gitdir: {}/.git\n", main.path().display())).unwrap();
    let run = inside("git commit -q --allow-empty -m stolen");
    assert_ne!(run.code, Some(0));
    assert!(run.stderr.contains("does not point back"), "{}", run.stderr);
    assert_eq!(git(&main, "log -1 --format=%s"), "first");
}

/// S2, A12: while git writes files, their folder becomes a link to the git folder.
#[test]
fn links_put_in_the_way_of_git_lead_nowhere() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    for number in 0..20 {
        workspace.file(&format!("d/bait{number}"), "x\n");
    }
    workspace.commit("bait");
    let before = closed_parts(&workspace.path().join(".git"));
    expect(
        &workspace,
        "ln -s .git link
        ( while test ! -e stop; do mv -T d away; mv -T link d; mv -T d link; mv -T away d; done ) 2>/dev/null &
        for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do git checkout -q -f HEAD~1 || true; git checkout -q -f main || true; done >/dev/null 2>&1
        touch stop; wait",
    );
    assert_eq!(closed_parts(&workspace.path().join(".git")), before);
    let inside = fs::read_dir(workspace.path().join(".git")).unwrap().flatten();
    let strays: Vec<_> = inside.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().starts_with("bait")).collect();
    assert_eq!(strays, Vec::<OsString>::new());
}

/// S2: git itself does not look whether a new work tree's path leads through a link.
#[test]
fn a_link_to_the_git_folder_is_no_way_for_new_work_trees() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    for (link, path) in [(".git", "d/made"), (".git/objects", "d/made"), ("/proc/self/cwd/.git", "d/made")] {
        let run = sandboxed(&workspace, &format!("ln -sfn {link} d; git worktree add -q --detach {path}"));
        assert_ne!(run.code, Some(0), "{link}: {}", run.stderr);
        assert!(!workspace.path().join(".git/made").exists() && !workspace.path().join(".git/objects/made").exists(), "{link}");
    }
    assert_eq!(git(&workspace, "worktree list").lines().count(), 1);
}

/// The pipes and the encoding of a request, by hand: a command need not use the stand-in.
const BY_HAND: &str = r#"
field() { printf '%s:%s' "${#1}" "$1"; }
ask() { # CWD ENV SETTINGS WORDS...: ENV and SETTINGS are encoded already
    name=$(printf '%032d' $((number = ${number:-0} + 1))); q=/dev/codex-git/queue/$name; mkdir $q
    { printf 'codex git request 1\n'; field "$1"; env=$2; settings=$3; shift 3
      printf '%s:' $#; for word in "$@"; do field "$word"; done; printf '%s%s' "$env" "$settings"; } > $q/request
    mkfifo $q/in $q/out $q/err $q/end; exec 3<>$q/out 4<>$q/err 5<>$q/end
    echo $name > /dev/codex-git/calls
    read -r answer <&5; echo "$answer"; rm -r $q
}
"#;

/// T1, S2: what a request says is judged again by the broker.
#[test]
fn requests_made_by_hand_get_no_more_than_others() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let marker = workspace.path().join("marker");
    let program = workspace.file("p", format!("#!/bin/sh\necho $0 >> {}\ncat\n", marker.display()));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    workspace.file("hooks/pre-commit", fs::read(&program).unwrap());
    fs::set_permissions(workspace.path().join("hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    workspace.file("a.x", "text\n");
    workspace.file(".gitattributes", "*.y filter=y\n");
    workspace.run_git(&["init", "-q", "evil"]);
    workspace.run_git(&["-C", "evil", "config", "core.fsmonitor", program.to_str().unwrap()]);
    let before = closed_parts(&workspace.path().join(".git"));
    let ask = |line: &str| {
        let run = sandboxed(&workspace, &format!("{BY_HAND}\np={}; {line}", program.display()));
        assert!(!marker.exists(), "{line}");
        assert_eq!(closed_parts(&workspace.path().join(".git")), before, "{line}");
        run.stdout.trim().to_owned()
    };
    let hostile_env = "6:$(field GIT_DIR)$(field $PWD/evil/.git)$(field GIT_EDITOR)$(field $p)$(field PATH)$(field $PWD)$(field GIT_EXEC_PATH)$(field $PWD)\
        $(field GIT_CONFIG_GLOBAL)$(field $PWD/evil/.git/config)$(field GIT_TRACE)$(field $PWD/.git/hooks/trace)";
    let hostile_settings = "7:$(field user.name)$(field Eve)$(field user.email)$(field e@f)$(field core.fsmonitor)$(field $p)$(field core.hookspath)$(field hooks)$(field filter.x.clean)$(field $p)\
        $(field filter.y.process)$(field $p)$(field core.worktree)$(field /)";
    // Works, and is a commit of this repository, without anything of the above.
    assert_eq!(ask(&format!("ask $PWD \"{hostile_env}\" \"{hostile_settings}\" add a.x")), "s0");
    assert_eq!(ask(&format!("ask $PWD \"{hostile_env}\" \"{hostile_settings}\" commit -qm hand")), "s0");
    assert_eq!(git(&workspace, "log -1 --format=%s"), "hand");
    for (folder, words) in [
        ("/", "add ."),
        ("/etc", "init"),
        ("$PWD/.git", "add ."),
        ("$PWD/evil", "add ."),
        ("$PWD/../../../../etc", "init"),
        ("$PWD", "commit --template=a.x"),
        ("$PWD", "rebase --exec=$p HEAD"),
        ("$PWD", "config core.hooksPath hooks"),
        ("$PWD", "-c core.hooksPath=hooks add ."),
        ("$PWD", "--git-dir=evil/.git add ."),
        ("$PWD", "worktree add .git/hooks"),
        ("$PWD", "init --template=hooks"),
        ("$PWD/nowhere", "add ."),
    ] {
        assert_eq!(ask(&format!("ask {folder} 0: 0: {words}")), "s128", "{folder}: {words}");
    }
    assert_eq!(git(&workspace, "log --format=%s").lines().count(), 2);
}

/// A repository inside the work tree has settings of its own, which its owner, the command, can write.
#[test]
fn settings_of_repositories_inside_run_nothing_either() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let marker = workspace.path().join("marker");
    let program = workspace.file("p", format!("#!/bin/sh\necho $0 >> {}\ncat\n", marker.display()));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    workspace.run_git(&["init", "-q", "inner"]);
    workspace.file("inner/.gitattributes", "* filter=x\n");
    workspace.file("inner/file", "1\n");
    for words in [&["add", "."][..], &["commit", "-qm", "inner"]] {
        workspace.run_git(&[&["-C", "inner"], words].concat());
    }
    for key in ["core.fsmonitor", "filter.x.clean", "filter.x.process", "core.sshCommand"] {
        workspace.run_git(&["-C", "inner", "config", key, program.to_str().unwrap()]);
    }
    workspace.file(".gitmodules", "[submodule \"inner\"]\n\tpath = inner\n\turl = ./inner\n\tignore = none\n");
    expect(
        &workspace,
        "git add .gitmodules inner; git commit -qm linked; echo 2 > inner/file; echo 2 > one; git commit -qam again -v
        echo 3 > inner/file; echo 3 > one; git stash -q || true; git checkout -q . ; git reset -q --hard; git rm -q --cached inner; git add inner || true",
    );
    assert!(!marker.exists(), "{}", fs::read_to_string(&marker).unwrap_or_default());
}

#[test]
fn hooks_behind_a_link_are_closed_too() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let _ = fs::remove_dir_all(workspace.path().join(".git/hooks"));
    std::os::unix::fs::symlink("../githooks", workspace.path().join(".git/hooks")).unwrap();
    workspace.file("githooks/pre-commit", "#!/bin/sh\ntouch hooked\n");
    fs::set_permissions(workspace.path().join("githooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    expect(&workspace, "git add one; git commit -q --allow-empty -m x");
    assert!(!workspace.path().join("hooked").exists());
    assert_eq!(fs::read_link(workspace.path().join(".git/hooks")).unwrap(), Path::new("../githooks"));
}

/// S7, S8: the broker's processes are out of reach, though the command sees them.
#[test]
fn the_command_cannot_reach_into_the_brokers_view() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let before = closed_parts(&workspace.path().join(".git"));
    let run = expect(
        &workspace,
        "mkfifo /tmp/codex-message.$$; git commit -q --allow-empty -F - < /tmp/codex-message.$$ &
        exec 3> /tmp/codex-message.$$
        seen=; while test -z \"$seen\"; do for p in /proc/[0-9]*; do
            if tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^/usr.*git commit -q --allow-empty -F'; then seen=$p; fi
        done; done
        for p in /proc/[0-9]*; do
            if test $p != /proc/self && echo x 2>/dev/null > $p/root$PWD/.git/hooks/evil; then echo reached $p; fi
            if test -e $p/root/dev/codex-git/view/config; then echo saw $p; fi
        done 2>/dev/null
        cat $seen/environ >/dev/null 2>&1 && echo read $seen; kill -9 ${seen#/proc/} 2>/dev/null && echo killed
        echo message >&3; exec 3>&-; wait; rm /tmp/codex-message.$$",
    );
    assert_eq!(run.stdout, "");
    assert_eq!(git(&workspace, "log -1 --format=%s"), "message");
    assert_eq!(closed_parts(&workspace.path().join(".git")), before);
}

#[test]
fn without_a_broker_git_folders_stay_closed() {
    let workspace = repository();
    let off = Confinement { git_broker: false, ..limits(workspace.path()) };
    let run = confined(&off, "git log --format=%s && git commit -q --allow-empty -m x");
    assert_ne!(run.code, Some(0));
    assert_eq!(run.stdout, "first\n");
    assert_eq!(git(&workspace, "log --format=%s"), "first");
}

/// S6
#[test]
fn without_namespaces_one_line_says_why_git_cannot_write() {
    let workspace = repository();
    let alone = Confinement { backend: Backend::Landlock, ..limits(workspace.path()) };
    let run = confined(&alone, "git log --format=%s && git commit -q --allow-empty -m x");
    assert_ne!(run.code, Some(0));
    assert_eq!(run.stdout, "first\n");
    let lines: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("sandbox: ")).collect();
    assert_eq!(lines.len(), 1, "{}", run.stderr);
    assert!(lines[0].contains("broker") && lines[0].contains("outside of the sandbox"), "{}", lines[0]);
    assert_eq!(confined(&alone, "git log --format=%s").stderr, "");
    assert_eq!(git(&workspace, "log --format=%s"), "first");
}
