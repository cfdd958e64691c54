//! Changes to the text of a file. Pure.
//!
//! A value that is replaced keeps what stands around it. A comment at the top of the file, or set apart by a blank
//! line, belongs to nobody and stays when what follows it goes.

mod entries;

use toml_edit::{Array, Decor, DocumentMut, InlineTable, Item, Key, RawString, Table, Value};

use super::EditError;
use crate::provenance::dotted;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Sets a key; tables on the way are made. A table replaces the whole table that was there.
    Set {
        /// Segments of the key.
        path: Vec<String>,
        /// Its new value.
        value: toml::Value,
    },
    /// Sets a key as `Set` does, but lays a table over the one that is there.
    Merge {
        /// Segments of the key.
        path: Vec<String>,
        /// What is laid over it.
        value: toml::Value,
    },
    /// Takes a key or a table out, with everything below it.
    Remove {
        /// Segments of the key.
        path: Vec<String>,
    },
    /// Changes an array of tables: takes out the entries about one thing, and adds one at the end.
    Entry {
        /// Segments of the array's key.
        path: Vec<String>,
        /// A key of the entries and its value, of those that go.
        about: (String, String),
        /// What is added.
        entry: Option<Vec<(String, toml::Value)>>,
    },
    /// Makes an empty table where there is nothing yet.
    Table {
        /// Segments of its name.
        path: Vec<String>,
    },
}

/// A path from words.
pub(super) fn path(segments: &[&str]) -> Vec<String> {
    segments.iter().map(|segment| (*segment).to_owned()).collect()
}

/// The text with the changes made, in order.
pub(super) fn rewrite(text: &str, changes: &[Change]) -> Result<String, EditError> {
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let mut document: DocumentMut =
        body.parse().map_err(|error: toml_edit::TomlError| EditError::NotToml(error.to_string().trim_end().to_owned()))?;
    for change in changes {
        match change {
            Change::Set { path, value } => set(&mut document, path, value, Tables::Replace)?,
            Change::Merge { path, value } => set(&mut document, path, value, Tables::Merge)?,
            Change::Remove { path } => remove(&mut document, path)?,
            Change::Entry { path, about: (key, value), entry } => entries::change(&mut document, path, (key, value), entry.as_deref())?,
            Change::Table { path } => {
                table_at(&mut document, path)?;
            }
        }
    }
    let changed = document.to_string();
    let windows = body.contains("\r\n") && !body.replace("\r\n", "").contains('\n');
    let changed = if windows { changed.replace("\r\n", "\n").replace('\n', "\r\n") } else { changed };
    Ok(format!("{mark}{changed}"))
}

/// What becomes of a table where another is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tables {
    Replace,
    Merge,
}

fn set(document: &mut DocumentMut, path: &[String], value: &toml::Value, tables: Tables) -> Result<(), EditError> {
    let Some((last, parents)) = path.split_last() else {
        return Err(EditError::NotATable(String::new()));
    };
    if let toml::Value::Table(entries) = value {
        if tables == Tables::Replace {
            empty_at(document, path)?;
        }
        table_at(document, path)?;
        for (key, value) in sorted(entries) {
            let below: Vec<String> = path.iter().chain([key]).cloned().collect();
            set(document, &below, value, tables)?;
        }
        return Ok(());
    }
    adopt_comments(document, parents.is_empty());
    let name = parents.iter().fold(String::new(), |name, segment| dotted(&name, segment));
    let parent = table_at(document, parents)?.as_table_like_mut().ok_or(EditError::NotATable(name))?;
    let mut new = edit_value(value);
    match parent.get_mut(last) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        Some(Item::None) | None => drop(parent.insert(last, Item::Value(new))),
        Some(table @ (Item::Table(_) | Item::ArrayOfTables(_))) => *table = Item::Value(new),
    }
    Ok(())
}

/// Values before tables, as a file has to have them.
fn sorted(entries: &toml::Table) -> impl Iterator<Item = (&String, &toml::Value)> {
    let values = entries.iter().filter(|(_, value)| !value.is_table());
    values.chain(entries.iter().filter(|(_, value)| value.is_table()))
}

