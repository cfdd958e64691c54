//! Durations as people write them on a command line: `90`, `90s`, `1h30m`, `500ms`.

use std::time::Duration;

/// Reads a duration. A bare number is seconds; parts with units add up.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let unclear = || format!("`{text}` is no duration; write it as 90, 90s, 5m or 1h30m");
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(unclear());
    }
    let bare = rest.bytes().all(|byte| byte.is_ascii_digit());
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: u64 = rest[..digits].parse().map_err(|_| unclear())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let millis_per_unit: u64 = match &rest[..letters] {
            "" if bare => 1_000,
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(unclear()),
        };
        rest = &rest[letters..];
        let part = count.checked_mul(millis_per_unit).ok_or_else(unclear)?;
        total = total.checked_add(Duration::from_millis(part)).ok_or_else(unclear)?;
    }
    if total.is_zero() { Err(format!("`{text}` leaves no time at all")) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up_and_a_bare_number_is_seconds() {
        for (text, millis) in
            [("90", 90_000), ("90s", 90_000), ("5m", 300_000), ("1h", 3_600_000), ("1h30m", 5_400_000), ("500ms", 500), (" 2s ", 2_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "0", "0s", "soon", "5d", "-3", "1.5h", "1h30", "99999999999999999999", "18446744073709551615h", "é"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
