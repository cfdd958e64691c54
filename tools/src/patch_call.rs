//! Finds patches in what was meant as a command, and carries patches out.
//!
//! All ways to hand in a patch end in [`run`]: parse, check every section against the disk, then
//! [`ToolHost::apply`]. Nothing is written before all of it is known to fit.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use codex_apply_patch::{Chunk, LineKind, Patch, PatchCall, PlanError, Section};
use codex_protocol::CallId;
use codex_protocol::event::{EventMsg, FileChange, PatchApplyBegin, PatchApplyEnd, PatchStatus};
use tokio_util::sync::CancellationToken;

use crate::blocking;
use crate::denied::Denied;
use crate::handler::{ToolError, ToolOutput};
use crate::host::{PatchOutcome, PatchRequest, ToolHost};

/// What was found in a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detected {
    /// A plain command.
    Nothing,
    /// A call of `apply_patch`.
    Patch {
        /// Text of the patch; may be no valid one.
        patch: String,
        /// Where it applies, relative to the command's directory; `None` is that directory.
        workdir: Option<String>,
    },
    /// The text of a patch without the call.
    BareText,
}

/// Looks at an argv.
pub(crate) fn in_argv(argv: &[String]) -> Detected {
    match codex_apply_patch::maybe_patch_argv(argv) {
        Some(PatchCall::Explicit(patch)) => return Detected::Patch { patch: patch.to_owned(), workdir: None },
        Some(PatchCall::Bare(_)) => return Detected::BareText,
        None => {}
    }
    codex_shell_command::shell_script(argv).map_or(Detected::Nothing, in_line)
}

/// Looks at a shell line.
pub(crate) fn in_line(line: &str) -> Detected {
    if codex_apply_patch::is_bare_patch(line) {
        return Detected::BareText;
    }
    match codex_shell_command::patch_heredoc(line) {
        Some(call) => Detected::Patch { patch: call.patch, workdir: call.workdir },
        None => Detected::Nothing,
    }
}

/// Checks a patch and carries it out. `cwd` is absolute.
///
/// # Errors
/// [`ToolError::Refused`] when it is no patch, does not fit, or is not allowed.
pub(crate) async fn run(
    call_id: CallId,
    detected: Detected,
    cwd: &Path,
    host: &dyn ToolHost,
    cancel: &CancellationToken,
) -> Result<PatchOutcome, ToolError> {
    let Detected::Patch { patch, workdir } = detected else {
        return Err(failed_check(
            "patch detected without explicit call to apply_patch. Rerun as [\"apply_patch\", \"<patch>\"]".to_owned(),
        ));
    };
    let cwd = workdir.map_or_else(|| cwd.to_path_buf(), |folder| cwd.join(folder));
    let patch = codex_apply_patch::parse(&patch).map_err(|error| failed_check(error.to_string()))?;
    if patch.sections.is_empty() {
        return Err(ToolError::Refused("patch rejected: empty patch".to_owned()));
    }
    let patterns = host.turn().denied_reads.clone();
    let (patch, cwd, plan) = blocking::run(cancel, move |_| {
        let denied = Denied::new(&patterns);
        paths(&patch).try_for_each(|path| check(&denied, &cwd.join(path)))?;
        let plan = codex_apply_patch::plan(&patch, &cwd);
        if let Ok(plan) = &plan {
            // Links may have been changed since: what was planned is what counts.
            plan.targets().try_for_each(|target| check(&denied, &target.real))?;
        }
        Ok((patch, cwd, plan))
    })
    .await?;
    match plan {
        Ok(plan) => host.apply(PatchRequest { call_id, plan }, cancel).await,
        Err(error) if error.is_mismatch() => Err(failed_check(error.to_string())),
        Err(error) => Ok(unwritable(call_id, &patch, &cwd, &error, host).await),
    }
}

/// Every file that a patch names.
fn paths(patch: &Patch) -> impl Iterator<Item = &str> {
    patch
        .sections
        .iter()
        .flat_map(|section| match section {
            Section::Add { path, .. } | Section::Delete { path } => [Some(path.as_str()), None],
            Section::Update { path, move_to, .. } => [Some(path.as_str()), move_to.as_deref()],
        })
        .flatten()
}

/// A patch reads what it changes, and its answers tell of it: what is kept from the model is not touched either.
fn check(denied: &Denied, path: &Path) -> Result<(), ToolError> {
    // A path that leads nowhere is left to the planning, which says so.
    let Ok(real) = codex_apply_patch::resolve_real(path) else { return Ok(()) };
    denied.check(&real)?;
    match std::fs::symlink_metadata(&real) {
        Ok(meta) if meta.is_file() => Ok(denied.check_file(path, &meta)?),
        _ => Ok(()),
    }
}

/// What a tool says after a patch, given the report in its own form.
pub(crate) fn tool_output(outcome: &PatchOutcome, report: String) -> ToolOutput {
    if outcome.exit_code == 0 { ToolOutput::text(report) } else { ToolOutput::failed(report) }
}

fn failed_check(why: String) -> ToolError {
    ToolError::Refused(format!("apply_patch verification failed: {why}"))
}

/// A patch that fits but whose result cannot stand where it should, such as in place of a directory:
/// shown as a change that failed.
async fn unwritable(call_id: CallId, patch: &Patch, cwd: &Path, error: &PlanError, host: &dyn ToolHost) -> PatchOutcome {
    let output = format!("{error}\n");
    let changes: BTreeMap<PathBuf, FileChange> = patch.sections.iter().map(|section| change(section, cwd)).collect();
    let turn_id = host.turn().turn_id.clone();
    let begin = PatchApplyBegin { call_id: call_id.clone(), turn_id: turn_id.clone(), auto_approved: true, changes: changes.clone() };
    host.emit(EventMsg::PatchApplyBegin(begin)).await;
    let end = PatchApplyEnd {
        call_id,
        turn_id,
        stdout: String::new(),
        stderr: output.clone(),
        success: false,
        changes,
        status: PatchStatus::Failed,
    };
    host.emit(EventMsg::PatchApplyEnd(end)).await;
    PatchOutcome { exit_code: 1, output, duration: Duration::ZERO }
}

fn change(section: &Section, cwd: &Path) -> (PathBuf, FileChange) {
    match section {
        Section::Add { path, contents } => (place(cwd, path), FileChange::Add { content: contents.clone() }),
        Section::Delete { path } => (place(cwd, path), FileChange::Delete { content: String::new() }),
        Section::Update { path, move_to, chunks } => {
            let unified_diff = chunks.iter().map(hunk).collect();
            let move_path = move_to.as_ref().map(|path| place(cwd, path));
            (place(cwd, path), FileChange::Update { unified_diff, move_path })
        }
    }
}

/// The hunk as the patch has it: where in the file it stands is not known.
fn hunk(chunk: &Chunk) -> String {
    let head = chunk.context.as_ref().map_or(Cow::Borrowed("@@"), |context| Cow::Owned(format!("@@ {context}")));
    let mut text = format!("{head}\n");
    for line in &chunk.lines {
        text.push(match line.kind {
            LineKind::Context => ' ',
            LineKind::Remove => '-',
            LineKind::Insert => '+',
        });
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// The path with `.` and `..` taken away by name only.
fn place(cwd: &Path, path: &str) -> PathBuf {
    let mut place = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                place.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => place.push(component),
        }
    }
    place
}
