//! What of a setting must not be shown (X4): in listings, and in the excerpts and values that errors quote.
//!
//! Errors are pasted into issues and chats. So a line is shown in part when its key may hold a secret, rather than whole
//! when it surely holds none. **Not here:** secrets in what the model or a command said.

use std::borrow::Cow;

/// What stands for a secret in a listing.
pub(crate) const MASK: &str = "*****";

/// What stands for the hidden rest of a line.
const HIDDEN: &str = "...";

/// Parts of key names that promise a secret. `env` and `headers` are tables of anything.
const WORDS: &[&str] = &["token", "secret", "password", "passwd", "api_key", "apikey", "authorization", "headers", "query_params"];

/// Whether a key may hold a secret, by its segments.
pub(crate) fn is_secret(path: &[String]) -> bool {
    let below = |names: &[&str]| path.len() > 1 && path[..path.len() - 1].iter().any(|segment| names.contains(&segment.as_str()));
    // Names of variables are no secrets: `env_key`, `bearer_token_env_var`.
    let names_a_variable =
        path.last().is_some_and(|last| last.ends_with("_env_var") || last == "env_key" || last == "env_key_instructions");
    let promises = path.iter().any(|segment| WORDS.iter().any(|word| segment.to_lowercase().contains(word)));
    !names_a_variable && (promises && !path.iter().any(|segment| segment == "env_http_headers") || below(&["env", "set"]))
}

/// An error's sentence without the value that it quotes.
pub(crate) fn without_value(message: &str) -> String {
    let (head, tail) = message.rsplit_once(", expected").map_or((message, None), |(head, tail)| (head, Some(tail)));
    let end = head.find(['"', '`']).unwrap_or(head.len());
    let tail = tail.map(|tail| format!(", expected{tail}")).unwrap_or_default();
    format!("{}{tail}", head[..end].trim_end())
}

/// A line of a file as it may be shown; `above` is what stands before it in the file.
pub(crate) fn shown_line<'l>(above: &str, line: &'l str) -> Cow<'l, str> {
    let header = above.lines().rev().map(str::trim).find(|line| line.starts_with('[')).unwrap_or_default();
    let section = crate::overrides::segments(header.trim_matches(['[', ']', ' ']));
    let (key, value) = line.split_once('=').unwrap_or(("", line));
    let path: Vec<String> = section.into_iter().chain(crate::overrides::segments(key)).collect();
    let lower = line.to_lowercase();
    let elsewhere = || {
        let named = WORDS.iter().any(|word| lower.contains(word)) && !lower.contains("_env_var") && !lower.contains("env_http_headers");
        named || (value.contains("://") && (value.contains('@') || value.contains('?')))
    };
    if !is_secret(&path) && !elsewhere() {
        return Cow::Borrowed(line);
    }
    match line.split_once('=') {
        Some((key, _)) => Cow::Owned(format!("{key}= {HIDDEN}")),
        None => Cow::Borrowed(HIDDEN),
    }
}

/// An address without the password and the values of its query; anything else as it is.
pub fn shown_url(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let authority_end = place.find('/').unwrap_or(place.len());
    let (authority, path) = place.split_at(authority_end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{MASK}@{host}"),
            // A name alone may be a key, as many services have it.
            None => format!("{MASK}@{host}"),
        },
        None => authority.to_owned(),
    };
    let query = query.map(|query| {
        let pairs = query.split('&').map(|pair| pair.split_once('=').map_or_else(|| pair.to_owned(), |(name, _)| format!("{name}={MASK}")));
        format!("?{}", pairs.collect::<Vec<_>>().join("&"))
    });
    let fragment = fragment.map(|fragment| format!("#{fragment}"));
    format!("{scheme}://{authority}{path}{}{}", query.unwrap_or_default(), fragment.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn addresses_lose_passwords_and_queries_alone() {
        let cases = [
            ("https://u:pw@h:1/v1?key=Q&x#f", "https://u:*****@h:1/v1?key=*****&x#f"),
            ("https://ghp_abc@h/p", "https://*****@h/p"),
            ("http://h/a@b", "http://h/a@b"),
            ("no address", "no address"),
        ];
        for (address, shown) in cases {
            assert_eq!(shown_url(address), shown);
        }
    }

    #[test]
    fn lines_and_messages_keep_no_secret() {
        let cases = [
            ("", "experimental_bearer_token=\"sk-1\" oops", "experimental_bearer_token= ..."),
            ("[mcp_servers.s.env]\nA = 1\n", "B = \"sk-1", "B = ..."),
            ("[model_providers.x]\n", "http_headers = { X = \"sk-1\" }", "http_headers = ..."),
            ("", "base_url = \"https://u:sk-1@h\"", "base_url = ..."),
            ("", "\"sk-1\", token", "..."),
            ("[model_providers.x]\n", "env_key = 5", "env_key = 5"),
            ("[mcp_servers.s]\n", "bearer_token_env_var = 5", "bearer_token_env_var = 5"),
            ("", "model = 5", "model = 5"),
        ];
        for (above, line, shown) in cases {
            assert_eq!(shown_line(above, line), shown);
        }
        assert_eq!(without_value("invalid type: string \"sk, expected-1\", expected a table"), "invalid type: string, expected a table");
        assert_eq!(without_value("invalid type: sequence, expected a string"), "invalid type: sequence, expected a string");
    }
}
