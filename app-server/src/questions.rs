//! Questions of a thread to its clients: asked of everybody who follows it, answered once.
//!
//! The number is one of this process. An answer counts only from a connection that was asked (L5); the first one wins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{AbsolutePathBuf, ErrorBody, RequestId, ServerNotification, ServerRequest};
use codex_protocol::event::{
    ApplyPatchApprovalRequest, ElicitationAction, ExecApprovalRequest, FileSystemPermissions, NetworkApprovalProtocol, NetworkPermissions,
    PermissionProfile, PermissionScope, PermissionsResponse, RequestPermissions, RequestUserInput, ReviewDecision, UserInputAnswer,
    UserInputOption, UserInputQuestion, UserInputResponse,
};
use codex_protocol::{ApprovalId, Op, TurnId};
use serde::Deserialize;
use serde_json::Value;

use crate::connection::{Connection, ConnectionId, spelt};
use crate::convert;
use crate::loaded::LoadedThread;
use crate::server::Server;

/// What a question is about, and how its answer gets back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    Command {
        id: ApprovalId,
        turn: TurnId,
        /// The host that the command wants to reach, where that is the question.
        host: Option<String>,
    },
    Patch {
        id: ApprovalId,
    },
    /// The user is to choose.
    Choice {
        id: ApprovalId,
    },
    /// Permissions.
    Permissions {
        id: ApprovalId,
    },
    /// What an MCP server wants to know, or may do.
    Elicitation {
        id: ApprovalId,
        /// The turn that waits; `None` outside of turns.
        turn: Option<TurnId>,
    },
    /// A tool of the client; the answer goes to the call. No flag of the thread tells of it.
    Tool,
}

impl Subject {
    /// The question as the thread names it; `None` for what the thread does not ask.
    fn id(&self) -> Option<&ApprovalId> {
        match self {
            Self::Command { id, .. }
            | Self::Patch { id }
            | Self::Choice { id }
            | Self::Permissions { id }
            | Self::Elicitation { id, .. } => Some(id),
            Self::Tool => None,
        }
    }
}

/// Where the answer of a client's tool goes.
pub(crate) type ToolReply = tokio::sync::oneshot::Sender<Result<Value, ErrorBody>>;

/// A question that waits.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) subject: Subject,
    /// The request as it was sent.
    text: Arc<str>,
    /// The same for clients that did not ask for experimental members, where those would miss something.
    plain: Option<Arc<str>>,
    /// Who was asked.
    asked: BTreeSet<ConnectionId>,
    /// For [`Subject::Tool`].
    reply: Option<ToolReply>,
}

impl Question {
    fn text_for(&self, connection: &Connection) -> Arc<str> {
        let plain = self.plain.as_ref().filter(|_| !connection.is_experimental());
        Arc::clone(plain.unwrap_or(&self.text))
    }

    /// Whether it waits for the user's own words rather than for a yes; `None` where no flag tells of it.
    pub(crate) fn wants_input(&self) -> Option<bool> {
        match self.subject {
            Subject::Command { .. } | Subject::Patch { .. } | Subject::Permissions { .. } | Subject::Elicitation { .. } => Some(false),
            Subject::Choice { .. } => Some(true),
            Subject::Tool => None,
        }
    }
}

impl Server {
    /// Asks everybody who follows the thread.
    pub(crate) fn ask(&self, thread: &LoadedThread, subject: Subject, request: &ServerRequest) {
        self.ask_for(thread, subject, None, request);
    }

    /// Asks for the result of a client's tool.
    pub(crate) fn ask_tool(&self, thread: &LoadedThread, reply: ToolReply, request: &ServerRequest) {
        self.ask_for(thread, Subject::Tool, Some(reply), request);
    }

