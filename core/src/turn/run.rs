//! The turn loop: opening messages, then request and act until nothing is left to do.

use std::collections::HashMap;
use std::sync::Arc;

use codex_model_client::retry::RetryState;
use codex_model_client::{ErrorKind, ModelError, Stop};
use codex_protocol::event::{RawResponseItem, TaskStarted, TokenCount, Warning};
use codex_protocol::op::UserTurn;
use codex_protocol::rollout::RolloutItem;
use codex_protocol::usage::RateLimits;
use codex_protocol::{EventMsg, ResponseItem};

use super::context::TurnContext;
use super::control::TurnControl;
use super::finish::finish;
use super::loop_breaker::LoopBreaker;
use super::plan_text::PlanSplitter;
use super::sampling::{Sampled, sample};
use super::staged::Stage;
use crate::compact::{Place, compact, is_due, is_long, must_shrink, window_exceeded};
use crate::context::fragments;
use crate::context::user_message::from_input;
use crate::error::TurnError;
use crate::host::TurnHost;
use crate::session::{Session, announce};
use crate::skills;

/// What the model reads after its answer was cut at the output limit.
const CUT_NOTE: &str = "<developer_note>\nYour answer was cut off at the output limit. Go on exactly where it stopped, in smaller steps; do not repeat what you already wrote.\n</developer_note>";

/// How often in one turn a server may ask to go on with the same history.
const MOST_PAUSES: u32 = 5;

/// A running turn.
pub(crate) struct Turn {
    pub(crate) session: Arc<Session>,
    pub(crate) control: Arc<TurnControl>,
    pub(crate) context: TurnContext,
    pub(crate) host: Arc<TurnHost>,
    pub(crate) breaker: LoopBreaker,
    pub(crate) retry: RetryState,
    pub(crate) stage: Stage,
    /// What takes plans out of messages that are being said, by item.
    pub(crate) splitters: HashMap<String, PlanSplitter>,
    pub(crate) rate_limits: RateLimits,
    pub(crate) last_message: Option<String>,
    /// Texts that the user handed in during the turn.
    pub(crate) user_texts: Vec<String>,
    pub(crate) requests: u32,
    pub(crate) tokens: i64,
}

/// Runs a turn to its end and tells how it ended.
pub(crate) async fn run_turn(session: Arc<Session>, control: Arc<TurnControl>, user: UserTurn) {
    let mut turn = Turn::new(session, control, user.output_schema);
    turn.control.take_commands();
    announce::begin(&turn.session, &turn.context.sandbox);
    turn.session.undo.begin(&turn.context.id, turn.host.cwd(), &turn.context.sandbox);
    let outcome = match turn.open(user.input).await {
        Ok(()) => turn.work().await,
        Err(error) => Err(error),
    };
    finish(&mut turn, outcome).await;
}

impl Turn {
    /// A turn that has done nothing yet.
    pub(crate) fn new(session: Arc<Session>, control: Arc<TurnControl>, output_schema: Option<serde_json::Value>) -> Self {
        let context = TurnContext::freeze(&session, control.turn_id.clone(), output_schema);
        let host = Arc::new(TurnHost::new(Arc::clone(&session), Arc::clone(&control), &context));
        let retry = RetryState::new(&session.services.config.provider);
        Self {
            session,
            control,
            context,
            host,
            breaker: LoopBreaker::default(),
            retry,
            stage: Stage::default(),
            splitters: HashMap::new(),
            rate_limits: RateLimits::default(),
            last_message: None,
            user_texts: Vec::new(),
            requests: 0,
            tokens: 0,
        }
    }

    /// Adds an item to history and to the session file.
    pub(crate) async fn append(&self, item: ResponseItem) {
        self.session.state().history.push(item.clone());
        if self.session.options.raw_items {
            self.session.events.show(EventMsg::RawResponseItem(RawResponseItem { item: item.clone() })).await;
        }
        self.session.events.record(RolloutItem::ResponseItem(item)).await;
    }

