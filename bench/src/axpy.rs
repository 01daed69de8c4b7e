//! The roofline of elimination: y += a x, over vectors that stay in the same cache as a component's factors.
#![expect(
    unsafe_code,
    reason = "instructions that not every processor has are called where it is known to have them"
)]

use std::hint::black_box;

/// Two vectors.
#[derive(Debug)]
pub struct Axpy {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Axpy {
    /// Of `length` numbers each.
    pub fn new(length: usize) -> Axpy {
        Axpy { x: vec![1e-9; length], y: vec![1.0; length] }
    }

    /// Multiplications and additions of a run.
    pub fn operations(&self) -> usize {
        2 * self.x.len()
    }

    /// Adds a multiple of the one to the other.
    pub fn run(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has them.
            return unsafe { avx2(black_box(1e-9), &self.x, &mut self.y) };
        }
        add(black_box(1e-9), &self.x, &mut self.y);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(a: f64, x: &[f64], y: &mut [f64]) {
    add(a, x, y);
}

#[inline(always)]
fn add(a: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
}