    fn ask_for(&self, thread: &LoadedThread, subject: Subject, reply: Option<ToolReply>, request: &ServerRequest) {
        let number = self.next_question();
        #[derive(serde::Serialize)]
        struct Framed<'a> {
            #[serde(flatten)]
            request: &'a ServerRequest,
            id: i64,
        }
        let text = spelt(&Framed { request, id: number });
        let plain = in_plain_words(request).map(|request| spelt(&Framed { request: &request, id: number }));
        let subscribers = self.subscribers(thread);
        let asked = subscribers.iter().map(|connection| connection.id).collect();
        let question = Question { subject: subject.clone(), text, plain, asked, reply };
        let texts: Vec<_> = subscribers.iter().map(|connection| question.text_for(connection)).collect();
        thread.state().questions.insert(number, question);
        if subject != Subject::Tool {
            self.tell_status(thread);
        }
        for (connection, text) in subscribers.iter().zip(texts) {
            connection.send(text);
        }
    }

    /// Asks somebody who came later what is still open, under the same numbers.
    pub(crate) fn ask_again(&self, thread: &LoadedThread, connection: &Connection) {
        let mut texts = Vec::new();
        for question in thread.state().questions.values_mut() {
            question.asked.insert(connection.id);
            texts.push(question.text_for(connection));
        }
        texts.into_iter().for_each(|text| connection.send(text));
    }

    /// Takes an answer. One to a question that was never asked, or is answered, does nothing.
    pub(crate) async fn answered(&self, connection: &Connection, id: &RequestId, result: Result<Value, ErrorBody>) {
        let RequestId::Number(number) = id else { return };
        let asked_of = |question: &Question| question.asked.contains(&connection.id);
        let Some(thread) = self.threads().into_iter().find(|thread| thread.state().questions.get(number).is_some_and(asked_of)) else {
            tracing::debug!(%id, "an answer fits no open question of this connection");
            return;
        };
        let Some(question) = thread.state().questions.remove(number) else { return };
        if let Some(reply) = question.reply {
            // The call may have been cancelled.
            let _ = reply.send(result);
            return;
        }
        self.resolved(&thread, *number);
        self.tell_status(&thread);
        let op = match question.subject {
            Subject::Command { id, turn, host } => {
                Op::ExecApproval { id, turn_id: Some(turn), decision: command_decision(result, host.as_deref()) }
            }
            Subject::Patch { id } => Op::PatchApproval { id, decision: patch_decision(result) },
            Subject::Choice { id } => Op::UserInputAnswer { id, response: choice(result) },
            Subject::Permissions { id } => Op::PermissionsAnswer { id, response: permissions(result) },
            Subject::Elicitation { id, .. } => elicitation(id, result),
            Subject::Tool => return,
        };
        if thread.core.submit(op).await.is_err() {
            tracing::debug!("the thread ended before the answer came");
        }
    }

    /// Takes back a question that was answered elsewhere, or is asked no more.
    pub(crate) fn withdraw_question(&self, thread: &LoadedThread, id: &ApprovalId) {
        let open = |question: &Question| question.subject.id() == Some(id);
        let number = thread.state().questions.iter().find(|(_, question)| open(question)).map(|(number, _)| *number);
        let Some(number) = number else { return };
        thread.state().questions.remove(&number);
        self.resolved(thread, number);
        self.tell_status(thread);
    }

    /// Takes back what the turn asked that is over; what is asked outside of turns stays until the thread ends.
    pub(crate) fn withdraw_questions(&self, thread: &LoadedThread) {
        let outside = |question: &Question| matches!(question.subject, Subject::Elicitation { turn: None, .. });
        let open = std::mem::take(&mut thread.state().questions);
        let (kept, open): (BTreeMap<_, _>, BTreeMap<_, _>) = open.into_iter().partition(|(_, question)| outside(question));
        thread.state().questions.extend(kept);
        let told = open.into_iter().filter(|(_, question)| question.subject != Subject::Tool);
        told.for_each(|(number, _)| self.resolved(thread, number));
    }

    fn resolved(&self, thread: &LoadedThread, number: i64) {
        let resolved = wire::ServerRequestResolvedNotification { request_id: RequestId::Number(number), thread_id: thread.id.to_string() };
        self.tell(thread, &ServerNotification::ServerRequestResolved(resolved));
    }

    /// Tells everybody what the thread does now.
    pub(crate) fn tell_status(&self, thread: &LoadedThread) {
        let changed = wire::ThreadStatusChangedNotification { status: thread.status(), thread_id: thread.id.to_string() };
        self.broadcast(&ServerNotification::ThreadStatusChanged(changed));
    }
}

