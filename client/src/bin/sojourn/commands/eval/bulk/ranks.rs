//! Order statistics of a stream that can be read again, in little memory: selection by radix (Munro and Paterson,
//! *Selection and sorting with limited storage*, 1980, with counts by digit). The keys of doubles are whole numbers of 64 bits in
//! the order of [`f64::total_cmp`]. A pass counts, among the keys that begin as the one looked for, how many have each
//! next digit; few enough are kept and sorted. Exact; at most four passes, mostly two. Memory is bounded by
//! 2^20 counts and [`KEPT`] keys for each rank.

/// Bits of the digit that each pass looks at.
const WIDTHS: [u32; 4] = [20, 16, 14, 14];

/// Keys that are kept rather than counted.
const KEPT: u64 = 1 << 18;

/// A search for several ranks.
#[derive(Debug)]
pub(super) struct RankSearch {
    ranks: Vec<SoughtRank>,
    groups: Vec<KeyGroup>,
    /// Passes that were made.
    passes: usize,
}

/// A rank that is looked for.
#[derive(Debug, Clone, Copy)]
struct SoughtRank {
    /// Among the keys that begin as it does.
    rank: u64,
    /// The bits that are known, in front.
    prefix: u64,
    /// How many keys begin so.
    count: u64,
    value: Option<f64>,
}

/// The keys that begin in the same way.
#[derive(Debug)]
struct KeyGroup {
    prefix: u64,
    least: u64,
    largest: u64,
    content: GroupContent,
}

#[derive(Debug)]
enum GroupContent {
    /// By their next digit.
    Counts(Vec<u64>),
    Keys(Vec<u64>),
}

impl RankSearch {
    /// A search for ranks, from 0, among so many numbers.
    pub(super) fn new(ranks: &[u64], count: u64) -> RankSearch {
        let ranks = ranks.iter().map(|&rank| SoughtRank { rank, prefix: 0, count, value: None }).collect();
        let mut search = RankSearch { ranks, groups: Vec::new(), passes: 0 };
        search.begin_pass();
        search
    }

    /// Whether another pass is needed.
    pub(super) fn is_open(&self) -> bool {
        self.ranks.iter().any(|rank| rank.value.is_none())
    }

    /// The number of each rank, once all are found.
    pub(super) fn values(&self) -> Vec<f64> {
        self.ranks.iter().filter_map(|rank| rank.value).collect()
    }

    /// Bits of the keys that are known before this pass.
    fn known(&self) -> u32 {
        WIDTHS[..self.passes].iter().sum()
    }

    fn begin_pass(&mut self) {
        self.groups.clear();
        let Some(&width) = WIDTHS.get(self.passes) else { return };
        for rank in self.ranks.iter().filter(|rank| rank.value.is_none()) {
            if self.groups.iter().all(|group| group.prefix != rank.prefix) {
                let content = match rank.count <= KEPT {
                    true => GroupContent::Keys(Vec::with_capacity(rank.count as usize)),
                    false => GroupContent::Counts(vec![0; 1 << width]),
                };
                self.groups.push(KeyGroup { prefix: rank.prefix, least: u64::MAX, largest: 0, content });
            }
        }
    }

    /// Takes a number of the stream.
    pub(super) fn take(&mut self, value: f64) {
        let (key, known) = (key(value), self.known());
        let prefix = key.checked_shr(64 - known).unwrap_or(0);
        let Some(group) = self.groups.iter_mut().find(|group| group.prefix == prefix) else { return };
        group.least = group.least.min(key);
        group.largest = group.largest.max(key);
        match &mut group.content {
            GroupContent::Keys(keys) => keys.push(key),
            GroupContent::Counts(counts) => {
                let width = WIDTHS[self.passes];
                counts[(key >> (64 - known - width)) as usize & ((1 << width) - 1)] += 1;
            }
        }
    }

    /// Draws the conclusions of a pass over the whole stream.
    pub(super) fn end_of_pass(&mut self) {
        let Some(&width) = WIDTHS.get(self.passes) else { return };
        let mut groups = std::mem::take(&mut self.groups);
        for group in &mut groups {
            if let GroupContent::Keys(keys) = &mut group.content {
                keys.sort_unstable();
            }
        }
        self.passes += 1;
        let known = self.known();
        for rank in self.ranks.iter_mut().filter(|rank| rank.value.is_none()) {
            let Some(group) = groups.iter().find(|group| group.prefix == rank.prefix) else { continue };
            match &group.content {
                _ if group.least == group.largest => rank.value = Some(number(group.least)),
                GroupContent::Keys(keys) => rank.value = keys.get(rank.rank as usize).map(|&key| number(key)),
                GroupContent::Counts(counts) => {
                    for (&count, digit) in counts.iter().zip(0..) {
                        if rank.rank < count {
                            (rank.prefix, rank.count) = (rank.prefix << width | digit, count);
                            break;
                        }
                        rank.rank -= count;
                    }
                    rank.value = (known == 64).then(|| number(rank.prefix));
                }
            }
        }
        self.begin_pass();
    }
}

/// The place of a double among all, by [`f64::total_cmp`].
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn number(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key ^ 1 << 63 } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order statistics of these ranks, and the passes it took.
    fn searched(values: &[f64], ranks: &[u64]) -> (Vec<f64>, usize) {
        let mut search = RankSearch::new(ranks, values.len() as u64);
        while search.is_open() {
            values.iter().for_each(|&value| search.take(value));
            search.end_of_pass();
        }
        (search.values(), search.passes)
    }

    fn check(mut values: Vec<f64>, most_passes: usize) {
        let last = values.len() as u64 - 1;
        let ranks = [0, last / 4, last / 2, last / 2 + 1, last];
        let (found, passes) = searched(&values, &ranks);
        values.sort_by(f64::total_cmp);
        let expected: Vec<f64> = ranks.iter().map(|&rank| values[rank as usize]).collect();
        assert_eq!(found, expected);
        assert!(passes <= most_passes, "{passes}");
    }

    #[test]
    fn ranks_are_those_of_the_sorted_numbers_however_they_lie() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / 9_007_199_254_740_992.0
        };
        let count = 600_000;
        check((0..count).map(|_| random() - 0.3).collect(), 2);
        check((0..count).map(|_| (10.0 * random()).floor()).collect(), 2);
        check((0..count).map(|_| 1.0 / random().powi(200)).collect(), 2);
        // So near to each other that all digits are needed.
        check((0..count).map(|k| f64::from_bits(1.0_f64.to_bits() + k % 3)).collect(), 4);
        check(vec![f64::INFINITY, 0.0, f64::NEG_INFINITY, 2.5e-320], 1);
    }

    #[test]
    fn keys_are_in_the_order_of_the_numbers() {
        let values = [f64::NEG_INFINITY, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, f64::MAX, f64::INFINITY];
        assert!(values.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        assert!(values.iter().all(|&value| number(key(value)).to_bits() == value.to_bits()));
    }
}
