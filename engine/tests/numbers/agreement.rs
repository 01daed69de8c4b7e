//! Numbers of random graphs against other ways to compute them.

use crate::dense::Dense;
use crate::random::cases;
use crate::small::recorded;
use proptest::prelude::*;
use sojourn_engine::{Query, Trace};

fn agree(what: &str, found: &[f64], expected: &[f64], scale: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        prop_assert!((f - e).abs() <= 1e-9 * e.abs().max(scale), "{}: {} instead of {}", what, f, e);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn numbers_of_random_graphs_are_those_of_dense_elimination(case in cases()) {
        let trace = recorded(&case.graph());
        let trace = Trace::decode(&trace.encode()).unwrap();
        let dense = Dense::new(&case);
        let rewards = case.rewards.to_vec();
        let query = Query { moments: 3, rewards, reward_moments: 3, covariance: true, ..Query::default() };
        let found = trace.evaluate(&case.theta, &query);
        if dense.trapped {
            prop_assert_eq!(found.unwrap_err().kind(), "infinite");
            return Ok(());
        }
        let found = found.unwrap();
        let one = vec![1.0; case.rows];
        let mean = dense.mean(&dense.solve(&one, false));
        prop_assume!(mean < 1e4);
        agree("moments", &found.moments, &dense.moments(&one, 3), 0.0)?;
        for (r, reward) in case.rewards.iter().enumerate() {
            let expected = dense.moments(reward, 3);
            agree("expected reward", &found.expected_reward[r..=r], &expected[..1], 0.0)?;
            agree("reward moments", &found.reward_moments[r], &expected, 0.0)?;
            for (s, other) in case.rewards.iter().enumerate() {
                let covariance = found.covariance.as_ref().unwrap()[r][s];
                agree("covariance", &[covariance], &[dense.covariance(reward, other)], mean * mean)?;
            }
        }
        let occupancies = trace.occupancies(&case.theta).unwrap();
        agree("occupancies", &occupancies, &dense.solve(&dense.alpha, true), 0.0)?;
        let residence = trace.residence(&case.theta).unwrap();
        prop_assert_eq!(&residence.times, &occupancies);
        agree("visits", &residence.visits, &dense.leavings(), 0.0)?;
    }
}
