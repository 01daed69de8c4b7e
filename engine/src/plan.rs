//! The plan of a component: its pattern, the order in which its vertices are eliminated, and what that costs.
//!
//! The rows of L and U that follow are not part of it. They are found again where a plan is replayed: that takes
//! about as long as reading them would, makes the bytes fewer, spares who only passes plans on the work, and
//! leaves nothing that damaged or forged bytes could get wrong but the order's quality. A bad order would fill in
//! quadratically, so the stated cost is a budget: whoever eliminates gives up where it is passed.

mod search;

use std::borrow::Cow;
use std::sync::Arc;

use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::ordering::Ordering;
use crate::pattern::Pattern;
use crate::symbolic::{Budget, Factors, Rows, permuted};
use search::{Found, cheapest};

const MAGIC: &[u8; 8] = b"sjrnpln\0";
const VERSION: u32 = 4;
const WHAT: &str = "a component's plan";

/// Most operations that a plan may state: some years of work.
const LARGEST_COST: u64 = 1 << 56;

/// How to eliminate a component, whatever its coefficients.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) pattern: Pattern,
    pub(crate) ordering: Ordering,
    /// Canonical number of the vertex eliminated as the k-th, for each k.
    pub(crate) order: Vec<u32>,
    cost: Cost,
    /// The rows of L and U, where the plan was recorded in this process.
    recorded: Option<Arc<Factors>>,
}

/// What eliminating a component takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// Entries of L and U.
    entries: u64,
    /// Multiplications, additions and divisions of one replay, boundary edges apart.
    operations: u64,
}

impl Cost {
    fn of(factors: &Factors) -> Cost {
        Cost { entries: factors.entries() as u64, operations: factors.operations }
    }
}

/// Where the rows of L and U come from makes no difference.
impl PartialEq for Plan {
    fn eq(&self, other: &Plan) -> bool {
        (&self.pattern, self.ordering, &self.order, self.cost)
            == (&other.pattern, other.ordering, &other.order, other.cost)
    }
}

impl Eq for Plan {}

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
    /// Records the plan of a pattern: tries the orderings and keeps the cheapest by exact count.
    ///
    /// # Errors
    /// If the factors can not be numbered under any of them.
    pub fn record(pattern: &Pattern) -> Result<Plan, TooMuchFill> {
        Plan::record_with_factors(pattern).map(|(plan, _)| plan)
    }

    /// The same, with the rows of L and U.
    pub(crate) fn record_with_factors(pattern: &Pattern) -> Result<(Plan, Arc<Factors>), TooMuchFill> {
        let Some(Found { ordering, order, factors }) = cheapest(pattern) else {
            return Err(TooMuchFill { vertices: pattern.size() });
        };
        let (pattern, cost, factors) = (pattern.clone(), Cost::of(&factors), Arc::new(factors));
        let recorded = Some(Arc::clone(&factors));
        Ok((Plan { pattern, ordering, order, cost, recorded }, factors))
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
        self.cost.entries as usize
    }

    /// Multiplications, additions and divisions of one replay, boundary edges apart.
    pub fn operations(&self) -> u64 {
        self.cost.operations
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
        self.pattern.shape().is_closed()
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
        w.u64(self.cost.entries);
        w.u64(self.cost.operations);
        w.u32s(&self.order);
    }

    /// The pattern's edges by the rows of the elimination.
    pub(crate) fn edges(&self) -> Cow<'_, Rows> {
        match &self.recorded {
            Some(factors) => Cow::Borrowed(&factors.edges),
            None => Cow::Owned(permuted(&self.pattern, &self.order)),
        }
    }

    /// The rows of L and U.
    ///
    /// # Errors
    /// [`DecodeError::Cost`] if the order costs other than the plan states.
    pub(crate) fn eliminate(&self) -> Result<Arc<Factors>, DecodeError> {
        if let Some(recorded) = &self.recorded {
            return Ok(Arc::clone(recorded));
        }
        Factors::new(&self.pattern, &self.order, Budget::of(self.cost.operations))
            .filter(|factors| Cost::of(factors) == self.cost)
            .map(Arc::new)
            .ok_or(DecodeError::Cost { what: WHAT, stated: self.cost.operations })
    }

    /// A plan from bytes that nobody vouches for. Whether its order costs what it states is found out where the
    /// plan is eliminated, as by [`crate::Trace::decode`].
    ///
    /// # Errors
    /// If they are not what [`Plan::encode`] writes.
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
        let cost = Cost { entries: r.u64(WHAT)?, operations: r.u64(WHAT)? };
        // Every edge is an entry, and sums of what is stated are not to overflow.
        if cost.entries < pattern.edge_count() as u64 || cost.operations.max(cost.entries) > LARGEST_COST {
            return Err(inconsistent(
                WHAT,
                format!("{} entries, {} operations", cost.entries, cost.operations),
            ));
        }
        let order = r.u32s(pattern.size(), WHAT)?;
        let mut seen = vec![false; order.len()];
        for &v in &order {
            match seen.get_mut(v as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(inconsistent(WHAT, format!("vertex {v} stands twice or not in its order"))),
            }
        }
        Ok(Plan { pattern, ordering, order, cost, recorded: None })
    }
}
