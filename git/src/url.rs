//! Takes credentials out of a remote's URL before anything records or shows it.

/// Removes user, password, query and fragment from a web URL, and the password from any other URL.
///
/// `git@host:path` and plain paths carry no secret and stay as they are.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let is_web = ["http", "https", "ftp", "ftps"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    // The last `@` ends the user part: a password may hold one of its own.
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let user = user.filter(|_| !is_web).map(|user| user.split(':').next().unwrap_or_default()).filter(|user| !user.is_empty());
    let path = if is_web { path.split(['?', '#']).next().unwrap_or_default() } else { path };
    match user {
        Some(user) => format!("{scheme}://{user}@{host}{path}"),
        None => format!("{scheme}://{host}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn secrets_leave_and_the_rest_stays() {
        const CASES: &[(&str, &str)] = &[
            ("https://u:tok@github.com/a/b.git", "https://github.com/a/b.git"),
            ("https://tok@github.com/a/b.git", "https://github.com/a/b.git"),
            ("https://u:p@ss@h/a", "https://h/a"),
            ("HTTPS://u:p@h", "HTTPS://h"),
            ("https://h:8443/a?access_token=x#y", "https://h:8443/a"),
            ("https://h?key=x@y", "https://h"),
            ("https://h/a@b", "https://h/a@b"),
            ("ssh://git:pw@h:22/x", "ssh://git@h:22/x"),
            ("ssh://git@h/x", "ssh://git@h/x"),
            ("ssh://:pw@h/x", "ssh://h/x"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("/srv/git/a.git", "/srv/git/a.git"),
            ("file:///srv/a.git", "file:///srv/a.git"),
            ("", ""),
        ];
        for (url, expected) in CASES {
            assert_eq!(without_credentials(url), *expected, "{url}");
        }
    }
}
