//! The largest sector that is proved to hold the numerical range of a chain.
//!
//! Let q_i be the rates out of positions, c_ij those of edges, mu > 0 a measure, D = diag(mu). For any x the number
//! w = x^H D (-Q) x = sum mu_i q_i |x_i|^2 - sum mu_i c_ij conj(x_i) x_j has Re(e^{i theta} w) >= -sigma x^H D x
//! if and only if the Hermitian matrix with
//!
//!   G_ii = mu_i (cos theta q_i + sigma),  G_ij = -(e^{i theta} mu_i c_ij + e^{-i theta} mu_j c_ji) / 2
//!
//! is not negative; with the conjugate of x the same holds of -theta. An edge between components is taken from the
//! matrix: 2 |mu_i c_ij x_i x_j| <= mu_i c_ij (eta |x_i|^2 + |x_j|^2 / eta), so that what is left is a diagonal
//! for each position alone and one matrix for each component, which [`CholeskyPlan`] factors. Each has its diagonal scaled to one,
//! whereby sqrt(mu_i / mu_j) is all of the measure that is needed. Of components of one position no rounding but
//! that of their own sums is in the way, so that these may be as stiff as they like.

use super::cholesky::{CholeskyPlan, HermitianRows};
use super::measure::PositionMeasure;
use super::net::RateNet;
use crate::density::complex::Complex;

/// sigma is this share of cos theta over the time.
pub(super) const SHIFT: f64 = 0.02;
/// The largest angle that is asked for: at a right angle nothing is left to go round.
const WIDEST: f64 = std::f64::consts::FRAC_PI_2 - 0.05;
/// The smallest: beyond it there are too many nodes in any case.
const NARROWEST: f64 = 1e-4;
const UNIT: f64 = f64::EPSILON / 2.0;

/// One component of several positions, in the order of its factorisation.
#[derive(Debug)]
pub(super) struct FormPart {
    /// Position of each row.
    positions: Vec<u32>,
    rows: HermitianRows,
    /// (rate from the row's position to the column's, rate back) of each entry.
    rates: Vec<(f64, f64)>,
    plan: CholeskyPlan,
}

/// The parts of a chain that have to be factored.
#[derive(Debug)]
pub(super) struct FormPlan {
    parts: Vec<FormPart>,
    /// Multiplications of one attempt.
    pub(super) work: f64,
}

impl FormPlan {
    /// Orders and plans all components; None where factors would have more entries than `most`.
    pub(super) fn new(net: &RateNet, most: usize) -> Option<FormPlan> {
        let (mut parts, mut work) = (Vec::new(), 0.0);
        let mut left = most;
        for component in (0..net.components.len()).filter(|&c| net.components[c].len() > 1) {
            let part = FormPart::new(net, component, left)?;
            left = left.saturating_sub(part.rows.columns.len());
            work += part.plan.work;
            parts.push(part);
        }
        Some(FormPlan { parts, work: work + (net.out.len() + net.len()) as f64 })
    }
}

impl FormPart {
    fn new(net: &RateNet, component: usize, most: usize) -> Option<FormPart> {
        let members: Vec<u32> = net.members(component).map(|p| p as u32).collect();
        let place = |p: u32| members.binary_search(&p).ok();
        // Neighbours within the component, whichever way edges lead.
        let mut around: Vec<Vec<u32>> = vec![Vec::new(); members.len()];
        for (k, &p) in members.iter().enumerate() {
            for i in net.out.of(p as usize).iter().filter_map(|&(to, _)| place(to)) {
                around[k].push(i as u32);
                around[i].push(k as u32);
            }
        }
        around.iter_mut().for_each(|row| {
            row.sort_unstable();
            row.dedup();
        });
        let order = crate::ordering::order_of(&around)?;
        let mut rank = vec![0u32; members.len()];
        order.iter().enumerate().for_each(|(k, &v)| rank[v as usize] = k as u32);
        let mut rows = HermitianRows { first: vec![0], columns: Vec::new() };
        let mut rates = Vec::new();
        for (k, &v) in order.iter().enumerate() {
            let p = members[v as usize];
            for &w in around[v as usize].iter().filter(|&&w| (rank[w as usize] as usize) < k) {
                let other = members[w as usize];
                rows.columns.push(rank[w as usize]);
                rates.push((net.out.rate(p as usize, other), net.out.rate(other as usize, p)));
            }
            rows.first.push(rows.columns.len());
        }
        let plan = CholeskyPlan::new(&rows, most)?;
        let positions = order.iter().map(|&v| members[v as usize]).collect();
        Some(FormPart { positions, rows, rates, plan })
    }
}

