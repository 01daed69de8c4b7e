//! Numbers as they come: JSON a line each, for people a table at the end.

use std::io::Write;

use sojourn_client::Interrupt;
use sojourn_engine::density::Point;
use sojourn_engine::evaluate::{EvaluateError, Numbers, Query};
use sojourn_engine::{Answer, Kind};

use super::Asked;
use super::distribution::Found;
use super::layout::{Sheet, list};
use super::tables::Tables;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Out;
use crate::render::json::{ErrorBody, EvalLine, FailedTheta, MethodLine, OccupancyLine};
use crate::render::table;

/// Writes numbers out.
pub(super) struct Report<'a> {
    out: &'a mut Out,
    json: bool,
    terminal: bool,
    interrupt: Interrupt,
    asked: &'a Asked,
    sheet: Sheet<'a>,
    tables: Tables<'a>,
    some_failed: bool,
}

impl<'a> Report<'a> {
    /// A report of what was asked for, of a chain of this kind.
    pub(super) fn new(context: &'a mut Context, asked: &'a Asked, kind: Kind) -> Report<'a> {
        let states = asked.states.as_deref();
        Report {
            json: context.json(),
            terminal: context.terminal,
            interrupt: context.interrupt.clone(),
            out: &mut context.out,
            asked,
            sheet: Sheet { query: &asked.query, labels: &asked.labels, rows: Vec::new() },
            tables: Tables { asked: &asked.distribution, states, kind, rows: Vec::new() },
            some_failed: false,
        }
    }

    /// An error once the user has asked to stop.
    pub(super) fn interrupt(&self) -> Result<(), CommandError> {
        Ok(self.interrupt.check()?)
    }

    /// Takes the numbers at a vector, or why there are none.
    pub(super) fn take(
        &mut self,
        theta: &[f64],
        answer: Result<Answer, EvaluateError>,
    ) -> Result<(), CommandError> {
        let read = |answer: Answer| {
            let mass_at_zero = answer.mass_at_zero;
            let numbers = answer.moments.unwrap_or(Numbers { mass_at_zero, ..Numbers::default() });
            (numbers, self.asked.distribution.found(answer.distribution, answer.residence))
        };
        match answer.map(read) {
            Ok((numbers, found)) if self.json => self.out.json(&line(theta, &numbers, &found, self.asked)),
            Ok((numbers, found)) => {
                self.sheet.rows.push((theta.to_vec(), numbers));
                self.tables.rows.push((theta.to_vec(), found));
                Ok(())
            }
            Err(error) => {
                self.some_failed = true;
                let message = error.to_string();
                if self.json {
                    let error = ErrorBody { kind: error.kind(), message: &message };
                    return self.out.json(&FailedTheta { theta, error });
                }
                // Were standard error closed, there would be nowhere to say so.
                let _ = writeln!(std::io::stderr().lock(), "sojourn: {}{message}", at(theta));
                Ok(())
            }
        }
    }

    /// Ends the report. True if some vector failed.
    pub(super) fn finish(self) -> Result<bool, CommandError> {
        if self.sheet.rows.is_empty() {
            return Ok(self.some_failed);
        }
        let mut texts = Vec::new();
        // Of a distribution alone there is nothing left to say, unless some mass is in no density.
        let masses = self.sheet.rows.iter().any(|(_, numbers)| numbers.mass_at_zero > 0.0);
        if *self.sheet.query != Query::default() || masses {
            let width = if self.terminal { table::terminal_width() } else { None };
            texts.push(self.sheet.render(self.terminal, width));
        }
        texts.extend(self.tables.render(self.terminal));
        self.out.line(texts.join("\n\n"))?;
        Ok(self.some_failed)
    }
}

/// Which vector an error is of; nothing where there is only the empty one.
fn at(theta: &[f64]) -> String {
    if theta.is_empty() { String::new() } else { format!("theta {}: ", list(theta)) }
}

