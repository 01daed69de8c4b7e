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
        let (n, shape) = (pattern.size(), pattern.shape());
        let mut first = vec![0u32; n + 1];
        for v in 0..n {
            first[v + 1] += shape.targets(v as u32).len() as u32;
            shape.targets(v as u32).iter().for_each(|&t| first[t as usize + 1] += 1);
        }
        (0..n).for_each(|v| first[v + 1] += first[v]);
        let mut next = first.clone();
        let mut both = vec![0u32; first[n] as usize];
        let mut put = |from: u32, to: u32| {
            both[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        };
        for v in 0..n as u32 {
            shape.targets(v).iter().for_each(|&t| {
                put(v, t);
                put(t, v);
            });
        }
        Neighbours::distinct(&first, &mut both)
    }

    /// Sorts each row and drops what stands twice, where an edge leads both ways.
    fn distinct(rows: &[u32], both: &mut [u32]) -> Neighbours {
        let n = rows.len() - 1;
        let mut neighbours = Neighbours { first: vec![0], of: Vec::with_capacity(both.len()) };
        for v in 0..n {
            let row = &mut both[rows[v] as usize..rows[v + 1] as usize];
            row.sort_unstable();
            let begin = neighbours.of.len();
            for &u in row.iter() {
                if neighbours.of[begin..].last() != Some(&u) {
                    neighbours.of.push(u);
                }
            }
            neighbours.first.push(neighbours.of.len() as u32);
        }
        let Neighbours { first, of } = &mut neighbours;
        let degree = |v: u32| first[v as usize + 1] - first[v as usize];
        for v in 0..n {
            of[first[v] as usize..first[v + 1] as usize].sort_by_key(|&u| (degree(u), u));
        }
        neighbours
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
