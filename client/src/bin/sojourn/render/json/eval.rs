//! `sojourn eval --json`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use sojourn_engine::density::{ErrorBound, Method, Point};
use sojourn_engine::sample::Trap;

use super::ErrorBody;
use crate::commands::eval::distribution::{Curve, Found};

/// Numbers at one theta: only what was asked for. What is infinite is null.
#[derive(Debug, Default, Serialize)]
pub(crate) struct EvalLine<'a> {
    pub(crate) theta: &'a [f64],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) moments: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_reward: Option<OneOrMore<&'a f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reward_moments: Option<OneOrMore<&'a [f64]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) covariance: Option<&'a [Vec<f64>]>,
    /// Bounds on the absolute errors of these: null where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) covariance_error_bound: Option<&'a [Vec<f64>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gradient: Option<GradientLine<'a>>,
    /// Bounds on the absolute errors of the derivatives, in the same form; null where nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gradient_error_bound: Option<GradientLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) loglik: Option<f64>,
    /// Bound on the absolute error of the log-likelihood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) loglik_error_bound: Option<f64>,
    /// Each curve at its times, and behind it the bounds on its errors.
    #[serde(flatten)]
    pub(crate) curves: NamedLists<Vec<(f64, Option<f64>)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quantile: Option<Vec<(f64, f64)>>,
    /// Of each quantile how far its cdf may be from the probability, and how far off the time may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quantile_error_bound: Option<Vec<(f64, f64)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) laplace: Option<Vec<(f64, f64)>>,
    /// By row of the graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state_probabilities: Option<Vec<(f64, &'a [f64])>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) occupancy: Option<OccupancyLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) residence: Option<ResidenceLine<'a>>,
    /// State of each row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) states: Option<&'a [Vec<i32>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) samples: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reward_samples: Option<OneOrMore<&'a [f64]>>,
    /// Classes that samples ended in for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) traps: Option<Vec<TrapLine<'a>>>,
    /// The reward that took the place of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transform: Option<&'a str>,
    pub(crate) mass_at_zero: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<MethodLine>,
    /// The UUID of the GPU that computed it, or `cpu`.
    pub(crate) device: Cow<'static, str>,
}

/// Expected times by row of the graph.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum OccupancyLine<'a> {
    UntilAbsorption(&'a [f64]),
    Until(Vec<(f64, &'a [f64])>),
}

/// Derivatives, a number for each parameter; of what was asked for.
#[derive(Debug, Default, Serialize)]
pub(crate) struct GradientLine<'a> {
    /// Of `E[T]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mean: Option<&'a [f64]>,
    /// Of each moment, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) moments: Option<&'a [Vec<f64>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_reward: Option<OneOrMore<&'a [f64]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reward_moments: Option<OneOrMore<&'a [Vec<f64>]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) loglik: Option<&'a [f64]>,
    /// Of each curve at its times. Nulls of a hazard where nothing is left, and of the logarithm of zero.
    #[serde(flatten)]
    pub(crate) curves: NamedLists<Vec<(f64, Vec<f64>)>>,
}

/// Entries of an object in their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedLists<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for NamedLists<T> {
    fn default() -> NamedLists<T> {
        NamedLists(Vec::new())
    }
}

impl<T: Serialize> Serialize for NamedLists<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, list)| (name, list)))
    }
}

/// Expected times, and numbers of visits, by row of the graph.
#[derive(Debug, Serialize)]
pub(crate) struct ResidenceLine<'a> {
    pub(crate) times: &'a [f64],
    pub(crate) visits: &'a [f64],
}

/// A class that is never left, and how many samples ended there.
#[derive(Debug, Serialize)]
pub(crate) struct TrapLine<'a> {
    pub(crate) class: &'a [u32],
    pub(crate) samples: usize,
}

impl TrapLine<'_> {
    /// As it was found.
    pub(crate) fn of(trap: &Trap) -> TrapLine<'_> {
        TrapLine { class: &trap.class, samples: trap.samples }
    }
}

/// How curves were computed, and the largest of the bounds on their errors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MethodLine {
    #[serde(flatten)]
    pub(crate) curves: CurveMethods,
    pub(crate) error_bound: f64,
    /// `relative`, `absolute` or `mixed`.
    pub(crate) error_bound_kind: &'static str,
}

/// The methods of each curve of which there are points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CurveMethods(pub(crate) Vec<(Curve, String)>);

impl Serialize for CurveMethods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(curve, methods)| (curve.name(), methods)))
    }
}

impl MethodLine {
    /// Returns the line of curves of which there are any.
    pub(crate) fn of(found: &Found) -> Option<MethodLine> {
        let bounds = || found.curves.iter().flatten().map(|point| point.error_bound);
        let error_bound = bounds().map(ErrorBound::number).reduce(f64::max)?;
        let absolute = bounds().filter(|bound| matches!(bound, ErrorBound::Absolute(_))).count();
        let error_bound_kind = match absolute {
            0 => "relative",
            count if count == bounds().count() => "absolute",
            _ => "mixed",
        };
        let of = |curve: Curve| Some((curve, methods(found.curve(curve))?));
        let curves = CurveMethods(Curve::ALL.into_iter().filter_map(of).collect());
        Some(MethodLine { curves, error_bound, error_bound_kind })
    }
}

