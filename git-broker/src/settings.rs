//! Which settings reach the git that the broker runs, and which it always gets.
//!
//! The repository's own file is shown to it as a copy with the few keys that say how the repository is stored. Everything else
//! comes as `GIT_CONFIG_KEY_n` from the request, where the client put what git reports as in force; anybody may write a request,
//! so a key is passed on only when no value of it can run, reach or redirect anything. [`FORCED`] comes last and wins.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::config_text::ConfigText;

/// A setting, `section.sub.key` and value.
pub(crate) type Setting = (Vec<u8>, Vec<u8>);

/// Keys without a subsection, in lower case as git reports them.
const PLAIN: &[&[u8]] = &[
    b"apply.ignorewhitespace",
    b"apply.whitespace",
    b"author.email",
    b"author.name",
    b"checkout.defaultremote",
    b"checkout.guess",
    b"commit.cleanup",
    b"commit.status",
    b"commit.verbose",
    b"committer.email",
    b"committer.name",
    b"core.abbrev",
    b"core.attributesfile",
    b"core.autocrlf",
    b"core.bigfilethreshold",
    b"core.checkroundtripencoding",
    b"core.checkstat",
    b"core.commentchar",
    b"core.commentstring",
    b"core.compression",
    b"core.eol",
    b"core.excludesfile",
    b"core.filemode",
    b"core.fsync",
    b"core.fsyncmethod",
    b"core.ignorecase",
    b"core.ignorestat",
    b"core.logallrefupdates",
    b"core.loosecompression",
    b"core.notesref",
    b"core.precomposeunicode",
    b"core.quotepath",
    b"core.safecrlf",
    b"core.sparsecheckout",
    b"core.sparsecheckoutcone",
    b"core.splitindex",
    b"core.symlinks",
    b"core.trustctime",
    b"core.untrackedcache",
    b"core.warnambiguousrefs",
    b"core.whitespace",
    b"diff.algorithm",
    b"diff.context",
    b"diff.indentheuristic",
    b"diff.mnemonicprefix",
    b"diff.noprefix",
    b"diff.renamelimit",
    b"diff.renames",
    b"i18n.commitencoding",
    b"i18n.logoutputencoding",
    b"index.sparse",
    b"index.version",
    b"init.defaultbranch",
    b"init.defaultobjectformat",
    b"merge.autostash",
    b"merge.branchdesc",
    b"merge.conflictstyle",
    b"merge.defaulttoupstream",
    b"merge.directoryrenames",
    b"merge.ff",
    b"merge.log",
    b"merge.renamelimit",
    b"merge.renames",
    b"merge.renormalize",
    b"merge.stat",
    b"merge.suppressdest",
    b"merge.verbosity",
    b"rebase.abbreviatecommands",
    b"rebase.autosquash",
    b"rebase.autostash",
    b"rebase.backend",
    b"rebase.forkpoint",
    b"rebase.missingcommitscheck",
    b"rebase.rebasemerges",
    b"rebase.stat",
    b"rebase.updaterefs",
    b"sparse.expectfilesoutsideofpatterns",
    b"stash.showincludeuntracked",
    b"status.short",
    b"status.showuntrackedfiles",
    b"tag.sort",
    b"user.email",
    b"user.name",
    b"user.useconfigonly",
    b"worktree.guessremote",
    b"trailer.separators",
    b"trailer.where",
    b"trailer.ifexists",
    b"trailer.ifmissing",
    b"rerere.autoupdate",
];

/// Sections all of whose keys only choose how things look.
const SECTIONS: &[&[u8]] = &[b"advice.", b"color.", b"column."];

/// `section.SUB.key`.
const WITH_SUBSECTION: &[(&[u8], &[&[u8]])] = &[
    (b"branch.", &[b".remote", b".merge", b".rebase", b".description"]),
    (b"remote.", &[b".fetch"]),
    // The URL itself is not passed on: no command of the broker's talks to a remote, and it may hold a password.
];

