//! The map in force: the built-in one with the user's changes.
//!
//! A key the user binds is taken away from whatever had it before in the same context; two actions the user binds to one key
//! are an error, for one of them would silently do nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use codex_config::schema::tui::{EnterKey, KeyChoice, TuiToml};
use crossterm::event::KeyEvent;

use super::actions::{Action, Context};
use super::key::{Key, KeyError};

/// Which keys do what.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    by_key: HashMap<(Context, Key), Action>,
    keys: HashMap<Action, Vec<Key>>,
    changed: Vec<Action>,
}

/// Why `[tui.keymap]` cannot be used. Each names the key of the setting and what would do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeymapError {
    /// There is no such context.
    #[error("`tui.keymap.{context}`: there is no such context; use one of {known}")]
    Context {
        /// What was written.
        context: String,
        /// What can be.
        known: String,
    },
    /// There is no such action.
    #[error("`tui.keymap.{context}.{action}`: there is no such action; {hint}")]
    Action {
        /// Its context.
        context: &'static str,
        /// What was written.
        action: String,
        /// What can be.
        hint: String,
    },
    /// What should be a key is none.
    #[error("`tui.keymap.{context}.{action}` = `{written}`: {source}; `none` leaves an action without a key")]
    Key {
        /// The context.
        context: &'static str,
        /// The action.
        action: &'static str,
        /// What was written.
        written: String,
        /// Why it is none.
        source: KeyError,
    },
    /// The key types text there.
    #[error("`tui.keymap.{context}.{action}`: `{key}` types a character there; add `ctrl-` or `alt-`, or take another key")]
    Text {
        /// The context.
        context: &'static str,
        /// The action.
        action: &'static str,
        /// The key.
        key: String,
    },
    /// Two actions have one key.
    #[error("`tui.keymap.{first}` and `tui.keymap.{second}` are both `{key}`; give one of them another key or `none`")]
    Twice {
        /// Context and action of the first.
        first: String,
        /// Of the second.
        second: String,
        /// The key.
        key: String,
    },
}

impl KeymapError {
    /// The dotted key of the setting that is to blame.
    pub fn setting(&self) -> String {
        match self {
            Self::Context { context, .. } => format!("tui.keymap.{context}"),
            Self::Action { context, action, .. } => format!("tui.keymap.{context}.{action}"),
            Self::Key { context, action, .. } | Self::Text { context, action, .. } => format!("tui.keymap.{context}.{action}"),
            Self::Twice { second, .. } => format!("tui.keymap.{second}"),
        }
    }
}

/// What a person reads when a keymap cannot be used: the file and the line where they can be found, then what is wrong.
pub fn describe(error: &KeymapError, config_file: &Path) -> String {
    let line = std::fs::read_to_string(config_file).ok().and_then(|text| codex_config::line_of_key(&text, &error.setting()));
    match line {
        Some(line) => format!("{}:{line}: {error}", config_file.display()),
        None => error.to_string(),
    }
}

/// One action as `/keymap` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeymapRow {
    /// Its context.
    pub context: Context,
    /// Its name in settings.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Its keys, as hints show them; empty when it has none.
    pub keys: Vec<String>,
    /// Whether the user changed them.
    pub changed: bool,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut map = Self { by_key: HashMap::new(), keys: HashMap::new(), changed: Vec::new() };
        for action in Action::ALL {
            // Every built-in key is read by a test; a key that were none would only be missing.
            let keys: Vec<Key> = action.default_keys().iter().filter_map(|key| key.parse().ok()).collect();
            for key in &keys {
                map.by_key.insert((action.context(), *key), *action);
            }
            map.keys.insert(*action, keys);
        }
        map
    }
}

impl Keymap {
    /// The map of a configuration: `tui.keymap`, `tui.enter_key`.
    ///
    /// # Errors
    ///
    /// [`KeymapError`].
    pub fn from_config(tui: Option<&TuiToml>) -> Result<Self, KeymapError> {
        let Some(tui) = tui else { return Ok(Self::default()) };
        let map = Self::with_changes(&tui.keymap)?;
        Ok(if tui.enter_key == Some(EnterKey::Newline) { map.with_enter_for_newlines() } else { map })
    }

