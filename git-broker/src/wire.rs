//! What passes between a command's `git` and the broker, and where.
//!
//! A request is a folder of its own in the [`QUEUE`], with a random name: a file `request` and pipes `in`, `out`, `err` and
//! `end`. Writing the name and a line end to the pipe [`CALLS`] hands it in. On `end` the broker says `s` when it has opened the
//! pipes and, last, the exit code and a line end. Pipes with names, because sockets are closed to sandboxed commands and
//! inherited descriptors do not reach every program; the client copies to its own streams, so those never leave its process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use crate::settings::Setting;

/// The pipe that names of requests are written to, below the private folder.
pub(crate) const CALLS: &str = "calls";

/// The folder of requests, below the private folder.
pub(crate) const QUEUE: &str = "queue";

/// Length of a request's name: this many lower-case hex digits.
pub(crate) const NAME_LENGTH: usize = 32;

/// Largest request: a full command line of Linux and some more.
pub(crate) const LIMIT: u64 = 4 * 1024 * 1024;

/// What the broker is asked to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) cwd: PathBuf,
    /// The subcommand and its words.
    pub(crate) argv: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    /// The settings in force where the request comes from.
    pub(crate) settings: Vec<Setting>,
}

/// First line of a request.
const MAGIC: &[u8] = b"codex git request 1\n";

impl Request {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        put(&mut bytes, self.cwd.as_os_str().as_bytes());
        put_count(&mut bytes, self.argv.len());
        for word in &self.argv {
            put(&mut bytes, word.as_bytes());
        }
        put_count(&mut bytes, self.env.len());
        for (name, value) in &self.env {
            put(&mut bytes, name.as_bytes());
            put(&mut bytes, value.as_bytes());
        }
        put_count(&mut bytes, self.settings.len());
        for (key, value) in &self.settings {
            put(&mut bytes, key);
            put(&mut bytes, value);
        }
        bytes
    }

    /// `None` for anything that [`Request::encode`] does not write.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let rest = &mut rest;
        let cwd = PathBuf::from(os(take(rest)?)?);
        let argv = (0..take_count(rest)?).map(|_| os(take(rest)?)).collect::<Option<_>>()?;
        let env = (0..take_count(rest)?).map(|_| Some((os(take(rest)?)?, os(take(rest)?)?))).collect::<Option<_>>()?;
        let settings = (0..take_count(rest)?).map(|_| Some((clean(take(rest)?)?, clean(take(rest)?)?))).collect::<Option<_>>()?;
        rest.is_empty().then_some(Self { cwd, argv, env, settings })
    }
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend_from_slice(format!("{count}:").as_bytes());
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    put_count(bytes, field.len());
    bytes.extend_from_slice(field);
}

fn take_count(rest: &mut &[u8]) -> Option<usize> {
    const DIGITS: usize = 8;
    let end = rest.iter().take(DIGITS).position(|byte| *byte == b':')?;
    let count = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    *rest = &rest[end + 1..];
    // Every thing that is counted takes two bytes or more.
    (count <= rest.len()).then_some(count)
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_count(rest)?;
    let (field, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(field)
}

fn clean(field: &[u8]) -> Option<Vec<u8>> {
    (!field.contains(&0)).then(|| field.to_vec())
}

fn os(field: &[u8]) -> Option<OsString> {
    clean(field).map(OsString::from_vec)
}

/// The variables of a request that reach git, if their values are harmless too. No locale: its name can be a path to messages.
pub(crate) fn passes(name: &OsStr, value: &OsStr) -> bool {
    const NAMES: [&str; 12] = [
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_DATE",
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_REFLOG_ACTION",
        "EMAIL",
    ];
    if name == "TZ" {
        let bytes = value.as_bytes();
        let plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_+-,/.:<>".contains(byte));
        return plain && !bytes.starts_with(b"/") && !bytes.starts_with(b":") && !bytes.windows(2).any(|pair| pair == b"..");
    }
    NAMES.iter().any(|known| name == *known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_names_without_power_pass() {
        for (name, value, expected) in [
            ("GIT_AUTHOR_NAME", "x", true),
            ("TZ", "Europe/Paris", true),
            ("TZ", "<+03>-3", true),
            ("TZ", ":/tmp/x", false),
            ("TZ", "../../../tmp/x", false),
            ("GIT_DIR", "x", false),
            ("GIT_EXEC_PATH", "x", false),
            ("GIT_CONFIG_COUNT", "1", false),
            ("GIT_INDEX_FILE", "x", false),
            ("GIT_TRACE", "/x", false),
            ("GIT_EDITOR", "x", false),
            ("LANGUAGE", "../../tmp", false),
            ("LD_PRELOAD", "x", false),
            ("PATH", "x", false),
            ("HOME", "x", false),
        ] {
            assert_eq!(passes(name.as_ref(), value.as_ref()), expected, "{name}={value}");
        }
    }

    #[test]
    fn both_sides_meet_at_the_same_place() {
        use codex_linux_sandbox::broker;
        let below = |name: &str| format!("{}/{name}", broker::FOLDER);
        assert_eq!((below(CALLS).as_str(), below(QUEUE).as_str(), NAME_LENGTH), (broker::CALLS, broker::QUEUE, broker::NAME_LENGTH));
    }

    fn words() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(1_u8.., 0..12)
    }

    proptest! {
        #[test]
        fn requests_arrive_as_they_were_sent(
            cwd in words(), argv in proptest::collection::vec(words(), 0..5), settings in proptest::collection::vec((words(), words()), 0..5),
        ) {
            let argv: Vec<_> = argv.into_iter().map(OsString::from_vec).collect();
            let env = vec![("A".into(), OsString::from_vec(cwd.clone()))];
            let request = Request { cwd: OsString::from_vec(cwd).into(), argv, env, settings };
            prop_assert_eq!(Request::decode(&request.encode()), Some(request));
        }

        #[test]
        fn any_bytes_are_decoded_without_a_panic(bytes in proptest::collection::vec(prop_oneof![Just(b':'), b'0'..=b'9', 0_u8..], 0..60)) {
            let _ = Request::decode(&[MAGIC, &bytes].concat());
        }
    }
}
