//! Tables of the distribution of T for people: a line for each time or probability of each parameter vector.

use sojourn_engine::Kind;
use sojourn_engine::density::Point;

use super::distribution::{Curve, Distributed, Found};
use super::layout::list;
use crate::commands::times::Times;
use crate::render::json::MethodLine;
use crate::render::numbers::{real, shown};
use crate::render::table::Table;

/// What was found at parameter vectors, to be laid out.
pub(super) struct Tables<'a> {
    pub(super) asked: &'a Distributed,
    pub(super) states: Option<&'a [Vec<i32>]>,
    pub(super) kind: Kind,
    pub(super) rows: Vec<(Vec<f64>, Found)>,
}

impl Tables<'_> {
    /// A text for each thing asked for, curves at the same times together; below the last of these how they were
    /// computed.
    pub(super) fn render(&self, terminal: bool) -> Vec<String> {
        let mut texts = Vec::new();
        for (at, curve) in Curve::ALL.into_iter().enumerate() {
            let asked = self.asked.curve(curve);
            let same = |other: &Curve| self.asked.curve(*other) == asked;
            if asked.is_some() && !Curve::ALL[..at].iter().any(same) {
                let together: Vec<Curve> = Curve::ALL[at..].iter().copied().filter(same).collect();
                texts.extend(self.curves(&together, terminal));
            }
        }
        if let (Some(last), Some(method)) = (texts.last_mut(), self.method()) {
            *last = format!("{last}\n{method}");
        }
        texts.extend(self.quantiles(terminal));
        texts.extend(self.transform(terminal));
        let times = self.asked.state_probabilities.as_ref();
        texts.extend(times.map(|times| {
            self.by_state(&|found| &found.state_probabilities, Some(times), "probability", terminal)
        }));
        let occupancy = self.asked.occupancy.as_ref();
        texts.extend(
            occupancy.map(|times| {
                self.by_state(&|found| &found.occupancies, times.as_ref(), self.spent(), terminal)
            }),
        );
        texts.extend(self.residence(terminal));
        texts
    }

    fn is_discrete(&self) -> bool {
        self.kind == Kind::Discrete
    }

    fn time(&self) -> &'static str {
        if self.is_discrete() { "steps" } else { "t" }
    }

    /// What people call the density: that of a discrete chain is a probability.
    fn density(&self) -> &'static str {
        if self.is_discrete() { "pmf" } else { "pdf" }
    }

    fn heading(&self, curve: Curve) -> &'static str {
        match curve {
            Curve::Pdf => self.density(),
            Curve::LogPdf if self.is_discrete() => "log pmf",
            Curve::LogPdf => "log pdf",
            Curve::LogSurvival => "log survival",
            other => other.name(),
        }
    }

    /// Heading of time spent.
    fn spent(&self) -> &'static str {
        if self.is_discrete() { "expected steps" } else { "expected time" }
    }

    fn curves(&self, curves: &[Curve], terminal: bool) -> Option<String> {
        let first = *curves.first()?;
        if self.rows.iter().all(|(_, found)| found.curve(first).is_empty()) {
            return None;
        }
        let named = curves.iter().map(|&curve| self.heading(curve));
        let mut table = Table::new(["theta", self.time()].into_iter().chain(named));
        for (theta, found) in &self.rows {
            for (at, point) in found.curve(first).iter().enumerate() {
                let value = |curve: &Curve| {
                    let value = found.curve(*curve).get(at).and_then(|point| curve.of(point));
                    value.map_or_else(|| "-".to_owned(), shown)
                };
                let cells = [list(theta), real(point.time)].into_iter();
                table.row(cells.chain(curves.iter().map(value)));
            }
        }
        Some(table.render(terminal))
    }

    /// How curves were computed and how far they may be off, of all vectors together.
    fn method(&self) -> Option<String> {
        let all = |curve: Curve| {
            self.rows.iter().flat_map(|(_, found)| found.curve(curve)).copied().collect::<Vec<Point>>()
        };
        let found = Found { curves: Curve::ALL.map(all), ..Found::default() };
        let MethodLine { curves, error_bound, error_bound_kind } = MethodLine::of(&found)?;
        let heading = |(curve, method): (Curve, String)| (self.heading(curve), method);
        let methods: Vec<(&str, String)> = curves.0.into_iter().map(heading).collect();
        let (_, one) = methods.first()?;
        let how = match methods.iter().all(|(_, method)| method == one) {
            true => one.clone(),
            false => {
                let each = methods.iter().map(|(name, method)| format!("{name} {method}"));
                each.collect::<Vec<_>>().join(",\n        ")
            }
        };
        Some(format!("method: {how}; error at most {error_bound:.1e} ({error_bound_kind})"))
    }

    fn transform(&self, terminal: bool) -> Option<String> {
        let asked = self.asked.laplace.as_ref()?;
        let mut table = Table::new(["theta", "s", "E[exp(-s T)]"]);
        for (theta, found) in &self.rows {
            for (&s, &value) in asked.0.iter().zip(&found.laplace) {
                table.row([list(theta), real(s), shown(value)]);
            }
        }
        Some(table.render(terminal))
    }

    /// Rows that are entered, with the time in them and how often they are.
    fn residence(&self, terminal: bool) -> Option<String> {
        if !self.asked.residence {
            return None;
        }
        let mut headings = vec!["theta", "row"];
        headings.extend(self.states.map(|_| "state"));
        headings.extend([self.spent(), "visits"]);
        let mut table = Table::new(headings);
        for (theta, found) in &self.rows {
            let both = found.residence.times.iter().zip(&found.residence.visits).enumerate();
            for (row, (&time, &visits)) in both.filter(|(_, (_, visits))| **visits != 0.0) {
                let mut cells = vec![list(theta), row.to_string()];
                cells.extend(self.states.map(|states| state(&states[row])));
                cells.extend([shown(time), shown(visits)]);
                table.row(cells);
            }
        }
        Some(table.render(terminal))
    }

    fn quantiles(&self, terminal: bool) -> Option<String> {
        let asked = self.asked.quantile.as_ref()?;
        let mut table = Table::new(["theta", "p", self.time()]);
        for (theta, found) in &self.rows {
            for (&p, &time) in asked.0.iter().zip(&found.quantiles) {
                table.row([list(theta), real(p), shown(time)]);
            }
        }
        Some(table.render(terminal))
    }

    /// Rows at which something is, each with its state where that is known.
    fn by_state(
        &self,
        of: &dyn Fn(&Found) -> &Vec<Vec<f64>>,
        times: Option<&Times>,
        heading: &str,
        terminal: bool,
    ) -> String {
        let mut headings = vec!["theta"];
        headings.extend(times.map(|_| self.time()));
        headings.push("row");
        headings.extend(self.states.map(|_| "state"));
        headings.push(heading);
        let mut table = Table::new(headings);
        for (theta, found) in &self.rows {
            for (at, values) in of(found).iter().enumerate() {
                for (row, &value) in values.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                    let mut cells = vec![list(theta)];
                    cells.extend(times.and_then(|times| times.0.get(at)).map(|&time| real(time)));
                    cells.push(row.to_string());
                    cells.extend(self.states.map(|states| state(&states[row])));
                    cells.push(shown(value));
                    table.row(cells);
                }
            }
        }
        table.render(terminal)
    }
}

