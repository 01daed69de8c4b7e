//! Which column of a table of observations says what.

use super::choice::{ColumnChoice, ColumnRole};
use super::marks::EventMark;
use super::names::ColumnMeaning as Is;
use crate::load::cells::{columns_option, listed, shown};

/// The columns of a table by their roles.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnRoles {
    /// Name of each column, `column 2` where it has none.
    pub(super) names: Vec<String>,
    /// Columns without a name.
    pub(super) unnamed: Vec<usize>,
    pub(super) time: Option<usize>,
    pub(super) mark: Option<(usize, EventMark)>,
    pub(super) lower: Option<usize>,
    pub(super) upper: Option<usize>,
    pub(super) weight: Option<usize>,
    /// Columns that say nothing here.
    pub(super) unused: Vec<usize>,
    /// Those of them that are no row names, and might say which times are censored since no other column does.
    pub(super) watched: Vec<usize>,
    /// Whether the table has neither names nor a choice, and two columns.
    pub(super) guessed: bool,
}

impl ColumnRoles {
    /// Finds the columns of a table without names, of numbers alone where it is an array.
    pub(super) fn unnamed(width: usize, choice: &ColumnChoice, is_text: bool) -> Result<ColumnRoles, String> {
        let names = (1..=width).map(|number| format!("column {number}")).collect();
        let unnamed = (0..width).collect();
        let mut roles = ColumnRoles { names, unnamed, ..ColumnRoles::default() };
        let chosen = roles.choose(&vec![String::new(); width], choice)?;
        let left: Vec<usize> = (0..width).filter(|at| !chosen.contains(at)).collect();
        if !choice.chosen.is_empty() {
            if roles.time.is_none() && roles.lower.is_none() && roles.upper.is_none() {
                let &[time] = &left[..] else {
                    return Err("say which column has the times: --columns time=1,..".into());
                };
                roles.time = Some(time);
            } else {
                if roles.mark.is_none() && roles.time.is_some() {
                    roles.watched.clone_from(&left);
                }
                roles.unused.extend(left);
            }
            return Ok(roles);
        }
        roles.time = Some(0);
        match width {
            1 => {}
            2 if is_text => (roles.weight, roles.guessed) = (Some(1), true),
            2 => {
                return Err(
                    "there are two columns, and no names that say what they are: --columns time=1,event=2 where 1 is an event, censored=2 where 1 is a time that is longer, weight=2 or lower=1,upper=2"
                        .into(),
                );
            }
            _ => {
                return Err(format!(
                    "there are {width} columns; without a heading these are times and their weights: put a line with names before them, or say --columns time=1,event=2"
                ));
            }
        }
        Ok(roles)
    }

    /// Finds the columns of a heading.
    pub(super) fn named(heading: &[String], choice: &ColumnChoice) -> Result<ColumnRoles, String> {
        let named = heading.iter().enumerate();
        let names =
            named.map(|(at, name)| if name.is_empty() { format!("column {}", at + 1) } else { name.clone() });
        let names = names.collect();
        let unnamed = (0..heading.len()).filter(|&at| heading[at].is_empty()).collect();
        let mut roles = ColumnRoles { names, unnamed, ..ColumnRoles::default() };
        let chosen = roles.choose(heading, choice)?;
        // Other columns of our tables have names that mean something else elsewhere.
        let ours = heading.iter().any(|name| name.starts_with("theta["));
        let meaning = |at: usize, name: &str| match Is::of(name, at == 0) {
            Is::Ours if !ours => Is::Other,
            is => is,
        };
        let meanings: Vec<(usize, Is)> = heading
            .iter()
            .enumerate()
            .filter(|(at, _)| !chosen.contains(at))
            .map(|(at, name)| (at, meaning(at, name)))
            .collect();
        roles.refuse_what_is_not_there(&meanings)?;
        roles.find_times(heading, &meanings)?;
        roles.find_mark(&meanings)?;
        if roles.weight.is_none() {
            roles.weight = roles.only(&all(&meanings, |is| is == Is::Weight), "weight")?;
            let like = all(&meanings, |is| is == Is::LikeWeight);
            if let (None, Some(&at)) = (roles.weight, like.iter().find(|&&at| roles.time != Some(at))) {
                return Err(format!(
                    "`{}` may say how often a time was observed: {}, or {} where it does not",
                    shown(&roles.names[at]),
                    roles.option("weight", at),
                    roles.option("unused", at)
                ));
            }
        }
        for (at, is) in meanings {
            let used = [roles.time, roles.lower, roles.upper, roles.weight].contains(&Some(at))
                || roles.mark.as_ref().is_some_and(|(mark, _)| *mark == at);
            if used || is == Is::Ours || (is == Is::Index && heading[at].is_empty()) {
                continue;
            }
            roles.unused.push(at);
            if roles.mark.is_none() && roles.time.is_some() && is != Is::Index && !ours {
                roles.watched.push(at);
            }
        }
        Ok(roles)
    }

