//! Numbers as they come: JSON a line each, for people a table at the end.

use std::io::Write;

use sojourn_client::Interrupt;
use sojourn_engine::evaluate::{EvaluateError, Numbers, Query};

use crate::context::Context;
use crate::error::CommandError;
use crate::output::Out;
use crate::render::json::{ErrorBody, EvalLine, FailedTheta};
use crate::render::numbers::real;
use crate::render::table::Table;

/// Writes numbers out.
pub(super) struct Report<'a> {
    out: &'a mut Out,
    json: bool,
    terminal: bool,
    interrupt: Interrupt,
    query: &'a Query,
    table: Table,
    some_failed: bool,
}

impl<'a> Report<'a> {
    /// A report of what `query` asks for.
    pub(super) fn new(context: &'a mut Context, query: &'a Query) -> Report<'a> {
        Report {
            json: context.json(),
            terminal: context.terminal,
            interrupt: context.interrupt.clone(),
            out: &mut context.out,
            query,
            table: Table::new(headings(query)),
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
        numbers: &Result<Numbers, EvaluateError>,
    ) -> Result<(), CommandError> {
        match numbers {
            Ok(numbers) if self.json => self.out.json(&line(theta, numbers, self.query)),
            Ok(numbers) => {
                self.table.row(cells(theta, numbers, self.query));
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
                let _ = writeln!(std::io::stderr().lock(), "sojourn: theta {}: {message}", list(theta));
                Ok(())
            }
        }
    }

    /// Ends the report. True if some vector failed.
    pub(super) fn finish(self) -> Result<bool, CommandError> {
        if !self.table.is_empty() {
            self.out.line(self.table.render(self.terminal))?;
        }
        Ok(self.some_failed)
    }
}

fn list(values: &[f64]) -> String {
    values.iter().map(|&value| real(value)).collect::<Vec<_>>().join(",")
}

/// The JSON of one vector: only what was asked for.
fn line<'a>(theta: &'a [f64], numbers: &'a Numbers, query: &Query) -> EvalLine<'a> {
    let rewards = !query.rewards.is_empty();
    EvalLine {
        theta,
        moments: (query.moments > 0).then_some(&numbers.moments[..]),
        expected_reward: rewards.then(|| numbers.expected_reward.iter().collect()),
        reward_moments: (rewards && query.reward_moments > 0)
            .then(|| numbers.reward_moments.iter().map(Vec::as_slice).collect()),
        covariance: numbers.covariance.as_deref(),
        mass_at_zero: numbers.mass_at_zero,
        device: "cpu",
    }
}

fn headings(query: &Query) -> Vec<String> {
    let power = |k: usize| if k == 1 { String::new() } else { format!("^{k}") };
    let mut names = vec!["theta".to_owned()];
    names.extend((1..=query.moments).map(|k| format!("E[T{}]", power(k))));
    for r in 1..=query.rewards.len() {
        let reward = if query.rewards.len() == 1 { "R".to_owned() } else { format!("R{r}") };
        names.push(format!("E[{reward}]"));
        names.extend((2..=query.reward_moments).map(|k| format!("E[{reward}{}]", power(k))));
    }
    if query.covariance {
        names.push(if query.rewards.is_empty() { "Var[T]".into() } else { "covariance".into() });
    }
    names.push("P[T = 0]".to_owned());
    names
}

fn cells(theta: &[f64], numbers: &Numbers, query: &Query) -> Vec<String> {
    let mut cells = vec![list(theta)];
    cells.extend(numbers.moments.iter().map(|&value| real(value)));
    for (r, &expected) in numbers.expected_reward.iter().enumerate() {
        cells.push(real(expected));
        let moments = numbers.reward_moments.get(r).map_or(&[][..], Vec::as_slice);
        cells.extend(moments.iter().take(query.reward_moments).skip(1).map(|&value| real(value)));
    }
    if let Some(covariance) = &numbers.covariance {
        cells.push(covariance.iter().map(|row| list(row)).collect::<Vec<_>>().join("\n"));
    }
    cells.push(real(numbers.mass_at_zero));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> Query {
        Query { moments: 2, rewards: vec![vec![1.0]], reward_moments: 2, covariance: false }
    }

    fn numbers() -> Numbers {
        Numbers {
            moments: vec![0.1, 1e300],
            expected_reward: vec![0.5],
            reward_moments: vec![vec![0.5, 0.25]],
            covariance: None,
            mass_at_zero: 0.0,
        }
    }

    fn json(numbers: &Numbers, query: &Query) -> String {
        serde_json::to_string(&line(&[1.0, 0.25], numbers, query)).unwrap()
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
        let query =
            Query { rewards: vec![vec![1.0], vec![2.0]], moments: 0, reward_moments: 0, covariance: true };
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
    fn a_table_has_a_cell_under_each_heading() {
        let query = query();
        assert_eq!(headings(&query), ["theta", "E[T]", "E[T^2]", "E[R]", "E[R^2]", "P[T = 0]"]);
        assert_eq!(cells(&[1.0], &numbers(), &query), ["1", "0.1", "1e300", "0.5", "0.25", "0"]);
    }
}
