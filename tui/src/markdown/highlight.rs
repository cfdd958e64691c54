//! Colours of code. The grammars, about a megabyte, are loaded once, on a thread of their own, and not before code is expected;
//! until they are there, code is plain. What would take long is plain too.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use ratatui::style::{Color, Style};
use ratatui::text::Span;
use syntect::highlighting::{HighlightIterator, HighlightState};
use syntect::parsing::{ParseState, ScopeStack, SyntaxSet};
use two_face::theme::{EmbeddedLazyThemeSet, EmbeddedThemeName};

use crate::text::sanitize_line;
use crate::theme::{ColourDepth, Look, nearest_indexed, syntax_theme};

/// A longer line is shown plain.
const LINE_CAP: usize = 10 * 1024;
/// Once highlighting of one block took this much of the processor, the rest of it is plain.
const TIME_CAP: Duration = Duration::from_millis(if cfg!(debug_assertions) { 10_000 } else { 250 });

struct Grammars {
    syntaxes: SyntaxSet,
    themes: EmbeddedLazyThemeSet,
}

static GRAMMARS: OnceLock<Grammars> = OnceLock::new();
static LOADING: Once = Once::new();
static LOADED: Mutex<Option<Receiver<()>>> = Mutex::new(None);

/// Begins to load the grammars, unless that was done; returns at once. To be called when a turn begins.
pub fn warm_up() {
    LOADING.call_once(|| {
        let (done, loaded) = channel();
        *LOADED.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
        let load = move || {
            GRAMMARS.get_or_init(grammars);
            drop(done);
            // Expressions are compiled at their first use; those of commands are needed first.
            Highlighter::new("bash", &Look::default()).line("for f in *.rs; do echo \"$f\" | grep -c x > /dev/null; done # all");
        };
        // Without a thread code stays plain, which is no reason to fail.
        let _ = std::thread::Builder::new().name("grammars".to_owned()).spawn(load);
    });
}

/// Waits for the grammars, at most `limit`; whether they are there. For code that is printed once, such as a history.
pub fn wait(limit: Duration) -> bool {
    warm_up();
    if GRAMMARS.get().is_none() {
        let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = loaded.as_ref() {
            let _ = loaded.recv_timeout(limit);
        }
    }
    GRAMMARS.get().is_some()
}

fn grammars() -> Grammars {
    Grammars { syntaxes: two_face::syntax::extra_newlines(), themes: two_face::theme::extra() }
}

/// Colours one block of code, line by line.
#[derive(Clone)]
pub struct Highlighter {
    state: Option<State>,
    depth: ColourDepth,
}

#[derive(Clone)]
struct State {
    parse: ParseState,
    style: HighlightState,
    colours: Arc<syntect::highlighting::Highlighter<'static>>,
    grammars: &'static Grammars,
    spent: Duration,
}

impl std::fmt::Debug for Highlighter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Highlighter").field("coloured", &self.state.is_some()).finish()
    }
}

impl Highlighter {
    /// For code of a language, by the name that stands behind a fence or by a file name's extension. Plain when the language is
    /// not known, the grammars are not there yet, or there are no colours.
    pub fn new(language: &str, look: &Look) -> Self {
        let name = language.trim().split([' ', ',', '{', ':']).next().unwrap_or_default();
        let state = if name.is_empty() || look.depth == ColourDepth::None { None } else { State::new(name, look) };
        Self { state, depth: look.depth }
    }

    /// The next line of the block, without its newline.
    pub fn line(&mut self, line: &str) -> Vec<Span<'static>> {
        let plain = || if line.is_empty() { Vec::new() } else { vec![Span::raw(sanitize_line(line))] };
        let Some(state) = self.state.as_mut() else { return plain() };
        if line.len() > LINE_CAP || state.spent > TIME_CAP {
            return plain();
        }
        let begun = processor_time();
        let spans = state.line(&sanitize_line(line), self.depth);
        state.spent += processor_time().saturating_sub(begun);
        spans.unwrap_or_else(plain)
    }
}

/// What this thread has used: what else the machine does is not the block's fault.
fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

/// Colours a text that is known whole.
pub fn lines(language: &str, text: &str, look: &Look) -> Vec<Vec<Span<'static>>> {
    let mut highlighter = Highlighter::new(language, look);
    text.lines().map(|line| highlighter.line(line)).collect()
}

