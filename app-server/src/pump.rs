//! Follows one thread: its events become notifications, questions and the ends of requests that waited for them.

use std::sync::Arc;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_protocol::event::{
    CommandSource, ElicitationAction, ErrorEvent, ExecApprovalRequest, ExecCommandBegin, RawResponseItem, StreamError, TaskComplete,
    TaskStarted, TokenCount,
};
use codex_protocol::{ApprovalId, Event, EventMsg, Op};

use crate::convert;
use crate::errors_out::{self, TurnFault};
use crate::loaded::LoadedThread;
use crate::mcp;
use crate::questions::{Subject, choice_question, command_question, patch_question, permissions_question};
use crate::server::Server;
use crate::translate::Translator;
use crate::turns::turn;

/// Follows a thread until it has ended.
pub(crate) async fn follow(server: Arc<Server>, thread: Arc<LoadedThread>) {
    let mut pump = Pump { translator: Translator::new(thread.id.to_string()), fault: None, server, thread };
    while let Some(event) = pump.thread.core.next_event().await {
        pump.take(&event);
    }
    pump.ended();
    // Whoever waits for the end wants the thread's file: nothing of the thread is held here any more.
    let over = pump.thread.over.clone();
    drop(pump);
    over.cancel();
}

struct Pump {
    server: Arc<Server>,
    thread: Arc<LoadedThread>,
    translator: Translator,
    /// Why the running turn will have failed.
    fault: Option<TurnFault>,
}

impl Pump {
    fn take(&mut self, event: &Event) {
        self.server.tell_attached(&self.thread, event);
        match &event.msg {
            EventMsg::SessionConfigured(_) | EventMsg::ShutdownComplete | EventMsg::Unknown => {}
            EventMsg::TaskStarted(started) => self.turn_started(event, started),
            EventMsg::TaskComplete(complete) => self.turn_completed(event, complete),
            EventMsg::TurnAborted(_) => self.turn_aborted(event),
            EventMsg::TokenCount(count) => self.token_count(count),
            EventMsg::ExecApprovalRequest(asked) => self.command_question(asked),
            EventMsg::ApplyPatchApprovalRequest(asked) => {
                let request = patch_question(&self.thread, asked);
                self.server.ask(&self.thread, Subject::Patch { id: asked.answer_id() }, &request);
            }
            EventMsg::ElicitationRequest(asked) => match mcp::question(&self.thread, asked) {
                Some(request) => {
                    self.server.ask(&self.thread, Subject::Elicitation { id: asked.id.clone(), turn: asked.turn_id.clone() }, &request)
                }
                None => self.no_form(asked.id.clone()),
            },
            EventMsg::ElicitationResolved(resolved) => self.server.withdraw_question(&self.thread, &resolved.id),
            EventMsg::McpStartupUpdate(update) => self.tell(&mcp::startup(update)),
            EventMsg::McpToolCallProgress(progress) => {
                let turn = self.thread.state().turn.clone().unwrap_or_default();
                self.tell(&mcp::progress(&self.thread, turn, progress));
            }
            EventMsg::RequestUserInput(asked) => {
                let request = choice_question(&self.thread, asked);
                self.server.ask(&self.thread, Subject::Choice { id: asked.answer_id() }, &request);
            }
            EventMsg::RequestPermissions(asked) => {
                let request = permissions_question(&self.thread, asked);
                self.server.ask(&self.thread, Subject::Permissions { id: asked.answer_id() }, &request);
            }
            EventMsg::ThreadRolledBack(_) => self.rolled_back(),
            EventMsg::StreamError(error) => self.stream_error(error),
            EventMsg::Error(error) => self.error(error),
            EventMsg::Warning(warning) => self.warning(warning.message.clone(), None),
            EventMsg::DeprecationNotice(notice) => {
                let notice = wire::DeprecationNoticeNotification { details: notice.details.clone(), summary: notice.summary.clone() };
                self.tell(&ServerNotification::DeprecationNotice(notice));
            }
            EventMsg::ModelReroute(reroute) => {
                let message = format!("the model server answered with {} instead of {}", reroute.to_model, reroute.from_model);
                self.warning(message, Some(reroute.reason.clone()));
            }
            EventMsg::RawResponseItem(raw) => self.raw_item(raw),
            EventMsg::EnteredReviewMode(_) => {
                self.thread.state().reviewing = true;
                self.items(event);
            }
            _ => self.items(event),
        }
    }