/// The JSON of one vector: only what was asked for.
fn line<'a>(theta: &'a [f64], numbers: &'a Numbers, found: &'a Found, asked: &'a Asked) -> EvalLine<'a> {
    let (query, distribution) = (&asked.query, &asked.distribution);
    let rewards = !query.rewards.is_empty();
    let pairs = |points: &[Point], value: fn(&Point) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|point| (point.time, value(point))).collect()
    };
    let by_row = |times: &[f64], rows: &'a [Vec<f64>]| -> Vec<(f64, &'a [f64])> {
        times.iter().copied().zip(rows.iter().map(Vec::as_slice)).collect()
    };
    let occupancy = distribution.occupancy.as_ref().map(|times| match times {
        Some(times) => OccupancyLine::Until(by_row(&times.0, &found.occupancies)),
        None => OccupancyLine::UntilAbsorption(found.occupancies.first().map_or(&[], Vec::as_slice)),
    });
    let probabilities = distribution.state_probabilities.as_ref();
    let quantile = distribution.quantile.as_ref();
    EvalLine {
        theta,
        moments: (query.moments > 0).then_some(&numbers.moments[..]),
        expected_reward: rewards.then(|| numbers.expected_reward.iter().collect()),
        reward_moments: (rewards && query.reward_moments > 0)
            .then(|| numbers.reward_moments.iter().map(Vec::as_slice).collect()),
        covariance: numbers.covariance.as_deref(),
        pdf: distribution.pdf.as_ref().map(|_| pairs(&found.pdf, |point| point.density)),
        cdf: distribution.cdf.as_ref().map(|_| pairs(&found.cdf, |point| point.cdf)),
        quantile: quantile
            .map(|asked| asked.0.iter().copied().zip(found.quantiles.iter().copied()).collect()),
        state_probabilities: probabilities.map(|times| by_row(&times.0, &found.state_probabilities)),
        occupancy,
        states: asked.states.as_deref(),
        mass_at_zero: numbers.mass_at_zero,
        method: MethodLine::of(&found.pdf, &found.cdf),
        device: "cpu",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> Query {
        Query {
            moments: 2,
            rewards: vec![vec![1.0]],
            reward_moments: 2,
            covariance: false,
            ..Query::default()
        }
    }

    fn numbers() -> Numbers {
        Numbers {
            moments: vec![0.1, 1e300],
            expected_reward: vec![0.5],
            reward_moments: vec![vec![0.5, 0.25]],
            covariance: None,
            mass_at_zero: 0.0,
            ..Numbers::default()
        }
    }

    fn json(numbers: &Numbers, query: &Query) -> String {
        let asked = Asked { query: query.clone(), ..Asked::default() };
        serde_json::to_string(&line(&[1.0, 0.25], numbers, &Found::default(), &asked)).unwrap()
    }

    #[test]
    fn one_reward_stands_as_itself_and_numbers_in_their_shortest_form() {
        assert_eq!(
            json(&numbers(), &query()),
            r#"{"theta":[1.0,0.25],"moments":[0.1,1e+300],"expected_reward":0.5,"reward_moments":[0.5,0.25],"mass_at_zero":0.0,"device":"cpu"}"#
        );
    }

    #[test]
    fn several_rewards_are_lists() {
        let query = Query {
            rewards: vec![vec![1.0], vec![2.0]],
            moments: 0,
            reward_moments: 0,
            covariance: true,
            ..Query::default()
        };
        let numbers = Numbers {
            expected_reward: vec![0.5, 1.0],
            covariance: Some(vec![vec![1.0, 0.5], vec![0.5, 2.0]]),
            ..Numbers::default()
        };
        assert_eq!(
            json(&numbers, &query),
            r#"{"theta":[1.0,0.25],"expected_reward":[0.5,1.0],"covariance":[[1.0,0.5],[0.5,2.0]],"mass_at_zero":0.0,"device":"cpu"}"#
        );
    }

    #[test]
    fn only_what_was_asked_for_is_there() {
        let query = Query { moments: 1, ..Query::default() };
        let numbers = Numbers { moments: vec![2.0], mass_at_zero: 0.5, ..Numbers::default() };
        assert_eq!(
            json(&numbers, &query),
            r#"{"theta":[1.0,0.25],"moments":[2.0],"mass_at_zero":0.5,"device":"cpu"}"#
        );
    }

    #[test]
    fn an_error_names_its_vector_unless_that_is_empty() {
        assert_eq!(at(&[1.0, 0.5]), "theta 1,0.5: ");
        assert_eq!(at(&[]), "");
    }
}
