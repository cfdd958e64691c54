//! Skills in a thread: the list that the model gets with the first messages, and the text of those that a person names.
//!
//! The list is made once, beside the start of the thread, and stays as it is (prefix stability). Mentions look at the disk when they
//! are made, so that new skills can be named at once. A thread that has no skills sends nothing of all this. **Not here:** finding and
//! reading skills (`codex-skills`), their place among the first messages (`context::fragments`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_config::Config;
use codex_protocol::event::Warning;
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, ResponseItem};
use codex_skills::{Fault, Listed, Mention, Places, Project, Skills, Switch, list, mentions};
use tokio::sync::OnceCell;

use crate::session::Session;

/// What stands before and behind the list.
const HEAD: &str = include_str!("context/prompts/skills_head.md");
const USE: &str = include_str!("context/prompts/skills_use.md");

/// Share of the model's window that the list may take, in percent.
const SHARE: i64 = 2;
/// Characters of a token, about.
const CHARACTERS_OF_A_TOKEN: i64 = 4;
/// Characters of the list where the window is not known.
const USUAL_BUDGET: usize = 8_000;
/// Faulty skills that are named; the others are counted.
const MOST_NAMED: usize = 8;

/// The list of a thread.
#[derive(Debug, Default)]
pub(crate) struct SessionSkills {
    part: OnceCell<Option<Arc<str>>>,
}

/// The skills for a configuration: of its folder, the user, and further folders of the user's. Reads the disk.
///
/// What a folder says whose trust nobody decided is text and is read; links out of it are not followed. Of a folder that the user
/// does not trust nothing is read, nor of an undecided one under `project_doc_requires_trust` (P1).
pub fn skills(config: &Config, user_home: Option<&Path>, extra_user_roots: &[PathBuf]) -> Skills {
    let keys = config.keys.skills.as_ref();
    let places = Places {
        cwd: config.cwd.clone(),
        project_root: codex_git::find_root(&config.cwd),
        project: match config.trusted {
            Some(true) => Project::Trusted,
            None if !config.project_doc_requires_trust => Project::Read,
            Some(false) | None => Project::Unused,
        },
        codex_home: config.codex_home.clone(),
        user_home: user_home.map(Path::to_path_buf),
        extra_user_roots: extra_user_roots.to_vec(),
        bundled: keys.and_then(|keys| keys.bundled.as_ref()).and_then(|bundled| bundled.enabled).unwrap_or(true),
    };
    let entries = keys.map(|keys| keys.config.as_slice()).unwrap_or_default();
    let switch =
        |entry: &codex_config::schema::SkillToml| Switch { path: entry.path.clone(), name: entry.name.clone(), enabled: entry.enabled };
    codex_skills::load(&places, &entries.iter().map(switch).collect::<Vec<_>>())
}

/// Begins to look for the skills of a thread, and names those that are faulty.
pub(crate) fn begin(session: &Arc<Session>) {
    let session = Arc::clone(session);
    tokio::spawn(async move { session.skills.part(&session).await });
}

impl SessionSkills {
    /// What the model is told of skills; `None` where there are none for it to use. Waits for the search that [`begin`] began.
    pub(crate) async fn part(&self, session: &Session) -> Option<Arc<str>> {
        if session.services.subagent.is_some() {
            return None;
        }
        self.part.get_or_init(|| look(session)).await.clone()
    }
}

async fn look(session: &Session) -> Option<Arc<str>> {
    let found = load(session).await;
    for message in faults(&found.faults) {
        warn(session, message).await;
    }
    let keys = session.services.config.keys.skills.as_ref();
    if keys.and_then(|keys| keys.include_instructions) == Some(false) {
        return None;
    }
    let listed = list(&found.skills, budget(session.services.model.get().context_window))?;
    if let Some(message) = shortage(&listed) {
        warn(session, message).await;
    }
    Some(part(&listed.lines).into())
}

/// Looks at the disk aside, as of now.
async fn load(session: &Session) -> Skills {
    let (config, runtime) = (Arc::clone(&session.services.config), Arc::clone(&session.services.runtime));
    let work = move || skills(&config, runtime.env_text("HOME").filter(|home| !home.is_empty()).map(Path::new), &[]);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "skills could not be looked for");
        Skills::default()
    })
}

