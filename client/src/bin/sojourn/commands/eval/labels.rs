//! Names of rewards, as the user gave them.

use std::path::Path;

use sojourn_client::load::short_name;

/// Longest text that stands in a heading; a longer one is numbered, and said once above the numbers.
const LONGEST: usize = 24;

/// Name of each of the rewards that one `--rewards` gave: `state[:]` is one for each entry.
pub(super) fn of(text: &str, rewards: usize) -> Vec<String> {
    let text = text.trim();
    let pieces: Vec<&str> = text.split(';').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let sliced = pieces.iter().filter(|piece| piece.contains("[:]")).count();
    let plain = pieces.len() - sliced;
    let is_list = text.starts_with('[') || Path::new(text).is_file();
    if !is_list && rewards >= pieces.len() && (sliced > 0 || rewards == plain) {
        let each = (rewards - plain).checked_div(sliced).unwrap_or(0);
        let names = pieces.iter().flat_map(|piece| match piece.contains("[:]") {
            true => (0..each).map(|entry| piece.replace("[:]", &format!("[{entry}]"))).collect(),
            false => vec![(*piece).to_owned()],
        });
        let names: Vec<String> = names.collect();
        if names.len() == rewards {
            return names;
        }
    }
    let name = short_name(text);
    match rewards {
        1 => vec![name.to_owned()],
        _ => (1..=rewards).map(|number| format!("{name} #{number}")).collect(),
    }
}

/// A name for headings, of the reward with this number from 1; with the line that explains it, if it needs one.
pub(super) fn heading(label: &str, number: usize) -> (String, Option<String>) {
    if label.chars().count() <= LONGEST {
        return (label.to_owned(), None);
    }
    let name = format!("R{number}");
    let line = format!("{name} = {label}");
    (name, Some(line))
}

/// Moment of this order of a reward: `E[state[0]]`, `E[(state[0]+1)^2]`.
pub(super) fn moment(name: &str, order: usize) -> String {
    let simple = name.chars().all(|c| c.is_alphanumeric() || "[]_.".contains(c));
    match (order, simple) {
        (1, _) => format!("E[{name}]"),
        (_, true) => format!("E[{name}^{order}]"),
        (_, false) => format!("E[({name})^{order}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_are_named_as_given_and_a_slice_by_its_entries() {
        assert_eq!(of("state[0]+2*state[1]", 1), ["state[0]+2*state[1]"]);
        assert_eq!(of("state[:]; 1", 4), ["state[0]", "state[1]", "state[2]", "1"]);
        assert_eq!(of("state[0]; state[1]", 2), ["state[0]", "state[1]"]);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rewards.json");
        std::fs::write(&file, "[]").unwrap();
        assert_eq!(of(file.to_str().unwrap(), 1), ["rewards.json"]);
        assert_eq!(of("[[1,2],[3,4]]", 2), ["[[1,2],[3,4]] #1", "[[1,2],[3,4]] #2"]);
    }

    #[test]
    fn a_name_too_long_for_a_heading_is_numbered_and_explained() {
        let long = "state[0]+state[1]+state[2]+state[3]";
        assert_eq!(heading(long, 3), ("R3".to_owned(), Some(format!("R3 = {long}"))));
        assert_eq!(heading("state[0]", 3), ("state[0]".to_owned(), None));
    }

    #[test]
    fn a_power_of_a_sum_has_its_parentheses() {
        assert_eq!(moment("state[0]", 2), "E[state[0]^2]");
        assert_eq!(moment("state[0]+1", 2), "E[(state[0]+1)^2]");
        assert_eq!(moment("state[0]+1", 1), "E[state[0]+1]");
    }
}