    /// A form that clients cannot show counts as a no, so that no call waits for ever.
    fn no_form(&self, id: ApprovalId) {
        if !self.thread.state().attached.is_empty() {
            // A front end that is attached asks its user.
            return;
        }
        let thread = self.thread.core.clone();
        tokio::spawn(async move {
            let answer = Op::ResolveElicitation { id, action: ElicitationAction::Decline, content: None, meta: None };
            // The thread may have ended.
            let _ = thread.submit(answer).await;
        });
    }

    /// The item as the wire has it, where its type is one of the wire's.
    fn raw_item(&self, raw: &RawResponseItem) {
        let Some(item) = serde_json::to_value(&raw.item).ok().and_then(|item| serde_json::from_value(item).ok()) else { return };
        let turn_id = self.thread.state().turn.clone().unwrap_or_default();
        let told = wire::RawResponseItemCompletedNotification { item, thread_id: self.thread.id.to_string(), turn_id };
        self.tell(&ServerNotification::RawResponseItemCompleted(told));
    }

    fn tell(&self, notification: &ServerNotification) {
        self.server.tell(&self.thread, notification);
    }

    fn items(&mut self, event: &Event) {
        if let EventMsg::UserMessage(message) = &event.msg {
            let mut state = self.thread.state();
            if state.preview.is_empty() {
                state.preview.clone_from(&message.message);
            }
        }
        for notification in self.translator.push(event) {
            if let ServerNotification::ItemCompleted(completed) = &notification {
                self.thread.state().items.push(completed.item.clone());
            }
            self.tell(&notification);
        }
    }

    fn turn_started(&mut self, event: &Event, started: &TaskStarted) {
        let id = started.turn_id.to_string();
        self.translator.begin_turn(&id);
        self.fault = None;
        let waiting = {
            let mut state = self.thread.state();
            state.turn = Some(id.clone());
            state.failed = false;
            state.items.clear();
            state.updated_at = crate::threads::now();
            // Whoever came while this turn was starting joins it.
            let is_own = state.starting.iter().any(|(submission, _)| *submission == event.id);
            if is_own { std::mem::take(&mut state.starting) } else { Vec::new() }
        };
        for (_, request) in waiting {
            request.begun(&self.thread.id.to_string(), &id);
        }
        self.server.tell_status(&self.thread);
        let started =
            wire::TurnStartedNotification { thread_id: self.thread.id.to_string(), turn: turn(&id, wire::TurnStatus::InProgress, None) };
        self.tell(&ServerNotification::TurnStarted(started));
    }

    fn turn_completed(&mut self, event: &Event, complete: &TaskComplete) {
        self.items(event);
        self.close_items();
        let error = complete.error.as_ref().map(|failure| {
            let fault = self.fault.take().unwrap_or_else(|| TurnFault::of(&failure.message, &failure.code));
            fault.error
        });
        let status = if error.is_some() { wire::TurnStatus::Failed } else { wire::TurnStatus::Completed };
        self.turn_over(complete.turn_id.as_str(), status, error);
    }

    fn turn_aborted(&mut self, event: &Event) {
        self.items(event);
        self.close_items();
        let id = self.thread.state().turn.clone().unwrap_or_default();
        let waiting = std::mem::take(&mut self.thread.state().interrupting);
        for responder in waiting {
            responder.succeed(&wire::TurnInterruptResponse {});
        }
        self.turn_over(&id, wire::TurnStatus::Interrupted, None);
    }

    fn close_items(&mut self) {
        for notification in self.translator.end_turn() {
            self.tell(&notification);
        }
    }

    fn turn_over(&mut self, id: &str, status: wire::TurnStatus, error: Option<wire::TurnError>) {
        self.server.withdraw_questions(&self.thread);
        let waiting = {
            let mut state = self.thread.state();
            state.turn = None;
            state.reviewing = false;
            state.failed = status == wire::TurnStatus::Failed;
            state.items.clear();
            state.updated_at = crate::threads::now();
            std::mem::take(&mut state.interrupting)
        };
        for responder in waiting {
            // The turn ended by itself before the interrupt reached it.
            responder.succeed(&wire::TurnInterruptResponse {});
        }
        if status != wire::TurnStatus::Failed {
            self.server.tell_status(&self.thread);
        }
        let completed = wire::TurnCompletedNotification { thread_id: self.thread.id.to_string(), turn: turn(id, status, error) };
        self.tell(&ServerNotification::TurnCompleted(completed));
    }

