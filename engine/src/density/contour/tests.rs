//! Bounds against true values, and what is refused. Tests go to the contour itself: chains that are small enough to be
//! squared or swept never come here otherwise, and are the ones whose values are known.

mod families;
#[path = "../../../tests/support/precise/mod.rs"]
mod precise;
mod random;

use super::{ContourGradient, ContourRefusal, ContourSolver, ContourValues};
use crate::chain::Chain;
use crate::graph::{Graph, GraphBuilder, Kind, Weight};
use crate::models;
use crate::replay::Rates;
use crate::trace::Trace;

/// A trace of constant weights: rows are numbered from the start, row 0.
fn chain(rows: u32, start: &[(u32, f64)], edges: &[(u32, u32, f64)]) -> Trace {
    let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
    (0..rows).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    start.iter().for_each(|&(to, w)| builder.start_edge(to, Weight::Constant(w)).unwrap());
    edges.iter().for_each(|&(a, b, w)| builder.edge(a, b, Weight::Constant(w)).unwrap());
    recorded(&builder.finish().unwrap())
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

fn model(spec: &str) -> Trace {
    recorded(&models::build(spec).unwrap())
}

/// What the contour alone says of a time.
fn by_contour(trace: &Trace, theta: &[f64], time: f64) -> Result<ContourValues, ContourRefusal> {
    let rates = Rates::new(trace, theta).unwrap();
    ContourSolver::new(trace, &rates).values(time)
}

/// Its derivatives.
fn slopes_by_contour(trace: &Trace, theta: &[f64], time: f64) -> Result<ContourGradient, ContourRefusal> {
    let rates = Rates::new(trace, theta).unwrap();
    ContourSolver::new(trace, &rates).gradient(theta, time)
}

#[test]
fn a_slow_ring_behind_a_fast_vertex_is_answered_within_its_bound_or_refused() {
    // Computed with forty digits; two sums of fewer nodes agreed to 3e-12 on numbers off by a factor of five.
    let mut edges = vec![(1, 2, 1e7)];
    edges.extend((2..=300).map(|v| (v, v + 1, 1.0)));
    edges.extend([(301, 302, 0.5), (301, 2, 0.5)]);
    let trace = chain(303, &[(1, 1.0)], &edges);
    let known = [
        (2000.0, 6.10918338645669e-6, 0.0155192986491625),
        (3000.0, 7.11275220835313e-6, 0.00146247277030859),
    ];
    for (time, density, survival) in known {
        let found = by_contour(&trace, &[], time).unwrap();
        assert!((found.survival - survival).abs() <= found.survival_error + 1e-14 * survival, "{found:?}");
        assert!((found.density - density).abs() <= found.density_error + 1e-14 * density, "{found:?}");
        assert!(found.survival_error < 1e-10, "{found:?}");
    }
}

#[test]
fn the_sector_of_a_ring_is_that_of_its_circulant_matrix() {
    // The eigenvalues of n equal vertices in a ring are 1 - e^{2 pi i k / n}, whose arguments go up to pi / 2 - pi / n; the
    // form of the sector is off by the shift and what leaves alone.
    for n in [5, 50, 400] {
        let mut edges: Vec<(u32, u32, f64)> = (1..n).map(|v| (v, v + 1, 1.0)).collect();
        edges.extend([(n, 1, 1.0), (n, n + 1, 1e-9)]);
        let trace = chain(n + 2, &[(1, 1.0)], &edges);
        let rates = Rates::new(&trace, &[]).unwrap();
        let mut solver = ContourSolver::new(&trace, &rates);
        let octave = solver.prepare(1e7);
        let found = solver.certificates[&octave].as_ref().map(|certificate| certificate.sector.angle);
        let expected = std::f64::consts::PI / f64::from(n);
        assert!(
            found.is_ok_and(|angle| (0.9 * expected..1.0001 * expected).contains(&angle)),
            "{n}: {found:?}"
        );
    }
}

#[test]
fn mass_in_traps_stays_and_vertices_that_are_never_entered_count_nothing() {
    // From 1 to a pair that goes round for ever, three times as likely as to absorption; 5 is entered at another theta.
    let edges = [(1, 2, 3.0), (2, 3, 5.0), (3, 2, 1.0), (1, 6, 1.0), (3, 5, 0.0), (5, 5, 0.0), (5, 6, 1e9)];
    let trace = chain(7, &[(1, 1.0), (4, 1.0)], &edges.map(|e| if e.0 == e.1 { (4, 6, 2.0) } else { e }));
    for time in [0.1, 3.0, 1e3, 1e9] {
        let found = by_contour(&trace, &[], time).unwrap();
        let (slow, fast) = (f64::exp(-4.0 * time), f64::exp(-2.0 * time));
        let survival = (0.75 + 0.25 * slow) / 2.0 + fast / 2.0;
        assert!((found.survival - survival).abs() <= found.survival_error + 1e-16, "{time}: {found:?}");
        assert!(
            (found.density - (slow / 2.0 + fast)).abs() <= found.density_error + 1e-16,
            "{time}: {found:?}"
        );
    }
}

#[test]
fn what_rounding_hides_is_refused_and_not_answered() {
    // Round and round at 1, out once in 1e20: rates of doubles have no sector that rounding would not hide.
    let edges = [(1, 2, 1.0), (2, 3, 1.0), (3, 1, 1.0), (2, 1, 0.5), (3, 4, 1e-20)];
    let trace = chain(5, &[(1, 1.0)], &edges);
    assert_eq!(by_contour(&trace, &[], 1e20), Err(ContourRefusal::Sector));
    let near = by_contour(&trace, &[], 1e10).unwrap();
    assert!((near.survival - 1.0).abs() <= near.survival_error + 1e-9, "{near:?}");
}

#[test]
fn derivatives_of_initial_probabilities_are_those_of_the_formula() {
    // Two exponentials of rates 1 and 2, taken with weights theta and a half for nothing at all.
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..4).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    for (to, coefficients) in [(1, [1.0, 0.0]), (2, [0.0, 1.0])] {
        builder.start_edge(to, Weight::Linear { base: 0.0, coefficients: &coefficients }).unwrap();
        builder.edge(to, 3, Weight::Constant(f64::from(to))).unwrap();
    }
    builder.start_edge(3, Weight::Constant(0.5)).unwrap();
    let trace = recorded(&builder.finish().unwrap());
    let (theta, time) = ([0.75, 1.5], 0.625);
    let all = theta[0] + theta[1] + 0.5;
    let left = [f64::exp(-time), f64::exp(-2.0 * time)];
    let survival = (theta[0] * left[0] + theta[1] * left[1]) / all;
    let density = (theta[0] * left[0] + 2.0 * theta[1] * left[1]) / all;
    let values = by_contour(&trace, &theta, time).unwrap();
    assert!((values.survival - survival).abs() <= values.survival_error + 1e-16, "{values:?}");
    let found = slopes_by_contour(&trace, &theta, time).unwrap();
    for (r, rate) in [1.0, 2.0].into_iter().enumerate() {
        let expected = [(left[r] - survival) / all, (rate * left[r] - density) / all];
        for (found, expected) in [&found.survival, &found.density].into_iter().zip(expected) {
            let off = (found.values[r].to_f64() - expected).abs();
            assert!(off <= found.errors[r].to_f64() + 2e-16, "{r}: {found:?}, not {expected}");
            assert!(found.errors[r].to_f64() < 1e-14, "{found:?}");
        }
    }
}

#[test]
fn a_start_where_the_reversible_measure_is_nothing_is_no_hindrance() {
    // All run at first, which is the rarest of states; and pairs of islands, each with two ends that are.
    for (name, theta) in [("repair,n=500", &[0.1, 1.0][..]), ("islands,n=40", &[1.0, 0.4, 0.7])] {
        let found = by_contour(&model(name), theta, 5.0);
        assert!(found.as_ref().is_ok_and(|found| found.survival_error < 1e-12), "{name}: {found:?}");
    }
}
