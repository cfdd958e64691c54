//! One unit of markdown to lines.

use std::collections::HashMap;

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, Parser, Tag, TagEnd};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::highlight::Highlighter;
use super::inline::Inline;
use super::split::{key, options};
use super::table::Table;
use crate::text::{Indent, line_width, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// Deeper quotes and lists are shown at this depth.
const DEPTH: usize = 16;
/// Text keeps at least this many columns, however deep it stands.
const LEAST_ROOM: usize = 12;

/// Renders one unit; `number` is that of an item which goes on counting.
pub(super) fn unit(source: &str, width: u16, look: &Look, links: &HashMap<String, String>, number: Option<u64>) -> Vec<Line<'static>> {
    let resolve = |link: BrokenLink<'_>| links.get(&key(&link.reference)).map(|url| (CowStr::from(url.clone()), CowStr::Borrowed("")));
    let parser = Parser::new_with_broken_link_callback(source, options(), Some(resolve));
    let mut events = parser.into_offset_iter();
    let mut render = Render {
        look,
        width: usize::from(width.max(1)),
        out: Vec::new(),
        indent: Indent::default(),
        base: Style::new(),
        number,
        depth: 0,
        lists: 0,
        source,
    };
    render.blocks(&mut events, Place::Top);
    render.out
}

/// What the blocks stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Quote,
    Item,
}

struct Render<'a> {
    look: &'a Look,
    width: usize,
    out: Vec<Line<'static>>,
    indent: Indent,
    base: Style,
    number: Option<u64>,
    depth: usize,
    lists: usize,
    source: &'a str,
}

type Offset = std::ops::Range<usize>;

