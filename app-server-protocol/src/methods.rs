//! The tables of all methods: requests of clients, requests of the server, notifications of the server.
//!
//! One line a method. The macros make the enums that the wire is read into and written from, and the lists that the
//! generators and the gate of experimental methods walk over.

use schemars::Schema;
use schemars::generate::SchemaGenerator;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::message::NoParams;
use crate::params::{self, Framed};
use crate::types::*;
use crate::typescript::Files;

/// What a table knows of a method beside its types.
#[derive(Clone, Copy)]
pub struct MethodEntry {
    /// The wire name.
    pub name: &'static str,
    /// Whether a client has to ask for experimental methods first.
    pub experimental: bool,
    /// Name of the type of its params; `None` where it takes none.
    pub params: Option<&'static str>,
    /// Name of the type of its result; `None` for notifications.
    pub result: Option<&'static str>,
    /// Adds the types to a generator of schemas, params first.
    pub(crate) schemas: fn(&mut SchemaGenerator) -> Vec<(&'static str, Schema)>,
    /// Adds the types to those that are written as TypeScript.
    pub(crate) typescript: fn(&mut Files),
}

impl std::fmt::Debug for MethodEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MethodEntry").field("name", &self.name).field("experimental", &self.experimental).finish_non_exhaustive()
    }
}

/// An enum with a member a method, and how it is read.
macro_rules! wire_enum {
    (#[doc = $doc:literal] $name:ident: $($variant:ident = $method:literal: $params:ident;)*) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(tag = "method", content = "params")]
        pub enum $name {
            $(
                #[doc = concat!("`", $method, "`.")]
                #[serde(rename = $method)]
                $variant($params),
            )*
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let Framed { method, params } = Framed::deserialize(deserializer)?;
                let read = match method.as_str() {
                    $($method => params::read(params).map(Self::$variant),)*
                    other => return Err(D::Error::unknown_variant(other, &[$($method,)*])),
                };
                read.map_err(D::Error::custom)
            }
        }
    };
}

macro_rules! client_requests {
    ($($variant:ident = $method:literal ($gate:ident): $params:ident => $result:ident;)*) => {
        wire_enum! {
            #[doc = "A request of a client, read from the members `method` and `params` of a message."]
            ClientRequest: $($variant = $method: $params;)*
        }

        impl ClientRequest {
            /// The wire name.
            pub fn method(&self) -> &'static str {
                match self { $(Self::$variant(_) => $method,)* }
            }
        }

        /// Requests of clients, in the order of the wire's error messages.
        pub const CLIENT_REQUESTS: &[MethodEntry] = &[$(MethodEntry {
            name: $method,
            experimental: matches!(stringify!($gate).as_bytes(), b"experimental"),
            params: match stringify!($params).as_bytes() { b"NoParams" => None, _ => Some(stringify!($params)) },
            result: Some(stringify!($result)),
            schemas: |generator| vec![
                (stringify!($params), generator.subschema_for::<$params>()),
                (stringify!($result), generator.subschema_for::<$result>()),
            ],
            typescript: |files| {
                files.add::<$params>();
                files.add::<$result>();
            },
        },)*];
    };
}

macro_rules! server_requests {
    ($($variant:ident = $method:literal: $params:ident => $result:ident;)*) => {
        wire_enum! {
            #[doc = "A question of the server to its client."]
            ServerRequest: $($variant = $method: $params;)*
        }

        /// Questions of the server.
        pub const SERVER_REQUESTS: &[MethodEntry] = &[$(MethodEntry {
            name: $method,
            experimental: false,
            params: Some(stringify!($params)),
            result: Some(stringify!($result)),
            schemas: |generator| vec![
                (stringify!($params), generator.subschema_for::<$params>()),
                (stringify!($result), generator.subschema_for::<$result>()),
            ],
            typescript: |files| {
                files.add::<$params>();
                files.add::<$result>();
            },
        },)*];
    };
}

