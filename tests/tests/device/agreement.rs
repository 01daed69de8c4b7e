//! What devices answer is what the engine answers, to the bit.

use sojourn_engine::Query;

use crate::process::apart;
use crate::references::{densities_agree, replays_agree};
use crate::traces::{agree, agree_within_bounds, around, asked, curve, everything, gpu, of_model};

#[test]
fn moments_gradients_and_covariances_of_every_reference_have_the_bits_of_the_engine() {
    apart!(references);
}

#[test]
fn densities_of_every_reference_are_the_engines_within_what_both_say_of_their_errors() {
    apart!(curves);
}

#[test]
fn warps_that_share_rows_give_the_bits_of_one() {
    apart!(large);
}

#[test]
fn vectors_that_have_no_answer_have_the_engines_reason_and_stop_no_other() {
    apart!(faulty);
}

#[test]
fn a_batch_that_does_not_fit_is_answered_in_parts() {
    apart!(in_parts, &[("SOJOURN_SIMULATED_MEMORY", "9000000")]);
}

fn references() {
    replays_agree(35);
}

fn curves() {
    densities_agree(33);
}

fn large() {
    let mut gpu = gpu();
    let trace = of_model("random,n=150,degree=5,seed=3");
    assert!(trace.has_large_components(), "rows are not shared");
    for vectors in [3, 150] {
        let thetas = around(&vec![1.0; trace.parameters()], vectors);
        agree("random", &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
    }
}

fn faulty() {
    let mut gpu = gpu();
    let trace = of_model("coalescent,n=10");
    let thetas: Vec<Vec<f64>> = vec![
        vec![1.0],
        vec![-1.0],
        vec![f64::NAN],
        vec![0.0],
        vec![],
        vec![1e300],
        vec![2.0, 3.0],
        vec![3.0],
    ];
    agree("coalescent", &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
    agree_within_bounds("coalescent", &mut gpu, &trace, &curve(1.0), &thetas);
    let refused = asked(Query { rewards: vec![vec![1.0]], ..Query::default() });
    agree("coalescent", &mut gpu, &trace, &refused, &thetas);
}

fn in_parts() {
    let mut gpu = gpu();
    let trace = of_model("coalescent,n=20");
    let thetas = around(&[1.0], 3000);
    agree("coalescent", &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
    agree_within_bounds("coalescent", &mut gpu, &trace, &curve(1.0), &thetas);
    assert!(gpu.memory().expect("memory").ours < 9_000_000);
}
