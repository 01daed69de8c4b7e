//! The orderings for small components, whose vertices' neighbours are sets in one register each.

use crate::bits::{Bits, Matrix};
use crate::symbolic::LARGEST_SMALL;

/// Most vertices of a small component.
pub(crate) const LARGEST: usize = LARGEST_SMALL;

/// The order: minimum degree where every edge leads both ways, and Markowitz where not.
pub(crate) fn order<S: Bits, const N: usize>(matrix: &Matrix<S, N>) -> Vec<u32> {
    if matrix.is_symmetric() { minimum_degree(matrix) } else { markowitz(matrix) }
}

/// Score of a vertex that is eliminated; larger than any other.
const ELIMINATED: i16 = i16::MAX;

/// The vertex of least score, the lowest of several, and its score.
#[inline]
fn least(scores: &[i16]) -> (usize, i16) {
    // Two passes, since each by itself is done eight scores at a time.
    let least = scores.iter().copied().min().unwrap_or(ELIMINATED);
    (scores.iter().position(|&score| score == least).unwrap_or(0), least)
}

/// All vertices not yet in an order, ascending: what is left is complete, and every order of it costs the same.
fn complete(order: &mut Vec<u32>, scores: &[i16]) {
    order.extend((0..scores.len()).filter(|&v| scores[v] != ELIMINATED).map(|v| v as u32));
}

/// As the Markowitz ordering of large components.
pub(super) fn markowitz<S: Bits, const N: usize>(matrix: &Matrix<S, N>) -> Vec<u32> {
    let Matrix { size, mut leaving, mut entering } = *matrix;
    let (mut out, mut into) = ([0i16; N], [0i16; N]);
    let mut scores = [ELIMINATED; N];
    for v in 0..size {
        (out[v], into[v]) = (leaving[v].len() as i16, entering[v].len() as i16);
        scores[v] = into[v] * (out[v] + 1);
    }
    let mut order = Vec::with_capacity(size);
    while order.len() < size {
        let (k, score) = least(&scores[..size]);
        let left = (size - order.len()) as i16;
        if score == (left - 1) * left {
            complete(&mut order, &scores[..size]);
            break;
        }
        order.push(k as u32);
        scores[k] = ELIMINATED;
        let (ahead, behind, without) = (leaving[k], entering[k], !S::one(k));
        for (v, one) in behind.members() {
            leaving[v] = (leaving[v] | ahead) & without & !one;
            out[v] = leaving[v].len() as i16;
            scores[v] = into[v] * (out[v] + 1);
        }
        for (v, one) in ahead.members() {
            entering[v] = (entering[v] | behind) & without & !one;
            into[v] = entering[v].len() as i16;
            scores[v] = into[v] * (out[v] + 1);
        }
    }
    order
}

/// Least degree in the pattern made symmetric: exact, where that of large components is approximate.
pub(super) fn minimum_degree<S: Bits, const N: usize>(matrix: &Matrix<S, N>) -> Vec<u32> {
    let (size, mut joined) = (matrix.size, matrix.joined());
    let mut scores = [ELIMINATED; N];
    (0..size).for_each(|v| scores[v] = joined[v].len() as i16);
    let mut order = Vec::with_capacity(size);
    while order.len() < size {
        let (k, score) = least(&scores[..size]);
        if score as usize == size - order.len() - 1 {
            complete(&mut order, &scores[..size]);
            break;
        }
        order.push(k as u32);
        scores[k] = ELIMINATED;
        let (around, without) = (joined[k], !S::one(k));
        for (v, one) in around.members() {
            joined[v] = (joined[v] | around) & without & !one;
            scores[v] = joined[v].len() as i16;
        }
    }
    order
}
