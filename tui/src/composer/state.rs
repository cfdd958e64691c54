//! The composer: what it knows, and what can be asked of it and told to it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use codex_protocol::ThreadId;
use codex_state::StateError;

use super::burst::Burst;
use super::files::FileHits;
use super::history::{History, Keeping};
use super::images::pasted_images;
use super::options::{ComposerOptions, MentionEntry, SlashEntry};
use super::outcome::{AttachedImage, Draft, Hint, Mention, Outcome, SearchState};
use super::popup::Popup;
use super::recall::Recall;
use super::search::Search;
use super::textarea::{Fragment, TextArea, Unit};
use super::units::{MOST_INLINE, Payload, Units};
use super::vim::Vim;
use crate::keymap::{Action, Key, Keymap};

/// Within this time a second press leaves.
pub(super) const QUIT_WINDOW: Duration = Duration::from_secs(2);

/// The text being written, with everything that belongs to it.
#[derive(Debug)]
pub struct Composer {
    pub(super) area: TextArea,
    pub(super) units: Units,
    pub(super) keymap: Keymap,
    pub(super) history: History,
    pub(super) recall: Recall,
    pub(super) search: Option<Search>,
    pub(super) popup: Popup,
    pub(super) burst: Burst,
    pub(super) detect_bursts: bool,
    /// Keys that came while an Enter was held, to be handled after it.
    pub(super) waiting: std::collections::VecDeque<crossterm::event::KeyEvent>,
    pub(super) vim: Option<Vim>,
    pub(super) confirm_quit: bool,
    /// The key that leaves when pressed again, until when.
    pub(super) quit_armed: Option<(Key, Instant)>,
    /// The moment of the last key or tick.
    pub(super) seen: Option<Instant>,
    pub(super) shortcuts: bool,
    /// Whether the terminal tells Shift-Enter from Enter.
    pub(super) tells_modifiers: bool,
    pub(super) running: bool,
    pub(super) commands: Vec<SlashEntry>,
    pub(super) mentions: Vec<MentionEntry>,
    pub(super) placeholder: String,
    pub(super) cwd: PathBuf,
    pub(super) home: Option<PathBuf>,
    /// Columns of the text when it was drawn or measured last; what going up and down a row means.
    pub(super) width: std::cell::Cell<usize>,
}

impl Composer {
    /// An empty one.
    pub fn new(options: ComposerOptions) -> Self {
        Self {
            area: TextArea::default(),
            units: Units::default(),
            keymap: options.keymap,
            history: options.history,
            recall: Recall::default(),
            search: None,
            popup: Popup::default(),
            burst: Burst::default(),
            detect_bursts: options.detect_bursts,
            waiting: std::collections::VecDeque::new(),
            vim: options.vim.then(Vim::default),
            confirm_quit: options.confirm_quit,
            quit_armed: None,
            seen: None,
            shortcuts: false,
            tells_modifiers: false,
            running: false,
            commands: options.commands,
            mentions: options.mentions,
            placeholder: options.placeholder,
            cwd: options.cwd,
            home: options.home,
            width: std::cell::Cell::new(77),
        }
    }

    /// Tells whether a turn runs.
    pub fn set_running(&mut self, running: bool) {
        self.running = running;
    }

    /// Tells that the terminal told Shift-Enter from Enter, or said that it can.
    pub fn set_tells_modifiers(&mut self, tells: bool) {
        self.tells_modifiers = tells;
    }

    /// Replaces the commands behind `/`.
    pub fn set_commands(&mut self, commands: Vec<SlashEntry>) {
        self.commands = commands;
        self.sync_popup();
    }

    /// Replaces what `$` offers.
    pub fn set_mentions(&mut self, mentions: Vec<MentionEntry>) {
        if mentions != self.mentions {
            self.mentions = mentions;
            self.sync_popup();
        }
    }

    /// Whether the cursor is in a word that begins with `$`.
    pub fn begins_mention(&self) -> bool {
        super::popup::begins_mention(&self.area)
    }

    /// Whether what is written begins as a command does.
    pub fn begins_command(&self) -> bool {
        self.area.text().starts_with('/')
    }

    /// From now on another session is typed in.
    pub fn set_session(&mut self, session: ThreadId) {
        self.history.set_session(session);
    }

    /// The folder that relative paths of images begin in.
    pub fn set_cwd(&mut self, cwd: PathBuf) {
        self.cwd = cwd;
    }

    /// The keys in force.
    pub fn keymap(&self) -> &Keymap {
        &self.keymap
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Whether a list, the overview of keys, or a search is open, which wants the lines below the text.
    pub fn covers_status_line(&self) -> bool {
        self.popup.is_open() || self.shortcuts
    }

    /// Whether Esc would do something here, such as close a list.
    pub fn wants_escape(&self) -> bool {
        self.popup.is_open() || self.shortcuts || self.search.is_some() || self.vim.as_ref().is_some_and(Vim::wants_escape)
    }

    /// The mode of vi, to be shown; `None` without modes.
    pub fn mode(&self) -> Option<&'static str> {
        self.vim.as_ref().map(Vim::name)
    }

    /// What the line below should say instead of the status.
    pub fn hint(&self) -> Option<Hint> {
        if let Some(search) = &self.search {
            return Some(Hint::Search { query: search.query.clone(), state: search.state });
        }
        if let Some((key, _)) = &self.quit_armed {
            return Some(Hint::QuitAgain(key.to_string()));
        }
        if self.running && !self.area.is_empty() {
            return self.keymap.hint(Action::Queue).map(Hint::Queue);
        }
        None
    }

