//! A configuration file as pieces of text that put together are the file again, and the edits of `branch.*`.
//!
//! Pure. Stricter than git: what is not understood completely is refused, so that an edit never changes the meaning of a
//! line it does not know. Only `remote`, `merge` and `rebase` of a branch are ever written; a renamed or removed branch
//! takes its whole section along.

/// The only keys of a branch that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BranchKey {
    Remote,
    Merge,
    Rebase,
}

impl BranchKey {
    const fn name(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Merge => "merge",
            Self::Rebase => "rebase",
        }
    }
}

/// A file taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigText {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Blank lines and comments.
    Filler,
    /// Section in lower case, subsection as written.
    Header(String, Option<String>),
    /// Key in lower case; value with quotes and escapes undone, `None` without `=`.
    Entry(String, Option<String>),
}

/// A line that is not understood; its number counts from one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} of the repository's configuration is not understood")]
pub(crate) struct NotUnderstood(usize);

impl ConfigText {
    /// Takes `text` apart.
    pub(crate) fn parse(text: &str) -> Result<Self, NotUnderstood> {
        let mut pieces = Vec::new();
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        if rest.len() < text.len() {
            pieces.push(Piece { text: "\u{feff}".into(), kind: Kind::Filler });
        }
        let mut in_section = false;
        while !rest.is_empty() {
            let error = || NotUnderstood(1 + text[..text.len() - rest.len()].matches('\n').count());
            let piece = next_piece(rest).ok_or_else(error)?;
            match &piece.kind {
                Kind::Header(..) => in_section = true,
                Kind::Entry(..) if !in_section => return Err(error()),
                Kind::Entry(..) | Kind::Filler => {}
            }
            rest = &rest[piece.text.len()..];
            pieces.push(piece);
        }
        Ok(Self { pieces })
    }

    /// The file again.
    pub(crate) fn to_text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Every setting in order: section, subsection, key, value.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Option<&str>, &str, Option<&str>)> {
        let mut section: (&str, Option<&str>) = ("", None);
        self.pieces.iter().filter_map(move |piece| match &piece.kind {
            Kind::Filler => None,
            Kind::Header(name, sub) => {
                section = (name, sub.as_deref());
                None
            }
            Kind::Entry(key, value) => Some((section.0, section.1, key.as_str(), value.as_deref())),
        })
    }

    /// The last value of `section.key`.
    pub(crate) fn value(&self, section: &str, key: &str) -> Option<&str> {
        let matching = |entry: &(&str, Option<&str>, &str, Option<&str>)| (entry.0, entry.1, entry.2) == (section, None, key);
        self.entries().filter(matching).last().and_then(|entry| entry.3)
    }

    /// Gives a branch one value for a key.
    pub(crate) fn set_branch(&mut self, branch: &str, key: BranchKey, value: &str) {
        self.unset_branch(branch, key);
        let entry =
            Piece { text: format!("\t{} = {}\n", key.name(), quoted(value)), kind: Kind::Entry(key.name().into(), Some(value.into())) };
        let at = match self.pieces.iter().rposition(|piece| is_branch(piece, branch)) {
            Some(header) => {
                let length = self.pieces[header + 1..].iter().take_while(|piece| matches!(piece.kind, Kind::Entry(..))).count();
                header + 1 + length
            }
            None => {
                self.end_line_before(self.pieces.len());
                self.pieces.push(header(branch));
                self.pieces.len()
            }
        };
        self.end_line_before(at);
        self.pieces.insert(at, entry);
    }

    /// Takes a key of a branch away.
    pub(crate) fn unset_branch(&mut self, branch: &str, key: BranchKey) {
        let mut inside = false;
        self.pieces.retain(|piece| {
            if let Kind::Header(..) = piece.kind {
                inside = is_branch(piece, branch);
            }
            !(inside && matches!(&piece.kind, Kind::Entry(name, _) if name == key.name()))
        });
    }

    /// Gives the section of a branch another name.
    pub(crate) fn rename_branch(&mut self, old: &str, new: &str) {
        for piece in &mut self.pieces {
            if is_branch(piece, old) {
                let line_ends = piece.text.ends_with('\n');
                *piece = header(new);
                if !line_ends {
                    piece.text.pop();
                }
            }
        }
    }

    /// Gives `new` the upstream of `old`.
    pub(crate) fn copy_branch(&mut self, old: &str, new: &str) {
        for key in [BranchKey::Remote, BranchKey::Merge, BranchKey::Rebase] {
            let matching =
                |entry: &(&str, Option<&str>, &str, Option<&str>)| (entry.0, entry.1, entry.2) == ("branch", Some(old), key.name());
            let value = self.entries().filter(matching).last().and_then(|entry| entry.3).map(str::to_owned);
            if let Some(value) = value {
                self.set_branch(new, key, &value);
            }
        }
    }

    /// Takes the section of a branch away.
    pub(crate) fn remove_branch(&mut self, branch: &str) {
        let mut inside = false;
        self.pieces.retain(|piece| {
            if let Kind::Header(..) = piece.kind {
                inside = is_branch(piece, branch);
            }
            !inside
        });
    }

    fn end_line_before(&mut self, at: usize) {
        if let Some(piece) = at.checked_sub(1).and_then(|before| self.pieces.get_mut(before))
            && !piece.text.ends_with('\n')
        {
            piece.text.push('\n');
        }
    }
}

