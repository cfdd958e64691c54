//! `codex sessions clean`: shows what would go with `--dry-run`, and removes it with `--yes`.

use std::fmt::Write as _;

use clap::Args;
use codex_state::{Reason, Removal, Retention, Timestamp};

use super::target::{Stored, failed, one_line, say};
use crate::failure::Failure;

/// `codex sessions clean`.
#[derive(Args, Debug)]
pub(super) struct CleanArgs {
    /// Sessions that did not go on for so many days
    #[arg(long, value_name = "DAYS", required_unless_present = "max_size")]
    older_than: Option<u32>,

    /// The oldest, until all together take no more than this: `500M`, `2G`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_size: Option<u64>,

    /// Keep those in the archive
    #[arg(long)]
    keep_archived: bool,

    /// Keep those with a name
    #[arg(long)]
    keep_named: bool,

    /// Only say what would go
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    /// Remove them; they cannot be brought back
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(super) fn run(args: &CleanArgs, stored: &Stored) -> Result<u8, Failure> {
    let retention = Retention {
        max_age_days: args.older_than,
        max_total_bytes: args.max_size,
        keep_archived: args.keep_archived,
        keep_named: args.keep_named,
    };
    let removals = stored.store.removals(&retention, Timestamp::now()).map_err(failed)?;
    if !args.yes {
        say(&told(&removals));
        if !args.dry_run && !removals.is_empty() {
            return Err(Failure::new("Error: nothing was removed").hint("`--yes` removes what is listed above"));
        }
        return Ok(0);
    }
    let (mut removed, mut bytes, mut kept) = (0, 0, 0);
    for removal in &removals {
        match stored.store.remove(removal) {
            Ok(()) => {
                removed += 1;
                bytes += removal.session.size;
            }
            Err(error) => {
                kept += 1;
                say(&format!("kept {}: {error}\n", removal.session.id));
            }
        }
    }
    say(&format!("removed {removed} sessions, {}\n", human(bytes)));
    Ok(u8::from(kept > 0))
}

fn told(removals: &[Removal]) -> String {
    let mut told = String::new();
    for Removal { session, reason } in removals {
        let why = match reason {
            Reason::Age => "too old",
            Reason::Size => "too much",
        };
        let day = session.updated_at.strftime("%Y-%m-%d");
        let _ = writeln!(told, "{}  {day}  {:>9}  {why:<8}  {}", session.id, human(session.size), one_line(session.title(), 60));
    }
    let bytes: u64 = removals.iter().map(|removal| removal.session.size).sum();
    let _ = writeln!(told, "{} sessions, {}", removals.len(), human(bytes));
    told
}

fn human(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 10 * 1024 && unit + 1 < UNITS.len() {
        value /= 1024;
        unit += 1;
    }
    format!("{value} {}", UNITS[unit])
}

/// `500`, `500K`, `500M`, `2G`.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()));
    let factor: u64 = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1024,
        "M" | "MB" | "MIB" => 1024 * 1024,
        "G" | "GB" | "GIB" => 1024 * 1024 * 1024,
        _ => return Err("a size is a number with K, M or G behind it".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "a size begins with a number".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "that is too much".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_with_a_unit() {
        assert_eq!((size("12"), size("3k"), size("2G")), (Ok(12), Ok(3072), Ok(2 << 30)));
        assert!(size("G").is_err() && size("1T").is_err() && size("99999999999G").is_err());
        assert_eq!((human(9_000), human(20_480), human(5 << 30)), ("9000 B".to_owned(), "20 KiB".to_owned(), "5120 MiB".to_owned()));
    }
}
