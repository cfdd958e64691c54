//! Who gets a key: what is on top of everything first, the composer last.

use crossterm::event::KeyEvent;

use super::clock;
use super::engine::Found;
use super::state::{App, Chosen, Want};
use crate::chat::Notice;
use crate::composer::{Outcome, files::FileFinder};
use crate::keymap::{Action, Context};
use crate::modal::{Reply, Taken};
use crate::terminal::keys::Input;

impl App {
    /// Takes what came from the terminal.
    pub(crate) fn input(&mut self, input: Input) {
        match input {
            Input::Key(key) => self.key(key),
            Input::Paste(text) => self.paste(&text),
            Input::Focus(focused) => self.teller.focused = Some(focused),
            Input::Kitty => self.composer.set_tells_modifiers(true),
            Input::Background([red, green, blue]) => {
                let mut look = self.chat.look().clone();
                look.hear_background(red, green, blue);
                self.chat.set_look(look);
                self.dirty = true;
            }
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(overlay) = &mut self.overlay {
            overlay.paste(text);
            self.do_jobs();
            self.dirty = true;
        } else if let Some(asked) = self.asked.front_mut() {
            asked.modal.paste(text);
            self.dirty = true;
        } else {
            let outcome = self.composer.handle_paste(text);
            self.composed(outcome);
        }
    }

    fn key(&mut self, key: KeyEvent) {
        self.dirty = true;
        let everywhere = self.composer.keymap().action(Context::Global, &key);
        if everywhere == Some(Action::Suspend) {
            self.wants = Some(Want::Stop);
        } else if self.overlay.is_some() {
            self.overlay_key(key);
        } else if !self.asked.is_empty() {
            self.modal_key(key);
        } else if everywhere == Some(Action::Transcript) {
            self.show_transcript();
        } else if everywhere == Some(Action::ClearScreen) {
            self.clear_screen();
        } else {
            let was_armed = std::mem::take(&mut self.escape_armed);
            let outcome = self.composer.handle_key(key, clock::now());
            if was_armed && outcome == Outcome::Escape {
                self.go_back();
            } else {
                self.composed(outcome);
            }
        }
    }

    fn modal_key(&mut self, key: KeyEvent) {
        let Some(asked) = self.asked.front_mut() else { return };
        match asked.modal.key(key, clock::now()) {
            Taken::Ignored | Taken::Redraw => {}
            Taken::Enlarge => {
                let width = self.screen.size().columns;
                if let Some((title, lines)) = asked.modal.enlarged(width, self.chat.look()) {
                    self.enlarge(title, lines);
                }
            }
            Taken::Done(reply) => {
                let Some(asked) = self.asked.pop_front() else { return };
                match (reply, asked.then) {
                    (Reply::Row(row), Some(then)) => then(self, Chosen::Row(row)),
                    (Reply::Rows(rows), Some(then)) => then(self, Chosen::Rows(rows)),
                    (Reply::Text(text), Some(then)) => then(self, Chosen::Text(text)),
                    (Reply::Closed, Some(then)) => then(self, Chosen::Nothing),
                    (reply, _) => self.answer(reply),
                }
            }
        }
    }

    /// Does what time asks of the composer.
    pub(crate) fn tick_composer(&mut self) {
        let outcome = self.composer.tick(clock::now());
        self.composed(outcome);
    }

    /// Does what the composer asks.
    pub(crate) fn composed(&mut self, outcome: Outcome) {
        if outcome != Outcome::None {
            self.dirty = true;
        }
        match outcome {
            Outcome::None | Outcome::Redraw => {}
            Outcome::Submit(draft) => self.send(&draft),
            Outcome::Queue(draft) => match self.chat.is_running() {
                true => self.chat.waits.queue(draft),
                false => self.send(&draft),
            },
            Outcome::Command { name, args } => self.command(&name, &args),
            Outcome::UnknownCommand(name) => {
                let text = format!("Unrecognized command '/{name}'. Type \"/\" for a list of supported commands.");
                self.chat.note(Notice::Info, &text);
            }
            Outcome::Shell(line) => self.run_shell(line),
            Outcome::EmptyShell => self.chat.note(Notice::Info, "Prefix a command with ! to run it locally Example: !ls"),
            Outcome::Interrupt => self.interrupt(),
            Outcome::Quit => self.leave(0),
            Outcome::Escape => self.escape_armed = self.can_go_back(),
            Outcome::OpenEditor => self.wants = Some(Want::Editor),
            Outcome::PasteImage => self.paste_image(),
            Outcome::NextMode => self.next_mode(),
            Outcome::EditQueued => {
                if let Some(draft) = self.chat.waits.take_last() {
                    self.composer.set_draft(&draft);
                }
            }
        }
        self.look_for_files();
        self.look_for_prompts();
        self.look_for_skills();
        if let Some(failure) = self.composer.take_failure() {
            self.chat.note(Notice::Warning, &super::engine::with_causes(&failure));
        }
    }

    /// Looks for files when the composer wants some.
    pub(crate) fn look_for_files(&mut self) {
        if let Some(query) = self.composer.take_file_query() {
            self.find_files(query);
        }
    }

    fn find_files(&mut self, query: String) {
        if let Some(server) = self.server.clone() {
            let cwd = self.chat.facts.cwd.clone();
            // An answer to a query that was overtaken is dropped by the composer.
            self.find_out(async move { Found::Files(server.files(&query, &cwd).await) });
            return;
        }
        let finder = self.files.get_or_insert_with(|| std::sync::Arc::new(std::sync::Mutex::new(FileFinder::new(self.config.cwd.clone()))));
        let finder = std::sync::Arc::clone(finder);
        let newest = std::sync::Arc::clone(&self.newest_query);
        let mine = newest.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let news = self.engine.news();
        self.engine.find(move || {
            let stop = || newest.load(std::sync::atomic::Ordering::Relaxed) != mine;
            let mut finder = finder.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if !stop() {
                finder.find(&query, &stop, &mut |hits| {
                    // The loop is gone when nobody takes them.
                    let _ = news.blocking_send(super::engine::News::Found(Found::Files(hits)));
                });
            }
            None
        });
    }
}
