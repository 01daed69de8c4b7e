//! A transition matrix with its exits, and its square.

use crate::density::spread::Spread;

/// Where a chain is after some time, for each position that it may begin in.
#[derive(Debug, PartialEq)]
pub(super) struct Level {
    /// Row p: where the chain is that was at p.
    pub(super) matrix: Vec<f64>,
    /// Probability of having left.
    pub(super) exit: Vec<f64>,
    /// Expected number of steps begun in each position; empty if nobody asked.
    pub(super) visits: Vec<f64>,
}

impl Level {
    pub(super) fn squared(&self, n: usize, with_visits: bool) -> Level {
        let mut visits = Vec::new();
        if with_visits {
            visits = product(n, &self.matrix, &self.visits);
            visits.iter_mut().zip(&self.visits).for_each(|(later, earlier)| *later += earlier);
        }
        let exit = (0..n)
            .map(|p| {
                let later: f64 = self.row(n, p).iter().zip(&self.exit).map(|(q, e)| q * e).sum();
                self.exit[p] + later
            })
            .collect();
        let mut level = Level { matrix: product(n, &self.matrix, &self.matrix), exit, visits };
        level.balance(n);
        level
    }

    fn row(&self, n: usize, p: usize) -> &[f64] {
        &self.matrix[p * n..(p + 1) * n]
    }

    /// Brings each row and its exit to a total of one. Where staying is likely it is what is left over: the
    /// rest keeps its digits, however small it is.
    pub(super) fn balance(&mut self, n: usize) {
        for (p, (row, exit)) in self.matrix.chunks_mut(n.max(1)).zip(&mut self.exit).enumerate() {
            let stay = std::mem::take(&mut row[p]);
            let moves = row.iter().sum::<f64>() + *exit;
            if moves <= 0.5 {
                row[p] = 1.0 - moves;
            } else {
                row[p] = stay;
                let total = moves + stay;
                row.iter_mut().for_each(|q| *q /= total);
                *exit /= total;
            }
        }
    }

    pub(super) fn apply(&self, spread: &mut Spread) {
        let n = spread.states.len();
        let mut states = vec![0.0; n];
        for (p, &mass) in spread.states.iter().enumerate().filter(|s| *s.1 > 0.0) {
            spread.absorbed += mass * self.exit[p];
            states.iter_mut().zip(self.row(n, p)).for_each(|(sum, q)| *sum += mass * q);
            let visits = self.visits.chunks(n).nth(p).unwrap_or_default();
            spread.visits.iter_mut().zip(visits).for_each(|(sum, time)| *sum += mass * time);
        }
        spread.states = states;
    }
}

/// The product of two n by n matrices.
pub(super) fn product(n: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut c = vec![0.0; n * n];
    for (row, c) in a.chunks(n.max(1)).zip(c.chunks_mut(n.max(1))) {
        for (&factor, b) in row.iter().zip(b.chunks(n.max(1))) {
            if factor != 0.0 {
                c.iter_mut().zip(b).for_each(|(c, b)| *c += factor * b);
            }
        }
        c.iter_mut().filter(|c| c.abs() < f64::MIN_POSITIVE).for_each(|c| *c = 0.0);
    }
    c
}
