//! Cuts markdown into units that can be rendered one after another.
//!
//! Block structure is decided line by line: once a later top-level block has begun, no line that follows changes an earlier one.
//! So every unit but the last is final, and the last one is when a blank line or its own end closed it.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

/// One unit of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// From the beginning of its first line, or of the definitions right before it.
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Complete with its line.
    Line,
    /// Complete with a blank line.
    Text,
    /// Code between fences.
    Fence,
    /// An item of a list.
    Item,
    /// Whatever ends only where the next unit begins.
    Open,
}

/// A link's address, given away from its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) start: usize,
    pub(super) name: String,
    pub(super) url: String,
}

pub(super) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Returns the units of `source` in order, and the definitions in it.
pub(super) fn units(source: &str) -> (Vec<Unit>, Vec<Definition>) {
    let parser = Parser::new_ext(source, options());
    let mut definitions: Vec<Definition> = parser
        .reference_definitions()
        .iter()
        .map(|(name, definition)| Definition { start: definition.span.start, name: key(name), url: definition.dest.to_string() })
        .collect();
    definitions.sort_by_key(|definition| definition.start);
    let mut units: Vec<Unit> = Vec::new();
    let mut depth = 0usize;
    let mut in_list = false;
    for (event, range) in parser.into_offset_iter() {
        let kind = match &event {
            Event::Start(Tag::List(_)) if depth == 0 => {
                in_list = true;
                None
            }
            Event::Start(Tag::Item) if depth == 1 && in_list => Some(Kind::Item),
            Event::Start(tag) if depth == 0 => Some(block_kind(tag)),
            Event::Rule if depth == 0 => Some(Kind::Line),
            _ => None,
        };
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth -= 1;
                in_list &= depth > 0;
            }
            _ => {}
        }
        if let Some(kind) = kind {
            let mut start = source[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
            if !matches!(kind, Kind::Fence | Kind::Item) {
                start = start_with_definitions(source, units.last().map_or(0, |unit: &Unit| unit.range.end), start);
            }
            units.push(Unit { range: start..range.end, kind });
        }
    }
    (units, definitions)
}

/// The beginning of the definitions right before `start`, which decide how the lines after them are read: blanks before text mean
/// nothing there, and markup does not begin a block.
fn start_with_definitions(source: &str, from: usize, start: usize) -> usize {
    let mut begin = start;
    while let Some(before) = source.get(from..begin).filter(|before| before.ends_with('\n')) {
        let line = before[..before.len() - 1].rfind('\n').map_or(0, |newline| newline + 1);
        let is_whole = from == 0 || line > 0 || source[..from].ends_with('\n');
        if !is_whole || before[line..].trim().is_empty() {
            break;
        }
        begin = from + line;
    }
    begin
}

/// Whether nothing that follows can change the last unit of `source`.
pub(super) fn is_closed(unit: &Unit, source: &str) -> bool {
    match unit.kind {
        Kind::Line => true,
        Kind::Text => blank_follows(source, unit.range.start),
        Kind::Fence | Kind::Item | Kind::Open => false,
    }
}

/// Whether the text from `start` on ends with a blank line.
pub(super) fn blank_follows(source: &str, start: usize) -> bool {
    let text = &source[start..];
    text[text.trim_end().len()..].matches('\n').count() > 1
}

/// The form under which link names are compared.
pub(super) fn key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn block_kind(tag: &Tag<'_>) -> Kind {
    match tag {
        Tag::Heading { .. } => Kind::Line,
        Tag::Paragraph | Tag::Table(_) => Kind::Text,
        Tag::CodeBlock(CodeBlockKind::Fenced(_)) => Kind::Fence,
        _ => Kind::Open,
    }
}
