use super::*;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    eval: EvalArgs,
}

fn asked(line: &str) -> Result<Query, CommandError> {
    let line = Line::try_parse_from(line.split_whitespace()).unwrap();
    super::asked(&line.eval, None, 3, None).map(|asked| asked.query)
}

#[test]
fn the_mean_is_what_nothing_asks_for() {
    assert_eq!(asked("eval f").unwrap(), Query { moments: 1, ..Query::default() });
}

#[test]
fn covariance_alone_asks_for_nothing_else() {
    assert_eq!(asked("eval f --covariance").unwrap(), Query { covariance: true, ..Query::default() });
}

#[test]
fn a_distribution_alone_asks_for_no_mean() {
    for line in ["eval f --pdf 1", "eval f --quantile 0.5", "eval f --occupancy"] {
        assert_eq!(asked(line).unwrap(), Query::default(), "{line}");
    }
    assert_eq!(asked("eval f --cdf 1 --moments 2").unwrap().moments, 2);
}

#[test]
fn a_gradient_alone_is_that_of_the_mean_and_of_a_curve_of_nothing_else() {
    let mean = Query { moments: 1, gradient: true, ..Query::default() };
    for line in ["eval f --gradient", "eval f --gradient --quantile 0.5"] {
        assert_eq!(asked(line).unwrap(), mean, "{line}");
    }
    for curve in ["pdf", "cdf", "survival", "hazard"] {
        let line = format!("eval f --gradient --{curve} 1");
        assert_eq!(asked(&line).unwrap(), Query::default(), "{line}");
    }
    let both = asked("eval f --gradient --pdf 1 --moments 2").unwrap();
    assert_eq!((both.moments, both.gradient), (2, true));
}

#[test]
fn moments_with_rewards_ask_for_those_of_the_rewards_as_well() {
    let query = asked("eval f --moments 3 --rewards 0,1,2 --rewards [1,1,1]").unwrap();
    assert_eq!((query.moments, query.reward_moments, query.rewards.len()), (3, 3, 2));
    let query = asked("eval f --rewards 0,1,2").unwrap();
    assert_eq!((query.moments, query.reward_moments), (0, 0));
}
