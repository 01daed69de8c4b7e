//! Exact summation.

/// The sum of finite numbers, rounded once: partial sums that do not overlap (Shewchuk 1997), so that exit
/// rates keep every digit the entries have.
pub(super) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut partials: Vec<f64> = Vec::new();
    for value in values {
        let mut value = value;
        let mut kept = 0;
        for at in 0..partials.len() {
            let (mut large, mut small) = (value, partials[at]);
            if large.abs() < small.abs() {
                std::mem::swap(&mut large, &mut small);
            }
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            value = high;
        }
        partials.truncate(kept);
        partials.push(value);
    }
    // Largest first: what follows is below half a unit of the result, but for ties, which an exit rate's
    // snapping threshold exceeds by far.
    partials.iter().rev().fold(0.0, |sum, part| sum + part)
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn cancellation_loses_no_digit() {
        assert_eq!(sum([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum([0.1; 10]), 1.0);
        assert_eq!(sum([-1.0, 0.5, 1e-30, 0.5]), 1e-30);
        assert_eq!(sum([]), 0.0);
    }
}
