//! Bounds: searches go over all real numbers, one for each parameter that is fitted.

use super::{FitError, Fitting};

/// How one parameter is searched over.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Axis {
    /// Not at all.
    Fixed(f64),
    /// As it is.
    Free,
    /// Over the logarithm of how far it is above its bound.
    Above(f64),
    /// Over the logarithm of how far it is below its bound.
    Below(f64),
    /// Over the logit of where it is between its bounds.
    Between(f64, f64),
}

/// How all parameters are searched over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    axes: Vec<Axis>,
    /// Numbers of the parameters that are fitted.
    pub(super) free: Vec<usize>,
}

/// A bound and the derivative towards it.
pub(super) struct Nearest {
    pub(super) distance: f64,
    /// The sign of a derivative of the likelihood that rises towards the bound.
    pub(super) outward: f64,
}

impl Scale {
    pub(super) fn new(parameters: usize, fitting: &Fitting) -> Result<Scale, FitError> {
        let lengths = [fitting.lower.len(), fitting.upper.len(), fitting.fixed.len()];
        if let Some(found) = lengths.into_iter().find(|&found| found != parameters) {
            let text =
                format!("bounds and fixed values are for {found} parameters, the graph has {parameters}");
            return Err(FitError::Invalid(text));
        }
        let axis = |p: usize| {
            let (lower, upper) = (fitting.lower[p], fitting.upper[p]);
            match (fitting.fixed[p], lower == f64::NEG_INFINITY, upper == f64::INFINITY) {
                (Some(value), ..) if value.is_finite() => Ok(Axis::Fixed(value)),
                (Some(value), ..) => Err(format!("parameter {p} can not be fixed at {value}")),
                (None, true, true) => Ok(Axis::Free),
                (None, false, true) if lower.is_finite() => Ok(Axis::Above(lower)),
                (None, true, false) if upper.is_finite() => Ok(Axis::Below(upper)),
                (None, false, false) if lower < upper => Ok(Axis::Between(lower, upper)),
                _ => Err(format!("parameter {p} can not be between {lower} and {upper}")),
            }
        };
        let axes: Vec<Axis> =
            (0..parameters).map(axis).collect::<Result<_, _>>().map_err(FitError::Invalid)?;
        let free: Vec<usize> = (0..parameters).filter(|&p| !matches!(axes[p], Axis::Fixed(_))).collect();
        if free.is_empty() { Err(FitError::NothingFree) } else { Ok(Scale { axes, free }) }
    }

    /// Theta at a place of the search.
    pub(super) fn theta(&self, place: &[f64]) -> Vec<f64> {
        let mut place = place.iter();
        let mut next = || place.next().copied().unwrap_or(0.0);
        let value = |axis: &Axis| match *axis {
            Axis::Fixed(value) => value,
            Axis::Free => next(),
            Axis::Above(lower) => lower + next().exp(),
            Axis::Below(upper) => upper - next().exp(),
            Axis::Between(lower, upper) => {
                let u = next();
                // From the nearer bound, so that it is not rounded onto it.
                if u < 0.0 {
                    lower + (upper - lower) * (u.exp() / (1.0 + u.exp()))
                } else {
                    upper - (upper - lower) * ((-u).exp() / (1.0 + (-u).exp()))
                }
            }
        };
        self.axes.iter().map(value).collect()
    }

    /// The place of a theta, which must be inside its bounds.
    pub(super) fn place(&self, theta: &[f64]) -> Result<Vec<f64>, FitError> {
        let outside = |p: usize| {
            FitError::Invalid(format!(
                "a start has {} for parameter {p}, which is not inside its bounds",
                theta[p]
            ))
        };
        if theta.len() != self.axes.len() {
            let (found, expected) = (theta.len(), self.axes.len());
            return Err(FitError::Invalid(format!(
                "a start has {found} numbers, the graph has {expected} parameters"
            )));
        }
        let place = |&p: &usize| {
            let value = match self.axes[p] {
                Axis::Fixed(value) => value,
                Axis::Free => theta[p],
                Axis::Above(lower) => (theta[p] - lower).ln(),
                Axis::Below(upper) => (upper - theta[p]).ln(),
                Axis::Between(lower, upper) => ((theta[p] - lower) / (upper - theta[p])).ln(),
            };
            if value.is_finite() { Ok(value) } else { Err(outside(p)) }
        };
        self.free.iter().map(place).collect()
    }

