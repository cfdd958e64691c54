//! Parameters of `ESC [ … m` to a style.

use ratatui_core::style::{Color, Modifier, Style};

/// Applies the parameters of one sequence to `style`. What is not known is left out.
pub(crate) fn apply(style: Style, parameters: &str) -> Style {
    let mut style = style;
    // `38:2::r:g:b` carries a colour space nobody uses; without it both spellings read alike.
    let flat = parameters.replace("::", ":").replace(':', ";");
    let mut numbers = flat.split(';').map(|number| if number.is_empty() { Some(0) } else { number.parse::<u16>().ok() });
    while let Some(number) = numbers.next() {
        let Some(number) = number else { continue };
        style = match number {
            38 => extended(&mut numbers).map_or(style, |colour| style.fg(colour)),
            48 => extended(&mut numbers).map_or(style, |colour| style.bg(colour)),
            _ => one(style, number),
        };
    }
    style
}

fn one(style: Style, number: u16) -> Style {
    match number {
        0 => Style::new(),
        1 => style.add_modifier(Modifier::BOLD),
        2 => style.add_modifier(Modifier::DIM),
        3 => style.add_modifier(Modifier::ITALIC),
        4 => style.add_modifier(Modifier::UNDERLINED),
        7 => style.add_modifier(Modifier::REVERSED),
        9 => style.add_modifier(Modifier::CROSSED_OUT),
        22 => without(style, Modifier::BOLD | Modifier::DIM),
        23 => without(style, Modifier::ITALIC),
        24 => without(style, Modifier::UNDERLINED),
        27 => without(style, Modifier::REVERSED),
        29 => without(style, Modifier::CROSSED_OUT),
        30..=37 => style.fg(basic(number - 30)),
        39 => Style { fg: None, ..style },
        40..=47 => style.bg(basic(number - 40)),
        49 => Style { bg: None, ..style },
        90..=97 => style.fg(basic(number - 90 + 8)),
        100..=107 => style.bg(basic(number - 100 + 8)),
        // Blinking, concealed text and the rest are nobody's wish in a transcript.
        _ => style,
    }
}

fn without(mut style: Style, modifier: Modifier) -> Style {
    style.add_modifier.remove(modifier);
    style
}

fn extended(numbers: &mut impl Iterator<Item = Option<u16>>) -> Option<Color> {
    let mut byte = || numbers.next().flatten().and_then(|number| u8::try_from(number).ok());
    match byte()? {
        5 => byte().map(Color::Indexed),
        2 => {
            let (red, green, blue) = (byte(), byte(), byte());
            Some(Color::Rgb(red?, green?, blue?))
        }
        _ => None,
    }
}

fn basic(number: u16) -> Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    NAMED[usize::from(number) % NAMED.len()]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn parameters_become_styles() {
        let red = Style::new().red();
        for (before, parameters, after) in [
            (Style::new(), "1;31", Style::new().bold().red()),
            (red, "", Style::new()),
            (red, "39;49", Style::new()),
            (Style::new(), "38;5;208", Style::new().fg(Color::Indexed(208))),
            (Style::new(), "38;2;1;2;3;48;2;4;5;6", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(4, 5, 6))),
            (Style::new(), "38:2::1:2:3", Style::new().fg(Color::Rgb(1, 2, 3))),
            (Style::new(), "97;100", Style::new().white().bg(Color::DarkGray)),
            (Style::new().bold().dim(), "22", Style::new()),
            (red, "5;8;999999;38;5", red),
        ] {
            assert_eq!(apply(before, parameters), after, "{parameters}");
        }
    }
}
