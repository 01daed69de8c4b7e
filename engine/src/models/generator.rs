//! The pinned source of random numbers of the models `random` and `chain`.

/// Steele, Lea and Flood's splitmix64 (2014). Pinned for ever: the graph of a seed never changes, in any later
/// version; results and benchmarks name seeds.
pub(super) struct Generator(u64);

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Generator(seed)
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`: the high half of a 128-bit product. Its bias, below bound / 2^64, is no matter.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A rate from 0.1 to 3 in steps of a thousandth.
    pub(super) fn rate(&mut self) -> f64 {
        (100 + self.below(2901)) as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::Generator;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first numbers of seed 1234567 in the reference implementation.
        let mut generator = Generator::new(1_234_567);
        assert_eq!(generator.next(), 6_457_827_717_110_365_317);
        assert_eq!(generator.next(), 3_203_168_211_198_807_973);
    }
}
