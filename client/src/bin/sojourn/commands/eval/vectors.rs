//! The parameter vectors of a command line, checked against the graph.

use std::ffi::OsStr;

use sojourn_client::load::thetas::{self as file, ParameterNames};
use sojourn_client::load::{self, MODEL_PREFIX};
use sojourn_engine::{Trace, models};

use super::Theta;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers::count;

/// Vectors that are read and checked before anything is computed: of a short list a wrong one stops all of it.
const AHEAD: usize = 1024;

/// Parameter vectors, read as they are asked for.
pub(crate) type Vectors = Box<dyn Iterator<Item = Result<Vec<f64>, CommandError>>>;

/// Returns the vector of a graph for which none is given and none is needed: it has no parameters, or no weight depends
/// on one. Ones, where a file that phasic wrote has one parameter which multiplies weights: so it writes constant
/// weights, and takes parameters as ones itself until they are set; the user is told. None where one is to be asked for.
pub(crate) fn unasked(
    typed: &[Theta],
    named: Option<&OsStr>,
    trace: &Trace,
    file: Option<&OsStr>,
    context: &Context,
) -> Option<Vec<f64>> {
    let ones = vec![1.0; trace.parameters()];
    let is_given = !typed.is_empty() || named.is_some();
    if trace.is_constant() {
        if is_given && !ones.is_empty() {
            context.note("no weight of this graph depends on its parameters: whatever they are, the numbers are the same");
        }
        return Some(ones);
    }
    let file = file.filter(|_| !is_given && trace.is_multiple_of_its_parameter())?;
    if !load::is_written_by_phasic(file) {
        return None;
    }
    context.note(&format!(
        "{}: no theta is given, and its one parameter is taken as 1, as phasic writes graphs of constant weights; \
         --theta gives another",
        load::short_name(&file.to_string_lossy())
    ));
    Some(ones)
}

/// Opens the vectors to evaluate at: those typed, then those of the file; where there are none the one that is not
/// asked for.
pub(crate) fn open(
    typed: &[Theta],
    named: Option<&OsStr>,
    names: &ParameterNames,
    unasked: Option<Vec<f64>>,
) -> Result<Vectors, CommandError> {
    let parameters = names.count();
    let mut typed: Vec<Vec<f64>> = typed.iter().map(|theta| theta.0.clone()).collect();
    if typed.is_empty() && named.is_none() {
        typed.push(unasked.ok_or_else(|| {
            CommandError::Usage(format!(
                "the graph has {}: give {} with --theta or --thetas",
                count(parameters, "parameter"),
                if parameters == 1 { "it" } else { "them" }
            ))
        })?);
    }
    let file = named.map(|name| file::open(name, names)).transpose()?;
    let of_file = typed.len();
    let vectors = typed.into_iter().map(Ok).chain(file.into_iter().flatten());
    // A list in the place of a file's name is its own name.
    let name = named.map(OsStr::to_string_lossy).filter(|name| !name.trim_start().starts_with('['));
    let place = name.map(|name| place_of(&name)).unwrap_or_default();
    let checked = vectors.enumerate().map(move |(at, vector)| {
        let place = if at < of_file { "" } else { &place };
        check(place, at, vector?, parameters)
    });
    let mut checked = checked.fuse();
    let ahead = checked.by_ref().take(AHEAD).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(ahead.into_iter().map(Ok).chain(checked)))
}

/// Returns all the vectors, see [`open`].
pub(crate) fn thetas(
    typed: &[Theta],
    trace: &Trace,
    file: Option<&OsStr>,
    context: &Context,
) -> Result<Vec<Vec<f64>>, CommandError> {
    let unasked = unasked(typed, None, trace, file, context);
    open(typed, None, &ParameterNames::new(trace.parameters()), unasked)?.collect()
}

/// Returns the parameters of what a name stands for, those of a model with their names.
pub(crate) fn names(name: &str, parameters: usize) -> ParameterNames {
    let model = name.strip_prefix(MODEL_PREFIX).and_then(models::find);
    ParameterNames::new(parameters).with_names(model.map_or(&[], |model| model.parameter_names))
}

/// Returns the beginning of what is said of the contents of a file.
fn place_of(name: &str) -> String {
    format!("{}: ", if name == "-" { "standard input" } else { name })
}

/// Refuses a vector of another length than the graph has parameters.
fn check(place: &str, at: usize, vector: Vec<f64>, parameters: usize) -> Result<Vec<f64>, CommandError> {
    if vector.len() == parameters {
        return Ok(vector);
    }
    Err(CommandError::Usage(format!(
        "{place}parameter vector {} has {}, the graph has {}",
        at + 1,
        if vector.len() == 1 { "1 entry".into() } else { format!("{} entries", vector.len()) },
        count(parameters, "parameter")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thetas(
        typed: &[Theta],
        named: Option<&str>,
        parameters: usize,
    ) -> Result<Vec<Vec<f64>>, CommandError> {
        let unasked = (parameters == 0).then(Vec::new);
        open(typed, named.map(OsStr::new), &ParameterNames::new(parameters), unasked)?.collect()
    }

    #[test]
    fn what_is_wrong_far_behind_does_not_stop_what_is_before_it() {
        let list = format!("[{}[1, 2]]", "[1], ".repeat(AHEAD));
        let mut vectors = open(&[], Some(OsStr::new(&list)), &ParameterNames::new(1), None).unwrap();
        assert_eq!(vectors.by_ref().take(AHEAD).filter(Result::is_ok).count(), AHEAD);
        let error = vectors.next().unwrap().unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().starts_with("parameter vector 1025 has 2 entries"), "{error}");
        assert!(thetas(&[], Some("[[1], [1, 2]]"), 1).is_err(), "of a short list nothing is computed");
    }

    #[test]
    fn a_wrong_length_is_an_error_of_usage_that_names_both() {
        let error = thetas(&[Theta(vec![1.0, 2.0])], None, 3).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("2 entries") && error.to_string().contains("3 parameters"));
    }

    #[test]
    fn a_wrong_length_in_a_file_names_the_file() {
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        std::fs::write(file.path(), "1,2\n3\n").unwrap();
        let name = file.path().to_str().unwrap();
        let error = thetas(&[Theta(vec![5.0, 6.0])], Some(name), 2).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}: parameter vector 3 has 1 entry")), "{error}");
    }

    #[test]
    fn a_graph_without_parameters_needs_no_vector_and_takes_the_empty_one() {
        assert_eq!(thetas(&[], None, 0).unwrap(), [Vec::<f64>::new()]);
        assert_eq!(thetas(&[], Some("[[]]"), 0).unwrap(), [Vec::<f64>::new()]);
        let error = thetas(&[], None, 1).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("1 parameter: give it with"), "{error}");
    }

    #[test]
    fn typed_vectors_come_before_those_of_the_file() {
        let all = thetas(&[Theta(vec![1.0])], Some("[[2], [3]]"), 1).unwrap();
        assert_eq!(all, [[1.0], [2.0], [3.0]]);
    }
}
