//! A trace as bytes. One encoding serves wire, store and files:
//!
//! ```text
//! magic 8 | version u32 | length u64 | BLAKE3 of what follows, 32 | summary | sections
//! ```

use super::{Block, Trace};
use crate::chain::{write_pairs, write_weights};
use crate::encoding::Writer;

pub(super) const VERSION: u32 = 4;
/// Version of traces of chains whose rows are divided by their totals; others keep theirs, and stores stay valid.
pub(super) const DIVIDED_VERSION: u32 = 5;

impl<S> Trace<S> {
    /// The trace as bytes. Equal traces have equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let sections = self.sections();
        let version = if self.weights.quotients().is_empty() { VERSION } else { DIVIDED_VERSION };
        let mut w = Writer::with_magic(&Trace::MAGIC, version);
        w.u64(sections.len() as u64);
        w.raw(blake3::hash(&sections).as_bytes());
        w.raw(&sections);
        w.finish()
    }

    fn sections(&self) -> Vec<u8> {
        let mut w = Writer::default();
        self.summary().write(&mut w);
        w.u32s(&[self.start_row, self.blocks.len() as u32, self.boundary.to.len() as u32]);
        w.u32s(&[self.inner_weights.len() as u32, self.start.len() as u32, self.loops.len() as u32]);
        w.u32s(&self.position_rows);
        self.plans.iter().for_each(|plan| plan.write(&mut w));
        for block in &self.blocks {
            match *block {
                Block::Acyclic { size, .. } => w.u32s(&[0, size]),
                Block::Cyclic { plan, .. } => w.u32s(&[1, plan]),
            }
        }
        w.u32s(&self.boundary.first);
        w.u32s(&self.boundary.to);
        w.u32s(&self.boundary.weight);
        w.u32s(&self.inner_weights);
        write_pairs(&mut w, &self.start);
        write_pairs(&mut w, &self.loops);
        write_weights(&mut w, &self.weights);
        w.finish()
    }
}
