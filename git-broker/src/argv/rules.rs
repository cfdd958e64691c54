//! What the tables cannot say: which forms of a subcommand only read, and which values are taken.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::parse::Parsed;

/// Subcommands that never write to a git folder, or only if they may.
const READING: &[&str] = &[
    "annotate",
    "archive",
    "blame",
    "bugreport",
    "cat-file",
    "check-attr",
    "check-ignore",
    "check-mailmap",
    "check-ref-format",
    "cherry",
    "clean",
    "column",
    "count-objects",
    "credential",
    "describe",
    "diagnose",
    "diff",
    "diff-files",
    "diff-index",
    "diff-tree",
    "difftool",
    "fast-export",
    "fmt-merge-msg",
    "for-each-ref",
    "for-each-repo",
    "format-patch",
    "fsck",
    "get-tar-commit-id",
    "grep",
    "help",
    "hook",
    "interpret-trailers",
    "log",
    "ls-files",
    "ls-remote",
    "ls-tree",
    "mailinfo",
    "mailsplit",
    "merge-base",
    "merge-file",
    "merge-tree",
    "name-rev",
    "patch-id",
    "range-diff",
    "rev-list",
    "rev-parse",
    "send-email",
    "shortlog",
    "show",
    "show-branch",
    "show-index",
    "show-ref",
    "status",
    "stripspace",
    "upload-pack",
    "upload-archive",
    "var",
    "verify-commit",
    "verify-pack",
    "verify-tag",
    "version",
    "whatchanged",
    "clone",
    "daemon",
    "gui",
    "gitk",
    "web--browse",
    "request-pull",
    "mktree",
    "mktag",
];

/// Subcommands that write and are not brokered, so that a failure can be told before it happens.
const WRITING: &[&str] = &[
    "bisect",
    "checkout-index",
    "commit-graph",
    "commit-tree",
    "config",
    "fast-import",
    "fetch",
    "filter-branch",
    "gc",
    "hash-object",
    "index-pack",
    "lfs",
    "maintenance",
    "merge-index",
    "mergetool",
    "multi-pack-index",
    "notes",
    "p4",
    "pack-objects",
    "pack-refs",
    "prune",
    "prune-packed",
    "pull",
    "push",
    "quiltimport",
    "read-tree",
    "receive-pack",
    "reflog",
    "refs",
    "remote",
    "repack",
    "replace",
    "rerere",
    "scalar",
    "send-pack",
    "sparse-checkout",
    "submodule",
    "subtree",
    "svn",
    "symbolic-ref",
    "unpack-objects",
    "update-ref",
    "update-server-info",
    "write-tree",
];

/// What is known of a subcommand that has no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untabled {
    Reading,
    Writing,
    /// An alias, or a program called `git-NAME`.
    Unknown,
}

pub(super) fn untabled(subcommand: &str) -> Untabled {
    if READING.contains(&subcommand) {
        Untabled::Reading
    } else if WRITING.contains(&subcommand) {
        Untabled::Writing
    } else {
        Untabled::Unknown
    }
}

/// Whether the words, read before any table, are of a form that only shows things.
pub(super) fn only_shows(subcommand: &str, words: &[&OsStr]) -> bool {
    let first = words.first().map_or(&b""[..], |word| word.as_bytes());
    if words.iter().any(|word| *word == "-h" || *word == "--help") {
        return true;
    }
    match subcommand {
        "branch" => shows_branches(words),
        "tag" => shows_tags(words),
        "stash" => [&b"list"[..], b"show"].contains(&first),
        "worktree" => first == b"list" || words.is_empty(),
        // Without the index a patch changes files alone, and those are the command's own to change.
        "apply" => !words.iter().any(|word| is_any(word, &["--index", "--cached", "-3", "--3way", "-N", "--intent-to-add"])),
        "config" => {
            const SHOWING: [&str; 9] =
                ["--get", "--get-all", "--get-regexp", "--get-urlmatch", "-l", "--list", "get", "list", "--get-color"];
            words.iter().any(|word| is_any(word, &SHOWING)) || (words.len() == 1 && !first.starts_with(b"-"))
        }
        "remote" => words.is_empty() || [&b"-v"[..], b"--verbose", b"show", b"get-url"].contains(&first),
        "reflog" => ![&b"expire"[..], b"delete"].contains(&first),
        "notes" => words.is_empty() || [&b"list"[..], b"show"].contains(&first),
        "submodule" => words.is_empty() || [&b"status"[..], b"summary"].contains(&first),
        "symbolic-ref" => {
            words.iter().filter(|word| !word.as_bytes().starts_with(b"-")).count() == 1 && !is_any(words[0], &["-d", "--delete"])
        }
        "hash-object" => !words.iter().any(|word| is_any(word, &["-w"])),
        "bisect" => [&b"log"[..], b"view", b"visualize"].contains(&first),
        "sparse-checkout" => first == b"list",
        _ => false,
    }
}

