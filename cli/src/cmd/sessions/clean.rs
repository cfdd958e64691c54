//! `codex sessions clean`: shows what would go with `--dry-run`, and removes it with `--yes`: sessions, and the files kept for
//! undo of folders that are gone or long unused. Without limits on the command line those of `[retention]` count.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use codex_config::RetentionConfig;
use codex_snapshot::Cleaned;
use codex_state::{Reason, Removal, Retention, Timestamp};

use super::target::{Stored, failed, one_line, say};
use crate::failure::Failure;

/// `codex sessions clean`.
#[derive(Args, Debug)]
pub(super) struct CleanArgs {
    /// Sessions that did not go on for so many days
    #[arg(long, value_name = "DAYS")]
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
    let settings = stored.config.as_ref().map(|config| config.retention).unwrap_or_default();
    let retention = retention(args, &settings).ok_or_else(|| {
        Failure::new("Error: nothing says which sessions may go")
            .hint("give `--older-than DAYS` or `--max-size SIZE`, or set `max_age_days` in `[retention]`")
    })?;
    let removals = stored.store.removals(&retention, Timestamp::now()).map_err(failed)?;
    let unused = Duration::from_secs(24 * 60 * 60) * args.older_than.unwrap_or(settings.undo_max_age_days);
    if !args.yes {
        say(&told(&removals));
        let stores = stores(stored, unused, true)?;
        if !(args.dry_run || removals.is_empty() && stores.is_empty()) {
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
    stores(stored, unused, false)?;
    Ok(u8::from(kept > 0))
}

/// The limits of the command line, else those of the settings; `None` when there are none.
fn retention(args: &CleanArgs, settings: &RetentionConfig) -> Option<Retention> {
    let (max_age_days, max_total_bytes) = (args.older_than, args.max_size);
    if max_age_days.is_none() && max_total_bytes.is_none() {
        let own = codex_core::retention(settings)?;
        return Some(Retention {
            keep_archived: own.keep_archived || args.keep_archived,
            keep_named: own.keep_named || args.keep_named,
            ..own
        });
    }
    Some(Retention { max_age_days, max_total_bytes, keep_archived: args.keep_archived, keep_named: args.keep_named })
}

/// Removes, or only names, what was kept for undo of folders that are gone or were not used for so long.
fn stores(stored: &Stored, unused: Duration, dry_run: bool) -> Result<Vec<Cleaned>, Failure> {
    let cleaned = codex_snapshot::clean(stored.store.codex_home(), unused, dry_run);
    let cleaned = cleaned.map_err(|error| Failure::new(format!("Error: {error}")))?;
    for store in &cleaned {
        let verb = if dry_run { "" } else { "removed " };
        say(&format!("{verb}files kept for undo of {}, {}\n", one_line(&store.root.display().to_string(), 100), human(store.bytes)));
    }
    Ok(cleaned)
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