/// In a file of comments alone the first key goes below them.
fn adopt_comments(document: &mut DocumentMut, at_top: bool) {
    if !at_top || !document.as_table().is_empty() {
        return;
    }
    let comments = document.trailing().as_str().unwrap_or_default().to_owned();
    if !comments.is_empty() {
        document.set_trailing("");
        document.decor_mut().set_prefix(comments);
    }
}

/// The table at a path, made where it is missing: with a header as far as what it stands in allows.
fn table_at<'d>(document: &'d mut DocumentMut, path: &[String]) -> Result<&'d mut Item, EditError> {
    let mut made = Made::of(document, path);
    let mut item = document.as_item_mut();
    let mut name = String::new();
    for (depth, segment) in path.iter().enumerate() {
        name = dotted(&name, segment);
        let room = Room::of(item);
        let table = item.as_table_like_mut().ok_or_else(|| EditError::NotATable(name.clone()))?;
        if table.get(segment).is_none_or(Item::is_none) {
            table.insert(segment, made.table(room, depth + 1 == path.len(), depth == 0));
        }
        item = table.get_mut(segment).filter(|item| item.is_table_like()).ok_or_else(|| EditError::NotATable(name.clone()))?;
    }
    Ok(item)
}

/// What a table can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// Tables with headers.
    Headers,
    /// More dotted keys.
    Dotted,
    /// What fits between braces.
    Braces,
}

impl Room {
    fn of(item: &Item) -> Self {
        match item {
            Item::Table(table) if table.is_dotted() => Self::Dotted,
            Item::Value(_) => Self::Braces,
            Item::Table(_) | Item::None | Item::ArrayOfTables(_) => Self::Headers,
        }
    }
}

/// How tables are made that are not there yet.
struct Made {
    /// Behind every table of the document.
    position: isize,
    /// Comments at the end of the document, which a table behind them takes over.
    comments: Option<String>,
}

impl Made {
    fn of(document: &mut DocumentMut, path: &[String]) -> Self {
        let position = 1 + last_position(document.as_table());
        let at_end = path.first().is_some_and(|first| !document.contains_key(first));
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        let comments = (at_end && trailing.contains('#')).then_some(trailing);
        if comments.is_some() {
            document.set_trailing("");
        }
        Self { position, comments }
    }

    fn table(&mut self, room: Room, explicit: bool, at_top: bool) -> Item {
        if room == Room::Braces {
            return Item::Value(Value::InlineTable(InlineTable::new()));
        }
        let mut table = Table::new();
        table.set_dotted(room == Room::Dotted);
        table.set_implicit(!explicit);
        if at_top {
            table.set_position(Some(self.position));
        }
        if explicit && let Some(comments) = self.comments.take() {
            table.decor_mut().set_prefix(format!("{comments}\n"));
        }
        Item::Table(table)
    }
}

/// The greatest position of a header.
fn last_position(table: &Table) -> isize {
    tables(table).filter_map(Table::position).max().unwrap_or(0)
}

/// All tables with or without a header, and tables of arrays.
fn tables(table: &Table) -> Box<dyn Iterator<Item = &Table> + '_> {
    let below = table.iter().flat_map(|(_, item)| -> Box<dyn Iterator<Item = &Table> + '_> {
        match item {
            Item::Table(table) => tables(table),
            Item::ArrayOfTables(array) => Box::new(array.iter().flat_map(tables)),
            Item::Value(_) | Item::None => Box::new(std::iter::empty()),
        }
    });
    Box::new(std::iter::once(table).chain(below))
}

/// Takes everything out of the table at a path; its header and what is said above it stay.
fn empty_at(document: &mut DocumentMut, path: &[String]) -> Result<(), EditError> {
    let Some((last, parents)) = path.split_last() else {
        return Ok(());
    };
    let Some(parent) = existing(document, parents) else {
        return Ok(());
    };
    match parent.as_table_like_mut().and_then(|table| table.get_mut(last)) {
        Some(item) if item.is_table_like() => {
            if let Item::Table(table) = item {
                table.set_implicit(false);
            }
            if let Some(table) = item.as_table_like_mut() {
                table.clear();
            }
            Ok(())
        }
        Some(_) => remove(document, path),
        None => Ok(()),
    }
}

