//! Lays one table over another: tables merge key by key, everything else replaces.

use toml::{Table, Value};

use crate::provenance::{LayerSource, Provenance, dotted};

/// Lays `overlay` over `base` and notes in `provenance` where each value came from.
pub(crate) fn merge(base: &mut Table, overlay: Table, source: &LayerSource, provenance: &mut Provenance) {
    merge_at(base, overlay, "", source, provenance);
}

fn merge_at(base: &mut Table, overlay: Table, parent: &str, source: &LayerSource, provenance: &mut Provenance) {
    for (key, value) in overlay {
        let name = dotted(parent, &key);
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge_at(below, above, &name, source, provenance),
            (_, Value::Table(above)) => {
                provenance.forget(&name);
                let mut fresh = Table::new();
                merge_at(&mut fresh, above, &name, source, provenance);
                let took_a_place = base.insert(key, Value::Table(fresh)).is_some();
                if took_a_place && provenance.origin_below(&name).is_none() {
                    // No value of it can be asked where it comes from.
                    provenance.record(&name, source);
                }
            }
            (_, value) => {
                provenance.forget_below(&name);
                provenance.record(&name, source);
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn over(base: &Table, overlay: &Table) -> Table {
        let mut result = base.clone();
        merge(&mut result, overlay.clone(), &LayerSource::CommandLine, &mut Provenance::default());
        result
    }

    fn tables() -> impl Strategy<Value = Table> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Boolean),
            (0..9_i64).prop_map(Value::Integer),
            proptest::collection::vec(0..9_i64, 0..3).prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(3, 24, 4, |inner| {
            proptest::collection::btree_map("[abc]", inner, 0..4).prop_map(|map| Value::Table(map.into_iter().collect()))
        });
        proptest::collection::btree_map("[abc]", value, 0..4).prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        #[test]
        fn an_empty_layer_changes_nothing(table in tables()) {
            prop_assert_eq!(over(&table, &Table::new()), table.clone());
            prop_assert_eq!(over(&Table::new(), &table), table);
        }

        #[test]
        fn a_layer_twice_is_a_layer_once(base in tables(), layer in tables()) {
            let once = over(&base, &layer);
            prop_assert_eq!(over(&once, &layer), once);
        }

        #[test]
        fn every_value_of_the_upper_layer_is_in_force(base in tables(), layer in tables()) {
            let merged = over(&base, &layer);
            for (key, value) in &layer {
                if !value.is_table() {
                    prop_assert_eq!(merged.get(key), Some(value));
                }
            }
        }

        #[test]
        fn layers_may_be_folded_from_either_end(a in tables(), b in tables(), c in tables()) {
            // A scalar between two tables hides the lower one only when folded from below.
            prop_assume!(!hides(&a, &b, &c));
            prop_assert_eq!(over(&over(&a, &b), &c), over(&a, &over(&b, &c)));
        }
    }

    fn hides(a: &Table, b: &Table, c: &Table) -> bool {
        a.iter().any(|(key, lower)| match (lower, b.get(key), c.get(key)) {
            (Value::Table(_), Some(middle), Some(Value::Table(_))) if !middle.is_table() => true,
            (Value::Table(a), Some(Value::Table(b)), Some(Value::Table(c))) => hides(a, b, c),
            _ => false,
        })
    }

    #[test]
    fn the_layers_behind_a_value_are_kept_lowest_first() {
        let mut provenance = Provenance::default();
        let mut base = Table::new();
        let layers =
            [(LayerSource::User("/u".into()), "m = 1\nt.x = 1\nt.y = 1"), (LayerSource::CommandLine, "m = 2\n[t]\nx = 2\n\"a.b\" = 3")];
        for (source, text) in &layers {
            merge(&mut base, toml::from_str(text).unwrap(), source, &mut provenance);
        }
        assert_eq!(provenance.origin("m"), Some(&LayerSource::CommandLine));
        assert_eq!(provenance.layers("t.x"), [layers[0].0.clone(), LayerSource::CommandLine]);
        assert_eq!(provenance.origin("t.y"), Some(&layers[0].0));
        assert_eq!(provenance.origin("t.\"a.b\""), Some(&LayerSource::CommandLine));
        assert_eq!(provenance.origin("t.z"), None);

        merge(&mut base, toml::from_str("t = 5").unwrap(), &LayerSource::Flag("t"), &mut provenance);
        assert_eq!(provenance.keys().collect::<Vec<_>>(), ["m", "t"]);
    }
}
