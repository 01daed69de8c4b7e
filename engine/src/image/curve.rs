//! Density, cdf and survival at given times as an image, by uniformisation, or powers of a discrete chain.

use super::layout::{Numbering, Places, entered};
use super::replay::HEADER;
use super::traffic::{Traffic, of_step};
use super::{Image, LANES, Unsupported};
use crate::density::{Distribution, Grid};
use crate::evaluate::EvaluateError;
use crate::question::DistributionAt;
use crate::replay::LinearForms;
use crate::trace::Trace;

/// Words of the header that follow those of every question.
const MORE: usize = 11;

/// Numbers of a lane that the first kernel results in.
const FLOW: usize = 3;

/// Numbers of a lane and time that the second results in.
const POINT: usize = 4;

/// A query about a distribution, to be run on a device by two kernels.
#[derive(Debug)]
pub struct CurveImage<'t> {
    image: Image,
    values: usize,
    times: usize,
    vertices: usize,
    /// Edges that lead to a vertex.
    entering: usize,
    grid: Grid<'t>,
}

/// What the first kernel found at a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    mass_at_zero: f64,
    rate: f64,
}

/// Room that the second kernel needs for a vector, in values, as it takes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// Steps, of which three values are kept.
    pub steps: usize,
    /// Probabilities to either side of a mode: two values each.
    pub half: usize,
}

impl Room {
    /// Values of a lane.
    pub fn values(self) -> usize {
        3 * self.steps + 4 * self.half
    }

    /// Room for either.
    pub fn or(self, other: Room) -> Room {
        Room { steps: self.steps.max(other.steps), half: self.half.max(other.half) }
    }
}

pub(super) fn supports(trace: &Trace, at: &DistributionAt) -> Result<(), Unsupported> {
    let refused = [
        (!at.quantiles.is_empty(), "quantiles"),
        (!at.state_probabilities.is_empty(), "state probabilities"),
        (!at.occupancies.is_empty(), "expected times until given ones"),
        (Grid::has_traps(trace), "the distribution of a chain that may stay for ever"),
    ];
    refused.iter().find(|(is_asked, _)| *is_asked).map_or(Ok(()), |&(_, part)| Err(Unsupported { part }))
}

impl<'t> CurveImage<'t> {
    pub(super) fn new(trace: &'t Trace, at: &DistributionAt) -> Result<CurveImage<'t>, EvaluateError> {
        let grid = Grid::new(trace, &at.times, at.tolerance)?;
        let forms = LinearForms::new(&trace.weights);
        let numbering = Numbering::new(&trace.weights, &forms);
        let mut image = Image::with_header(HEADER + MORE);
        let times = image.put_numbers(grid.times().iter().copied());
        let tolerance = image.put_numbers([at.tolerance]);
        let n = trace.len();
        let mut places = Places::default();
        let (rates, initial) = (places.take(trace.weights.len()), places.take(trace.start.len()));
        let probability = places.take(trace.weights.len());
        let [stay, exit, now, next, sums] = [(); 5].map(|()| places.take(n));
        let entering = put_entering(trace, &numbering, &grid, &mut image);
        let mut header = [0; HEADER];
        (header[8], header[9], header[20]) = (rates, initial, sums);
        (header[22], header[23]) = (places.taken() as u32, FLOW as u32);
        let more = [at.times.len() as u32, times, tolerance, probability, stay, exit, now, next];
        image.words[..HEADER + MORE].copy_from_slice(&[&header[..], &more, &entering].concat());
        let entering = image.words[entering[0] as usize + n] as usize;
        Ok(CurveImage {
            image,
            values: places.taken() as usize,
            times: at.times.len(),
            vertices: n,
            entering,
            grid,
        })
    }

    /// What goes to the device.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Values that a lane works on in both kernels.
    pub fn values(&self) -> usize {
        self.values
    }

    /// Numbers that a lane results in: of the first kernel, and of the second.
    pub fn results(&self) -> [usize; 2] {
        [FLOW, 1 + POINT * self.times]
    }

    /// What a lane computes and moves in a step. [`CurveImage::room`] tells how many steps it takes at most.
    pub fn traffic_of_step(&self) -> Traffic {
        of_step(self.vertices, self.entering)
    }

    /// What the first kernel found in each lane of a tile: [`LANES`] numbers of each result. None where a lane is faulty, or
    /// one of the times is for another method than those of devices.
    pub fn flows(&self, results: &[f64]) -> Vec<Option<Flow>> {
        let of = |lane: usize| {
            let [fault, mass_at_zero, rate] = [0, 1, 2].map(|result| results[result * LANES + lane]);
            (fault.is_finite() && self.grid.is_swept(rate)).then_some(Flow { mass_at_zero, rate })
        };
        (0..LANES).map(of).collect()
    }

    /// Room that the second kernel needs for it.
    pub fn room(&self, flow: Flow) -> Room {
        let (steps, half) = self.grid.room(flow.rate);
        Room { steps, half }
    }

    /// The distribution in a lane, by the results of its tile's second kernel. None where it is faulty, or a number is below what steps in doubles tell.
    pub fn distribution(&self, results: &[f64], lane: usize, flow: Flow) -> Option<Distribution> {
        let at = |result: usize| results[result * LANES + lane];
        let point = |time| {
            let [density, cdf, survival, last] = [0, 1, 2, 3].map(|k| at(1 + POINT * time + k));
            self.grid.point(time, [density, cdf, survival], last, flow.rate)
        };
        if !at(0).is_finite() {
            return None;
        }
        Some(Distribution {
            points: (0..self.times).map(point).collect::<Option<_>>()?,
            mass_at_zero: flow.mass_at_zero,
            ..Distribution::default()
        })
    }
}

/// Edges by the position that they enter, in the order in which steps go through them.
fn put_entering(trace: &Trace, numbering: &Numbering, grid: &Grid<'_>, image: &mut Image) -> [u32; 3] {
    let n = trace.len();
    let mut entering = vec![Vec::new(); n];
    for (from, to, weight) in grid.edges() {
        if entered(trace, to) < n as u32 {
            entering[to as usize].push((from, numbering.of(weight)));
        }
    }
    let mut first = vec![0];
    for edges in &entering {
        first.push(first[first.len() - 1] + edges.len() as u32);
    }
    let all = || entering.iter().flatten();
    let (from, weight) = (all().map(|edge| edge.0), all().map(|edge| edge.1));
    [image.put(first), image.put(from), image.put(weight)]
}
