//! Numbers in tables for people: a line for each parameter vector, or, where that would be too wide, a line for
//! each reward.

use sojourn_engine::evaluate::{Numbers, Query};

use super::{columns, labels};
use crate::render::numbers::real;
use crate::render::table::Table;

/// Columns that a table may have where nothing says how wide the terminal is.
const WIDTH: usize = 80;

/// Numbers at parameter vectors, to be laid out.
pub(super) struct Sheet<'a> {
    pub(super) query: &'a Query,
    /// Name of each reward, as given.
    pub(super) labels: &'a [String],
    /// Names of all moments.
    pub(super) moments: Vec<String>,
    pub(super) rows: Vec<(Vec<f64>, Numbers)>,
}

/// Cells of a table, heading first.
type Cells = Vec<Vec<String>>;

impl Sheet<'_> {
    /// The text: explanations of names, and one or two tables.
    pub(super) fn render(&self, terminal: bool, width: Option<usize>) -> String {
        let mut parts: Vec<String> =
            (0..self.query.rewards.len()).filter_map(|reward| self.name(reward).1).collect();
        let wide = self.by_theta();
        if self.query.rewards.len() < 2 || width_of(&wide) <= width.unwrap_or(WIDTH) {
            parts.push(table(wide, terminal));
            return parts.join("\n");
        }
        parts.push(table(self.times(), terminal));
        parts.push(String::new());
        parts.push(table(self.by_reward(), terminal));
        parts.join("\n")
    }

    /// Heading of a reward, and what explains it where it is short for it.
    pub(super) fn name(&self, reward: usize) -> (String, Option<String>) {
        let label = self.labels.get(reward).map_or("", String::as_str);
        match label {
            "" => (format!("R{}", reward + 1), None),
            label => labels::heading(label, reward + 1),
        }
    }

    /// Everything, a line for each parameter vector.
    fn by_theta(&self) -> Cells {
        let mut headings = vec!["theta".to_owned()];
        headings.extend((1..=self.query.moments).map(|k| labels::moment("T", k)));
        for reward in 0..self.query.rewards.len() {
            let name = self.name(reward).0;
            headings.push(labels::moment(&name, 1));
            headings.extend((2..=self.query.reward_moments).map(|k| labels::moment(&name, k)));
        }
        if self.query.covariance {
            headings.push(if self.query.rewards.is_empty() { "Var[T]".into() } else { "covariance".into() });
        }
        headings.push("P[T = 0]".to_owned());
        let row = |(theta, numbers): &(Vec<f64>, Numbers)| {
            let mut cells = vec![list(theta)];
            cells.extend(numbers.moments.iter().map(|&value| real(value)));
            for (reward, &expected) in numbers.expected_reward.iter().enumerate() {
                cells.push(real(expected));
                cells.extend(self.higher(numbers, reward));
            }
            if let Some(covariance) = &numbers.covariance {
                cells.push(covariance.iter().map(|row| list(row)).collect::<Vec<_>>().join("\n"));
            }
            cells.push(real(numbers.mass_at_zero));
            cells
        };
        std::iter::once(headings).chain(self.rows.iter().map(row)).collect()
    }

    /// Derivatives, if asked for: a line for each moment, a number for each parameter.
    pub(super) fn gradients(&self, terminal: bool) -> Option<String> {
        let parameters = self.rows.iter().map(|(theta, _)| theta.len()).max()?;
        let mut headings = vec!["theta".to_owned(), "of".to_owned()];
        headings.extend((0..parameters).map(|at| format!("d/d theta[{at}]")));
        let mut cells = vec![headings];
        for (theta, numbers) in &self.rows {
            let gradients = numbers.gradient.iter().flat_map(columns::gradients);
            for (name, gradient) in self.moments.iter().zip(gradients) {
                let numbers = gradient.iter().map(|&value| real(value));
                cells.push([list(theta), name.clone()].into_iter().chain(numbers).collect());
            }
        }
        (cells.len() > 1).then(|| table(cells, terminal))
    }

    /// Moments of the time alone.
    fn times(&self) -> Cells {
        let mut headings = vec!["theta".to_owned()];
        headings.extend((1..=self.query.moments).map(|k| labels::moment("T", k)));
        headings.push("P[T = 0]".to_owned());
        let row = |(theta, numbers): &(Vec<f64>, Numbers)| {
            let values = numbers.moments.iter().chain([&numbers.mass_at_zero]);
            std::iter::once(list(theta)).chain(values.map(|&value| real(value))).collect()
        };
        std::iter::once(headings).chain(self.rows.iter().map(row)).collect()
    }

    /// The rewards, a line each.
    fn by_reward(&self) -> Cells {
        let mut headings = vec!["theta".to_owned(), "R".to_owned(), "E[R]".to_owned()];
        headings.extend((2..=self.query.reward_moments).map(|k| labels::moment("R", k)));
        if self.query.covariance {
            headings.push("covariance".to_owned());
        }
        let mut cells = vec![headings];
        for (theta, numbers) in &self.rows {
            for (reward, &expected) in numbers.expected_reward.iter().enumerate() {
                let mut row = vec![list(theta), self.name(reward).0, real(expected)];
                row.extend(self.higher(numbers, reward));
                if let Some(covariance) = numbers.covariance.as_ref().and_then(|rows| rows.get(reward)) {
                    row.push(list(covariance));
                }
                cells.push(row);
            }
        }
        cells
    }

    /// Moments of a reward from the second on.
    fn higher(&self, numbers: &Numbers, reward: usize) -> Vec<String> {
        let moments = numbers.reward_moments.get(reward).map_or(&[][..], Vec::as_slice);
        moments.iter().take(self.query.reward_moments).skip(1).map(|&value| real(value)).collect()
    }
}

