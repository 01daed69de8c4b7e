//! Times and probabilities as typed: a list `0.1,0.5,1`, or a grid `FROM:TO:POINTS` with both ends.

use sojourn_engine::Kind;

use crate::error::CommandError;
use crate::render::numbers::real;

/// Most points of a grid: a mistyped number of points is to be an error, not a table without end.
const MOST_POINTS: usize = 1_000_000;

/// Times, finite and not negative; of a discrete chain numbers of steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Times(pub(crate) Vec<f64>);

impl Times {
    /// Reads a list or a grid. The error says which entry is wrong, and how.
    pub(crate) fn parse(text: &str) -> Result<Times, String> {
        let negative = |(at, &time): (usize, &f64)| {
            let text = format!("entry {} is {}: a time is not negative", at + 1, real(time));
            (time < 0.0).then_some(text)
        };
        let times = numbers(text).map_err(|error| {
            // Where times may be left out, what follows the flag is taken for them.
            let looks_like_a_file = text.starts_with(|c: char| c.is_alphabetic() || c == '/');
            if looks_like_a_file { error + "; a FILE stands before this flag" } else { error }
        })?;
        times.iter().enumerate().find_map(negative).map_or(Ok(Times(times)), Err)
    }

    /// An error of usage if a discrete chain, whose times are numbers of steps, is asked between two of them.
    pub(crate) fn check(&self, flag: &str, kind: Kind) -> Result<(), CommandError> {
        let fraction = self.0.iter().position(|time| time.fract() != 0.0);
        match (kind, fraction) {
            (Kind::Discrete, Some(at)) => Err(CommandError::Usage(format!(
                "{flag}: time {} is {}, and the chain is discrete: it is asked at whole numbers of steps >= 0, \
                 such as 1,2,5 or the grid 0:10:11",
                at + 1,
                real(self.0[at])
            ))),
            _ => Ok(()),
        }
    }
}

/// Points at which a transform is asked for, finite and not negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Points(pub(crate) Vec<f64>);

impl Points {
    /// Reads a list or a grid. The error says which entry is wrong, and how.
    pub(crate) fn parse(text: &str) -> Result<Points, String> {
        let values = numbers(text)?;
        let negative = |(at, &s): (usize, &f64)| {
            (s < 0.0).then(|| format!("entry {} is {}: a point is not negative", at + 1, real(s)))
        };
        values.iter().enumerate().find_map(negative).map_or(Ok(Points(values)), Err)
    }
}

/// Probabilities, between zero and one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Probabilities(pub(crate) Vec<f64>);

impl Probabilities {
    /// Reads a list or a grid. The error says which entry is wrong, and how.
    pub(crate) fn parse(text: &str) -> Result<Probabilities, String> {
        let outside = |(at, p): (usize, &f64)| {
            let text = format!("entry {} is {}: a probability is between 0 and 1", at + 1, real(*p));
            (!(0.0..=1.0).contains(p)).then_some(text)
        };
        let values = numbers(text)?;
        values.iter().enumerate().find_map(outside).map_or(Ok(Probabilities(values)), Err)
    }
}

fn numbers(text: &str) -> Result<Vec<f64>, String> {
    if text.contains(':') {
        return grid(text);
    }
    text.split(',').enumerate().map(|(at, entry)| number(entry, &format!("entry {}", at + 1))).collect()
}

fn grid(text: &str) -> Result<Vec<f64>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [from, to, points] = parts[..] else {
        return Err("a grid is FROM:TO:POINTS, such as 0:10:200".into());
    };
    let (from, to) = (number(from, "the start of the grid")?, number(to, "the end of the grid")?);
    if from >= to {
        let (from, to) = (real(from), real(to));
        return Err(format!("the grid begins at {from} and ends at {to}: its end must be greater"));
    }
    let points = match points.trim().parse::<usize>() {
        Ok(points) if (2..=MOST_POINTS).contains(&points) => points,
        _ => {
            let found = points.trim();
            return Err(format!(
                "the grid's points are `{found}`: a number from 2 to {MOST_POINTS} is needed"
            ));
        }
    };
    let grid = spaced(from, to, points);
    match grid.windows(2).all(|pair| pair[0] < pair[1]) {
        true => Ok(grid),
        false => Err(format!(
            "the grid has {points} points, and there are not so many numbers from {} to {}: ask for fewer",
            real(from),
            real(to)
        )),
    }
}

/// So many points, two or more, in equal steps, both ends among them to the bit.
pub(crate) fn spaced(from: f64, to: f64, points: usize) -> Vec<f64> {
    let last = points.saturating_sub(1);
    // Weighted by whole numbers, so that steps that can be represented are hit; unless that is beyond the range of
    // doubles. Then both ends are weighted by parts of one, which can not overflow.
    let overflows = !((to - from) * last as f64).is_finite();
    let at = |k: usize| match k {
        0 => from,
        k if k == last => to,
        k if overflows => from * ((last - k) as f64 / last as f64) + to * (k as f64 / last as f64),
        k => from + (to - from) * k as f64 / last as f64,
    };
    (0..points).map(at).collect()
}

