//! What is said to the thread, and what follows from what it says.

use std::time::{SystemTime, UNIX_EPOCH};

use codex_protocol::op::UserTurn;
use codex_protocol::user_input::UserInput;
use codex_protocol::{ApprovalId, EventMsg, Op};

use super::clock;
use super::engine::{Found, News, Opened};
use super::state::{App, Link};
use super::tell::Happening;
use crate::chat::{Effect, Notice, TurnEnd};
use crate::composer::Draft;
use crate::modal::{Approval, Elicitation, Modal, Permissions, Questions, Reply};

impl App {
    /// Sends a message: it begins a turn, or joins the one that runs.
    pub(crate) fn send(&mut self, draft: &Draft) {
        if draft.text.trim().is_empty() && draft.images.is_empty() {
            return;
        }
        if self.link == Link::Gone {
            self.note(Notice::Error, &format!("Not sent. {}", self.way_back()));
            self.composer.set_draft(draft);
            return;
        }
        self.send_input(draft, input_of(draft));
    }

    /// Sends input that stands for a message, which is shown as `draft` while it waits.
    pub(crate) fn send_input(&mut self, draft: &Draft, input: Vec<UserInput>) {
        let running = self.chat.is_running();
        self.chat.waits.hand_in(draft.clone());
        if running {
            self.chat.waits.steer(draft.text.clone());
        } else {
            self.chat.turn_asked_for();
            self.composer.set_running(true);
        }
        self.submit(Op::UserTurn(UserTurn { input, ..UserTurn::default() }));
    }

    /// Sends a text of the program's own making.
    pub(crate) fn send_text(&mut self, text: &str) {
        self.send(&Draft::plain(text));
    }

    /// Runs a line in the user's shell, beside any turn.
    pub(crate) fn run_shell(&mut self, line: String) {
        self.submit(Op::UserShell { command: line });
    }

    /// Ends the running turn.
    pub(crate) fn interrupt(&mut self) {
        if !self.chat.is_running() {
            return;
        }
        if self.chat.waits.has_steers() {
            // What joins the turn is not lost with it: it is what the turn is ended for.
            self.chat.send_at_once();
            self.submit(Op::InterruptAndSend);
        } else {
            self.interrupting = true;
            self.submit(Op::Interrupt);
        }
    }

    /// Takes news from outside the terminal.
    pub(crate) fn hear(&mut self, news: News) {
        self.dirty = true;
        match news {
            News::Opened(number, Ok(opened)) if number == self.number => self.opened(*opened),
            News::Opened(number, Err(message)) if number == self.number => {
                self.ending = self.ending.saturating_sub(1);
                self.cannot_open(&message);
            }
            News::Opened(_, Ok(_)) => {}
            News::Lost(number) if number == self.number => self.lost(),
            News::Lost(_) => {}
            News::Opened(_, Err(_)) | News::Gone => self.ending = self.ending.saturating_sub(1),
            News::Event(number, event) if number == self.number => self.event(&event.msg),
            News::Event(..) => {}
            News::Found(found) => self.found(found),
        }
    }

    fn opened(&mut self, opened: Opened) {
        self.link = Link::Open;
        self.live = Some(opened.thread.clone());
        self.chat.facts.thread = Some(opened.thread.id());
        self.chat.facts.name = opened.name;
        if let Some(told) = opened.told {
            let facts = &mut self.chat.facts;
            (facts.model, facts.effort) = (told.model, told.effort);
            facts.provider = (told.provider, facts.remote.clone().unwrap_or_default());
            self.chat.set_cwd(told.cwd);
            let head = crate::start::banner(&self.config, &self.surroundings.runtime, &self.chat.facts);
            self.chat.add_all(head);
        }
        self.composer.set_session(opened.thread.id());
        self.chat.replay(&opened.past);
    }

    fn cannot_open(&mut self, message: &str) {
        self.gone();
        let back = if self.server.is_some() { format!("\n{}", self.way_back()) } else { String::new() };
        self.chat.note(Notice::Error, &format!("{message}{back}"));
    }

