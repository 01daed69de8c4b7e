//! Likelihoods of observations, and derivatives of these and of curves: what people see of them.

use sojourn_engine::density::{ParameterGradient, PointGradient};

use super::Asked;
use super::distribution::{Curve, Found};
use super::layout::{Page, list};
use crate::render::numbers::{real, shown};

impl Curve {
    /// Returns its derivatives with respect to each parameter, and the bounds on their errors: NaN of a hazard where
    /// nothing is left, and of the logarithm of zero.
    pub(crate) fn gradient(self, point: &PointGradient) -> ParameterGradient {
        let gradient = match self {
            Curve::Pdf => &point.density,
            Curve::Cdf => &point.cdf,
            Curve::Survival => {
                let values = point.cdf.values.iter().map(|value| 0.0 - value).collect();
                return ParameterGradient { values, errors: point.cdf.errors.clone() };
            }
            Curve::Hazard => &point.hazard,
            Curve::LogPdf => &point.log_density,
            Curve::LogSurvival => &point.log_survival,
        };
        if self.of(&point.point).is_none() {
            let nothing = vec![f64::NAN; point.density.values.len()];
            return ParameterGradient { values: nothing.clone(), errors: nothing };
        }
        gradient.clone()
    }
}

/// Names of what is differentiated, moments apart: the log-likelihood, and curves at their times.
pub(super) fn names(asked: &Asked) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(asked.likelihood.iter().filter(|query| query.gradient).map(|_| "loglik".to_owned()));
    for curve in Curve::ALL.into_iter().filter(|_| asked.gradient) {
        let times = asked.distribution.curve(curve).map_or(&[][..], |times| &times.0);
        names.extend(times.iter().map(|time| format!("{}({})", curve.name(), real(*time))));
    }
    names
}

/// Derivatives in the order of [`names`].
pub(super) fn values(found: &Found) -> impl Iterator<Item = ParameterGradient> {
    let likelihood = found.likelihood.iter().map(|found| ParameterGradient {
        values: found.gradient.clone(),
        errors: found.gradient_errors.clone(),
    });
    let curves = Curve::ALL.into_iter().zip(&found.gradients);
    let curves = curves.flat_map(|(curve, points)| points.iter().map(move |point| curve.gradient(point)));
    likelihood.filter(|gradient| !gradient.values.is_empty()).chain(curves)
}

/// The tables: log-likelihoods, and derivatives.
pub(super) fn tables(rows: &[(Vec<f64>, Found)], asked: &Asked, page: Page) -> Vec<String> {
    let mut texts = Vec::new();
    if asked.likelihood.is_some() {
        let mut cells = vec![["theta", "log-likelihood", "error at most"].map(str::to_owned).to_vec()];
        for (theta, found) in rows {
            if let Some(found) = &found.likelihood {
                cells.push(vec![list(theta), shown(found.value), format!("{:.1e}", found.error_bound)]);
            }
        }
        texts.push(page.table(cells));
    }
    let names = names(asked);
    let each = rows.iter().flat_map(|(theta, found)| {
        names.iter().zip(values(found)).map(move |(name, gradient)| (&theta[..], name.as_str(), gradient))
    });
    texts.extend(page.derivatives(each));
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::eval::distribution::Distributed;
    use crate::commands::eval::points::point;
    use crate::commands::times::Times;
    use sojourn_engine::density::Point;

    #[test]
    fn a_survival_function_falls_as_its_cdf_rises() {
        let gradient =
            |values: &[f64]| ParameterGradient { values: values.to_vec(), errors: vec![1e-12; values.len()] };
        let point = PointGradient {
            point: Point { hazard: Some(0.5), ..point(1.0, 0.25, 0.5) },
            density: gradient(&[2.0]),
            cdf: gradient(&[0.5, 0.0]),
            hazard: gradient(&[4.5]),
            log_density: gradient(&[8.0]),
            log_survival: gradient(&[-1.0]),
        };
        assert_eq!(Curve::Survival.gradient(&point).values, [-0.5, 0.0]);
        assert_eq!(Curve::Cdf.gradient(&point).values, [0.5, 0.0]);
        assert_eq!(Curve::Pdf.gradient(&point).values, [2.0]);
        assert_eq!(Curve::Hazard.gradient(&point).values, [4.5]);
        assert_eq!(Curve::LogPdf.gradient(&point).values, [8.0]);
        let nothing = Point { survival: 0.0, hazard: None, ..point.point };
        let nothing = PointGradient { point: nothing, hazard: gradient(&[]), ..point };
        assert!(Curve::Hazard.gradient(&nothing).values[0].is_nan(), "a column of its own all the same");
    }

    #[test]
    fn there_is_a_name_for_each_derivative_and_none_without_gradients() {
        let distribution = Distributed {
            pdf: Some(Times(vec![1.0, 2.0])),
            survival: Some(Times(vec![3.0])),
            hazard: Some(Times(vec![4.0])),
            ..Distributed::default()
        };
        let asked = Asked { distribution, gradient: true, ..Asked::default() };
        assert_eq!(names(&asked), ["pdf(1)", "pdf(2)", "survival(3)", "hazard(4)"]);
        assert!(names(&Asked { gradient: false, ..asked }).is_empty());
    }
}