    /// Takes the columns that are chosen; returns all of them.
    fn choose(&mut self, heading: &[String], choice: &ColumnChoice) -> Result<Vec<usize>, String> {
        let mut chosen = Vec::new();
        for (role, text) in &choice.chosen {
            let marks = matches!(role, ColumnRole::Event | ColumnRole::Censored);
            let (at, value) = find(heading, text, marks).ok_or_else(|| self.not_there(heading, text))?;
            if chosen.contains(&at) {
                return Err(format!("--columns: `{}` has two roles", shown(&self.names[at])));
            }
            chosen.push(at);
            match role {
                ColumnRole::Time => self.time = Some(at),
                ColumnRole::Event => self.mark = Some((at, EventMark::Event(value))),
                ColumnRole::Censored => self.mark = Some((at, EventMark::Censored(value))),
                ColumnRole::Weight => self.weight = Some(at),
                ColumnRole::Lower => self.lower = Some(at),
                ColumnRole::Upper => self.upper = Some(at),
                ColumnRole::Unused => self.unused.push(at),
            }
        }
        if self.mark.is_some() && (self.lower.is_some() || self.upper.is_some()) {
            return Err(
                "--columns: bounds of intervals say what is censored; leave event and censored out".into()
            );
        }
        Ok(chosen)
    }

    fn not_there(&self, heading: &[String], text: &str) -> String {
        let text = shown(text);
        match heading.iter().all(String::is_empty) {
            true => format!(
                "--columns: there is no column `{text}`; the columns have numbers, from 1 to {}",
                heading.len()
            ),
            false => format!(
                "--columns: there is no column `{text}`; there are {}",
                listed(self.names.iter().map(String::as_str))
            ),
        }
    }

    /// Refuses delayed entry and competing causes, without which observations would mean something else.
    fn refuse_what_is_not_there(&self, meanings: &[(usize, Is)]) -> Result<(), String> {
        for &(at, is) in meanings {
            let what = match is {
                Is::Entry => "delayed entry (times that are known only from then on)",
                Is::Cause => "one of several causes",
                _ => continue,
            };
            return Err(format!(
                "`{}` looks like {what}, which is not there yet: {} leaves it out, where that is right",
                shown(&self.names[at]),
                self.option("unused", at)
            ));
        }
        Ok(())
    }

    /// Finds the times, or the bounds of intervals.
    fn find_times(&mut self, heading: &[String], meanings: &[(usize, Is)]) -> Result<(), String> {
        if self.time.is_some() {
            return Ok(());
        }
        let of = |meaning: Is| all(meanings, |is| is == meaning);
        let times = of(Is::Time);
        let (mut lower, mut upper) = (of(Is::Lower), of(Is::Upper));
        if times.is_empty() && lower.is_empty() && upper.is_empty() {
            let (like_lower, like_upper) = (of(Is::LikeLower), of(Is::LikeUpper));
            if like_lower.len() == 1 && like_upper.len() == 1 {
                (lower, upper) = (like_lower, like_upper);
            }
        }
        let chosen = self.lower.is_some() || self.upper.is_some();
        if chosen || !lower.is_empty() || !upper.is_empty() {
            if !chosen && !times.is_empty() {
                return Err("there are times and bounds of intervals: have one of the two, such as --columns time=.. or --columns lower=..,upper=..".into());
            }
            if self.lower.is_none() {
                self.lower = self.only(&lower, "lower")?;
            }
            if self.upper.is_none() {
                self.upper = self.only(&upper, "upper")?;
            }
            return Ok(());
        }
        self.time = self.only(&times, "time")?;
        if self.time.is_none() {
            self.time = self.only(&of(Is::LikeTime), "time")?;
        }
        if self.time.is_none() {
            let mut others = all(meanings, |is| matches!(is, Is::Other | Is::LikeLower | Is::LikeUpper));
            if others.iter().any(|&at| !heading[at].is_empty()) {
                others.retain(|&at| !heading[at].is_empty());
            }
            if others.is_empty()
                && meanings.len() == 1
                && matches!(meanings[0].1, Is::Index | Is::LikeEvent | Is::LikeWeight)
            {
                others.push(meanings[0].0);
            }
            self.time = self.only(&others, "time")?;
        }
        match self.time {
            Some(_) => Ok(()),
            None => Err(format!(
                "there is no column of times among {}: name it `time`, have `lower` and `upper`, or say --columns time=..",
                listed(self.names.iter().map(String::as_str))
            )),
        }
    }

