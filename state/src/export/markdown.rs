//! A session as Markdown: a heading a speaker, tools in fenced blocks.

use std::io::{self, Write};

use super::{Entry, Format, What, facts};
use crate::summary::SessionSummary;

pub(crate) struct Markdown;

impl Format for Markdown {
    fn begin(&mut self, session: &SessionSummary, out: &mut dyn Write) -> io::Result<()> {
        let title = match session.title() {
            "" => "Session",
            title => title,
        };
        writeln!(out, "# {title}\n")?;
        for (name, value) in facts(session) {
            writeln!(out, "- {name}: `{value}`")?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
        let text = entry.text.trim_end();
        match &entry.what {
            What::User => writeln!(out, "\n## User\n\n{text}"),
            What::Assistant => writeln!(out, "\n## Codex\n\n{text}"),
            What::Reasoning => writeln!(out, "\n{}", quoted(text)),
            What::Call(tool) => writeln!(out, "\n**{tool}**\n\n{}", fenced(text)),
            What::Output => writeln!(out, "\n{}", fenced(text)),
            What::Compaction => writeln!(out, "\n---\n\n*The session was compacted here.*\n\n{}", quoted(text)),
        }
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

/// A block whose fence is longer than any in the text.
fn fenced(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        assert_eq!(fenced("a"), "```\na\n```");
        assert_eq!(fenced("a\n````\nb"), "`````\na\n````\nb\n`````");
    }
}