/// What the broker's git always gets.
pub(crate) const FORCED: &[(&str, &str)] = &[
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.editor", ":"),
    ("core.askPass", ""),
    ("core.sshCommand", "false"),
    ("core.alternateRefsCommand", "false"),
    ("sequence.editor", ":"),
    ("credential.helper", ""),
    ("diff.ignoreSubmodules", "dirty"),
    ("diff.submodule", "short"),
    ("protocol.allow", "never"),
    ("protocol.ext.allow", "never"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("tag.forceSignAnnotated", "false"),
    ("gc.auto", "0"),
    ("gc.autoDetach", "false"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("status.submoduleSummary", "false"),
    ("branch.autoSetupMerge", "false"),
    ("branch.autoSetupRebase", "never"),
    ("init.templateDir", ""),
    ("rerere.enabled", "false"),
    ("safe.directory", "*"),
];

/// Largest key or value that is passed on.
const LIMIT: usize = 16 * 1024;

/// More than this, and the upstreams of branches are left out.
const TOTAL_LIMIT: usize = 1024 * 1024;

/// What the names of variables add to each setting.
const OVERHEAD: usize = 64;

/// What is passed on of the settings in force.
///
/// A content filter or merge driver is not passed on, and doing without it would silently store other content: its name is kept, as one
/// that must run and cannot, so that git fails where it would be used.
pub(crate) fn passed_on(settings: &[Setting]) -> Vec<Setting> {
    let mut passed = Vec::new();
    for (key, value) in settings.iter().filter(|(key, value)| key.len() <= LIMIT && value.len() <= LIMIT && !key.contains(&b'\n')) {
        if is_harmless(key) && !value.contains(&0) {
            passed.push((key.clone(), value.clone()));
        } else if let Some(name) = between(key, b"filter.", &[b".clean", b".smudge", b".process"]) {
            passed.push((join(b"filter.", name, b".required"), b"true".to_vec()));
        } else if let Some(name) = between(key, b"merge.", &[b".driver"]) {
            passed.push((join(b"merge.", name, b".driver"), b"false".to_vec()));
        }
    }
    // Nearly all of an enormous list are branches, and all of it has to fit into git's environment.
    if passed.iter().map(|(key, value)| key.len() + value.len() + OVERHEAD).sum::<usize>() > TOTAL_LIMIT {
        passed.retain(|(key, _)| !key.starts_with(b"branch."));
    }
    passed
}

/// What a request needs to carry: what may be passed on, and what the broker wants to know of.
pub(crate) fn worth_sending(settings: Vec<Setting>) -> Vec<Setting> {
    let known = |key: &[u8]| is_harmless(key) || key.starts_with(b"filter.") || key.starts_with(b"merge.") || key.ends_with(b".gpgsign");
    settings.into_iter().filter(|(key, _)| known(key)).collect()
}

/// Whether commits or tags would be signed.
pub(crate) fn wants_signature(settings: &[Setting], key: &str) -> bool {
    let last = settings.iter().rev().find(|(name, _)| name == key.as_bytes());
    last.is_some_and(|(_, value)| !matches!(value.to_ascii_lowercase().as_slice(), b"false" | b"no" | b"off" | b"0"))
}

fn is_harmless(key: &[u8]) -> bool {
    PLAIN.contains(&key)
        || SECTIONS.iter().any(|section| key.starts_with(section))
        || WITH_SUBSECTION.iter().any(|(section, keys)| between(key, section, keys).is_some())
}

fn between<'a>(key: &'a [u8], start: &[u8], ends: &[&[u8]]) -> Option<&'a [u8]> {
    let rest = key.strip_prefix(start)?;
    ends.iter().find_map(|end| rest.strip_suffix(*end)).filter(|name| !name.is_empty())
}

fn join(start: &[u8], name: &[u8], end: &[u8]) -> Vec<u8> {
    [start, name, end].concat()
}

/// The variables that give git these settings, [`FORCED`] last.
pub(crate) fn to_env(settings: &[Setting]) -> Vec<(OsString, OsString)> {
    let forced = FORCED.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
    let all: Vec<Setting> = settings.iter().cloned().chain(forced).collect();
    let mut env = vec![("GIT_CONFIG_COUNT".into(), all.len().to_string().into())];
    for (at, (key, value)) in all.into_iter().enumerate() {
        env.push((format!("GIT_CONFIG_KEY_{at}").into(), OsString::from_vec(key)));
        env.push((format!("GIT_CONFIG_VALUE_{at}").into(), OsString::from_vec(value)));
    }
    env
}

