//! Reward vectors: files, lists, expressions over the state.

use std::path::Path;

use sojourn_engine::{Graph, expression};

use super::{LoadError, Problem};

/// Reward vectors from what stands after `--rewards`, each with one number a row of the graph.
///
/// A JSON list (of numbers, or of such lists), a file with one, as many numbers separated by commas as there
/// are rows, or an expression over the state vector such as `state[0]+2*state[1]`. `graph` is needed for
/// expressions alone: a trace does not keep states.
///
/// # Errors
/// Names file or text, and both lengths where they differ.
pub fn read(text: &str, rows: usize, graph: Option<&Graph>) -> Result<Vec<Vec<f64>>, LoadError> {
    let fail = |problem| LoadError::new(text, problem);
    let vectors = if text.trim_start().starts_with('[') {
        from_json(text.as_bytes()).map_err(fail)?
    } else if Path::new(text).is_file() || looks_like_a_path(text) {
        from_json(&super::read(text)?).map_err(fail)?
    } else if let Some(vector) = as_numbers(text) {
        vec![vector]
    } else {
        let graph = graph.ok_or_else(|| {
            fail(Problem::Other(
                "a trace does not keep states; name the graph's file, or give numbers by row".into(),
            ))
        })?;
        // The error names the text itself.
        expression::rewards(graph, text).map_err(|error| {
            let problem = format!("no file has this name, and read as a formula: {error}");
            LoadError::new("--rewards", Problem::Other(problem))
        })?
    };
    match vectors.iter().find(|vector| vector.len() != rows) {
        Some(vector) => Err(fail(Problem::Other(format!(
            "a reward vector has {} entries, the graph {rows} rows",
            vector.len()
        )))),
        None => Ok(vectors),
    }
}

/// Whether a text can only be meant as a file: no expression has such an end or such a beginning.
fn looks_like_a_path(text: &str) -> bool {
    let plain = text.strip_suffix(".gz").or_else(|| text.strip_suffix(".zst")).unwrap_or(text);
    let ends = [".json", ".csv", ".npy"].iter().any(|end| plain.ends_with(end));
    ends || ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start))
}

/// Numbers separated by commas. One alone is an expression: the same reward everywhere.
fn as_numbers(text: &str) -> Option<Vec<f64>> {
    let numbers = super::thetas::from_text(text).ok()?;
    (numbers.len() > 1).then_some(numbers)
}

fn from_json(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(Vec<f64>),
        More(Vec<Vec<f64>>),
    }
    match serde_json::from_slice(bytes) {
        Ok(OneOrMore::One(vector)) => Ok(vec![vector]),
        Ok(OneOrMore::More(vectors)) => Ok(vectors),
        Err(_) => Err(Problem::Other("a list of numbers, or a list of such lists, is expected".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_is_one_vector_and_a_list_of_lists_several() {
        assert_eq!(read("[0, 1, 0.5]", 3, None).unwrap(), [[0.0, 1.0, 0.5]]);
        assert_eq!(read("[[0, 1], [2, 3]]", 2, None).unwrap(), [[0.0, 1.0], [2.0, 3.0]]);
        assert_eq!(read("0,1,0.5", 3, None).unwrap(), [[0.0, 1.0, 0.5]]);
    }

    #[test]
    fn a_wrong_length_names_both() {
        let message = read("[1, 2, 3]", 5, None).unwrap_err().to_string();
        assert!(message.contains("3 entries") && message.contains("5 rows"), "{message}");
    }

    #[test]
    fn an_expression_over_states_needs_the_graph() {
        let message = read("state[0]", 3, None).unwrap_err().to_string();
        assert!(message.contains("graph's file"), "{message}");
    }

    #[test]
    fn a_file_that_is_not_there_is_said_to_be_missing_and_not_read_as_an_expression() {
        let graph = crate::load::load_graph("model:coalescent,n=4", false).unwrap();
        for name in ["r.json", "rewards.csv", "/nowhere/r", "./r", "r.json.gz"] {
            let message = read(name, graph.vertices(), Some(&graph)).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{name}: can not be read")), "{message}");
        }
        for text in ["state[0]/2", ".5*state[0]", "1/2"] {
            assert!(read(text, graph.vertices(), Some(&graph)).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_wrong_expression_is_named_once() {
        let graph = crate::load::load_graph("model:coalescent,n=4", false).unwrap();
        let message = read("foo[0]", graph.vertices(), Some(&graph)).unwrap_err().to_string();
        assert_eq!(message.matches("foo[0]").count(), 1, "{message}");
        assert!(message.contains("no file") && message.contains("formula"), "both readings: {message}");
    }
}