    /// The built-in map with the changes of `[tui.keymap]`.
    ///
    /// # Errors
    ///
    /// [`KeymapError`], for the first entry that cannot be used.
    pub fn with_changes(changes: &BTreeMap<String, BTreeMap<String, KeyChoice>>) -> Result<Self, KeymapError> {
        let mut map = Self::default();
        let mut given: Vec<(Action, Key)> = Vec::new();
        for (context, entries) in changes {
            let context = context_named(context)?;
            for (name, choice) in entries {
                let action = action_named(context, name)?;
                let keys = keys_of(action, choice)?;
                given.extend(keys.iter().map(|key| (action, *key)));
                map.unbind(action);
                map.keys.insert(action, keys);
                map.changed.push(action);
            }
        }
        for (at, (action, key)) in given.iter().enumerate() {
            let rival =
                given[..at].iter().find(|(other, same)| same == key && other.context().overlaps(action.context()) && other != action);
            if let Some((other, _)) = rival {
                return Err(KeymapError::Twice { first: dotted(*other), second: dotted(*action), key: key.to_string() });
            }
            map.take_from_others(*action, *key);
            map.by_key.insert((action.context(), *key), *action);
        }
        Ok(map)
    }

    fn unbind(&mut self, action: Action) {
        self.by_key.retain(|_, bound| *bound != action);
    }

    fn take_from_others(&mut self, action: Action, key: Key) {
        for context in Context::ALL.into_iter().filter(|context| context.overlaps(action.context())) {
            if let Some(other) = self.by_key.get(&(context, key)).copied()
                && other != action
            {
                self.by_key.remove(&(context, key));
                if let Some(keys) = self.keys.get_mut(&other) {
                    keys.retain(|own| *own != key);
                }
                self.changed.push(other);
            }
        }
    }

    /// The same map with sending and beginning a new line exchanged: the keys of the one do the other, and Ctrl-Enter sends.
    #[must_use]
    pub fn with_enter_for_newlines(mut self) -> Self {
        // Whoever bound either by hand has said already what they want.
        if self.changed.contains(&Action::Submit) || self.changed.contains(&Action::Newline) {
            return self;
        }
        let newline = self.keys.remove(&Action::Submit).unwrap_or_default();
        let mut submit = self.keys.remove(&Action::Newline).unwrap_or_default();
        submit.retain(|key| *key != shift_enter());
        submit.insert(0, Key::new(crossterm::event::KeyCode::Enter, crossterm::event::KeyModifiers::CONTROL));
        for (action, mut keys) in [(Action::Submit, submit), (Action::Newline, newline)] {
            if action == Action::Newline {
                keys.push(shift_enter());
            }
            for key in &keys {
                self.by_key.insert((action.context(), *key), action);
            }
            self.keys.insert(action, keys);
        }
        self
    }

    /// What a key does in a context.
    pub fn action(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        self.by_key.get(&(context, Key::of(event))).copied()
    }

    /// The keys of an action, the one to show first.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action as hints show it; `None` when it has none.
    pub fn hint(&self, action: Action) -> Option<String> {
        self.keys(action).first().map(Key::to_string)
    }

    /// Every action with its keys, by context.
    pub fn rows(&self) -> Vec<KeymapRow> {
        let row = |action: &Action| KeymapRow {
            context: action.context(),
            name: action.name(),
            about: action.about(),
            keys: self.keys(*action).iter().map(Key::to_string).collect(),
            changed: self.changed.contains(action),
        };
        Action::ALL.iter().map(row).collect()
    }
}

fn shift_enter() -> Key {
    Key::new(crossterm::event::KeyCode::Enter, crossterm::event::KeyModifiers::SHIFT)
}

fn dotted(action: Action) -> String {
    format!("{}.{}", action.context().name(), action.name())
}

