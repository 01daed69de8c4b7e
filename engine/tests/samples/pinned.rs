//! Samples that never change.

use crate::{chain, drawn, model};
use sojourn_engine::{Kind, SampleQuery, Trace};

#[test]
fn the_samples_of_a_seed_are_those_of_every_version() {
    // Computed from the definitions (ChaCha, Ahrens and Dieter) by a program of another language.
    let edges = [(1, 2, 1.5), (2, 1, 0.25), (1, 3, 0.5), (2, 3, 1.0)];
    let continuous = chain(Kind::Continuous, 4, &[(1, 2.0), (2, 1.0)], &edges);
    assert_eq!(
        drawn(&continuous, &[], 4, 1).times,
        [1.205381135555119, 2.1616985605749077, 0.6081435744257956, 0.5226257193445456]
    );
    let edges = [(1, 2, 0.5), (2, 1, 0.25), (2, 3, 0.01)];
    let discrete = chain(Kind::Discrete, 4, &[(1, 1.0), (3, 0.25)], &edges);
    assert_eq!(drawn(&discrete, &[], 6, 2).times, [0.0, 113.0, 0.0, 0.0, 17.0, 242.0]);
}

#[test]
fn a_sample_is_the_same_however_many_are_drawn_on_however_many_threads() {
    let trace = model("arg,n=4");
    let query = |first, count| SampleQuery {
        first,
        count,
        seed: 5,
        rewards: vec![vec![2.0; trace.rows()]],
        ..SampleQuery::default()
    };
    let bits = |query, threads| {
        let samples = trace.sample(&[1.0, 0.5], &query, threads).unwrap();
        let numbers = samples.times.iter().chain(&samples.rewards[0]);
        numbers.map(|t| t.to_bits()).collect::<Vec<u64>>()
    };
    let all = bits(query(0, 1000), 1);
    for threads in [2, 3, 7, 64, 5000] {
        assert_eq!(bits(query(0, 1000), threads), all, "{threads} threads");
    }
    let part = bits(query(400, 50), 2);
    assert_eq!(part[..50], all[400..450]);
    assert_eq!(part[50..], all[1400..1450]);
    assert_eq!(bits(query(0, 0), 2), [0u64; 0]);
}

#[test]
fn other_seeds_and_numbers_give_other_samples() {
    let trace = model("erlang,k=1");
    let mut all: Vec<u64> =
        (0..20).flat_map(|seed| drawn(&trace, &[1.0], 500, seed).times).map(f64::to_bits).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 10_000);
}

#[test]
fn a_trace_read_from_its_bytes_gives_the_samples_of_the_one_recorded() {
    let trace = model("random,n=50,degree=4,seed=1");
    let read = Trace::decode(&trace.encode()).unwrap();
    let theta = [1.0, 2.0, 0.5];
    assert_eq!(drawn(&read, &theta, 100, 3), drawn(&trace, &theta, 100, 3));
}
