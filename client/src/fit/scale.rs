//! Bounds: searches go over all real numbers, one coordinate for each parameter that is fitted.
//!
//! A place is a vector of coordinates. A coordinate of minus or plus infinity stands for the bound itself, where there is
//! one: parameters at their bound are held there, and no coordinate of the search has to run to infinity.

use super::{FitError, Fitting};

/// How one parameter is searched over.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Axis {
    /// Not at all.
    Fixed(f64),
    /// Without bounds: over the area sine of the parameter by the size that parameters have, so that steps are relative
    /// to large values and absolute near zero.
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
    /// The size that parameters without bounds have, by parameter.
    sizes: Vec<f64>,
    /// Numbers of the parameters that are fitted.
    pub(super) free: Vec<usize>,
}

/// Where a coordinate ends in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// At a bound.
    Bound,
    /// Nowhere.
    Infinity,
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
        let sizes = vec![1.0; parameters];
        if free.is_empty() { Err(FitError::NothingFree) } else { Ok(Scale { axes, sizes, free }) }
    }

    /// Takes the sizes of a theta for those that parameters without bounds have.
    pub(super) fn set_sizes(&mut self, theta: &[f64]) {
        self.sizes = theta.iter().map(|t| if *t == 0.0 { 1.0 } else { t.abs() }).collect();
    }

    /// Returns the place at which parameters are one above zero or their bound, or amid two bounds.
    pub(super) fn middle(&self) -> Vec<f64> {
        let coordinate = |&p: &usize| if self.axes[p] == Axis::Free { area_sine(1.0) } else { 0.0 };
        self.free.iter().map(coordinate).collect()
    }

    /// Theta at a place of the search.
    pub(super) fn theta(&self, place: &[f64]) -> Vec<f64> {
        let mut place = place.iter();
        let mut next = || place.next().copied().unwrap_or(0.0);
        let value = |(axis, size): (&Axis, &f64)| match *axis {
            Axis::Fixed(value) => value,
            Axis::Free => size * next().sinh(),
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
        self.axes.iter().zip(&self.sizes).map(value).collect()
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
        let place = |k: usize| {
            let value = self.coordinate(k, theta[self.free[k]]);
            if value.is_finite() { Ok(value) } else { Err(outside(self.free[k])) }
        };
        (0..self.free.len()).map(place).collect()
    }

    /// Returns a coordinate at a value of its parameter; infinite at a bound, NaN outside.
    pub(super) fn coordinate(&self, coordinate: usize, value: f64) -> f64 {
        let p = self.free[coordinate];
        match self.axes[p] {
            Axis::Fixed(value) => value,
            Axis::Free => area_sine(value / self.sizes[p]),
            Axis::Above(lower) => (value - lower).ln(),
            Axis::Below(upper) => (upper - value).ln(),
            Axis::Between(lower, upper) => ((value - lower) / (upper - value)).ln(),
        }
    }

    /// Returns d theta / d place of each coordinate.
    pub(super) fn slopes(&self, theta: &[f64]) -> Vec<f64> {
        let slope = |&p: &usize| match self.axes[p] {
            Axis::Fixed(_) => 0.0,
            Axis::Free => self.sizes[p].hypot(theta[p]),
            Axis::Above(lower) => theta[p] - lower,
            Axis::Below(upper) => theta[p] - upper,
            Axis::Between(lower, upper) => (theta[p] - lower) * ((upper - theta[p]) / (upper - lower)),
        };
        self.free.iter().map(slope).collect()
    }

    /// Derivatives with respect to the place, from those with respect to theta; zero at a bound.
    pub(super) fn gradient(&self, theta: &[f64], gradient: &[f64]) -> Vec<f64> {
        let slopes = self.slopes(theta).into_iter();
        slopes.zip(&self.free).map(|(s, &p)| if s == 0.0 { 0.0 } else { s * gradient[p] }).collect()
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

    /// Returns whether a coordinate is the logarithm of its parameter, so that its direction is that of a power.
    pub(super) fn is_logarithm(&self, coordinate: usize) -> bool {
        self.axes[self.free[coordinate]] == Axis::Above(0.0)
    }

    /// Returns where a coordinate ends as it grows, or as it falls.
    pub(super) fn limit(&self, coordinate: usize, grows: bool) -> Limit {
        match (self.axes[self.free[coordinate]], grows) {
            (Axis::Fixed(_) | Axis::Between(..), _) | (Axis::Above(_), false) | (Axis::Below(_), false) => {
                Limit::Bound
            }
            (Axis::Free, _) | (Axis::Above(_) | Axis::Below(_), true) => Limit::Infinity,
        }
    }

    /// Returns the derivative of the log-likelihood inwards from the bound that a coordinate stands at, given that with
    /// respect to its parameter.
    pub(super) fn inwards(&self, coordinate: usize, place: f64, derivative: f64) -> f64 {
        match self.axes[self.free[coordinate]] {
            Axis::Below(_) => -derivative,
            Axis::Between(..) if place > 0.0 => -derivative,
            _ => derivative,
        }
    }
}

/// Returns the inverse of the hyperbolic sine, also of numbers whose square overflows.
fn area_sine(x: f64) -> f64 {
    let size = x.abs();
    let value = if size > 1e8 { size.ln() + std::f64::consts::LN_2 } else { size.asinh() };
    value.copysign(x)
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
        assert_eq!(
            scale().theta(&[0.0, f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY])[1..4],
            [2.0, 3.0, 1.0]
        );
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
