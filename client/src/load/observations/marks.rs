//! Entries that say whether an event was seen, or how a time is censored.

use sojourn_engine::Event;

use crate::load::cells::{columns_option, is_missing, shown};

/// How a column marks observations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EventMark {
    /// True where the event was seen; with a value, where it has this value.
    Event(Option<String>),
    /// True where the time is censored on the right; with a value, where it has this value.
    Censored(Option<String>),
    /// Words alone are understood.
    Words,
}

/// What an entry says by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MarkWord {
    Yes,
    No,
    Exact,
    Right,
    Left,
}

impl EventMark {
    /// Returns the event at a time that an entry marks; `name` is that of the column, `key` the text by which the column can
    /// be chosen.
    ///
    /// # Errors
    /// Says why the entry marks nothing, and how to say what it marks.
    pub(super) fn event(&self, time: f64, cell: &str, name: &str, key: &str) -> Result<Event, String> {
        let (value, seen_if) = match self {
            EventMark::Event(value) => (value, true),
            EventMark::Censored(value) => (value, false),
            EventMark::Words => (&None, true),
        };
        if is_missing(cell) {
            return Err(format!(
                "the entry `{}` of `{}` is missing: leave the line out",
                shown(cell),
                shown(name)
            ));
        }
        if let Some(value) = value {
            let is = cell == value
                || matches!((cell.parse::<f64>(), value.parse::<f64>()), (Ok(a), Ok(b)) if a == b);
            return Ok(if is == seen_if { Event::At(time) } else { Event::After(time) });
        }
        let word = word(cell);
        let truth = |yes: bool| if yes == seen_if { Event::At(time) } else { Event::After(time) };
        match (self, word) {
            (_, Some(MarkWord::Exact)) => Ok(Event::At(time)),
            (_, Some(MarkWord::Right)) => Ok(Event::After(time)),
            (_, Some(MarkWord::Left)) => Ok(Event::Until(time)),
            (EventMark::Event(_) | EventMark::Censored(_), Some(MarkWord::Yes)) => Ok(truth(true)),
            (EventMark::Event(_) | EventMark::Censored(_), Some(MarkWord::No)) => Ok(truth(false)),
            _ => Err(self.unknown(cell, name, key)),
        }
    }

    fn unknown(&self, cell: &str, name: &str, key: &str) -> String {
        let cell = shown(cell);
        match self {
            EventMark::Words => ambiguous(name, key),
            EventMark::Event(_) => format!(
                "`{cell}` does not say whether the time was observed: 1, or 0 where it is longer; where another value marks events, {}",
                columns_option("event", key, ":VALUE")
            ),
            EventMark::Censored(_) => format!(
                "`{cell}` is no kind of censoring: exact (0), right (1) or left; where another value marks censored times, {}",
                columns_option("censored", key, ":VALUE")
            ),
        }
    }
}

/// Returns the error of a column whose 1 means an event here, and a survivor there.
fn ambiguous(name: &str, key: &str) -> String {
    format!(
        "`{}` has two meanings: {} where 1 is an event, {} where 2 is (as in R's survival), {} where 1 is a time that is longer, {} where it is neither",
        shown(name),
        columns_option("event", key, ""),
        columns_option("event", key, ":2"),
        columns_option("censored", key, ""),
        columns_option("unused", key, "")
    )
}

/// Returns what an entry says by itself, whatever its case.
fn word(cell: &str) -> Option<MarkWord> {
    if let Ok(number) = cell.replacen(',', ".", 1).parse::<f64>() {
        return match number {
            1.0 => Some(MarkWord::Yes),
            0.0 => Some(MarkWord::No),
            _ => None,
        };
    }
    // cBioPortal writes `1:DECEASED`.
    let cell = cell.strip_prefix("0:").or_else(|| cell.strip_prefix("1:")).unwrap_or(cell);
    match cell.to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "wahr" | "ja" | "vrai" | "oui" | "verdadero" => Some(MarkWord::Yes),
        "false" | "f" | "no" | "n" | "falsch" | "nein" | "faux" | "non" | "falso" => Some(MarkWord::No),
        "exact" | "event" | "observed" | "dead" | "died" | "death" | "deceased" | "failed" | "failure"
        | "uncensored" => Some(MarkWord::Exact),
        "right" | "censored" | "alive" | "living" | "right-censored" | "right censored" | "suspended" => {
            Some(MarkWord::Right)
        }
        "left" | "left-censored" | "left censored" => Some(MarkWord::Left),
        _ => None,
    }
}

/// Returns whether an entry could mark events: 0, 1, a truth value or a word for censoring.
pub(super) fn could_mark(cell: &str) -> bool {
    word(cell).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_spelled_in_many_ways() {
        for (yes, no) in [
            ("1", "0"),
            ("1.0", "0.0"),
            ("TRUE", "FALSE"),
            ("T", "F"),
            ("yes", "No"),
            ("WAHR", "FALSCH"),
            ("1,0", "0,0"),
        ] {
            let (event, censored) = (EventMark::Event(None), EventMark::Censored(None));
            assert_eq!(event.event(2.0, yes, "e", "e"), Ok(Event::At(2.0)), "{yes}");
            assert_eq!(event.event(2.0, no, "e", "e"), Ok(Event::After(2.0)), "{no}");
            assert_eq!(censored.event(2.0, yes, "c", "c"), Ok(Event::After(2.0)), "{yes}");
            assert_eq!(censored.event(2.0, no, "c", "c"), Ok(Event::At(2.0)), "{no}");
        }
    }

    #[test]
    fn a_word_says_the_same_in_every_column_and_a_number_does_not() {
        for mark in [EventMark::Event(None), EventMark::Censored(None), EventMark::Words] {
            assert_eq!(mark.event(1.0, "Dead", "s", "s"), Ok(Event::At(1.0)));
            assert_eq!(mark.event(1.0, "alive", "s", "s"), Ok(Event::After(1.0)));
            assert_eq!(mark.event(1.0, "1:DECEASED", "s", "s"), Ok(Event::At(1.0)));
            assert_eq!(mark.event(1.0, "0:LIVING", "s", "s"), Ok(Event::After(1.0)));
            assert_eq!(mark.event(1.0, "left", "s", "s"), Ok(Event::Until(1.0)));
            assert!(mark.event(1.0, "2", "s", "s").is_err() && mark.event(1.0, "NA", "s", "s").is_err());
        }
        let refused = EventMark::Words.event(1.0, "1", "status", "status").unwrap_err();
        assert!(refused.starts_with("`status` has two meanings"), "{refused}");
    }

    #[test]
    fn a_value_given_marks_alone() {
        let dead = EventMark::Event(Some("2".into()));
        assert_eq!(dead.event(1.0, "2.0", "s", "s"), Ok(Event::At(1.0)));
        assert_eq!(dead.event(1.0, "1", "s", "s"), Ok(Event::After(1.0)));
        assert!(dead.event(1.0, "NA", "s", "s").is_err());
    }
}
