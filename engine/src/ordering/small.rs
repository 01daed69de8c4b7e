//! The orderings for small components, whose vertices' neighbours are sets in one register each.

use crate::bits::{Bits, Matrix};
use crate::symbolic::LARGEST_SMALL;

/// Most vertices of a small component.
pub(crate) const LARGEST: usize = LARGEST_SMALL;

/// As the breadth-first ordering of large components.
pub(crate) fn breadth_first<S: Bits, const N: usize>(matrix: &Matrix<S, N>) -> Vec<u32> {
    let joined = matrix.joined();
    let mut degree = [0u8; N];
    (0..matrix.size).for_each(|v| degree[v] = joined[v].len() as u8);
    let mut found = Vec::with_capacity(matrix.size);
    let mut search = |from: u32| {
        let mut seen = S::one(from as usize);
        found.clear();
        found.push(from);
        for at in 0..matrix.size {
            let new = joined[found[at] as usize] & !seen;
            seen |= new;
            let begin = found.len();
            found.extend(new.members().map(|v| v as u32));
            if found.len() - begin > 1 {
                found[begin..].sort_by_key(|&v| degree[v as usize]);
            }
        }
        found[matrix.size - 1]
    };
    // To the far end and back, as with large ones.
    let far = search(0);
    let end = search(far);
    search(end);
    found.reverse();
    found
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
pub(crate) fn markowitz<S: Bits, const N: usize>(matrix: &Matrix<S, N>) -> Vec<u32> {
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
        for v in behind.members() {
            leaving[v] = (leaving[v] | ahead) & without & !S::one(v);
            out[v] = leaving[v].len() as i16;
            scores[v] = into[v] * (out[v] + 1);
        }
        for v in ahead.members() {
            entering[v] = (entering[v] | behind) & without & !S::one(v);
            into[v] = entering[v].len() as i16;
            scores[v] = into[v] * (out[v] + 1);
        }
    }
    order
}

/// Least degree in the pattern made symmetric: exact, where that of large components is approximate.
pub(crate) fn minimum_degree<S: Bits, const N: usize>(matrix: &Matrix<S, N>) -> Vec<u32> {
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
        for v in around.members() {
            joined[v] = (joined[v] | around) & without & !S::one(v);
            scores[v] = joined[v].len() as i16;
        }
    }
    order
}
