//! The names under which tools write initial probabilities, matrices and exit rates.

/// What a key gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Initial probabilities.
    Initial,
    /// Sub-intensity or sub-stochastic matrix, or a generator with its absorbing rows.
    Matrix,
    /// Rates (probabilities) of absorption.
    Exit,
    /// `continuous` or `discrete`.
    Kind,
    /// Whether time is counted in steps.
    Discrete,
    /// Arrivals of a Markovian arrival process, which is no phase-type distribution.
    Arrivals,
}

/// Names, each with its role. Names differ in case: `S` is a matrix, `s` is unknown.
const NAMES: [(&str, Role); 20] = [
    ("alpha", Role::Initial),
    ("ipv", Role::Initial),
    ("init_probs", Role::Initial),
    ("pi", Role::Initial),
    ("prob", Role::Initial),
    ("S", Role::Matrix),
    ("A", Role::Matrix),
    ("T", Role::Matrix),
    ("Q", Role::Matrix),
    ("D0", Role::Matrix),
    ("sim", Role::Matrix),
    ("subint_mat", Role::Matrix),
    ("rates", Role::Matrix),
    ("exit", Role::Exit),
    ("exit_rates", Role::Exit),
    ("xi", Role::Exit),
    ("kind", Role::Kind),
    ("discrete", Role::Discrete),
    ("is_discrete", Role::Discrete),
    ("D1", Role::Arrivals),
];

/// Returns the known name that a key spells, and its role.
pub(super) fn known(key: &str) -> Option<(&'static str, Role)> {
    NAMES.into_iter().find(|(name, _)| *name == key)
}

/// Returns all names.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Role)> {
    NAMES.into_iter()
}

/// Returns the name that an unknown key may be meant to spell: it differs by case, or by one letter where the name
/// has at least four.
pub(super) fn near(key: &str) -> Option<(&'static str, Role)> {
    let lower = key.to_ascii_lowercase();
    let is_near = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == lower || name.len() >= 4 && lower.len() <= 16 && strsim::levenshtein(&name, &lower) == 1
    };
    NAMES.into_iter().find(|(name, _)| is_near(name))
}

/// Returns whether a key shows that a file is in the matrix form.
pub(in crate::formats) fn is_own_key(key: &str) -> bool {
    known(key).is_some_and(|(_, role)| matches!(role, Role::Initial | Role::Matrix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_another_case_or_with_one_wrong_letter_is_near() {
        assert_eq!(near("s"), Some(("S", Role::Matrix)));
        assert_eq!(near("Alpha").map(|n| n.0), Some("alpha"));
        assert_eq!(near("descrete").map(|n| n.0), Some("discrete"));
        assert_eq!(near("kin").map(|n| n.0), Some("kind"));
        for other in ["title", "x", "B", "alphabet", "rate_unit"] {
            assert_eq!(near(other), None, "{other}");
        }
    }
}