/// A question whose experimental members say what a yes opens, for a client that is not sent those: nobody says yes to what they were
/// not told (U3). `None` for the others.
fn in_plain_words(request: &ServerRequest) -> Option<ServerRequest> {
    let ServerRequest::ItemCommandExecutionRequestApproval(params) = request else { return None };
    let mut params = params.clone();
    let asked = params.additional_permissions.take()?;
    let network = asked.network.and_then(|network| network.enabled).unwrap_or(false).then(|| "use the network".to_owned());
    let files = asked.file_system.unwrap_or(wire::AdditionalFileSystemPermissions { read: None, write: None });
    let list = |verb: &str, paths: Option<Vec<AbsolutePathBuf>>| -> Vec<String> {
        paths.unwrap_or_default().into_iter().map(|path| format!("{verb} {}", path.into_path().display())).collect()
    };
    let all: Vec<String> = network.into_iter().chain(list("write", files.write)).chain(list("read", files.read)).collect();
    let words = format!("This command alone may: {}", all.join(", "));
    params.reason = Some(params.reason.map_or(words.clone(), |reason| format!("{reason}\n{words}")));
    Some(ServerRequest::ItemCommandExecutionRequestApproval(params))
}

/// The answer about a command, or about a host that it wants to reach. What cannot be understood is a no, and so is a rule for another
/// host than the one that was asked about: the yes to a host is none to a command.
fn command_decision(result: Result<Value, ErrorBody>, host: Option<&str>) -> ReviewDecision {
    let decision = result.ok().and_then(|value| wire::CommandExecutionRequestApprovalResponse::deserialize(value).ok());
    match decision.map(|response| response.decision) {
        Some(wire::CommandExecutionApprovalDecision::Accept) => ReviewDecision::Approved,
        Some(wire::CommandExecutionApprovalDecision::AcceptForSession) => ReviewDecision::ApprovedForSession,
        Some(wire::CommandExecutionApprovalDecision::AcceptWithExecpolicyAmendment { execpolicy_amendment }) => {
            ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: execpolicy_amendment }
        }
        Some(wire::CommandExecutionApprovalDecision::ApplyNetworkPolicyAmendment { network_policy_amendment }) => {
            let is_of_question = host.is_some_and(|host| host.eq_ignore_ascii_case(&network_policy_amendment.host));
            match network_policy_amendment.action {
                wire::NetworkPolicyRuleAction::Allow if is_of_question => ReviewDecision::ApprovedForSession,
                wire::NetworkPolicyRuleAction::Allow | wire::NetworkPolicyRuleAction::Deny => ReviewDecision::Denied,
            }
        }
        Some(wire::CommandExecutionApprovalDecision::Cancel) => ReviewDecision::Abort,
        Some(wire::CommandExecutionApprovalDecision::Decline) | None => ReviewDecision::Denied,
    }
}

/// The answer about a patch. What cannot be understood is a no.
fn patch_decision(result: Result<Value, ErrorBody>) -> ReviewDecision {
    let decision = result.ok().and_then(|value| wire::FileChangeRequestApprovalResponse::deserialize(value).ok());
    match decision.map(|response| response.decision) {
        Some(wire::FileChangeApprovalDecision::Accept) => ReviewDecision::Approved,
        Some(wire::FileChangeApprovalDecision::AcceptForSession) => ReviewDecision::ApprovedForSession,
        Some(wire::FileChangeApprovalDecision::Cancel) => ReviewDecision::Abort,
        Some(wire::FileChangeApprovalDecision::Decline) | None => ReviewDecision::Denied,
    }
}

