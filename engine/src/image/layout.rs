//! Lists put one behind the other, with their places.

use super::Image;
use crate::chain::ABSORBED;
use crate::graph::WeightTable;
use crate::replay::LinearForms;
use crate::trace::Trace;

/// Most values that a lane may have: their places are words.
pub(super) const MOST_VALUES: u64 = u32::MAX as u64;

impl Image {
    /// An image with room for a header of so many words.
    pub(super) fn with_header(words: usize) -> Image {
        Image { words: vec![0; words], numbers: Vec::new() }
    }

    /// Appends words; their place.
    pub(super) fn put(&mut self, words: impl IntoIterator<Item = u32>) -> u32 {
        let place = self.words.len() as u32;
        self.words.extend(words);
        place
    }

    /// Appends numbers; their place.
    pub(super) fn put_numbers(&mut self, numbers: impl IntoIterator<Item = f64>) -> u32 {
        let place = self.numbers.len() as u32;
        self.numbers.extend(numbers);
        place
    }
}

/// Places in what a lane works on, given away one after the other.
#[derive(Debug, Default)]
pub(super) struct Places(u64);

impl Places {
    /// So many values; their place.
    pub(super) fn take(&mut self, values: usize) -> u32 {
        let place = self.0 as u32;
        self.0 += values as u64;
        place
    }

    /// All that were taken.
    pub(super) fn taken(&self) -> u64 {
        self.0
    }
}

/// Weights in the order of an image: those that depend on parameters first.
#[derive(Debug)]
pub(super) struct Numbering {
    /// New number of each weight.
    of: Vec<u32>,
    /// Weights that depend on parameters, ascending.
    pub(super) variables: Vec<u32>,
    /// Weights that do not, with their values, ascending.
    pub(super) constants: Vec<(u32, f64)>,
}

impl Numbering {
    pub(super) fn new(weights: &WeightTable, forms: &LinearForms) -> Numbering {
        let mut of = vec![0; weights.len()];
        let mut is_constant = vec![false; weights.len()];
        forms.constants.iter().for_each(|&(weight, _)| is_constant[weight as usize] = true);
        let variables: Vec<u32> =
            (0..weights.len() as u32).filter(|&weight| !is_constant[weight as usize]).collect();
        let constants = forms.constants.clone();
        let all = variables.iter().copied().chain(constants.iter().map(|constant| constant.0));
        all.zip(0..).for_each(|(weight, number)| of[weight as usize] = number);
        Numbering { of, variables, constants }
    }

    pub(super) fn of(&self, weight: u32) -> u32 {
        self.of[weight as usize]
    }
}

/// A position entered: what is absorbed enters the one behind the last.
pub(super) fn entered(trace: &Trace, to: u32) -> u32 {
    if to == ABSORBED { trace.len() as u32 } else { to }
}
