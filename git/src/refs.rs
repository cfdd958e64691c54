//! From `HEAD` to a commit: loose refs, packed refs, symbolic refs.
//!
//! Names come from files of the repository, so each is checked before it becomes a path: a ref
//! never leads out of the git directory.

use std::io::{BufRead, BufReader, Read};

use crate::bounded;
use crate::repository::GitDir;

/// What is checked out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The commit; `None` before the first one.
    pub(crate) commit: Option<String>,
    /// The branch, without `refs/heads/`; `None` when detached.
    pub(crate) branch: Option<String>,
}

/// Reads `HEAD`.
pub(crate) fn head(git_dir: &GitDir) -> Option<Head> {
    let text = bounded::read_trimmed(&git_dir.own.join("HEAD"))?;
    let Some(name) = symbolic(&text) else {
        return Some(Head { commit: commit_id(&text), branch: None });
    };
    let commit = resolve(git_dir, name);
    let branch = name.strip_prefix("refs/heads/").filter(|_| is_safe_name(name)).map(str::to_owned);
    Some(Head { commit, branch })
}

fn resolve(git_dir: &GitDir, name: &str) -> Option<String> {
    // As deep as git itself follows symbolic refs.
    const DEPTH: usize = 5;
    let mut name = name.to_owned();
    for _ in 0..DEPTH {
        if !is_safe_name(&name) {
            return None;
        }
        let loose = [&git_dir.own, &git_dir.common].into_iter().find_map(|dir| bounded::read_trimmed(&dir.join(&name)));
        let Some(text) = loose else { return packed(git_dir, &name) };
        match symbolic(&text) {
            Some(next) => name = next.to_owned(),
            None => return commit_id(&text),
        }
    }
    None
}

fn packed(git_dir: &GitDir, name: &str) -> Option<String> {
    // Room for some 400,000 refs.
    const LIMIT: u64 = 32 * 1024 * 1024;
    let file = bounded::open(&git_dir.common.join("packed-refs"))?;
    let mut lines = BufReader::new(file.take(LIMIT));
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let text = line.trim_ascii_end();
        if let Some(space) = text.iter().position(|byte| *byte == b' ')
            && &text[space + 1..] == name.as_bytes()
        {
            return commit_id(std::str::from_utf8(&text[..space]).ok()?);
        }
    }
}

fn symbolic(text: &str) -> Option<&str> {
    text.strip_prefix("ref:").map(str::trim)
}

fn commit_id(text: &str) -> Option<String> {
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| text.to_ascii_lowercase())
}

fn is_safe_name(name: &str) -> bool {
    name.starts_with("refs/")
        && !name.bytes().any(|byte| byte.is_ascii_control() || b" ~^:?*[\\".contains(&byte))
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

#[cfg(test)]
mod tests {
    use super::{commit_id, is_safe_name};

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["refs/heads/main", "refs/heads/feat/a-b.c", "refs/heads/日本", "refs/heads/a@b"] {
            assert!(is_safe_name(name), "{name}");
        }
        for name in
            ["", "HEAD", "/etc/passwd", "refs/../../x", "refs/heads/.invalid", "refs//x", "refs/heads/a b", "refs/heads/a\n", "refs/"]
        {
            assert!(!is_safe_name(name), "{name}");
        }
    }

    #[test]
    fn only_whole_ids_are_commits() {
        let sha1 = "4B0a452952a81e801166db215eda137338955786";
        assert_eq!(commit_id(sha1).as_deref(), Some("4b0a452952a81e801166db215eda137338955786"));
        assert_eq!(commit_id(&sha1[1..]), None);
        assert_eq!(commit_id(&"g".repeat(40)), None);
        assert!(commit_id(&"a".repeat(64)).is_some());
    }
}
