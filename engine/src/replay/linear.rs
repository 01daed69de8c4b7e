//! Weights sorted by what their evaluation takes: most are constants, or one parameter times a number.

use crate::graph::WeightTable;

/// The weights of a trace that are linear forms, with their zeros left out.
#[derive(Debug)]
pub(crate) struct LinearForms {
    /// Weights that no parameter changes, with their values.
    pub(crate) constants: Vec<(u32, f64)>,
    /// Weights of one term and no base.
    pub(crate) products: Vec<Product>,
    /// All others, in which terms may cancel.
    pub(crate) sums: Vec<Sum>,
    /// Terms of the sums, one after the other.
    pub(crate) terms: Vec<(u32, f64)>,
}

/// `coefficient * theta[parameter]`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    pub(crate) weight: u32,
    pub(crate) parameter: u32,
    pub(crate) coefficient: f64,
}

/// `base` and the products of some terms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) weight: u32,
    pub(crate) base: f64,
    /// End of its terms; they begin where those of the sum before end.
    pub(crate) end: usize,
}

impl LinearForms {
    pub(crate) fn new(weights: &WeightTable) -> LinearForms {
        let (constants, products, sums, terms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut forms = LinearForms { constants, products, sums, terms };
        for weight in 0..weights.forms() as u32 {
            let base = weights.base(weight);
            let begin = forms.terms.len();
            let coefficients = (0u32..).zip(weights.coefficients(weight).iter().copied());
            forms.terms.extend(coefficients.filter(|term| term.1 != 0.0));
            match (base, &forms.terms[begin..]) {
                (_, []) => forms.constants.push((weight, base)),
                (0.0, &[(parameter, coefficient)]) => {
                    forms.products.push(Product { weight, parameter, coefficient });
                    forms.terms.truncate(begin);
                }
                _ => forms.sums.push(Sum { weight, base, end: forms.terms.len() }),
            }
        }
        forms
    }
}
