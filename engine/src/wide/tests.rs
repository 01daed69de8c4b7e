use proptest::prelude::*;

use super::*;

/// A number as an integer times a power of two.
fn integer<const N: usize>(x: WideFloat<N>) -> (i128, i64) {
    assert_eq!(N, 1, "of one limb");
    let size = i128::from(x.limbs[0]);
    (if x.negative { -size } else { size }, x.exponent - 64)
}

/// Any finite double, subnormal ones included.
fn double() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite())
}

/// Doubles whose exponents are near each other.
fn near() -> impl Strategy<Value = f64> {
    (any::<bool>(), 0..1u64 << 52, -70..70i32).prop_map(|(negative, fraction, power)| {
        let size = (1.0 + fraction as f64 * 2.0_f64.powi(-52)) * 2.0_f64.powi(power);
        if negative { -size } else { size }
    })
}

proptest! {
    #[test]
    fn a_double_comes_back_as_it_was(x in double()) {
        prop_assert_eq!(WideFloat::<2>::of(x).to_f64().to_bits(), (x + 0.0).to_bits());
    }

    /// Sums and products of a few doubles are exact in four limbs: what doubles round is found as they round it, and
    /// the rest by taking the result apart again.
    #[test]
    fn sums_and_products_are_exact_where_there_is_room(a in near(), b in near(), c in near()) {
        let [x, y, z] = [a, b, c].map(WideFloat::<8>::of);
        prop_assert_eq!((x + y).to_f64(), a + b);
        prop_assert_eq!((x * y).to_f64(), a * b);
        prop_assert_eq!(x + y - y, x);
        prop_assert_eq!(x + y + z, x + (y + z));
        prop_assert_eq!((x + y) * z, x * z + y * z);
        prop_assert_eq!((x - y) * (x + y), x * x - y * y);
        prop_assert_eq!((x - y).abs().cmp_size(&(y - x)), Ordering::Equal);
    }

    /// In one limb against integers of 128 bits.
    #[test]
    fn a_cut_off_sum_is_within_the_stated_rounding(a in any::<i64>(), b in any::<i64>(), by in 0..66u32) {
        let whole = |x: i64| {
            let high = WideFloat::<1>::of((x >> 32) as f64).scaled(32);
            high + WideFloat::<1>::of((x & 0xffff_ffff) as f64)
        };
        let (x, y) = (whole(a), whole(b));
        prop_assert_eq!(x.is_zero(), a == 0);
        let sum = x.scaled(i64::from(by)) + y;
        let exact = (i128::from(a) << by) + i128::from(b);
        let (found, exponent) = integer(sum);
        // Both with the same exponent, which is not positive unless nothing is lost below it.
        let error = if exponent >= 0 {
            (found << exponent) - exact
        } else {
            ((found - (exact << -exponent)) >> -exponent).max(0)
        };
        let most = exact.unsigned_abs() as f64 * 2.0_f64.powi(WideFloat::<1>::ROUNDING_EXPONENT as i32);
        prop_assert!(error.unsigned_abs() as f64 <= most.ceil(), "{} for {}", found, exact);
    }

    #[test]
    fn a_reciprocal_times_its_number_is_one_but_for_rounding(a in double()) {
        prop_assume!(a != 0.0);
        fn check<const N: usize>(a: f64) -> bool {
            let x = WideFloat::<N>::of(a);
            let off = (x * x.reciprocal() - WideFloat::of(1.0)).abs();
            off.cmp_size(&WideFloat::of(1.0).scaled(WideFloat::<N>::ROUNDING_EXPONENT)) == Ordering::Less
        }
        prop_assert!(check::<2>(a) && check::<4>(a) && check::<8>(a) && check::<16>(a));
    }
}

#[test]
fn what_doubles_cancel_is_kept() {
    let [one, tiny] = [1.0, 1e-280].map(WideFloat::<16>::of);
    assert_eq!((one + tiny - one).to_f64(), 1e-280);
    assert!((one - one).is_zero() && !(one - one).is_positive());
    assert_eq!(WideFloat::<2>::ZERO.to_f64(), 0.0);
}

#[test]
fn numbers_beyond_doubles_are_infinite_and_below_them_zero() {
    let large = WideFloat::<2>::of(-1e300) * WideFloat::of(1e300);
    assert_eq!(large.to_f64(), f64::NEG_INFINITY);
    assert_eq!((large * large.reciprocal()).to_f64(), 1.0);
    assert_eq!((large.reciprocal() * large.reciprocal()).to_f64(), 0.0);
}
