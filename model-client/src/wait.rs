//! How long a server asks us to wait, wherever it says so.
//!
//! Pure: headers, message and the present time in, a duration out. `retry-after-ms` comes before `retry-after`, that
//! before the message's text, and that before the reset of a rate-limit bucket that is empty.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

/// Returns the wait that the server named; `None` when it named none.
pub(crate) fn named_wait(headers: &HeaderMap, message: &str, now: SystemTime) -> Option<Duration> {
    header_wait(headers, now).or_else(|| wait_in_text(message)).or_else(|| bucket_reset(headers))
}

fn header_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let millis = text_of(headers, "retry-after-ms").and_then(seconds).map(|millis| millis / 1000);
    millis.or_else(|| {
        let text = text_of(headers, "retry-after")?;
        seconds(text).or_else(|| {
            // Measured by the server's own clock where it tells it, so a clock that is off does no harm.
            let now = text_of(headers, "date").and_then(http_date).unwrap_or(now);
            Some(http_date(text)?.duration_since(now).unwrap_or_default())
        })
    })
}

pub(crate) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The wait in words such as `Please try again in 1.5s`.
pub(crate) fn wait_in_text(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    ["try again in ", "retry in ", "retry after ", "try again after "].iter().find_map(|words| {
        let at = lower.find(words)? + words.len();
        duration_prefix(&lower[at..])
    })
}

/// The duration at the start of a text: `1.5s`, `800ms`, `2m`, `6m0s`, `3 seconds`.
pub(crate) fn duration_prefix(text: &str) -> Option<Duration> {
    let mut rest = text.trim_start();
    let mut total = None;
    loop {
        let digits = rest.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(rest.len());
        let Ok(number) = rest[..digits].trim_end_matches('.').parse::<f64>() else { return total };
        let after = rest[digits..].trim_start();
        let letters = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let unit = match &after[..letters] {
            "ms" | "millisecond" | "milliseconds" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return total,
        };
        let part = Duration::try_from_secs_f64(number * unit).ok()?;
        total = Some(total.unwrap_or_default() + part);
        rest = &after[letters..];
    }
}

fn bucket_reset(headers: &HeaderMap) -> Option<Duration> {
    let resets = ["requests", "tokens"].into_iter().filter_map(|bucket| {
        let remaining: f64 = text_of(headers, &format!("x-ratelimit-remaining-{bucket}"))?.parse().ok()?;
        if remaining > 0.0 {
            return None;
        }
        duration_prefix(text_of(headers, &format!("x-ratelimit-reset-{bucket}"))?)
    });
    resets.max()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = text.split_once(", ")?;
    let mut words = date.split_whitespace();
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let days = u64::try_from(days_from_epoch(year, month, day)).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days.checked_mul(86_400)? + hour.min(23) * 3600 + minute.min(59) * 60 + second.min(60)))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years are counted from March so that leap days come last.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = year.clamp(1970, 9999) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.clamp(1, 31) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A wait as people say it: `200 ms`, `1.5 s`, `2 min 5 s`, `1 h 3 min`.
pub(crate) fn in_words(wait: Duration) -> String {
    let whole = wait.as_secs();
    match whole {
        0 => format!("{} ms", wait.as_millis()),
        1..60 => {
            let tenths = wait.as_millis().div_ceil(100);
            if tenths.is_multiple_of(10) { format!("{} s", tenths / 10) } else { format!("{}.{} s", tenths / 10, tenths % 10) }
        }
        60..3600 if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ if whole % 3600 / 60 == 0 => format!("{} h", whole / 3600),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn wait(pairs: &[(&str, &str)], message: &str) -> Option<u128> {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        named_wait(&headers(pairs), message, now).map(|wait| wait.as_millis())
    }

    #[test]
    fn milliseconds_come_before_seconds_and_these_before_text() {
        assert_eq!(wait(&[("retry-after-ms", "250"), ("retry-after", "9")], "try again in 1s"), Some(250));
        assert_eq!(wait(&[("retry-after", "1.5")], "try again in 1s"), Some(1500));
        assert_eq!(wait(&[], "Please try again in 1.5s. Thanks"), Some(1500));
        assert_eq!(wait(&[], "nothing"), None);
    }

    #[test]
    fn a_date_is_measured_by_the_servers_clock_where_it_tells_it() {
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], ""), Some(10_000));
        let both = [("retry-after", "Thu, 01 Jan 2026 00:00:30 GMT"), ("date", "Thu, 01 Jan 2026 00:00:00 GMT")];
        assert_eq!(wait(&both, ""), Some(30_000));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1980 08:49:47 GMT")], ""), Some(0));
        assert_eq!(wait(&[("retry-after", "soon")], ""), None);
    }

    #[test]
    fn the_units_of_texts_are_read() {
        for (text, millis) in
            [("800ms", 800), ("2m", 120_000), ("6m0s", 360_000), ("1.57s", 1570), ("3 seconds.", 3000), ("1h2m", 3_720_000)]
        {
            assert_eq!(wait(&[], &format!("Try again in {text}")), Some(millis), "{text}");
        }
        assert_eq!(wait(&[], "try again in a while"), None);
    }

    #[test]
    fn only_an_empty_bucket_counts() {
        let full = [("x-ratelimit-remaining-requests", "3"), ("x-ratelimit-reset-requests", "6m0s")];
        assert_eq!(wait(&full, ""), None);
        let empty = [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "20ms")];
        assert_eq!(wait(&empty, ""), Some(20));
    }

    #[test]
    fn waits_are_said_in_words() {
        for (millis, words) in [(200, "200 ms"), (1500, "1.5 s"), (2000, "2 s"), (125_000, "2 min 5 s"), (3_780_000, "1 h 3 min")] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }
}
