//! Rows that are never left: their only edges are self-loops, or zero for every theta. They are not absorbing, in
//! no part of the engine, and a dense method that knows nothing of traces finds the same.

use proptest::prelude::*;
use sojourn_engine::density::DistributionQuery;
use sojourn_engine::formats::{self, matrix, phasic};
use sojourn_engine::{
    Chain, EvaluateError, Event, Graph, GraphBuilder, Kind, Observation, Observations, Query, SampleQuery,
    Trace, TransformError, Weight,
};

const SELF_LOOP_ROW: &str = r#"{"states":[[0],[1],[2],[3]],"edges":[[1,2,1.0],[1,3,1.0],[2,2,5.0]],"start_edges":[[1,1.0]],"param_edges":[],"start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":4}"#;

fn recorded(graph: &Graph) -> Trace {
    let chain = Chain::new(graph);
    assert_eq!(Chain::decode(&chain.encode()).unwrap(), chain);
    let trace = Trace::record(&chain).unwrap();
    assert_eq!(Trace::decode(&trace.encode()).unwrap(), trace);
    trace
}

fn cdf(trace: &Trace, times: &[f64]) -> Vec<f64> {
    let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
    trace.distribution(&[], &query).unwrap().points.iter().map(|point| point.cdf).collect()
}

/// An edge (row left, 0 being the start; row entered; weight).
type PlainEdge = (u32, u32, f64);

fn graph(kind: Kind, rows: u32, edges: &[PlainEdge]) -> Graph {
    let mut builder = GraphBuilder::new(kind, 0, 0).unwrap();
    (0..rows).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
    for &(from, to, weight) in edges {
        match from {
            0 => builder.start_edge(to, Weight::Constant(weight)).unwrap(),
            _ => builder.edge(from, to, Weight::Constant(weight)).unwrap(),
        }
    }
    builder.finish().unwrap()
}

#[test]
fn a_row_with_a_self_loop_alone_or_a_zero_alone_is_never_left() {
    let zero = SELF_LOOP_ROW.replace("[2,2,5.0]", "[2,3,0.0]");
    let discrete = SELF_LOOP_ROW.replace("[1,2,1.0],[1,3,1.0],[2,2,5.0]", "[1,2,0.5],[1,3,0.5],[2,2,0.5]");
    for (text, counts) in [(SELF_LOOP_ROW, false), (&zero, false), (&discrete, true)] {
        let trace = recorded(&formats::read_json(text.as_bytes(), counts).unwrap());
        let infinite = trace.evaluate(&[], &Query { moments: 1, ..Query::default() }).unwrap_err();
        assert!(
            matches!(&infinite, EvaluateError::Infinite { class, probability, .. } if class == &[2] && *probability == 0.5),
            "{infinite}"
        );
        let far = cdf(&trace, &[0.0, 100.0])[1];
        assert!((far - 0.5).abs() < 1e-12, "{text}: {far}");
        assert_eq!(trace.occupancies(&[]).unwrap()[2], f64::INFINITY);
        let samples =
            trace.sample(&[], &SampleQuery { count: 200, seed: 3, ..SampleQuery::default() }, 1).unwrap();
        assert_eq!(samples.traps.iter().map(|trap| trap.class.clone()).collect::<Vec<_>>(), [[2]]);
        assert!((60..140).contains(&samples.traps[0].samples));
    }
}