macro_rules! server_notifications {
    ($($variant:ident = $method:literal: $params:ident;)*) => {
        wire_enum! {
            #[doc = "Something the server tells its client."]
            ServerNotification: $($variant = $method: $params;)*
        }

        impl ServerNotification {
            /// The wire name.
            pub fn method(&self) -> &'static str {
                match self { $(Self::$variant(_) => $method,)* }
            }
        }

        /// Notifications of the server.
        pub const SERVER_NOTIFICATIONS: &[MethodEntry] = &[$(MethodEntry {
            name: $method,
            experimental: false,
            params: Some(stringify!($params)),
            result: None,
            schemas: |generator| vec![(stringify!($params), generator.subschema_for::<$params>())],
            typescript: |files| files.add::<$params>(),
        },)*];
    };
}

client_requests! {
    Initialize = "initialize" (stable): InitializeParams => InitializeResponse;
    ThreadStart = "thread/start" (stable): ThreadStartParams => ThreadStartResponse;
    ThreadResume = "thread/resume" (stable): ThreadResumeParams => ThreadResumeResponse;
    ThreadFork = "thread/fork" (stable): ThreadForkParams => ThreadForkResponse;
    ThreadArchive = "thread/archive" (stable): ThreadArchiveParams => ThreadArchiveResponse;
    ThreadUnsubscribe = "thread/unsubscribe" (stable): ThreadUnsubscribeParams => ThreadUnsubscribeResponse;
    ThreadIncrementElicitation = "thread/increment_elicitation" (experimental): ThreadIncrementElicitationParams => ThreadIncrementElicitationResponse;
    ThreadDecrementElicitation = "thread/decrement_elicitation" (experimental): ThreadDecrementElicitationParams => ThreadDecrementElicitationResponse;
    ThreadNameSet = "thread/name/set" (stable): ThreadSetNameParams => ThreadSetNameResponse;
    ThreadMetadataUpdate = "thread/metadata/update" (stable): ThreadMetadataUpdateParams => ThreadMetadataUpdateResponse;
    ThreadUnarchive = "thread/unarchive" (stable): ThreadUnarchiveParams => ThreadUnarchiveResponse;
    ThreadCompactStart = "thread/compact/start" (stable): ThreadCompactStartParams => ThreadCompactStartResponse;
    ThreadShellCommand = "thread/shellCommand" (stable): ThreadShellCommandParams => ThreadShellCommandResponse;
    ThreadBackgroundTerminalsClean = "thread/backgroundTerminals/clean" (experimental): ThreadBackgroundTerminalsCleanParams => ThreadBackgroundTerminalsCleanResponse;
    ThreadRollback = "thread/rollback" (stable): ThreadRollbackParams => ThreadRollbackResponse;
    ThreadFilesUndo = "thread/files/undo" (experimental): ThreadFilesUndoParams => ThreadFilesRestoredResponse;
    ThreadFilesRedo = "thread/files/redo" (experimental): ThreadFilesRedoParams => ThreadFilesRestoredResponse;
    ThreadList = "thread/list" (stable): ThreadListParams => ThreadListResponse;
    ThreadLoadedList = "thread/loaded/list" (stable): ThreadLoadedListParams => ThreadLoadedListResponse;
    ThreadRead = "thread/read" (stable): ThreadReadParams => ThreadReadResponse;
    SkillsList = "skills/list" (stable): SkillsListParams => SkillsListResponse;
    PluginList = "plugin/list" (stable): PluginListParams => PluginListResponse;
    PluginRead = "plugin/read" (stable): PluginReadParams => PluginReadResponse;
    AppList = "app/list" (stable): AppsListParams => AppsListResponse;
    FsReadFile = "fs/readFile" (stable): FsReadFileParams => FsReadFileResponse;
    FsWriteFile = "fs/writeFile" (stable): FsWriteFileParams => FsWriteFileResponse;
    FsCreateDirectory = "fs/createDirectory" (stable): FsCreateDirectoryParams => FsCreateDirectoryResponse;
    FsGetMetadata = "fs/getMetadata" (stable): FsGetMetadataParams => FsGetMetadataResponse;
    FsReadDirectory = "fs/readDirectory" (stable): FsReadDirectoryParams => FsReadDirectoryResponse;
    FsRemove = "fs/remove" (stable): FsRemoveParams => FsRemoveResponse;
    FsCopy = "fs/copy" (stable): FsCopyParams => FsCopyResponse;
    FsWatch = "fs/watch" (stable): FsWatchParams => FsWatchResponse;
    FsUnwatch = "fs/unwatch" (stable): FsUnwatchParams => FsUnwatchResponse;
    SkillsConfigWrite = "skills/config/write" (stable): SkillsConfigWriteParams => SkillsConfigWriteResponse;
    PluginInstall = "plugin/install" (stable): PluginInstallParams => PluginInstallResponse;
    PluginUninstall = "plugin/uninstall" (stable): PluginUninstallParams => PluginUninstallResponse;
    TurnStart = "turn/start" (stable): TurnStartParams => TurnStartResponse;
    TurnSteer = "turn/steer" (stable): TurnSteerParams => TurnSteerResponse;
    TurnInterrupt = "turn/interrupt" (stable): TurnInterruptParams => TurnInterruptResponse;
    ThreadRealtimeStart = "thread/realtime/start" (experimental): ThreadRealtimeStartParams => ThreadRealtimeStartResponse;
    ThreadRealtimeAppendAudio = "thread/realtime/appendAudio" (experimental): ThreadRealtimeAppendAudioParams => ThreadRealtimeAppendAudioResponse;
    ThreadRealtimeAppendText = "thread/realtime/appendText" (experimental): ThreadRealtimeAppendTextParams => ThreadRealtimeAppendTextResponse;
    ThreadRealtimeStop = "thread/realtime/stop" (experimental): ThreadRealtimeStopParams => ThreadRealtimeStopResponse;
    ReviewStart = "review/start" (stable): ReviewStartParams => ReviewStartResponse;
    ModelList = "model/list" (stable): ModelListParams => ModelListResponse;
    ExperimentalFeatureList = "experimentalFeature/list" (stable): ExperimentalFeatureListParams => ExperimentalFeatureListResponse;
    ExperimentalFeatureEnablementSet = "experimentalFeature/enablement/set" (stable): ExperimentalFeatureEnablementSetParams => ExperimentalFeatureEnablementSetResponse;
    CollaborationModeList = "collaborationMode/list" (experimental): CollaborationModeListParams => CollaborationModeListResponse;
    MockExperimentalMethod = "mock/experimentalMethod" (experimental): MockExperimentalMethodParams => MockExperimentalMethodResponse;
    McpServerOauthLogin = "mcpServer/oauth/login" (stable): McpServerOauthLoginParams => McpServerOauthLoginResponse;
    ConfigMcpServerReload = "config/mcpServer/reload" (stable): NoParams => McpServerRefreshResponse;
    McpServerStatusList = "mcpServerStatus/list" (stable): ListMcpServerStatusParams => ListMcpServerStatusResponse;
    WindowsSandboxSetupStart = "windowsSandbox/setupStart" (stable): WindowsSandboxSetupStartParams => WindowsSandboxSetupStartResponse;
    AccountLoginStart = "account/login/start" (stable): LoginAccountParams => LoginAccountResponse;
    AccountLoginCancel = "account/login/cancel" (stable): CancelLoginAccountParams => CancelLoginAccountResponse;
    AccountLogout = "account/logout" (stable): NoParams => LogoutAccountResponse;
    AccountRateLimitsRead = "account/rateLimits/read" (stable): NoParams => GetAccountRateLimitsResponse;
    FeedbackUpload = "feedback/upload" (stable): FeedbackUploadParams => FeedbackUploadResponse;
    CommandExec = "command/exec" (stable): CommandExecParams => CommandExecResponse;
    CommandExecWrite = "command/exec/write" (stable): CommandExecWriteParams => CommandExecWriteResponse;
    CommandExecTerminate = "command/exec/terminate" (stable): CommandExecTerminateParams => CommandExecTerminateResponse;
    CommandExecResize = "command/exec/resize" (stable): CommandExecResizeParams => CommandExecResizeResponse;
    ConfigRead = "config/read" (stable): ConfigReadParams => ConfigReadResponse;
    ExternalAgentConfigDetect = "externalAgentConfig/detect" (stable): ExternalAgentConfigDetectParams => ExternalAgentConfigDetectResponse;
    ExternalAgentConfigImport = "externalAgentConfig/import" (stable): ExternalAgentConfigImportParams => ExternalAgentConfigImportResponse;
    ConfigValueWrite = "config/value/write" (stable): ConfigValueWriteParams => ConfigWriteResponse;
    ConfigBatchWrite = "config/batchWrite" (stable): ConfigBatchWriteParams => ConfigWriteResponse;
    ConfigRequirementsRead = "configRequirements/read" (stable): NoParams => ConfigRequirementsReadResponse;
    AccountRead = "account/read" (stable): GetAccountParams => GetAccountResponse;
    FuzzyFileSearch = "fuzzyFileSearch" (stable): FuzzyFileSearchParams => FuzzyFileSearchResponse;
    FuzzyFileSearchSessionStart = "fuzzyFileSearch/sessionStart" (experimental): FuzzyFileSearchSessionStartParams => FuzzyFileSearchSessionStartResponse;
    FuzzyFileSearchSessionUpdate = "fuzzyFileSearch/sessionUpdate" (experimental): FuzzyFileSearchSessionUpdateParams => FuzzyFileSearchSessionUpdateResponse;
    FuzzyFileSearchSessionStop = "fuzzyFileSearch/sessionStop" (experimental): FuzzyFileSearchSessionStopParams => FuzzyFileSearchSessionStopResponse;
    GetConversationSummary = "getConversationSummary" (stable): GetConversationSummaryParams => GetConversationSummaryResponse;
    GitDiffToRemote = "gitDiffToRemote" (stable): GitDiffToRemoteParams => GitDiffToRemoteResponse;
    GetAuthStatus = "getAuthStatus" (stable): GetAuthStatusParams => GetAuthStatusResponse;
    ThreadAttach = "thread/attach" (experimental): ThreadAttachParams => ThreadAttachResponse;
    ThreadSubmit = "thread/submit" (experimental): ThreadSubmitParams => ThreadSubmitResponse;
    ThreadDelete = "thread/delete" (experimental): ThreadDeleteParams => ThreadDeleteResponse;
}

