//! Patches of the model: applied unasked inside the writable roots and outside protected names, elsewhere when a person
//! says so; as a whole or not at all, and told as events.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use codex_apply_patch::{ChangeKind, PatchPlan, Reach, summary};
use codex_protocol::event::{FileChange, PatchApplyBegin, PatchApplyEnd, PatchStatus, TurnDiff};
use codex_protocol::spelling::protected_name;
use codex_protocol::{CallId, EventMsg};
use codex_sandbox::{Effective, SandboxRequest};
use codex_tools::{PatchOutcome, PatchRequest, ToolError};
use tokio_util::sync::CancellationToken;

use crate::approval::gate::TurnedDown;
use crate::approval::patches::{self, OUTSIDE, PatchQuestion, PatchVerdict, REJECTED, Target};
use crate::approval::permissions::Confinement;
use crate::approval::words::model_words;
use crate::host::TurnHost;

/// Unchanged lines around a change, in events.
const CONTEXT_LINES: usize = 1;

/// Applies a patch that was checked against the disk.
pub(crate) async fn apply(host: &TurnHost, request: PatchRequest, cancel: &CancellationToken) -> Result<PatchOutcome, ToolError> {
    if cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    let began = Instant::now();
    let session = host.session();
    let changes = changes(&request.plan);
    let files: Vec<PathBuf> = request.plan.targets().map(|target| target.real.clone()).collect();
    let outside = outside(host, &request.plan);
    let target = if outside.is_empty() { Target::Inside } else { Target::Outside };
    let granted = session.approvals.grants.has_files(files.iter().map(PathBuf::as_path));
    let verdict = patches::decide(host.approval(), target, granted);
    let question = PatchQuestion { call_id: &request.call_id, changes: &changes, files, reason: reason(&outside) };
    if verdict == PatchVerdict::Refuse || (verdict == PatchVerdict::Ask && session.options.nobody_to_ask) {
        question.refuse(host);
        return Err(ToolError::Refused(OUTSIDE.to_owned()));
    }
    let begin = PatchApplyBegin {
        call_id: request.call_id.clone(),
        turn_id: host.turn_id(),
        auto_approved: verdict == PatchVerdict::Apply,
        changes: changes.clone(),
    };
    session.events.show(EventMsg::PatchApplyBegin(begin)).await;
    if verdict == PatchVerdict::Ask
        && let Err(turned_down) = question.put(host, cancel).await
    {
        let end = end_event(host, request.call_id, changes, PatchStatus::Declined, REJECTED.to_owned());
        session.events.show(end).await;
        return Err(match turned_down {
            TurnedDown::ByUser => ToolError::Refused(REJECTED.to_owned()),
            TurnedDown::WithTurn => ToolError::Cancelled,
        });
    }
    // The plan names real places, so what was approved is where it writes, whatever became of the names since.
    let reach = match target {
        Target::Inside if !host.sandbox().full_disk_write() => Reach::Within(host.writable_roots()),
        Target::Inside | Target::Outside => Reach::Anywhere,
    };
    session.undo.before_writes(host, &host.confinement().policy).await;
    // Not cancelled once begun: a patch is quick, and half of one must not stay on disk.
    let plan = request.plan;
    let notes = notes(&session.services.config.codex_home);
    let applied = tokio::task::spawn_blocking(move || (plan.apply_journaled(&reach, &notes), plan)).await;
    let (result, plan) = applied.map_err(|error| ToolError::Fatal(format!("the patch could not be applied: {error}")))?;
    let (exit_code, output) = match result {
        Ok(applied) => (0, summary(&applied)),
        Err(error) => (1, format!("{error}\n")),
    };
    let success = exit_code == 0;
    let status = if success { PatchStatus::Completed } else { PatchStatus::Failed };
    session.events.show(end_event(host, request.call_id, changes, status, output.clone())).await;
    if success {
        host.made_progress();
        tell_diff(host, &plan).await;
    }
    Ok(PatchOutcome { exit_code, output, duration: began.elapsed() })
}