impl Render<'_> {
    /// Renders blocks up to the end of what they stand in.
    fn blocks<'e>(&mut self, events: &mut impl Iterator<Item = (Event<'e>, Offset)>, place: Place) {
        let mut text = Inline::new(self.look, self.base);
        let mut before: Option<usize> = None;
        let mut too_deep = 0usize;
        while let Some((event, range)) = events.next() {
            if text.take_event(&event) {
                before = Some(range.end.max(before.unwrap_or(0)));
                continue;
            }
            match event {
                Event::Start(tag) => {
                    if is_container(&tag) && self.depth >= DEPTH {
                        too_deep += 1;
                        continue;
                    }
                    self.text_block(text.take());
                    self.gap(before, &tag, range.start, place);
                    self.block(tag, range.clone(), events);
                    before = Some(range.end);
                }
                Event::Rule => {
                    self.text_block(text.take());
                    self.gap(before, &Tag::HtmlBlock, range.start, place);
                    self.rows(&Line::from("———"));
                    before = Some(range.end);
                }
                Event::End(_) if too_deep > 0 => {
                    too_deep -= 1;
                    text.take_event(&Event::HardBreak);
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        if !text.is_empty() {
            self.text_block(text.take());
        }
    }

    /// A blank line before a block, where there was one in the source or the block would run into its neighbour.
    fn gap(&mut self, before: Option<usize>, tag: &Tag<'_>, start: usize, place: Place) {
        let Some(before) = before else { return };
        let text = self.source[..before.min(start)].trim_end().len();
        let written = self.source[text..start].matches('\n').count() > 1;
        let apart = matches!(tag, Tag::CodeBlock(_) | Tag::Table(_) | Tag::BlockQuote(_));
        if written || apart || place == Place::Quote {
            self.out.push(trimmed(self.indent.rest.clone()));
        }
    }

    fn block<'e>(&mut self, tag: Tag<'e>, range: Offset, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        match tag {
            Tag::Heading { level, .. } => self.heading(level, events),
            Tag::BlockQuote(_) => self.quote(events),
            Tag::CodeBlock(kind) => self.code(&kind, events),
            Tag::List(start) => self.list(start, events),
            Tag::Table(alignments) => self.table(alignments, events),
            Tag::HtmlBlock => self.html(range, events),
            _ => {
                let mut text = Inline::new(self.look, self.base);
                for (event, _) in events.by_ref() {
                    if !text.take_event(&event) && matches!(event, Event::End(_)) {
                        break;
                    }
                }
                self.text_block(text.take());
            }
        }
    }

    fn text_block(&mut self, lines: Vec<Line<'static>>) {
        for line in lines {
            self.rows(&line);
        }
    }

    /// Wraps one line into rows at the present indent.
    fn rows(&mut self, line: &Line<'static>) {
        self.out.extend(wrap(line, self.width, &self.indent));
        self.indent.first = self.indent.rest.clone();
    }

    fn heading<'e>(&mut self, level: HeadingLevel, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        let role = match level {
            HeadingLevel::H1 => Role::Heading1,
            HeadingLevel::H2 => Role::Heading2,
            _ => Role::Heading3,
        };
        let mut text = Inline::new(self.look, self.base.patch(self.look.style(role)));
        text.push(&format!("{} ", "#".repeat(level as usize)), text.style());
        for (event, _) in events.by_ref() {
            if !text.take_event(&event) && matches!(event, Event::End(TagEnd::Heading(_))) {
                break;
            }
        }
        self.text_block(text.take());
    }

    fn quote<'e>(&mut self, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        let style = self.look.style(Role::Quote);
        let mark = Line::from(Span::styled("> ", style));
        let base = self.base;
        self.base = base.patch(style);
        self.inside(&mark, &mark, Place::Quote, events);
        self.base = base;
    }

    fn list<'e>(&mut self, start: Option<u64>, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        let mut number = self.number.take().filter(|_| start.is_some()).or(start);
        self.lists += 1;
        let mut end_before: Option<usize> = None;
        while let Some((event, range)) = events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    if let Some(before) = end_before {
                        let text = self.source[..before].trim_end().len();
                        if self.source[text..range.start].matches('\n').count() > 1 {
                            self.out.push(trimmed(self.indent.rest.clone()));
                        }
                    }
                    let mark = match number {
                        Some(number) => Span::styled(format!("{number}. "), self.look.style(Role::Number)),
                        None => Span::styled("- ", self.base),
                    };
                    number = number.map(|number| number.saturating_add(1));
                    self.item(&Line::from(mark), events);
                    end_before = Some(range.end);
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        self.lists -= 1;
    }

    fn item<'e>(&mut self, mark: &Line<'static>, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        // A list inside a list stands four columns further in.
        let first = if self.lists > 1 { indented(mark, 2) } else { mark.clone() };
        let rest = Line::from(" ".repeat(line_width(&first)));
        let rows = self.out.len();
        self.inside(&first, &rest, Place::Item, events);
        if self.out.len() == rows {
            let mut spans = std::mem::replace(&mut self.indent.first, self.indent.rest.clone()).spans;
            spans.extend(first.spans);
            self.out.push(trimmed(Line::from(spans)));
        }
    }

    /// Renders blocks with something before their rows.
    fn inside<'e>(
        &mut self,
        first: &Line<'static>,
        rest: &Line<'static>,
        place: Place,
        events: &mut impl Iterator<Item = (Event<'e>, Offset)>,
    ) {
        let outer = self.indent.clone();
        let room = self.width.saturating_sub(line_width(&outer.rest) + line_width(rest));
        self.indent.first.spans.extend(first.spans.iter().cloned());
        if room >= LEAST_ROOM {
            self.indent.rest.spans.extend(rest.spans.iter().cloned());
        }
        let rows = self.out.len();
        self.depth += 1;
        self.blocks(events, place);
        self.depth -= 1;
        let first = if self.out.len() > rows { outer.rest.clone() } else { outer.first };
        self.indent = Indent { first, rest: outer.rest };
    }

    fn code<'e>(&mut self, kind: &CodeBlockKind<'_>, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        let mut code = String::new();
        for (event, _) in events.by_ref() {
            match event {
                Event::Text(text) => code.push_str(&text),
                Event::End(_) => break,
                _ => {}
            }
        }
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.as_ref(),
            CodeBlockKind::Indented => "",
        };
        let mut highlighter = Highlighter::new(language, self.look);
        for line in code.lines() {
            let mut spans = self.indent.first.spans.clone();
            self.indent.first = self.indent.rest.clone();
            spans.extend(highlighter.line(line));
            self.out.push(trimmed(Line::from(spans)));
        }
    }

    fn html<'e>(&mut self, range: Offset, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        for (event, _) in events.by_ref() {
            if matches!(event, Event::End(TagEnd::HtmlBlock)) {
                break;
            }
        }
        for line in self.source[range].lines().filter(|line| !line.trim().is_empty()) {
            self.rows(&Line::from(Span::styled(sanitize_line(line), self.base)));
        }
    }

    fn table<'e>(&mut self, alignments: Vec<pulldown_cmark::Alignment>, events: &mut impl Iterator<Item = (Event<'e>, Offset)>) {
        let mut table = Table { alignments, ..Table::default() };
        let mut row: Vec<Line<'static>> = Vec::new();
        let mut text = Inline::new(self.look, self.base);
        for (event, _) in events.by_ref() {
            if text.take_event(&event) {
                continue;
            }
            match event {
                Event::End(TagEnd::TableCell) => row.push(text.take().into_iter().next().unwrap_or_default()),
                Event::End(TagEnd::TableHead) => table.head = std::mem::take(&mut row),
                Event::End(TagEnd::TableRow) => table.rows.push(std::mem::take(&mut row)),
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        let room = self.width.saturating_sub(line_width(&self.indent.rest)).max(1);
        for line in table.lines(room, self.look) {
            let mut spans = self.indent.first.spans.clone();
            self.indent.first = self.indent.rest.clone();
            spans.extend(line.spans);
            self.out.push(trimmed(Line::from(spans)));
        }
    }
}

fn is_container(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item)
}

fn indented(line: &Line<'static>, columns: usize) -> Line<'static> {
    let mut spans = vec![Span::raw(" ".repeat(columns))];
    spans.extend(line.spans.iter().cloned());
    Line::from(spans)
}

/// Without blanks at the end.
fn trimmed(mut line: Line<'static>) -> Line<'static> {
    while let Some(last) = line.spans.last_mut() {
        let kept = last.content.trim_end_matches(' ').len();
        if kept == last.content.len() {
            break;
        }
        if kept == 0 {
            line.spans.pop();
        } else {
            last.content.to_mut().truncate(kept);
            break;
        }
    }
    line
}
