//! The columns of observations as their user names them.

/// What a column can be named as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnRole {
    /// The time.
    Time,
    /// Where it is 1, or the value given, the event was seen.
    Event,
    /// Where it is 1, or the value given, the time is censored on the right.
    Censored,
    /// How often it was observed.
    Weight,
    /// Lower bound of an interval.
    Lower,
    /// Upper bound of an interval.
    Upper,
    /// Not to be used.
    Unused,
}

/// Roles by the words for them.
const ROLES: [(&str, ColumnRole); 9] = [
    ("time", ColumnRole::Time),
    ("event", ColumnRole::Event),
    ("censored", ColumnRole::Censored),
    ("weight", ColumnRole::Weight),
    ("lower", ColumnRole::Lower),
    ("from", ColumnRole::Lower),
    ("upper", ColumnRole::Upper),
    ("until", ColumnRole::Upper),
    ("unused", ColumnRole::Unused),
];

/// Columns that were named, such as `time=days,event=status:2`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnChoice {
    /// Roles and the columns that have them: names, or numbers from 1; of an event or censoring maybe `NAME:VALUE`.
    pub(super) chosen: Vec<(ColumnRole, String)>,
}

impl ColumnChoice {
    /// Reads `ROLE=COLUMN,..`. A comma is part of a column's name unless a role and `=` follow it.
    ///
    /// # Errors
    /// Names a role that is none, stands twice or is not there yet.
    pub fn parse(text: &str) -> Result<ColumnChoice, String> {
        let mut chosen: Vec<(ColumnRole, String)> = Vec::new();
        for piece in text.split(',') {
            let begun =
                piece.split_once('=').map(|(word, column)| (word.trim().to_ascii_lowercase(), column.trim()));
            let role = begun.as_ref().and_then(|(word, _)| ROLES.iter().find(|(known, _)| known == word));
            match (role, begun, chosen.last_mut()) {
                (Some(&(_, role)), Some((_, column)), _) => chosen.push((role, column.to_owned())),
                (None, Some((word, _)), _) if matches!(word.as_str(), "entry" | "cause") => {
                    return Err(format!(
                        "`{word}` is not there yet: times are observed from 0 on, and of one cause"
                    ));
                }
                // Part of a name, such as `event (1=yes, 0=no)`.
                (None, _, Some((_, column))) => {
                    column.push(',');
                    column.push_str(piece);
                }
                _ => {
                    return Err(format!(
                        "`{piece}` is not ROLE=COLUMN, such as time=days or event=status:2; the roles are time, event, censored, weight, lower (or from), upper (or until) and unused"
                    ));
                }
            }
        }
        ColumnChoice::default().and(ColumnChoice { chosen })
    }

    /// Returns whether a column of this name is chosen.
    pub(super) fn names(&self, column: &str) -> bool {
        self.chosen.iter().any(|(_, name)| name == column)
    }

    /// Joins two choices.
    ///
    /// # Errors
    /// If a role has two columns.
    pub fn and(mut self, other: ColumnChoice) -> Result<ColumnChoice, String> {
        for (role, column) in other.chosen {
            if column.is_empty() {
                return Err(
                    "a column has no name; columns without one are named by their number, from 1".into()
                );
            }
            if role != ColumnRole::Unused && self.chosen.iter().any(|(known, _)| *known == role) {
                return Err(format!("there are two columns for one role, the second is `{column}`"));
            }
            self.chosen.push((role, column));
        }
        let has = |role| self.chosen.iter().any(|(known, _)| *known == role);
        if has(ColumnRole::Event) && has(ColumnRole::Censored) {
            return Err("event and censored say the same of a time: name one of the two".into());
        }
        if has(ColumnRole::Time) && (has(ColumnRole::Lower) || has(ColumnRole::Upper)) {
            return Err(
                "a time and bounds of an interval are two kinds of observations: name one of the two".into(),
            );
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_columns_whose_names_may_have_commas() {
        let found = ColumnChoice::parse("time=T, days,event=status:2,unused=a=b").unwrap();
        let expected = [
            (ColumnRole::Time, "T, days".to_owned()),
            (ColumnRole::Event, "status:2".to_owned()),
            (ColumnRole::Unused, "a=b".to_owned()),
        ];
        assert_eq!(found.chosen, expected);
    }

    #[test]
    fn a_name_may_explain_itself() {
        let found = ColumnChoice::parse("event=Event (1=yes, 0=no),time=x").unwrap();
        assert_eq!(found.chosen[0].1, "Event (1=yes, 0=no)");
        assert_eq!(found.chosen.len(), 2);
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        let wrong = |text| ColumnChoice::parse(text).unwrap_err();
        assert!(
            wrong("entry=x").contains("not there yet") && wrong("time=a,cause=x").contains("not there yet")
        );
        assert!(wrong("x").contains("ROLE=COLUMN") && wrong("when=x").contains("ROLE=COLUMN"));
        assert!(wrong("time=").contains("no name"));
        assert!(wrong("time=a,time=b").contains("two columns"));
        assert!(wrong("event=a,censored=b").contains("same of a time"));
        assert!(wrong("time=a,lower=b").contains("two kinds"));
    }
}
