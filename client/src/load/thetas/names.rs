//! Names of parameters, by which columns of a file are found.

use crate::load::cells::{listed, shown};

/// The parameters of a graph, by number and, of a model, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterNames {
    count: usize,
    names: Vec<String>,
}

impl ParameterNames {
    /// Returns those of a graph with so many parameters: `theta[0]`, `theta_0`, `theta0`, ..
    pub fn new(count: usize) -> ParameterNames {
        ParameterNames { count, names: Vec::new() }
    }

    /// Adds the names of a model's parameters. A graph with fewer parameters has the first of them; fewer names are of
    /// another graph, and are left out.
    #[must_use]
    pub fn with_names(mut self, names: &[&str]) -> ParameterNames {
        if names.len() >= self.count {
            self.names = names[..self.count].iter().map(|&name| name.to_owned()).collect();
        }
        self
    }

    /// Returns the number of parameters.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the parameter that a column's name stands for.
    fn parameter(&self, column: &str) -> Option<usize> {
        let column = column.trim().to_lowercase();
        if let Some(at) = self.names.iter().position(|name| name.to_lowercase() == column) {
            return Some(at);
        }
        // pandas names columns by their numbers.
        if !column.is_empty() && column.bytes().all(|byte| byte.is_ascii_digit()) {
            return column.parse().ok().filter(|&number| number < self.count);
        }
        let rest = column.strip_prefix("theta").or_else(|| column.strip_prefix('θ'))?;
        let sign = |char: char| matches!(char, '[' | ']' | '_' | '.' | '(' | ')' | ' ');
        let digits = rest.trim_matches(sign);
        match digits {
            "" if rest.is_empty() && self.count == 1 => Some(0),
            _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|&number| number < self.count)
            }
            _ => None,
        }
    }

    /// Returns the column of each parameter by the names of columns. Where none names a parameter and there are fewer or
    /// more columns than parameters, these are vectors of another length: all columns are returned in their order.
    ///
    /// # Errors
    /// Names a column that is no parameter, a parameter without a column, or one with two.
    pub(super) fn columns(&self, heading: &[String]) -> Result<Vec<usize>, String> {
        let is_index = |at: usize, name: &str| at == 0 && (name.is_empty() || name == "Unnamed: 0");
        let columns: Vec<(usize, &str)> = heading
            .iter()
            .enumerate()
            .map(|(at, name)| (at, name.as_str()))
            .filter(|&(at, name)| !is_index(at, name) || heading.len() == 1)
            .collect();
        let found: Vec<Option<usize>> = columns.iter().map(|(_, name)| self.parameter(name)).collect();
        if found.iter().all(Option::is_none) && columns.len() != self.count && !speaks_of_theta(&columns) {
            return Ok(columns.into_iter().map(|(at, _)| at).collect());
        }
        let mut places: Vec<Option<usize>> = vec![None; self.count];
        for (&(at, name), parameter) in columns.iter().zip(&found) {
            let Some(parameter) = *parameter else {
                return Err(format!(
                    "the column `{}` is no parameter: {}; without a heading vectors are read in the order of the parameters",
                    shown(name),
                    self.known()
                ));
            };
            if places[parameter].replace(at).is_some() {
                return Err(format!("two columns are {}", self.name(parameter)));
            }
        }
        let missing = places.iter().position(Option::is_none);
        match missing {
            Some(parameter) => Err(format!("no column is {}: {}", self.name(parameter), self.known())),
            None => Ok(places.into_iter().flatten().collect()),
        }
    }

    fn name(&self, parameter: usize) -> String {
        match self.names.get(parameter) {
            Some(name) => format!("theta[{parameter}] ({name})"),
            None => format!("theta[{parameter}]"),
        }
    }

    /// Says which parameters there are.
    fn known(&self) -> String {
        match self.count {
            0 => "the graph has none".to_owned(),
            1 => format!("the graph has {}", self.name(0)),
            count => {
                let names: Vec<String> = (0..count.min(64)).map(|parameter| self.name(parameter)).collect();
                format!("the graph has {}, counted from 0", listed(names.iter().map(String::as_str)))
            }
        }
    }
}

/// Returns whether some column is a parameter of a graph that has more of them.
fn speaks_of_theta(columns: &[(usize, &str)]) -> bool {
    columns.iter().any(|(_, name)| name.to_lowercase().starts_with("theta") || name.starts_with('θ'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &ParameterNames, heading: &[&str]) -> Result<Vec<usize>, String> {
        names.columns(&heading.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let names = ParameterNames::new(2).with_names(&["arrival", "service"]);
        assert_eq!(columns(&names, &["theta[1]", "theta[0]"]).unwrap(), [1, 0]);
        assert_eq!(columns(&names, &["", "theta_0", "Theta.1."]).unwrap(), [1, 2]);
        assert_eq!(columns(&names, &["Service", "arrival"]).unwrap(), [1, 0]);
        assert_eq!(columns(&names, &["service", "theta0"]).unwrap(), [1, 0]);
        assert_eq!(columns(&ParameterNames::new(1), &["theta"]).unwrap(), [0]);
    }

    #[test]
    fn a_heading_that_misses_or_adds_one_is_refused() {
        let names = ParameterNames::new(2).with_names(&["arrival", "service"]);
        let wrong = |heading: &[&str]| columns(&names, heading).unwrap_err();
        assert!(wrong(&["theta1", "theta2"]).starts_with("the column `theta2` is no parameter"));
        assert!(
            wrong(&["a", "b"])
                .contains("`a` is no parameter: the graph has theta[0] (arrival), theta[1] (service)")
        );
        assert!(wrong(&["theta[0]"]).starts_with("no column is theta[1] (service)"));
        assert!(wrong(&["theta[0]", "arrival"]).starts_with("two columns are theta[0]"));
        assert!(wrong(&["theta[0]", "theta[1]", "E[T]"]).contains("`E[T]` is no parameter"));
        assert_eq!(columns(&names, &["a", "b", "c"]).unwrap(), [0, 1, 2], "vectors of another length");
    }
}
