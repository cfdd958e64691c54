//! Functions that start themselves again in the background or through a pipe, such as `:(){ :|:& };:`.

/// Whether a text defines such a function.
pub(super) fn is_bomb(text: &str) -> bool {
    let tokens = tokens(text);
    tokens
        .iter()
        .enumerate()
        .any(|(at, token)| *token == "{" && name_before(&tokens[..at]).is_some_and(|name| starts_itself(&tokens[at..], name)))
}

/// The name in front of `() {`, or behind `function`.
fn name_before<'t>(tokens: &[&'t str]) -> Option<&'t str> {
    match tokens {
        [.., name, "(", ")"] => Some(name),
        [.., "function", name] => Some(name),
        _ => None,
    }
}

/// Whether the body, up to its closing brace, calls the function and does not wait.
fn starts_itself(body: &[&str], name: &str) -> bool {
    let mut open = 0_usize;
    for (at, token) in body.iter().enumerate() {
        match *token {
            "{" => open += 1,
            "}" => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return false;
                }
            }
            token if token == name && matches!(body.get(at + 1), Some(&("|" | "&"))) => return true,
            _ => {}
        }
    }
    false
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut left = text;
    while let Some(first) = left.chars().next() {
        let is_symbol = |c: char| c.is_whitespace() || ";|&(){}".contains(c);
        let length = if left.starts_with("&&") || left.starts_with("||") {
            2
        } else if is_symbol(first) {
            first.len_utf8()
        } else {
            left.find(is_symbol).unwrap_or(left.len())
        };
        let (token, rest) = left.split_at(length);
        if !token.trim().is_empty() {
            tokens.push(token);
        }
        left = rest;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::is_bomb;

    #[test]
    fn functions_that_multiply_are_told_from_functions_that_do_not() {
        for text in [":(){ :|:& };:", "bomb() { bomb | bomb & }; bomb", "function f { f & }", "f(){ { f& }; }", "f ()\n{\n  f &\n}"] {
            assert!(is_bomb(text), "{text}");
        }
        for text in ["f() { sleep 1 & }", "f() { ls | wc; }; f & ", "f() { f && ls; }", "p() { sleep & }", "{ a | b; }", "", "}{", "()"] {
            assert!(!is_bomb(text), "{text}");
        }
    }
}
