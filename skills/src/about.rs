//! `agents/openai.yaml` beside a `SKILL.md`: how the skill is shown, what it needs, and who may use it unasked.
//!
//! A file that is not there, cannot be read or has another shape says nothing; the skill stays as it is. What it says of tools and
//! icons is handed on and never acted on: nothing is installed, started or opened because of it.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::yaml;

/// The name of this program in `policy.products`, in any case.
const PRODUCT: &str = "codex";
/// Characters of a text that is handed on.
const LONGEST: usize = 1024;
/// Tools of one skill that are handed on.
const MOST_TOOLS: usize = 64;

/// How a skill is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name for people.
    pub display_name: Option<String>,
    /// What it is for, in a few words.
    pub short_description: Option<String>,
    /// A small picture, below the skill's `assets`.
    pub icon_small: Option<PathBuf>,
    /// A large picture, below the skill's `assets`.
    pub icon_large: Option<PathBuf>,
    /// A colour such as `#4F46E5`.
    pub brand_color: Option<String>,
    /// What may be asked with it.
    pub default_prompt: Option<String>,
}

/// A tool that a skill needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Dependency {
    /// Of which kind, such as `mcp` or `env_var`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    pub value: String,
    /// What it is for.
    pub description: Option<String>,
    /// How it is reached.
    pub transport: Option<String>,
    /// What starts it.
    pub command: Option<String>,
    /// Where it is.
    pub url: Option<String>,
}

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) interface: Option<Interface>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Whether the model may use the skill by itself.
    pub(crate) implicit: bool,
    /// Whether it is for this program at all.
    pub(crate) is_ours: bool,
}

impl Default for About {
    fn default() -> Self {
        Self { interface: None, dependencies: Vec::new(), implicit: true, is_ours: true }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FileText {
    interface: Option<InterfaceText>,
    dependencies: Option<DependenciesText>,
    policy: Option<PolicyText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InterfaceText {
    display_name: Option<String>,
    short_description: Option<String>,
    icon_small: Option<String>,
    icon_large: Option<String>,
    brand_color: Option<String>,
    default_prompt: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DependenciesText {
    tools: Vec<Dependency>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PolicyText {
    allow_implicit_invocation: Option<bool>,
    products: Vec<String>,
}

/// Reads the text of the file for the skill in `folder`.
pub(crate) fn about(text: &str, folder: &Path) -> About {
    let Ok(file) = yaml::read::<FileText>(text) else { return About::default() };
    let policy = file.policy.unwrap_or_default();
    let mut dependencies = file.dependencies.unwrap_or_default().tools;
    dependencies.truncate(MOST_TOOLS);
    dependencies.retain(|tool| tool.texts().all(|text| text.chars().count() <= LONGEST));
    About {
        interface: file.interface.map(|told| interface(told, folder)).filter(|interface| *interface != Interface::default()),
        dependencies,
        implicit: policy.allow_implicit_invocation.unwrap_or(true),
        is_ours: policy.products.is_empty() || policy.products.iter().any(|product| product.eq_ignore_ascii_case(PRODUCT)),
    }
}

impl Dependency {
    fn texts(&self) -> impl Iterator<Item = &String> {
        let further = [&self.description, &self.transport, &self.command, &self.url];
        [&self.kind, &self.value].into_iter().chain(further.into_iter().flatten())
    }
}

fn interface(told: InterfaceText, folder: &Path) -> Interface {
    Interface {
        display_name: line(told.display_name),
        short_description: line(told.short_description),
        icon_small: asset(told.icon_small, folder),
        icon_large: asset(told.icon_large, folder),
        brand_color: line(told.brand_color),
        default_prompt: line(told.default_prompt),
    }
}

fn line(text: Option<String>) -> Option<String> {
    let line = text?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty() && line.chars().count() <= LONGEST).then_some(line)
}

/// A relative path below `assets`, made absolute; anything else is `None`.
fn asset(path: Option<String>, folder: &Path) -> Option<PathBuf> {
    let path = PathBuf::from(path?);
    let parts: Vec<Component<'_>> = path.components().filter(|part| *part != Component::CurDir).collect();
    let stays = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    let inside = parts.len() > 1 && parts[0].as_os_str() == "assets";
    (stays && inside).then(|| parts.iter().fold(folder.to_path_buf(), |path, part| path.join(part)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn read(text: &str) -> About {
        about(text, Path::new("/s/alpha"))
    }

    #[test]
    fn what_is_said_of_the_interface_and_of_tools_is_handed_on() {
        let text = "interface:\n  display_name: Alpha\n  icon_small: ./assets/a.png\n  icon_large: ../../etc/a.png\n  brand_color: '#123456'\n\
                    dependencies:\n  tools:\n    - {type: mcp, value: docs, url: 'https://x', transport: streamable_http}\n    - {type: odd, value: v}\n";
        let found = read(text);
        let interface = Interface {
            display_name: Some("Alpha".to_owned()),
            icon_small: Some("/s/alpha/assets/a.png".into()),
            brand_color: Some("#123456".to_owned()),
            ..Interface::default()
        };
        assert_eq!(found.interface, Some(interface));
        let kinds: Vec<(&str, &str)> = found.dependencies.iter().map(|tool| (tool.kind.as_str(), tool.value.as_str())).collect();
        assert_eq!(kinds, [("mcp", "docs"), ("odd", "v")]);
        assert_eq!((found.implicit, found.is_ours), (true, true));
    }

    #[test]
    fn icons_outside_of_the_assets_are_none() {
        for path in ["/etc/a.png", "a.png", "assets", "assets/../../a.png", "../assets/a.png", "x/assets/a.png"] {
            assert_eq!(asset(Some(path.to_owned()), Path::new("/s")), None, "{path}");
        }
    }

    #[test]
    fn the_policy_says_who_uses_a_skill() {
        let policy = |text: &str| {
            let found = read(text);
            (found.implicit, found.is_ours)
        };
        assert_eq!(policy("policy:\n  allow_implicit_invocation: false\n"), (false, true));
        assert_eq!(policy("policy:\n  products: [other]\n"), (true, false));
        assert_eq!(policy("policy:\n  products: [other, CODEX]\n"), (true, true));
        assert_eq!(policy("policy:\n  products: []\n"), (true, true));
    }

    #[test]
    fn a_file_of_another_shape_says_nothing() {
        for text in ["", "text", "[a", "interface: 5\n", "policy:\n  allow_implicit_invocation: maybe\n", "a: *b\n"] {
            assert_eq!(read(text), About::default(), "{text:?}");
        }
    }
}
