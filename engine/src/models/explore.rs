//! Building a graph from its first state and the moves out of each.

use hashbrown::HashTable;

use super::ModelError;
use super::arguments::Arguments;
use super::generator::Generator;
use crate::{Graph, GraphBuilder, GraphError, Kind, Weight};

/// Most entries of all states together: 512 MiB.
const MAX_STATE_ENTRIES: usize = 1 << 27;

/// A state, and the moves out of it while they are found. Moves to the same state are one edge.
pub(super) struct Moves {
    builder: GraphBuilder,
    index: Index,
    state: Vec<i32>,
    /// [`Index::fingerprint`] of `state`.
    fingerprint: u64,
    parameters: usize,
    targets: Vec<u32>,
    /// Coefficients, `parameters` a target.
    rates: Vec<f64>,
    failure: Option<GraphError>,
}

impl Moves {
    /// A move to a state at `factor` times a parameter.
    pub(super) fn to(&mut self, state: &[i32], parameter: usize, factor: f64) {
        let fingerprint = self.index.fingerprint(state);
        let row = self.index.row(&mut self.builder, state, fingerprint);
        self.add(row, parameter, factor);
    }

    /// A move that changes entries by so much, at `factor` times a parameter.
    pub(super) fn by(&mut self, changes: &[(usize, i32)], parameter: usize, factor: f64) {
        let mut fingerprint = self.fingerprint;
        for &(entry, by) in changes {
            self.state[entry] += by;
            fingerprint = fingerprint.wrapping_add(self.index.term(entry, by));
        }
        let row = self.index.row(&mut self.builder, &self.state, fingerprint);
        self.add(row, parameter, factor);
        changes.iter().for_each(|&(entry, by)| self.state[entry] -= by);
    }

    fn add(&mut self, row: Result<u32, GraphError>, parameter: usize, factor: f64) {
        let row = match row {
            Ok(row) => row,
            Err(error) => return self.failure = Some(error),
        };
        let at = self.targets.iter().position(|&known| known == row).unwrap_or_else(|| {
            self.targets.push(row);
            self.rates.resize(self.targets.len() * self.parameters, 0.0);
            self.targets.len() - 1
        });
        self.rates[at * self.parameters + parameter] += factor;
    }

    /// Turns to the state of a row.
    fn turn_to(&mut self, row: u32) {
        self.state.copy_from_slice(self.builder.state(row as usize));
        self.fingerprint = self.index.fingerprints[row as usize];
    }

    /// Makes the moves found edges.
    fn flush(&mut self, from: u32) -> Result<(), GraphError> {
        for (at, &to) in self.targets.iter().enumerate() {
            let coefficients = &self.rates[at * self.parameters..(at + 1) * self.parameters];
            self.builder.edge(from, to, Weight::Linear { base: 0.0, coefficients })?;
        }
        self.targets.clear();
        self.rates.clear();
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// Rows by their states. A state's fingerprint is a sum over its entries, so that a move which changes two or
/// three of hundreds changes it in as many steps.
struct Index {
    rows: HashTable<u32>,
    /// By row.
    fingerprints: Vec<u64>,
    /// Factor of each entry in a fingerprint.
    factors: Vec<u64>,
}

impl Index {
    fn new(state_length: usize) -> Index {
        let mut generator = Generator::new(0);
        let factors = (0..state_length).map(|_| generator.next()).collect();
        // The start is not in the index: a state of zeros that is reached is a row of its own.
        Index { rows: HashTable::new(), fingerprints: vec![0], factors }
    }

    fn term(&self, entry: usize, by: i32) -> u64 {
        self.factors[entry].wrapping_mul(i64::from(by) as u64)
    }

    fn fingerprint(&self, state: &[i32]) -> u64 {
        state.iter().enumerate().fold(0, |sum, (at, &entry)| sum.wrapping_add(self.term(at, entry)))
    }

    /// Row of a state, made where it is met for the first time.
    fn row(
        &mut self,
        builder: &mut GraphBuilder,
        state: &[i32],
        fingerprint: u64,
    ) -> Result<u32, GraphError> {
        let fingerprints = &mut self.fingerprints;
        let same =
            |&row: &u32| fingerprints[row as usize] == fingerprint && builder.state(row as usize) == state;
        if let Some(&row) = self.rows.find(fingerprint, same) {
            return Ok(row);
        }
        let row = builder.vertex(state)?;
        fingerprints.push(fingerprint);
        self.rows.insert_unique(fingerprint, row, |&row| fingerprints[row as usize]);
        Ok(row)
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
    builder.vertex(&vec![0; first.len()])?;
    let mut index = Index::new(first.len());
    let fingerprint = index.fingerprint(first);
    let row = index.row(&mut builder, first, fingerprint)?;
    builder.start_edge(row, Weight::Constant(1.0))?;
    let mut out = Moves {
        builder,
        index,
        state: first.to_vec(),
        fingerprint,
        parameters,
        targets: Vec::new(),
        rates: Vec::new(),
        failure: None,
    };
    let (mut row, mut state) = (row, first.to_vec());
    while (row as usize) < out.builder.vertices() {
        out.turn_to(row);
        state.copy_from_slice(&out.state);
        moves(&mut state, &mut out);
        out.flush(row)?;
        row += 1;
        if out.builder.vertices() * first.len() > MAX_STATE_ENTRIES {
            let message = format!("its states have more than {MAX_STATE_ENTRIES} entries, the limit");
            return Err(arguments.too_large(message));
        }
    }
    Ok(out.builder.finish()?)
}