/// What the user chose. What cannot be understood is no answer.
fn choice(result: Result<Value, ErrorBody>) -> UserInputResponse {
    let response = result.ok().and_then(|value| wire::ToolRequestUserInputResponse::deserialize(value).ok());
    let answers = response.map(|response| response.answers).unwrap_or_default();
    let answers = answers.into_iter().map(|(id, answer)| (id, UserInputAnswer { answers: answer.answers }));
    UserInputResponse { answers: answers.collect() }
}

/// The answer to an MCP server. What cannot be understood is a no.
fn elicitation(id: ApprovalId, result: Result<Value, ErrorBody>) -> Op {
    let response = result.ok().and_then(|value| wire::McpServerElicitationRequestResponse::deserialize(value).ok());
    let (action, content, meta) = match response {
        Some(response) => (response.action, response.content, response.meta),
        None => (wire::McpServerElicitationAction::Decline, None, None),
    };
    let action = match action {
        wire::McpServerElicitationAction::Accept => ElicitationAction::Accept,
        wire::McpServerElicitationAction::Decline => ElicitationAction::Decline,
        wire::McpServerElicitationAction::Cancel => ElicitationAction::Cancel,
    };
    Op::ResolveElicitation { id, action, content, meta }
}

/// What is granted. What cannot be understood grants nothing.
fn permissions(result: Result<Value, ErrorBody>) -> PermissionsResponse {
    let Some(response) = result.ok().and_then(|value| wire::PermissionsRequestApprovalResponse::deserialize(value).ok()) else {
        return PermissionsResponse::default();
    };
    let paths = |paths: Option<Vec<AbsolutePathBuf>>| paths.map(|paths| paths.into_iter().map(AbsolutePathBuf::into_path).collect());
    PermissionsResponse {
        permissions: PermissionProfile {
            network: response.permissions.network.map(|network| NetworkPermissions { enabled: network.enabled }),
            file_system: response
                .permissions
                .file_system
                .map(|files| FileSystemPermissions { read: paths(files.read), write: paths(files.write) }),
        },
        scope: match response.scope {
            wire::PermissionGrantScope::Turn => PermissionScope::Turn,
            wire::PermissionGrantScope::Session => PermissionScope::Session,
        },
    }
}

/// The question what to choose.
pub(crate) fn choice_question(thread: &LoadedThread, asked: &RequestUserInput) -> ServerRequest {
    let question = |question: &UserInputQuestion| wire::ToolRequestUserInputQuestion {
        header: question.header.clone(),
        id: question.id.clone(),
        is_other: question.is_other,
        is_secret: question.is_secret,
        options: question.options.as_ref().map(|options| {
            let option = |option: &UserInputOption| wire::ToolRequestUserInputOption {
                description: option.description.clone(),
                label: option.label.clone(),
            };
            options.iter().map(option).collect()
        }),
        question: question.question.clone(),
    };
    ServerRequest::ItemToolRequestUserInput(wire::ToolRequestUserInputParams {
        item_id: asked.call_id.to_string(),
        questions: asked.questions.iter().map(question).collect(),
        thread_id: thread.id.to_string(),
        turn_id: asked.turn_id.to_string(),
    })
}

/// The question for permissions.
pub(crate) fn permissions_question(thread: &LoadedThread, asked: &RequestPermissions) -> ServerRequest {
    let wanted = &asked.permissions;
    ServerRequest::ItemPermissionsRequestApproval(wire::PermissionsRequestApprovalParams {
        item_id: asked.call_id.to_string(),
        permissions: wire::RequestPermissionProfile { file_system: files(wanted), network: network(wanted) },
        reason: asked.reason.clone(),
        thread_id: thread.id.to_string(),
        turn_id: asked.turn_id.to_string(),
    })
}

