//! Addresses that credentials may be sent to, and people to: `https`, or this machine.

use std::net::IpAddr;

use url::{Host, Url};

use super::OAuthError;

/// Whether an address leads into a network that is not everybody's.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_private() || ip.is_link_local() || ip.is_loopback() || ip.is_unspecified() || ip.octets()[0] == 0,
        Some(Host::Ipv6(ip)) => {
            let first = ip.segments()[0];
            ip.is_loopback() || ip.is_unspecified() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || ip.to_ipv4_mapped().is_some()
        }
        Some(Host::Domain(name)) => {
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local") || name.ends_with(".internal")
        }
        None => true,
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// Reads an address that `server` named for its sign-in.
///
/// It is `https`, or `http` on this machine; and a server of the open network names none of a private one.
pub(super) fn checked(text: &str, server: &Url, what: &'static str) -> Result<Url, OAuthError> {
    let wrong = |fault| OAuthError::Address { what, fault };
    let url = Url::parse(text).map_err(|_| wrong("it cannot be read"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a name or a password"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&url) => {}
        _ => return Err(wrong("it is neither https nor on this machine")),
    }
    if is_private(&url) && !is_private(server) {
        return Err(wrong("a server of the open network names a private address"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M5
    #[test]
    fn a_public_server_cannot_point_into_a_private_network() {
        let public = Url::parse("https://mcp.example.com/mcp").unwrap();
        let local = Url::parse("http://127.0.0.1:9/mcp").unwrap();
        for bad in [
            "http://auth.example.com/",
            "https://127.0.0.1/token",
            "https://10.0.0.1/token",
            "https://169.254.169.254/token",
            "https://[::1]/token",
            "https://[fd00::1]/token",
            "https://localhost/token",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://u:p@auth.example.com/",
            "",
        ] {
            assert!(checked(bad, &public, "x").is_err(), "{bad}");
        }
        assert!(checked("https://auth.example.com/token", &public, "x").is_ok());
        assert!(checked("http://127.0.0.1:8/token", &local, "x").is_ok());
        assert!(checked("http://10.0.0.1/token", &local, "x").is_err());
    }
}
