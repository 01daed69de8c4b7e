//! Random numbers that never change: the sample of a seed and a number is the same in every later version and on
//! every machine. So nothing here calls the mathematics library of the system, whose last digits differ.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// What follows the user's seed in the generator's key.
const DOMAIN: [u8; 24] = *b"sojourn 2026 samples v1\0";

/// Sums of (ln 2)^i / i! for i from 1 to k, less than which a uniform number is with the probability that the
/// least of k uniform numbers decides.
const SUMS: [f64; 16] = [
    std::f64::consts::LN_2,
    0.933_373_687_519_046,
    0.988_877_796_183_867_6,
    0.998_495_925_291_496_1,
    0.999_829_281_106_138_9,
    0.999_983_316_410_072_8,
    0.999_998_569_143_876_7,
    0.999_999_890_692_555_8,
    0.999_999_992_473_415_9,
    0.999_999_999_528_327_5,
    0.999_999_999_972_881_4,
    0.999_999_999_998_559_8,
    0.999_999_999_999_929,
    0.999_999_999_999_996_8,
    0.999_999_999_999_999_9,
    1.0,
];

/// A source of random numbers with a stream for each sample: ChaCha with 8 rounds (Bernstein 2008), whose key is
/// the seed and whose nonce is the number of the sample. Streams do not overlap, and any is begun at once.
pub(super) struct Source(ChaCha8Rng);

impl Source {
    pub(super) fn new(seed: u64) -> Source {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(&DOMAIN);
        Source(ChaCha8Rng::from_seed(key))
    }

    /// Begins the stream of a sample.
    pub(super) fn turn_to(&mut self, sample: u64) {
        self.0.set_stream(sample);
    }

    /// A multiple of 2^-53, at least 0 and below 1.
    pub(super) fn uniform(&mut self) -> f64 {
        fraction(self.0.next_u64())
    }

    /// An exponential number of mean 1, by comparisons and sums alone (Ahrens and Dieter, *Computer methods for
    /// sampling from the exponential and normal distributions*, 1972, algorithm SA).
    pub(super) fn exponential(&mut self) -> f64 {
        // How many times ln 2 fits in is geometric: the zeros before the first one.
        let (mut halvings, mut bits) = (0.0, self.0.next_u64());
        while bits == 0 {
            halvings += 64.0;
            bits = self.0.next_u64();
        }
        let zeros = bits.leading_zeros();
        let whole = (halvings + f64::from(zeros)) * SUMS[0];
        // What is behind the first one is uniform, and enough where 53 bits are left.
        let rest = if zeros <= 10 { fraction(bits << zeros << 1) } else { self.uniform() };
        if rest <= SUMS[0] {
            return whole + rest;
        }
        let mut least = self.uniform();
        let mut at = 0;
        loop {
            least = least.min(self.uniform());
            at += 1;
            if rest <= SUMS[at] {
                return whole + least * SUMS[0];
            }
        }
    }
}

fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::{SUMS, Source};

    #[test]
    fn the_generator_is_chacha_with_eight_rounds() {
        // The first words of the keystream for a key of zeros (draft-strombergson-chacha-test-vectors-01, TC1).
        use chacha20::rand_core::{Rng, SeedableRng};
        let mut generator = chacha20::ChaCha8Rng::from_seed([0; 32]);
        assert_eq!(generator.next_u64().to_le_bytes(), [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6]);
    }

    #[test]
    fn the_constants_are_the_sums_of_their_series() {
        let mut term = 1.0;
        let mut sum = 0.0;
        for (k, constant) in SUMS.iter().enumerate() {
            term *= std::f64::consts::LN_2 / (k + 1) as f64;
            sum += term;
            assert!((sum - constant).abs() < 5e-16, "{k}: {sum}, not {constant}");
        }
    }

    #[test]
    fn exponential_numbers_have_their_moments_and_their_tail() {
        let (mut source, count) = (Source::new(1), 400_000);
        source.turn_to(0);
        let numbers: Vec<f64> = (0..count).map(|_| source.exponential()).collect();
        let mean = |f: &dyn Fn(f64) -> f64| numbers.iter().map(|&x| f(x)).sum::<f64>() / f64::from(count);
        // Five standard errors: Var X^k = (2k)! - (k!)^2.
        for (k, expected, variance) in [(1, 1.0, 1.0), (2, 2.0, 20.0), (3, 6.0, 684.0)] {
            let found = mean(&|x| x.powi(k));
            let error = 5.0 * f64::sqrt(variance / f64::from(count));
            assert!((found - expected).abs() < error, "moment {k}: {found}");
        }
        for bound in [0.01, 0.5, 0.7, 1.5, 8.0] {
            let (found, p) = (mean(&|x| f64::from(u8::from(x > bound))), f64::exp(-bound));
            assert!((found - p).abs() < 5.0 * f64::sqrt(p / f64::from(count)), "beyond {bound}: {found}");
        }
    }

    #[test]
    fn streams_are_the_same_whatever_was_drawn_before() {
        let (mut a, mut b) = (Source::new(7), Source::new(7));
        a.turn_to(3);
        (0..5).for_each(|_| {
            a.exponential();
        });
        a.turn_to(u64::MAX);
        b.turn_to(u64::MAX);
        assert_eq!(a.uniform(), b.uniform());
        b.turn_to(3);
        assert_ne!(a.uniform(), b.uniform());
    }
}
