//! Many parameter vectors at a time give the bits of one by one.

use sojourn_engine::{Chain, EvaluateError, Numbers, Query, Trace, formats};

use crate::support::fixture;

/// Vectors around a centre, no two alike.
fn around(centre: &[f64], count: usize) -> Vec<Vec<f64>> {
    let at = |i: usize, k: usize, t: f64| t * (1.0 + 0.37 * ((i * 7 + k * 3) % 11) as f64 / 11.0);
    (0..count).map(|i| centre.iter().enumerate().map(|(k, &t)| at(i, k, t)).collect()).collect()
}

fn bits(numbers: &Result<Numbers, EvaluateError>) -> Vec<u64> {
    let Ok(n) = numbers else { return Vec::new() };
    let gradient = n.gradient.iter().chain(&n.gradient_error_bound).flat_map(|g| {
        let all = g.moments.iter().chain(&g.expected_reward).chain(g.reward_moments.iter().flatten());
        all.flatten().copied().collect::<Vec<f64>>()
    });
    let covariance = n.covariance.iter().chain(&n.covariance_error_bound).flatten().flatten().copied();
    let numbers =
        n.moments.iter().chain(&n.expected_reward).chain(n.reward_moments.iter().flatten()).copied();
    numbers.chain(covariance).chain(gradient).chain([n.mass_at_zero]).map(f64::to_bits).collect()
}

#[test]
fn every_way_to_share_a_tile_gives_the_same_bits() {
    let cases: [(&str, bool, &[f64]); 8] = [
        ("toy", false, &[1.5, 0.3, 2.5, 0.9]),
        ("kingman_20", false, &[1.0]),
        ("islandsfs_6", false, &[2.0, 0.5]),
        ("arg_10", false, &[1.0, 0.5]),
        ("tandem_10", false, &[1.0, 2.0, 2.5]),
        ("mm1_1000", false, &[0.9, 1.0]),
        ("random_1000", false, &[3.0, 0.5, 0.1]),
        ("rabbits_10", true, &[0.01, 0.005, 0.002]),
    ];
    for (name, discrete, centre) in cases {
        let graph = formats::read_json(&fixture(name), discrete).unwrap();
        let trace = Trace::record(&Chain::new(&graph)).unwrap();
        let rewards = (1..3).map(|m| (0..graph.vertices()).map(|v| (v % 5 * m) as f64).collect()).collect();
        let query = Query { moments: 3, rewards, reward_moments: 2, covariance: true, gradient: true };
        let mean = Query { moments: 1, ..Query::default() };
        let thetas = around(centre, if name == "random_1000" { 11 } else { 45 });
        for query in [&mean, &query] {
            let alone: Vec<_> = thetas.iter().map(|theta| trace.evaluate(theta, query)).collect();
            assert!(alone.iter().all(Result::is_ok), "{name}");
            for count in [1, 2, 3, 8, 9, 11, 45] {
                let mut seen = 0;
                trace.replay(query).unwrap().each(&thetas[..count.min(thetas.len())], |at, numbers| {
                    assert_eq!(at, seen);
                    seen += 1;
                    let numbers = numbers.cloned();
                    assert_eq!(bits(&numbers), bits(&alone[at]), "{name}, {count} vectors, number {at}");
                });
                assert_eq!(seen, count.min(thetas.len()));
            }
        }
    }
}

#[test]
fn a_vector_that_fails_leaves_the_others_of_its_tile_alone() {
    let graph = formats::read_json(&fixture("toy"), false).unwrap();
    let trace = Trace::record(&Chain::new(&graph)).unwrap();
    let query = Query { moments: 2, ..Query::default() };
    let mut thetas = around(&[1.5, 0.3, 2.5, 0.9], 14);
    thetas[3] = vec![1.0];
    thetas[5][0] = -1.0;
    thetas[7][2] = f64::NAN;
    thetas[9] = vec![0.0; 4];
    trace.replay(&query).unwrap().each(&thetas, |at, numbers| {
        let alone = trace.evaluate(&thetas[at], &query);
        match [3, 5, 7, 9].contains(&at) {
            true => assert_eq!(numbers.unwrap_err().kind(), alone.unwrap_err().kind(), "{at}"),
            false => assert_eq!(bits(&numbers.cloned()), bits(&alone), "{at}"),
        }
    });
}