/// The file that git is shown in place of the repository's: how the repository is stored, nothing else.
pub(crate) fn stored_format(config: &ConfigText) -> String {
    const CORE: [&str; 7] =
        ["repositoryformatversion", "filemode", "bare", "ignorecase", "symlinks", "precomposeunicode", "sharedrepository"];
    let word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let mut text = String::from("[core]\n");
    let mut extensions = String::new();
    for (section, sub, key, value) in config.entries().filter(|entry| entry.1.is_none() && entry.3.is_none_or(word)) {
        debug_assert!(sub.is_none());
        let line = value.map_or_else(|| format!("\t{key}\n"), |value| format!("\t{key} = {value}\n"));
        match section {
            "core" if CORE.contains(&key) => text.push_str(&line),
            // What is set for a work tree alone comes with the request.
            "extensions" if key != "worktreeconfig" => extensions.push_str(&line),
            _ => {}
        }
    }
    if !extensions.is_empty() {
        text.push_str("[extensions]\n");
        text.push_str(&extensions);
    }
    text
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn settings(list: &[(&str, &str)]) -> Vec<Setting> {
        list.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn what_can_run_or_redirect_is_left_out() {
        for key in [
            "core.fsmonitor",
            "core.hookspath",
            "core.editor",
            "core.pager",
            "core.sshcommand",
            "core.worktree",
            "core.sharedrepository",
            "core.protectntfs",
            "core.gitproxy",
            "core.askpass",
            "core.alternaterefscommand",
            "diff.external",
            "diff.x.command",
            "diff.x.textconv",
            "alias.ci",
            "gpg.program",
            "gpg.ssh.program",
            "credential.helper",
            "include.path",
            "includeif.gitdir:/.path",
            "remote.origin.uploadpack",
            "remote.origin.vcs",
            "remote.origin.url",
            "url.x.insteadof",
            "trailer.x.command",
            "trailer.x.cmd",
            "interactive.difffilter",
            "sequence.editor",
            "submodule.x.update",
            "commit.template",
            "commit.gpgsign",
            "user.signingkey",
            "mergetool.x.cmd",
            "merge.tool",
            "uploadpack.packobjectshook",
            "safe.directory",
            "init.templatedir",
            "extensions.worktreeconfig",
            "core.repositoryformatversion",
            "branch.x.pushremote",
            "branch.autosetupmerge",
            "http.proxy",
            "notes.rewriteref",
            "pager.log",
            "browser.x.cmd",
            "man.x.cmd",
            "sendemail.x",
            "branch..remote",
            "hook.x.command",
        ] {
            assert_eq!(passed_on(&settings(&[(key, "./p")])), settings(&[]), "{key}");
        }
    }

    #[test]
    fn so_many_branches_that_git_could_not_start_are_left_out() {
        let branches = (0..20_000).map(|number| (format!("branch.b{number}.merge").into_bytes(), b"refs/heads/main".to_vec()));
        let list: Vec<_> = settings(&[("user.name", "x")]).into_iter().chain(branches).collect();
        assert_eq!(passed_on(&list), settings(&[("user.name", "x")]));
        assert_eq!(passed_on(&list[..100]).len(), 100);
    }

    #[test]
    fn what_shapes_commits_is_passed_on() {
        let list = settings(&[
            ("user.name", "A \"quoted\" name"),
            ("core.autocrlf", "input"),
            ("core.excludesfile", "~/.ignore"),
            ("branch.a.b.merge", "refs/heads/x"),
            ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
            ("advice.detachedhead", "false"),
        ]);
        assert_eq!(passed_on(&list), list);
    }

    #[test]
    fn filters_and_drivers_become_ones_that_fail() {
        let list = settings(&[("filter.lfs.clean", "git-lfs clean -- %f"), ("filter.lfs.required", "false"), ("merge.x.driver", "./p %A")]);
        assert_eq!(passed_on(&list), settings(&[("filter.lfs.required", "true"), ("merge.x.driver", "false")]));
    }

    #[test]
    fn the_last_word_is_the_brokers() {
        let env = to_env(&settings(&[("user.name", "x")]));
        assert_eq!(env[0], ("GIT_CONFIG_COUNT".into(), (FORCED.len() + 1).to_string().into()));
        assert_eq!(env[1..3], [("GIT_CONFIG_KEY_0".into(), "user.name".into()), ("GIT_CONFIG_VALUE_0".into(), "x".into())]);
        assert_eq!(env[3].1, "core.fsmonitor");
    }

    #[test]
    fn a_repositorys_file_shrinks_to_how_it_is_stored() {
        let text = "[core]\n\trepositoryformatversion = 1\n\tfsmonitor = ./p\n\tbare = false\n[extensions]\n\tobjectFormat = sha256\n\tworktreeConfig\n\
            [include]\n\tpath = x\n[filter \"x\"]\n\tclean = p\n[core \"sub\"]\n\tbare = true\n[extensions]\n\tevil = \"a\\nb\"\n";
        let shown = stored_format(&ConfigText::parse(text).unwrap());
        assert_eq!(shown, "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectformat = sha256\n");
    }

    #[test]
    fn signatures_are_wanted_unless_switched_off_last() {
        assert!(!wants_signature(&[], "commit.gpgsign"));
        assert!(wants_signature(&settings(&[("commit.gpgsign", "true")]), "commit.gpgsign"));
        assert!(!wants_signature(&settings(&[("commit.gpgsign", "true"), ("commit.gpgsign", "false")]), "commit.gpgsign"));
    }
}