/// A chain, a measure and what is asked of them.
pub(super) struct SectorSearch<'a> {
    pub(super) net: &'a RateNet,
    pub(super) plan: &'a FormPlan,
    pub(super) measure: &'a PositionMeasure,
    /// The time that the shift is a share of.
    pub(super) time: f64,
    /// sqrt(1 / growth) of the measure.
    pub(super) eta: f64,
}

impl SectorSearch<'_> {
    /// Returns the largest angle found for which all is proved, if there is one. `attempts` counts factorisations.
    pub(super) fn widest(&self, attempts: &mut usize) -> Option<f64> {
        let mut holds = |angle: f64| {
            *attempts += 1;
            self.holds(angle)
        };
        if holds(WIDEST) {
            return Some(WIDEST);
        }
        let (mut low, mut high) = (WIDEST / 2.0, WIDEST);
        while !holds(low) {
            high = low;
            low /= 2.0;
            if low < NARROWEST {
                return None;
            }
        }
        for _ in 0..4 {
            let middle = (low + high) / 2.0;
            if holds(middle) { low = middle } else { high = middle }
        }
        Some(low)
    }

    fn holds(&self, angle: f64) -> bool {
        let cos = libm::cos(angle);
        let alone = self.net.components.iter().enumerate().filter(|(_, positions)| positions.len() == 1);
        let mut alone = alone.flat_map(|(c, _)| self.net.members(c));
        alone.all(|p| self.diagonal(p, cos) > 0.0)
            && self.plan.parts.iter().all(|part| self.part_holds(part, angle, cos))
    }

    /// Returns G_pp / (mu_p cos theta) less what edges between components take of it, and less the rounding error of
    /// that. A smaller diagonal is a smaller matrix.
    fn diagonal(&self, p: usize, cos: f64) -> f64 {
        let (mut taken, mut terms) = (0.0, 4.0);
        for (_, rate) in self.net.onward(p) {
            taken += rate * self.eta / 2.0;
            terms += 1.0;
        }
        for (from, rate) in self.net.inward(p) {
            taken += (self.measure.mu[from] / self.measure.mu[p] * rate).to_f64() / (2.0 * self.eta);
            terms += 1.0;
        }
        let whole = self.net.leaving[p].high + SHIFT / self.time;
        let terms = terms + self.net.out.of(p).len() as f64;
        whole - taken / cos - 2.0 * (terms + 8.0) * UNIT * (whole + taken / cos)
    }

    fn part_holds(&self, part: &FormPart, angle: f64, cos: f64) -> bool {
        let roots: Vec<f64> = part.positions.iter().map(|&p| self.diagonal(p as usize, cos).sqrt()).collect();
        // Those that are none are not above zero either.
        if !roots.iter().all(|&root| root > 0.0) {
            return false;
        }
        let tan = libm::tan(angle);
        let ratio = |a: u32, b: u32| {
            let mu = |p: u32| self.measure.mu[part.positions[p as usize] as usize];
            (mu(a) / mu(b)).to_f64().sqrt()
        };
        let mut entries = Vec::with_capacity(part.rates.len());
        let mut sums = vec![0.0; part.positions.len()];
        for k in 0..part.positions.len() {
            for e in part.rows.first[k]..part.rows.first[k + 1] {
                let j = part.rows.columns[e];
                let up = ratio(k as u32, j);
                let scale = 0.5 / (roots[k] * roots[j as usize]);
                let (ahead, back) = (part.rates[e].0 * up * scale, part.rates[e].1 / up * scale);
                // e^{i theta} / cos theta = 1 + i tan theta
                entries.push(Complex { re: -(ahead + back), im: -(ahead - back) * tan });
                let size = (ahead + back) * (1.0 + tan);
                sums[k] += size;
                sums[j as usize] += size;
            }
        }
        let errors = 16.0 * UNIT * sums.into_iter().fold(0.0, f64::max);
        part.plan.proves(&part.rows, &entries, errors)
    }
}
