//! Says when the context window gets short: once at each mark, and again once there was room anew.

/// Percent of the window that are left when it is said.
const MARKS: [i64; 2] = [20, 10];
/// A mark counts anew when so much more is left than it names: a count that wavers repeats nothing.
const ROOM: i64 = 5;

/// What was said.
#[derive(Debug, Default)]
pub(super) struct ContextMarks {
    told: [bool; MARKS.len()],
}

impl ContextMarks {
    /// Takes what is left; returns the words when there is something to say.
    pub(super) fn passed(&mut self, left: i64) -> Option<String> {
        let mut lowest = None;
        for (told, mark) in self.told.iter_mut().zip(MARKS) {
            if left > mark + ROOM {
                *told = false;
            } else if left <= mark && !std::mem::replace(told, true) {
                lowest = Some(mark);
            }
        }
        Some(match lowest? {
            20 => {
                format!("{left}% of the context window is left. /compact puts a summary in the place of what was said; /new begins afresh.")
            }
            _ => format!("Only {left}% of the context window is left: use /compact or /new before the next large task."),
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn each_mark_is_told_once_and_again_after_there_was_room() {
        let mut marks = ContextMarks::default();
        let told: Vec<Option<bool>> = [60, 21, 20, 19, 22, 12, 10, 3, 11, 8, 70, 18, 15, 9]
            .map(|left| marks.passed(left).map(|words| words.starts_with("Only ")))
            .to_vec();
        let (none, first, second) = (None, Some(false), Some(true));
        assert_eq!(told, vec![none, none, first, none, none, none, second, none, none, none, none, first, none, second]);
    }

    #[test]
    fn a_window_that_fills_at_once_is_told_of_once() {
        let mut marks = ContextMarks::default();
        assert!(marks.passed(4).unwrap().contains("4%"));
        assert_eq!(marks.passed(4), None);
    }
}
