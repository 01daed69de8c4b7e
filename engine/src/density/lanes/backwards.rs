//! Sweeps back in time side by side: see [`crate::density::adjoint`].

use super::forwards::{Chains, Side};
use super::history::History;
use crate::density::adjoint::{Derivatives, Seeds};
use crate::density::layout::Layout;
use crate::replay::{Lanes, Work, work};

/// Goes back in time to the start. Where the chains were must have been remembered; else nothing comes of it.
pub(super) fn backwards<P: Lanes>(side: &mut Side<P>, layout: &Layout, seeds: &[Seeds]) -> Vec<Derivatives> {
    let Side { chains, history: Some(history), .. } = side else { return Vec::new() };
    let last = seeds.iter().map(|seeds| seeds.leaving.len().max(seeds.mass.len())).max().unwrap_or(0);
    let pack = |of: fn(&Seeds) -> &[f64]| {
        let mut packs = vec![P::splat(0.0); last];
        for (lane, seeds) in seeds.iter().enumerate() {
            packs.iter_mut().zip(of(seeds)).for_each(|(pack, &x)| pack.numbers_mut()[lane] = x);
        }
        packs
    };
    let seeds_of_steps = (pack(|s| &s.leaving), pack(|s| &s.mass));
    let found = work::<P, _>(Backwards { chains, history, layout, seeds: seeds_of_steps });
    let lane = |lane: usize| {
        let of = |packs: &[P]| packs.iter().map(|pack| pack.numbers()[lane]).collect();
        Derivatives {
            edges: of(&found.edges),
            exits: of(&found.exits),
            stays: of(&found.stays),
            start: of(&found.later),
        }
    };
    (0..seeds.len()).map(lane).collect()
}

struct Backwards<'a, P> {
    chains: &'a Chains<P>,
    history: &'a mut History<P>,
    layout: &'a Layout,
    /// By step: of what leaves, of what is left.
    seeds: (Vec<P>, Vec<P>),
}

/// What has been found on the way back: by edge, by position left, and by position what comes later.
struct Found<P> {
    edges: Vec<P>,
    exits: Vec<P>,
    /// By position, the sum over steps of its probability times what comes later if the chain stays.
    stays: Vec<P>,
    later: Vec<P>,
}

impl<P: Lanes> Work for Backwards<'_, P> {
    type Output = Found<P>;

    #[inline(always)]
    fn run(self) -> Found<P> {
        let Backwards { chains, history, layout, seeds } = self;
        let zeros = |count| vec![P::splat(0.0); count];
        let n = layout.len();
        let (mut now, least) = (zeros(n), P::splat(f64::from_bits(f64::MIN_POSITIVE.to_bits() - 1)));
        let mut found =
            Found { edges: zeros(layout.to.len()), exits: zeros(n), stays: zeros(n), later: zeros(n) };
        for (k, (&leaving, &mass)) in seeds.0.iter().zip(&seeds.1).enumerate().rev() {
            let v = history.after(layout, chains, k);
            let later = &found.later[..n];
            for i in 0..n {
                let (here, stays) = (v[i], later[i]);
                let mut sum = leaving * chains.exit[i] + mass + chains.stay[i] * stays;
                // Where the self-loop has a weight of its own, what an edge gains is not taken from it.
                let less = if layout.is_divided[i] { P::splat(0.0) } else { stays };
                let range = layout.first[i]..layout.first[i + 1];
                let edges = layout.to[range.clone()].iter().zip(&layout.weight[range.clone()]);
                for ((&to, &weight), edge) in edges.zip(&mut found.edges[range]) {
                    let moves = later[to as usize];
                    sum += chains.probabilities[weight as usize] * moves;
                    *edge += here * (moves - less);
                }
                found.exits[i] += here * (leaving - less);
                found.stays[i] += here * stays;
                now[i] = sum.abs().zero_unless_above(least, sum);
            }
            std::mem::swap(&mut now, &mut found.later);
        }
        found
    }
}
