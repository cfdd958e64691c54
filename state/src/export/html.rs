//! A session as one HTML page: no scripts, nothing loaded from elsewhere, every text escaped.

use std::io::{self, Write};

use super::{Entry, Format, What, facts};
use crate::summary::SessionSummary;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}\
pre{background:#f5f5f5;padding:.7rem;overflow-x:auto;white-space:pre-wrap;border-radius:4px;font-size:.85em}\
section{margin:1.2rem 0;padding-left:.8rem;border-left:4px solid #ccc}section.user{border-color:#2a7ae2}section.assistant{border-color:#3a3}\
.text{white-space:pre-wrap}.quiet{color:#666}dt{float:left;clear:left;width:6rem;color:#666}summary{cursor:pointer}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}pre{background:#2a2a2a}}";

pub(crate) struct Html;

impl Format for Html {
    fn begin(&mut self, session: &SessionSummary, out: &mut dyn Write) -> io::Result<()> {
        let title = match session.title() {
            "" => "Session",
            title => title,
        };
        let title = escaped(title);
        // Nothing in the page may load or run anything, whatever a text holds.
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n<dl>"
        )?;
        for (name, value) in facts(session) {
            writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&value))?;
        }
        writeln!(out, "</dl>")
    }

    fn entry(&mut self, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
        let text = escaped(entry.text.trim_end());
        match &entry.what {
            What::User => writeln!(out, "<section class=\"user\"><b>User</b><div class=\"text\">{text}</div></section>"),
            What::Assistant => writeln!(out, "<section class=\"assistant\"><b>Codex</b><div class=\"text\">{text}</div></section>"),
            What::Reasoning => writeln!(out, "<section class=\"text quiet\">{text}</section>"),
            What::Call(tool) => writeln!(out, "<section><b>{}</b><pre>{text}</pre></section>", escaped(tool)),
            What::Output => writeln!(out, "<section><details><summary>Output</summary><pre>{text}</pre></details></section>"),
            What::Compaction => {
                writeln!(
                    out,
                    "<hr><section><details><summary>The session was compacted here</summary><pre>{text}</pre></details></section>"
                )
            }
        }
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "</body></html>")
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("<a href='x'>&\"\u{1b}"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}");
    }
}