    async fn open(&mut self, input: Vec<codex_protocol::user_input::UserInput>) -> Result<(), TurnError> {
        let started = TaskStarted {
            turn_id: self.context.id.clone(),
            model_context_window: Some(self.context.model.context_window),
            collaboration_mode_kind: self.context.tool_turn.mode.as_str().to_owned(),
        };
        self.session.events.send(EventMsg::TaskStarted(started)).await;
        // What the user says is kept also when this fails.
        let compacted = if is_due(&self.session) { self.compact(Place::BeforeTurn).await } else { Ok(()) };
        self.session.state().history.begin_turn();
        self.tell_surroundings().await;
        let line = Box::new(self.context.line());
        self.session.events.record(RolloutItem::TurnContext(line)).await;
        self.user_input(input).await;
        self.repeat_token_count().await;
        compacted
    }

    async fn compact(&mut self, place: Place) -> Result<(), TurnError> {
        if place == Place::BeforeTurn {
            self.repeat_token_count().await;
        }
        compact(self, place).await
    }

    /// Compacts history where it has grown too long, and sees to it that no request is above the window.
    async fn make_room(&mut self, is_first: bool) -> Result<(), TurnError> {
        // What a turn begins with was looked at before it began.
        let due = if is_first { must_shrink(&self.session) } else { is_due(&self.session) };
        if due {
            self.compact(Place::MidTurn).await?;
        }
        if must_shrink(&self.session) { Err(window_exceeded(&self.session)) } else { Ok(()) }
    }

    /// Answers a server's refusal of a request for its length. A history that is short by this side's count was refused for
    /// another reason than its length, and is not compacted; nor is it twice in a row.
    async fn after_overflow(&mut self, error: ModelError, shrunk: &mut bool) -> Result<(), TurnError> {
        let is_long = is_long(&self.session);
        if *shrunk || !is_long {
            // The server says that the window is full: the next turn begins with a shorter history.
            self.session.state().compaction.overflowed = true;
            return Err(TurnError::Model(error));
        }
        *shrunk = true;
        self.compact(Place::MidTurn).await
    }

    /// Tells the model where it works and what it may do, as far as it does not know yet.
    async fn tell_surroundings(&self) {
        let now = self.context.surroundings.clone();
        let before = self.session.state().told.replace(now.clone());
        let services = &self.session.services;
        let items = match before {
            Some(before) => fragments::changes(&before, &now, &services.instructions),
            None => {
                let docs = codex_config::agents_md::project_docs(&services.config);
                for message in docs.warnings {
                    self.session.events.show(EventMsg::Warning(Warning { message })).await;
                }
                let skills = self.session.skills.part(&self.session).await;
                let own = services.config.developer_instructions.as_deref();
                fragments::opening(&now, &services.instructions, own, skills.as_deref(), docs.text.as_deref())
            }
        };
        for item in items {
            self.append(item).await;
        }
    }

    async fn user_input(&mut self, input: Vec<codex_protocol::user_input::UserInput>) {
        let named = skills::named(&self.session, &input).await;
        let (item, event, unusable) = from_input(input).await;
        for message in unusable {
            self.session.events.show(EventMsg::Warning(Warning { message })).await;
        }
        self.append(item).await;
        self.user_texts.push(event.message.clone());
        self.session.events.send(EventMsg::UserMessage(event)).await;
        for skill in named {
            self.append(skill).await;
        }
    }

    /// Tells the counts as they are now.
    pub(crate) async fn token_count(&self) {
        let info = self.session.state().usage;
        let count = TokenCount { info, rate_limits: Some(self.rate_limits.clone()) };
        self.session.events.send(EventMsg::TokenCount(count)).await;
    }

