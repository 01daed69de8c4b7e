//! From the parts of the matrix form to the graph.

use super::content::{MatrixParts, Named, wrong};
use super::exact;
use super::names::Role;
use super::sparse::SparseMatrix;
use crate::formats::FormatError;
use crate::graph::MAX_VERTICES;
use crate::{Graph, GraphBuilder, Kind, Weight};

/// How far a given `exit` and the diagonal may disagree, relative to the diagonal.
const DIAGONAL_TOLERANCE: f64 = 1e-8;

/// Rows whose entries have been checked, and how each is left for good.
struct CheckedRows<'a> {
    kind: Kind,
    name: &'static str,
    matrix: &'a SparseMatrix,
    /// Rate (probability) of absorption from each row.
    exit: Vec<f64>,
    /// Rows of a full generator that are absorbing; none where all rows are phases.
    absorbing: Vec<bool>,
}

/// Builds the graph of the parts; `discrete` stands in for a kind that is not stated.
pub(super) fn graph(parts: &MatrixParts, discrete: bool) -> Result<Graph, FormatError> {
    let matrix = parts.matrix.as_ref().ok_or_else(|| parts.missing(Role::Matrix))?;
    let assumed = if discrete { Kind::Discrete } else { Kind::Continuous };
    let kind = parts.kind().unwrap_or(assumed);
    if parts.kind().is_none() && !discrete {
        looks_continuous(matrix)?;
    }
    let rows = CheckedRows::new(kind, matrix, parts.exit.as_ref())?;
    let alpha = rows.initial(parts)?;
    rows.build(&alpha)
}

/// Refuses a matrix that is taken as continuous only because nothing states its kind, if it is one of
/// probabilities: no entry is negative, no row sums to more than one.
fn looks_continuous(matrix: &Named<SparseMatrix>) -> Result<(), FormatError> {
    let rows = || (0..matrix.value.len()).map(|row| matrix.value.row(row));
    let sub_stochastic = rows()
        .all(|row| row.clone().all(|(_, p)| p >= 0.0) && row.map(|(_, p)| p).sum::<f64>() <= 1.0 + 1e-9);
    match rows().enumerate().find_map(|(row, mut entries)| Some((row, entries.next()?))) {
        Some((row, (column, value))) if sub_stochastic => Err(wrong(
            format!("{}[{row}][{column}]", matrix.name),
            format!(
                "{value}, and no entry of the matrix is negative: rates of a continuous matrix have minus their sum \
                 on the diagonal; for probabilities of steps say \"discrete\": true, or --discrete"
            ),
        )),
        _ => Ok(()),
    }
}

