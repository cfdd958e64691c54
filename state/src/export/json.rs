//! A session as one JSON object: `{"session": {...}, "items": [{"timestamp", "type", "tool"?, "text"}]}`.

use std::io::{self, Write};

use serde_json::json;

use super::{Entry, Format, What};
use crate::summary::SessionSummary;

#[derive(Default)]
pub(crate) struct Json {
    any: bool,
}

impl Format for Json {
    fn begin(&mut self, session: &SessionSummary, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"session\":{},\n\"items\":[", session.to_json())
    }

    fn entry(&mut self, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
        let (kind, tool) = match &entry.what {
            What::User => ("user", None),
            What::Assistant => ("assistant", None),
            What::Reasoning => ("reasoning", None),
            What::Call(tool) => ("call", Some(tool)),
            What::Output => ("output", None),
            What::Compaction => ("compaction", None),
        };
        let mut value = json!({ "timestamp": entry.timestamp, "type": kind, "text": entry.text });
        if let Some(tool) = tool {
            value["tool"] = json!(tool);
        }
        let comma = if std::mem::replace(&mut self.any, true) { "," } else { "" };
        write!(out, "{comma}\n{value}")
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n]}}")
    }
}
