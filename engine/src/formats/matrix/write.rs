//! From the graph, at a parameter vector, to the matrix form.

use super::{MAX_WRITTEN_PHASES, exact};
use crate::formats::FormatError;
use crate::graph::is_one;
use crate::{Graph, Kind, Weight};

fn not_expressible(message: String) -> FormatError {
    FormatError::NotExpressible { message }
}

pub(super) fn text(graph: &Graph, theta: &[f64]) -> Result<String, FormatError> {
    if theta.len() != graph.parameters() {
        let message =
            format!("theta has {} entries, the graph {} parameters", theta.len(), graph.parameters());
        return Err(not_expressible(message));
    }
    let mut phase = vec![None; graph.vertices()];
    graph.edges().for_each(|edge| phase[edge.from as usize] = Some(0));
    let mut n = 0;
    for slot in phase.iter_mut().flatten() {
        *slot = n;
        n += 1;
    }
    if n > MAX_WRITTEN_PHASES {
        return Err(not_expressible(format!(
            "{n} phases, at most {MAX_WRITTEN_PHASES} are written as a matrix"
        )));
    }
    let mut s = vec![0.0; n * n];
    let mut exit = vec![0.0; n];
    let totals = totals(graph, theta)?;
    for edge in graph.edges().filter(|edge| edge.from != edge.to) {
        let weight = at(edge.weight, theta, edge.from, edge.to)?;
        let rate = match totals.get(edge.from as usize) {
            Some(&total) if total > 0.0 => weight / total,
            _ => weight,
        };
        match (phase[edge.from as usize], phase[edge.to as usize]) {
            (Some(from), Some(to)) => s[from * n + to] += rate,
            (Some(from), None) => exit[from] += rate,
            (None, _) => {}
        }
    }
    for (row, &exit) in exit.iter().enumerate() {
        let leaves = exact::sum(s[row * n..(row + 1) * n].iter().copied().chain([exit]));
        s[row * n + row] = match graph.kind() {
            // Not -0.0 where nothing leaves.
            Kind::Continuous => 0.0 - leaves,
            Kind::Discrete if leaves > 1.0 + n as f64 * f64::EPSILON => {
                return Err(not_expressible(format!(
                    "the probabilities of phase {row} sum to {leaves}, more than one"
                )));
            }
            Kind::Discrete => (1.0 - leaves).max(0.0),
        };
    }
    let alpha = initial(graph, theta, &phase, n)?;
    let kind = if graph.kind() == Kind::Discrete { "discrete" } else { "continuous" };
    let rows: Vec<String> = s.chunks(n.max(1)).map(list).collect();
    Ok(format!(
        "{{\"alpha\":{},\"S\":[{}],\"kind\":\"{kind}\",\"exit\":{}}}",
        list(&alpha),
        rows.join(","),
        list(&exit)
    ))
}

/// The sum of the weights of each row, where they are divided by it.
fn totals(graph: &Graph, theta: &[f64]) -> Result<Vec<f64>, FormatError> {
    if !graph.is_normalised() {
        return Ok(Vec::new());
    }
    let mut totals = vec![0.0; graph.vertices()];
    for edge in graph.edges() {
        totals[edge.from as usize] += at(edge.weight, theta, edge.from, edge.to)?;
    }
    match totals.iter().position(|total| !f64::is_finite(*total)) {
        Some(row) => Err(not_expressible(format!("the weights of row {row} sum to {}", totals[row]))),
        None => Ok(totals),
    }
}

fn initial(graph: &Graph, theta: &[f64], phase: &[Option<usize>], n: usize) -> Result<Vec<f64>, FormatError> {
    let mut alpha = vec![0.0; n];
    let mut total = 0.0;
    for edge in graph.start_edges() {
        let weight = at(edge.weight, theta, graph.start(), edge.to)?;
        total += weight;
        if let Some(to) = phase[edge.to as usize] {
            alpha[to] += weight;
        }
    }
    if total <= 0.0 || !f64::is_finite(total) {
        return Err(not_expressible(format!("the initial weights sum to {total} at this theta")));
    }
    if !graph.keeps_start_mass() {
        alpha.iter_mut().for_each(|p| *p /= total);
    } else if total > 1.0 && !is_one(total, graph.start_edges().len()) {
        return Err(not_expressible(format!(
            "the initial weights sum to {total} at this theta, more than one"
        )));
    }
    Ok(alpha)
}

fn at(weight: Weight<'_>, theta: &[f64], from: u32, to: u32) -> Result<f64, FormatError> {
    let rate = match weight {
        Weight::Constant(value) => value,
        Weight::Linear { base, coefficients } => {
            coefficients.iter().zip(theta).fold(base, |sum, (c, t)| sum + c * t)
        }
    };
    if !(0.0..=f64::MAX).contains(&rate) {
        return Err(not_expressible(format!("edge {from} -> {to} has the weight {rate} at this theta")));
    }
    Ok(rate)
}

/// Numbers in the shortest text that reads back the same.
fn list(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("{v:?}")).collect();
    format!("[{}]", values.join(","))
}