fn is_any(word: &OsStr, names: &[&str]) -> bool {
    names.iter().any(|name| word == OsStr::new(name))
}

/// Options of `git branch` that make it list.
const LISTING: &[&str] = &[
    "-l",
    "--list",
    "-a",
    "--all",
    "--show-current",
    "--contains",
    "--no-contains",
    "--merged",
    "--no-merged",
    "--points-at",
    "--format",
    "--sort",
    "-vv",
    "--column",
    "--color",
];

fn shows_branches(words: &[&OsStr]) -> bool {
    const CHANGING: &[&str] = &[
        "-d",
        "-D",
        "--delete",
        "-m",
        "-M",
        "--move",
        "-c",
        "-C",
        "--copy",
        "-u",
        "--set-upstream-to",
        "--unset-upstream",
        "-f",
        "--force",
    ];
    let name = |word: &&OsStr| word.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default().to_vec();
    let given = |list: &[&str]| words.iter().any(|word| list.iter().any(|option| option.as_bytes() == name(word)));
    if given(CHANGING) {
        return false;
    }
    given(LISTING) || words.iter().all(|word| word.as_bytes().starts_with(b"-") && !is_any(word, &["--edit-description"]))
}

fn shows_tags(words: &[&OsStr]) -> bool {
    const LISTING: &[&[u8]] =
        &[b"-l", b"--list", b"--contains", b"--no-contains", b"--merged", b"--no-merged", b"--points-at", b"--sort", b"--format"];
    let listing = |word: &&OsStr| {
        let text = word.as_bytes();
        LISTING.contains(&text.split(|byte| *byte == b'=').next().unwrap_or_default())
            || (text.len() > 1 && text[0] == b'-' && text[1] == b'n' && text[2..].iter().all(u8::is_ascii_digit))
    };
    words.iter().any(listing) || words.is_empty() || is_any(words[0], &["-v", "--verify"])
}

/// What speaks against a line whose options are all known.
pub(super) fn objection(subcommand: &str, parsed: &Parsed) -> Option<String> {
    if let Some(path) = parsed.inside_git() {
        return Some(format!("`{path}` lies in a git folder"));
    }
    let plain = parsed.plain();
    let first = plain.first().map_or(&b""[..], |word| word.as_bytes());
    match subcommand {
        "merge" | "rebase" | "cherry-pick" | "revert" => strategy(parsed),
        "stash" => {
            let known: &[&[u8]] = &[b"", b"push", b"save", b"pop", b"apply", b"drop", b"clear", b"branch", b"create", b"store"];
            // Paths without `push` are taken by git only behind `--`.
            (!known.contains(&first) && !parsed.has_end()).then(|| "this form of `stash` is not known".to_owned())
        }
        "worktree" => {
            let known: &[&[u8]] = &[b"add", b"remove", b"move", b"prune", b"lock", b"unlock"];
            (!known.contains(&first)).then(|| "this form of `worktree` is not known".to_owned())
        }
        "init" | "init-db" => (plain.len() > 1).then(|| "`init` takes one folder".to_owned()),
        _ => None,
    }
}

/// Strategies by name are programs; the options of the built-in ones are a short list.
fn strategy(parsed: &Parsed) -> Option<String> {
    const STRATEGIES: &[&[u8]] = &[b"ort", b"recursive", b"ours", b"subtree"];
    let unknown = parsed.value(&["-s", "--strategy"]).filter(|name| !STRATEGIES.contains(&name.as_bytes()));
    unknown.map(|name| format!("the merge strategy `{}` is a program of its own", super::global::shown(name)))
}
