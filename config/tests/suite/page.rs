//! `docs/config.md`, made from the types and from the file that uses every key.

use std::fmt::Write as _;

use codex_config::accepted::{RETIRED, WITHOUT_EFFECT_YET};
use codex_config::schema::keys::{Key, keys};

/// What the page begins with.
const HEAD: &str = include_str!("../fixtures/page-head.md");
/// A sound file with every key; the examples are cut out of it.
pub(crate) const EVERY_KEY: &str = include_str!("../fixtures/every-key.toml");

/// A table of the file, with the keys it holds.
struct Section {
    /// Its name as it is written; empty for the keys above all tables.
    name: String,
    keys: Vec<Key>,
}

/// The whole page.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    for section in sections() {
        let title = if section.name.is_empty() { "Keys above all tables".to_owned() } else { format!("`[{}]`", section.name) };
        let _ = write!(page, "\n## {title}\n\n| key | takes | default | |\n|---|---|---|---|\n");
        for key in &section.keys {
            page.push_str(&row(key));
        }
        if let Some(example) = example(&section.name) {
            let _ = write!(page, "\n```toml\n{example}```\n");
        } else if let Some((parent, _)) = section.name.rsplit_once('.') {
            let _ = write!(page, "\nSee the example of `[{parent}]`.\n");
        }
    }
    page
}

/// Keys by table, the one above all tables first.
fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = vec![Section { name: String::new(), keys: Vec::new() }];
    for key in keys() {
        let table = table_of(&key);
        // A profile's keys are the same again, and so are the other exporters'.
        if ["profiles.", "otel.trace_exporter.", "otel.metrics_exporter."].iter().any(|same| table.starts_with(same)) {
            continue;
        }
        match sections.iter_mut().find(|section| section.name == table) {
            Some(section) => section.keys.push(key),
            None => sections.push(Section { name: table, keys: vec![key] }),
        }
    }
    let (top, mut tables): (Vec<Section>, Vec<Section>) = sections.into_iter().partition(|section| section.name.is_empty());
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    top.into_iter().chain(tables).collect()
}

fn table_of(key: &Key) -> String {
    let parents = key.path.iter().take(key.path.len() - 1);
    parents.map(|segment| if segment == "*" { "NAME" } else { segment }).collect::<Vec<_>>().join(".")
}

fn row(key: &Key) -> String {
    let name = key.path.last().map(|name| if name == "*" { "NAME" } else { name.as_str() }).unwrap_or_default();
    let default = match &key.default {
        Some(default) => format!("`{default}`"),
        None if key.required => "has to be there".to_owned(),
        None => String::new(),
    };
    let name_listed = |list: &[&str]| list.contains(&key.name().as_str());
    let note = if name_listed(WITHOUT_EFFECT_YET) {
        " *No effect yet.*"
    } else if name_listed(RETIRED) {
        " *No effect.*"
    } else {
        ""
    };
    format!("| `{name}` | {} | {default} | {}{note} |\n", key.kind.replace('|', "\\|"), key.about.replace('|', "\\|"))
}

/// The part of the file about a table.
fn example(table: &str) -> Option<String> {
    let marker = format!("# {}\n", if table.is_empty() { "above all tables" } else { table });
    let from = EVERY_KEY.find(&marker)? + marker.len();
    let part = &EVERY_KEY[from..];
    let end = part.find("\n\n").map_or(part.len(), |at| at + 1);
    Some(part[..end].to_owned())
}
