//! Reads from a command's end whether the sandbox was in its way.
//!
//! A guess, made from words that programs print: the kernel tells the program, not us. It decides only whether to
//! *offer* running again with more rights, never whether something is allowed.

/// What programs print when the system refuses, in lower case.
const REFUSALS: [&[u8]; 8] = [
    b"operation not permitted",
    b"permission denied",
    b"read-only file system",
    b"eperm",
    b"eacces",
    b"erofs",
    b"bad system call",
    b"landlock",
];

/// How much of a long output is searched at each end: complaints come last, sometimes first.
const SEARCHED: usize = 64 * 1024;

/// 128 and SIGSYS, which ends a program that made a call of a foreign architecture.
const KILLED_BY_FILTER: i32 = 128 + 31;

/// Whether a sandboxed command that ended with `exit_code` (128 and the signal for a killed one) was probably refused
/// something by the sandbox.
///
/// False for success and for the helper's own [`refusal`].
pub fn looks_denied(exit_code: i32, output: &[u8]) -> bool {
    match exit_code {
        0 => false,
        KILLED_BY_FILTER => true,
        _ if refusal(exit_code, output).is_some() => false,
        _ => mentions_refusal(output),
    }
}

/// The helper's line when it refused to run a command that it could not confine; the command has not run then.
///
/// Another program that ends with the same code after printing the same words is taken for it, and gains nothing by it.
pub fn refusal(exit_code: i32, output: &[u8]) -> Option<String> {
    if exit_code != i32::from(REFUSED_EXIT) {
        return None;
    }
    let text = String::from_utf8_lossy(&output[..output.len().min(SEARCHED)]);
    text.lines().next()?.strip_prefix(REFUSED_PREFIX).map(str::to_owned)
}

#[cfg(target_os = "linux")]
use codex_linux_sandbox::{REFUSED_EXIT, REFUSED_PREFIX};
#[cfg(not(target_os = "linux"))]
const REFUSED_EXIT: u8 = 125;
#[cfg(not(target_os = "linux"))]
const REFUSED_PREFIX: &str = "codex-sandbox: ";

fn mentions_refusal(output: &[u8]) -> bool {
    let head = &output[..output.len().min(SEARCHED)];
    let tail = &output[output.len().saturating_sub(SEARCHED).max(head.len())..];
    [head, tail].iter().any(|part| {
        let text = part.to_ascii_lowercase();
        REFUSALS.iter().any(|words| text.windows(words.len()).any(|window| window == *words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_are_told_from_other_failures() {
        let long = [b"x\n".repeat(200_000), b"touch: Read-only file system\n".to_vec(), b"y\n".repeat(10)].concat();
        let cases: &[(i32, &[u8], bool)] = &[
            (0, b"Permission denied", false),
            (1, b"touch: cannot touch 'x': Permission denied\n", true),
            (1, b"mv: Operation not permitted", true),
            (2, b"sh: 1: cannot create /etc/x: Read-only file system", true),
            (1, b"Error: EACCES: permission denied, open 'x'", true),
            (1, b"assertion failed", false),
            (1, b"", false),
            (159, b"", true),
            (143, b"", false),
            (127, b"sh: 1: nope: not found", false),
            (126, b"codex-linux-sandbox: cannot run `x`: Permission denied (os error 13)", true),
            (125, b"codex-linux-sandbox: not run, because landlock ...\n", false),
            (125, b"Permission denied", true),
            (1, &long, true),
            (1, b"\xff\xfe\x00 operation NOT permitted", true),
        ];
        for (code, output, denied) in cases {
            assert_eq!(looks_denied(*code, output), *denied, "{code} {:?}", String::from_utf8_lossy(&output[..output.len().min(80)]));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_helpers_refusal_is_recognised_by_code_and_words() {
        assert_eq!(refusal(125, b"codex-linux-sandbox: no Landlock\nmore"), Some("no Landlock".into()));
        assert_eq!(refusal(1, b"codex-linux-sandbox: no Landlock\n"), None);
        assert_eq!(refusal(125, b"no Landlock\n"), None);
        assert_eq!(refusal(125, b""), None);
    }
}
