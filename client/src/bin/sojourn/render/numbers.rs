//! Numbers for people.

use serde::Serialize;

/// A number with as many digits as tell it from every other double.
pub(crate) fn real(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

/// A number as tables show it. What is computed is right to 1e-12 or better (densities) and 4e-14 (moments), so digits
/// behind the twelfth are mostly rounding; JSON and files have them all.
pub(crate) fn shown(value: f64) -> String {
    digits(value, SHOWN)
}

/// Digits that tables show.
const SHOWN: usize = 12;

/// A number with the digits that hold, if it is right to this absolute bound, and no more than tables show: the last one
/// stands for more than the bound. Nothing of a number that is all noise but a `?`; zero is as it is.
pub(crate) fn held(value: f64, bound: f64) -> String {
    held_of(value, bound, SHOWN)
}

/// The same with another number of digits at most.
pub(crate) fn held_of(value: f64, bound: f64, most: usize) -> String {
    if value == 0.0 || bound == 0.0 {
        return digits(value, most);
    }
    match (value.abs() / bound).log10().floor() {
        held if held >= most as f64 => digits(value, most),
        held if held >= 1.0 => digits(value, held as usize),
        // Also where it is no number.
        _ => "?".to_owned(),
    }
}

/// A number rounded to so many significant digits; cut off where rounded up it would be beyond the largest double.
pub(crate) fn digits(value: f64, digits: usize) -> String {
    let places = digits.saturating_sub(1);
    let rounded = format!("{value:.places$e}").parse().unwrap_or(value);
    if rounded.is_finite() || !value.is_finite() {
        return real(rounded);
    }
    // All 17 digits of it, as it is written: `-1.7976931348623157e308`.
    let text = format!("{value:.16e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "308"));
    let dot = mantissa.find('.').unwrap_or(mantissa.len());
    let end = if places == 0 { dot } else { (dot + 1 + places).min(mantissa.len()) };
    format!("{}e{exponent}", &mantissa[..end])
}

/// Bytes in the largest unit that keeps them above one.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Seconds in the unit that people would use.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if v < 1e-3 => format!("{:.0} µs", v * 1e6),
        v if v < 1.0 => format!("{:.1} ms", v * 1e3),
        v if v < 120.0 => format!("{v:.1} s"),
        v if v < 7200.0 => format!("{:.0} min", v / 60.0),
        v if v < 172_800.0 => format!("{:.0} h", v / 3600.0),
        v => format!("{:.0} d", v / 86_400.0),
    }
}

/// A number of things: `1 pattern`, `2 patterns`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Name of a variant, as it stands in JSON.
pub(crate) fn name(variant: &impl Serialize) -> String {
    let value = serde_json::to_value(variant).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_number_is_read_back_to_the_bit() {
        for value in [0.0, -0.1, 1.0 / 3.0, 1e-300, 6.02214076e23, f64::MAX, 5e-324, 12345.678] {
            assert_eq!(real(value).parse::<f64>().unwrap().to_bits(), value.to_bits(), "{}", real(value));
        }
        assert_eq!(real(1e-300), "1e-300");
    }

    #[test]
    fn what_is_shown_has_the_digits_that_hold_and_no_others() {
        assert_eq!(shown(1.999_999_999_999_999_3), "2");
        assert_eq!(shown(-1.0 / 3.0), "-0.333333333333");
        assert_eq!(digits(7.845_722_517_076_914e-10, 4), "7.846e-10");
        assert_eq!(digits(123_456.0, 3), "123000");
        assert_eq!([shown(f64::INFINITY), shown(0.0)], ["inf", "0"]);
    }

    /// A double of any magnitude, subnormal ones among them.
    fn doubles() -> impl Iterator<Item = f64> {
        let mut state = 9u64;
        let random = std::iter::repeat_with(move || {
            // Xorshift (Marsaglia 2003): every pattern of bits but zero.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f64::from_bits(state)
        });
        let ends =
            [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324, 1e308, 9.9999e307, 1e-300, 1e16, 1e-5];
        ends.into_iter().chain(random.filter(|value| value.is_finite()).take(100_000))
    }

    #[test]
    fn what_is_shown_reads_back_within_its_digits_and_is_short() {
        for value in doubles() {
            let whole = real(value);
            assert_eq!(whole.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{whole}");
            assert!(whole.len() <= 26, "{whole}");
            for places in [1, 4, 6, 8, 12] {
                let text = digits(value, places);
                let read: f64 = text.parse().unwrap();
                // Half a unit of the last digit, or a whole one where the number is cut off; and of the double.
                let unit = 10f64.powi(1 - places as i32) * value.abs();
                assert!(read.is_finite() && (read - value).abs() <= unit + 5e-324, "{value:e} as {text}");
                assert!(text.len() <= places + 16, "{text}");
            }
        }
        assert_eq!(
            [digits(f64::MAX, 4), digits(f64::MIN, 1), digits(f64::MAX, 12)],
            ["1.797e308", "-1e308", "1.79769313486e308"]
        );
        assert_eq!([shown(5e-324), shown(1e308), shown(1e-300)], ["5e-324", "1e308", "1e-300"]);
    }

    #[test]
    fn a_bound_leaves_the_digits_above_it() {
        let third = 1.0 / 3.0;
        assert_eq!(held(third, 1e-17), "0.333333333333");
        assert_eq!(
            [held(third, 1e-5), held(-third, 3e-2), held(third, 0.0)],
            ["0.3333", "-0.3", "0.333333333333"]
        );
        assert_eq!([held(third, 0.2), held(third, f64::INFINITY), held(third, f64::NAN)], ["?", "?", "?"]);
        assert_eq!(held(0.0, 1e-30), "0");
        assert_eq!(held(-1.234_567e95, 1e91), "-1.235e95");
    }

    #[test]
    fn bytes_and_seconds_come_in_the_unit_people_use() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(64 << 20), "64.0 MiB");
        assert_eq!(seconds(0.000_042), "42 µs");
        assert_eq!(seconds(0.25), "250.0 ms");
        assert_eq!(seconds(7200.0), "2 h");
    }

    #[test]
    fn one_thing_stands_in_the_singular_and_none_or_many_in_the_plural() {
        let texts = [0, 1, 2].map(|number| count(number, "edge"));
        assert_eq!(texts, ["0 edges", "1 edge", "2 edges"]);
    }
}
