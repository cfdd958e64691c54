//! Which variables hold credentials, as far as the configuration says so.
//!
//! Reads the merged table as it is, because not every table that names such a variable has a use in this program yet, and a
//! command must not see the variable all the same.

use toml::{Table, Value};

/// Keys of a provider or a server whose value is the name of a variable with a credential.
const NAMES: [&str; 2] = ["env_key", "bearer_token_env_var"];
/// The key of a table from header names to such variables.
const HEADERS: &str = "env_http_headers";

/// The variables that `model_providers` and `mcp_servers` authenticate with, sorted.
pub(crate) fn variables(table: &Table) -> Vec<String> {
    let tables = ["model_providers", "mcp_servers"].iter().filter_map(|key| table.get(*key)?.as_table());
    let entries = tables.flat_map(Table::values).filter_map(Value::as_table);
    let mut names: Vec<String> = entries.flat_map(of_entry).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

fn of_entry(entry: &Table) -> impl Iterator<Item = &str> {
    let single = NAMES.iter().filter_map(|key| entry.get(*key));
    let headers = entry.get(HEADERS).and_then(Value::as_table).into_iter().flat_map(Table::values);
    single.chain(headers).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X2.
    #[test]
    fn every_variable_that_is_named_as_a_credential_is_found() {
        let text = r#"
            [model_providers.a]
            env_key = "A"
            env_http_headers = { x = "B", y = "C" }
            http_headers = { x = "no variable" }
            [mcp_servers.b]
            bearer_token_env_var = "D"
            env_http_headers = { x = "B" }
            [mcp_servers.c]
            command = "x"
            env_key = 5
        "#;
        assert_eq!(variables(&toml::from_str(text).unwrap()), ["A", "B", "C", "D"]);
        assert!(variables(&Table::new()).is_empty());
    }
}
