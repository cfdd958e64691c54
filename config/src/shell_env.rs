//! The environment a command of the model gets.
//!
//! Pure: from a policy and the parent's variables to the command's. Steps, in this order: what is inherited,
//! secrets out, `exclude` out, `set` in, `include_only`. Variables that name the thread or the sandbox are added
//! later by whoever starts the command.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::config::{EnvironmentInherit, ShellEnvironmentPolicy};

/// What `inherit = "core"` keeps.
const CORE: [&str; 9] = ["HOME", "LOGNAME", "PATH", "SHELL", "USER", "USERNAME", "TMPDIR", "TEMP", "TMP"];
/// What is a secret by its name.
const SECRETS: [&str; 3] = ["*KEY*", "*SECRET*", "*TOKEN*"];

/// The variables of a command.
///
/// `provider_key_names` are the variables this program authenticates with
/// ([`Config::credential_variables`](crate::Config::credential_variables)). They stay out even when
/// `ignore_default_excludes` is set; who wants a command to have one names it in `set`, or in full in `include_only`
/// beside that.
pub fn command_environment(
    policy: &ShellEnvironmentPolicy,
    parent: &BTreeMap<OsString, OsString>,
    provider_key_names: &[String],
) -> BTreeMap<OsString, OsString> {
    let mut variables = inherited(policy.inherit, parent);
    variables.retain(|name, _| !provider_key_names.iter().any(|key| name == key.as_str()) || is_named(policy, name));
    if !policy.ignore_default_excludes {
        variables.retain(|name, _| !SECRETS.iter().any(|glob| matches(glob, name)));
    }
    variables.retain(|name, _| !policy.exclude.iter().any(|glob| matches(glob, name)));
    variables.extend(policy.set.iter().map(|(name, value)| (name.into(), value.into())));
    if !policy.include_only.is_empty() {
        variables.retain(|name, _| policy.include_only.iter().any(|glob| matches(glob, name)));
    }
    variables
}

/// Whether `include_only` names a variable in full, rather than by a glob that happens to fit.
fn is_named(policy: &ShellEnvironmentPolicy, name: &OsStr) -> bool {
    policy.include_only.iter().any(|named| !named.contains(['*', '?']) && matches(named, name))
}

fn inherited(inherit: EnvironmentInherit, parent: &BTreeMap<OsString, OsString>) -> BTreeMap<OsString, OsString> {
    match inherit {
        EnvironmentInherit::All => parent.clone(),
        EnvironmentInherit::Core => {
            let core = |(name, _): &(&OsString, &OsString)| CORE.iter().any(|core| name.as_os_str() == *core);
            parent.iter().filter(core).map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        EnvironmentInherit::None => BTreeMap::new(),
    }
}

/// Whether a name matches a glob of `*` and `?`, whatever the case.
fn matches(glob: &str, name: &OsStr) -> bool {
    let fold = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    glob_matches(&fold(glob), &fold(&name.to_string_lossy()))
}

/// Linear in practice: on a mismatch only the last `*` is tried again, one character further.
fn glob_matches(glob: &[char], text: &[char]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, t));
                g += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                g += 1;
                t += 1;
            }
            _ => {
                let Some((star_at, from)) = star else {
                    return false;
                };
                star = Some((star_at, from + 1));
                g = star_at + 1;
                t = from + 1;
            }
        }
    }
    glob[g..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const PARENT: [&str; 9] = ["FOO", "HOME", "LANG", "MY_SECRET", "MY_TOKEN", "OPENAI_API_KEY", "PATH", "VENDOR_PASS", "api_key_x"];

    fn names(policy: &ShellEnvironmentPolicy) -> Vec<String> {
        let parent = PARENT.iter().map(|name| (OsString::from(name), OsString::from("v"))).collect();
        let names = command_environment(policy, &parent, &["VENDOR_PASS".to_owned()]).into_keys();
        names.map(|name| name.into_string().unwrap()).collect()
    }

    fn policy(change: impl FnOnce(&mut ShellEnvironmentPolicy)) -> ShellEnvironmentPolicy {
        let mut policy = ShellEnvironmentPolicy::default();
        change(&mut policy);
        policy
    }

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn each_policy_keeps_what_it_should() {
        let set = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let cases: Vec<(&str, ShellEnvironmentPolicy, &[&str])> = vec![
            ("default", policy(|_| ()), &["FOO", "HOME", "LANG", "PATH"]),
            (
                "secrets wanted, but never those of this program",
                policy(|p| p.ignore_default_excludes = true),
                &["FOO", "HOME", "LANG", "MY_SECRET", "MY_TOKEN", "OPENAI_API_KEY", "PATH", "api_key_x"],
            ),
            (
                "a glob does not name a key of this program",
                policy(|p| {
                    p.ignore_default_excludes = true;
                    p.include_only = strings(&["*"]);
                }),
                &["FOO", "HOME", "LANG", "MY_SECRET", "MY_TOKEN", "OPENAI_API_KEY", "PATH", "api_key_x"],
            ),
            (
                "its whole name does",
                policy(|p| {
                    p.ignore_default_excludes = true;
                    p.include_only = strings(&["PATH", "VENDOR_PASS"]);
                }),
                &["PATH", "VENDOR_PASS"],
            ),
            ("core", policy(|p| p.inherit = EnvironmentInherit::Core), &["HOME", "PATH"]),
            ("none", policy(|p| p.inherit = EnvironmentInherit::None), &[]),
            ("exclude, any case", policy(|p| p.exclude = strings(&["foo*", "l?ng"])), &["HOME", "PATH"]),
            (
                "set survives excludes",
                policy(|p| {
                    p.exclude = strings(&["FOO"]);
                    p.set = set(&[("FOO", "1"), ("X_SECRET", "2")]);
                }),
                &["FOO", "HOME", "LANG", "PATH", "X_SECRET"],
            ),
            (
                "include_only comes last",
                policy(|p| {
                    p.include_only = strings(&["path", "FOO"]);
                    p.set = set(&[("Z", "1")]);
                }),
                &["FOO", "PATH"],
            ),
        ];
        for (name, policy, expected) in cases {
            assert_eq!(names(&policy), expected, "{name}");
        }
    }

    #[test]
    fn set_replaces_an_inherited_value() {
        let parent = BTreeMap::from([("A".into(), "old".into())]);
        let policy = policy(|p| p.set = BTreeMap::from([("A".to_owned(), "new".to_owned())]));
        assert_eq!(command_environment(&policy, &parent, &[]), BTreeMap::from([("A".into(), "new".into())]));
    }

    #[test]
    fn globs_match_whole_names() {
        let cases = [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*", "ABC", true),
            ("*b*c", "abbc", true),
            ("*b*c", "abcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*KEY*", "monkey", true),
            ("é*", "Éa", true),
        ];
        for (glob, name, expected) in cases {
            assert_eq!(matches(glob, OsStr::new(name)), expected, "{glob} / {name}");
        }
    }
}
