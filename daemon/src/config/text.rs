//! Values of settings as text: counts, sizes and times.

use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A whole number within bounds, both included.
pub(super) fn count(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number: u64 = text.parse().map_err(|_| format!("a whole number from {least} to {most} expected"))?;
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(format!("it must be from {least} to {most}"))
}

/// A size: bytes, or a number with `KiB`, `MiB`, `GiB`, `TiB`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let split = UNITS.iter().find_map(|&(unit, size)| Some((text.strip_suffix(unit)?, size)));
    let (number, size) = split.unwrap_or((text, 1));
    let number: Option<u64> = number.trim().parse().ok();
    number
        .and_then(|number| number.checked_mul(size))
        .ok_or_else(|| "a number of bytes expected, such as 1048576, 512MiB or 4GiB".to_owned())
}

/// A size in the largest unit that shows it exactly.
pub(super) fn show_bytes(bytes: u64) -> String {
    let unit = UNITS.iter().find(|&&(_, size)| bytes >= size && bytes.is_multiple_of(size));
    unit.map_or_else(|| bytes.to_string(), |&(name, size)| format!("{}{name}", bytes / size))
}

/// A time: seconds, or a number with `ms`, `s`, `m`, `h`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let split = units.iter().find_map(|&(unit, size)| Some((text.strip_suffix(unit)?, size)));
    let (number, size) = split.unwrap_or((text, 1000));
    let number: Option<u64> = number.trim().parse().ok();
    // A century at most, so that no sum of times and moments can overflow.
    number
        .and_then(|number| number.checked_mul(size))
        .filter(|&millis| millis <= 3_155_760_000_000)
        .map(Duration::from_millis)
        .ok_or_else(|| "a time expected, such as 300, 250ms, 10m or 1h".to_owned())
}

/// A time in seconds, or in milliseconds where it is no whole number of them.
pub(super) fn show_time(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{}s", time.as_secs()) } else { format!("{}ms", time.as_millis()) }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, show_bytes, show_time, time};

    #[test]
    fn sizes_and_times_read_what_they_show() {
        for size in [0, 1, 1023, 1024, 3 << 20, 4 << 30, 5 << 40, (1 << 30) + 1] {
            assert_eq!(bytes(&show_bytes(size)), Ok(size));
        }
        for text in ["0", "250ms", "300", "10m", "1h"] {
            let read = time(text).unwrap();
            assert_eq!(time(&show_time(read)), Ok(read));
        }
        assert_eq!(time("2m").unwrap().as_secs(), 120);
    }

    #[test]
    fn nonsense_and_overflow_are_refused() {
        for text in ["", "x", "-1", "1.5GiB", "18446744073709551615TiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
        for text in ["", "s", "-1s", "18446744073709551615h", "9999999999h"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert!(count("0", 1, 4).is_err() && count("5", 1, 4).is_err() && count("4", 1, 4) == Ok(4));
    }
}
