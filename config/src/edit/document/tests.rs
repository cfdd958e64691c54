use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn set_to(segments: &[&str], value: impl Into<toml::Value>) -> Change {
    Change::Set { path: path(segments), value: value.into() }
}

fn gone(segments: &[&str]) -> Change {
    Change::Remove { path: path(segments) }
}

fn table(text: &str) -> toml::Value {
    toml::Value::Table(toml::from_str(text).unwrap())
}

#[test]
fn what_is_not_touched_keeps_every_byte() {
    let cases: Vec<(&str, Change, &str)> = vec![
        ("", set_to(&["model"], "m"), "model = \"m\"\n"),
        ("model   =  'a'   # why\nx=1\n", set_to(&["model"], "b"), "model   =  \"b\"   # why\nx=1\n"),
        ("# top\n\n# own\na = 1 # c\n", set_to(&["b"], true), "# top\n\n# own\na = 1 # c\nb = true\n"),
        ("# only a comment\n", set_to(&["model"], "m"), "# only a comment\nmodel = \"m\"\n"),
        ("# only a comment\n", set_to(&["features", "undo"], true), "# only a comment\n\n[features]\nundo = true\n"),
        ("model = \"x\"\n# end\n", set_to(&["features", "undo"], true), "model = \"x\"\n# end\n\n[features]\nundo = true\n"),
        (
            "# top\n[features]\n# u\nundo = false # why\n",
            set_to(&["features", "undo"], true),
            "# top\n[features]\n# u\nundo = true # why\n",
        ),
        ("features = { undo = true }\n", set_to(&["features", "apps"], false), "features = { undo = true , apps = false }\n"),
        (
            "features.undo = true\nmodel = \"x\"\n",
            set_to(&["features", "js_repl"], true),
            "features.undo = true\nfeatures.js_repl = true\nmodel = \"x\"\n",
        ),
        ("[a]\nx = 1\n\n[b]\ny = 1\n", set_to(&["a", "z"], 2), "[a]\nx = 1\nz = 2\n\n[b]\ny = 1\n"),
        ("[a]\nx = 1\n[b]\n[a.c]\n", set_to(&["d", "y"], 2), "[a]\nx = 1\n[b]\n[a.c]\n\n[d]\ny = 2\n"),
        (
            "[projects.\"/a\"]\ntrust_level = \"trusted\"\n\n[tui]\ntheme = \"x\"\n",
            set_to(&["projects", "/b c", "trust_level"], "untrusted"),
            "[projects.\"/a\"]\ntrust_level = \"trusted\"\n\n[projects.\"/b c\"]\ntrust_level = \"untrusted\"\n\n[tui]\ntheme = \"x\"\n",
        ),
        ("a = 1\r\n[t]\r\nx = 1\r\n", set_to(&["t", "y"], 2), "a = 1\r\n[t]\r\nx = 1\r\ny = 2\r\n"),
        ("\u{feff}a = 1\n", set_to(&["b"], 2), "\u{feff}a = 1\nb = 2\n"),
        ("a = 1\n[t]\nx = 1\n", Change::Table { path: path(&["t"]) }, "a = 1\n[t]\nx = 1\n"),
        ("a = 1\n", Change::Table { path: path(&["t"]) }, "a = 1\n\n[t]\n"),
    ];
    for (before, change, after) in cases {
        assert_eq!(rewrite(before, std::slice::from_ref(&change)).unwrap(), after, "{before:?} {change:?}");
    }
}

#[test]
fn a_table_that_is_set_replaces_what_was_in_it_and_no_comment_outside() {
    let server = table("command = \"npx\"\nargs = [\"-y\", \"pkg\"]\n[env]\nA = \"1\"\nB = \"2\"");
    let set_server = Change::Set { path: path(&["mcp_servers", "one"]), value: server.clone() };
    let fresh = "[mcp_servers.one]\nargs = [\"-y\", \"pkg\"]\ncommand = \"npx\"\n\n[mcp_servers.one.env]\nA = \"1\"\nB = \"2\"\n";
    assert_eq!(rewrite("", std::slice::from_ref(&set_server)).unwrap(), fresh);
    let before = "# top\n\n# own\n[mcp_servers.one]\ncommand = \"a\" # c\nenabled = false\n\n# between\n[tui]\ntheme = \"x\"\n# end\n";
    let after = rewrite(before, &[set_server]).unwrap();
    for kept in ["# top\n\n# own\n[mcp_servers.one]\n", "\n# between\n[tui]\ntheme = \"x\"\n", "# end\n"] {
        assert!(after.contains(kept), "{kept:?} in {after}");
    }
    assert!(!after.contains("enabled"), "{after}");
    let parsed: toml::Table = toml::from_str(&after).unwrap();
    assert_eq!(parsed["mcp_servers"]["one"], server);
}

#[test]
fn merging_keeps_the_other_keys() {
    let change = Change::Merge { path: path(&["t"]), value: table("b = 2\n[u]\nd = 4") };
    let after = rewrite("[t]\na = 1 # one\n[t.u]\nc = 3\n", &[change]).unwrap();
    assert_eq!(after, "[t]\na = 1 # one\nb = 2\n[t.u]\nc = 3\nd = 4\n");
}

