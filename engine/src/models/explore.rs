//! Building a graph from its first state and the moves out of each.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::ModelError;
use super::arguments::Arguments;
use crate::{Graph, GraphBuilder, Kind, Weight};

/// Most entries of all states together: 512 MiB.
const MAX_STATE_ENTRIES: usize = 1 << 27;

/// The moves out of one state, while they are found. Moves to the same state are one edge.
pub(super) struct Moves {
    builder: GraphBuilder,
    /// Rows by the hash of their state; the states themselves are kept once, in the graph.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    parameters: usize,
    targets: Vec<u32>,
    /// Coefficients, `parameters` a target.
    rates: Vec<f64>,
    failure: Option<crate::GraphError>,
}

fn fingerprint(hasher: &DefaultHashBuilder, state: &[i32]) -> u64 {
    hasher.hash_one(state)
}

impl Moves {
    /// A move to a state at `factor` times a parameter.
    pub(super) fn to(&mut self, state: &[i32], parameter: usize, factor: f64) {
        match self.row(state) {
            Ok(row) => {
                let at = self.targets.iter().position(|&known| known == row).unwrap_or_else(|| {
                    self.targets.push(row);
                    self.rates.resize(self.targets.len() * self.parameters, 0.0);
                    self.targets.len() - 1
                });
                self.rates[at * self.parameters + parameter] += factor;
            }
            Err(e) => self.failure = Some(e),
        }
    }

    fn row(&mut self, state: &[i32]) -> Result<u32, crate::GraphError> {
        let (builder, hasher) = (&mut self.builder, &self.hasher);
        let hash = fingerprint(hasher, state);
        if let Some(&row) = self.index.find(hash, |&row| builder.state(row as usize) == state) {
            return Ok(row);
        }
        let row = builder.vertex(state)?;
        self.index.insert_unique(hash, row, |&row| fingerprint(hasher, builder.state(row as usize)));
        Ok(row)
    }

    fn flush(&mut self, from: u32) -> Result<(), crate::GraphError> {
        for (at, &to) in self.targets.iter().enumerate() {
            let coefficients = &self.rates[at * self.parameters..(at + 1) * self.parameters];
            self.builder.edge(from, to, Weight::Linear { base: 0.0, coefficients })?;
        }
        self.targets.clear();
        self.rates.clear();
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// All states that can be reached from `first`, breadth first: row 0 is the start, row 1 the first state.
/// `moves` is given each state (its own copy, to change and restore as it likes) and says where it leads.
pub(super) fn explore(
    arguments: &Arguments<'_>,
    parameters: usize,
    first: &[i32],
    mut moves: impl FnMut(&mut [i32], &mut Moves),
) -> Result<Graph, ModelError> {
    let mut builder = GraphBuilder::new(Kind::Continuous, parameters, first.len())?;
    // The start is not in the index: a state of zeros that is reached is a row of its own.
    builder.vertex(&vec![0; first.len()])?;
    let mut found = Moves {
        builder,
        index: HashTable::new(),
        hasher: DefaultHashBuilder::default(),
        parameters,
        targets: Vec::new(),
        rates: Vec::new(),
        failure: None,
    };
    let row = found.row(first)?;
    found.builder.start_edge(row, Weight::Constant(1.0))?;
    let mut state = first.to_vec();
    let mut row = 1;
    while row < found.builder.vertices() {
        state.copy_from_slice(found.builder.state(row));
        moves(&mut state, &mut found);
        // Row numbers fit: the builder's limit on vertices is below 2^32.
        found.flush(row as u32)?;
        row += 1;
        if found.builder.vertices() * first.len() > MAX_STATE_ENTRIES {
            let message = format!("its states have more than {MAX_STATE_ENTRIES} entries, the limit");
            return Err(arguments.too_large(message));
        }
    }
    Ok(found.builder.finish()?)
}
