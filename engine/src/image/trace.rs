//! A trace as an image.

use std::collections::HashMap;

use super::Image;
use super::layout::{Numbering, entered};
use crate::graph::Kind;
use crate::replay::{LinearForms, Place};
use crate::trace::{Block, Trace};

/// Words of the header.
const HEADER: usize = 27;

/// Says of a block that it is a path, eliminated from one end to the other.
const IS_PATH: u32 = 2;

/// Words of a block.
const BLOCK: usize = 8;

pub(super) fn image(trace: &Trace) -> Image {
    let forms = LinearForms::new(&trace.weights);
    let numbering = Numbering::new(&trace.weights, &forms);
    let mut image = Image::with_header(HEADER);
    let mut header = vec![
        u32::from(trace.kind() == Kind::Discrete),
        trace.len() as u32,
        trace.parameters() as u32,
        numbering.variables.len() as u32,
        numbering.constants.len() as u32,
    ];
    put_forms(trace, &forms, &numbering, &mut image, &mut header);
    put_coefficients(trace, &numbering, &mut image, &mut header);
    let pairs = |pairs: &[(u32, u32)]| -> Vec<u32> {
        pairs.iter().flat_map(|&(to, weight)| [entered(trace, to), numbering.of(weight)]).collect()
    };
    header.extend([trace.start.len() as u32, image.put(pairs(&trace.start))]);
    header.extend([trace.loops.len() as u32, image.put(pairs(&trace.loops))]);
    put_blocks(trace, &numbering, &mut image, &mut header);
    header.push(image.put(trace.boundary.first.iter().copied()));
    header.push(image.put(trace.boundary.to.iter().map(|&to| entered(trace, to))));
    header.push(image.put(trace.boundary.weight.iter().map(|&weight| numbering.of(weight))));
    assert_eq!(header.len(), HEADER, "as image.cuh has it");
    image.words[..HEADER].copy_from_slice(&header);
    image
}

/// Constants, products and sums.
fn put_forms(
    trace: &Trace,
    forms: &LinearForms,
    numbering: &Numbering,
    image: &mut Image,
    header: &mut Vec<u32>,
) {
    let values = || forms.constants.iter().map(|constant| constant.1);
    header.push(image.put_numbers(values()));
    let (lowest, highest) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
    header.push(image.put_numbers([lowest, highest]));
    let products = forms.products.iter().flat_map(|p| [numbering.of(p.weight), p.parameter]);
    header.extend([forms.products.len() as u32, image.put(products)]);
    header.push(image.put_numbers(forms.products.iter().map(|product| product.coefficient)));
    let sums = forms.sums.iter().flat_map(|sum| [numbering.of(sum.weight), sum.end as u32]);
    header.extend([forms.sums.len() as u32, image.put(sums)]);
    header.push(image.put_numbers(forms.sums.iter().map(|sum| sum.base)));
    header.push(image.put(forms.terms.iter().map(|term| term.0)));
    header.push(image.put_numbers(forms.terms.iter().map(|term| term.1)));
    debug_assert!(trace.weights.len() == numbering.variables.len() + numbering.constants.len());
}

/// Coefficients of the weights that depend on parameters, by weight.
fn put_coefficients(trace: &Trace, numbering: &Numbering, image: &mut Image, header: &mut Vec<u32>) {
    let (mut first, mut parameters, mut coefficients) = (vec![0], Vec::new(), Vec::new());
    for &weight in &numbering.variables {
        for (parameter, &c) in (0..).zip(trace.weights.coefficients(weight)).filter(|(_, c)| **c != 0.0) {
            parameters.push(parameter);
            coefficients.push(c);
        }
        first.push(parameters.len() as u32);
    }
    header.extend([image.put(first), image.put(parameters), image.put_numbers(coefficients)]);
}

/// Blocks, and the rows of each plan once.
fn put_blocks(trace: &Trace, numbering: &Numbering, image: &mut Image, header: &mut Vec<u32>) {
    let mut plans = HashMap::new();
    let mut blocks = Vec::with_capacity(BLOCK * trace.blocks.len());
    for (&block, place) in trace.blocks.iter().zip(Place::of_blocks(trace).0) {
        let (first, size) = trace.extent(block);
        let Place { lower, upper, vertex } = place;
        let (is_cyclic, plan, inner) = match block {
            Block::Acyclic { .. } => (0, 0, 0),
            Block::Cyclic { plan, first_edge, .. } => {
                let rows = *plans.entry(plan).or_insert_with(|| put_plan(trace, plan, image));
                let factors = trace.factors(plan);
                let edges = factors.edges.columns.len();
                let inner = &trace.inner_weights[first_edge as usize..][..edges];
                (
                    if factors.is_path { IS_PATH } else { 1 },
                    rows,
                    image.put(inner.iter().map(|&weight| numbering.of(weight))),
                )
            }
        };
        let places = [lower as u32, upper as u32, vertex as u32];
        blocks.extend([is_cyclic, first as u32, size as u32, plan, inner]);
        blocks.extend(places);
    }
    header.extend([trace.blocks.len() as u32, image.put(blocks)]);
}

/// Rows of a plan: where what tells their places stands.
fn put_plan(trace: &Trace, plan: u32, image: &mut Image) -> u32 {
    let factors = trace.factors(plan);
    let mut places = Vec::new();
    for rows in [&factors.edges, &factors.lower, &factors.upper] {
        places.push(image.put(rows.first.iter().copied()));
        places.push(image.put(rows.columns.iter().copied()));
    }
    places.push(image.put(factors.fourfold.iter().map(|&fourfold| u32::from(fourfold))));
    image.put(places)
}