server_requests! {
    ItemCommandExecutionRequestApproval = "item/commandExecution/requestApproval": CommandExecutionRequestApprovalParams => CommandExecutionRequestApprovalResponse;
    ItemFileChangeRequestApproval = "item/fileChange/requestApproval": FileChangeRequestApprovalParams => FileChangeRequestApprovalResponse;
    ItemToolRequestUserInput = "item/tool/requestUserInput": ToolRequestUserInputParams => ToolRequestUserInputResponse;
    McpServerElicitationRequest = "mcpServer/elicitation/request": McpServerElicitationRequestParams => McpServerElicitationRequestResponse;
    ItemPermissionsRequestApproval = "item/permissions/requestApproval": PermissionsRequestApprovalParams => PermissionsRequestApprovalResponse;
    ItemToolCall = "item/tool/call": DynamicToolCallParams => DynamicToolCallResponse;
    AccountChatgptAuthTokensRefresh = "account/chatgptAuthTokens/refresh": ChatgptAuthTokensRefreshParams => ChatgptAuthTokensRefreshResponse;
    ApplyPatchApproval = "applyPatchApproval": ApplyPatchApprovalParams => ApplyPatchApprovalResponse;
    ExecCommandApproval = "execCommandApproval": ExecCommandApprovalParams => ExecCommandApprovalResponse;
}

