//! Reads what a browser asks of the callback port. Pure: bytes in, verdict out.
//!
//! Every web page and every local user can send requests here, so whatever is not exactly the expected answer is turned
//! away and changes nothing; the sign-in goes on waiting for the right one.

use url::form_urlencoded;

use crate::browser::PATH;
use crate::browser::page::Page;
use crate::error::Refusal;
use crate::issuer::is_same;
use crate::secret::Secret;

/// What the right answer is known by.
#[derive(Debug)]
pub(super) struct Expected {
    /// The port that the browser has to have meant.
    pub(super) port: u16,
    pub(super) state: Secret,
    pub(super) issuer: String,
    /// Whether the answer has to name the issuer.
    pub(super) issuer_required: bool,
}

/// The code that was brought, or why there is none.
pub(super) type Code = Result<Secret, Refusal>;

impl Expected {
    /// What a request means.
    pub(super) fn judge(&self, head: &[u8]) -> Result<Code, Page> {
        let head = std::str::from_utf8(head).map_err(|_| Page::Malformed)?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Page::Malformed);
        };
        let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
        self.check_sender(&headers)?;
        if method != "GET" {
            return Err(Page::WrongMethod);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != PATH {
            return Err(Page::NotFound);
        }
        self.judge_query(query)
    }

    /// L2, L3: no page of another origin, no name that was made to point here.
    fn check_sender(&self, headers: &[(&str, &str)]) -> Result<(), Page> {
        let values = |wanted: &str| {
            headers
                .iter()
                .filter(move |(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
                .collect::<Vec<_>>()
        };
        let [host] = values("host")[..] else { return Err(Page::Forbidden) };
        let name = host.strip_suffix(&format!(":{}", self.port)).unwrap_or(host);
        if !["127.0.0.1", "localhost", "[::1]"].iter().any(|own| name.eq_ignore_ascii_case(own)) || !values("origin").is_empty() {
            return Err(Page::Forbidden);
        }
        Ok(())
    }

    fn judge_query(&self, query: &str) -> Result<Code, Page> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let single = |name: &str| {
            let mut found = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_ref());
            match (found.next(), found.next()) {
                (value, None) => Ok(value.filter(|value| !value.is_empty())),
                (_, Some(_)) => Err(Page::Malformed),
            }
        };
        let state = single("state")?.ok_or(Page::StateMismatch)?;
        if !self.state.is(state) {
            return Err(Page::StateMismatch);
        }
        match single("iss")? {
            Some(issuer) if !is_same(issuer, &self.issuer) => return Err(Page::Malformed),
            None if self.issuer_required => return Err(Page::Malformed),
            _ => {}
        }
        if let Some(error) = single("error")? {
            return Ok(Err(Refusal::of_code(error).unwrap_or(Refusal::Code("no reason that can be repeated".to_owned()))));
        }
        single("code")?.and_then(Secret::new).map(Ok).ok_or(Page::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(issuer_required: bool) -> Expected {
        Expected { port: 1455, state: Secret::new("s-t_a").unwrap(), issuer: "https://issuer.example/".into(), issuer_required }
    }

    fn get(target: &str, headers: &str) -> Result<Code, Page> {
        expected(false).judge(format!("GET {target} HTTP/1.1\r\nHost: localhost:1455\r\n{headers}\r\n").as_bytes())
    }

    #[test]
    fn the_right_answer_brings_a_code_or_a_reason() {
        let code = |text| Ok(Ok(Secret::new(text).unwrap()));
        assert_eq!(get("/auth/callback?code=c%2Fd&state=s-t_a", ""), code("c/d"));
        assert_eq!(get("/auth/callback?state=s-t_a&code=c&iss=https%3A%2F%2Fissuer.example&more=x", "Accept: */*\r\n"), code("c"));
        assert_eq!(get("/auth/callback?error=access_denied&state=s-t_a", ""), Ok(Err(Refusal::Code("access_denied".into()))));
        let odd = get("/auth/callback?error=%3Cscript%3E&error_description=%1b%5B2J&state=s-t_a", "").unwrap().unwrap_err();
        assert_eq!(odd.to_string(), "no reason that can be repeated");
    }

    /// A61, L2, L3, L6.
    #[test]
    fn everything_else_is_turned_away() {
        let good = "/auth/callback?code=c&state=s-t_a";
        let cases = [
            ("/auth/callback?code=c", "", Page::StateMismatch),
            ("/auth/callback?code=c&state=", "", Page::StateMismatch),
            ("/auth/callback?code=c&state=s-t_b", "", Page::StateMismatch),
            ("/auth/callback?code=c&state=s-t_a&state=s-t_a", "", Page::Malformed),
            ("/auth/callback?code=c&code=d&state=s-t_a", "", Page::Malformed),
            ("/auth/callback?state=s-t_a", "", Page::Malformed),
            ("/auth/callback?code=c&state=s-t_a&iss=https://evil.example", "", Page::Malformed),
            ("/auth/callback/?code=c&state=s-t_a", "", Page::NotFound),
            ("/auth/callback/x?code=c&state=s-t_a", "", Page::NotFound),
            ("/auth//callback?code=c&state=s-t_a", "", Page::NotFound),
            ("/cancel?state=s-t_a", "", Page::NotFound),
            ("http://localhost:1455/auth/callback?code=c&state=s-t_a", "", Page::NotFound),
            ("/", "", Page::NotFound),
            (good, "Origin: http://localhost:1455\r\n", Page::Forbidden),
            (good, "ORIGIN : null\r\n", Page::Forbidden),
            (good, "Host: localhost:1455\r\n", Page::Forbidden),
        ];
        for (target, headers, page) in cases {
            assert_eq!(get(target, headers), Err(page), "{target} {headers}");
        }
        let raw = |text: &str| expected(false).judge(text.as_bytes());
        for host in ["evil.example", "localhost:1456", "localhost.evil.example:1455", "127.0.0.1:1455:1455", ""] {
            assert_eq!(raw(&format!("GET {good} HTTP/1.1\r\nHost: {host}\r\n\r\n")), Err(Page::Forbidden), "{host}");
        }
        assert_eq!(raw(&format!("GET {good} HTTP/1.1\r\n\r\n")), Err(Page::Forbidden));
        assert_eq!(raw(&format!("POST {good} HTTP/1.1\r\nHost: localhost\r\n\r\n")), Err(Page::WrongMethod));
        assert_eq!(raw(&format!("GET {good} HTTP/2\r\nHost: localhost\r\n\r\n")), Err(Page::Malformed));
        assert_eq!(raw(&format!("GET  {good} HTTP/1.1\r\nHost: localhost\r\n\r\n")), Err(Page::Malformed));
        assert_eq!(expected(false).judge(b"GET /\xff HTTP/1.1\r\n\r\n"), Err(Page::Malformed));
        assert_eq!(expected(true).judge(format!("GET {good} HTTP/1.1\r\nHost: [::1]:1455\r\n\r\n").as_bytes()), Err(Page::Malformed));
    }
}
