//! Colours by meaning: the terminal's own, those of a few themes that bring their own, and those of a user's file.

use std::fmt;
use std::str::FromStr;

use ratatui::style::Color;
use serde::Deserialize;

use super::look::ColourDepth;

/// A colour for every meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Links, code, what can be acted on.
    pub accent: Color,
    /// Went well; added.
    pub success: Color,
    /// Went wrong; removed.
    pub failure: Color,
    /// Needs attention.
    pub warning: Color,
    /// Another mode; characters spelt out.
    pub mode: Color,
    /// Numbers of lists.
    pub number: Color,
    /// Quoted text.
    pub quote: Color,
    /// Behind added rows; `None` where no background fits.
    pub added_row: Option<Color>,
    /// Behind removed rows.
    pub removed_row: Option<Color>,
    /// Behind the changed words of added rows.
    pub added_words: Option<Color>,
    /// Behind the changed words of removed rows.
    pub removed_words: Option<Color>,
}

/// Why a theme file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("theme `{name}`: {problem}")]
pub struct PaletteError {
    /// The theme.
    pub name: String,
    /// What is wrong.
    pub problem: String,
}

impl Palette {
    /// The colours of a terminal that brings its own. Without word of its background it is taken to be dark; on a light one the
    /// bright members, which nobody can read there, are replaced.
    pub fn of_terminal(depth: ColourDepth, light: Option<bool>) -> Self {
        let light = light == Some(true);
        let rows = match (depth, light) {
            (ColourDepth::True, false) => [rgb(0x213A2B), rgb(0x4A221D), rgb(0x2F5C41), rgb(0x7A352C)].map(Some),
            (ColourDepth::True, true) => [rgb(0xDAFBE1), rgb(0xFFEBE9), rgb(0xACEEBB), rgb(0xFFCECB)].map(Some),
            (ColourDepth::Indexed, false) => [22, 52, 22, 88].map(|n| Some(Color::Indexed(n))),
            (ColourDepth::Indexed, true) => [194, 224, 157, 217].map(|n| Some(Color::Indexed(n))),
            (ColourDepth::Sixteen | ColourDepth::None, _) => [None; 4],
        };
        let [added_row, removed_row, added_words, removed_words] = rows;
        let named = Self {
            accent: Color::Cyan,
            success: Color::Green,
            failure: Color::Red,
            warning: Color::Yellow,
            mode: Color::Magenta,
            number: Color::LightBlue,
            quote: Color::Green,
            added_row,
            removed_row,
            added_words,
            removed_words,
        };
        match (light, depth) {
            (false, _) => named,
            (true, ColourDepth::True) => Self {
                accent: rgb(0x0B6478),
                success: rgb(0x1A6B2D),
                failure: rgb(0xB42318),
                warning: rgb(0x7A5200),
                mode: rgb(0x7D2E9E),
                number: rgb(0x1D4ED8),
                quote: rgb(0x1A6B2D),
                ..named
            },
            (true, ColourDepth::Indexed) => Self {
                accent: Color::Indexed(24),
                success: Color::Indexed(22),
                failure: Color::Indexed(124),
                warning: Color::Indexed(94),
                mode: Color::Indexed(90),
                number: Color::Indexed(25),
                quote: Color::Indexed(22),
                ..named
            },
            (true, ColourDepth::Sixteen | ColourDepth::None) => {
                Self { accent: Color::Blue, warning: Color::Magenta, number: Color::Blue, ..named }
            }
        }
    }

    /// The colours of a built-in theme that brings its own; other themes colour code alone.
    pub fn builtin(name: &str) -> Option<Self> {
        let (background, colours) =
            BUILTIN.iter().find(|(builtin, ..)| *builtin == name).map(|(_, background, colours)| (*background, colours))?;
        Some(Self::from_colours(background, *colours))
    }

    fn from_colours(background: Background, colours: [u32; 7]) -> Self {
        let [accent, success, failure, warning, mode, number, quote] = colours.map(rgb);
        let rows = Self::of_terminal(ColourDepth::True, Some(background == Background::Light));
        Self { accent, success, failure, warning, mode, number, quote, ..rows }
    }