/// Where patches at work are noted.
fn notes(codex_home: &Path) -> PathBuf {
    codex_home.join("patches")
}

/// Takes back the patches that were cut off when this program was killed; returns what there is to tell of it, one sentence a
/// patch. Threads do this when they begin.
pub fn take_back_cut_off(codex_home: &Path) -> Vec<String> {
    let recovered = codex_apply_patch::recover(&notes(codex_home)).unwrap_or_else(|error| {
        tracing::warn!(%error, "it is not known whether a patch was cut off");
        Vec::new()
    });
    let named = |paths: &[PathBuf]| paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
    let mut told = Vec::new();
    for patch in recovered {
        if !patch.restored.is_empty() {
            told.push(format!("a patch was cut off when the program was killed, and is taken back: {}", named(&patch.restored)));
        }
        if !patch.left.is_empty() {
            told.push(format!("these were changed since a patch was cut off, and stay as they are: {}", named(&patch.left)));
        }
    }
    told
}

async fn tell_diff(host: &TurnHost, plan: &PatchPlan) {
    let unified_diff = {
        let mut diff = host.diff();
        for change in plan.changes() {
            match &change.move_to {
                Some(to) => {
                    diff.record(&change.path.absolute, change.old_content(), None);
                    diff.record(&to.absolute, None, change.new_content());
                }
                None => diff.record(&change.path.absolute, change.old_content(), change.new_content()),
            }
        }
        diff.unified(host.cwd())
    };
    host.session().events.show(EventMsg::TurnDiff(TurnDiff { unified_diff })).await;
}

fn end_event(host: &TurnHost, call_id: CallId, changes: BTreeMap<PathBuf, FileChange>, status: PatchStatus, said: String) -> EventMsg {
    let success = status == PatchStatus::Completed;
    let (stdout, stderr) = if success { (said, String::new()) } else { (String::new(), said) };
    EventMsg::PatchApplyEnd(PatchApplyEnd { call_id, turn_id: host.turn_id(), stdout, stderr, success, changes, status })
}

/// What the patch would write where the turn may not, by its real place.
fn outside(host: &TurnHost, plan: &PatchPlan) -> Vec<PathBuf> {
    if host.sandbox().full_disk_write() {
        return Vec::new();
    }
    let roots = host.writable_roots();
    let real_roots: Vec<PathBuf> = roots.iter().filter_map(|root| std::fs::canonicalize(root).ok()).collect();
    let closed = closed(host);
    let is_outside = |target: &&codex_apply_patch::Target| {
        let allowed = may_write(&roots, &target.path) && may_write(&real_roots, &target.real);
        !allowed || is_closed(&closed, &real_roots, &target.real)
    };
    let mut outside: Vec<PathBuf> = plan.targets().filter(is_outside).map(|target| target.real.clone()).collect();
    // Who writes `~/x` means the home folder, and must not get a folder of that name in the project.
    let paths = plan.changes().iter().flat_map(|change| [Some(&change.path), change.move_to.as_ref()]).flatten();
    outside.extend(paths.filter(|path| path.spelt.starts_with("~/")).map(|path| path.absolute.clone()));
    outside
}

/// What commands of the turn cannot write although a root holds it, by real path: the folder behind a `.git` file too,
/// and `$CODEX_HOME`.
fn closed(host: &TurnHost) -> Vec<PathBuf> {
    let services = &host.session().services;
    let Confinement { policy, workspace } = host.confinement();
    let request = SandboxRequest {
        policy,
        boundary: services.config.boundary.clone(),
        codex_home: services.config.codex_home.clone(),
        proxy: None,
        landlock_only: false,
        announce: false,
        workspace,
        cwd: host.cwd().to_path_buf(),
        tmpdir: services.runtime.tmpdir.clone(),
        helper: services.runtime.codex_exe.clone(),
        argv: Vec::new(),
    };
    Effective::of(&request).protected.into_iter().map(|protected| protected.path).collect()
}

