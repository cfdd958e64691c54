//! All tools of a session's servers under the names that the model uses, and which of them are listed.
//!
//! A table is made anew when a list changes and is never changed itself. Small sets are listed whole; of larger ones the
//! model is told to search ([`ToolTable::search`]), and what it found is listed from then on.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::search::Index;
use crate::tool::McpTool;

/// Sets of up to so many tools are listed whole.
pub const LISTED_WHOLE: usize = 128;
/// Most tools that are ever listed (M3).
pub const MOST_LISTED: usize = 512;

/// The tools of a session at one moment.
#[derive(Debug, Default)]
pub struct ToolTable {
    by_name: BTreeMap<String, Arc<McpTool>>,
    /// Tools that have the name of another one, for people.
    shadowed: Vec<String>,
    index: OnceLock<Index>,
}

impl ToolTable {
    /// The table of these tools, servers in their order: of two tools with one name the first is kept.
    pub(crate) fn new(tools: impl IntoIterator<Item = Arc<McpTool>>) -> Self {
        let mut table = Self::default();
        for tool in tools {
            match table.by_name.get(&tool.exposed) {
                Some(first) => {
                    let line = format!("`{}/{}` has the name of `{}/{}`", tool.server, tool.name, first.server, first.name);
                    table.shadowed.push(crate::text::clean(&line, 300));
                }
                None => {
                    table.by_name.insert(tool.exposed.clone(), tool);
                }
            }
        }
        table
    }

    /// The tool of this name.
    pub fn get(&self, exposed: &str) -> Option<&Arc<McpTool>> {
        self.by_name.get(exposed)
    }

    /// All tools, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<McpTool>> {
        self.by_name.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether the set is too large to be listed whole.
    pub fn is_searched(&self) -> bool {
        self.len() > LISTED_WHOLE
    }

    /// Tools that cannot be called because another one has their name, one line each.
    pub fn shadowed(&self) -> &[String] {
        &self.shadowed
    }

    /// The tools that go with a request, by name: all of a small set, of a large one those that were found; `found` newest last.
    pub fn listed(&self, found: &[String]) -> Vec<Arc<McpTool>> {
        if !self.is_searched() {
            return self.by_name.values().cloned().collect();
        }
        let newest: std::collections::BTreeSet<&String> = found.iter().rev().take(MOST_LISTED).collect();
        newest.into_iter().filter_map(|name| self.by_name.get(name).cloned()).collect()
    }

    /// The tools that fit a query best, the best first.
    pub fn search(&self, query: &str, most: usize) -> Vec<Arc<McpTool>> {
        let index = self.index.get_or_init(|| Index::new(self.by_name.values()));
        index.search(query, most)
    }
}