    /// The way to the thread is lost. What was not taken there goes back to where it can be sent again.
    fn lost(&mut self) {
        self.gone();
        let address = self.chat.facts.remote.clone().unwrap_or_default();
        let later = self.chat.facts.resume_command().filter(|_| self.chat.cells().iter().any(|cell| cell.is_user()));
        let later = later.map(|command| format!(", and so does `{command}` later")).unwrap_or_default();
        let text = format!(
            "The connection to {address} is lost. What runs there may go on; what you wrote is kept in the composer. /reconnect shows \
             the conversation again{later}."
        );
        self.note(Notice::Error, &text);
    }

    fn gone(&mut self) {
        self.link = Link::Gone;
        let unsent = self.chat.waits.take_handed_in();
        self.chat.turn_is_over();
        self.composer.set_running(false);
        self.asked.retain(|asked| asked.then.is_some());
        let queued = self.chat.waits.take_queue();
        self.hand_back(unsent.into_iter().chain(queued).collect());
    }

    /// Runs something beside the loop, and hands on what it found.
    pub(crate) fn find_out(&self, work: impl Future<Output = Found> + Send + 'static) {
        let news = self.engine.news();
        self.engine.spawn(async move {
            // The loop is gone when nobody takes it.
            let _ = news.send(News::Found(work.await)).await;
        });
    }

    fn event(&mut self, msg: &EventMsg) {
        match msg {
            EventMsg::SessionConfigured(session) => self.rollout.clone_from(&session.rollout_path),
            EventMsg::TaskComplete(complete) => self.denied.extend(complete.denials.first.iter().cloned()),
            _ => {}
        }
        match self.chat.on_event(msg) {
            None => {}
            Some(Effect::AskCommand(request)) => {
                let question = Approval::of_command(&request, clock::now());
                self.question(Box::new(question));
            }
            Some(Effect::AskPatch(request)) => {
                self.chat.show_patch(&request);
                let question = Approval::of_patch(&request, clock::now());
                self.question(Box::new(question));
            }
            Some(Effect::AskInput(request)) => {
                let question = Questions::new(&request, clock::now());
                self.tell(Happening::Question, &question.headline());
                self.ask(Box::new(question), None);
            }
            Some(Effect::AskPermissions(request)) => self.question(Box::new(Permissions::new(&request, clock::now()))),
            Some(Effect::AskElicitation(request)) => self.question(Box::new(Elicitation::new(&request, clock::now()))),
            Some(Effect::Resolved(id)) => self.resolved(&id),
            Some(Effect::Proposed) => self.proposed = true,
            Some(Effect::TurnStarted) => self.composer.set_running(true),
            Some(Effect::TurnEnded(end)) => self.turn_ended(&end),
            Some(Effect::Configured | Effect::Closed) => {}
            Some(Effect::RolledBack(turns)) => self.rolled_back(turns),
        }
    }

    /// A question is asked no more: whoever has answered it here has closed it already.
    fn resolved(&mut self, id: &ApprovalId) {
        self.chat.answered(id);
        let open = self.asked.len();
        self.asked.retain(|asked| !asked.modal.is_question(id));
        if self.asked.len() < open {
            self.note(Notice::Info, "The question was answered elsewhere.");
        }
    }

    fn question(&mut self, question: Box<dyn crate::modal::Modal>) {
        let headline = question.headline();
        self.tell(Happening::Approval, &headline);
        self.ask(question, None);
    }

    fn turn_ended(&mut self, end: &TurnEnd) {
        self.composer.set_running(false);
        self.asked.retain(|asked| asked.then.is_some());
        let interrupted = std::mem::take(&mut self.interrupting);
        match end {
            // What is queued goes on by itself; the end of that is told.
            TurnEnd::Complete(_) | TurnEnd::Failed if self.chat.waits.counts().queued > 0 => {}
            TurnEnd::Complete(_) => self.tell(Happening::TurnEnded, "Agent turn complete"),
            TurnEnd::Failed => self.tell(Happening::TurnEnded, "Agent turn failed"),
            TurnEnd::Interrupted | TurnEnd::Sent => {}
        }
        if *end == TurnEnd::Sent {
            // The turn that follows begins by itself; what is queued waits for its end.
            self.chat.turn_asked_for();
            self.composer.set_running(true);
        } else if interrupted || *end == TurnEnd::Interrupted {
            self.queue_to_composer();
        } else if let Some(next) = self.chat.waits.next() {
            self.send(&next);
        } else if std::mem::take(&mut self.proposed) && *end != TurnEnd::Failed {
            self.ask_about_plan();
        }
    }

