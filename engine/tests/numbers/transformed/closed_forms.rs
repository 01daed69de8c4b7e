//! Rewards whose distribution has a formula.

use super::{TIMES, cdf, model};
use crate::small::{close, graph, recorded};
use sojourn_engine::{Kind, Query, TransformError};

#[test]
fn the_total_length_of_kingmans_tree_is_the_largest_of_exponential_times() {
    for n in [2, 3, 10, 40] {
        let (trace, reward) = model(&format!("coalescent,n={n}"), "state[0]");
        let always = trace.transformed(&reward).unwrap();
        let once = trace.transformed_at(&[2.5], &reward).unwrap();
        for theta in [1.0, 2.5] {
            for (found, t) in cdf(&always, &[theta], &TIMES).into_iter().zip(TIMES) {
                close(found, (-f64::exp_m1(-theta * t / 2.0)).powi(n - 1));
            }
        }
        assert_eq!(cdf(&once, &[], &TIMES), cdf(&always, &[2.5], &TIMES));
    }
}

#[test]
fn either_locus_alone_coalesces_as_if_there_were_no_other() {
    for rho in [0.0, 0.3, 4.0, 100.0] {
        for formula in ["state[0]+state[1] > 1", "state[0]+state[2] > 1"] {
            let (trace, reward) = model("arg,n=2", formula);
            let locus = trace.transformed_at(&[1.0, rho], &reward).unwrap();
            for (found, t) in cdf(&locus, &[], &TIMES).into_iter().zip(TIMES) {
                close(found, -f64::exp_m1(-t));
            }
        }
    }
}

#[test]
fn a_kind_of_branch_that_a_tree_may_lack_has_mass_at_zero() {
    // Of four samples three descend from one branch unless the two pairs meet, with probability 1/3; that branch
    // lasts until the last two lineages meet.
    let (trace, reward) = model("sfs,n=4", "state[2]");
    let branch = trace.transformed_at(&[2.0], &reward).unwrap();
    close(branch.evaluate(&[], &Query::default()).unwrap().mass_at_zero, 1.0 / 3.0);
    for (found, t) in cdf(&branch, &[], &TIMES).into_iter().zip(TIMES) {
        close(found, 1.0 / 3.0 - 2.0 / 3.0 * f64::exp_m1(-2.0 * t));
    }
}

#[test]
fn steps_are_counted_as_often_as_their_reward_says() {
    // 1 is passed three times as slowly, 2 in no time: R = 3 G with G geometric, or zero where all begins in 2
    // and ends there.
    let edges = [
        (0, 1, 0.75, &[] as &[f64]),
        (0, 2, 0.25, &[]),
        (1, 2, 0.5, &[]),
        (2, 1, 0.25, &[]),
        (2, 3, 0.25, &[]),
    ];
    let trace = recorded(&graph(Kind::Discrete, 4, 0, &edges));
    let counted = trace.transformed_at(&[], &[0.0, 3.0, 0.0, 0.0]).unwrap();
    assert_eq!(counted.rows(), 6);
    // From 2 absorption comes with probability 1/2, and so from 1 after each step with 1/4.
    let steps: Vec<f64> = (0..20).map(f64::from).collect();
    for (found, t) in cdf(&counted, &[], &steps).into_iter().zip(&steps) {
        close(found, 1.0 - 0.875 * f64::powi(0.75, (t / 3.0) as i32));
    }
    let refused = trace.transformed_at(&[], &[0.0, 3.0, 0.5, 0.0]).unwrap_err();
    assert_eq!(refused, TransformError::NotWhole { row: 2, value: 0.5 });
    assert_eq!(trace.transformed(&[1.0; 4]).unwrap_err(), TransformError::Discrete);
    let refused = trace.transformed_at(&[], &[0.0, 1e9, 1.0, 0.0]).unwrap_err();
    assert_eq!(refused.kind(), "too_many_rows", "{refused}");
}

#[test]
fn segregating_sites_are_the_mutations_among_the_steps() {
    // A step is a mutation or a coalescence; only what is at hand before a mutation earns.
    let edges = [
        (0, 1, 1.0, &[] as &[f64]),
        (1, 2, 1.0 / 3.0, &[]),
        (1, 3, 2.0 / 3.0, &[]),
        (2, 2, 1.0 / 3.0, &[]),
        (2, 3, 2.0 / 3.0, &[]),
        (3, 4, 0.5, &[]),
        (3, 5, 0.5, &[]),
        (4, 4, 0.5, &[]),
        (4, 5, 0.5, &[]),
    ];
    let trace = recorded(&graph(Kind::Discrete, 6, 0, &edges));
    let sites = trace.transformed_at(&[], &[0.0, 0.0, 1.0, 0.0, 1.0, 0.0]).unwrap();
    let found = cdf(&sites, &[], &[0.0, 1.0, 2.0]);
    close(found[0], 1.0 / 3.0);
    close(found[1], 1.0 / 3.0 + 5.0 / 18.0);
    close(found[2], 1.0 / 3.0 + 5.0 / 18.0 + 19.0 / 108.0);
}