    /// Derivatives with respect to the place, from those with respect to theta.
    pub(super) fn gradient(&self, theta: &[f64], gradient: &[f64]) -> Vec<f64> {
        let slope = |&p: &usize| match self.axes[p] {
            Axis::Fixed(_) => 0.0,
            Axis::Free => 1.0,
            Axis::Above(lower) => theta[p] - lower,
            Axis::Below(upper) => theta[p] - upper,
            Axis::Between(lower, upper) => (theta[p] - lower) * ((upper - theta[p]) / (upper - lower)),
        };
        self.free.iter().map(|p| slope(p) * gradient[*p]).collect()
    }

    /// Whether a value is inside the bounds of a parameter.
    pub(super) fn inside(&self, parameter: usize, value: f64) -> bool {
        match self.axes[parameter] {
            Axis::Fixed(_) => false,
            Axis::Free => true,
            Axis::Above(lower) => value > lower,
            Axis::Below(upper) => value < upper,
            Axis::Between(lower, upper) => lower < value && value < upper,
        }
    }

    /// The nearer bound of a parameter.
    pub(super) fn nearest(&self, parameter: usize, value: f64) -> Option<Nearest> {
        let low = |lower: f64| Nearest { distance: value - lower, outward: -1.0 };
        let high = |upper: f64| Nearest { distance: upper - value, outward: 1.0 };
        match self.axes[parameter] {
            Axis::Fixed(_) | Axis::Free => None,
            Axis::Above(lower) => Some(low(lower)),
            Axis::Below(upper) => Some(high(upper)),
            Axis::Between(lower, upper) if value - lower < upper - value => Some(low(lower)),
            Axis::Between(_, upper) => Some(high(upper)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        let inf = f64::INFINITY;
        let fitting = Fitting {
            lower: vec![-inf, 2.0, -inf, -1.0, 0.0],
            upper: vec![inf, inf, 3.0, 1.0, inf],
            fixed: vec![None, None, None, None, Some(7.0)],
            ..Fitting::new(5)
        };
        Scale::new(5, &fitting).unwrap()
    }

    #[test]
    fn a_theta_inside_its_bounds_comes_back_from_its_place() {
        for theta in [[-4.0, 2.5, 2.9, 0.3, 7.0], [0.0, 1e9, -1e9, -0.999_999, 7.0]] {
            let scale = scale();
            let place = scale.place(&theta).unwrap();
            assert_eq!(place.len(), 4);
            for (found, expected) in scale.theta(&place).into_iter().zip(theta) {
                assert!(
                    (found - expected).abs() <= 1e-14 * (1.0 + expected.abs()),
                    "{found}, not {expected}"
                );
            }
        }
        assert!(scale().place(&[0.0, 2.0, 0.0, 0.0, 7.0]).is_err(), "on its bound");
    }

    #[test]
    fn slopes_are_those_of_the_differences() {
        let scale = scale();
        let place = [0.4, -0.7, 0.2, 1.1];
        let theta = scale.theta(&place);
        for (k, slope) in scale.gradient(&theta, &[1.0; 5]).into_iter().enumerate() {
            let mut moved = place;
            moved[k] += 1e-6;
            let difference: f64 = scale.theta(&moved).iter().zip(&theta).map(|(a, b)| a - b).sum();
            assert!((difference / 1e-6 - slope).abs() < 1e-5, "{k}: {difference}, not {slope}");
        }
    }
}
