//! The git commands that only look, in a repository the user trusts.
//!
//! No git command is harmless by itself: what it runs is written in the repository's configuration. So the folder must be
//! trusted and hold no other repository, options come from a list, and shortened names are not understood on purpose.
//! Whoever runs the command still switches off what the configuration could run.

use std::path::Path;

use crate::word::Word;

use super::files::Places;
use super::options::{self, Options, PLAIN};

pub(super) fn is_safe(args: &[Word], places: &mut Places<'_>) -> bool {
    // An option before the subcommand chooses another repository, configuration or pager.
    let Some((subcommand, args)) = args.split_first() else { return false };
    let is_allowed = match subcommand.text.as_str() {
        "status" => options::read(args, &STATUS).is_some(),
        "log" | "show" => history(args),
        "diff" => history(args) && stays_inside(args),
        "branch" => branch(args),
        _ => return false,
    };
    is_allowed && !subcommand.expands && in_trusted_repository(places)
}

/// Whether every folder the script may be in belongs to the trusted folder and to no repository inside it.
fn in_trusted_repository(places: &Places<'_>) -> bool {
    let surroundings = places.surroundings();
    let Some(folders) = places.folders().filter(|_| surroundings.trusted) else { return false };
    let exists = |path: &Path| surroundings.lookup.facts(path).is_some();
    folders.iter().all(|folder| {
        let real = surroundings.lookup.facts(folder).map_or_else(|| folder.clone(), |facts| facts.real_path);
        let trusted = surroundings.lookup.facts(surroundings.cwd).map_or_else(|| surroundings.cwd.to_owned(), |facts| facts.real_path);
        real.starts_with(&trusted)
            && real.ancestors().take_while(|folder| *folder != trusted).all(|folder| {
                // A folder with `HEAD` may be a repository without a work tree, whose configuration git would read.
                !exists(&folder.join(".git")) && !exists(&folder.join("HEAD"))
            })
    })
}

/// Options of git itself are never shortened here, and words that the shell may turn into options are refused.
const GIT: Options = Options { shortens: false, tame: false, ..PLAIN };

const STATUS: Options = Options {
    flags: "sbvz",
    valued: "",
    long: &[
        "short",
        "branch",
        "show-stash",
        "long",
        "verbose",
        "null",
        "ahead-behind",
        "no-ahead-behind",
        "renames",
        "no-renames",
        "no-column",
        "no-short",
        "no-branch",
    ],
    long_valued: &["porcelain?", "untracked-files?", "ignore-submodules?", "ignored?", "column?", "find-renames?"],
    ..GIT
};

fn branch(args: &[Word]) -> bool {
    const BRANCH: Options = Options {
        flags: "arvl",
        long: &["all", "remotes", "verbose", "list", "show-current", "no-color", "ignore-case", "no-abbrev", "omit-empty"],
        // Sorting by signature would have each one checked by another program.
        long_valued: &["format", "color?", "abbrev?"],
        ..GIT
    };
    options::read(args, &BRANCH).is_some_and(|read| {
        // A name without `--list` is the name of a new branch.
        (read.operands.is_empty() || read.has(&["l", "list"])) && read.options.iter().all(|(name, value)| is_silent(name, value.as_ref()))
    })
}

