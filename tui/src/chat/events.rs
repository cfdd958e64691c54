//! What each event changes.

use std::sync::Arc;
use std::time::Duration;

use codex_protocol::event::{CommandStatus, ExecCommandBegin, ExitedReviewMode, PatchApplyEnd, PatchStatus, TaskComplete, UserMessage};
use codex_protocol::plan::StepStatus;
use codex_protocol::{EventMsg, ItemId};

use super::answer::Finished;
use super::{Chat, Effect, Notice, TurnEnd, make};
use crate::cells::{
    Cell, ImageCell, McpCell, NoticeCell, PatchCell, PlanCell, ProposedPlanCell, ReasoningCell, ReviewCell, SeparatorCell, WebCell,
};

/// A turn that was this long tells how long it was.
const LONG: Duration = Duration::from_secs(60);

impl Chat {
    /// Takes an event; returns what it asks of the front end.
    pub fn on_event(&mut self, msg: &EventMsg) -> Option<Effect> {
        if !matches!(msg, EventMsg::StreamError(_) | EventMsg::TokenCount(_)) {
            self.status.going_on();
        }
        match msg {
            EventMsg::AgentMessageContentDelta(delta) => self.delta(&delta.item_id, &delta.delta),
            EventMsg::AgentMessage(message) => self.message(message.item_id.as_ref(), &message.message),
            EventMsg::ReasoningContentDelta(delta) => self.status.reasoning(&delta.delta),
            EventMsg::AgentReasoningSectionBreak(_) => self.status.next_section(),
            EventMsg::AgentReasoning(reasoning) if !self.quiet_reasoning => {
                self.status.next_section();
                self.add_all(ReasoningCell::new(&reasoning.text).map(|cell| Arc::new(cell) as Arc<dyn Cell>));
            }
            EventMsg::UserMessage(message) => self.user_message(message),
            EventMsg::TaskStarted(_) | EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => return self.turn_event(msg),
            EventMsg::ExecCommandBegin(begin) => self.command_begins(begin),
            EventMsg::ExecCommandOutputDelta(delta) => self.work.output(&delta.call_id, &delta.chunk),
            EventMsg::ExecCommandEnd(end) => {
                self.break_answer();
                self.worked = true;
                let cells = self.work.end(end);
                self.put(cells);
                if self.replaying && end.status == CommandStatus::Declined {
                    // The question about it, which told, is not in the file.
                    self.add(make::decision(false, &format!("Not run: {}", make::pretty_command(&end.command))));
                }
            }
            EventMsg::PatchApplyEnd(end) => self.patch_ended(end),
            EventMsg::PlanUpdate(update) => {
                let done = update.plan.iter().filter(|step| step.status == StepStatus::Completed).count();
                self.plan = (!update.plan.is_empty()).then_some((done, update.plan.len()));
                self.tool(Arc::new(PlanCell::new(update.clone())));
            }
            EventMsg::WebSearchBegin(begin) => self.work.search(&begin.call_id),
            EventMsg::WebSearchEnd(end) => {
                self.work.called(&end.call_id);
                if !end.query.is_empty() {
                    self.tool(Arc::new(WebCell::done(&end.query, &end.action)));
                }
            }
            EventMsg::McpToolCallBegin(begin) => {
                self.break_answer();
                self.work.call_mcp(&begin.call_id, &begin.invocation);
            }
            EventMsg::McpToolCallEnd(end) => {
                self.work.called(&end.call_id);
                self.tool(Arc::new(McpCell::new(&end.invocation, Some(&end.result), Some(end.duration))));
            }
            EventMsg::McpToolCallProgress(told) => self.work.news_of_call(&told.call_id, super::mcp::progress(told)),
            EventMsg::McpServerLog(log) => {
                let line = self.mcp.log(log);
                self.work.news_of_server(&log.server, &line);
            }
            EventMsg::ViewImageToolCall(call) => self.tool(make::image_viewed(&call.path, &self.cwd.clone())),
            EventMsg::ImageGenerationEnd(end) => {
                let saved = end.saved_path.as_ref().map(|path| path.display().to_string());
                self.tool(Arc::new(ImageCell::generated(end.revised_prompt.clone(), saved)));
            }
            EventMsg::ExecApprovalRequest(request) => {
                self.work.hold(&request.call_id, request.answer_id());
                return Some(Effect::AskCommand(request.clone()));
            }
            EventMsg::RequestUserInput(request) => {
                self.break_answer();
                return Some(Effect::AskInput(request.clone()));
            }
            EventMsg::RequestPermissions(request) => return Some(Effect::AskPermissions(request.clone())),
            EventMsg::ElicitationRequest(request) => return Some(Effect::AskElicitation(request.clone())),
            EventMsg::ElicitationResolved(resolved) => return Some(Effect::Resolved(resolved.id.clone())),
            EventMsg::ItemCompleted(completed) => {
                if let codex_protocol::event::CompletedItem::Plan { text, .. } = &completed.item {
                    return self.proposed(text);
                }
            }
            EventMsg::ApplyPatchApprovalRequest(request) => {
                self.break_answer();
                return Some(Effect::AskPatch(request.clone()));
            }
            other => return self.notice_event(other),
        }
        None
    }