fn number(text: &str, place: &str) -> Result<f64, String> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("{place}, `{text}`, is not finite")),
        Err(_) => Err(format!(
            "{place}, `{text}`, is not a number: a list 0.1,0.5,1 or a grid 0:10:200 is expected"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Times::parse(text).expect_err(text)
    }

    #[test]
    fn a_list_keeps_its_order_and_its_numbers() {
        assert_eq!(Times::parse("0.1, 5,1e-3").unwrap().0, [0.1, 5.0, 1e-3]);
        assert_eq!(Probabilities::parse("0,0.5,1").unwrap().0, [0.0, 0.5, 1.0]);
    }

    #[test]
    fn a_grid_has_so_many_points_and_both_ends() {
        let times = Times::parse("0:10:200").unwrap().0;
        assert_eq!((times.len(), times[0], times[199]), (200, 0.0, 10.0));
        assert!(times.windows(2).all(|pair| ((pair[1] - pair[0]) - 10.0 / 199.0).abs() < 1e-12));
        assert_eq!(Times::parse("0:10:11").unwrap().0[3], 3.0, "whole numbers are hit");
        assert_eq!(Times::parse("0.1:0.3:2").unwrap().0, [0.1, 0.3]);
    }

    #[test]
    fn a_grid_reaches_both_ends_of_the_doubles_or_says_why_not() {
        let far = Times::parse("0:1.7e308:200").unwrap().0;
        assert!(far.iter().all(|time| time.is_finite()) && far[199] == 1.7e308);
        assert!(far.windows(2).all(|pair| ((pair[1] - pair[0]) / (1.7e308 / 199.0) - 1.0).abs() < 1e-9));
        assert_eq!(Times::parse("0:1e-323:3").unwrap().0, [0.0, 5e-324, 1e-323]);
        assert!(refused("0:1e-323:4").starts_with("the grid has 4 points, and there are not so many"));
        assert!(refused("1:1.0000000000000002:3").contains("from 1 to 1.0000000000000002"));
        assert_eq!(refused("1e308:1e309:5"), "the end of the grid, `1e309`, is not finite");
        assert_eq!(
            refused("1e308:1e307:5"),
            "the grid begins at 1e308 and ends at 1e307: its end must be greater"
        );
        assert_eq!(refused("-1e308"), "entry 1 is -1e308: a time is not negative");
    }

    #[test]
    fn what_is_no_time_is_named_with_its_place() {
        assert!(refused("1,x,2").starts_with("entry 2, `x`, is not a number"));
        assert!(refused("1,,2").starts_with("entry 2, ``"));
        assert!(refused("").starts_with("entry 1, ``"));
        assert!(refused("1,inf").contains("entry 2, `inf`, is not finite"));
        assert_eq!(refused("0,-1"), "entry 2 is -1: a time is not negative");
        let error = Probabilities::parse("0.5,1.5").unwrap_err();
        assert_eq!(error, "entry 2 is 1.5: a probability is between 0 and 1");
        assert_eq!(Points::parse("0,-0.5").unwrap_err(), "entry 2 is -0.5: a point is not negative");
    }

    #[test]
    fn a_file_taken_for_times_is_told_its_place() {
        for file in ["model:coalescent,n=10", "a.json", "/graphs/a.json"] {
            assert!(refused(file).ends_with("a FILE stands before this flag"), "{}", refused(file));
        }
        assert!(!refused("1,x").contains("FILE"));
    }

    #[test]
    fn a_grid_that_is_none_says_which_of_its_parts() {
        assert!(refused("0:10").ends_with("FROM:TO:POINTS, such as 0:10:200"));
        assert!(refused("0:10:5:2").contains("FROM:TO:POINTS"));
        assert!(refused("a:10:5").starts_with("the start of the grid, `a`"));
        assert!(refused("0:b:5").starts_with("the end of the grid, `b`"));
        assert!(refused("5:5:5").contains("begins at 5 and ends at 5"));
        for points in ["1", "0", "-3", "2.5", "1000001"] {
            assert!(refused(&format!("0:1:{points}")).contains(&format!("`{points}`")), "{points}");
        }
        assert_eq!(refused("-1:1:3"), "entry 1 is -1: a time is not negative");
    }

    #[test]
    fn a_discrete_chain_is_asked_at_whole_numbers_only() {
        let between = Times(vec![1.0, 2.5]);
        assert!(between.check("--pdf", Kind::Continuous).is_ok());
        assert!(Times(vec![0.0, 7.0]).check("--pdf", Kind::Discrete).is_ok());
        let error = between.check("--pdf", Kind::Discrete).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().starts_with("--pdf: time 2 is 2.5"), "{error}");
    }
}