    /// Finds the column that says which times are censored.
    fn find_mark(&mut self, meanings: &[(usize, Is)]) -> Result<(), String> {
        if self.mark.is_some() {
            return Ok(());
        }
        let marks: Vec<(usize, Is)> =
            meanings.iter().copied().filter(|&(at, is)| is.marks() && self.time != Some(at)).collect();
        if let (None, Some(&(at, _))) = (self.time, marks.first()) {
            return Err(format!(
                "bounds of intervals say what is censored, and so does `{}`: {} leaves it out",
                shown(&self.names[at]),
                self.option("unused", at)
            ));
        }
        match marks[..] {
            [(at, is)] => {
                let mark = match is {
                    Is::Event => EventMark::Event(None),
                    Is::Censored => EventMark::Censored(None),
                    _ => EventMark::Words,
                };
                self.mark = Some((at, mark));
                Ok(())
            }
            [(first, _), (second, _), ..] => Err(format!(
                "`{}` and `{}` say the same of a time: have one of the two, or say {} (or censored=..) {}",
                shown(&self.names[first]),
                shown(&self.names[second]),
                self.option("event", first),
                self.option("unused", second)
            )),
            [] => {
                let like = all(meanings, |is| is == Is::LikeEvent);
                match like.iter().find(|&&at| self.time.is_some() && self.time != Some(at)) {
                    Some(&at) => Err(self.may_mark(at)),
                    None => Ok(()),
                }
            }
        }
    }

    /// Returns the text by which a column can be chosen: its name, or its number where the name is none, long or another
    /// column's, too.
    pub(super) fn key(&self, at: usize) -> String {
        let name = &self.names[at];
        let alike = self.names.iter().filter(|other| other.to_lowercase() == name.to_lowercase()).count();
        match alike == 1 && shown(name) == *name && !self.unnamed.contains(&at) {
            true => name.clone(),
            false => (at + 1).to_string(),
        }
    }

    /// Returns the option that gives a column a role.
    fn option(&self, role: &str, at: usize) -> String {
        columns_option(role, &self.key(at), "")
    }

    /// Returns the error of a column that may say which times are censored.
    pub(super) fn may_mark(&self, at: usize) -> String {
        format!(
            "`{}` may say which times are censored: {} where 1 is an event, {} where 1 is a time that is longer, {} where it is neither",
            shown(&self.names[at]),
            self.option("event", at),
            self.option("censored", at),
            self.option("unused", at)
        )
    }

    /// Returns the only one of these columns, none if there is none.
    fn only(&self, columns: &[usize], role: &str) -> Result<Option<usize>, String> {
        match columns {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            all => Err(format!(
                "several columns could be the {role}: {}; say which: {}",
                listed(all.iter().map(|&at| self.names[at].as_str())),
                self.option(role, all[0])
            )),
        }
    }
}

fn all(meanings: &[(usize, Is)], wanted: impl Fn(Is) -> bool) -> Vec<usize> {
    meanings.iter().filter(|(_, is)| wanted(*is)).map(|&(at, _)| at).collect()
}

/// Finds a column by its name, else by its name in another case, else by its number from 1; with the value behind a colon
/// where the whole text names none.
fn find(heading: &[String], text: &str, may_have_value: bool) -> Option<(usize, Option<String>)> {
    if let Some(at) = find_whole(heading, text) {
        return Some((at, None));
    }
    let colons = text.char_indices().filter(|&(_, char)| may_have_value && char == ':');
    colons
        .filter_map(|(colon, _)| {
            let value = text[colon + 1..].trim();
            let at = find_whole(heading, text[..colon].trim())?;
            (!value.is_empty()).then(|| (at, Some(value.to_owned())))
        })
        .next()
}

fn find_whole(heading: &[String], text: &str) -> Option<usize> {
    let exact = heading.iter().position(|name| name == text && !text.is_empty());
    let alike = || {
        let mut alike =
            heading.iter().enumerate().filter(|(_, name)| name.to_lowercase() == text.to_lowercase());
        match (alike.next(), alike.next()) {
            (Some((at, _)), None) if !text.is_empty() => Some(at),
            _ => None,
        }
    };
    let number =
        || text.parse::<usize>().ok().filter(|number| (1..=heading.len()).contains(number)).map(|n| n - 1);
    exact.or_else(alike).or_else(number)
}
