//! The host of a network rule: one name or address, perhaps with a port.

use crate::rule::RuleFault;

/// Reads a host as rule files spell it. A scheme, a path or a wildcard is refused.
pub(crate) fn parse(text: &str) -> Result<(String, Option<u16>), RuleFault> {
    let text = text.trim();
    let fault = |what: &str| Err(RuleFault::Rule(format!("network_rule host {what}")));
    if text.is_empty() {
        return fault("cannot be empty");
    }
    if text.contains(['/', '?', '#']) {
        return fault("must be a hostname or IP literal (without scheme or path)");
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let Some((host, rest)) = bracketed.split_once(']') else { return fault("has an invalid bracketed IPv6 literal") };
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return fault(&format!("contains an unsupported suffix: {text}")),
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (text, None),
        },
    };
    let host = host.trim_end_matches('.').to_lowercase();
    if host.is_empty() {
        return fault("cannot be empty");
    }
    if host.contains('*') {
        return fault("must be a specific host; wildcards are not allowed");
    }
    if host.contains(char::is_whitespace) {
        return fault("cannot contain whitespace");
    }
    let port = match port {
        None => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(port),
            _ if text.starts_with('[') => return fault(&format!("contains an unsupported suffix: {text}")),
            _ => return fault(&format!("has no valid port: {text}")),
        },
    };
    Ok((host, port))
}