    /// Events that are told in a line, or only known.
    fn notice_event(&mut self, msg: &EventMsg) -> Option<Effect> {
        match msg {
            EventMsg::SessionConfigured(session) => {
                self.facts.thread = Some(session.session_id);
                self.facts.model.clone_from(&session.model);
                self.facts.effort = session.reasoning_effort;
                self.facts.approval = session.approval_policy;
                self.facts.sandbox = session.sandbox_policy.clone();
                return Some(Effect::Configured);
            }
            EventMsg::TokenCount(count) => {
                if let Some(info) = count.info {
                    self.facts.usage = Some(info);
                    self.facts.cost.count(&self.facts.model, &info.total_token_usage);
                    self.facts.overflowed = false;
                }
                if count.rate_limits.is_some() {
                    self.facts.limits.clone_from(&count.rate_limits);
                }
                if !self.replaying
                    && self.facts.window().is_some()
                    && let Some(words) = self.marks.passed(self.facts.context_left())
                {
                    self.note(Notice::Warning, &words);
                }
            }
            EventMsg::McpStartupUpdate(update) => {
                if let Some(warning) = self.mcp.started(update) {
                    self.note(Notice::Warning, &warning);
                }
            }
            EventMsg::ContextCompacted(_) => {
                self.break_answer();
                self.add(Arc::new(NoticeCell::compacted()));
            }
            EventMsg::ThreadRolledBack(back) => return Some(Effect::RolledBack(back.num_turns)),
            EventMsg::EnteredReviewMode(entered) => {
                self.reviewing = true;
                let hint = if entered.user_facing_hint.is_empty() { entered.target.hint() } else { entered.user_facing_hint.clone() };
                self.add(Arc::new(ReviewCell::Started(hint)));
            }
            EventMsg::ExitedReviewMode(exited) => self.review_ended(exited),
            EventMsg::ModelReroute(reroute) => {
                self.note(Notice::Warning, &format!("The server answered with {} in place of {}", reroute.to_model, reroute.from_model));
            }
            EventMsg::Warning(warning) => self.note(Notice::Warning, &warning.message),
            EventMsg::DeprecationNotice(notice) => {
                let details = notice.details.as_ref().map(|details| format!(" {details}")).unwrap_or_default();
                self.note(Notice::Warning, &format!("{}{details}", notice.summary));
            }
            EventMsg::StreamError(error) => self.status.set_retry(error.message.clone(), error.additional_details.clone()),
            EventMsg::Error(error) => {
                let code = error.codex_error_info.as_ref().and_then(|code| code.as_str());
                self.facts.overflowed |= code == Some("context_window_exceeded");
                self.error(&error.message);
            }
            EventMsg::ShutdownComplete => return Some(Effect::Closed),
            _ => {}
        }
        None
    }

    fn turn_event(&mut self, msg: &EventMsg) -> Option<Effect> {
        match msg {
            EventMsg::TaskStarted(started) => {
                crate::markdown::highlight::warm_up();
                self.turn = Some(started.turn_id.clone());
                self.last_error = None;
                self.worked = false;
                if !self.replaying {
                    self.status.start();
                    self.had_turn = true;
                }
                (!self.replaying).then_some(Effect::TurnStarted)
            }
            EventMsg::TaskComplete(complete) => {
                self.sending = false;
                self.turn_is_over();
                (!self.replaying).then(|| Effect::TurnEnded(self.completed(complete)))
            }
            EventMsg::TurnAborted(_) => {
                let sent = std::mem::take(&mut self.sending) && self.waits.has_steers();
                self.turn_is_over();
                self.break_answer();
                let (end, cell) = match sent {
                    true => (TurnEnd::Sent, NoticeCell::info("Turn interrupted to send your message")),
                    false => (TurnEnd::Interrupted, NoticeCell::interrupted()),
                };
                self.add(Arc::new(cell));
                (!self.replaying).then_some(Effect::TurnEnded(end))
            }
            _ => None,
        }
    }

    fn completed(&mut self, complete: &TaskComplete) -> TurnEnd {
        match &complete.error {
            Some(failure) => {
                self.error(&failure.message);
                TurnEnd::Failed
            }
            None => TurnEnd::Complete(complete.last_agent_message.clone()),
        }
    }

    /// Nothing runs any more.
    pub(crate) fn turn_is_over(&mut self) {
        self.break_answer();
        let cells = self.work.finish();
        self.put(cells);
        self.status.stop();
        self.waits.forget_steers();
        self.turn = None;
        self.patches.clear();
    }

