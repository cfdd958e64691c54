//! The commands and calls that run, and the group of read-only commands that still grows.

use std::sync::Arc;
use std::time::Instant;

use codex_protocol::event::{CommandSource, CommandStatus, ExecCommandBegin, ExecCommandEnd, McpInvocation, ParsedCommand};
use codex_protocol::{ApprovalId, CallId};

use super::make;
use crate::cells::{Cell, ExploringCell, McpCell, WebCell};

/// Bytes of a running command's output that are kept for its live cell.
const TAIL: usize = 16 * 1024;

/// A command as its cell needs it.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) call: CallId,
    pub(super) argv: Vec<String>,
    pub(super) parsed: Vec<ParsedCommand>,
    pub(super) source: CommandSource,
    pub(super) process: Option<String>,
    pub(super) output: String,
    pub(super) started: Instant,
    pub(super) end: Option<CommandEnd>,
    /// Somebody is asked whether it may run.
    pub(super) held: Option<ApprovalId>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommandEnd {
    pub(super) code: i32,
    pub(super) duration: std::time::Duration,
}

/// A call of a tool of an MCP server, or a search.
#[derive(Debug)]
enum Call {
    Mcp(CallId, McpInvocation, Option<String>),
    Search(CallId),
}

/// What runs.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Read-only commands in a row, ended or not.
    exploring: Vec<Command>,
    running: Vec<Command>,
    calls: Vec<Call>,
}

impl Work {
    pub(super) fn is_exploring(begin: &ExecCommandBegin) -> bool {
        begin.source != CommandSource::UserShell && ExploringCell::takes(&begin.parsed_cmd)
    }

    /// A command starts. Returns the cells that are final because of it.
    pub(super) fn begin(&mut self, begin: &ExecCommandBegin) -> Vec<Arc<dyn Cell>> {
        let command = Command {
            call: begin.call_id.clone(),
            argv: begin.command.clone(),
            parsed: begin.parsed_cmd.clone(),
            source: begin.source,
            process: begin.process_id.clone(),
            output: String::new(),
            started: Instant::now(),
            end: None,
            held: None,
        };
        if Self::is_exploring(begin) {
            self.exploring.push(command);
            Vec::new()
        } else {
            let settled = self.take_settled();
            self.running.push(command);
            settled
        }
    }

    /// A person is asked whether a command may run: it does not run yet.
    pub(super) fn hold(&mut self, call: &CallId, question: ApprovalId) {
        if let Some(command) = self.exploring.iter_mut().chain(&mut self.running).find(|command| command.call == *call) {
            command.held = Some(question);
        }
    }

    /// The question was answered.
    pub(super) fn release(&mut self, question: &ApprovalId) {
        let held = self.exploring.iter_mut().chain(&mut self.running).filter(|command| command.held.as_ref() == Some(question));
        held.for_each(|command| command.held = None);
    }

    pub(super) fn output(&mut self, call: &CallId, chunk: &str) {
        let Some(command) = self.exploring.iter_mut().chain(&mut self.running).find(|command| command.call == *call) else { return };
        command.output.push_str(chunk);
        if command.output.len() > 2 * TAIL {
            let mut from = command.output.len() - TAIL;
            while !command.output.is_char_boundary(from) {
                from += 1;
            }
            command.output.drain(..from);
        }
    }

    /// A command ended. Returns the cells that are final because of it.
    pub(super) fn end(&mut self, end: &ExecCommandEnd) -> Vec<Arc<dyn Cell>> {
        let outcome = CommandEnd { code: end.exit_code, duration: end.duration };
        if let Some(at) = self.exploring.iter().position(|command| command.call == end.call_id) {
            if end.status == CommandStatus::Declined {
                self.exploring.remove(at);
            } else if let Some(command) = self.exploring.get_mut(at) {
                command.output.clone_from(&end.aggregated_output);
                command.end = Some(outcome);
            }
            return Vec::new();
        }
        let at = self.running.iter().position(|command| command.call == end.call_id);
        let known = at.map(|at| self.running.remove(at));
        if end.status == CommandStatus::Declined {
            // Nothing ran.
            return Vec::new();
        }
        let mut cells = self.take_settled();
        let command = Command {
            call: end.call_id.clone(),
            argv: end.command.clone(),
            parsed: end.parsed_cmd.clone(),
            source: end.source,
            process: end.process_id.clone(),
            output: end.aggregated_output.clone(),
            started: known.map_or_else(Instant::now, |known| known.started),
            end: Some(outcome),
            held: None,
        };
        cells.push(make::command(&command));
        cells
    }

    pub(super) fn call_mcp(&mut self, call: &CallId, invocation: &McpInvocation) {
        self.calls.push(Call::Mcp(call.clone(), invocation.clone(), None));
    }

    /// A running call told how far it is.
    pub(super) fn news_of_call(&mut self, call: &CallId, line: String) {
        for open in &mut self.calls {
            if let Call::Mcp(id, _, news) = open
                && id == call
            {
                *news = Some(line);
                return;
            }
        }
    }

    /// A server said something: it is shown with its running calls.
    pub(super) fn news_of_server(&mut self, server: &str, line: &str) {
        for open in &mut self.calls {
            if let Call::Mcp(_, invocation, news) = open
                && invocation.server == server
            {
                *news = Some(line.to_owned());
            }
        }
    }

    pub(super) fn search(&mut self, call: &CallId) {
        self.calls.push(Call::Search(call.clone()));
    }

    pub(super) fn called(&mut self, call: &CallId) {
        self.calls.retain(|open| match open {
            Call::Mcp(id, ..) | Call::Search(id) => id != call,
        });
    }

    /// Takes the group of read-only commands, once all of them ended.
    pub(super) fn take_settled(&mut self) -> Vec<Arc<dyn Cell>> {
        if self.exploring.is_empty() || self.exploring.iter().any(|command| command.end.is_none()) {
            return Vec::new();
        }
        let group = std::mem::take(&mut self.exploring);
        vec![make::explored(&group)]
    }

    /// The turn is over: nothing runs any more that would be told of, but for processes that outlive it.
    pub(super) fn finish(&mut self) -> Vec<Arc<dyn Cell>> {
        self.calls.clear();
        self.running.retain(|command| command.process.is_some());
        self.exploring.retain(|command| command.end.is_some());
        self.take_settled()
    }

    /// Processes that go on in the background.
    pub(super) fn background(&self) -> impl Iterator<Item = &Command> {
        self.running
            .iter()
            .chain(&self.exploring)
            .filter(|command| command.process.is_some() && command.end.is_none() && command.held.is_none())
    }

    /// Cells of what is live.
    pub(super) fn cells(&self) -> Vec<Arc<dyn Cell>> {
        let mut cells = Vec::new();
        if !self.exploring.is_empty() {
            cells.push(make::explored(&self.exploring));
        }
        cells.extend(self.running.iter().filter(|command| command.process.is_none()).map(make::command));
        cells.extend(self.calls.iter().map(|call| match call {
            Call::Mcp(_, invocation, news) => Arc::new(McpCell::new(invocation, None, None).with_news(news.clone())) as Arc<dyn Cell>,
            Call::Search(_) => Arc::new(WebCell::running()),
        }));
        cells
    }
}