impl State {
    fn new(language: &str, look: &Look) -> Option<Self> {
        warm_up();
        let grammars = GRAMMARS.get()?;
        let language = if matches!(language, "console" | "shell" | "shell-session") { "bash" } else { language };
        let syntax = grammars.syntaxes.find_syntax_by_token(language)?;
        let colours = syntect::highlighting::Highlighter::new(grammars.themes.get(theme(look)));
        let style = HighlightState::new(&colours, ScopeStack::new());
        Some(Self { parse: ParseState::new(syntax), style, colours: Arc::new(colours), grammars, spent: Duration::ZERO })
    }

    fn line(&mut self, line: &str, depth: ColourDepth) -> Option<Vec<Span<'static>>> {
        let with_end = format!("{line}\n");
        let changes = self.parse.parse_line(&with_end, &self.grammars.syntaxes).ok()?;
        let mut spans: Vec<Span<'static>> = Vec::new();
        for (style, text) in HighlightIterator::new(&mut self.style, &changes, &with_end, &self.colours) {
            let text = text.trim_end_matches('\n');
            if text.is_empty() {
                continue;
            }
            let style = Style { fg: colour(style.foreground, depth), ..Style::new() };
            match spans.last_mut() {
                Some(last) if last.style == style => last.content.to_mut().push_str(text),
                _ => spans.push(Span::styled(text.to_owned(), style)),
            }
        }
        Some(spans)
    }
}

/// The theme in force: the terminal's own colours where it has no others, a light one on a light background unless another
/// than the usual theme was chosen.
fn theme(look: &Look) -> EmbeddedThemeName {
    if look.depth == ColourDepth::Sixteen {
        return EmbeddedThemeName::Ansi;
    }
    let usual = Look::default().syntax;
    if look.syntax == usual && look.light == Some(true) {
        return EmbeddedThemeName::CatppuccinLatte;
    }
    syntax_theme(&look.syntax).unwrap_or(EmbeddedThemeName::CatppuccinMocha)
}

fn colour(colour: syntect::highlighting::Color, depth: ColourDepth) -> Option<Color> {
    match (depth, colour.a) {
        // Such themes keep the number of a terminal colour in `r`, and 1 stands for the terminal's own.
        (_, 0) => Some(ansi(colour.r)),
        (_, 1) | (ColourDepth::None, _) => None,
        (ColourDepth::True, _) => Some(Color::Rgb(colour.r, colour.g, colour.b)),
        (ColourDepth::Indexed | ColourDepth::Sixteen, _) => Some(nearest_indexed(colour.r, colour.g, colour.b)),
    }
}

fn ansi(number: u8) -> Color {
    match number {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        other => Color::Indexed(other),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn text(spans: &[Span<'_>]) -> String {
        spans.iter().map(|span| span.content.as_ref()).collect()
    }

    fn look(depth: ColourDepth) -> Look {
        assert!(wait(Duration::from_secs(60)));
        Look { depth, ..Look::default() }
    }

    #[test]
    fn code_is_coloured_as_far_as_the_terminal_can() {
        let line = "let x = 42; // why";
        for (depth, expected) in
            [(ColourDepth::True, true), (ColourDepth::Indexed, true), (ColourDepth::Sixteen, true), (ColourDepth::None, false)]
        {
            let spans = Highlighter::new("rust", &look(depth)).line(line);
            assert_eq!(text(&spans), line);
            assert_eq!(spans.iter().any(|span| span.style.fg.is_some()), expected, "{depth:?}");
        }
        let keyword = Highlighter::new("rust,ignore", &look(ColourDepth::True)).line(line).remove(0);
        assert_eq!(keyword, Span::styled("let", Style::new().fg(Color::Rgb(203, 166, 247))));
    }

    #[test]
    fn a_state_reaches_over_lines() {
        let look = look(ColourDepth::True);
        let lines = lines("rust", "/* one\ntwo */ let", &look);
        assert_eq!(lines[0].last().unwrap().style, lines[1][0].style);
    }

    #[test]
    fn an_unknown_language_and_a_very_long_line_are_plain() {
        let look = look(ColourDepth::True);
        assert_eq!(Highlighter::new("nosuchlanguage", &look).line("let x"), vec![Span::raw("let x")]);
        let long = format!("let x = \"{}\";", "a".repeat(LINE_CAP));
        assert_eq!(Highlighter::new("rust", &look).line(&long), vec![Span::raw(long.clone())]);
    }

    // O1
    #[test]
    fn code_holds_no_control_characters() {
        let look = look(ColourDepth::True);
        assert_eq!(text(&Highlighter::new("rust", &look).line("a\x1b[2Jb")), "ab");
        assert_eq!(text(&Highlighter::new("", &look).line("a\x1b[2Jb")), "ab");
    }
}
