//! Approximate minimum degree.

use crate::pattern::Pattern;

/// Returns a fill-reducing order of a symmetric matrix from the neighbours of each row; None if the library refuses.
pub(crate) fn order_of(rows: &[Vec<u32>]) -> Option<Vec<u32>> {
    let mut pointers = vec![0i64];
    let mut targets = Vec::new();
    for row in rows {
        targets.extend(row.iter().map(|&t| i64::from(t)));
        pointers.push(targets.len() as i64);
    }
    let (order, _, _) = amd::order(rows.len() as i64, &pointers, &targets, &amd::Control::default()).ok()?;
    Some(order.into_iter().map(|v| v as u32).collect())
}

/// None if the library refuses the pattern, which it does only for malformed ones.
pub(crate) fn order(pattern: &Pattern) -> Option<Vec<u32>> {
    let shape = pattern.shape();
    let pointers: Vec<i64> = shape.first.iter().map(|&p| i64::from(p)).collect();
    let targets: Vec<i64> = shape.to.iter().map(|&t| i64::from(t)).collect();
    let control = amd::Control::default();
    let (order, _, _) = amd::order(pattern.size() as i64, &pointers, &targets, &control).ok()?;
    Some(order.into_iter().map(|v| v as u32).collect())
}