fn files(profile: &PermissionProfile) -> Option<wire::AdditionalFileSystemPermissions> {
    let paths = |paths: &Option<Vec<std::path::PathBuf>>| {
        paths.as_ref().map(|paths| paths.iter().cloned().filter_map(AbsolutePathBuf::new).collect())
    };
    let files = profile.file_system.as_ref()?;
    Some(wire::AdditionalFileSystemPermissions { read: paths(&files.read), write: paths(&files.write) })
}

fn network(profile: &PermissionProfile) -> Option<wire::AdditionalNetworkPermissions> {
    profile.network.map(|network| wire::AdditionalNetworkPermissions { enabled: network.enabled })
}

fn decision_out(decision: &ReviewDecision) -> wire::CommandExecutionApprovalDecision {
    match decision {
        ReviewDecision::Approved => wire::CommandExecutionApprovalDecision::Accept,
        ReviewDecision::ApprovedForSession => wire::CommandExecutionApprovalDecision::AcceptForSession,
        ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment } => {
            wire::CommandExecutionApprovalDecision::AcceptWithExecpolicyAmendment {
                execpolicy_amendment: proposed_execpolicy_amendment.clone(),
            }
        }
        ReviewDecision::Denied => wire::CommandExecutionApprovalDecision::Decline,
        ReviewDecision::Abort => wire::CommandExecutionApprovalDecision::Cancel,
    }
}

/// The question about a command.
pub(crate) fn command_question(thread: &LoadedThread, asked: &ExecApprovalRequest) -> ServerRequest {
    let additional = |profile| wire::AdditionalPermissionProfile { file_system: files(profile), macos: None, network: network(profile) };
    let host = asked.network_approval_context.as_ref().map(|context| wire::NetworkApprovalContext {
        host: context.host.clone(),
        protocol: match context.protocol {
            NetworkApprovalProtocol::Http => wire::NetworkApprovalProtocol::Http,
            NetworkApprovalProtocol::Https => wire::NetworkApprovalProtocol::Https,
            NetworkApprovalProtocol::Socks5Tcp => wire::NetworkApprovalProtocol::Socks5Tcp,
            NetworkApprovalProtocol::Socks5Udp => wire::NetworkApprovalProtocol::Socks5Udp,
        },
    });
    ServerRequest::ItemCommandExecutionRequestApproval(wire::CommandExecutionRequestApprovalParams {
        additional_permissions: asked.additional_permissions.as_ref().map(additional),
        approval_id: asked.approval_id.as_ref().map(ToString::to_string),
        available_decisions: Some(asked.available_decisions.iter().map(decision_out).collect()),
        command: Some(convert::command_line(&asked.command)),
        command_actions: Some(convert::command_actions(&asked.parsed_cmd)),
        cwd: Some(asked.cwd.display().to_string()),
        item_id: asked.call_id.to_string(),
        network_approval_context: host,
        proposed_execpolicy_amendment: asked.proposed_execpolicy_amendment.clone(),
        proposed_network_policy_amendments: asked.network_approval_context.as_ref().map(|context| {
            let actions = [wire::NetworkPolicyRuleAction::Allow, wire::NetworkPolicyRuleAction::Deny];
            actions.map(|action| wire::NetworkPolicyAmendment { action, host: context.host.clone() }).into()
        }),
        reason: asked.reason.clone(),
        skill_metadata: None,
        thread_id: thread.id.to_string(),
        turn_id: asked.turn_id.to_string(),
    })
}

/// The question about a patch.
pub(crate) fn patch_question(thread: &LoadedThread, asked: &ApplyPatchApprovalRequest) -> ServerRequest {
    ServerRequest::ItemFileChangeRequestApproval(wire::FileChangeRequestApprovalParams {
        grant_root: asked.grant_root.as_ref().map(|root| root.display().to_string()),
        item_id: asked.call_id.to_string(),
        reason: asked.reason.clone(),
        thread_id: thread.id.to_string(),
        turn_id: asked.turn_id.to_string(),
    })
}
