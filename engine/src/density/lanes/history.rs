//! Where chains were, for sweeps back in time: every step while they fit in memory, else every so many, from which
//! the steps in between are taken again.

use super::forwards::Chains;
use crate::density::layout::Layout;
use crate::replay::Lanes;

/// Most bytes of steps that are all kept.
const MEMORY: usize = 1 << 26;

/// Probabilities of positions after steps 0, `stride`, `2 stride`, ...
#[derive(Debug)]
pub(super) struct History<P> {
    stride: usize,
    /// Steps told of so far.
    steps: usize,
    kept: Vec<Vec<P>>,
    /// Which kept step those in `between` follow.
    segment: usize,
    between: Vec<Vec<P>>,
}

impl<P: Lanes> History<P> {
    /// An empty history of a sweep of so many numbers that is expected to take so many steps at most. It keeps them
    /// all within [`MEMORY`], else as many as there are steps in between, which is least.
    pub(super) fn new(numbers: usize, steps: usize) -> History<P> {
        let bytes = steps.saturating_mul(8 * numbers);
        let stride = if bytes <= MEMORY { 1 } else { steps.isqrt().max(1) };
        History::of_stride(stride)
    }

    fn of_stride(stride: usize) -> History<P> {
        History { stride, steps: 0, kept: Vec::new(), segment: usize::MAX, between: Vec::new() }
    }

    /// Is told the next step.
    pub(super) fn keep(&mut self, v: &[P]) {
        if self.steps.is_multiple_of(self.stride) {
            self.kept.push(v.to_vec());
        }
        self.steps += 1;
    }

    /// Where the chains were after a step; quick if the last one asked for is near. A step beyond those told of is
    /// like the last of them: nothing moved any more.
    #[inline(always)]
    pub(super) fn after(&mut self, layout: &Layout, chains: &Chains<P>, step: usize) -> &[P] {
        let told = self.steps - 1;
        let at = step.min(told);
        let (segment, offset) = (at / self.stride, at % self.stride);
        if offset == 0 {
            return &self.kept[segment];
        }
        if segment != self.segment {
            self.segment = segment;
            let steps = (self.stride - 1).min(told - segment * self.stride);
            self.between.resize_with(steps, || self.kept[0].clone());
            for i in 0..steps {
                let (before, after) = self.between.split_at_mut(i);
                chains.step(layout, before.last().unwrap_or(&self.kept[segment]), &mut after[0]);
            }
        }
        &self.between[offset - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::flow::Flow;
    use crate::density::lanes::packed;
    use crate::replay::{Initial, Rates};
    use crate::{Chain, Trace, models};

    #[test]
    fn steps_taken_again_are_the_steps_taken_before() {
        let trace = Trace::record(&Chain::new(&models::build("coalescent,n=6").unwrap())).unwrap();
        let rates = Rates::new(&trace, &[1.0]).unwrap();
        let layout = Layout::new(&trace);
        let flow = Flow::new(&trace, &layout, &rates, &Initial::new(&trace, &rates).unwrap());
        let chains: Chains<f64> = Chains {
            probabilities: packed(&[&flow], |flow| &flow.probabilities),
            stay: packed(&[&flow], |flow| &flow.stay),
            exit: packed(&[&flow], |flow| &flow.exit),
            start: packed(&[&flow], |flow| &flow.start),
        };
        for stride in [1, 2, 7, 40] {
            let mut history = History::of_stride(stride);
            let mut all = vec![flow.start.clone()];
            for k in 0..23 {
                let mut next = vec![0.0; flow.len()];
                flow.step(&all[k], &mut next);
                all.push(next);
            }
            all.iter().for_each(|v| history.keep(v));
            for step in (0..=25).rev() {
                let found = history.after(&layout, &chains, step);
                assert_eq!(found, all[step.min(23)], "step {step} of a stride of {stride}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_kept_at_the_square_root_of_its_steps() {
        let fits = MEMORY / (8 * 17);
        assert_eq!(History::<f64>::new(17, fits).stride, 1);
        assert_eq!(History::<f64>::new(17, 4 * fits).stride, (4 * fits).isqrt());
    }
}
