//! Measures densities and likelihoods at many parameter vectors, and one density curve beside scipy's expm.
//!
//! `densities` tells the processor time a parameter vector takes alone, with seven others and with fifteen others.
//! `densities --beside PYTHON` computes density curves of reference graphs here and, by an interpreter that has
//! scipy, by `expm` and `expm_multiply`, and tells the errors of all three against certified values.

mod beside;
mod many;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => many::run(),
        ["--beside", python] => beside::run(python),
        _ => bail!("usage: densities [--beside PYTHON], an interpreter that can import scipy"),
    }
}