/// Numbers separated by commas.
pub(crate) fn list(values: &[f64]) -> String {
    values.iter().map(|&value| real(value)).collect::<Vec<_>>().join(",")
}

/// Characters of the longest line, columns two apart.
fn width_of(cells: &Cells) -> usize {
    let columns = cells.first().map_or(0, Vec::len);
    let longest = |column: usize| {
        let lines = cells.iter().filter_map(|row| row.get(column)).flat_map(|cell| cell.lines());
        lines.map(|line| line.chars().count()).max().unwrap_or(0) + 2
    };
    (0..columns).map(longest).sum()
}

fn table(cells: Cells, terminal: bool) -> String {
    let mut cells = cells.into_iter();
    let mut table = Table::new(cells.next().unwrap_or_default());
    cells.for_each(|row| table.row(row));
    table.render(terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rewards: usize, width: usize) -> String {
        let labels: Vec<String> = (0..rewards).map(|entry| format!("state[{entry}]")).collect();
        let query = Query {
            moments: 1,
            rewards: vec![vec![1.0]; rewards],
            reward_moments: 2,
            covariance: true,
            ..Query::default()
        };
        let numbers = Numbers {
            moments: vec![1.5],
            expected_reward: (0..rewards).map(|reward| reward as f64).collect(),
            reward_moments: vec![vec![0.5, 0.25]; rewards],
            covariance: Some(vec![vec![2.0; rewards]; rewards]),
            mass_at_zero: 0.0,
            ..Numbers::default()
        };
        let rows = vec![(vec![1.0, 2.0], numbers)];
        Sheet { query: &query, labels: &labels, moments: Vec::new(), rows }.render(false, Some(width))
    }

    #[test]
    fn a_table_has_a_cell_under_each_heading() {
        let text = text(2, 200);
        let words: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(words[..3], ["theta", "E[T]", "E[state[0]]"], "{text}");
        assert!(text.contains("E[state[1]^2]") && text.contains("covariance"), "{text}");
        assert_eq!(text.lines().nth(1).unwrap().split_whitespace().count(), 8, "{text}");
    }

    #[test]
    fn rewards_that_do_not_fit_beside_each_other_have_a_line_each() {
        let text = text(9, 100);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        for reward in 0..9 {
            let name = format!("state[{reward}]");
            let line = text.lines().find(|line| line.contains(&name)).expect(&name);
            let cells: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(cells[..3], ["1,2", &name, &reward.to_string()], "{text}");
        }
    }

    #[test]
    fn one_reward_alone_is_never_taken_apart() {
        assert!(text(1, 10).starts_with("theta  E[T]  E[state[0]]"), "{}", text(1, 10));
    }
}
