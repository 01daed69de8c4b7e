//! Ratios of errors to bounds, by family, method and quantity.

use std::collections::BTreeMap;

use sojourn_engine::ScaledNumber;
use sojourn_engine::density::{ParameterGradient, PointGradient};

use crate::precise::{PreciseDistribution, PreciseNumber};
use crate::random_chains::ChainFamily;

/// What was compared.
type RowKey = (String, String, &'static str);

/// The ratios of each kind of number.
#[derive(Default)]
pub(crate) struct RatioTable {
    rows: BTreeMap<RowKey, Vec<f64>>,
    worst: (f64, String),
}

impl RatioTable {
    /// Compares a point and its gradients with the truth.
    pub(crate) fn see(&mut self, family: ChainFamily, found: &PointGradient, exact: &PreciseDistribution) {
        let (point, errors) = (&found.point, &found.point.errors);
        let key = |quantity| (format!("{family:?}"), format!("{:?}", point.method), quantity);
        self.add(key("pdf"), point.density, errors.density, exact.density);
        self.add(key("cdf"), point.cdf, errors.cdf, exact.cdf);
        self.add(key("survival"), point.survival, errors.survival, exact.survival);
        let log = |number: PreciseNumber| PreciseNumber::from(number.scaled().ln());
        self.add(key("log survival"), point.log_survival, errors.log_survival, log(exact.survival));
        let is_tail = point.survival < point.cdf;
        for (r, slopes) in exact.slopes.iter().enumerate() {
            let mut gradient = |quantity, of: &ParameterGradient, expected: PreciseNumber| {
                self.add(key(quantity), of.values[r], of.errors[r], expected);
            };
            gradient("d pdf", &found.density, slopes[0]);
            // Far in the tail no digit of the difference to one is left in 384 bits either.
            gradient("d cdf", &found.cdf, if is_tail { -slopes[2] } else { slopes[1] });
            let log_slope: ScaledNumber = slopes[2].scaled() / exact.survival.scaled();
            gradient("d log survival", &found.log_survival, PreciseNumber::from(log_slope.to_f64()));
        }
    }

    fn add(&mut self, key: RowKey, found: f64, error: f64, expected: PreciseNumber) {
        let scale = expected.scaled().to_f64().abs();
        // What a double cannot hold, and what the truth itself was rounded by, is no error of the method.
        let rounding = 1e-15 * scale + 1e-323;
        let off = ((PreciseNumber::from(found) - expected).abs().scaled().to_f64() - rounding).max(0.0);
        let ratio = if off == 0.0 { 0.0 } else { off / error };
        let ratio = if found.is_finite() && !ratio.is_nan() { ratio } else { f64::INFINITY };
        if ratio >= self.worst.0 {
            self.worst = (ratio, format!("{key:?}: {found:e} +- {error:e}, not {scale:e}"));
        }
        self.rows.entry(key).or_default().push(ratio);
    }

    /// Prints the table.
    pub(crate) fn print(&mut self) {
        println!("| chains | method | number | compared | median of error / bound | largest |");
        println!("|---|---|---|---:|---:|---:|");
        for ((family, method, quantity), ratios) in &mut self.rows {
            ratios.sort_by(f64::total_cmp);
            let (median, largest) = (ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
            println!(
                "| {family} | {method} | {quantity} | {} | {median:.1e} | {largest:.1e} |",
                ratios.len()
            );
        }
        println!("\nlargest of all: {:.2e}", self.worst.0);
    }

    /// Returns the largest ratio.
    pub(crate) fn worst(&self) -> f64 {
        self.worst.0
    }

    /// Returns where that was.
    pub(crate) fn place(&self) -> &str {
        &self.worst.1
    }
}