server_notifications! {
    Error = "error": ErrorNotification;
    ThreadStarted = "thread/started": ThreadStartedNotification;
    ThreadStatusChanged = "thread/status/changed": ThreadStatusChangedNotification;
    ThreadArchived = "thread/archived": ThreadArchivedNotification;
    ThreadUnarchived = "thread/unarchived": ThreadUnarchivedNotification;
    ThreadClosed = "thread/closed": ThreadClosedNotification;
    SkillsChanged = "skills/changed": SkillsChangedNotification;
    ThreadNameUpdated = "thread/name/updated": ThreadNameUpdatedNotification;
    ThreadTokenUsageUpdated = "thread/tokenUsage/updated": ThreadTokenUsageUpdatedNotification;
    TurnStarted = "turn/started": TurnStartedNotification;
    HookStarted = "hook/started": HookStartedNotification;
    TurnCompleted = "turn/completed": TurnCompletedNotification;
    HookCompleted = "hook/completed": HookCompletedNotification;
    TurnDiffUpdated = "turn/diff/updated": TurnDiffUpdatedNotification;
    TurnPlanUpdated = "turn/plan/updated": TurnPlanUpdatedNotification;
    ItemStarted = "item/started": ItemStartedNotification;
    ItemAutoApprovalReviewStarted = "item/autoApprovalReview/started": ItemGuardianApprovalReviewStartedNotification;
    ItemAutoApprovalReviewCompleted = "item/autoApprovalReview/completed": ItemGuardianApprovalReviewCompletedNotification;
    ItemCompleted = "item/completed": ItemCompletedNotification;
    ItemAgentMessageDelta = "item/agentMessage/delta": AgentMessageDeltaNotification;
    ItemPlanDelta = "item/plan/delta": PlanDeltaNotification;
    CommandExecOutputDelta = "command/exec/outputDelta": CommandExecOutputDeltaNotification;
    ItemCommandExecutionOutputDelta = "item/commandExecution/outputDelta": CommandExecutionOutputDeltaNotification;
    ItemCommandExecutionTerminalInteraction = "item/commandExecution/terminalInteraction": TerminalInteractionNotification;
    ItemFileChangeOutputDelta = "item/fileChange/outputDelta": FileChangeOutputDeltaNotification;
    ServerRequestResolved = "serverRequest/resolved": ServerRequestResolvedNotification;
    ItemMcpToolCallProgress = "item/mcpToolCall/progress": McpToolCallProgressNotification;
    McpServerOauthLoginCompleted = "mcpServer/oauthLogin/completed": McpServerOauthLoginCompletedNotification;
    McpServerStartupStatusUpdated = "mcpServer/startupStatus/updated": McpServerStatusUpdatedNotification;
    AccountUpdated = "account/updated": AccountUpdatedNotification;
    AccountRateLimitsUpdated = "account/rateLimits/updated": AccountRateLimitsUpdatedNotification;
    AppListUpdated = "app/list/updated": AppListUpdatedNotification;
    FsChanged = "fs/changed": FsChangedNotification;
    ItemReasoningSummaryTextDelta = "item/reasoning/summaryTextDelta": ReasoningSummaryTextDeltaNotification;
    ItemReasoningSummaryPartAdded = "item/reasoning/summaryPartAdded": ReasoningSummaryPartAddedNotification;
    ItemReasoningTextDelta = "item/reasoning/textDelta": ReasoningTextDeltaNotification;
    ThreadCompacted = "thread/compacted": ContextCompactedNotification;
    ModelRerouted = "model/rerouted": ModelReroutedNotification;
    DeprecationNotice = "deprecationNotice": DeprecationNoticeNotification;
    ConfigWarning = "configWarning": ConfigWarningNotification;
    FuzzyFileSearchSessionUpdated = "fuzzyFileSearch/sessionUpdated": FuzzyFileSearchSessionUpdatedNotification;
    FuzzyFileSearchSessionCompleted = "fuzzyFileSearch/sessionCompleted": FuzzyFileSearchSessionCompletedNotification;
    ThreadRealtimeStarted = "thread/realtime/started": ThreadRealtimeStartedNotification;
    ThreadRealtimeItemAdded = "thread/realtime/itemAdded": ThreadRealtimeItemAddedNotification;
    ThreadRealtimeTranscriptUpdated = "thread/realtime/transcriptUpdated": ThreadRealtimeTranscriptUpdatedNotification;
    ThreadRealtimeOutputAudioDelta = "thread/realtime/outputAudio/delta": ThreadRealtimeOutputAudioDeltaNotification;
    ThreadRealtimeError = "thread/realtime/error": ThreadRealtimeErrorNotification;
    ThreadRealtimeClosed = "thread/realtime/closed": ThreadRealtimeClosedNotification;
    WindowsWorldWritableWarning = "windows/worldWritableWarning": WindowsWorldWritableWarningNotification;
    WindowsSandboxSetupCompleted = "windowsSandbox/setupCompleted": WindowsSandboxSetupCompletedNotification;
    AccountLoginCompleted = "account/login/completed": AccountLoginCompletedNotification;
    RawResponseItemCompleted = "rawResponseItem/completed": RawResponseItemCompletedNotification;
    ThreadEvent = "thread/event": ThreadEventNotification;
}
