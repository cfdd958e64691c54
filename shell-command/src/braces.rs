//! Lists in braces, taken apart as a shell does: `a{b,c}` stands for `ab` and `ac`.
//!
//! Works on texts whose quotes are gone, so it may take apart what a shell would leave; callers look for harm in any of
//! the texts, and then one too many does none.

/// Texts from one word are followed up to this number.
const MOST: usize = 64;

/// Takes lists in braces apart; `None` when there are too many.
pub(crate) fn apart(word: &str) -> Option<Vec<String>> {
    let mut open = vec![word.to_owned()];
    let mut done = Vec::new();
    while let Some(text) = open.pop() {
        match innermost(&text) {
            Some((before, list, behind)) => open.extend(list.split(',').map(|piece| format!("{before}{piece}{behind}"))),
            None => done.push(text),
        }
        if open.len() + done.len() > MOST {
            return None;
        }
    }
    Some(done)
}

/// The innermost list of a text, and what is around it; `${x}` is none.
fn innermost(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find('}')?;
    let start = text[..end].rfind('{')?;
    let list = &text[start + 1..end];
    (list.contains(',') && !text[..start].ends_with('$')).then(|| (&text[..start], list, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn lists_in_braces_come_apart() {
        let sorted = |text| {
            let mut texts = apart(text).unwrap();
            texts.sort();
            texts.dedup();
            texts
        };
        assert_eq!(sorted("a"), ["a"]);
        assert_eq!(sorted("{/,x}"), ["/", "x"]);
        assert_eq!(sorted("a{b,{c,d}}/"), ["ab/", "ac/", "ad/"]);
        assert_eq!(sorted("${a,b}"), ["${a,b}"]);
        assert_eq!(apart(&"{a,b}".repeat(20)), None);
    }
}
