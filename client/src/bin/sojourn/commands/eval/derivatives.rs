//! Likelihoods of observations, and derivatives of these and of curves: what people see of them.

use sojourn_engine::density::PointGradient;

use super::Asked;
use super::distribution::{Curve, Found};
use super::layout::{Page, list};
use crate::render::numbers::{real, shown};

impl Curve {
    /// Its derivatives with respect to each parameter; no numbers of a hazard where nothing is left.
    pub(crate) fn gradient(self, point: &PointGradient) -> Vec<f64> {
        match self {
            Curve::Pdf => point.density.clone(),
            Curve::Cdf => point.cdf.clone(),
            Curve::Survival => point.cdf.iter().map(|value| 0.0 - value).collect(),
            Curve::Hazard if point.point.hazard.is_none() => vec![f64::NAN; point.density.len()],
            Curve::Hazard => point.hazard.clone(),
        }
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
pub(super) fn values(found: &Found) -> impl Iterator<Item = Vec<f64>> {
    let likelihood = found.likelihood.iter().map(|found| found.gradient.clone());
    let curves = Curve::ALL.into_iter().zip(&found.gradients);
    let curves = curves.flat_map(|(curve, points)| points.iter().map(move |point| curve.gradient(point)));
    likelihood.filter(|gradient| !gradient.is_empty()).chain(curves)
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
    use crate::commands::times::Times;
    use sojourn_engine::density::{Method, Point};

    #[test]
    fn a_survival_function_falls_as_its_cdf_rises() {
        let point = Point {
            time: 1.0,
            density: 0.25,
            cdf: 0.5,
            survival: 0.5,
            hazard: Some(0.5),
            method: Method::Uniformisation,
            error_bound: 1e-12,
        };
        let point = PointGradient { point, density: vec![2.0], cdf: vec![0.5, 0.0], hazard: vec![4.5] };
        assert_eq!(Curve::Survival.gradient(&point), [-0.5, 0.0]);
        assert_eq!(Curve::Cdf.gradient(&point), [0.5, 0.0]);
        assert_eq!(Curve::Pdf.gradient(&point), [2.0]);
        assert_eq!(Curve::Hazard.gradient(&point), [4.5]);
        let nothing = Point { survival: 0.0, hazard: None, ..point.point };
        let nothing = PointGradient { point: nothing, hazard: Vec::new(), ..point };
        assert!(Curve::Hazard.gradient(&nothing)[0].is_nan(), "a column of its own all the same");
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