    /// The message as it would go out now, blanks around it removed.
    pub fn draft(&self) -> Draft {
        let text = self.area.text();
        let start = text.len() - text.trim_start().len();
        let end = start + text.trim().len();
        self.draft_of(Fragment::part(text, self.area.units(), start..end))
    }

    /// What is written, blanks and all, to be put back with [`Composer::set_draft`].
    pub fn whole_draft(&self) -> Draft {
        self.draft_of(self.area.content())
    }

    fn draft_of(&self, shown: Fragment) -> Draft {
        let payloads: Vec<_> = shown.units.iter().filter_map(|unit| Some((unit.id, self.units.get(unit.id)?.clone()))).collect();
        let text = shown.expanded(|id, label| match self.units.get(id) {
            Some(Payload::Paste(text)) => text.to_string(),
            Some(Payload::Image(_)) | None => label.to_owned(),
        });
        let mut images = Vec::new();
        for unit in &shown.units {
            if let Some(Payload::Image(path)) = self.units.get(unit.id) {
                images.push(AttachedImage { label: shown.text[unit.range.clone()].to_owned(), path: path.clone() });
            }
        }
        let mentions = self.mentioned(&shown.text);
        Draft { text, images, mentions, shown, payloads }
    }

    fn mentioned(&self, text: &str) -> Vec<Mention> {
        let is_there = |name: &str| {
            let token = format!("${name}");
            text.match_indices(&token).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + token.len()..].chars().next();
                let part_of_word =
                    |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | ':'));
                !part_of_word(before) && !part_of_word(after)
            })
        };
        let found = self.mentions.iter().filter(|entry| is_there(&entry.name));
        found.map(|entry| Mention { name: entry.name.clone(), kind: entry.kind.clone(), path: entry.path.clone() }).collect()
    }

    /// Puts a message back, such as one that was queued. What was written goes to history.
    pub fn set_draft(&mut self, draft: &Draft) {
        self.put_aside(Keeping::Run);
        self.show_draft(draft);
    }

    /// Replaces the text as one step that can be undone; pastes and images whose placeholders are still there stay. What the
    /// external editor hands back goes here.
    pub fn set_text(&mut self, text: &str) {
        let content = self.with_known_units(text);
        self.area.set_content(content);
        self.text_changed();
    }

    /// Text in which the placeholders of the present text are found again, in their order.
    fn with_known_units(&self, text: &str) -> Fragment {
        let mut content = Fragment::plain(text);
        let mut from = 0;
        for unit in self.area.units() {
            let label = &self.area.text()[unit.range.clone()];
            if let Some(at) = content.text[from..].find(label) {
                let range = from + at..from + at + label.len();
                from = range.end;
                content.units.push(Unit { range, id: unit.id });
            }
        }
        content
    }

    /// Inserts text at the cursor as if it had been typed.
    pub fn insert_text(&mut self, text: &str) {
        self.area.insert_text(text);
        self.text_changed();
    }

    /// Attaches an image file: its mark goes to the cursor.
    pub fn attach_image(&mut self, path: PathBuf) {
        let mut mark = self.units.image(path, &self.area);
        mark.text.push(' ');
        self.area.insert(mark);
        self.text_changed();
    }

    /// A paste that the terminal marked as one.
    pub fn handle_paste(&mut self, text: &str) -> Outcome {
        // A terminal that marks pastes makes no bursts.
        self.detect_bursts = false;
        self.burst.end();
        self.quit_armed = None;
        self.shortcuts = false;
        if self.search.is_some() {
            self.paste_into_search(text);
            return Outcome::Redraw;
        }
        if let Some(vim) = &mut self.vim {
            vim.insert();
        }
        self.paste(text);
        Outcome::Redraw
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(images) = pasted_images(text, &self.cwd, self.home.as_deref()) {
            for path in images {
                self.attach_image(path);
            }
            return;
        }
        let content = Fragment::plain(text);
        let content = if content.text.chars().count() > MOST_INLINE { self.units.paste(&content.text, &self.area) } else { content };
        self.area.insert(content);
        self.text_changed();
    }

    /// What somebody found for `@`. Hits for a text that is no longer there are dropped.
    pub fn set_file_hits(&mut self, hits: FileHits) -> Outcome {
        if self.popup.set_file_hits(hits) { Outcome::Redraw } else { Outcome::None }
    }

    /// What is looked for after `@`, once after each change of it; `None` when nothing new is.
    pub fn take_file_query(&mut self) -> Option<String> {
        self.popup.take_file_query()
    }

    /// What went wrong with the file of typed prompts, once.
    pub fn take_failure(&mut self) -> Option<StateError> {
        self.history.take_failure()
    }

    /// When [`Composer::tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Instant> {
        let quit = self.quit_armed.as_ref().map(|(_, until)| *until);
        let looking = self.search.as_ref().is_some_and(|search| search.state == SearchState::Looking);
        if looking || !self.waiting.is_empty() {
            // Something is left to be done at once, and a moment that is past says so.
            return self.seen;
        }
        [quit, self.burst.deadline()].into_iter().flatten().min()
    }

    pub(super) fn clear_text(&mut self) {
        self.area.reset(Fragment::default());
        self.units.retain_cut(self.area.cut_text());
        self.recall = Recall::default();
        self.text_changed();
    }

    pub(super) fn show_draft(&mut self, draft: &Draft) {
        for (id, payload) in &draft.payloads {
            self.units.keep(*id, payload.clone());
        }
        self.area.reset(draft.shown.clone());
        self.popup.close();
    }

    /// What follows every change of the text by the user.
    pub(super) fn text_changed(&mut self) {
        self.sync_popup();
    }
}