/// What is at a path, if all of it is there.
fn existing<'d>(document: &'d mut DocumentMut, path: &[String]) -> Option<&'d mut Item> {
    path.iter().try_fold(document.as_item_mut(), |item, segment| item.as_table_like_mut()?.get_mut(segment))
}

fn remove(document: &mut DocumentMut, path: &[String]) -> Result<(), EditError> {
    let Some((last, parents)) = path.split_last() else {
        return Err(EditError::NotATable(String::new()));
    };
    let own_position = match existing(document, path) {
        Some(Item::Table(table)) => table.position(),
        Some(_) => None,
        None => return Ok(()),
    };
    let Some(parent) = existing(document, parents) else {
        return Ok(());
    };
    let table_position = parent.as_table().and_then(Table::position);
    let above = parent.as_table_mut().and_then(|parent| take_with_comments(parent, last));
    if parent.as_table().is_none()
        && let Some(table) = parent.as_table_like_mut()
    {
        table.remove(last);
    }
    let Some((comments, sibling)) = above else {
        return Ok(());
    };
    match sibling {
        Some(key) => {
            if let Some(mut key) = existing(document, parents).and_then(Item::as_table_mut).and_then(|parent| parent.key_mut(&key)) {
                prepend(key.leaf_decor_mut(), &comments);
            }
        }
        None => before_table_after(document, own_position.or(table_position).unwrap_or(0), &comments),
    }
    Ok(())
}

/// Removes a key and returns what stays of the comments above it, with the key of the same table that is next.
fn take_with_comments(parent: &mut Table, key: &str) -> Option<(String, Option<String>)> {
    let is_value = parent.get(key)?.is_value();
    let own = |decor: &Decor| decor.prefix().and_then(RawString::as_str).unwrap_or_default().to_owned();
    let above = match parent.get(key)? {
        Item::Table(table) => own(table.decor()),
        Item::Value(_) | Item::ArrayOfTables(_) | Item::None => parent.key(key).map(|key| own(key.leaf_decor())).unwrap_or_default(),
    };
    let next =
        parent.iter().skip_while(|(name, _)| *name != key).skip(1).find(|(_, item)| item.is_value()).map(|(name, _)| name.to_owned());
    parent.remove(key);
    let stays = set_apart(&above);
    (!stays.is_empty()).then(|| (stays.to_owned(), next.filter(|_| is_value)))
}

/// The comments above something that a blank line sets apart from it.
fn set_apart(above: &str) -> &str {
    let Some(own) = above.rfind("\n\n").map(|at| at + 2) else { return "" };
    if above[..own].contains('#') { &above[..own] } else { "" }
}

fn prepend(decor: &mut Decor, comments: &str) {
    let below = decor.prefix().and_then(RawString::as_str).unwrap_or_default().trim_start_matches('\n').to_owned();
    decor.set_prefix(format!("{comments}{below}"));
}

/// Puts comments above the table whose header follows a position, else at the end of the document.
fn before_table_after(document: &mut DocumentMut, position: isize, comments: &str) {
    let next = tables(document.as_table()).filter_map(Table::position).filter(|other| *other > position).min();
    let found = next.and_then(|next| table_with(document.as_table_mut(), next));
    if let Some(table) = found {
        prepend(table.decor_mut(), comments);
        return;
    }
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    document.set_trailing(format!("{comments}{trailing}"));
}

fn table_with(table: &mut Table, position: isize) -> Option<&mut Table> {
    if table.position() == Some(position) {
        return Some(table);
    }
    table.iter_mut().find_map(|(_, item)| match item {
        Item::Table(table) => table_with(table, position),
        Item::ArrayOfTables(array) => array.iter_mut().find_map(|table| table_with(table, position)),
        Item::Value(_) | Item::None => None,
    })
}

/// The value as it is written.
fn edit_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(on) => Value::from(*on),
        toml::Value::Datetime(time) => time.to_string().parse().unwrap_or_else(|_| Value::from(time.to_string())),
        toml::Value::Array(items) => Value::Array(items.iter().map(edit_value).collect::<Array>()),
        toml::Value::Table(entries) => {
            Value::InlineTable(entries.iter().map(|(key, value)| (Key::new(key), edit_value(value))).collect::<InlineTable>())
        }
    }
}

#[cfg(test)]
mod tests;
