//! Where a chain was, for sweeps back in time: every step while they fit in memory, else every so many, from which
//! the steps in between are taken again.

use super::flow::Flow;

/// Most bytes of steps that are all kept.
const MEMORY: usize = 1 << 26;

/// Probabilities of positions after steps 0, `stride`, `2 stride`, ...
#[derive(Debug)]
pub(super) struct History {
    stride: usize,
    /// Steps told of so far.
    steps: usize,
    kept: Vec<Vec<f64>>,
}

impl History {
    /// An empty history of a sweep that is expected to take so many steps at most. It keeps them all within
    /// [`MEMORY`], else as many as there are steps in between, which is least.
    pub(super) fn new(flow: &Flow, steps: usize) -> History {
        let bytes = steps.saturating_mul(8 * flow.len());
        let stride = if bytes <= MEMORY { 1 } else { steps.isqrt().max(1) };
        History { stride, steps: 0, kept: Vec::new() }
    }

    /// Is told the next step.
    pub(super) fn keep(&mut self, v: &[f64]) {
        if self.steps.is_multiple_of(self.stride) {
            self.kept.push(v.to_vec());
        }
        self.steps += 1;
    }

    /// Calls `visit` with each step from `last` to 0 and where the chain was after it. A step beyond those told of is
    /// like the last of them: nothing moved any more.
    pub(super) fn backwards(&self, flow: &Flow, last: usize, mut visit: impl FnMut(usize, &[f64])) {
        let mut between: Vec<Vec<f64>> = Vec::new();
        let told = self.steps - 1;
        let mut segment = usize::MAX;
        for step in (0..=last).rev() {
            let at = step.min(told);
            if at / self.stride != segment {
                segment = at / self.stride;
                self.replay(flow, segment, told, &mut between);
            }
            let offset = at % self.stride;
            visit(step, if offset == 0 { &self.kept[segment] } else { &between[offset - 1] });
        }
    }

    /// Takes the steps that follow a kept one again, up to the next.
    fn replay(&self, flow: &Flow, segment: usize, told: usize, between: &mut Vec<Vec<f64>>) {
        let steps = (self.stride - 1).min(told - segment * self.stride);
        between.resize_with(steps, || vec![0.0; flow.len()]);
        for i in 0..steps {
            let (before, after) = between.split_at_mut(i);
            flow.step(before.last().unwrap_or(&self.kept[segment]), &mut after[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::{Initial, Rates};
    use crate::{Chain, Trace, models};

    #[test]
    fn steps_taken_again_are_the_steps_taken_before() {
        let trace = Trace::record(&Chain::new(&models::build("coalescent,n=6").unwrap())).unwrap();
        let rates = Rates::new(&trace, &[1.0]).unwrap();
        let flow = Flow::new(&trace, &rates, &Initial::new(&trace, &rates).unwrap());
        for stride in [1, 2, 7, 40] {
            let mut history = History { stride, steps: 0, kept: Vec::new() };
            let mut all = vec![flow.start.clone()];
            for k in 0..23 {
                let mut next = vec![0.0; flow.len()];
                flow.step(&all[k], &mut next);
                all.push(next);
            }
            all.iter().for_each(|v| history.keep(v));
            let mut steps = Vec::new();
            history.backwards(&flow, 25, |step, v| {
                assert_eq!(v, all[step.min(23)], "step {step} of a stride of {stride}");
                steps.push(step);
            });
            assert!(steps.into_iter().eq((0..=25).rev()));
        }
    }

    #[test]
    fn what_does_not_fit_is_kept_at_the_square_root_of_its_steps() {
        let trace = Trace::record(&Chain::new(&models::build("coalescent,n=6").unwrap())).unwrap();
        let rates = Rates::new(&trace, &[1.0]).unwrap();
        let flow = Flow::new(&trace, &rates, &Initial::new(&trace, &rates).unwrap());
        let fits = MEMORY / (8 * flow.len());
        assert_eq!(History::new(&flow, fits).stride, 1);
        assert_eq!(History::new(&flow, 4 * fits).stride, (4 * fits).isqrt());
    }
}
