//! The plan of a component: its pattern, the order in which its vertices are eliminated, and what follows
//! from the two.
//!
//! As bytes a plan is the pattern, the order and what a replay costs. The rows of L and U are found again when
//! it is read: that takes about as long as reading them would, makes the bytes fewer, and leaves nothing that
//! damaged or forged bytes could get wrong but the order's quality. A bad order would fill in quadratically,
//! so the cost stands there as a budget: whoever reads a plan gives up where it is passed.

use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::ordering::Ordering;
use crate::pattern::Pattern;
use crate::symbolic::Factors;

const MAGIC: &[u8; 8] = b"sjrnpln\0";
const VERSION: u32 = 2;
const WHAT: &str = "a component's plan";

/// How to eliminate a component, whatever its coefficients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub(crate) pattern: Pattern,
    pub(crate) ordering: Ordering,
    /// Canonical number of the vertex eliminated as the k-th, for each k.
    pub(crate) order: Vec<u32>,
    pub(crate) factors: Factors,
}

/// A component whose factors have more entries than can be numbered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a component of {vertices} vertices fills in beyond 4 294 967 295 entries under every elimination order"
)]
pub struct TooMuchFill {
    /// Size of the component.
    pub vertices: usize,
}

impl Plan {
    /// Records the plan of a pattern: tries the orderings and keeps the cheapest by exact count. A candidate
    /// is given up as soon as its count passes the best so far.
    ///
    /// # Errors
    /// If the factors can not be numbered under any of them.
    pub fn record(pattern: &Pattern) -> Result<Plan, TooMuchFill> {
        let mut best: Option<Plan> = None;
        for ordering in Ordering::ALL {
            if best.as_ref().is_some_and(|plan| plan.entries() == plan.edge_count()) {
                break; // nothing fills in: a chain or a tree, and no order does better by much
            }
            let budget = best.as_ref().map_or(u64::MAX, |plan| plan.factors.operations - 1);
            if let Some(order) = ordering.of(pattern)
                && let Some(factors) = Factors::new(pattern, &order, budget)
            {
                best = Some(Plan { pattern: pattern.clone(), ordering, order, factors });
            }
        }
        best.ok_or(TooMuchFill { vertices: pattern.size() })
    }

    /// Number of vertices.
    pub fn size(&self) -> usize {
        self.order.len()
    }

    /// Number of edges inside the component.
    pub fn edge_count(&self) -> usize {
        self.pattern.edge_count()
    }

    /// Entries of L and U.
    pub fn entries(&self) -> usize {
        self.factors.lower.columns.len() + self.factors.upper.columns.len()
    }

    /// Multiplications, additions and divisions of one replay, boundary edges apart.
    pub fn operations(&self) -> u64 {
        self.factors.operations
    }

    /// The ordering that was cheapest.
    pub fn ordering(&self) -> Ordering {
        self.ordering
    }

    /// The pattern it eliminates.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether nothing leaves the component.
    pub fn is_closed(&self) -> bool {
        !self.pattern.leaves.contains(&true)
    }

    /// The plan as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_magic(MAGIC, VERSION);
        self.write(&mut w);
        w.finish()
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        self.pattern.write(w);
        w.u8(self.ordering as u8);
        w.u64(self.factors.operations);
        w.u32s(&self.order);
    }

    /// A plan from bytes that nobody vouches for.
    ///
    /// # Errors
    /// If they are not what [`Plan::encode`] writes; [`DecodeError::Cost`] if the order costs other than stated.
    pub fn decode(bytes: &[u8]) -> Result<Plan, DecodeError> {
        let mut r = Reader::new(bytes);
        r.expect_magic(MAGIC, VERSION, WHAT)?;
        let plan = Plan::read(&mut r)?;
        r.finish()?;
        Ok(plan)
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Plan, DecodeError> {
        let pattern = Pattern::read(r)?;
        let code = r.u8(WHAT)?;
        let ordering = *Ordering::ALL
            .get(usize::from(code))
            .ok_or_else(|| inconsistent(WHAT, format!("ordering {code} is not known")))?;
        let stated = r.u64(WHAT)?;
        let order = r.u32s(pattern.size(), WHAT)?;
        let mut seen = vec![false; order.len()];
        for &v in &order {
            match seen.get_mut(v as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(inconsistent(WHAT, format!("vertex {v} stands twice or not in its order"))),
            }
        }
        let factors = Factors::new(&pattern, &order, stated)
            .filter(|factors| factors.operations == stated)
            .ok_or(DecodeError::Cost { what: WHAT, stated })?;
        Ok(Plan { pattern, ordering, order, factors })
    }
}
