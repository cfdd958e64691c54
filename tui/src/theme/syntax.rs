//! Names of the themes of code, as settings spell them.

use two_face::theme::{EmbeddedLazyThemeSet, EmbeddedThemeName};

/// Names of all themes of code, sorted. Nothing is loaded for it.
pub fn syntax_themes() -> Vec<String> {
    let mut names: Vec<String> = EmbeddedLazyThemeSet::theme_names().iter().map(|name| spelling(*name)).collect();
    names.sort();
    names
}

/// Returns the theme of a name, however it is hyphenated.
pub(crate) fn syntax_theme(name: &str) -> Option<EmbeddedThemeName> {
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let wanted = bare(name);
    EmbeddedLazyThemeSet::theme_names().iter().copied().find(|theme| bare(theme.as_name()) == wanted)
}

fn spelling(theme: EmbeddedThemeName) -> String {
    let mut name = String::new();
    let mut lower_before = false;
    for c in theme.as_name().replace("GitHub", "Github").chars() {
        if c.is_ascii_uppercase() && lower_before {
            name.push('-');
        }
        lower_before = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('-') && c != ')' {
            name.push('-');
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_with_hyphens_and_lead_back_to_their_theme() {
        let names = syntax_themes();
        for expected in ["catppuccin-mocha", "nord", "base16-ocean-dark", "solarized-light", "one-half-dark", "github", "dark-neon"] {
            assert!(names.iter().any(|name| name == expected), "{expected} is not among {names:?}");
        }
        for name in &names {
            assert!(syntax_theme(name).is_some_and(|theme| spelling(theme) == *name), "{name}");
        }
        assert_eq!(syntax_theme("no-such-theme"), None);
    }
}
