//! A trace from bytes that nobody vouches for: checked once, so that replay need not check again.

use std::sync::Arc;

use super::encode::{DIVIDED_VERSION, VERSION};
use super::{Block, Boundary, CanonicalHash, Stitched, Summary, Trace};
use crate::chain::{ABSORBED, read_pairs, read_weights};
use crate::encoding::{DecodeError, Reader, inconsistent};
use crate::graph::{MAX_EDGES, MAX_VERTICES};
use crate::plan::Plan;

const WHAT: &str = "a trace";

impl Trace {
    /// A trace from bytes that nobody vouches for.
    ///
    /// # Errors
    /// If they are not what [`Trace::encode`] writes: of another kind or version, damaged, or inconsistent.
    pub fn decode(bytes: &[u8]) -> Result<Trace, DecodeError> {
        Trace::<Stitched>::decode_stitched(bytes)?.eliminate()
    }
}

impl Trace<Stitched> {
    /// A trace from bytes that nobody vouches for, without the rows of L and U.
    ///
    /// # Errors
    /// As [`Trace::decode`], but for plans that cost other than they state.
    pub fn decode_stitched(bytes: &[u8]) -> Result<Trace<Stitched>, DecodeError> {
        let (version, sections) = sections(bytes)?;
        let mut r = Reader::new(sections);
        let summary = Summary::read_from(&mut r)?;
        let trace = read_sections(&mut r, &summary, version == DIVIDED_VERSION)?;
        r.finish()?;
        validate(&trace)?;
        match trace.summary() == summary {
            true => Ok(trace),
            false => Err(inconsistent(WHAT, "its summary is not its own")),
        }
    }
}

/// The version, and what follows the checksum, once that is verified.
pub(super) fn sections(bytes: &[u8]) -> Result<(u32, &[u8]), DecodeError> {
    let mut r = Reader::new(bytes);
    let version = r.expect_version(&Trace::MAGIC, &[VERSION, DIVIDED_VERSION], WHAT)?;
    let length = r.u64(WHAT)?;
    let digest = r.digest(WHAT)?;
    let sections = r.take(usize::try_from(length).unwrap_or(usize::MAX), WHAT)?;
    r.finish()?;
    match blake3::hash(sections) == digest {
        true => Ok((version, sections)),
        false => Err(DecodeError::Checksum { what: WHAT }),
    }
}