    /// Reads a user's theme file: TOML with `background = "dark" | "light"`, optionally `syntax = "<theme of code>"`, and any of
    /// the seven colours and four backgrounds as `"#rrggbb"` under `[colors]`. Returns the colours and the theme of code.
    pub fn parse(name: &str, text: &str) -> Result<(Self, Option<String>), PaletteError> {
        let fail = |problem: &dyn fmt::Display| PaletteError { name: name.to_owned(), problem: problem.to_string() };
        let file: ThemeFile = toml::from_str(text).map_err(|error| fail(&error.message()))?;
        let mut palette = Self::of_terminal(ColourDepth::True, Some(file.background == Background::Light));
        for (key, value) in &file.colors {
            let colour = hex(value).ok_or_else(|| fail(&format!("`{key}` is `{value}`, which is no colour of the form `#rrggbb`")))?;
            match key.as_str() {
                "accent" => palette.accent = colour,
                "success" => palette.success = colour,
                "failure" => palette.failure = colour,
                "warning" => palette.warning = colour,
                "mode" => palette.mode = colour,
                "number" => palette.number = colour,
                "quote" => palette.quote = colour,
                "added_row" => palette.added_row = Some(colour),
                "removed_row" => palette.removed_row = Some(colour),
                "added_words" => palette.added_words = Some(colour),
                "removed_words" => palette.removed_words = Some(colour),
                _ => return Err(fail(&format!("`{key}` is no colour of a theme"))),
            }
        }
        Ok((palette, file.syntax))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Background {
    #[default]
    Dark,
    Light,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    #[serde(default)]
    background: Background,
    #[serde(default)]
    syntax: Option<String>,
    #[serde(default)]
    colors: std::collections::BTreeMap<String, String>,
}

/// Name, background, and accent, success, failure, warning, mode, number, quote.
const BUILTIN: &[(&str, Background, [u32; 7])] = &[
    ("nord", Background::Dark, [0x88C0D0, 0xA3BE8C, 0xE0858E, 0xEBCB8B, 0xC9A5C2, 0x9CB8D6, 0xA3BE8C]),
    ("dracula", Background::Dark, [0x8BE9FD, 0x50FA7B, 0xFF7B7B, 0xF1FA8C, 0xFF79C6, 0xBD93F9, 0x50FA7B]),
    ("gruvbox-dark", Background::Dark, [0x8EC07C, 0xB8BB26, 0xFB7B6B, 0xFABD2F, 0xD3869B, 0x83A598, 0xB8BB26]),
    ("gruvbox-light", Background::Light, [0x076678, 0x5F5B00, 0x9D0006, 0x8A4B00, 0x8F3F71, 0x076678, 0x5F5B00]),
    ("catppuccin-latte", Background::Light, [0x0E6A78, 0x2B6B1B, 0xB80F34, 0x87540A, 0x7A2FD0, 0x1B57D6, 0x2B6B1B]),
];

const fn rgb(value: u32) -> Color {
    let [_, red, green, blue] = value.to_be_bytes();
    Color::Rgb(red, green, blue)
}

fn hex(text: &str) -> Option<Color> {
    text.starts_with('#').then(|| Color::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const LIGHT: Color = Color::Rgb(255, 255, 255);
    const DARK: Color = Color::Rgb(0x1e, 0x1e, 0x1e);

    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(red, green, blue) = colour else { panic!("{colour:?} has no fixed value") };
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The values xterm gives to its sixteen and 256 colours.
    fn xterm(colour: Color) -> Color {
        match colour {
            Color::Red => rgb(0xCD0000),
            Color::Green => rgb(0x00CD00),
            Color::Yellow => rgb(0xCDCD00),
            Color::Blue => rgb(0x0000EE),
            Color::Magenta => rgb(0xCD00CD),
            Color::Cyan => rgb(0x00CDCD),
            Color::LightBlue => rgb(0x5C5CFF),
            Color::Indexed(n) if (16..232).contains(&n) => {
                let steps = [0u8, 95, 135, 175, 215, 255];
                let n = usize::from(n - 16);
                Color::Rgb(steps[n / 36], steps[n / 6 % 6], steps[n % 6])
            }
            other => other,
        }
    }

    fn texts(palette: &Palette) -> [Color; 7] {
        [palette.accent, palette.success, palette.failure, palette.warning, palette.mode, palette.number, palette.quote].map(xterm)
    }

    #[test]
    fn every_colour_reads_well_on_its_background() {
        let mut palettes: Vec<(String, Palette, Color, f64)> = BUILTIN
            .iter()
            .map(|(name, ..)| {
                let light = BUILTIN.iter().any(|(builtin, background, _)| builtin == name && *background == Background::Light);
                ((*name).to_owned(), Palette::builtin(name).unwrap(), if light { LIGHT } else { DARK }, 4.5)
            })
            .collect();
        for depth in [ColourDepth::Indexed, ColourDepth::True] {
            palettes.push((format!("light {depth:?}"), Palette::of_terminal(depth, Some(true)), LIGHT, 4.5));
        }
        // The sixteen are the terminal's to choose; as xterm has them they must still be readable.
        palettes.push(("dark".to_owned(), Palette::of_terminal(ColourDepth::Sixteen, None), DARK, 2.5));
        for (name, palette, background, least) in palettes {
            for colour in texts(&palette) {
                let ratio = contrast(colour, background);
                assert!(ratio >= least, "{name}: {colour:?} on {background:?} has contrast {ratio:.2}");
            }
        }
    }

    #[test]
    fn text_reads_well_on_the_rows_of_a_diff() {
        for depth in [ColourDepth::Indexed, ColourDepth::True] {
            for (light, text) in [(false, rgb(0xE0E0E0)), (true, rgb(0x1E1E1E))] {
                let palette = Palette::of_terminal(depth, Some(light));
                for row in [palette.added_row, palette.removed_row, palette.added_words, palette.removed_words] {
                    let ratio = contrast(text, xterm(row.unwrap()));
                    assert!(ratio >= 4.0, "{depth:?} {row:?}: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn a_light_terminal_gets_no_yellow_and_no_cyan_text() {
        let palette = Palette::of_terminal(ColourDepth::Sixteen, Some(true));
        for colour in [palette.accent, palette.warning, palette.number] {
            assert!(contrast(xterm(colour), LIGHT) >= 4.0, "{colour:?}");
        }
    }

    #[test]
    fn a_users_theme_is_read_and_its_faults_are_named() {
        let (palette, syntax) =
            Palette::parse("mine", "background = \"light\"\nsyntax = \"nord\"\n[colors]\naccent = \"#102030\"").unwrap();
        assert_eq!(palette.accent, Color::Rgb(0x10, 0x20, 0x30));
        assert_eq!(syntax.as_deref(), Some("nord"));
        let fault = |text: &str| Palette::parse("mine", text).unwrap_err().to_string();
        assert_eq!(fault("[colors]\naccent = \"red\""), "theme `mine`: `accent` is `red`, which is no colour of the form `#rrggbb`");
        assert_eq!(fault("[colors]\nborder = \"#000000\""), "theme `mine`: `border` is no colour of a theme");
        assert!(fault("colour = 1").contains("unknown field"));
    }
}
