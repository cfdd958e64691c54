//! Finds tools by words: BM25 over names, titles, descriptions and the names of arguments.
//!
//! Pure. Words are split at what is no letter or digit and at changes of case, so that `getUserProfile` is found by "user".

use std::collections::HashMap;
use std::sync::Arc;

use crate::tool::McpTool;

/// How soon repetition of a word stops to count.
const K1: f32 = 1.2;
/// How much long texts are held against a tool.
const B: f32 = 0.75;
/// How often a word of the name counts.
const NAME_WEIGHT: u32 = 3;
/// Most words of one tool.
const MOST_WORDS: usize = 400;

/// An index of tools.
#[derive(Debug)]
pub(crate) struct Index {
    tools: Vec<Arc<McpTool>>,
    lengths: Vec<u32>,
    average: f32,
    /// Word to the tools that have it and how often.
    postings: HashMap<String, Vec<(u32, u32)>>,
}

impl Index {
    pub(crate) fn new<'a>(tools: impl Iterator<Item = &'a Arc<McpTool>>) -> Self {
        let mut index = Self { tools: Vec::new(), lengths: Vec::new(), average: 0.0, postings: HashMap::new() };
        for tool in tools {
            let number = u32::try_from(index.tools.len()).unwrap_or(u32::MAX);
            let mut counts: HashMap<String, u32> = HashMap::new();
            for word in words(&tool.name).chain(words(&tool.server)).take(MOST_WORDS) {
                *counts.entry(word).or_default() += NAME_WEIGHT;
            }
            let arguments = tool.parameters["properties"].as_object().into_iter().flat_map(|properties| properties.keys());
            let texts = [tool.title.as_deref().unwrap_or_default(), tool.description.as_str()];
            let others = texts.into_iter().chain(arguments.map(String::as_str)).flat_map(words);
            for word in others.take(MOST_WORDS) {
                *counts.entry(word).or_default() += 1;
            }
            index.lengths.push(counts.values().sum());
            for (word, count) in counts {
                index.postings.entry(word).or_default().push((number, count));
            }
            index.tools.push(Arc::clone(tool));
        }
        let total: u64 = index.lengths.iter().map(|length| u64::from(*length)).sum();
        #[expect(clippy::cast_precision_loss, reason = "an average needs no more digits")]
        let average = total as f32 / index.lengths.len().max(1) as f32;
        index.average = average.max(1.0);
        index
    }

    pub(crate) fn search(&self, query: &str, most: usize) -> Vec<Arc<McpTool>> {
        let mut scores: HashMap<u32, f32> = HashMap::new();
        let mut asked: Vec<String> = words(query).take(64).collect();
        asked.sort_unstable();
        asked.dedup();
        for word in asked {
            let Some(having) = self.postings.get(&word) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "counts of tools and words are small")]
            let (all, with) = (self.tools.len() as f32, having.len() as f32);
            let rarity = ((all - with + 0.5) / (with + 0.5) + 1.0).ln();
            for (number, count) in having {
                #[expect(clippy::cast_precision_loss, reason = "counts of tools and words are small")]
                let (count, length) = (*count as f32, self.lengths[*number as usize] as f32);
                let score = rarity * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / self.average));
                *scores.entry(*number).or_default() += score;
            }
        }
        let mut best: Vec<(u32, f32)> = scores.into_iter().collect();
        // Tools of one score keep the order of their names.
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.into_iter().take(most).map(|(number, _)| Arc::clone(&self.tools[number as usize])).collect()
    }
}

/// The words of a text, in lower case, a plural `s` taken off.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for c in text.chars() {
        let breaks = !c.is_alphanumeric() || (c.is_uppercase() && before_lower);
        if breaks && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words.into_iter().filter(|word| word.len() > 1 || word.chars().all(char::is_numeric)).map(|mut word| {
        if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
            word.pop();
        }
        word
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use codex_config::schema::McpServerToml;
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use crate::settings::ServerSettings;
    use crate::table::ToolTable;

    fn table(tools: &[Value]) -> ToolTable {
        let entry = McpServerToml { command: Some("x".into()), ..McpServerToml::default() };
        let settings = ServerSettings::new("s", &entry, &BTreeMap::new(), std::path::Path::new("/"), None);
        ToolTable::new(crate::tool::read(&settings, tools, None).tools)
    }

    fn found(table: &ToolTable, query: &str) -> Vec<String> {
        table.search(query, 3).iter().map(|tool| tool.name.clone()).collect()
    }

    #[test]
    fn tools_are_found_by_the_words_of_their_names_descriptions_and_arguments() {
        let table = table(&[
            json!({"name": "getUserProfile", "description": "Reads one account"}),
            json!({"name": "list_invoices", "description": "Lists bills of a user", "inputSchema": {"properties": {"dueDate": {}}}}),
            json!({"name": "send", "description": "Sends mail"}),
        ]);
        assert_eq!(found(&table, "user profile"), ["getUserProfile", "list_invoices"]);
        assert_eq!(found(&table, "invoice"), ["list_invoices"]);
        assert_eq!(found(&table, "due"), ["list_invoices"]);
        assert_eq!(found(&table, "nothing here"), Vec::<String>::new());
    }

    #[test]
    fn one_of_twenty_thousand_is_found() {
        let tools: Vec<Value> =
            (0..20_000).map(|n| json!({"name": format!("tool_{n}"), "description": format!("does thing number {n}")})).collect();
        let table = table(&tools);
        assert!(table.is_searched());
        assert_eq!(found(&table, "thing 12345")[0], "tool_12345");
        assert_eq!(table.listed(&["mcp__s__tool_7".to_owned(), "gone".to_owned()]).len(), 1);
    }
}
