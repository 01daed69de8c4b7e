//! Gradients of graphs whose rows are divided by their sums: the quotient rule, against dual numbers.

use proptest::prelude::*;
use sojourn_engine::{Event, Observation, Observations, Query};

use crate::cases::absorbed;
use crate::dense::Dense;
use crate::{near, recorded};

proptest! {
    #[test]
    fn gradients_of_moments_are_those_of_dual_numbers(case in absorbed()) {
        let trace = recorded(&case.graph());
        let query = Query {
            moments: 2,
            rewards: vec![case.rewards.clone()],
            reward_moments: 2,
            gradient: true,
            ..Query::default()
        };
        let gradient = trace.evaluate(&case.theta, &query).unwrap().gradient.unwrap();
        for parameter in 0..2 {
            let dense: Dense = Dense::new(&case, parameter);
            for (found, expected) in [
                (&gradient.moments, dense.moments(&vec![1.0; case.rows])),
                (&gradient.reward_moments[0], dense.moments(&case.rewards)),
            ] {
                for (found, expected) in found.iter().zip(expected) {
                    let scale = expected.value / case.theta[parameter] + expected.slope.abs();
                    near(found[parameter], expected.slope, 1e-10 * scale);
                }
            }
        }
    }

    #[test]
    fn gradients_of_the_distribution_are_those_of_dual_numbers(case in absorbed()) {
        let trace = recorded(&case.graph());
        let times: Vec<f64> = (0..5).map(f64::from).collect();
        let found = trace.distribution_gradient(&case.theta, &times).unwrap();
        for parameter in 0..2 {
            let expected = Dense::<f64>::new(&case, parameter).distribution(4);
            for (found, [pmf, cdf]) in found.iter().zip(expected) {
                let scale = 1e-13 * (1.0 + 8.0 / case.theta[parameter]);
                near(found.density.values[parameter], pmf.slope, scale);
                near(found.cdf.values[parameter], cdf.slope, scale);
            }
        }
    }

    #[test]
    fn gradients_of_likelihoods_are_those_of_dual_numbers(case in absorbed(), steps in 1usize..6) {
        let trace = recorded(&case.graph());
        for parameter in 0..2 {
            let [pmf, cdf] = Dense::<f64>::new(&case, parameter).distribution(steps)[steps];
            for (event, expected) in [(Event::At(steps as f64), pmf), (Event::Until(steps as f64), cdf)] {
                if expected.value < 1e-6 {
                    continue;
                }
                let observed = Observations::new([Observation::once(event)]).unwrap();
                let found = trace.log_likelihood_gradient(&case.theta, &observed).unwrap();
                near(found.value, expected.value.ln(), 1e-9);
                let slope = expected.slope / expected.value;
                near(found.gradient[parameter], slope, 1e-13 * (10.0 + slope.abs()) / expected.value);
            }
        }
    }
}
