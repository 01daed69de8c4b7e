use super::*;
use crate::replay::{Initial, all_edges};
use crate::{Chain, GraphBuilder, Kind, Weight};

/// Two parameters, three vertices, and a start that leads to two of them and to absorption. Two edges share a
/// weight with a start edge.
fn trace() -> Trace {
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..5).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    let linear = |base, coefficients| Weight::Linear { base, coefficients };
    builder.start_edge(1, linear(0.25, &[1.0, 0.0])).unwrap();
    builder.start_edge(2, linear(0.0, &[2.0, 0.5])).unwrap();
    builder.start_edge(4, linear(1.5, &[0.0, 3.0])).unwrap();
    builder.edge(1, 2, linear(0.25, &[1.0, 0.0])).unwrap();
    builder.edge(2, 1, linear(0.0, &[1.0, -1.0])).unwrap();
    builder.edge(2, 3, linear(0.25, &[1.0, 0.0])).unwrap();
    builder.edge(3, 4, Weight::Constant(7.0)).unwrap();
    Trace::record(&Chain::new(&builder.finish().unwrap())).unwrap()
}

/// A number that is linear in the initial probabilities: x by row, and `at_zero`.
fn number(trace: &Trace, theta: &[f64], by_row: &[f64], at_zero: f64) -> f64 {
    let rates = Rates::new(trace, theta).unwrap();
    let initial = Initial::new(trace, &rates).unwrap();
    let by_position: Vec<f64> = trace.position_rows.iter().map(|&row| by_row[row as usize]).collect();
    initial.dot(&by_position) + initial.mass_at_zero * at_zero
}

#[test]
fn initial_probabilities_have_the_exact_slope_of_a_quotient_of_linear_forms() {
    let trace = trace();
    let (theta, by_row, at_zero) = ([2.5, 1.25], [0.0, 3.0, -2.0, 11.0, 0.0], 5.0);
    let rates = Rates::new(&trace, &theta).unwrap();
    let by_position: Vec<f64> = trace.position_rows.iter().map(|&row| by_row[row as usize]).collect();
    let mut sensitivity = Sensitivity::new(&trace);
    sensitivity.add_initial(&trace, &rates, &by_position, at_zero);
    let gradient = sensitivity.by_theta(&trace, &rates);
    let sum = |theta: &[f64]| 0.25 + theta[0] + 2.0 * theta[0] + 0.5 * theta[1] + 1.5 + 3.0 * theta[1];
    for (k, found) in gradient.iter().enumerate() {
        let mut moved = theta;
        moved[k] += 0.75;
        // Of p / q with linear p and q, the quotient of differences is the slope times q / moved q, exactly.
        let difference = number(&trace, &moved, &by_row, at_zero) - number(&trace, &theta, &by_row, at_zero);
        let expected = difference / 0.75 * (sum(&moved) / sum(&theta));
        assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{k}: {found}, not {expected}");
    }
}

#[test]
fn every_edge_of_a_weight_counts_also_one_that_vanishes_here() {
    let trace = trace();
    // A number that is linear in the rates: the slope is the difference, whatever its width.
    let factor = |from: u32, to: u32| f64::from(3 * from) + if to == ABSORBED { 0.5 } else { f64::from(to) };
    let number = |theta: &[f64]| -> f64 {
        let rates = Rates::new(&trace, theta).unwrap();
        all_edges(&trace).map(|(from, to, weight)| factor(from, to) * rates.of(weight)).sum()
    };
    let mut sensitivity = Sensitivity::new(&trace);
    all_edges(&trace).for_each(|(from, to, weight)| sensitivity.add(weight, factor(from, to)));
    let gradient = sensitivity.by_theta(&trace, &Rates::new(&trace, &[1.5, 1.5]).unwrap());
    // At equal parameters the weight theta0 - theta1 is zero; differences are taken towards where it is positive.
    let difference = [number(&[2.5, 1.5]) - number(&[1.5, 1.5]), number(&[1.5, 1.5]) - number(&[1.5, 0.5])];
    for (found, expected) in gradient.iter().zip(difference) {
        assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{found}, not {expected}");
    }
}

#[test]
fn an_infinite_derivative_of_what_does_not_depend_on_theta_is_left_out() {
    let trace = trace();
    let mut sensitivity = Sensitivity::new(&trace);
    let constant = all_edges(&trace).find(|e| trace.weights.base(e.2) == 7.0).unwrap();
    sensitivity.add(constant.2, f64::INFINITY);
    let rates = Rates::new(&trace, &[1.5, 1.5]).unwrap();
    assert_eq!(sensitivity.by_theta(&trace, &rates), [0.0, 0.0]);
}