#[test]
fn a_row_without_any_edge_is_absorbing() {
    let text = SELF_LOOP_ROW.replace(",[2,2,5.0]", "");
    let trace = recorded(&formats::read_json(text.as_bytes(), false).unwrap());
    let mean = trace.evaluate(&[], &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
    assert_eq!(mean, 0.5);
}

#[test]
fn a_reward_that_is_earned_for_ever_takes_the_place_of_time() {
    let trace = recorded(&formats::read_json(SELF_LOOP_ROW.as_bytes(), false).unwrap());
    // Earned in rows 1 and 2: never ends with probability 1/2. Earned in row 1 alone: exponential of rate 2.
    let for_ever = trace.transformed_at(&[], &[0.0, 2.0, 1.0, 0.0]).unwrap();
    assert!((cdf(&for_ever, &[100.0])[0] - 0.5).abs() < 1e-12);
    let ends: Result<Trace, TransformError> = trace.transformed_at(&[], &[0.0, 1.0, 0.0, 0.0]);
    assert!((cdf(&ends.unwrap(), &[1.0])[0] - (1.0 - f64::exp(-2.0))).abs() < 1e-12);
}

#[test]
fn an_immune_phase_is_never_absorbed() {
    let text = br#"{"alpha":[0.7,0.3],"S":[[-1,0],[0,0]],"exit":[1,0]}"#;
    let immune = matrix::read_json(text, false).unwrap();
    let found = cdf(&recorded(&immune), &[0.0, 1.0, 100.0]);
    for (found, expected) in found.iter().zip([0.0, 0.442_484_391_18, 0.7]) {
        assert!((found - expected).abs() < 1e-11, "{found}");
    }
    let steps = br#"{"alpha":[0.7,0.3],"S":[[0.5,0],[0,1]],"exit":[0.5,0],"discrete":true}"#;
    let steps = matrix::read_json(steps, false).unwrap();
    let found = cdf(&recorded(&steps), &[0.0, 1.0, 100.0]);
    for (found, expected) in found.iter().zip([0.0, 0.35, 0.7]) {
        assert!((found - expected).abs() < 1e-12, "{found}");
    }
    // Neither form forgets it.
    for graph in [immune, steps] {
        let text = matrix::write_json(&graph, &[]).unwrap();
        assert_eq!(matrix::read_json(text.as_bytes(), false).unwrap(), graph, "{text}");
        let text = phasic::write_json(&graph, phasic::Layout::New).unwrap();
        assert_eq!(formats::read_json(text.as_bytes(), false).unwrap(), graph, "{text}");
    }
}

#[test]
fn likelihoods_and_their_gradients_know_rows_that_are_never_left() {
    // Row 1 leads to row 2 at theta 0 and is absorbed at theta 1; row 2 leads to itself alone.
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..4).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for (from, to, coefficients) in [(1, 2, [1.0, 0.0]), (1, 3, [0.0, 1.0]), (2, 2, [1.0, 1.0])] {
        builder.edge(from, to, Weight::Linear { base: 0.0, coefficients: &coefficients }).unwrap();
    }
    let trace = recorded(&builder.finish().unwrap());
    let (a, b, t) = (0.3, 0.7, 1.25_f64);
    let found = |event| {
        let observations = Observations::new([Observation::once(event)]).unwrap();
        trace.log_likelihood_gradient(&[a, b], &observations).unwrap()
    };
    let near =
        |found: f64, expected: f64| assert!((found - expected).abs() < 1e-11, "{found}, not {expected}");
    let exact = found(Event::At(t));
    near(exact.value, b.ln() - (a + b) * t);
    near(exact.gradient[0], -t);
    near(exact.gradient[1], 1.0 / b - t);
    // Survival is (a + b e^-(a+b)t) / (a + b).
    let left = f64::exp(-(a + b) * t);
    let survival = (a + b * left) / (a + b);
    let later = found(Event::After(t));
    near(later.value, survival.ln());
    near(later.gradient[0], ((1.0 - b * t * left) / (a + b) - survival / (a + b)) / survival);
    near(later.gradient[1], ((left - b * t * left) / (a + b) - survival / (a + b)) / survival);
}

