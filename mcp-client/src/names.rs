//! Names under which the model sees tools.

use sha1::{Digest, Sha1};

use crate::settings::hex;

/// Longest name that model servers take.
const LONGEST: usize = 64;
/// Hexadecimal digits of a SHA-1.
const DIGITS: usize = 40;

/// `mcp__SERVER__TOOL` with everything but letters, digits and `_` replaced, never longer than 64 characters (M3).
///
/// Two tools may get the same name; the caller keeps the first.
pub fn exposed_name(server: &str, tool: &str) -> String {
    let raw = format!("mcp__{server}__{tool}");
    let name: String = raw.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.len() <= LONGEST {
        return name;
    }
    format!("{}{}", &name[..LONGEST - DIGITS], hex(&Sha1::digest(raw.as_bytes())))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn names_are_those_of_the_published_program() {
        for (server, tool, expected) in [
            ("nm", "dash-name", "mcp__nm__dash_name"),
            ("nm", "dot.name", "mcp__nm__dot_name"),
            ("nm", "a/b", "mcp__nm__a_b"),
            ("nm", "ünïcode", "mcp__nm___n_code"),
            ("ev", "get-sum", "mcp__ev__get_sum"),
            ("nm", "UPPER", "mcp__nm__UPPER"),
            ("we-ird", "x", "mcp__we_ird__x"),
        ] {
            assert_eq!(exposed_name(server, tool), expected);
        }
        let long = exposed_name("nm", &"x".repeat(60));
        assert_eq!(long, "mcp__nm__xxxxxxxxxxxxxxx4fbaeaef5c92cc9cc47ad3cfec7c10658b44e16f");
        assert_eq!(long.len(), 64);
    }
}