fn state(entries: &[i32]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::eval::points::point;
    use crate::commands::times::{Points, Probabilities};
    use sojourn_engine::question::ResidenceTimes;

    fn lines(asked: &Distributed, kind: Kind, states: Option<&[Vec<i32>]>, found: Found) -> Vec<Vec<String>> {
        let tables = Tables { asked, states, kind, rows: vec![(vec![1.0, 2.0], found)] };
        let texts = tables.render(false).join("\n");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        texts.lines().map(words).collect()
    }

    #[test]
    fn density_and_cdf_at_the_same_times_stand_beside_each_other() {
        let times = Some(Times(vec![0.5, 1.0]));
        let asked = Distributed { pdf: times.clone(), cdf: times, ..Distributed::default() };
        let points = vec![point(0.5, 0.25, 0.125), point(1.0, 0.75, 0.5)];
        let found =
            Found { curves: [points.clone(), points, vec![], vec![], vec![], vec![]], ..Found::default() };
        let continuous = lines(&asked, Kind::Continuous, None, found.clone());
        assert_eq!(continuous[0], ["theta", "t", "pdf", "cdf"]);
        assert_eq!(continuous[2], ["1,2", "1", "0.75", "0.5"]);
        assert_eq!(continuous[3].join(" "), "method: uniformisation; error at most 1.2e-12 (relative)");
        assert_eq!(continuous.len(), 4, "the method once");
        let discrete = lines(&asked, Kind::Discrete, None, found);
        assert_eq!(discrete[0], ["theta", "steps", "pmf", "cdf"]);
    }

    #[test]
    fn at_different_times_each_has_a_table_of_its_own() {
        let (pdf, cdf) = (Some(Times(vec![0.5])), Some(Times(vec![1.0])));
        let asked = Distributed { pdf, cdf, ..Distributed::default() };
        let found = Found {
            curves: [
                vec![point(0.5, 0.25, 0.125)],
                vec![point(1.0, 0.75, 0.5)],
                vec![],
                vec![],
                vec![],
                vec![],
            ],
            ..Found::default()
        };
        let lines = lines(&asked, Kind::Continuous, None, found);
        assert_eq!(lines[..2].concat(), ["theta", "t", "pdf", "1,2", "0.5", "0.25"]);
        assert_eq!(lines[2..4].concat(), ["theta", "t", "cdf", "1,2", "1", "0.5"]);
    }

    #[test]
    fn survival_and_hazard_stand_with_the_curves_at_their_times_and_a_hazard_of_nothing_is_none() {
        let times = Some(Times(vec![1.0]));
        let asked = Distributed { cdf: times.clone(), hazard: times.clone(), ..Distributed::default() };
        let points = vec![point(1.0, 0.75, 0.5)];
        let found =
            Found { curves: [vec![], points.clone(), vec![], points, vec![], vec![]], ..Found::default() };
        let both = lines(&asked, Kind::Continuous, None, found);
        assert_eq!(both[..2].concat(), ["theta", "t", "cdf", "hazard", "1,2", "1", "0.5", "-"]);
        assert_eq!(both.len(), 3);
    }

    #[test]
    fn the_transform_and_the_visits_have_tables_of_their_own() {
        let asked =
            Distributed { laplace: Some(Points(vec![0.5])), residence: true, ..Distributed::default() };
        let residence = ResidenceTimes { times: vec![0.0, 2.5, 0.0], visits: vec![0.0, 1.25, 0.0] };
        let found = Found { laplace: vec![0.25], residence, ..Found::default() };
        let lines = lines(&asked, Kind::Discrete, None, found);
        assert_eq!(lines[1], ["1,2", "0.5", "0.25"]);
        assert_eq!(lines[2].join(" "), "theta row expected steps visits");
        assert_eq!(lines[3..], [["1,2", "1", "2.5", "1.25"]]);
    }

    #[test]
    fn quantiles_stand_at_their_probabilities() {
        let quantile = Some(Probabilities(vec![0.5, 1.0]));
        let asked = Distributed { quantile, ..Distributed::default() };
        let found = Found { quantiles: vec![0.75, f64::INFINITY], ..Found::default() };
        let lines = lines(&asked, Kind::Continuous, None, found);
        assert_eq!(lines[1], ["1,2", "0.5", "0.75"]);
        assert_eq!(lines[2], ["1,2", "1", "inf"]);
    }

    #[test]
    fn a_state_stands_beside_its_row_and_rows_where_nothing_is_are_left_out() {
        let times = Some(Times(vec![3.0]));
        let asked =
            Distributed { state_probabilities: times, occupancy: Some(None), ..Distributed::default() };
        let found = Found {
            state_probabilities: vec![vec![0.0, 0.5, 0.25]],
            occupancies: vec![vec![0.0, 0.0, 7.0]],
            ..Found::default()
        };
        let states = [vec![0, 0], vec![2, 0], vec![1, 1]];
        let lines = lines(&asked, Kind::Continuous, Some(&states), found);
        assert_eq!(lines[0], ["theta", "t", "row", "state", "probability"]);
        assert_eq!(lines[1], ["1,2", "3", "1", "2,0", "0.5"]);
        assert_eq!(lines[2], ["1,2", "3", "2", "1,1", "0.25"]);
        assert_eq!(lines[3].join(" "), "theta row state expected time");
        assert_eq!(lines[4], ["1,2", "2", "1,1", "7"]);
    }
}
