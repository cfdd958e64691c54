//! What a browser is shown. Nothing that was sent is ever part of a page.

/// An answer of the callback port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Signed in.
    Done,
    /// Not signed in.
    Failed,
    /// The answer of another sign-in.
    StateMismatch,
    /// No request that could be understood.
    Malformed,
    /// From another origin, or for another host.
    Forbidden,
    /// Another path.
    NotFound,
    /// Not `GET`.
    WrongMethod,
    /// Nothing, or not all, came in time.
    TooSlow,
    /// More than a request may have.
    TooLong,
}

impl Page {
    fn status(self) -> &'static str {
        match self {
            Self::Done => "200 OK",
            Self::Failed | Self::StateMismatch | Self::Malformed => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::NotFound => "404 Not Found",
            Self::WrongMethod => "405 Method Not Allowed",
            Self::TooSlow => "408 Request Timeout",
            Self::TooLong => "431 Request Header Fields Too Large",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Done => ("You are signed in", "You can close this page and go back to the terminal."),
            Self::Failed => ("You are not signed in", "Something went wrong; the terminal says what. You can close this page."),
            Self::StateMismatch => ("State mismatch", "This answer does not belong to the sign-in that is waiting."),
            Self::Malformed => ("Bad request", "This is not the answer that the sign-in is waiting for."),
            Self::Forbidden => ("Forbidden", "This address is for the browser that was sent here."),
            Self::NotFound => ("Not found", "There is nothing here."),
            Self::WrongMethod => ("Wrong method", "Only GET is answered here."),
            Self::TooSlow => ("Too slow", "The request did not come in time."),
            Self::TooLong => ("Too long", "The request is too long."),
        }
    }

    /// The whole answer.
    pub(super) fn response(self) -> String {
        let (title, text) = self.words();
        let body = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>codex: {title}</title>\
             <style>body{{font-family:sans-serif;margin:15vh auto;max-width:34em;padding:0 1em}}</style></head>\
             <body><h1>{title}</h1><p>{text}</p></body></html>\n"
        );
        format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
             Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
            self.status(),
            body.len()
        )
    }
}