const HISTORY: Options = Options {
    flags: "0abBcCDEFghiMmpPqRrsStuwWXz",
    valued: "nSGL",
    long: &[
        "abbrev-commit",
        "all",
        "all-match",
        "ancestry-path",
        "author-date-order",
        "basic-regexp",
        "bisect",
        "boundary",
        "branches",
        "cached",
        "cc",
        "check",
        "cherry",
        "cherry-mark",
        "cherry-pick",
        "children",
        "clear-decorations",
        "combined-all-paths",
        "compact-summary",
        "cumulative",
        "date-order",
        "default-prefix",
        "dense",
        "do-walk",
        "exclude-first-parent-only",
        "exit-code",
        "extended-regexp",
        "find-copies-harder",
        "first-parent",
        "fixed-strings",
        "follow",
        "full-diff",
        "full-history",
        "full-index",
        "function-context",
        "graph",
        "histogram",
        "ignore-all-space",
        "ignore-blank-lines",
        "ignore-cr-at-eol",
        "ignore-missing",
        "ignore-space-at-eol",
        "ignore-space-change",
        "indent-heuristic",
        "invert-grep",
        "irreversible-delete",
        "ita-invisible-in-index",
        "ita-visible-in-index",
        "left-only",
        "left-right",
        "log-size",
        "mailmap",
        "merge",
        "merge-base",
        "merges",
        "minimal",
        "name-only",
        "name-status",
        "no-abbrev",
        "no-abbrev-commit",
        "no-color",
        "no-color-moved",
        "no-color-moved-ws",
        "no-commit-id",
        "no-decorate",
        "no-diff-merges",
        "no-expand-tabs",
        "no-ext-diff",
        "no-indent-heuristic",
        "no-mailmap",
        "no-max-parents",
        "no-merges",
        "no-min-parents",
        "no-notes",
        "no-patch",
        "no-prefix",
        "no-relative",
        "no-rename-empty",
        "no-renames",
        "no-show-signature",
        "no-textconv",
        "no-use-mailmap",
        "no-walk",
        "numstat",
        "oneline",
        "ours",
        "parents",
        "patch",
        "patch-with-raw",
        "patch-with-stat",
        "patience",
        "perl-regexp",
        "pickaxe-all",
        "pickaxe-regex",
        "quiet",
        "raw",
        "reflog",
        "regexp-ignore-case",
        "relative-date",
        "remotes",
        "remove-empty",
        "rename-empty",
        "reverse",
        "right-only",
        "root",
        "shortstat",
        "show-pulls",
        "simplify-by-decoration",
        "simplify-merges",
        "single-worktree",
        "source",
        "sparse",
        "staged",
        "summary",
        "tags",
        "text",
        "theirs",
        "topo-order",
        "unified",
        "use-mailmap",
        "walk-reflogs",
    ],
    long_valued: &[
        "abbrev?",
        "after",
        "anchored",
        "author",
        "before",
        "break-rewrites?",
        "color?",
        "color-moved?",
        "color-moved-ws",
        "color-words?",
        "committer",
        "date",
        "decorate?",
        "decorate-refs",
        "decorate-refs-exclude",
        "diff-algorithm",
        "diff-filter",
        "diff-merges",
        "dirstat?",
        "dst-prefix",
        "encoding",
        "exclude",
        "expand-tabs?",
        "find-copies?",
        "find-object",
        "find-renames?",
        "format",
        "glob",
        "grep",
        "grep-reflog",
        "ignore-matching-lines",
        "ignore-submodules?",
        "inter-hunk-context",
        "line-prefix",
        "max-count",
        "max-parents",
        "min-parents",
        "notes?",
        "output-indicator-context",
        "output-indicator-new",
        "output-indicator-old",
        "pretty?",
        "relative?",
        "rotate-to",
        "since",
        "skip",
        "skip-to",
        "src-prefix",
        "stat?",
        "stat-count",
        "stat-graph-width",
        "stat-name-width",
        "stat-width",
        "submodule?",
        "unified",
        "until",
        "word-diff?",
        "word-diff-regex",
        "ws-error-highlight",
    ],
    count: true,
    ..GIT
};

/// `log`, `show` and `diff` share their options.
fn history(args: &[Word]) -> bool {
    // `-U3`, `-M90%` and the like carry a number with their letter.
    let plain: Vec<Word> = args.iter().map(without_number).collect();
    options::read(&plain, &HISTORY).is_some_and(|read| read.options.iter().all(|(name, value)| is_silent(name, value.as_ref())))
}

/// Takes the number off a letter that may carry one.
fn without_number(word: &Word) -> Word {
    let carries = |letter: &str| {
        word.text
            .strip_prefix(letter)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'%'))
    };
    if !word.expands && ["-U", "-M", "-C", "-B", "-l"].iter().any(|letter| carries(letter)) { Word::literal("-M") } else { word.clone() }
}

/// Whether an option makes git run nothing; `%G` in a format has the signature checked by another program.
fn is_silent(name: &str, value: Option<&options::Value<'_>>) -> bool {
    !(matches!(name, "format" | "pretty") && value.is_some_and(|value| value.text.contains("%G") || value.text.contains("%(signature")))
}

/// `git diff` with a path outside the repository compares any two files.
fn stays_inside(args: &[Word]) -> bool {
    args.iter().all(|word| {
        let leads_out = word.text.starts_with('/') || word.tilde || word.text.split('/').any(|part| part == "..");
        !leads_out || word.text.starts_with("--")
    })
}
