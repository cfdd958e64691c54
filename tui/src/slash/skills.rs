//! `/skills`: the list behind `$`, and skills switched on and off.

use super::SlashCommand;
use crate::app::{App, Chosen, SkillEntry};
use crate::chat::Notice;
use crate::modal::Choice;
use crate::modal::list::{List, ListKind, ListOptions, ListRow};
use crate::text::sanitize_line;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("skills", "list skills, or switch them on or off", run).any_time();

fn run(app: &mut App, _args: &str) {
    let choices = vec![
        Choice::plain("List skills", "Tip: $ in a message opens this list."),
        Choice::plain("Enable/Disable Skills", "Choose which skills there are."),
    ];
    app.menu("Skills", "Choose an action", choices, 0, |app, row| match row {
        0 => {
            let ends_a_word = app.composer.draft().shown().is_empty();
            app.composer.insert_text(if ends_a_word { "$" } else { " $" });
            app.look_for_skills();
        }
        _ => app.with_skills(|app, found| match found {
            Ok(skills) if skills.is_empty() => {
                app.note(
                    Notice::Info,
                    "There are no skills here. A skill is a folder with a SKILL.md below .agents/skills or ~/.agents/skills.",
                );
            }
            Ok(skills) => choose(app, skills),
            Err(why) => app.note(Notice::Error, &why),
        }),
    });
}

fn choose(app: &mut App, skills: Vec<SkillEntry>) {
    let row = |skill: &SkillEntry| {
        ListRow::new(sanitize_line(&skill.name), sanitize_line(&skill.about)).tagged(skill.whose).ticked(skill.enabled)
    };
    let rows = skills.iter().map(row).collect();
    let options = ListOptions {
        title: "Enable/Disable Skills".to_owned(),
        subtitle: vec!["What is changed counts for conversations that begin afterwards.".to_owned()],
        kind: ListKind::Check,
        filter: Some("Type to search skills"),
        ..ListOptions::default()
    };
    app.list(List::new(options, rows), None, move |app, chosen| {
        if let Chosen::Rows(rows) = chosen {
            let changed = skills.into_iter().enumerate().filter(|(at, skill)| rows.contains(at) != skill.enabled);
            switch(app, changed.map(|(_, skill)| (!skill.enabled, skill)).map(|(on, skill)| (skill, on)).collect());
        }
    });
}

fn switch(app: &mut App, changes: Vec<(SkillEntry, bool)>) {
    if changes.is_empty() {
        return;
    }
    let named = |on: bool| {
        let names: Vec<String> = changes.iter().filter(|(_, to)| *to == on).map(|(skill, _)| sanitize_line(&skill.name)).collect();
        (!names.is_empty()).then(|| format!("{} {}", if on { "On:" } else { "Off:" }, names.join(", ")))
    };
    let told = [named(true), named(false)].into_iter().flatten().collect::<Vec<_>>().join(". ");
    app.switch_skills(changes, move |app, outcome| match outcome {
        Ok(()) => app.note(Notice::Info, &format!("{told}. This counts from the next conversation on.")),
        Err(why) => app.note(Notice::Error, &why),
    });
}