    fn token_count(&self, count: &TokenCount) {
        let turn_id = self.thread.state().turn.clone().unwrap_or_default();
        if let Some(info) = &count.info {
            let updated = wire::ThreadTokenUsageUpdatedNotification {
                thread_id: self.thread.id.to_string(),
                token_usage: convert::token_usage(info),
                turn_id,
            };
            self.tell(&ServerNotification::ThreadTokenUsageUpdated(updated));
        }
        if let Some(limits) = &count.rate_limits {
            let updated = wire::AccountRateLimitsUpdatedNotification { rate_limits: convert::rate_limits(limits) };
            self.tell(&ServerNotification::AccountRateLimitsUpdated(updated));
        }
    }

    fn command_question(&mut self, asked: &ExecApprovalRequest) {
        // A command of `exec_command` is told as started when it has its process.
        let has_process = asked.command.first().is_some_and(|program| program.starts_with('/'));
        if !has_process {
            let begin = ExecCommandBegin {
                call_id: asked.call_id.clone(),
                process_id: None,
                turn_id: asked.turn_id.clone(),
                command: asked.command.clone(),
                cwd: asked.cwd.clone(),
                parsed_cmd: asked.parsed_cmd.clone(),
                source: CommandSource::Agent,
            };
            let event = Event { id: "".into(), msg: EventMsg::ExecCommandBegin(begin) };
            for notification in self.translator.started_early(&event) {
                self.tell(&notification);
            }
        }
        let request = command_question(&self.thread, asked);
        let host = asked.network_approval_context.as_ref().map(|context| context.host.clone());
        let subject = Subject::Command { id: asked.answer_id(), turn: asked.turn_id.clone(), host };
        self.server.ask(&self.thread, subject, &request);
    }

    fn rolled_back(&self) {
        let waiting = std::mem::take(&mut self.thread.state().rolling_back);
        for responder in waiting {
            let shown = self.server.stored_turns(self.thread.id).map(|turns| wire::Thread { turns, ..self.server.current(&self.thread) });
            responder.answer(shown.map(|thread| wire::ThreadRollbackResponse { thread }));
        }
    }

    fn stream_error(&self, error: &StreamError) {
        let fault = errors_out::retry(error);
        self.tell(&self.error_notification(fault, true));
    }

    fn error(&mut self, error: &ErrorEvent) {
        let code = error.codex_error_info.as_ref().and_then(serde_json::Value::as_str).unwrap_or("other");
        let fault = TurnFault::of(&error.message, code);
        self.thread.state().failed = true;
        let failed =
            wire::ThreadStatusChangedNotification { status: wire::ThreadStatus::SystemError, thread_id: self.thread.id.to_string() };
        self.server.broadcast(&ServerNotification::ThreadStatusChanged(failed));
        self.tell(&self.error_notification(fault.error.clone(), false));
        self.fault = Some(fault);
    }

    fn error_notification(&self, error: wire::TurnError, will_retry: bool) -> ServerNotification {
        let turn_id = self.thread.state().turn.clone().unwrap_or_default();
        ServerNotification::Error(wire::ErrorNotification { error, thread_id: self.thread.id.to_string(), turn_id, will_retry })
    }

    fn warning(&self, summary: String, details: Option<String>) {
        let warning = wire::ConfigWarningNotification { details, path: None, range: None, summary };
        self.tell(&ServerNotification::ConfigWarning(warning));
    }

    /// The thread is gone: nobody waits for it any more.
    fn ended(&mut self) {
        self.server.withdraw_questions(&self.thread);
        let (starting, interrupting, rolling_back) = {
            let mut state = self.thread.state();
            state.turn = None;
            (std::mem::take(&mut state.starting), std::mem::take(&mut state.interrupting), std::mem::take(&mut state.rolling_back))
        };
        let gone = || crate::error::Failure::invalid("the thread has ended");
        starting.into_iter().for_each(|(_, request)| request.fail(gone()));
        rolling_back.into_iter().for_each(|responder| responder.fail(gone()));
        for responder in interrupting {
            responder.succeed(&wire::TurnInterruptResponse {});
        }
        self.server.forget(self.thread.id);
        let thread_id = self.thread.id.to_string();
        let gone = wire::ThreadStatusChangedNotification { status: wire::ThreadStatus::NotLoaded, thread_id: thread_id.clone() };
        self.server.broadcast(&ServerNotification::ThreadStatusChanged(gone));
        if !self.thread.state().put_away {
            let closed = wire::ThreadClosedNotification { thread_id };
            self.server.broadcast(&ServerNotification::ThreadClosed(closed));
        }
    }
}
