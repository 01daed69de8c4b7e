//! The step of a trust-region method.

use super::eigen::{Spectrum, dot, length};

/// Minimises `g.p + p.B p / 2` over `|p| <= radius`, B given by its spectrum (Moré and Sorensen 1983): the solution is
/// `p = -(B + m)^-1 g` with m >= 0, B + m positive semidefinite, and m = 0 unless |p| is the radius. The length
/// falls as m grows, so m is found by bisection, 100 times n operations.
///
/// In the hard case, where g has no part along the lowest eigenvector and that eigenvalue is negative (at a saddle, say),
/// the eigenvector itself leads down: as much of it is added as the radius allows.
pub(super) fn step(spectrum: &Spectrum, gradient: &[f64], radius: f64) -> Vec<f64> {
    let along: Vec<f64> = spectrum.vectors.iter().map(|vector| dot(vector, gradient)).collect();
    let lowest = spectrum.values.first().copied().unwrap_or(0.0);
    let scale = spectrum.values.iter().fold(f64::MIN_POSITIVE, |most, v| f64::max(most, v.abs()));
    let tiny = 1e-14 * length(&along).max(f64::MIN_POSITIVE);
    let shifted = |m: f64| -> Vec<f64> {
        let part = |(g, value): (&f64, &f64)| {
            let divisor = value + m;
            if divisor > f64::EPSILON * scale {
                -g / divisor
            } else if g.abs() <= tiny {
                0.0
            } else {
                -g.signum() * f64::MAX.sqrt()
            }
        };
        along.iter().zip(&spectrum.values).map(part).collect()
    };
    let least = f64::max(0.0, -lowest);
    let mut found = shifted(least);
    let reach = length(&found);
    if reach > radius {
        let (mut low, mut high) = (least, least + length(&along) / radius + f64::MIN_POSITIVE);
        for _ in 0..100 {
            let middle = low + (high - low) / 2.0;
            if length(&shifted(middle)) > radius { low = middle } else { high = middle }
        }
        found = shifted(high);
    } else if lowest < 0.0 {
        found[0] +=
            (radius * radius - reach * reach).max(0.0).sqrt() * if along[0] > 0.0 { -1.0 } else { 1.0 };
    }
    let entry = |i: usize| spectrum.vectors.iter().zip(&found).map(|(vector, p)| vector[i] * p).sum();
    (0..gradient.len()).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_inside_the_radius_is_newtons_and_a_longer_one_ends_on_it() {
        let spectrum = Spectrum::of(&vec![vec![2.0, 0.0], vec![0.0, 4.0]]);
        assert_eq!(step(&spectrum, &[2.0, 4.0], 10.0), [-1.0, -1.0]);
        let cut = step(&spectrum, &[2.0, 4.0], 0.5);
        assert!((length(&cut) - 0.5).abs() < 1e-12, "{cut:?}");
        // (B + m) p = -g with one m for both entries.
        assert!(((-2.0 / cut[0] - 2.0) - (-4.0 / cut[1] - 4.0)).abs() < 1e-9, "{cut:?}");
    }

    #[test]
    fn a_saddle_is_left_along_its_eigenvector() {
        let spectrum = Spectrum::of(&vec![vec![0.0, 1.0], vec![1.0, 0.0]]);
        let found = step(&spectrum, &[0.0, 0.0], 2.0);
        assert!((length(&found) - 2.0).abs() < 1e-12 && (found[0] + found[1]).abs() < 1e-12, "{found:?}");
    }
}
