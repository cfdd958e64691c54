//! Events of a thread become cells and the state of the live part.
//!
//! [`Chat`] keeps what was said and done as cells, hands each one out for the scrollback once it is final, and knows what is
//! under way: the answer that streams, the commands that run, what waits to be sent. It asks nobody and draws nothing by itself:
//! events in, [`Effect`]s and lines out.
//!
//! **Not here:** keys (`app`), questions (`modal`), how a cell looks (`cells`).

mod answer;
mod context;
mod cost;
mod events;
mod facts;
mod live;
mod make;
mod mcp;
mod out;
mod past;
mod status;
mod waiting;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use codex_protocol::event::{ApplyPatchApprovalRequest, ElicitationRequest, ExecApprovalRequest, RequestPermissions, RequestUserInput};
use codex_protocol::{ApprovalId, CallId, TurnId};
use ratatui::text::Line;

use self::answer::Answer;
use self::context::ContextMarks;
pub use self::cost::Cost;
#[cfg(test)]
pub(crate) use self::facts::tests_facts;
pub use self::facts::{Facts, with_commas};
pub use self::make::{Notice, card, decision, notice, pretty_command, tip};
pub use self::mcp::McpNews;
use self::out::Out;
pub use self::past::Past;
use self::status::Status;
pub use self::status::elapsed;
use self::waiting::Waiting;
pub use self::waiting::Waits;
use self::work::Work;
use crate::cells::Cell;
use crate::theme::Look;

/// What an event asks of the front end, beyond showing it.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A person is asked whether a command may run.
    AskCommand(Box<ExecApprovalRequest>),
    /// A person is asked whether a patch may be applied.
    AskPatch(Box<ApplyPatchApprovalRequest>),
    /// The model asks the user to choose.
    AskInput(Box<RequestUserInput>),
    /// The model asks for permissions.
    AskPermissions(Box<RequestPermissions>),
    /// A server asks for something.
    AskElicitation(Box<ElicitationRequest>),
    /// A question of a server is asked no more.
    Resolved(ApprovalId),
    /// A plan was proposed.
    Proposed,
    /// A turn began.
    TurnStarted,
    /// A turn ended.
    TurnEnded(TurnEnd),
    /// The thread is ready.
    Configured,
    /// Turns were taken back.
    RolledBack(u32),
    /// The thread is gone.
    Closed,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// With its last message.
    Complete(Option<String>),
    /// With an error.
    Failed,
    /// The user ended it.
    Interrupted,
    /// The user ended it for what was handed in meanwhile, which begins a turn of its own now.
    Sent,
}

/// A conversation as it is shown.
#[derive(Debug)]
pub struct Chat {
    look: Look,
    width: u16,
    cwd: PathBuf,
    /// What the status line and `/status` tell.
    pub facts: Facts,
    /// What waits to be sent.
    pub waits: Waiting,
    /// What MCP servers said of themselves.
    pub mcp: McpNews,
    /// The user's messages: which cell each is, and its turn.
    users: Vec<(usize, Option<TurnId>)>,
    cells: Vec<Arc<dyn Cell>>,
    /// What is final and not printed yet.
    out: Out,
    status: Status,
    answer: Answer,
    /// What goes before the answer under way was printed.
    answer_begun: bool,
    work: Work,
    /// Tools were used since the last message, so that a rule goes before the next.
    worked: bool,
    /// A turn of the user ran in this run of the program.
    pub had_turn: bool,
    last_answer: Option<String>,
    last_error: Option<String>,
    reviewing: bool,
    turn: Option<TurnId>,
    /// Events of the past are shown: nothing of them is asked or told again.
    replaying: bool,
    quiet_reasoning: bool,
    patches: HashMap<CallId, Vec<PathBuf>>,
    marks: ContextMarks,
    /// The turn is ended for what was handed in meanwhile.
    sending: bool,
    /// Steps of the plan: done, all.
    plan: Option<(usize, usize)>,
}

impl Chat {
    /// A conversation in which nothing happened.
    pub fn new(facts: Facts, look: Look, width: u16, quiet_reasoning: bool) -> Self {
        Self {
            cwd: facts.cwd.clone(),
            facts,
            look,
            width,
            waits: Waiting::default(),
            mcp: McpNews::default(),
            users: Vec::new(),
            cells: Vec::new(),
            out: Out::default(),
            status: Status::default(),
            answer: Answer::default(),
            answer_begun: false,
            work: Work::default(),
            worked: false,
            had_turn: false,
            last_answer: None,
            last_error: None,
            reviewing: false,
            turn: None,
            replaying: false,
            quiet_reasoning,
            patches: HashMap::new(),
            marks: ContextMarks::default(),
            sending: false,
            plan: None,
        }
    }

    /// The folder that paths are shown from.
    pub fn set_cwd(&mut self, cwd: PathBuf) {
        self.cwd.clone_from(&cwd);
        self.facts.cwd = cwd;
    }

