//! The address that the browser comes back to: loopback alone, one path, one right answer (L6).

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::OAuthError;

const LONGEST_HEAD: usize = 16 * 1024;
/// How long a request may take to come.
const HEAD_TIME: Duration = Duration::from_secs(5);
const DONE: &str = "Authentication complete. You may close this window.";

/// What the browser brought.
#[derive(Debug, PartialEq, Eq)]
enum Brought {
    Code(String),
    Error(String),
    /// Not for us; the text is shown.
    Nothing(&'static str),
}

/// Waits for the code. Requests that do not know `state` are turned away.
pub(super) async fn wait(listener: &TcpListener, path: &str, state: &str, hosts: &[String]) -> Result<String, OAuthError> {
    loop {
        // Most failures are of the one connection.
        let Ok((mut stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let head = tokio::time::timeout(HEAD_TIME, read_head(&mut stream)).await.ok().flatten();
        let brought = head.map_or(Brought::Nothing("The request cannot be read."), |head| judge(&head, path, state, hosts));
        let (status, text) = match &brought {
            Brought::Code(_) => ("200 OK", DONE),
            Brought::Error(_) => ("400 Bad Request", "The sign-in was refused. You may close this window."),
            Brought::Nothing(text) => ("404 Not Found", *text),
        };
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        // A browser that went away is no failure.
        let _ = tokio::time::timeout(HEAD_TIME, async {
            let _ = stream.write_all(reply.as_bytes()).await;
            let _ = stream.shutdown().await;
        })
        .await;
        match brought {
            Brought::Code(code) => return Ok(code),
            Brought::Error(code) => return Err(OAuthError::Refused(code)),
            Brought::Nothing(_) => {}
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&piece[..read]);
        if head.len() > LONGEST_HEAD {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

fn judge(head: &str, path: &str, state: &str, hosts: &[String]) -> Brought {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some("GET"), Some(target)) = (words.next(), words.next()) else { return Brought::Nothing("Only GET is served.") };
    let host = lines.find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("host")));
    if !host.is_some_and(|(_, value)| hosts.iter().any(|host| host == value.trim())) {
        return Brought::Nothing("This is no address of this server.");
    }
    let Ok(url) = Url::parse(&format!("http://localhost{target}")) else { return Brought::Nothing("The address cannot be read.") };
    if url.path() != path {
        return Brought::Nothing("There is nothing here.");
    }
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if !value("state").is_some_and(|given| same(given.as_bytes(), state.as_bytes())) {
        return Brought::Nothing("This sign-in was not begun here.");
    }
    match (value("error"), value("code")) {
        (Some(error), _) => Brought::Error(crate::text::clean(&error, 100)),
        (None, Some(code)) if !code.is_empty() => Brought::Code(code),
        _ => Brought::Nothing("There is no code in the address."),
    }
}

/// Compares without telling by its time where a difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// A61, L6
    #[test]
    fn only_the_browser_that_was_sent_comes_back() {
        let hosts = ["127.0.0.1:5".to_owned()];
        let judged = |line: &str, host: &str| judge(&format!("{line}\r\nHost: {host}\r\n\r\n"), "/callback", "S", &hosts);
        let get = |query: &str| judged(&format!("GET /callback?{query} HTTP/1.1"), "127.0.0.1:5");
        assert_eq!(get("code=c%2B1&state=S"), Brought::Code("c+1".into()));
        assert_eq!(get("error=access_denied&state=S"), Brought::Error("access_denied".into()));
        for other in [
            get("code=c&state=T"),
            get("code=c"),
            get("state=S"),
            judged("POST /callback?code=c&state=S HTTP/1.1", "127.0.0.1:5"),
            judged("GET /callback/x?code=c&state=S HTTP/1.1", "127.0.0.1:5"),
            judged("GET /callback?code=c&state=S HTTP/1.1", "evil.example"),
        ] {
            assert!(matches!(other, Brought::Nothing(_)), "{other:?}");
        }
    }
}
