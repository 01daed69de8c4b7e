//! A chain as bytes: the payload of a job that asks for a whole trace. Equal chains have equal bytes, so the
//! digest of the bytes is a key of the chain with its numbering.

use std::sync::Arc;

use super::{ABSORBED, Chain};
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::graph::{Kind, MAX_EDGES, MAX_PARAMETERS, MAX_VERTICES, QuotientTable, Weight, WeightTable};

const MAGIC: &[u8; 8] = b"sjrnchn\0";
const VERSION: u32 = 1;
/// Version of chains whose rows are divided by their totals.
const DIVIDED_VERSION: u32 = 2;
const WHAT: &str = "a normalised graph";

impl Chain {
    /// The chain as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let version = if self.weights.quotients().is_empty() { VERSION } else { DIVIDED_VERSION };
        let mut w = Writer::with_magic(MAGIC, version);
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
        let divided = r.expect_version(MAGIC, &[VERSION, DIVIDED_VERSION], WHAT)? == DIVIDED_VERSION;
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
            weights: Arc::new(read_weights(&mut r, kind, divided)?),
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
        if self.start.iter().any(|s| s.1 as usize >= self.weights.forms()) {
            return Err(inconsistent("start edges", "a weight that is no form of the table"));
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

/// Writes a table: parameters, count, then each form's base and, where it is linear, its coefficients. Quotients, if
/// there are any, follow: the number of rows, and of each the number of its terms and the terms.
pub(crate) fn write_weights(w: &mut Writer, weights: &WeightTable) {
    w.u32(weights.parameters() as u32);
    w.u32(weights.forms() as u32);
    for number in 0..weights.forms() as u32 {
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
    if !weights.quotients().is_empty() {
        w.u32(weights.quotients().rows() as u32);
        for (_, terms) in weights.quotients().iter() {
            w.u32(terms.len() as u32);
            write_pairs(w, terms);
        }
    }
}

const WEIGHTS: &str = "table of weights";

/// Reads a table: one with quotients where the version says so, which only a discrete chain has.
pub(crate) fn read_weights(
    r: &mut Reader<'_>,
    kind: Kind,
    divided: bool,
) -> Result<WeightTable, DecodeError> {
    let weights = read_forms(r)?;
    if !divided {
        return Ok(weights);
    }
    let wrong = |problem: &str| inconsistent("quotients of weights", problem);
    if kind != Kind::Discrete {
        return Err(wrong("the chain is not discrete"));
    }
    let rows = r.u32(WEIGHTS)?;
    let mut quotients = QuotientTable::default();
    for _ in 0..rows {
        let count = r.u32(WEIGHTS)? as usize;
        let terms = read_pairs(r, count, WEIGHTS)?;
        let ascending = terms.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let exist = terms.iter().all(|&(form, count)| (form as usize) < weights.forms() && count > 0);
        if terms.is_empty() || !ascending || !exist {
            return Err(wrong("a row without terms, or with some that are not in the table"));
        }
        quotients.push(&terms);
    }
    match quotients.is_empty() {
        true => Err(wrong("there are none")),
        false => Ok(weights.with_quotients(quotients)),
    }
}

fn read_forms(r: &mut Reader<'_>) -> Result<WeightTable, DecodeError> {
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
