//! Parts of samples as bytes, in the forms of `csv`, `npy` and `line`.

use std::io::Write;

use sojourn_engine::Samples;
use sojourn_engine::evaluate::Numbers;

use super::super::distribution::Found;
use super::super::line::line;
use super::Asked;
use crate::error::CommandError;

/// Bytes of a number with its separator, mostly.
const NUMBER: usize = 20;

/// Rows of comma-separated values.
pub(super) fn csv(theta: &[f64], first: u64, samples: &Samples) -> Vec<u8> {
    let before: String = theta.iter().map(|value| format!("{value:?},")).collect();
    let row = before.len() + NUMBER * (2 + samples.rewards.len());
    let mut bytes = Vec::with_capacity(row * samples.times.len());
    for (at, time) in samples.times.iter().enumerate() {
        // Writing to memory does not fail.
        let _ = write!(bytes, "{before}{:?},{time:?},", (first + at as u64) as f64);
        for reward in &samples.rewards {
            let _ = write!(bytes, "{:?},", reward[at]);
        }
        bytes.push(b'\n');
    }
    bytes
}

/// Rows of doubles.
pub(super) fn npy(theta: &[f64], first: u64, samples: &Samples) -> Vec<u8> {
    let columns = theta.len() + 2 + samples.rewards.len();
    let mut bytes = Vec::with_capacity(8 * columns * samples.times.len());
    for (at, &time) in samples.times.iter().enumerate() {
        let drawn = samples.rewards.iter().map(|reward| reward[at]);
        let row = theta.iter().copied().chain([(first + at as u64) as f64, time]).chain(drawn);
        row.for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
    }
    bytes
}

/// Entries of a list in JSON, with a comma before each but the sample of number 0.
pub(super) fn list(first: u64, values: &[f64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(NUMBER * values.len());
    for (at, value) in values.iter().enumerate() {
        if first + at as u64 > 0 {
            bytes.push(b',');
        }
        // As above; what is infinite is null.
        let _ = serde_json::to_writer(&mut bytes, value);
    }
    bytes
}

/// What is between the list of T, or of a reward, and that of the next reward.
pub(super) fn between(reward: usize, rewards: usize) -> &'static str {
    match (reward, rewards) {
        (0, 1) => r#"],"reward_samples":["#,
        (0, _) => r#"],"reward_samples":[["#,
        _ => "],[",
    }
}

/// The line of JSON in two: what stands before the samples and what stands behind them. `found` has no samples, but
/// may have traps.
pub(super) fn frame(
    theta: &[f64],
    numbers: &Numbers,
    found: Found,
    asked: &Asked,
) -> Result<(String, String), CommandError> {
    let failed = |why: String| CommandError::Failed(format!("an answer can not be written: {why}"));
    let text = serde_json::to_string(&line(theta, (numbers, &found), asked, None));
    let text = text.map_err(|error| failed(error.to_string()))?;
    let rewards = match found.samples.rewards.len() {
        0 => String::new(),
        1 => r#","reward_samples":[]"#.to_owned(),
        more => format!(r#","reward_samples":[{}]"#, vec!["[]"; more].join(",")),
    };
    let (before, after) = text
        .split_once(&format!(r#""samples":[]{rewards}"#))
        .ok_or_else(|| failed("it has no samples".into()))?;
    let end = if found.samples.rewards.len() > 1 { "]]" } else { "]" };
    Ok((format!(r#"{before}"samples":["#), format!("{end}{after}\n")))
}