/// The probability of absorption by each of the times, by powers of a dense matrix: of the probabilities of steps,
/// or of exp(Q t) by its series on a short time, squared.
fn dense_cdf(kind: Kind, rows: usize, edges: &[PlainEdge], times: &[f64]) -> Vec<f64> {
    let mut q = vec![vec![0.0; rows]; rows];
    let mut start = vec![0.0; rows];
    let mut absorbing = vec![true; rows];
    for &(from, to, weight) in edges {
        match from {
            0 => start[to as usize] += weight,
            _ => {
                absorbing[from as usize] = false;
                if from != to {
                    q[from as usize][to as usize] += weight;
                    q[from as usize][from as usize] -= weight;
                }
            }
        }
    }
    let total: f64 = start.iter().sum();
    let multiply = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let entry = |i: usize, j: usize| (0..rows).map(|k| a[i][k] * b[k][j]).sum();
        (0..rows).map(|i| (0..rows).map(|j| entry(i, j)).collect()).collect()
    };
    let identity: Vec<Vec<f64>> =
        (0..rows).map(|i| (0..rows).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let scaled = |m: &[Vec<f64>], by: f64| -> Vec<Vec<f64>> {
        m.iter().map(|row| row.iter().map(|v| v * by).collect()).collect()
    };
    let sum = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        a.iter().zip(b).map(|(x, y)| x.iter().zip(y).map(|(x, y)| x + y).collect()).collect()
    };
    let reached_by = |time: f64| {
        let transition = match kind {
            Kind::Discrete => {
                let step = sum(&identity, &q);
                (0..time as usize).fold(identity.clone(), |power, _| multiply(&power, &step))
            }
            Kind::Continuous => {
                const HALVINGS: i32 = 14;
                let short = scaled(&q, time / f64::powi(2.0, HALVINGS));
                let (mut exponential, mut term) = (identity.clone(), identity.clone());
                for k in 1..12 {
                    term = scaled(&multiply(&term, &short), 1.0 / f64::from(k));
                    exponential = sum(&exponential, &term);
                }
                (0..HALVINGS).fold(exponential, |power, _| multiply(&power, &power))
            }
        };
        let ends =
            |from: usize| (0..rows).filter(|&to| absorbing[to]).map(|to| transition[from][to]).sum::<f64>();
        (0..rows).map(|from| start[from] / total * ends(from)).sum()
    };
    times.iter().map(|&time| reached_by(time)).collect()
}

/// Graphs in which rows of each sort are frequent: without edges, with self-loops, with zeros, with ways out.
fn graphs() -> impl Strategy<Value = (Kind, usize, Vec<PlainEdge>)> {
    (any::<bool>(), 3_usize..9).prop_flat_map(|(discrete, rows)| {
        let row = |from: u32| {
            let ways = proptest::collection::vec((1..rows as u32, 0_u8..4), 1..4);
            prop_oneof![
                2 => Just(Vec::new()),
                1 => Just(vec![(from, from, 1.0)]),
                1 => Just(vec![(from, 1, 0.0)]),
                1 => Just(vec![(from, from, 0.5), (from, rows as u32 - 1, 0.0)]),
                4 => ways.prop_map(move |ways| {
                    let scale = if discrete { 1.0 / 16.0 } else { 1.0 };
                    ways.into_iter().map(|(to, w)| (from, to, f64::from(w) * scale)).collect()
                }),
            ]
        };
        let edges: Vec<_> = (1..rows as u32).map(row).collect();
        let start = proptest::collection::vec((Just(0_u32), 1..rows as u32, 1_u8..4), 1..3);
        let kind = if discrete { Kind::Discrete } else { Kind::Continuous };
        (edges, start).prop_map(move |(edges, start)| {
            let start = start.into_iter().map(|(from, to, w)| (from, to, f64::from(w)));
            (kind, rows, start.chain(edges.into_iter().flatten()).collect())
        })
    })
}

proptest! {
    #[test]
    fn a_dense_method_finds_the_same_where_rows_are_never_left((kind, rows, edges) in graphs()) {
        let times = [0.0, 1.0, 3.0, 20.0];
        let trace = recorded(&graph(kind, rows as u32, &edges));
        let (found, expected) = (cdf(&trace, &times), dense_cdf(kind, rows, &edges, &times));
        for ((found, expected), time) in found.iter().zip(&expected).zip(times) {
            prop_assert!((found - expected).abs() < 1e-10, "cdf({time}): {found}, dense {expected}");
        }
        // All is absorbed in the end, or the mean is infinite.
        let limit = dense_cdf(kind, rows, &edges, &[4096.0])[0];
        match trace.evaluate(&[], &Query { moments: 1, ..Query::default() }) {
            Ok(_) => prop_assert!(limit > 0.999, "absorbed: {limit}"),
            Err(EvaluateError::Infinite { probability, .. }) => prop_assert!(limit <= 1.0 - probability + 1e-9),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