impl<'a> CheckedRows<'a> {
    fn new(
        kind: Kind,
        matrix: &'a Named<SparseMatrix>,
        exit: Option<&Named<Vec<f64>>>,
    ) -> Result<CheckedRows<'a>, FormatError> {
        let (name, matrix) = (matrix.name, &matrix.value);
        let n = matrix.len();
        if n > MAX_VERTICES - 2 {
            return Err(wrong(name, format!("{n} rows, the limit is {}", MAX_VERTICES - 2)));
        }
        if let Some(given) = exit.filter(|given| given.value.len() != n) {
            return Err(wrong(given.name, format!("{} entries, {name} has {n} rows", given.value.len())));
        }
        let mut rows = CheckedRows { kind, name, matrix, exit: Vec::new(), absorbing: Vec::new() };
        let short = |_| wrong(name, "out of memory");
        rows.exit.try_reserve_exact(n).map_err(short)?;
        for row in 0..n {
            rows.check_entries(row)?;
            let lacking = rows.lacking(row)?;
            rows.exit.push(match exit {
                Some(given) => rows.given_exit(given, row, lacking)?,
                None => rows.derived_exit(row, lacking)?,
            });
        }
        rows.absorbing.try_reserve_exact(n).map_err(short)?;
        let absorbing = rows.absorbing_rows(exit.is_some());
        rows.absorbing.extend(absorbing);
        Ok(rows)
    }

    fn check_entries(&self, row: usize) -> Result<(), FormatError> {
        for (column, rate) in self.matrix.row(row) {
            let place = || format!("{}[{row}][{column}]", self.name);
            if !rate.is_finite() {
                return Err(wrong(place(), format!("{rate} is not a finite number")));
            }
            match self.kind {
                Kind::Continuous if column == row && rate > 0.0 => {
                    let message =
                        format!("{rate} on the diagonal: minus the sum of what leaves the phase is expected");
                    return Err(wrong(place(), message));
                }
                Kind::Continuous if column == row => {}
                _ if rate < 0.0 => return Err(wrong(place(), format!("{rate} is negative"))),
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the sum that a row with its exit has, and the scale of its rounding.
    fn whole(&self, row: usize) -> (f64, f64) {
        match self.kind {
            Kind::Continuous => (0.0, self.matrix.diagonal(row).abs()),
            Kind::Discrete => (1.0, 1.0),
        }
    }

    /// Returns the rest of a row to zero (continuous) or to one (discrete), by exact summation.
    fn lacking(&self, row: usize) -> Result<f64, FormatError> {
        let (whole, _) = self.whole(row);
        let lacking = exact::sum(std::iter::once(whole).chain(self.matrix.row(row).map(|(_, rate)| -rate)));
        match lacking.is_finite() {
            true => Ok(lacking),
            false => {
                Err(wrong(format!("{}[{row}]", self.name), "the row sums to more than doubles represent"))
            }
        }
    }

    fn given_exit(&self, given: &Named<Vec<f64>>, row: usize, lacking: f64) -> Result<f64, FormatError> {
        let (exit, (_, scale)) = (given.value[row], self.whole(row));
        let place = format!("{}[{row}]", given.name);
        if !(0.0..=f64::MAX).contains(&exit) {
            return Err(wrong(place, format!("{exit} is not a rate")));
        }
        if (exit - lacking).abs() > DIAGONAL_TOLERANCE * scale.max(exit) {
            let (name, given) = (self.name, given.name);
            let message = format!(
                "{exit}, but row {row} of {name} leaves {lacking}: the diagonal and `{given}` disagree"
            );
            return Err(wrong(place, message));
        }
        Ok(exit)
    }

    fn derived_exit(&self, row: usize, lacking: f64) -> Result<f64, FormatError> {
        let rounding = self.matrix.len() as f64 * f64::EPSILON * self.whole(row).1;
        if lacking < -rounding {
            let message = match self.kind {
                Kind::Continuous => format!("the row sums to {}, more than zero", -lacking),
                Kind::Discrete => format!("the row sums to {}, more than one", 1.0 - lacking),
            };
            return Err(wrong(format!("{}[{row}]", self.name), message));
        }
        Ok(if lacking <= rounding { 0.0 } else { lacking })
    }

    /// Returns whether each row is an absorbing one of a full generator (transition matrix). It is full where no row lacks
    /// anything, no exits are given, and some rows, but not all, lead nowhere.
    fn absorbing_rows(&self, exits_given: bool) -> Vec<bool> {
        let leads_nowhere = |row: usize| self.matrix.row(row).all(|(column, _)| column == row);
        let nowhere: Vec<bool> = (0..self.matrix.len()).map(leads_nowhere).collect();
        let full = !exits_given
            && self.exit.iter().all(|&exit| exit == 0.0)
            && nowhere.contains(&true)
            && nowhere.contains(&false);
        if full { nowhere } else { vec![false; self.matrix.len()] }
    }

    /// Returns the initial probability of each row.
    fn initial(&self, parts: &MatrixParts) -> Result<Vec<f64>, FormatError> {
        let n = self.matrix.len();
        let absorbing = self.absorbing.iter().filter(|&&absorbing| absorbing).count();
        let Some(alpha) = &parts.initial else {
            // A generator with its absorbing row starts in its first row where nothing else is said.
            if absorbing == 0 || self.absorbing[0] {
                return Err(parts.missing(Role::Initial));
            }
            let mut first = vec![0.0; n];
            first[0] = 1.0;
            return Ok(first);
        };
        let (name, mut values) = (alpha.name, alpha.value.clone());
        let last = n - absorbing;
        if absorbing > 0 && values.len() == last && self.absorbing[last..].iter().all(|&absorbing| absorbing)
        {
            values.resize(n, 0.0);
        }
        if values.len() != n {
            return Err(wrong(name, self.other_length(&values)));
        }
        match values.iter().position(|p| !(0.0..=f64::MAX).contains(p)) {
            Some(at) => Err(wrong(format!("{name}[{at}]"), format!("{} is not a probability", values[at]))),
            None => Ok(values),
        }
    }

    fn other_length(&self, alpha: &[f64]) -> String {
        let (n, name) = (self.matrix.len(), self.name);
        let counts = format!("{} entries, {name} has {n} rows", alpha.len());
        match alpha {
            [row] if row.fract() == 0.0 && (0.0..n as f64).contains(row) => {
                format!("{counts}; to start in row {row} write 1 there and 0 for the others")
            }
            _ if alpha.len() == n + 1 => {
                format!("{counts}; mass at zero is not listed, it is the rest to one")
            }
            _ => counts,
        }
    }

    fn build(&self, alpha: &[f64]) -> Result<Graph, FormatError> {
        let n = self.matrix.len();
        // Without an absorbing row of its own the matrix gets one behind the others.
        let absorbing = self.absorbing.iter().position(|&absorbing| absorbing);
        let rows = n + 1 + usize::from(absorbing.is_none());
        let absorbed = absorbing.map_or(n + 1, |row| row + 1) as u32;
        let mut builder = GraphBuilder::new(self.kind, 0, 1)?;
        for row in 0..rows {
            // The state is the number of the phase; there are fewer than 2^31 rows.
            builder.vertex(&[row as i32])?;
        }
        for row in (0..n).filter(|&row| !self.absorbing[row]) {
            let from = row as u32 + 1;
            let mut left = false;
            for (column, rate) in self.matrix.row(row).filter(|&(column, rate)| column != row && rate != 0.0)
            {
                builder.edge(from, column as u32 + 1, Weight::Constant(rate))?;
                left = true;
            }
            // A row without edges would be absorbing: a phase that is never left has an edge of weight zero.
            if self.exit[row] > 0.0 || !left {
                builder.edge(from, absorbed, Weight::Constant(self.exit[row]))?;
            }
        }
        start(alpha, absorbed, &mut builder)?;
        Ok(builder.finish()?)
    }
}

fn start(alpha: &[f64], absorbed: u32, builder: &mut GraphBuilder) -> Result<(), FormatError> {
    let at_zero = exact::sum(std::iter::once(1.0).chain(alpha.iter().map(|p| -p)));
    // Written decimals and computed vectors sum to one only up to rounding.
    let rounding = (alpha.len() + 1) as f64 * f64::EPSILON;
    if at_zero.is_nan() || at_zero < -rounding {
        return Err(wrong(
            "alpha",
            format!("the initial probabilities sum to {}, more than one", 1.0 - at_zero),
        ));
    }
    for (at, &p) in alpha.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        builder.start_edge(at as u32 + 1, Weight::Constant(p))?;
    }
    if at_zero > rounding {
        builder.start_edge(absorbed, Weight::Constant(at_zero))?;
    }
    Ok(())
}
