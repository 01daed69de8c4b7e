//! Hits and misses: of how many patterns, and of how many components, what became what.

use std::time::Duration;

use sojourn_client::Traced;
use sojourn_client::hierarchy::{Fate, Provenance};

use crate::render::numbers::{count, seconds};

/// Patterns that met one fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Met {
    patterns: usize,
    /// Components of two or more vertices that have one of them.
    components: usize,
}

/// What became of the parts of some traces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fates {
    recorded: Met,
    found: Met,
    shared: Met,
    work: Duration,
    /// Traces found whole in the store.
    stored: usize,
    /// Traces with nothing to eliminate.
    acyclic: usize,
}

impl Fates {
    /// Those of one trace.
    pub(super) fn of(traced: &Traced) -> Fates {
        let mut fates = Fates::default();
        fates.add(traced);
        fates
    }

    /// Adds those of a trace.
    pub(super) fn add(&mut self, traced: &Traced) {
        self.work += traced.work;
        match &traced.provenance {
            Provenance::Stored | Provenance::OneJob(Fate::Found) => self.stored += 1,
            Provenance::OneJob(fate) => {
                let summary = traced.trace.summary();
                let (patterns, components) = (summary.patterns, summary.cyclic_components);
                self.acyclic += usize::from(patterns == 0);
                self.met(*fate, Met { patterns, components });
            }
            Provenance::Patterns(patterns) => {
                for pattern in patterns {
                    self.met(pattern.fate, Met { patterns: 1, components: pattern.components });
                }
            }
        }
    }

    fn met(&mut self, fate: Fate, more: Met) {
        let met = match fate {
            Fate::RecordedInWorker(_) | Fate::RecordedHere(_) => &mut self.recorded,
            Fate::Found => &mut self.found,
            Fate::Shared => &mut self.shared,
        };
        met.patterns += more.patterns;
        met.components += more.components;
    }

    /// In words: `4 patterns recorded (of 100 components, 3.2 ms), 2 found (of 30)`.
    pub(super) fn text(&self) -> String {
        self.words("found whole in the store".to_owned())
    }

    /// The same of more than one graph.
    pub(super) fn text_of_several(&self) -> String {
        self.words(format!("{} found whole in the store", count(self.stored, "graph")))
    }

    fn words(&self, stored: String) -> String {
        let mut parts = Vec::new();
        if self.stored > 0 {
            parts.push(stored);
        }
        let work = seconds(self.work.as_secs_f64());
        if self.recorded.patterns > 0 {
            let (patterns, components) =
                (count(self.recorded.patterns, "pattern"), count(self.recorded.components, "component"));
            parts.push(format!("{patterns} recorded (of {components}, {work})"));
        } else if self.acyclic > 0 {
            parts.push(format!("acyclic, {work}"));
        }
        for (met, name) in [(self.found, "found"), (self.shared, "shared")] {
            if met.patterns > 0 {
                let (patterns, components) =
                    (count(met.patterns, "pattern"), count(met.components, "component"));
                parts.push(format!("{patterns} {name} (of {components})"));
            }
        }
        parts.join(", ")
    }
}

/// A fate in words.
pub(super) fn name(fate: Fate) -> &'static str {
    match fate {
        Fate::RecordedInWorker(_) => "recorded in a worker",
        Fate::RecordedHere(_) => "recorded here",
        Fate::Found => "found in the store",
        Fate::Shared => "shared",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_and_misses_are_told_with_the_components_that_they_stand_for() {
        let mut fates = Fates { work: Duration::from_millis(3), ..Fates::default() };
        fates.met(Fate::RecordedInWorker(Duration::from_millis(2)), Met { patterns: 1, components: 25 });
        fates.met(Fate::RecordedHere(Duration::from_millis(1)), Met { patterns: 3, components: 75 });
        fates.met(Fate::Found, Met { patterns: 1, components: 1 });
        fates.met(Fate::Shared, Met { patterns: 2, components: 8 });
        assert_eq!(
            fates.text(),
            "4 patterns recorded (of 100 components, 3.0 ms), 1 pattern found (of 1 component), \
             2 patterns shared (of 8 components)"
        );
    }

    #[test]
    fn what_came_whole_from_the_store_is_said_to() {
        assert_eq!(Fates { stored: 1, ..Fates::default() }.text(), "found whole in the store");
        let several = |stored| Fates { stored, ..Fates::default() }.text_of_several();
        assert_eq!(several(1), "1 graph found whole in the store");
        assert_eq!(several(3), "3 graphs found whole in the store");
    }
}
