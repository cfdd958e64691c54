//! The rows above the composer: the end of the answer, what runs, the status, what waits.

use ratatui::text::Line;

use super::Chat;
use crate::text::truncate;
use crate::theme::Role;

impl Chat {
    /// The live rows, top to bottom, at most `most`: what does not fit is cut at the top of the answer and of what runs.
    pub fn live_lines(&self, most: u16, animated: bool) -> Vec<Line<'static>> {
        let mut status = self.status.lines(self.width, &self.look, animated && !self.look.flat, &self.background());
        if status.is_empty() && !self.background().is_empty() {
            let margin = if self.look.flat { "" } else { "  " };
            let text = truncate(&format!("{margin}{}", self.background()), usize::from(self.width));
            status.push(Line::styled(text, self.look.style(Role::Dim)));
        }
        let waiting = self.waits.lines(self.width, &self.look);
        if !waiting.is_empty() {
            if !status.is_empty() {
                status.push(Line::default());
            }
            status.extend(waiting);
        }
        let room = usize::from(most).saturating_sub(status.len() + 2).max(1);
        let mut lines = self.shown_work();
        let cut = lines.len().saturating_sub(room);
        lines.drain(..cut);
        if !lines.is_empty() {
            lines.insert(0, Line::default());
        }
        if !status.is_empty() {
            lines.push(Line::default());
            lines.append(&mut status);
        }
        if lines.len() > usize::from(most) || self.look.flat {
            lines.retain(|line| line.width() > 0);
        }
        lines
    }

    fn shown_work(&self) -> Vec<Line<'static>> {
        let mut lines = self.answer.unfinished(&self.look);
        for cell in self.work.cells() {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.extend(cell.lines(self.width, &self.look));
        }
        lines
    }

    /// What is said of processes in the background.
    fn background(&self) -> String {
        match self.work.background().count() {
            0 => String::new(),
            1 => "1 background terminal running · /ps to view · /stop to close".to_owned(),
            count => format!("{count} background terminals running · /ps to view · /stop to close"),
        }
    }

    /// Command lines of the processes in the background, and how long each has been running.
    pub fn background_commands(&self) -> Vec<(String, std::time::Duration)> {
        self.work.background().map(|command| (super::pretty_command(&command.argv), command.started.elapsed())).collect()
    }
}
