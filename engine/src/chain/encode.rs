//! A chain as bytes: the payload of a job that asks for a whole trace. Equal chains have equal bytes, so the
//! digest of the bytes is a key of the chain with its numbering.

use std::sync::Arc;

use super::{ABSORBED, Chain};
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::graph::{Kind, MAX_EDGES, MAX_PARAMETERS, MAX_VERTICES, Weight, WeightTable};

const MAGIC: &[u8; 8] = b"sjrnchn\0";
const VERSION: u32 = 1;
const WHAT: &str = "a normalised graph";

impl Chain {
    /// The chain as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_magic(MAGIC, VERSION);
        w.u8(kind_code(self.kind));
        [self.rows, self.start_row, self.graph_edges, self.len() as u32, self.to.len() as u32]
            .iter()
            .chain(&[self.start.len() as u32, self.loops.len() as u32])
            .for_each(|&n| w.u32(n));
        w.u32s(&self.vertex_rows);
        w.u32s(&self.first);
        w.u32s(&self.to);
        w.u32s(&self.weight);
        write_pairs(&mut w, &self.start);
        write_pairs(&mut w, &self.loops);
        write_weights(&mut w, &self.weights);
        w.finish()
    }

    /// A chain from bytes that nobody vouches for.
    ///
    /// # Errors
    /// If they are not what [`Chain::encode`] writes; the error names the section.
    pub fn decode(bytes: &[u8]) -> Result<Chain, DecodeError> {
        let mut r = Reader::new(bytes);
        r.expect_magic(MAGIC, VERSION, WHAT)?;
        let kind = read_kind(&mut r)?;
        let mut count = || r.u32(WHAT);
        let (rows, start_row, graph_edges) = (count()?, count()?, count()?);
        let (n, m, starts, loops) =
            (count()? as usize, count()? as usize, count()? as usize, count()? as usize);
        if rows as usize > MAX_VERTICES || m > MAX_EDGES || n > rows as usize {
            return Err(inconsistent(WHAT, format!("{rows} rows, {n} vertices, {m} edges")));
        }
        let chain = Chain {
            kind,
            rows,
            start_row,
            graph_edges,
            vertex_rows: r.u32s(n, "vertex rows")?,
            first: r.pointers(n, "edge pointers")?,
            to: r.u32s(m, "edge targets")?,
            weight: r.u32s(m, "edge weights")?,
            start: read_pairs(&mut r, starts, "start edges")?,
            loops: read_pairs(&mut r, loops, "self-loops")?,
            weights: Arc::new(read_weights(&mut r)?),
        };
        r.finish()?;
        chain.validate()?;
        Ok(chain)
    }

    fn validate(&self) -> Result<(), DecodeError> {
        let (n, weights) = (self.len() as u32, self.weights.len() as u32);
        let ascending = |v: &[u32]| v.windows(2).all(|p| p[0] < p[1]);
        if !ascending(&self.vertex_rows) || self.vertex_rows.last().is_some_and(|&row| row >= self.rows) {
            return Err(inconsistent("vertex rows", "not ascending within the rows of the graph"));
        }
        if self.first[n as usize] as usize != self.to.len() {
            return Err(inconsistent("edge pointers", "they do not end at the last edge"));
        }
        let target_exists = |&t: &u32| t < n || t == ABSORBED;
        for v in 0..n {
            let targets = self.targets(v);
            if targets.is_empty() || !ascending(targets) || !targets.iter().all(target_exists) {
                return Err(inconsistent("edge targets", format!("row of vertex {v}")));
            }
            if targets.contains(&v) {
                return Err(inconsistent("edge targets", format!("self-loop at vertex {v}")));
            }
        }
        let pairs = self.start.iter().chain(&self.loops).map(|p| p.1);
        if self.weight.iter().copied().chain(pairs).any(|w| w >= weights) {
            return Err(inconsistent("edge weights", "a weight that is not in the table"));
        }
        if !self.start.iter().all(|(t, _)| target_exists(t)) || !self.loops.iter().all(|&(v, _)| v < n) {
            return Err(inconsistent("start edges", "a vertex that does not exist"));
        }
        Ok(())
    }
}

pub(crate) fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Continuous => 0,
        Kind::Discrete => 1,
    }
}

pub(crate) fn read_kind(r: &mut Reader<'_>) -> Result<Kind, DecodeError> {
    match r.u8("kind")? {
        0 => Ok(Kind::Continuous),
        1 => Ok(Kind::Discrete),
        other => Err(inconsistent("kind", format!("{other} is neither continuous (0) nor discrete (1)"))),
    }
}

pub(crate) fn write_pairs(w: &mut Writer, pairs: &[(u32, u32)]) {
    pairs.iter().for_each(|p| w.u32s(&[p.0, p.1]));
}

pub(crate) fn read_pairs(
    r: &mut Reader<'_>,
    count: usize,
    what: &'static str,
) -> Result<Vec<(u32, u32)>, DecodeError> {
    let flat = r.u32s(count.saturating_mul(2), what)?;
    Ok(flat.as_chunks::<2>().0.iter().map(|p| (p[0], p[1])).collect())
}

/// Writes a table: parameters, count, then each weight's base and, where it is linear, its coefficients.
pub(crate) fn write_weights(w: &mut Writer, weights: &WeightTable) {
    w.u32(weights.parameters() as u32);
    w.u32(weights.len() as u32);
    for number in 0..weights.len() as u32 {
        match weights.get(number) {
            Weight::Constant(value) => {
                w.u8(0);
                w.f64s(&[value]);
            }
            Weight::Linear { base, coefficients } => {
                w.u8(1);
                w.f64s(&[base]);
                w.f64s(coefficients);
            }
        }
    }
}

pub(crate) fn read_weights(r: &mut Reader<'_>) -> Result<WeightTable, DecodeError> {
    const WEIGHTS: &str = "table of weights";
    let (parameters, count) = (r.u32(WEIGHTS)? as usize, r.u32(WEIGHTS)?);
    if parameters > MAX_PARAMETERS {
        return Err(inconsistent(WEIGHTS, format!("{parameters} parameters")));
    }
    let mut weights = WeightTable::new(parameters);
    for number in 0..count {
        let linear = r.u8(WEIGHTS)?;
        let base = r.f64s(1, WEIGHTS)?[0];
        let coefficients = r.f64s(if linear == 1 { parameters } else { 0 }, WEIGHTS)?;
        if linear > 1 || !base.is_finite() || coefficients.iter().any(|c| !c.is_finite()) {
            return Err(inconsistent(WEIGHTS, format!("weight {number} is not finite")));
        }
        let weight = match linear {
            1 => Weight::Linear { base, coefficients: &coefficients },
            _ => Weight::Constant(base),
        };
        if weights.intern(weight) != number {
            return Err(inconsistent(WEIGHTS, format!("weight {number} stands there twice")));
        }
    }
    Ok(weights)
}
