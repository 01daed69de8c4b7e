//! Random digraphs, for tests and benchmarks.

use super::arguments::{Arguments, ModelKey};
use super::generator::Generator;
use super::{ModelDescription, ModelError};
use crate::{Graph, GraphBuilder, Kind, Weight};

/// One vertex in so many can be absorbed.
const PER_ABSORBING_EDGE: usize = 20;
const PARAMETERS: usize = 3;
const MAX_RANDOM_EDGES: u64 = 20_000_000;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "random",
    summary: "a random strongly connected digraph: a cycle through all vertices and random edges besides",
    keys: &[
        ModelKey::count("n", "transient vertices", 1, 5_000_000),
        ModelKey::count("degree", "edges out of each vertex, absorption aside", 1, 1000).or("4"),
        ModelKey::count("seed", "seed of the generator (splitmix64, pinned for ever)", 0, u64::MAX).or("0"),
    ],
    parameters: "theta0, theta1, theta2: each edge has a rate proportional to one or the sum of two of them",
    parameter_names: &[],
    states: "[vertex] from 1 to n; absorbed in [n + 1], from every twentieth vertex and the last",
    example: "random,n=50,degree=4,seed=1",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let (n, degree) = (arguments.count("n")? as usize, arguments.count("degree")? as usize);
    if n as u64 * degree as u64 > MAX_RANDOM_EDGES {
        return Err(arguments.too_large(format!("{n} x {degree} edges, the limit is {MAX_RANDOM_EDGES}")));
    }
    let mut generator = Generator::new(arguments.number("seed")?);
    let mut builder = GraphBuilder::new(Kind::Continuous, PARAMETERS, 1)?;
    for row in 0..n + 2 {
        builder.vertex(&[row as i32])?;
    }
    for weight in [0.5, 0.25, 0.25] {
        builder.start_edge(1 + generator.below(n) as u32, Weight::Constant(weight))?;
    }
    let successor = cycle(n, &mut generator);
    let mut targets = Vec::with_capacity(degree);
    for (vertex, &next) in successor.iter().enumerate() {
        targets.clear();
        if n > 1 {
            targets.push(next);
        }
        while targets.len() < degree.min(n - 1) {
            let target = generator.below(n);
            if target != vertex && !targets.contains(&target) {
                targets.push(target);
            }
        }
        for &target in &targets {
            edge(&mut builder, vertex + 1, target + 1, &mut generator)?;
        }
        if vertex % PER_ABSORBING_EDGE == 0 || vertex + 1 == n {
            edge(&mut builder, vertex + 1, n + 1, &mut generator)?;
        }
    }
    Ok(builder.finish()?)
}

/// A cyclic permutation, uniform among them (Sattolo 1986).
fn cycle(n: usize, generator: &mut Generator) -> Vec<usize> {
    let mut successor: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        successor.swap(last, generator.below(last));
    }
    successor
}

fn edge(
    builder: &mut GraphBuilder,
    from: usize,
    to: usize,
    generator: &mut Generator,
) -> Result<(), ModelError> {
    let mut coefficients = [0.0; PARAMETERS];
    coefficients[generator.below(PARAMETERS)] = generator.rate();
    if generator.below(4) == 0 {
        coefficients[generator.below(PARAMETERS)] = generator.rate();
    }
    builder.edge(from as u32, to as u32, Weight::Linear { base: 0.0, coefficients: &coefficients })?;
    Ok(())
}
