//! Names that columns of observations have in other people's files.

/// The meaning of a column, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnMeaning {
    /// A time.
    Time,
    /// A name that ends as one of times does: a time, if no other column is.
    LikeTime,
    /// 1 where the event was seen.
    Event,
    /// 1 where the time is censored on the right.
    Censored,
    /// A name such as `status`: words are understood, 0 and 1 mean one thing here and the opposite there.
    Status,
    /// Lower bound of an interval.
    Lower,
    /// Upper bound of an interval.
    Upper,
    /// Lower bound, if another column is [`ColumnMeaning::LikeUpper`].
    LikeLower,
    /// Upper bound, if another column is [`ColumnMeaning::LikeLower`].
    LikeUpper,
    /// How often it was observed.
    Weight,
    /// A name that may be that of weights.
    LikeWeight,
    /// When it came under observation: not there yet.
    Entry,
    /// Which of several events it was: not there yet.
    Cause,
    /// A name that speaks of events or censoring, and does not say which.
    LikeEvent,
    /// A number or name of the row.
    Index,
    /// A column of our own tables beside T.
    Ours,
    /// Anything else.
    Other,
}

impl ColumnMeaning {
    /// Returns the meaning of a name, whatever its case and the signs between its words.
    pub(super) fn of(name: &str, first: bool) -> ColumnMeaning {
        use ColumnMeaning as Is;
        if name.starts_with("theta[") || matches!(name, "sample" | "error" | "mass_at_zero") {
            return Is::Ours;
        }
        // Stata's names of what `stset` makes.
        match name {
            "_t" => return Is::Time,
            "_d" => return Is::Event,
            "_t0" => return Is::Entry,
            "_st" => return Is::LikeEvent,
            "" if first => return Is::Index,
            _ => {}
        }
        let mut words = words(name);
        while words.len() > 1 && words.last().is_some_and(|word| UNITS.contains(&word.as_str())) {
            words.pop();
        }
        match whole(&words.concat()) {
            Some(meaning) => meaning,
            None => by_words(&words),
        }
    }

    /// Returns whether 0 and 1 in such a column say which times are censored.
    pub(super) fn marks(self) -> bool {
        matches!(self, ColumnMeaning::Event | ColumnMeaning::Censored | ColumnMeaning::Status)
    }
}

/// Words that a name ends in without meaning another thing.
const UNITS: [&str; 22] = [
    "day", "days", "week", "weeks", "month", "months", "mo", "year", "years", "yr", "yrs", "hour", "hours",
    "hrs", "minutes", "min", "seconds", "sec", "ms", "in", "col", "value",
];

/// Returns the meaning of a name whose words stand together.
fn whole(name: &str) -> Option<ColumnMeaning> {
    use ColumnMeaning as Is;
    Some(match name {
        "time" | "t" | "times" | "duration" | "durations" | "dur" | "lifetime" | "lifetimes" | "survtime"
        | "survivaltime" | "futime" | "followup" | "followuptime" | "tte" | "ttf" | "failuretime"
        | "eventtime" | "lifelength" => Is::Time,
        "survival" => Is::LikeTime,
        "event" | "events" | "e" | "observed" | "eventobserved" | "observedevent" | "dead" | "death"
        | "died" | "deceased" | "fail" | "failed" | "failure" | "failures" | "uncensored" | "isevent"
        | "isdead" | "isobserved" | "hasevent" | "eventoccurred" | "occurred" | "eventindicator"
        | "deathindicator" | "failureindicator" | "eventflag" | "deathevent" | "fuevent" | "exact" => {
            Is::Event
        }
        "censored" | "kind" | "cens" | "censor" | "censoring" | "iscensored" | "rightcensored"
        | "rightcens" | "censoredright" | "censorindicator" | "censoringindicator" | "censorflag"
        | "censoringflag" | "alive" | "isalive" | "rightcensoring" => Is::Censored,
        "status" | "stat" | "fustat" | "delta" | "d" | "c" | "indicator" | "ind" | "outcome"
        | "vitalstatus" | "flag" => Is::Status,
        "lower" | "lowerbound" | "from" => Is::Lower,
        "upper" | "upperbound" | "until" => Is::Upper,
        "left" | "l" => Is::LikeLower,
        "right" | "u" | "r" => Is::LikeUpper,
        "weight" | "weights" | "w" | "wt" | "wts" | "freq" | "frequency" | "count" | "counts"
        | "multiplicity" | "fweight" => Is::Weight,
        "n" | "num" | "number" | "nobs" | "reps" | "replicates" => Is::LikeWeight,
        "entry" | "entrytime" | "entryage" | "enter" | "start" | "starttime" | "tstart" | "t0" | "begin"
        | "stop" | "stoptime" | "tstop" | "time1" | "time2" | "lefttruncation" | "truncation" | "trunc"
        | "truncated" | "lefttrunc" | "lefttruncated" | "delayedentry" | "delayed" | "timestart"
        | "timestop" | "timeentry" => Is::Entry,
        "cause" | "causes" | "causeofdeath" | "eventtype" | "failuretype" | "failuremode" | "etype"
        | "competing" | "competingrisk" | "competingevent" | "risk" => Is::Cause,
        "index" | "id" | "row" | "rownames" | "rowname" | "unnamed0" | "level0" | "obs" | "subject"
        | "patient" | "no" | "nr" => Is::Index,
        _ => return None,
    })
}

