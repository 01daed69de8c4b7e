//! A graph whose components are recorded apart, until all their plans are there.

use std::collections::HashMap;
use std::sync::Arc;

use sojourn_engine::{Chain, Decomposition, Pattern, Plan, Stitched, Trace};
use sojourn_proto::{Key, WorkKind};

use super::JobError;
use super::traced::{Fate, PatternFate};

/// A distinct pattern of a graph, as it is met.
pub(super) struct Need<'a> {
    pub(super) key: Key,
    pub(super) pattern: &'a Pattern,
    /// Encoding of the pattern: the payload of its job.
    pub(super) bytes: Vec<u8>,
    /// Whether it is large enough for a job of its own.
    pub(super) large: bool,
}

/// A graph in parts.
#[derive(Debug)]
pub(super) struct Assembly {
    decomposition: Decomposition,
    /// One for each pattern of the decomposition.
    parts: Vec<Part>,
    numbers: HashMap<Key, u32>,
    missing: usize,
}

#[derive(Debug)]
struct Part {
    key: Key,
    vertices: usize,
    edges: usize,
    components: usize,
    arrived: Option<(Arc<Plan>, Fate)>,
}

impl Assembly {
    /// Cuts a chain. None where every component is smaller than `min_size`: then the graph is one job.
    /// `meet` is shown each distinct pattern.
    pub(super) fn new(chain: &Chain, min_size: usize, mut meet: impl FnMut(Need<'_>)) -> Option<Assembly> {
        let decomposition = Decomposition::new(chain);
        if decomposition.largest() < min_size.max(2) {
            return None;
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut numbers: HashMap<Key, u32> = HashMap::new();
        for (pattern, components) in decomposition.patterns().iter().zip(decomposition.occurrences()) {
            let bytes = pattern.encode();
            let key = WorkKind::Pattern.key(&bytes);
            let (vertices, edges) = (pattern.size(), pattern.edge_count());
            numbers.insert(key, parts.len() as u32);
            parts.push(Part { key, vertices, edges, components, arrived: None });
            meet(Need { key, pattern, bytes, large: vertices >= min_size });
        }
        let missing = parts.len();
        Some(Assembly { decomposition, parts, numbers, missing })
    }

    /// Components of two or more vertices.
    pub(super) fn components(&self) -> usize {
        self.parts.iter().map(|part| part.components).sum()
    }

    /// Those of them whose plans are there.
    pub(super) fn components_done(&self) -> usize {
        self.parts.iter().filter(|part| part.arrived.is_some()).map(|part| part.components).sum()
    }

    /// Vertices of the largest component whose plan is missing; 0 where none is.
    pub(super) fn largest_missing(&self) -> usize {
        let missing = self.parts.iter().filter(|part| part.arrived.is_none());
        missing.map(|part| part.vertices).max().unwrap_or(0)
    }

    /// Whether every plan is there.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Takes a plan, and says of how many components it is; none where it was there, or is not asked for.
    pub(super) fn arrived(&mut self, key: &Key, plan: &Arc<Plan>, fate: Fate) -> usize {
        let number = self.numbers.get(key).copied().unwrap_or(u32::MAX);
        match self.parts.get_mut(number as usize) {
            Some(part) if part.arrived.is_none() => {
                part.arrived = Some((Arc::clone(plan), fate));
                self.missing -= 1;
                part.components
            }
            _ => 0,
        }
    }

    /// The trace and what became of each pattern, once all plans are there.
    pub(super) fn stitch(&self, chain: &Chain) -> Result<(Trace<Stitched>, Vec<PatternFate>), JobError> {
        let internal = |text: String| JobError::new("internal", text);
        let mut plans = Vec::with_capacity(self.parts.len());
        let mut fates = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let &Part { key, vertices, edges, components, .. } = part;
            let (plan, fate) =
                part.arrived.as_ref().ok_or_else(|| internal(format!("the plan of {key} is missing")))?;
            plans.push(Arc::clone(plan));
            fates.push(PatternFate { key, vertices, edges, components, fate: *fate });
        }
        let trace = Trace::stitch(chain, &self.decomposition, &plans).map_err(|e| internal(e.to_string()))?;
        Ok((trace, fates))
    }
}
