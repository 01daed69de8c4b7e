//! An axis: where a value is on it, and round numbers along it.

/// Values from one end to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
}

/// A round number, and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

impl Axis {
    /// An axis between finite ends; where these do not differ, of length one.
    pub(super) fn new(low: f64, high: f64) -> Axis {
        let low = if low.is_finite() { low } else { 0.0 };
        Axis { low, high: if high > low { high } else { low + 1.0 } }
    }

    /// How far along the axis a value is, between zero and one.
    pub(super) fn share(&self, value: f64) -> f64 {
        let whole = self.high - self.low;
        let share = match whole.is_finite() {
            true => (value - self.low) / whole,
            // The distance is beyond the range of doubles, half of it is not.
            false => (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Round numbers on the axis, at most so many and two more.
    pub(super) fn ticks(&self, about: usize) -> Vec<Tick> {
        let raw = (self.high - self.low) / about.max(1) as f64;
        let power = raw.log10().floor();
        let unit = 10_f64.powf(power);
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * unit).into_iter().find(|&s| s >= raw).unwrap_or(raw);
        // An axis so short beside its distance from zero that no number is round.
        if !(step > 0.0 && step.is_finite() && self.high + step > self.high) {
            return Vec::new();
        }
        let first = (self.low / step).ceil();
        let count = ((self.high / step) * (1.0 + 1e-12) - first).floor().max(0.0) as usize;
        let largest = self.low.abs().max(self.high.abs());
        let exponent = step.log10().floor() as i32;
        let tick = |k: usize| {
            let value = (first + k as f64) * step;
            Tick { value, label: label(value, exponent, largest) }
        };
        (0..=count).map(tick).collect()
    }
}

/// A multiple of a step of this exponent, on an axis whose largest number is given.
fn label(value: f64, exponent: i32, largest: f64) -> String {
    let places = (-exponent).max(0) as usize;
    if largest < 1e6 && places <= 5 {
        return format!("{value:.places$}");
    }
    if value == 0.0 {
        return "0".into();
    }
    let digits = (value.abs().log10().floor() as i32 - exponent).max(0) as usize;
    format!("{value:.digits$e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, about: usize) -> Vec<String> {
        Axis::new(low, high).ticks(about).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        assert_eq!(labels(0.0, 10.0, 5), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(0.0, 0.53, 5), ["0.0", "0.2", "0.4"]);
        assert_eq!(labels(0.0, 0.3, 3), ["0.0", "0.1", "0.2", "0.3"], "the end, rounded as it is");
        assert_eq!(labels(3.0, 3.9, 5), ["3.0", "3.2", "3.4", "3.6", "3.8"]);
    }

    #[test]
    fn very_large_and_very_small_numbers_have_exponents() {
        assert_eq!(labels(0.0, 2e13, 2), ["0", "1e13", "2e13"]);
        assert_eq!(labels(0.0, 3e-16, 3), ["0", "1e-16", "2e-16", "3e-16"]);
        assert_eq!(labels(0.0, 1.5e9, 3), ["0", "5e8", "1.0e9", "1.5e9"]);
    }

    #[test]
    fn ticks_of_axes_of_every_magnitude_are_on_them_and_read_back() {
        for exponent in -320..=308 {
            let high: f64 = format!("1.7e{exponent}").parse().unwrap();
            for (low, about) in [(0.0, 5), (0.0, 8), (high / 3.0, 6), (high * 0.999, 2)] {
                let axis = Axis::new(low, high);
                let ticks = axis.ticks(about);
                assert!(ticks.len() <= about + 2, "{low:e} {high:e}: {ticks:?}");
                // Subnormal numbers are too coarse to be round.
                assert!(exponent < -300 || !ticks.is_empty(), "{low:e} {high:e}");
                for tick in &ticks {
                    let (read, step) = (tick.label.parse::<f64>().unwrap(), (high - low) / about as f64);
                    assert!(
                        (read - tick.value).abs() <= if exponent < -300 { step } else { 1e-3 * step },
                        "{low:e} {high:e}: {tick:?}"
                    );
                    assert!(
                        tick.value >= low && tick.value <= high * (1.0 + 1e-9),
                        "{low:e} {high:e}: {tick:?}"
                    );
                    assert!(tick.label.len() <= 12, "{tick:?}");
                    assert!((0.0..=1.0).contains(&axis.share(tick.value)));
                }
            }
        }
        assert_eq!(Axis::new(f64::MIN, f64::MAX).share(0.0), 0.5);
        assert_eq!(Axis::new(1e300, 1e300).share(1e300), 0.0);
    }

    #[test]
    fn an_axis_without_length_has_one() {
        assert_eq!(Axis::new(2.0, 2.0), Axis { low: 2.0, high: 3.0 });
        assert_eq!(Axis::new(f64::INFINITY, f64::NEG_INFINITY), Axis { low: 0.0, high: 1.0 });
        assert!(labels(1e300, 1e300, 5).is_empty());
    }
}