    fn put(&mut self, cells: Vec<Arc<dyn Cell>>) {
        for cell in cells {
            self.print(&cell);
            self.cells.push(cell);
        }
    }

    /// A plan is proposed.
    fn proposed(&mut self, text: &str) -> Option<Effect> {
        self.break_answer();
        self.add(Arc::new(ProposedPlanCell::new(text)));
        (!self.replaying).then_some(Effect::Proposed)
    }

    /// Something a tool did.
    fn tool(&mut self, cell: Arc<dyn Cell>) {
        self.break_answer();
        self.worked = true;
        self.add(cell);
    }

    fn command_begins(&mut self, begin: &ExecCommandBegin) {
        self.break_answer();
        self.worked = true;
        let cells = self.work.begin(begin);
        self.put(cells);
    }

    fn patch_ended(&mut self, end: &PatchApplyEnd) {
        self.break_answer();
        match end.status {
            PatchStatus::Completed => {
                let shown = self.patches.remove(&end.call_id);
                // What was shown with the question is not shown again.
                if shown.is_none() {
                    self.tool(Arc::new(PatchCell::new(&end.changes, &self.cwd)));
                }
            }
            PatchStatus::Failed => self.tool(Arc::new(NoticeCell::patch_failed(&end.stderr))),
            PatchStatus::Declined => {}
        }
    }

    /// Shows what a patch would change, with the question about it.
    pub fn show_patch(&mut self, request: &codex_protocol::event::ApplyPatchApprovalRequest) {
        self.patches.insert(request.call_id.clone(), request.changes.keys().cloned().collect());
        self.tool(Arc::new(PatchCell::new(&request.changes, &self.cwd)));
    }

    /// Adds a line of news.
    pub fn note(&mut self, kind: Notice, text: &str) {
        self.break_answer();
        self.add(make::notice(kind, text));
    }

    fn error(&mut self, message: &str) {
        // The end of a turn repeats the error before it.
        if self.last_error.as_deref() != Some(message) {
            self.last_error = Some(message.to_owned());
            self.note(Notice::Error, message);
        }
    }

    fn user_message(&mut self, message: &UserMessage) {
        self.break_answer();
        self.waits.arrived(&message.message);
        self.last_error = None;
        self.add(make::user(message));
        self.users.push((self.cells.len() - 1, self.turn.clone()));
    }

    fn delta(&mut self, item: &ItemId, delta: &str) {
        if self.reviewing {
            return;
        }
        if self.answer.is_other(item) {
            self.break_answer();
        }
        let lines = self.answer.push(item, delta, self.width, &self.look);
        if !lines.is_empty() {
            self.before_answer();
            self.out.lines(lines);
        }
    }

    /// What stands between what came before and the first line of an answer.
    fn before_answer(&mut self) {
        if self.answer_begun {
            return;
        }
        self.answer_begun = true;
        self.settle();
        if self.worked {
            let long = self.status.since().filter(|time| *time >= LONG);
            self.worked = false;
            let rule: Arc<dyn Cell> = Arc::new(SeparatorCell::new(long));
            self.print(&rule);
            self.cells.push(rule);
        }
        self.out.gap();
    }

    fn message(&mut self, item: Option<&ItemId>, text: &str) {
        if self.reviewing {
            return;
        }
        if item.is_some_and(|item| self.answer.is_other(item)) {
            self.break_answer();
        }
        let finished = self.answer.finish(item, text, self.width, &self.look);
        self.end_answer(finished);
    }

    /// Ends an answer that something else comes after.
    fn break_answer(&mut self) {
        if let Some(finished) = self.answer.break_off(&self.look) {
            self.end_answer(finished);
        }
    }

    fn end_answer(&mut self, finished: Finished) {
        if !finished.lines.is_empty() {
            self.before_answer();
            self.out.lines(finished.lines);
        }
        self.answer_begun = false;
        if !finished.source.trim().is_empty() {
            self.last_answer = Some(finished.source);
            self.cells.extend(finished.cell);
        }
    }

    fn review_ended(&mut self, exited: &ExitedReviewMode) {
        self.reviewing = false;
        self.add(Arc::new(ReviewCell::Finished));
        match &exited.review_output {
            Some(output) => {
                self.worked = false;
                self.add(Arc::new(ReviewCell::found(output, &self.cwd)));
            }
            None => self.note(Notice::Warning, "The review broke off"),
        }
    }

    /// Shows events of the past.
    pub fn replay<'a>(&mut self, events: impl IntoIterator<Item = &'a EventMsg>) {
        self.replaying = true;
        for event in events {
            self.on_event(event);
        }
        self.turn_is_over();
        self.replaying = false;
        self.reviewing = false;
        if let Some(info) = &self.facts.usage {
            self.facts.used_before = info.total_token_usage;
        }
    }

    /// A turn was asked for: the row that says so stands before the thread tells it.
    pub fn turn_asked_for(&mut self) {
        if !self.status.is_running() {
            self.status.start();
        }
    }
}