fn context_named(name: &str) -> Result<Context, KeymapError> {
    Context::ALL.into_iter().find(|context| context.name() == name).ok_or_else(|| {
        let known: Vec<String> = Context::ALL.iter().map(|context| format!("`{}`", context.name())).collect();
        KeymapError::Context { context: name.to_owned(), known: known.join(", ") }
    })
}

fn action_named(context: Context, name: &str) -> Result<Action, KeymapError> {
    let mut own = Action::ALL.iter().copied().filter(|action| action.context() == context);
    own.clone().find(|action| action.name() == name).ok_or_else(|| {
        let near = own.find(|action| is_near(action.name(), name));
        let hint = match near {
            Some(action) => format!("did you mean `{}`?", action.name()),
            None => "`/keymap` lists them all".to_owned(),
        };
        KeymapError::Action { context: context.name(), action: name.to_owned(), hint }
    })
}

/// Whether one was probably meant for the other: the same letters apart from separators, or all but two of them in order.
fn is_near(known: &str, written: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<Vec<char>>();
    let (known, written) = (letters(known), letters(&written.to_lowercase()));
    let mut common = vec![0_usize; written.len() + 1];
    for letter in &known {
        let mut diagonal = 0;
        for (at, other) in written.iter().enumerate() {
            let here = common[at + 1];
            common[at + 1] = if letter == other { diagonal + 1 } else { here.max(common[at]) };
            diagonal = here;
        }
    }
    let same = common.last().copied().unwrap_or_default();
    same + 2 >= known.len().max(written.len()) && same >= 2
}

