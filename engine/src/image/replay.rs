//! Moments, rewards, their gradients and covariances as an image.

use super::layout::Places;
use super::traffic::{Traffic, of_adjoints, traffic};
use super::{Image, LANES};
use crate::evaluate::{EvaluateError, Gradients, Numbers, Query, System};
use crate::graph::Kind;
use crate::replay::{Factor, Multiple, Outcome, Program};
use crate::trace::{Block, Trace};

/// Words of the header.
pub(super) const HEADER: usize = 24;

/// Most warps that share an elimination, each of which tells whether its rows are faulty.
const MOST_WARPS: usize = 16;

/// A query about moments, to be run on a device.
#[derive(Debug)]
pub struct ReplayImage<'t> {
    image: Image,
    values: usize,
    trace: &'t Trace,
    query: Query,
    system: System,
    equations: usize,
    /// Pairs of a target and an equation that it rests on, if there are gradients.
    adjoints: usize,
    results: usize,
}

/// Values that a lane has where a query is asked by one warp; zero where it is refused.
pub(super) fn values(trace: &Trace, query: &Query) -> u64 {
    let system = System::new(trace, query);
    system.map_or(0, |system| Workspace::new(trace, &system.program(trace, query), 1).places.taken())
}

impl<'t> ReplayImage<'t> {
    pub(super) fn new(trace: &'t Trace, query: &Query, warps: u32) -> Result<ReplayImage<'t>, EvaluateError> {
        let system = System::new(trace, query)?;
        let program = system.program(trace, query);
        let equations = program.equations.len();
        let gradients = if program.gradients { equations * trace.parameters() } else { 0 };
        let resting = |target: usize| program.rests_on(target).len();
        let adjoints = if program.gradients { (0..equations).map(resting).sum() } else { 0 };
        let covariances = program.covaried.len() * (program.covaried.len() + 1) / 2;
        let results = 3 + equations + 2 * gradients + covariances;
        let workspace = Workspace::new(trace, &program, warps as usize);
        let values = workspace.places.taken() as usize;
        let image = image(&program, &workspace, results);
        Ok(ReplayImage { image, values, trace, query: query.clone(), system, equations, adjoints, results })
    }

    /// What goes to the device.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Values that a lane works on.
    pub fn values(&self) -> usize {
        self.values
    }

    /// Numbers that a lane results in.
    pub fn results(&self) -> usize {
        self.results
    }

    /// What a lane computes and moves; covariances apart, which are one adjoint and a sum over vertices each.
    pub fn traffic(&self) -> Traffic {
        traffic(self.trace, self.equations) + of_adjoints(self.trace, self.adjoints)
    }

    /// The numbers at each vector of a tile, at most [`LANES`], by its results: as many numbers each. None where a lane
    /// is faulty.
    ///
    /// # Panics
    /// If there are not [`ReplayImage::results`] of them.
    pub fn numbers(&self, results: &[f64], thetas: &[&[f64]]) -> Vec<Option<Numbers>> {
        assert_eq!(results.len(), self.results * LANES, "results of a tile");
        let gradients = match self.system.gradients {
            Gradients::Adjoints => self.equations * self.trace.parameters(),
            Gradients::None | Gradients::Scaling => 0,
        };
        let outcome = Outcome::of_device(LANES, results, self.equations, gradients);
        let numbers = |(lane, theta): (usize, &&[f64])| {
            let mut numbers = Numbers::default();
            let mut taken = || numbers.take(self.trace, &self.query, &self.system, (&outcome, lane), theta);
            // A gradient that cannot be had is left to the one that answers faulty lanes, which says so.
            (outcome.is_sound(lane) && taken().is_ok()).then_some(numbers)
        };
        thetas.iter().enumerate().map(numbers).collect()
    }
}

/// Where everything that a lane works on stands.
#[derive(Debug, Default)]
struct Workspace {
    places: Places,
    keep_all: bool,
    keep_lower: bool,
    rates: u32,
    initial: u32,
    solutions: u32,
    lower: u32,
    upper: u32,
    inverse: u32,
    leaving: u32,
    row: u32,
    row_size: usize,
    adjoints: u32,
    by_weight: u32,
    magnitudes: u32,
    sums: u32,
    faults: u32,
    steps: Vec<u32>,
}

impl Workspace {
    fn new(trace: &Trace, program: &Program, warps: usize) -> Workspace {
        let mut places = Places::default();
        let (equations, n) = (program.equations.len(), trace.len());
        let keep_all = program.has_adjoints();
        let mut largest = [0; 4];
        let mut all = [0; 3];
        for &block in &trace.blocks {
            let size = trace.extent(block).1;
            let (lower, upper, row) = match block {
                Block::Acyclic { .. } => (0, 0, 0),
                Block::Cyclic { plan, .. } => {
                    let factors = trace.factors(plan);
                    (factors.lower.columns.len(), factors.upper.columns.len(), size)
                }
            };
            largest.iter_mut().zip([lower, upper, size, row]).for_each(|(most, one)| *most = one.max(*most));
            all.iter_mut().zip([lower, upper, size]).for_each(|(sum, one)| *sum += one);
        }
        let [lower, upper, inverse] = if keep_all { all } else { [largest[0], largest[1], largest[2]] };
        let keep_lower = equations > 1 || keep_all;
        let only = |wanted: bool, values: usize| if wanted { values } else { 0 };
        let row_size = largest[3];
        Workspace {
            keep_all,
            keep_lower,
            rates: places.take(trace.weights.len()),
            initial: places.take(trace.start.len()),
            solutions: places.take(equations * (n + 1)),
            lower: places.take(only(keep_lower, lower)),
            upper: places.take(upper),
            inverse: places.take(inverse),
            leaving: places.take(row_size),
            row: places.take(row_size * warps),
            row_size,
            adjoints: places.take(only(keep_all, equations * (n + 1))),
            by_weight: places.take(only(program.gradients, trace.weights.len())),
            magnitudes: places.take(only(program.gradients, trace.weights.len())),
            sums: places.take(only(program.kind == Kind::Discrete, n)),
            faults: places.take(MOST_WARPS),
            steps: program.stepped.iter().map(|&stepped| places.take(only(stepped, n))).collect(),
            places,
        }
    }
}

fn image(program: &Program, workspace: &Workspace, results: usize) -> Image {
    let mut image = Image::with_header(HEADER);
    let equations = put_equations(program, workspace, &mut image);
    let mut covaried = Vec::new();
    for (equation, rewards) in &program.covaried {
        covaried.extend([*equation as u32, image.put_numbers(rewards.iter().copied())]);
    }
    let count = program.equations.len();
    let mut rests = vec![0; count * count];
    for target in 0..count {
        program.rests_on(target).into_iter().for_each(|q| rests[target * count + q] = 1);
    }
    let Workspace { places, keep_all, keep_lower, rates, initial, solutions, .. } = workspace;
    let Workspace { lower, upper, inverse, leaving, row, row_size, .. } = workspace;
    let Workspace { adjoints, by_weight, magnitudes, sums, faults, .. } = workspace;
    let flags = [u32::from(program.gradients), program.covaried.len() as u32];
    let kept = [u32::from(*keep_all), u32::from(*keep_lower)];
    let lists = [equations, image.put(covaried), image.put(rests)];
    let header = [
        &[count as u32][..],
        &flags,
        &kept,
        &lists,
        &[*rates, *initial, *solutions, *lower, *upper, *inverse, *leaving, *row, *row_size as u32],
        &[*adjoints, *by_weight, *magnitudes, *sums, *faults, places.taken() as u32, results as u32],
    ]
    .concat();
    image.words[..HEADER].copy_from_slice(&header);
    image
}

/// Right-hand sides, each with its products.
fn put_equations(program: &Program, workspace: &Workspace, image: &mut Image) -> u32 {
    let mut put = |multiple: &Multiple| match multiple {
        Multiple::Everywhere(value) => [0, image.put_numbers([*value])],
        Multiple::Each(values) => [1, image.put_numbers(values.iter().copied())],
    };
    let mut equations = Vec::new();
    for (equation, (&stepped, &steps)) in
        program.equations.iter().zip(program.stepped.iter().zip(&workspace.steps))
    {
        let constant = put(&equation.constant);
        let mut products = Vec::new();
        for (multiple, factor) in &equation.products {
            products.extend(put(multiple));
            products.extend(match *factor {
                Factor::Solution(of) => [0, of as u32],
                Factor::Step(of) => [1, of as u32],
            });
        }
        equations.push((constant, [u32::from(stepped), steps], products));
    }
    let mut words = Vec::new();
    for (constant, step, products) in equations {
        let count = products.len() as u32 / 4;
        words.extend(constant);
        words.extend(step);
        words.extend([count, image.put(products)]);
    }
    image.put(words)
}