#[test]
fn what_is_removed_takes_its_own_comments_and_no_others() {
    let cases = [
        ("a = 1\n# own\nb = 2\n# of c\nc = 3\n", gone(&["b"]), "a = 1\n# of c\nc = 3\n"),
        ("# top\n\n# own\na = 1\nb = 2\n", gone(&["a"]), "# top\n\nb = 2\n"),
        ("# top\n\n# own\n[x.y]\na = 1\n\n# of z\n[z]\nb = 1\n", gone(&["x", "y"]), "# top\n\n# of z\n[z]\nb = 1\n"),
        ("# top\n\n[x]\na = 1\n# end\n", gone(&["x"]), "# top\n\n# end\n"),
        ("[features]\nundo = true\n", gone(&["features", "undo"]), "[features]\n"),
        ("t = { a = 1, b = 2 }\n", gone(&["t", "a"]), "t = { b = 2 }\n"),
        ("a = 1\n", gone(&["b"]), "a = 1\n"),
        ("a = 1\n", gone(&["b", "c"]), "a = 1\n"),
    ];
    for (before, change, after) in cases {
        assert_eq!(rewrite(before, std::slice::from_ref(&change)).unwrap(), after, "{before:?} {change:?}");
    }
}

#[test]
fn a_value_in_the_way_of_a_table_is_an_error() {
    let error = |text: &str, change: Change| rewrite(text, &[change]).unwrap_err().to_string();
    assert_eq!(error("features = 1\n", set_to(&["features", "undo"], true)), "Error: `features` in config.toml is not a table");
    assert_eq!(error("a.b = 1\n", set_to(&["a", "b", "c"], true)), "Error: `a.b` in config.toml is not a table");
    assert!(rewrite("a = \n", &[set_to(&["b"], 1)]).is_err());
}

/// A document of keys `k0..`, some in tables `t0..`, with a comment above and behind each, numbered in order.
fn documents() -> impl Strategy<Value = (String, Vec<Vec<String>>)> {
    let entry = (0..3_usize, prop::bool::ANY, prop::bool::ANY);
    prop::collection::vec(prop::collection::vec(entry, 0..4), 1..4).prop_map(|tables| {
        let (mut text, mut keys, mut comments) = (String::new(), Vec::new(), 0);
        let mut comment = |wanted: bool| {
            comments += 1;
            if wanted { format!("# c{comments}") } else { String::new() }
        };
        for (at, entries) in tables.iter().enumerate() {
            if at > 0 {
                text.push_str(&format!("{}\n[t{at}]\n", comment(true)));
            }
            for (number, (kind, above, behind)) in entries.iter().enumerate() {
                if *above {
                    text.push_str(&format!("{}\n", comment(true)));
                }
                let value = ["1", "\"two\"", "[3, 4]"][*kind];
                text.push_str(&format!("k{number} = {value} {}\n", comment(*behind)));
                let key = format!("k{number}");
                keys.push(if at == 0 { vec![key] } else { vec![format!("t{at}"), key] });
            }
        }
        (text, keys)
    })
}

fn comments_of(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment.trim().to_owned()).collect()
}

proptest! {
    #[test]
    fn setting_keeps_comments_order_and_all_other_values((text, keys) in documents(), at in 0..16_usize, fresh in prop::bool::ANY) {
        let existing = keys.get(at % keys.len().max(1)).filter(|_| !fresh).cloned();
        let path = existing.clone().unwrap_or_else(|| vec!["t1".to_owned(), "fresh".to_owned()]);
        let after = rewrite(&text, &[Change::Set { path: path.clone(), value: 99.into() }]).unwrap();
        prop_assert_eq!(comments_of(&after), comments_of(&text), "{}", after);
        let (old, new): (toml::Table, toml::Table) = (toml::from_str(&text).unwrap(), toml::from_str(&after).unwrap());
        let value = |table: &toml::Table, path: &[String]| path.iter().skip(1).fold(table.get(&path[0]).cloned(), |value, key| value?.get(key).cloned());
        for key in &keys {
            let expected = if *key == path { Some(toml::Value::Integer(99)) } else { value(&old, key) };
            prop_assert_eq!(value(&new, key), expected, "{}", after);
        }
        prop_assert_eq!(value(&new, &path), Some(toml::Value::Integer(99)));
        let order = |text: &str| text.lines().filter_map(|line| line.split(" =").next()).filter(|key| key.starts_with('k')).map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(order(&after), order(&text));
    }

    #[test]
    fn setting_back_gives_the_text_back((text, keys) in documents(), at in 0..16_usize) {
        prop_assume!(!keys.is_empty());
        let key = &keys[at % keys.len()];
        let old: toml::Table = toml::from_str(&text).unwrap();
        let value = key.iter().skip(1).fold(old[&key[0]].clone(), |value, segment| value[segment.as_str()].clone());
        let there = rewrite(&text, &[Change::Set { path: key.clone(), value: 99.into() }]).unwrap();
        let back = rewrite(&there, &[Change::Set { path: key.clone(), value }]).unwrap();
        prop_assert_eq!(back, text);
    }

    #[test]
    fn removing_keeps_every_other_key_and_comment((text, keys) in documents(), at in 0..16_usize) {
        prop_assume!(!keys.is_empty());
        let key = &keys[at % keys.len()];
        let after = rewrite(&text, &[Change::Remove { path: key.clone() }]).unwrap();
        let (mut old, new): (toml::Table, toml::Table) = (toml::from_str(&text).unwrap(), toml::from_str(&after).unwrap());
        match key.as_slice() {
            [key] => drop(old.remove(key)),
            [table, key] => drop(old[table].as_table_mut().unwrap().remove(key)),
            _ => unreachable!(),
        }
        prop_assert_eq!(new, old, "{}", after);
        let kept = comments_of(&after);
        let before = comments_of(&text);
        // What is gone stood beside the key: one comment above it and one behind it at most.
        prop_assert!(before.len() - kept.len() <= 2, "{} -> {}", text, after);
        let mut rest = before.iter();
        prop_assert!(kept.iter().all(|comment| rest.any(|other| other == comment)), "{} -> {}", text, after);
    }
}