    /// What waited for a turn that was ended by hand goes back to where it can be edited.
    fn queue_to_composer(&mut self) {
        let queued = self.chat.waits.take_queue();
        self.hand_back(queued);
    }

    fn hand_back(&mut self, queued: Vec<Draft>) {
        let Some(first) = queued.first() else { return };
        if queued.len() == 1 && self.composer.is_empty() {
            self.composer.set_draft(first);
            return;
        }
        let mut texts: Vec<String> = queued.iter().map(|draft| draft.text.clone()).collect();
        if !self.composer.is_empty() {
            texts.push(self.composer.draft().text);
        }
        self.composer.set_text(&texts.join("\n"));
    }

    /// Opens a page that the user agreed to.
    fn open_page(&self, page: String) {
        let open = std::sync::Arc::clone(&self.surroundings.open_browser);
        self.engine.find(move || {
            let failed = !open(&page);
            failed.then(|| Found::Note(Notice::Warning, format!("No browser could be started. Open this address yourself: {page}")))
        });
    }

    /// Hands an answer to the thread, and notes it.
    pub(crate) fn answer(&mut self, reply: Reply) {
        let note = match reply {
            Reply::Command { id, turn, decision, note } => {
                self.chat.answered(&id);
                self.submit(Op::ExecApproval { id, turn_id: Some(turn), decision });
                note
            }
            Reply::Patch { id, decision, note } => {
                self.submit(Op::PatchApproval { id, decision });
                note
            }
            Reply::Permissions { id, response, note } => {
                self.submit(Op::PermissionsAnswer { id, response });
                note
            }
            Reply::Elicitation { id, action, content, meta, page, note } => {
                if let Some(page) = page {
                    self.open_page(page);
                }
                self.submit(Op::ResolveElicitation { id, action, content, meta });
                note
            }
            Reply::Input { id, response, shown } => {
                self.submit(Op::UserInputAnswer { id, response });
                self.chat.add(std::sync::Arc::new(crate::cells::QuestionsCell::new(shown)));
                return;
            }
            Reply::Interrupt => {
                self.interrupt();
                return;
            }
            Reply::Row(_) | Reply::Rows(_) | Reply::Text(_) | Reply::Closed => return,
        };
        self.chat.add(crate::chat::decision(note.0, &note.1));
    }

    fn found(&mut self, found: Found) {
        match found {
            Found::Files(hits) => _ = self.composer.set_file_hits(hits),
            Found::Branch(branch) => self.chat.facts.branch = branch,
            Found::Note(kind, text) => self.chat.note(kind, &text),
            Found::Cell(cell) => self.chat.add(cell),
            Found::Pager(title, lines) => self.show_pager(title, lines),
            Found::Picked(answer) => {
                if let Some(overlay) = &mut self.overlay {
                    overlay.heard(answer);
                }
                self.do_jobs();
            }
            Found::Ask(later) => later(self),
            Found::Named(name) => {
                self.chat.facts.name = Some(name.clone());
                let command = self.chat.facts.resume_command().unwrap_or_default();
                self.note(Notice::Info, &format!("Thread renamed to {name}, to resume this thread run {command}"));
            }
            Found::SignedOut(Ok(())) => self.leave(0),
            Found::SignedOut(Err(message)) => self.chat.note(Notice::Error, &message),
        }
    }
}

/// A message as a thread takes it: images before the text, each between its marks.
fn input_of(draft: &Draft) -> Vec<UserInput> {
    let images = draft.images.iter().map(|image| UserInput::LocalImage { path: image.path.clone() });
    images.chain([UserInput::text(&draft.text)]).collect()
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