fn keys_of(action: Action, choice: &KeyChoice) -> Result<Vec<Key>, KeymapError> {
    let (context, name) = (action.context().name(), action.name());
    let written = choice.keys();
    if written == ["none"] {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for text in written {
        let key: Key = text.parse().map_err(|source| KeymapError::Key { context, action: name, written: (*text).to_owned(), source })?;
        if key.is_text() && !matches!(action.context(), Context::Pager) && action != Action::ListToggle {
            return Err(KeymapError::Text { context, action: name, key: key.to_string() });
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};
    use pretty_assertions::assert_eq;

    use super::*;

    fn changes(toml: &str) -> Result<Keymap, KeymapError> {
        Keymap::with_changes(&toml::from_str(toml).unwrap())
    }

    fn press(key: &str) -> KeyEvent {
        let key: Key = key.parse().unwrap();
        KeyEvent::new(key.code(), key.modifiers())
    }

    #[test]
    fn every_built_in_key_is_a_key_and_means_one_thing() {
        let map = Keymap::default();
        for action in Action::ALL {
            assert_eq!(map.keys(*action).len(), action.default_keys().len(), "{action:?}");
            for key in map.keys(*action) {
                let meant = Context::ALL.into_iter().filter(|context| context.overlaps(action.context()));
                let meant: Vec<Action> = meant.filter_map(|context| map.by_key.get(&(context, *key)).copied()).collect();
                assert_eq!(meant, [*action], "{key}");
            }
            assert!(!action.about().is_empty() && !action.about().ends_with('.'), "{action:?}");
        }
    }

    #[test]
    fn names_of_actions_are_their_own_within_a_context() {
        for action in Action::ALL {
            let same = Action::ALL.iter().filter(|other| other.context() == action.context() && other.name() == action.name());
            assert_eq!(same.count(), 1, "{action:?}");
        }
    }

    #[test]
    fn a_changed_action_has_its_new_keys_alone() {
        let map = changes("[composer]\nsubmit = [\"ctrl-s\", \"f5\"]\nqueue = \"none\"").unwrap();
        assert_eq!(map.action(Context::Composer, &press("ctrl-s")), Some(Action::Submit));
        assert_eq!(map.action(Context::Composer, &press("f5")), Some(Action::Submit));
        assert_eq!(map.action(Context::Composer, &press("enter")), None);
        assert_eq!(map.action(Context::Composer, &press("tab")), None);
        assert_eq!(map.hint(Action::Queue), None);
        let row = map.rows().into_iter().find(|row| row.name == "submit").unwrap();
        assert_eq!((row.keys, row.changed), (vec!["ctrl + s".to_owned(), "f5".to_owned()], true));
    }

    #[test]
    fn a_key_is_taken_from_the_action_that_had_it_also_from_everywhere() {
        let map = changes("[composer]\nnext_mode = \"ctrl-t\"").unwrap();
        assert_eq!(map.action(Context::Global, &press("ctrl-t")), None);
        assert_eq!(map.action(Context::Composer, &press("ctrl-t")), Some(Action::NextMode));
        assert_eq!(map.action(Context::Pager, &press("ctrl-t")), Some(Action::PagerClose));
        assert_eq!(map.hint(Action::Transcript), None);
    }

    #[test]
    fn what_cannot_be_used_is_named_with_the_way_out() {
        let message = |toml: &str| changes(toml).unwrap_err().to_string();
        assert_eq!(
            message("[editor]\nx = \"ctrl-x\""),
            "`tui.keymap.editor`: there is no such context; use one of `global`, `composer`, `popup`, `list`, `pager`"
        );
        assert_eq!(
            message("[composer]\nsend_text = \"ctrl-x\""),
            "`tui.keymap.composer.send_text`: there is no such action; `/keymap` lists them all"
        );
        assert_eq!(
            message("[composer]\nsubmitt = \"ctrl-x\""),
            "`tui.keymap.composer.submitt`: there is no such action; did you mean `submit`?"
        );
        assert_eq!(
            message("[composer]\nsubmit = \"hyper-x\""),
            "`tui.keymap.composer.submit` = `hyper-x`: `hyper` is no modifier; those are `ctrl`, `alt` and `shift`; \
             `none` leaves an action without a key"
        );
        assert_eq!(
            message("[composer]\nsubmit = \"x\""),
            "`tui.keymap.composer.submit`: `x` types a character there; add `ctrl-` or `alt-`, or take another key"
        );
        assert_eq!(
            message("[composer]\nsubmit = \"ctrl-x\"\nyank = \"ctrl-x\""),
            "`tui.keymap.composer.submit` and `tui.keymap.composer.yank` are both `ctrl + x`; give one of them another key or `none`"
        );
        assert_eq!(
            changes("[global]\nsuspend = \"ctrl-x\"\n[composer]\nundo = \"ctrl-x\"").unwrap_err().setting(),
            "tui.keymap.global.suspend"
        );
    }

    #[test]
    fn the_line_of_a_bad_entry_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "model = \"m\"\n\n[tui.keymap.composer]\nundo = \"ctrl-x\"\nsubmit = \"hyper-x\"\n").unwrap();
        let tui: TuiToml = toml::from_str("[keymap.composer]\nundo = \"ctrl-x\"\nsubmit = \"hyper-x\"\n").unwrap();
        let error = Keymap::from_config(Some(&tui)).unwrap_err();
        assert!(describe(&error, &file).starts_with(&format!("{}:5: `tui.keymap.composer.submit` = ", file.display())));
        assert_eq!(describe(&error, &folder.path().join("other.toml")), error.to_string());
    }

    #[test]
    fn enter_can_begin_lines_instead_of_sending() {
        let map = Keymap::from_config(Some(&toml::from_str("enter_key = \"newline\"").unwrap())).unwrap();
        let enter = |modifiers| map.action(Context::Composer, &KeyEvent::new(KeyCode::Enter, modifiers));
        assert_eq!(enter(KeyModifiers::NONE), Some(Action::Newline));
        assert_eq!(enter(KeyModifiers::SHIFT), Some(Action::Newline));
        assert_eq!(enter(KeyModifiers::CONTROL), Some(Action::Submit));
        assert_eq!(enter(KeyModifiers::ALT), Some(Action::Submit));
        assert_eq!(map.action(Context::Composer, &press("ctrl-j")), Some(Action::Submit));
        let own = changes("[composer]\nsubmit = \"f5\"").unwrap().with_enter_for_newlines();
        assert_eq!(own.action(Context::Composer, &press("f5")), Some(Action::Submit));
    }
}
