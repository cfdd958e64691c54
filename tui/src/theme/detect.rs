//! What a terminal can show, from what its environment says. The values are handed in.

use super::look::ColourDepth;

/// The variables that tell about colours, as they are set.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColourEnvironment<'a> {
    /// `NO_COLOR`; any text but the empty one means no colours.
    pub no_color: Option<&'a str>,
    /// `COLORTERM`.
    pub colorterm: Option<&'a str>,
    /// `TERM`.
    pub term: Option<&'a str>,
    /// `TERM_PROGRAM`.
    pub term_program: Option<&'a str>,
    /// Whether `WT_SESSION` is set: Windows Terminal, which knows every colour and does not say so.
    pub windows_terminal: bool,
}

/// Returns how many colours the terminal has.
pub fn colour_depth(environment: &ColourEnvironment<'_>) -> ColourDepth {
    if environment.no_color.is_some_and(|value| !value.is_empty()) {
        return ColourDepth::None;
    }
    let term = environment.term.unwrap_or_default();
    if term == "dumb" {
        return ColourDepth::None;
    }
    let says_true = matches!(environment.colorterm, Some("truecolor" | "24bit"));
    let program = environment.term_program.unwrap_or_default();
    let known = ["iTerm.app", "WezTerm", "ghostty", "vscode", "WarpTerminal"].contains(&program);
    if says_true || known || environment.windows_terminal || term.ends_with("-direct") || term == "xterm-kitty" || term == "xterm-ghostty" {
        return ColourDepth::True;
    }
    if term.contains("256color") { ColourDepth::Indexed } else { ColourDepth::Sixteen }
}

/// Whether a background of this colour is light: dark text reads better on it than light text.
pub fn is_light(red: u8, green: u8, blue: u8) -> bool {
    299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue) > 128_000
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn depth_follows_the_environment() {
        let base = ColourEnvironment::default();
        for (environment, depth) in [
            (ColourEnvironment { colorterm: Some("truecolor"), term: Some("tmux-256color"), ..base }, ColourDepth::True),
            (ColourEnvironment { term: Some("xterm-256color"), ..base }, ColourDepth::Indexed),
            (ColourEnvironment { term: Some("xterm"), ..base }, ColourDepth::Sixteen),
            (base, ColourDepth::Sixteen),
            (ColourEnvironment { term: Some("dumb"), ..base }, ColourDepth::None),
            (ColourEnvironment { no_color: Some("1"), colorterm: Some("truecolor"), ..base }, ColourDepth::None),
            (ColourEnvironment { no_color: Some(""), colorterm: Some("24bit"), ..base }, ColourDepth::True),
        ] {
            assert_eq!(colour_depth(&environment), depth, "{environment:?}");
        }
    }

    #[test]
    fn brightness_decides() {
        assert!(is_light(255, 255, 255) && is_light(0xfd, 0xf6, 0xe3));
        assert!(!is_light(0, 0, 0) && !is_light(0x28, 0x2c, 0x34));
    }
}
