//! Takes proposed plans out of what the model says, while it is being said.
//!
//! A plan stands between a line `<proposed_plan>` and a line `</proposed_plan>`; the two lines are nobody's text. What may still
//! become such a line is held back until it is clear. Pure: works on pieces of any size, and on a whole message as one piece.

const OPEN: &str = "<proposed_plan>";
const CLOSE: &str = "</proposed_plan>";

/// Text of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Outside of plans.
    Message(String),
    /// Inside of one.
    Plan(String),
}

/// Splits the text of one message.
#[derive(Debug, Default)]
pub(crate) struct PlanSplitter {
    in_plan: bool,
    /// The beginning of a line that may be a mark.
    held: String,
    /// The line is none: what follows of it goes out at once.
    passing: bool,
}

impl PlanSplitter {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Piece> {
        let mut out = Vec::new();
        for part in text.split_inclusive('\n') {
            self.held.push_str(part);
            let whole = part.ends_with('\n');
            if !self.passing && whole && self.held.trim() == self.mark() {
                self.in_plan = !self.in_plan;
                self.held.clear();
            } else if self.passing || whole || !self.may_be_mark() {
                self.passing = !whole;
                self.release(&mut out);
            }
        }
        out
    }

    /// The message is over.
    pub(crate) fn finish(&mut self) -> Vec<Piece> {
        let mut out = Vec::new();
        if !self.passing && self.held.trim() == self.mark() {
            self.in_plan = !self.in_plan;
            self.held.clear();
        }
        self.release(&mut out);
        out
    }

    fn mark(&self) -> &'static str {
        if self.in_plan { CLOSE } else { OPEN }
    }

    fn may_be_mark(&self) -> bool {
        let line = self.held.trim_start();
        self.mark().starts_with(line.trim_end()) && (line.len() <= self.mark().len() || line.trim_end() == self.mark())
    }

    fn release(&mut self, out: &mut Vec<Piece>) {
        if self.held.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.held);
        match (self.in_plan, out.last_mut()) {
            (true, Some(Piece::Plan(last))) | (false, Some(Piece::Message(last))) => last.push_str(&text),
            (true, _) => out.push(Piece::Plan(text)),
            (false, _) => out.push(Piece::Message(text)),
        }
    }
}

/// A whole message without its plans, and the plans; `None` without one.
pub(crate) fn split(text: &str) -> (String, Option<String>) {
    let mut splitter = PlanSplitter::default();
    let mut pieces = splitter.push(text);
    pieces.extend(splitter.finish());
    let (mut message, mut plan) = (String::new(), None);
    for piece in pieces {
        match piece {
            Piece::Message(text) => message.push_str(&text),
            Piece::Plan(text) => plan.get_or_insert_with(String::new).push_str(&text),
        }
    }
    (message, plan)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const TEXT: &str = "Here is <proposed_plan> the plan:\n  <proposed_plan>\n# Plan\n- < step 1\n</proposed_plan>\nbye";

    #[test]
    fn a_plan_is_taken_out_and_its_marks_are_nobodys() {
        let (message, plan) = split(TEXT);
        assert_eq!(message, "Here is <proposed_plan> the plan:\nbye");
        assert_eq!(plan.as_deref(), Some("# Plan\n- < step 1\n"));
        assert_eq!(split("no plan"), ("no plan".to_owned(), None));
    }

    #[test]
    fn a_plan_that_is_never_closed_is_one_to_the_end_and_a_mark_without_a_newline_closes_it() {
        assert_eq!(split("<proposed_plan>\na\n</prop"), (String::new(), Some("a\n</prop".to_owned())));
        assert_eq!(split("<proposed_plan>\na\n</proposed_plan>"), (String::new(), Some("a\n".to_owned())));
    }

    #[test]
    fn pieces_of_every_size_come_to_the_same() {
        let whole = split(TEXT);
        for size in 1..TEXT.len() {
            let mut splitter = PlanSplitter::default();
            let (mut message, mut plan) = (String::new(), String::new());
            let mut take = |pieces: Vec<Piece>| {
                for piece in pieces {
                    match piece {
                        Piece::Message(text) => message.push_str(&text),
                        Piece::Plan(text) => plan.push_str(&text),
                    }
                }
            };
            for piece in TEXT.as_bytes().chunks(size) {
                take(splitter.push(std::str::from_utf8(piece).unwrap()));
            }
            take(splitter.finish());
            assert_eq!((message, Some(plan)), whole, "{size}");
        }
    }

    #[test]
    fn what_cannot_be_a_mark_is_not_held_back() {
        let mut splitter = PlanSplitter::default();
        assert_eq!(splitter.push("<pro"), []);
        assert_eq!(splitter.push("gress"), [Piece::Message("<progress".to_owned())]);
        assert_eq!(splitter.push(" <proposed_plan>"), [Piece::Message(" <proposed_plan>".to_owned())]);
    }
}