/// Whether a path is closed, and no root inside the closed folder opens it again.
fn is_closed(closed: &[PathBuf], roots: &[PathBuf], path: &Path) -> bool {
    let reopened = |closed: &Path| roots.iter().any(|root| root != closed && root.starts_with(closed) && path.starts_with(root));
    closed.iter().any(|closed| path.starts_with(closed) && !reopened(closed))
}

/// Names what lies outside, for the person who is asked.
fn reason(outside: &[PathBuf]) -> Option<String> {
    const NAMED: usize = 5;
    let (first, rest) = outside.split_at(outside.len().min(NAMED));
    let names: Vec<String> = first.iter().map(|path| path.display().to_string()).collect();
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    (!outside.is_empty()).then(|| model_words(&format!("writes outside of the project: {}{more}", names.join(", "))))
}

/// Whether a path lies below one of the roots and below no protected name of any root around it.
fn may_write(roots: &[PathBuf], path: &Path) -> bool {
    let mut inside = false;
    for root in roots {
        if let Ok(below) = path.strip_prefix(root) {
            if is_protected(below) {
                return false;
            }
            inside = true;
        }
    }
    inside
}

/// A protected name at the top of a root, or a repository's own folder at any depth: what is
/// written there is run later.
fn is_protected(below: &Path) -> bool {
    let mut components = below.components().map(|component| protected_name(component.as_os_str()));
    match components.next() {
        None => true,
        Some(first) => first.is_some() || components.any(|name| name == Some(".git")),
    }
}

fn changes(plan: &PatchPlan) -> BTreeMap<PathBuf, FileChange> {
    plan.changes()
        .iter()
        .map(|change| {
            let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
            let told = match change.kind {
                ChangeKind::Add => FileChange::Add { content: text(change.new_content()) },
                ChangeKind::Delete => FileChange::Delete { content: text(change.old_content()) },
                ChangeKind::Update => FileChange::Update {
                    unified_diff: change.unified_diff(CONTEXT_LINES).unwrap_or_default(),
                    move_path: change.move_to.as_ref().map(|to| to.absolute.clone()),
                },
            };
            (change.path.absolute.clone(), told)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_may_write_in_a_root_and_not_beside_it() {
        let roots = [PathBuf::from("/w"), PathBuf::from("/tmp")];
        for path in ["/w/a", "/w/sub/b", "/tmp/x", "/w/.github/ci.yml", "/w/.gitignore"] {
            assert!(may_write(&roots, Path::new(path)), "{path}");
        }
        for path in ["/etc/passwd", "/wide/a", "/w", "/w/.git/config", "/w/.codex/config.toml", "/w/.agents/x", "/w/sub/.git/hooks/x"] {
            assert!(!may_write(&roots, Path::new(path)), "{path}");
        }
    }

    /// S2: spellings that some file system takes for a protected name.
    #[test]
    fn a_protected_name_is_one_in_every_spelling() {
        let roots = [PathBuf::from("/w")];
        for path in ["/w/.GIT/config", "/w/.Codex/x", "/w/.git./x", "/w/.g\u{200c}it/x", "/w/.\u{ff47}it/x", "/w/sub/.Git/hooks/x"] {
            assert!(!may_write(&roots, Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_root_in_a_closed_folder_is_open_and_the_rest_of_the_folder_is_not() {
        let (closed, roots) = ([PathBuf::from("/w/home")], [PathBuf::from("/w"), PathBuf::from("/w/home/memories")]);
        for (path, expected) in [("/w/a", false), ("/w/home/config.toml", true), ("/w/home", true), ("/w/home/memories/m.md", false)] {
            assert_eq!(is_closed(&closed, &roots, Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_root_inside_another_does_not_open_what_the_outer_one_protects() {
        let roots = [PathBuf::from("/tmp"), PathBuf::from("/tmp/w")];
        assert!(may_write(&roots, Path::new("/tmp/w/a")));
        assert!(!may_write(&roots, Path::new("/tmp/w/.codex/config.toml")));
    }
}