fn budget(window: i64) -> usize {
    match usize::try_from(window.saturating_mul(CHARACTERS_OF_A_TOKEN) / 100 * SHARE) {
        Ok(budget) if budget > 0 => budget,
        _ => USUAL_BUDGET,
    }
}

fn part(lines: &str) -> String {
    format!("<skills_instructions>\n{HEAD}{lines}{}\n</skills_instructions>", USE.trim_end())
}

fn faults(faults: &[Fault]) -> Vec<String> {
    let named = faults.iter().take(MOST_NAMED).map(|fault| format!("skill left out: `{}` {}", fault.path.display(), told(fault)));
    let others = faults.len().saturating_sub(MOST_NAMED);
    named.chain((others > 0).then(|| format!("{others} more skills are left out because they are faulty"))).collect()
}

fn told(fault: &Fault) -> String {
    let kind = fault.kind.to_string();
    // Some are sentences about the file.
    if kind.starts_with("is ") || kind.starts_with("cannot ") || kind.starts_with("holds ") { kind } else { format!("is faulty: {kind}") }
}

fn shortage(listed: &Listed) -> Option<String> {
    let what = match (listed.shortened, listed.left_out) {
        (0, 0) => return None,
        (shortened, 0) => format!("{shortened} descriptions are shortened for the model"),
        (_, left_out) => format!("the model is not told of {left_out} of {} skills, and of the others only shortly", listed.total),
    };
    Some(format!(
        "the list of skills takes more than {SHARE} % of the model's window: {what}. Skills that are not needed can be switched off with `[[skills.config]]`."
    ))
}

async fn warn(session: &Session, message: String) {
    session.events.show(EventMsg::Warning(Warning { message })).await;
}

/// The skills that an input names, as messages for the model in the order of the input.
pub(crate) async fn named(session: &Session, input: &[UserInput]) -> Vec<ResponseItem> {
    let mentioned = mentioned(input);
    if mentioned.is_empty() || session.services.subagent.is_some() {
        return Vec::new();
    }
    let found = load(session).await;
    let mut messages = Vec::new();
    for skill in found.mentioned(&mentioned) {
        match skill.whole_text() {
            Ok(text) => {
                let (name, path) = (&skill.name, skill.path.display());
                messages.push(ResponseItem::user_text(format!("<skill>\n<name>{name}</name>\n<path>{path}</path>\n{text}\n</skill>")));
            }
            Err(kind) => warn(session, format!("skill `{}` is not used: `{}` {kind}", skill.name, skill.path.display())).await,
        }
    }
    messages
}

fn mentioned(input: &[UserInput]) -> Vec<Mention> {
    let of = |piece: &UserInput| match piece {
        UserInput::Text { text, .. } => mentions(text),
        UserInput::Skill { path, .. } => vec![Mention::Path(path.clone())],
        _ => Vec::new(),
    };
    input.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use codex_skills::FaultKind;
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_list_takes_its_share_of_the_window() {
        assert_eq!((budget(272_000), budget(8_000), budget(0), budget(-1)), (21_760, 640, 8_000, 8_000));
    }

    #[test]
    fn faulty_skills_are_named_up_to_a_number() {
        let fault = |number: usize, kind| Fault { path: format!("/s/{number}/SKILL.md").into(), kind };
        let some: Vec<Fault> = (0..10).map(|number| fault(number, FaultKind::NoDescription)).collect();
        let told = faults(&some);
        assert_eq!(told.len(), 9);
        assert_eq!(told[0], "skill left out: `/s/0/SKILL.md` is faulty: missing field `description`");
        assert_eq!(told[8], "2 more skills are left out because they are faulty");
        let leads = faults(&[fault(1, FaultKind::LeadsOut)]);
        assert_eq!(leads, ["skill left out: `/s/1/SKILL.md` is ignored: the link leads out of the project, which is not trusted"]);
        assert_eq!(faults(&[]), Vec::<String>::new());
    }
}
