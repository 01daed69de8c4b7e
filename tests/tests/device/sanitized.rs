//! The kernels under the sanitizers of addresses and of undefined behaviour, which end the process at the first fault.

use sojourn_tests::simulator::{sanitized_driver, sanitizer_libraries};

use crate::process::apart;
use crate::references::{densities_agree, replays_agree};
use crate::traces::{agree, agree_within_bounds, around, asked, curve, everything, gpu, of_model};

/// Checks a case with the sanitized kernels.
macro_rules! sanitized {
    ($case:expr) => {
        let (folder, libraries) = (sanitized_driver().to_str().expect("a name"), sanitizer_libraries());
        // What the test harness itself still holds at its end is no leak.
        let leaks = ("ASAN_OPTIONS", "detect_leaks=0");
        apart!($case, &[("LD_LIBRARY_PATH", folder), ("LD_PRELOAD", &libraries), leaks]);
    };
}

#[test]
fn replays_of_every_reference_stay_within_bounds() {
    sanitized!(replays);
}

#[test]
fn densities_of_every_reference_stay_within_bounds() {
    sanitized!(densities);
}

#[test]
fn tiles_that_are_not_full_stay_within_bounds_also_where_warps_share_rows() {
    sanitized!(tiles);
}

/// Of the vectors of a tile it does not matter to an address which they are.
const VECTORS: usize = 3;

fn replays() {
    replays_agree(VECTORS);
}

fn densities() {
    densities_agree(VECTORS);
}

fn tiles() {
    let mut gpu = gpu();
    for model in ["coalescent,n=6", "random,n=90,degree=6,seed=1", "birth-death,n=30,start=5"] {
        let trace = of_model(model);
        let thetas = around(&vec![1.0; trace.parameters()], 33);
        agree(model, &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
        agree_within_bounds(model, &mut gpu, &trace, &curve(0.1), &thetas);
    }
}
