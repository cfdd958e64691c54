//! Entries of an array of tables, such as `[[skills.config]]`: those about one thing go, another may come at the end.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{EditError, Room, dotted, edit_value, existing, table_at};

/// Takes out the entries whose `key` is `value`, and adds `entry`, in the form in which the others are written.
pub(super) fn change(
    document: &mut DocumentMut,
    path: &[String],
    (key, value): (&str, &str),
    entry: Option<&[(String, toml::Value)]>,
) -> Result<(), EditError> {
    let name = || path.iter().fold(String::new(), |name, segment| dotted(&name, segment));
    let Some((last, parents)) = path.split_last() else { return Err(EditError::NotATable(String::new())) };
    if existing(document, path).is_none() {
        return entry.map_or(Ok(()), |entry| begin(document, parents, last, entry));
    }
    let parent = table_at(document, parents)?;
    let Some(parent) = parent.as_table_like_mut() else { return Err(EditError::NotATable(name())) };
    let is_meant = |table: &dyn TableLike| table.get(key).and_then(Item::as_str) == Some(value);
    let is_empty = match parent.get_mut(last) {
        Some(Item::ArrayOfTables(tables)) => {
            tables.retain(|table| !is_meant(table));
            tables.extend(entry.map(with_header));
            tables.is_empty()
        }
        Some(Item::Value(Value::Array(items))) => {
            items.retain(|item| !item.as_inline_table().is_some_and(|table| is_meant(table)));
            items.extend(entry.map(in_braces));
            items.is_empty()
        }
        _ => return Err(EditError::NotATable(name())),
    };
    if is_empty {
        parent.remove(last);
    }
    Ok(())
}

/// The first entry. It has a header of its own where what it stands in allows.
fn begin(document: &mut DocumentMut, parents: &[String], last: &str, entry: &[(String, toml::Value)]) -> Result<(), EditError> {
    let is_new = existing(document, parents).is_none();
    let parent = table_at(document, parents)?;
    if Room::of(parent) != Room::Headers {
        let array: Array = [in_braces(entry)].into_iter().collect();
        parent.as_table_like_mut().map(|table| table.insert(last, Item::Value(Value::Array(array))));
        return Ok(());
    }
    let mut first = with_header(entry);
    if let Some(parent) = parent.as_table_mut() {
        if is_new {
            // What would stand above the parent's header stands above the entry's, which says it all.
            if let Some(above) = parent.decor().prefix() {
                first.decor_mut().set_prefix(above.clone());
            }
            parent.set_implicit(true);
        }
        let mut tables = ArrayOfTables::new();
        tables.push(first);
        parent.insert(last, Item::ArrayOfTables(tables));
    }
    Ok(())
}

fn with_header(entry: &[(String, toml::Value)]) -> Table {
    entry.iter().map(|(key, value)| (key.clone(), Item::Value(edit_value(value)))).collect()
}

fn in_braces(entry: &[(String, toml::Value)]) -> Value {
    Value::InlineTable(entry.iter().map(|(key, value)| (key.clone(), edit_value(value))).collect::<InlineTable>())
}