/// The methods of points: several, where early times and late ones take different ones, joined by `+`.
fn methods(points: &[Point]) -> Option<String> {
    let name = |point: &Point| match point.method {
        Method::Powers => "powers",
        Method::Uniformisation => "uniformisation",
        Method::Stationary => "stationary",
        Method::Doubling => "doubling",
        Method::Contour => "contour",
    };
    let names: BTreeSet<&str> = points.iter().map(name).collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join("+"))
}

/// A theta that failed.
#[derive(Debug, Serialize)]
pub(crate) struct FailedTheta<'a> {
    pub(crate) theta: &'a [f64],
    pub(crate) error: ErrorBody<'a>,
}

/// A single value as itself, several as a list.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> FromIterator<T> for OneOrMore<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> OneOrMore<T> {
        let mut values: Vec<T> = values.into_iter().collect();
        match values.pop() {
            Some(value) if values.is_empty() => OneOrMore::One(value),
            last => {
                values.extend(last);
                OneOrMore::More(values)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::eval::points;

    fn text(object: &impl Serialize) -> String {
        serde_json::to_string(object).unwrap()
    }

    fn point(time: f64, method: Method, bound: f64) -> Point {
        let error_bound = match method {
            Method::Contour => ErrorBound::Absolute(bound),
            _ => ErrorBound::Relative(bound),
        };
        Point { method, error_bound, ..points::point(time, 0.25, 0.5) }
    }

    fn found([pdf, cdf]: [Vec<Point>; 2]) -> Found {
        Found { curves: [pdf, cdf, vec![], vec![], vec![], vec![]], ..Found::default() }
    }

    #[test]
    fn an_evaluation_has_only_what_was_asked_for() {
        let moments = [1.0 / 3.0];
        let line = EvalLine {
            theta: &[0.1, 2.0],
            moments: Some(&moments),
            device: "cpu".into(),
            ..EvalLine::default()
        };
        assert_eq!(
            text(&line),
            r#"{"theta":[0.1,2.0],"moments":[0.3333333333333333],"mass_at_zero":0.0,"device":"cpu"}"#
        );
    }

    #[test]
    fn a_distribution_has_its_names_in_their_order_and_null_for_what_is_infinite() {
        let states = [vec![0], vec![1]];
        let line = EvalLine {
            curves: NamedLists(vec![
                ("pdf".to_owned(), vec![(1.0, Some(0.25))]),
                ("cdf".to_owned(), vec![(1.0, Some(0.5))]),
                ("hazard".to_owned(), vec![(9.0, None)]),
            ]),
            quantile: Some(vec![(0.5, 1.0), (1.0, f64::INFINITY)]),
            quantile_error_bound: Some(vec![(1e-12, 2e-12), (0.0, 0.0)]),
            state_probabilities: Some(vec![(1.0, &[0.0, 0.5])]),
            occupancy: Some(OccupancyLine::UntilAbsorption(&[0.0, f64::INFINITY])),
            states: Some(&states),
            method: MethodLine::of(&found([vec![point(1.0, Method::Uniformisation, 1e-12)], vec![]])),
            device: "cpu".into(),
            ..EvalLine::default()
        };
        assert_eq!(
            text(&line),
            "{\"theta\":[],\"pdf\":[[1.0,0.25]],\"cdf\":[[1.0,0.5]],\"hazard\":[[9.0,null]],\"quantile\":[[0.5,1.0],[1.0,null]],\
             \"quantile_error_bound\":[[1e-12,2e-12],[0.0,0.0]],\
             \"state_probabilities\":[[1.0,[0.0,0.5]]],\"occupancy\":[0.0,null],\"states\":[[0],[1]],\
             \"mass_at_zero\":0.0,\"method\":{\"pdf\":\"uniformisation\",\"error_bound\":1e-12,\"error_bound_kind\":\"relative\"},\"device\":\"cpu\"}"
        );
        let until = OccupancyLine::Until(vec![(2.0, &[0.0, 1.5])]);
        assert_eq!(text(&until), "[[2.0,[0.0,1.5]]]");
    }

    #[test]
    fn a_method_names_all_that_were_used_and_the_largest_bound() {
        let pdf = [point(1.0, Method::Uniformisation, 1e-12), point(9.0, Method::Doubling, 1e-10)];
        let cdf = pdf[..1].to_vec();
        let found = MethodLine::of(&found([pdf.to_vec(), cdf])).unwrap();
        let methods = [(Curve::Pdf, "doubling+uniformisation"), (Curve::Cdf, "uniformisation")];
        assert_eq!(found.curves.0, methods.map(|(curve, text)| (curve, text.to_owned())));
        assert_eq!((found.error_bound, found.error_bound_kind), (1e-10, "relative"));
        assert_eq!(MethodLine::of(&Found::default()), None);
    }

    #[test]
    fn one_reward_is_a_number_and_several_are_a_list() {
        let one: OneOrMore<&f64> = [1.5].iter().collect();
        let two: OneOrMore<&f64> = [1.5, 2.5].iter().collect();
        let none: OneOrMore<&f64> = [].iter().collect();
        assert_eq!((text(&one), text(&two), text(&none)), ("1.5".into(), "[1.5,2.5]".into(), "[]".into()));
    }
}
