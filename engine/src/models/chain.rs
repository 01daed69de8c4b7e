//! Chains of strongly connected components, for tests and benchmarks of sharing.

use super::arguments::{Arguments, KeyKind, ModelKey};
use super::generator::Generator;
use super::{ModelDescription, ModelError};
use crate::{Graph, GraphBuilder, Kind, Weight};

const MAX_CHAIN_VERTICES: u64 = 1_000_000;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "chain",
    summary: "strongly connected components one after another: each a cycle with two random edges out of each \
              vertex besides",
    keys: &[
        ModelKey::count("components", "components", 1, 1_000_000),
        ModelKey::count("size", "vertices of each", 1, 100_000),
        ModelKey {
            name: "distinct",
            meaning: "whether each component has random edges of its own, or all have the same",
            default: Some("true"),
            kind: KeyKind::Switch,
        },
    ],
    parameters: "theta0, theta1: each edge has a rate proportional to one of them",
    parameter_names: &[],
    states: "[component, vertex in it], both from 1; absorbed in [components + 1, 1], from the last vertex of the \
             last component",
    example: "chain,components=20,size=60,distinct=true",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let (components, size) = (arguments.count("components")?, arguments.count("size")?);
    let distinct = arguments.switch("distinct")?;
    let vertices = components as u64 * size as u64;
    if vertices > MAX_CHAIN_VERTICES {
        return Err(arguments.too_large(format!("{vertices} vertices, the limit is {MAX_CHAIN_VERTICES}")));
    }
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 2)?;
    builder.vertex(&[0, 0])?;
    for component in 1..=components {
        for vertex in 1..=size {
            builder.vertex(&[component, vertex])?;
        }
    }
    builder.vertex(&[components + 1, 1])?;
    builder.start_edge(1, Weight::Constant(1.0))?;
    for component in 0..components as usize {
        let seed = if distinct { component as u64 } else { 0 };
        add_component(&mut builder, 1 + component * size as usize, size as usize, &mut Generator::new(seed))?;
    }
    Ok(builder.finish()?)
}

/// The edges of one component, the last of which leads to the first vertex of the next.
fn add_component(
    builder: &mut GraphBuilder,
    first: usize,
    size: usize,
    generator: &mut Generator,
) -> Result<(), ModelError> {
    for vertex in 0..size {
        let mut targets = Vec::with_capacity(3);
        if size > 1 {
            targets.push((vertex + 1) % size);
        }
        for _ in 0..2 {
            let target = generator.below(size);
            if target != vertex && !targets.contains(&target) {
                targets.push(target);
            }
        }
        if vertex + 1 == size {
            targets.push(size);
        }
        for target in targets {
            let mut coefficients = [0.0; 2];
            coefficients[generator.below(2)] = generator.rate();
            let weight = Weight::Linear { base: 0.0, coefficients: &coefficients };
            builder.edge((first + vertex) as u32, (first + target) as u32, weight)?;
        }
    }
    Ok(())
}