/// Returns the meaning of a name by its last word, and by words in it that speak of censoring.
fn by_words(words: &[String]) -> ColumnMeaning {
    use ColumnMeaning as Is;
    let has = |part: &str| words.iter().any(|word| word.contains(part));
    let is = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let last = words.last().map_or("", String::as_str);
    let to_event = words.len() > 2
        && words[1] == "to"
        && matches!(words[0].as_str(), "time" | "days" | "months" | "years");
    match last {
        _ if to_event => Is::LikeTime,
        _ if has("trunc") || is(&["entry"]) => Is::Entry,
        _ if is(&["cause", "causes"]) => Is::Cause,
        "time" | "times" | "duration" | "lifetime" | "followup" | "futime" | "survtime" | "survival" => {
            Is::LikeTime
        }
        "id" => Is::Index,
        _ if is(&["not", "no", "non", "un", "free", "left", "interval"]) && has("cens") => Is::LikeEvent,
        _ if is(&["n", "num", "number", "count"]) && (has("event") || has("cens") || has("death")) => {
            Is::LikeEvent
        }
        "event" | "events" | "dead" | "died" | "death" | "deceased" | "failed" | "uncensored"
            if !is(&["not", "no", "non", "free", "without"]) =>
        {
            Is::Event
        }
        "cens" | "censored" | "censor" => Is::Censored,
        "status" | "stat" | "delta" | "indicator" | "flag" => Is::Status,
        _ if is(&[
            "event", "events", "dead", "death", "died", "alive", "lost", "status", "relapse", "dropout",
        ]) || ["cens", "fail", "surviv", "withdr", "observed", "recur"].iter().any(|part| has(part)) =>
        {
            Is::LikeEvent
        }
        _ => Is::Other,
    }
}

/// Splits a name into words in lower case: at signs, and before capitals behind small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for char in name.chars() {
        let begins = !char.is_alphanumeric() || (char.is_uppercase() && small);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (char.is_alphanumeric(), words.last_mut()) {
            word.extend(char.to_lowercase());
        }
        small = char.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_meaning_in_any_case() {
        use ColumnMeaning as Is;
        for (names, meaning) in [
            (
                &[
                    "time",
                    "T",
                    "Time (days)",
                    "survival_time",
                    "durations",
                    "timeToEvent",
                    "OS.time",
                    "_t",
                    "Overall Survival (Months)",
                ][..],
                Is::Time,
            ),
            (&["E", "event", "Dead", "event_observed", "is_dead", "os_event", "_d", "Observed"], Is::Event),
            (&["cens", "Censored", "right.censored", "is_censored", "alive", "kind"], Is::Censored),
            (&["status", "delta", "OS_STATUS", "vital_status", "d"], Is::Status),
            (
                &["entry", "tstart", "start", "_t0", "left_truncation", "time_entry", "age at entry"],
                Is::Entry,
            ),
            (&["cause", "cause_of_death", "Event Type", "etype"], Is::Cause),
            (&["id", "Unnamed: 0", "patient_id", "rownames"], Is::Index),
            (
                &[
                    "not_censored",
                    "left_censored",
                    "lost",
                    "death_date",
                    "event_free",
                    "_st",
                    "n.event",
                    "Event (1=yes, 0=no)",
                ],
                Is::LikeEvent,
            ),
            (&["x", "sex", "age", "wt.loss", "E[T]"], Is::Other),
        ] {
            for name in names {
                let found = ColumnMeaning::of(name, false);
                let like = if found == Is::LikeTime { Is::Time } else { found };
                assert_eq!(like, meaning, "{name}");
            }
        }
        assert_eq!(ColumnMeaning::of("", true), Is::Index);
        assert_eq!(ColumnMeaning::of("", false), Is::Other);
    }
}
