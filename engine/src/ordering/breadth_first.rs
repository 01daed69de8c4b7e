//! Reverse Cuthill-McKee (George and Liu, *Computer Solution of Large Sparse Positive Definite Systems*,
//! 1981, chapter 4), from an end of the component.

use crate::pattern::Pattern;

pub(super) fn order(pattern: &Pattern) -> Vec<u32> {
    let neighbours = Neighbours::new(pattern);
    // Twice to the far end and back: an end of a long thin component, and close enough to one elsewhere.
    let far = *neighbours.search(0).last().unwrap_or(&0);
    let end = *neighbours.search(far).last().unwrap_or(&0);
    let mut order = neighbours.search(end);
    order.reverse();
    order
}

/// The pattern made symmetric; neighbours of few neighbours come first.
struct Neighbours {
    first: Vec<u32>,
    of: Vec<u32>,
}

impl Neighbours {
    fn new(pattern: &Pattern) -> Neighbours {
        let n = pattern.size();
        let mut pairs = Vec::with_capacity(2 * pattern.to.len());
        for v in 0..n as u32 {
            pattern.targets(v).iter().for_each(|&t| pairs.extend([(v, t), (t, v)]));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut first = vec![0u32; n + 1];
        pairs.iter().for_each(|p| first[p.0 as usize + 1] += 1);
        (0..n).for_each(|v| first[v + 1] += first[v]);
        let degree = |v: u32| first[v as usize + 1] - first[v as usize];
        pairs.sort_by_key(|p| (p.0, degree(p.1), p.1));
        Neighbours { of: pairs.into_iter().map(|p| p.1).collect(), first }
    }

    /// Vertices in the order of a breadth-first search.
    fn search(&self, from: u32) -> Vec<u32> {
        let n = self.first.len() - 1;
        let mut found = Vec::with_capacity(n);
        let mut seen = vec![false; n];
        found.push(from);
        seen[from as usize] = true;
        let mut at = 0;
        while let Some(&v) = found.get(at) {
            at += 1;
            for &u in &self.of[self.first[v as usize] as usize..self.first[v as usize + 1] as usize] {
                if !std::mem::replace(&mut seen[u as usize], true) {
                    found.push(u);
                }
            }
        }
        found
    }
}
