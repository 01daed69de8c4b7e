//! Squaring against an exponential of 384 bits.

use super::precise::{PreciseChain, PreciseDistribution, PreciseNumber};

/// Two vertices that change a million times a unit of time, the second of which is left at rate theta.
fn ring() -> PreciseChain {
    let edges = vec![(0, Some(1), vec![0.0, 1e6]), (1, Some(0), vec![0.0, 1e6]), (1, None, vec![1.0, 0.0])];
    PreciseChain { vertices: 2, edges, start: vec![1.0, 0.0] }
}

/// Certified by ball arithmetic of 300 bits.
#[test]
fn the_exponential_of_many_bits_has_the_certified_values() {
    let found: PreciseDistribution = ring().distribution(&[1.0, 1.0], 1000.0);
    let check =
        |found: PreciseNumber, expected: f64| assert!(found.relative_error(expected) < 1e-14, "{found:?}");
    check(found.survival, 7.12546881582151e-218);
    check(found.density, 3.56273351722715e-218);
    check(found.slopes[0][2], -3.56273262476219e-215);
    check(found.slopes[0][0], -1.77780313441297e-215);
    check(found.states[0] + found.states[1], 7.12546881582151e-218);
    let deep = ring().distribution(&[1.0, 1.0], 5e5);
    assert!((deep.survival.scaled().ln() / std::f64::consts::LN_10 + 108573.593332299).abs() < 1e-8);
    assert!(deep.cdf.relative_error(1.0) < 1e-60);
}