    /// Tells the counts again. What the file has already it does not get twice: programs add those lines up.
    pub(crate) async fn repeat_token_count(&self) {
        let info = self.session.state().usage;
        let is_news = info.is_none();
        let event = EventMsg::TokenCount(TokenCount { info, rate_limits: Some(self.rate_limits.clone()) });
        if is_news {
            self.session.events.record_event(&event).await;
        }
        self.session.events.show(event).await;
    }

    async fn work(&mut self) -> Result<(), TurnError> {
        self.session.mcp.head_start(&self.session.services.config.codex_home).await;
        let mut cut_before = false;
        let mut pauses = 0;
        let (mut is_first, mut shrunk) = (true, false);
        loop {
            self.join_steered_input().await;
            self.check_limits()?;
            self.make_room(std::mem::take(&mut is_first)).await?;
            // What a server is told is in the file: a killed program forgets nothing that somebody acted on.
            self.session.events.flush().await;
            let sampled = match sample(self).await {
                Err(TurnError::Model(error)) if matches!(error.kind, ErrorKind::ContextOverflow | ErrorKind::TooLarge) => {
                    self.after_overflow(error, &mut shrunk).await?;
                    continue;
                }
                sampled => sampled?,
            };
            shrunk = false;
            match sampled.stop {
                Stop::MaxTokens if !sampled.called_tools => {
                    if cut_before {
                        return Err(TurnError::OutputLimit);
                    }
                    self.go_on_after_cut().await;
                }
                // The same history goes back as it is.
                Stop::Pause if !sampled.called_tools && pauses < MOST_PAUSES => pauses += 1,
                Stop::ContentFilter => return Err(filtered()),
                // What was said is kept, and the answer goes on in a shorter history.
                Stop::ContextWindow if !sampled.called_tools => self.after_overflow(window_full(), &mut shrunk).await?,
                _ if self.is_done(&sampled) => return Ok(()),
                _ => {}
            }
            cut_before = sampled.stop == Stop::MaxTokens;
        }
    }

    fn is_done(&self, sampled: &Sampled) -> bool {
        !sampled.called_tools && self.session.state().steered.is_empty()
    }

    /// Takes into history what the user's own commands did meanwhile.
    pub(crate) async fn join_what_happened_beside(&self) {
        let beside = std::mem::take(&mut self.session.state().beside);
        for item in beside {
            self.append(item).await;
        }
    }

    /// Takes what was said meanwhile into history.
    pub(crate) async fn join_steered_input(&mut self) {
        self.join_what_happened_beside().await;
        loop {
            let next = self.session.state().steered.pop_front();
            match next {
                Some(input) => self.user_input(input).await,
                None => return,
            }
        }
    }

    async fn go_on_after_cut(&self) {
        let message = "the model's answer was cut at its output limit; it is asked to go on".to_owned();
        self.session.events.show(EventMsg::Warning(Warning { message })).await;
        self.append(ResponseItem::developer_text(CUT_NOTE)).await;
    }

    fn check_limits(&self) -> Result<(), TurnError> {
        if self.control.cancel.is_cancelled() {
            return Err(self.control.limit().unwrap_or(TurnError::Interrupted));
        }
        if let Some(limit) = self.control.limit() {
            return Err(limit);
        }
        let limits = self.session.options.limits;
        if let Some(max) = limits.max_requests
            && self.requests >= max
        {
            return Err(TurnError::Limit { code: "max_turns".to_owned(), message: format!("the limit of {max} model turns was reached") });
        }
        if let Some(max) = limits.max_tokens
            && self.tokens >= max
        {
            let message = format!("the limit of {max} tokens was reached ({} used)", self.tokens);
            return Err(TurnError::Limit { code: "max_tokens".to_owned(), message });
        }
        Ok(())
    }
}

fn filtered() -> TurnError {
    TurnError::Model(ModelError::new(ErrorKind::ContentFilter, "the model server's content filter held back the answer"))
}

fn window_full() -> ModelError {
    ModelError::new(ErrorKind::ContextOverflow, "the model's context window was full before its answer was whole")
}