fn read_sections(
    r: &mut Reader<'_>,
    summary: &Summary,
    divided: bool,
) -> Result<Trace<Stitched>, DecodeError> {
    let &Summary { kind, hash, vertices: rows, transient: n, edges, patterns, .. } = summary;
    let mut counts = [0u32; 6];
    for count in &mut counts {
        *count = r.u32(WHAT)?;
    }
    let [start_row, blocks, boundary, inner, start, loops] = counts;
    if rows > MAX_VERTICES || n > rows || boundary as usize + inner as usize > MAX_EDGES {
        return Err(inconsistent(WHAT, format!("{rows} rows, {n} vertices, {boundary} + {inner} edges")));
    }
    let position_rows = r.u32s(n, "rows of positions")?;
    let plans = (0..patterns).map(|_| Plan::read(r).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let blocks = read_blocks(r, blocks, &plans)?;
    Ok(Trace {
        kind,
        hash: CanonicalHash::known(hash),
        rows: rows as u32,
        start_row,
        graph_edges: edges as u32,
        position_rows,
        blocks,
        plans,
        boundary: Boundary {
            first: r.pointers(n, "boundary pointers")?,
            to: r.u32s(boundary as usize, "boundary edges")?,
            weight: r.u32s(boundary as usize, "boundary weights")?,
        },
        inner_weights: r.u32s(inner as usize, "weights inside components")?,
        start: read_pairs(r, start as usize, "start edges")?,
        loops: read_pairs(r, loops as usize, "self-loops")?,
        weights: Arc::new(read_weights(r, kind, divided)?),
        state: Stitched,
    })
}

fn read_blocks(r: &mut Reader<'_>, count: u32, plans: &[Arc<Plan>]) -> Result<Vec<Block>, DecodeError> {
    const BLOCKS: &str = "components";
    let (mut first, mut first_edge) = (0u32, 0u32);
    let mut blocks = Vec::new();
    for _ in 0..count {
        let (code, value) = (r.u32(BLOCKS)?, r.u32(BLOCKS)?);
        let (block, size, edges) = match (code, plans.get(value as usize)) {
            (0, _) => (Block::Acyclic { first, size: value }, value, 0),
            (1, Some(plan)) => {
                let block = Block::Cyclic { first, plan: value, first_edge };
                (block, plan.size() as u32, plan.edge_count() as u32)
            }
            _ => return Err(inconsistent(BLOCKS, format!("block {code} {value}"))),
        };
        blocks.push(block);
        let sum = |a: u32, b| a.checked_add(b).ok_or_else(|| inconsistent(BLOCKS, "too many of them"));
        (first, first_edge) = (sum(first, size)?, sum(first_edge, edges)?);
    }
    Ok(blocks)
}

fn validate(trace: &Trace<Stitched>) -> Result<(), DecodeError> {
    let n = trace.len() as u32;
    let mut seen = vec![false; trace.rows as usize];
    for &row in &trace.position_rows {
        match seen.get_mut(row as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(inconsistent("rows of positions", format!("row {row} twice or beyond the end"))),
        }
    }
    let (mut positions, mut edges) = (0, 0);
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        if first + size > n as usize {
            return Err(inconsistent("components", "more positions than vertices"));
        }
        validate_boundary(trace, block)?;
        positions += size;
        if let Block::Cyclic { plan, .. } = block {
            edges += trace.plans[plan as usize].edge_count();
        }
    }
    if positions != n as usize || edges != trace.inner_weights.len() {
        return Err(inconsistent("components", "they do not add up to the vertices and edges"));
    }
    if trace.boundary.first[n as usize] as usize != trace.boundary.to.len() {
        return Err(inconsistent("boundary pointers", "they do not end at the last edge"));
    }
    let weights = trace.weights.len() as u32;
    let pairs = trace.start.iter().chain(&trace.loops).map(|p| p.1);
    let used = trace.boundary.weight.iter().chain(&trace.inner_weights).copied().chain(pairs);
    if used.into_iter().any(|w| w >= weights) {
        return Err(inconsistent("weights", "one that is not in the table"));
    }
    if trace.start.iter().any(|s| s.1 as usize >= trace.weights.forms()) {
        return Err(inconsistent("start edges", "a weight that is no form of the table"));
    }
    let start_exists = trace.start.iter().all(|s| s.0 < n || s.0 == ABSORBED);
    if !start_exists || trace.loops.iter().any(|l| l.0 >= n) {
        return Err(inconsistent("start edges", "a position that does not exist"));
    }
    Ok(())
}

/// Boundary edges lead to later components only, and a vertex alone must have some.
fn validate_boundary(trace: &Trace<Stitched>, block: Block) -> Result<(), DecodeError> {
    let (first, size) = trace.extent(block);
    for position in first..first + size {
        let beyond = match block {
            Block::Acyclic { .. } => position + 1,
            Block::Cyclic { .. } => first + size,
        };
        let range = trace.boundary.first[position] as usize..trace.boundary.first[position + 1] as usize;
        let Some(targets) = trace.boundary.to.get(range) else {
            return Err(inconsistent("boundary pointers", format!("those of position {position}")));
        };
        let exists = |&t: &u32| t == ABSORBED || (beyond as u32..trace.len() as u32).contains(&t);
        if !targets.iter().all(exists) || targets.is_empty() && matches!(block, Block::Acyclic { .. }) {
            return Err(inconsistent("boundary edges", format!("those of position {position}")));
        }
    }
    Ok(())
}