fn is_branch(piece: &Piece, branch: &str) -> bool {
    matches!(&piece.kind, Kind::Header(section, Some(name)) if section == "branch" && name == branch)
}

fn header(branch: &str) -> Piece {
    let text = format!("[branch {}]\n", quoted_always(branch));
    Piece { text, kind: Kind::Header("branch".into(), Some(branch.to_owned())) }
}

/// A value as git writes it where that is safe, quoted otherwise.
fn quoted(value: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if !value.is_empty() && value.chars().all(bare) { value.to_owned() } else { quoted_always(value) }
}

fn quoted_always(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// The first piece of a text that is not empty.
fn next_piece(text: &str) -> Option<Piece> {
    let line_length = text.find('\n').map_or(text.len(), |at| at + 1);
    let line = &text[..line_length];
    let start = line.trim_start();
    match start.chars().next() {
        None | Some('#' | ';') => Some(Piece { text: line.to_owned(), kind: Kind::Filler }),
        Some('[') => read_header(line, line.len() - start.len()),
        Some(c) if c.is_ascii_alphabetic() => read_entry(text),
        Some(_) => None,
    }
}

fn read_header(line: &str, indent: usize) -> Option<Piece> {
    let inner = &line[indent + 1..];
    let name_length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))?;
    let name = &inner[..name_length];
    let rest = &inner[name_length..];
    let (section, sub, after) = if let Some(after) = rest.strip_prefix(']') {
        // The old spelling `[section.sub]`.
        match name.split_once('.') {
            Some((section, sub)) => (section, Some(sub.to_ascii_lowercase()), after),
            None => (name, None, after),
        }
    } else {
        let (sub, after) = read_subsection(rest.trim_start_matches([' ', '\t']).strip_prefix('"')?)?;
        (name, Some(sub), after.strip_prefix(']')?)
    };
    if section.is_empty() {
        return None;
    }
    // What follows on the line is a piece of its own, unless it is nothing.
    let blank = after.trim().is_empty() || after.trim_start().starts_with(['#', ';']);
    let length = if blank { line.len() } else { line.len() - after.len() };
    Some(Piece { text: line[..length].to_owned(), kind: Kind::Header(section.to_ascii_lowercase(), sub) })
}

fn read_subsection(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((name, &text[at + 1..])),
            '\\' => name.push(chars.next().filter(|(_, c)| *c != '\n')?.1),
            '\n' => return None,
            other => name.push(other),
        }
    }
    None
}

fn read_entry(text: &str) -> Option<Piece> {
    let indent = text.len() - text.trim_start().len();
    let key_length = text[indent..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(text.len() - indent);
    let key = text[indent..indent + key_length].to_ascii_lowercase();
    let rest = &text[indent + key_length..];
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
    let (value, length) = match rest[blanks..].chars().next() {
        Some('=') => {
            let (value, length) = read_value(&rest[blanks + 1..])?;
            (Some(value), blanks + 1 + length)
        }
        None => (None, rest.len()),
        Some('\n') => (None, blanks + 1),
        Some('#' | ';') => (None, rest.find('\n').map_or(rest.len(), |at| at + 1)),
        Some(_) => return None,
    };
    Some(Piece { text: text[..indent + key_length + length].to_owned(), kind: Kind::Entry(key, value) })
}

/// A value and how many bytes it takes, its line end included.
fn read_value(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut kept = 0;
    let (mut quoted, mut comment) = (false, false);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => {
                value.truncate(kept);
                return (!quoted).then_some((value, at + 1));
            }
            _ if comment => continue,
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => {
                comment = true;
                continue;
            }
            '\\' => match chars.next()?.1 {
                '\n' => continue,
                '\r' if chars.next_if(|(_, c)| *c == '\n').is_some() => continue,
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'b' => value.push('\u{8}'),
                same @ ('"' | '\\') => value.push(same),
                _ => return None,
            },
            // Blanks before the value are not part of it.
            c if !quoted && c.is_ascii_whitespace() && value.is_empty() => continue,
            other => value.push(other),
        }
        if quoted || !c.is_ascii_whitespace() {
            kept = value.len();
        }
    }
    value.truncate(kept);
    (!quoted).then_some((value, text.len()))
}

#[cfg(test)]
#[path = "config_text_tests.rs"]
mod tests;
