//! The parameter vectors of a command line, checked against the graph.

use sojourn_client::load::thetas as file;

use super::Theta;
use crate::error::CommandError;
use crate::render::numbers::count;

/// The vectors to evaluate at: those typed, then those of the file. A graph without parameters needs none.
pub(crate) fn thetas(
    typed: &[Theta],
    named: Option<&str>,
    parameters: usize,
) -> Result<Vec<Vec<f64>>, CommandError> {
    let mut vectors: Vec<Vec<f64>> = typed.iter().map(|theta| theta.0.clone()).collect();
    if let Some(name) = named {
        vectors.extend(file::read(name)?);
    }
    if vectors.is_empty() && named.is_none() {
        if parameters > 0 {
            return Err(CommandError::Usage(format!(
                "the graph has {}: give {} with --theta or --thetas",
                count(parameters, "parameter"),
                if parameters == 1 { "it" } else { "them" }
            )));
        }
        vectors.push(Vec::new());
    }
    check(&vectors, parameters)?;
    Ok(vectors)
}

/// An error of usage for the first vector of another length than the graph has parameters.
pub(crate) fn check(vectors: &[Vec<f64>], parameters: usize) -> Result<(), CommandError> {
    match vectors.iter().position(|vector| vector.len() != parameters) {
        None => Ok(()),
        Some(at) => Err(CommandError::Usage(format!(
            "parameter vector {} has {}, the graph has {}",
            at + 1,
            if vectors[at].len() == 1 { "1 entry".into() } else { format!("{} entries", vectors[at].len()) },
            count(parameters, "parameter")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_length_is_an_error_of_usage_that_names_both() {
        let error = thetas(&[Theta(vec![1.0, 2.0])], None, 3).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("2 entries") && error.to_string().contains("3 parameters"));
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
