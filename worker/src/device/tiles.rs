//! Parameter vectors as devices want them: tile by tile, in a tile parameter by parameter, and of a parameter the values
//! of all lanes next to each other.

use sojourn_engine::image::LANES;

/// Lays out vectors of `parameters` numbers each. Lanes left over go along with the last vector.
pub(super) fn lay_out(thetas: &[&[f64]], parameters: usize) -> Vec<f64> {
    let tiles = thetas.len().div_ceil(LANES);
    let mut numbers = vec![0.0; tiles * parameters * LANES];
    for (tile, numbers) in numbers.chunks_exact_mut((parameters * LANES).max(1)).enumerate() {
        for (place, number) in numbers.iter_mut().enumerate() {
            let vector = (tile * LANES + place % LANES).min(thetas.len() - 1);
            *number = thetas[vector][place / LANES];
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{LANES, lay_out};

    #[test]
    fn lanes_lie_side_by_side_and_the_last_vector_fills_its_tile() {
        let thetas: Vec<[f64; 2]> = (0..40).map(|i| [f64::from(i), 100.0 + f64::from(i)]).collect();
        let thetas: Vec<&[f64]> = thetas.iter().map(|theta| &theta[..]).collect();
        let numbers = lay_out(&thetas, 2);
        assert_eq!(numbers.len(), 2 * 2 * LANES);
        assert_eq!((numbers[5], numbers[LANES + 5]), (5.0, 105.0));
        assert_eq!((numbers[2 * LANES + 7], numbers[3 * LANES + 31]), (39.0, 139.0));
        assert!(lay_out(&thetas, 0).is_empty());
    }
}