    /// How things look from now on.
    pub fn set_look(&mut self, look: Look) {
        self.answer.set_width(self.width);
        self.look = look;
    }

    /// How things look.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// The terminal has another width; what was printed stays as it is.
    pub fn set_width(&mut self, width: u16) {
        self.width = width;
        self.answer.set_width(width);
    }

    /// Everything that was said and done.
    pub fn cells(&self) -> &[Arc<dyn Cell>] {
        &self.cells
    }

    /// The cells of what is under way, for the transcript.
    pub fn live_cells(&self) -> Vec<Arc<dyn Cell>> {
        self.answer.cell().into_iter().chain(self.work.cells()).collect()
    }

    /// The source of the model's last whole message.
    pub fn last_answer(&self) -> Option<&str> {
        self.last_answer.as_deref()
    }

    /// A question about a command was answered: what it allowed runs now.
    pub fn answered(&mut self, question: &ApprovalId) {
        self.work.release(question);
    }

    /// Whether a turn runs.
    pub fn is_running(&self) -> bool {
        self.status.is_running()
    }

    /// The turn is ended for what was handed in meanwhile.
    pub fn send_at_once(&mut self) {
        self.sending = true;
    }

    /// Steps of the plan that are done, and all of them; `None` without a plan.
    pub fn plan_progress(&self) -> Option<(usize, usize)> {
        self.plan
    }

    /// The running turn.
    pub fn turn(&self) -> Option<&TurnId> {
        self.turn.as_ref()
    }

    /// Takes the lines that are final and not printed yet, to be printed now.
    pub fn take_lines(&mut self) -> Vec<Line<'static>> {
        self.out.take(self.width, &self.look)
    }

    /// Adds a cell and prints it.
    pub fn add(&mut self, cell: Arc<dyn Cell>) {
        self.settle();
        self.print(&cell);
        self.cells.push(cell);
    }

    /// Adds several.
    pub fn add_all(&mut self, cells: impl IntoIterator<Item = Arc<dyn Cell>>) {
        for cell in cells {
            self.add(cell);
        }
    }

    /// Prints what is live and final: whatever comes next stands behind it.
    fn settle(&mut self) {
        for cell in self.work.take_settled() {
            self.print(&cell);
            self.cells.push(cell);
        }
    }

    fn print(&mut self, cell: &Arc<dyn Cell>) {
        self.out.cell(cell);
    }

    /// Going back to before the message of this number, from 0: what was said in its turn up to it, and the turns from there on.
    /// A turn is taken back as a whole, with everything that was said in it.
    pub fn turns_from(&self, message: usize) -> Option<(String, Vec<Option<TurnId>>)> {
        let (_, turn) = self.users.get(message)?;
        let is_same = |other: &Option<TurnId>| turn.is_some() && other == turn;
        let first = self.users[..=message].iter().rposition(|(_, other)| !is_same(other)).map_or(0, |at| at + 1).min(message);
        let said = self.users[first..=message].iter().filter_map(|(cell, _)| self.cells.get(*cell));
        let text = said.map(|cell| cell.plain()).collect::<Vec<_>>().join("\n\n");
        let mut turns: Vec<Option<TurnId>> = self.users[first..].iter().map(|(_, turn)| turn.clone()).collect();
        turns.dedup_by(|one, other| one.is_some() && one == other);
        Some((text, turns))
    }

    /// Forgets the last turns of the user, and everything that came after them.
    pub fn take_back(&mut self, turns: u32) {
        for _ in 0..turns {
            let Some((_, turn)) = self.users.last().cloned() else { break };
            while let Some((cell, other)) = self.users.last() {
                if *other != turn {
                    break;
                }
                self.cells.truncate(*cell);
                self.users.pop();
                if turn.is_none() {
                    break;
                }
            }
        }
        self.last_answer = None;
    }

    /// Prints everything again, such as after the screen was emptied.
    pub fn print_again(&mut self) {
        self.out.begin_anew();
        for cell in &self.cells {
            self.out.cell(cell);
        }
        let lines = self.answer.again(self.width, &self.look);
        if self.answer_begun {
            self.out.gap();
            self.out.lines(lines);
        }
    }

    /// Prints the card again, such as after the screen was emptied; what waits to be printed follows.
    pub fn print_head(&mut self) {
        self.out.below(card(&self.facts), self.answer_begun);
    }

    /// Forgets everything: another thread begins.
    pub fn begin_thread(&mut self) {
        let facts = self.facts.fresh();
        let (look, out) = (self.look.clone(), std::mem::take(&mut self.out));
        *self = Self::new(facts, look, self.width, self.quiet_reasoning);
        self.out = out;
    }

    /// When the live part has to be drawn again though nothing happened; `None` while nothing moves.
    pub fn next_tick(&self, animated: bool, drawn: Instant) -> Option<Instant> {
        self.status.next_tick(&self.look, animated, drawn)
    }
}
