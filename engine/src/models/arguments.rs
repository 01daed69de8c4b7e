//! Keys of a model and the values given for them.

use super::{ModelDescription, ModelError};

/// A key that a model takes.
#[derive(Debug, Clone, Copy)]
pub struct ModelKey {
    /// Name, as in `NAME=value`.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What holds where it is not given; without a default it must be.
    pub default: Option<&'static str>,
    /// What values it takes.
    pub kind: KeyKind,
}

/// What values a key takes.
#[derive(Debug, Clone, Copy)]
pub enum KeyKind {
    /// A whole number within bounds, both included.
    Count {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// `true` or `false`, also `1` or `0`.
    Switch,
    /// Probabilities separated by `/`, such as `0.5/0.25/0.25`.
    Probabilities,
}

impl ModelKey {
    pub(super) const fn count(name: &'static str, meaning: &'static str, min: u64, max: u64) -> Self {
        ModelKey { name, meaning, default: None, kind: KeyKind::Count { min, max } }
    }

    pub(super) const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }
}

/// The values of a model's keys.
pub(super) struct Arguments<'a> {
    model: &'static ModelDescription,
    /// One a key of the model.
    values: Vec<Option<&'a str>>,
}

impl<'a> Arguments<'a> {
    pub(super) fn parse(model: &'static ModelDescription, text: &'a str) -> Result<Self, ModelError> {
        let mut values = vec![None; model.keys.len()];
        for part in text.split([',', '&']).filter(|part| !part.is_empty()) {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| ModelError::NotAPair { model: model.name, part: part.to_owned() })?;
            let (key, value) = (key.trim(), value.trim());
            let Some(at) = model.keys.iter().position(|known| known.name == key) else {
                let known: Vec<String> = model.keys.iter().map(|key| format!("`{}`", key.name)).collect();
                return Err(ModelError::UnknownKey {
                    model: model.name,
                    key: key.to_owned(),
                    known: known.join(", "),
                });
            };
            if values[at].replace(value).is_some() {
                return Err(ModelError::RepeatedKey { model: model.name, key: model.keys[at].name });
            }
        }
        let arguments = Arguments { model, values };
        for key in model.keys {
            if arguments.given(key.name).is_none() && key.default.is_none() {
                return Err(ModelError::MissingKey {
                    model: model.name,
                    key: key.name,
                    meaning: key.meaning,
                    example: model.example,
                });
            }
        }
        Ok(arguments)
    }

    /// The text given for a key, if any.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.model.keys.iter().position(|key| key.name == name).and_then(|at| self.values[at])
    }

    fn text(&self, name: &str) -> (&'static ModelKey, &'a str) {
        let at = self.model.keys.iter().position(|key| key.name == name);
        // Models ask only for keys of their own table, which has a default wherever a value may be absent.
        let key = &self.model.keys[at.unwrap_or_default()];
        (key, self.given(name).or(key.default).unwrap_or_default())
    }

    /// An error about the value of a key.
    pub(super) fn wrong(&self, name: &str, expected: String) -> ModelError {
        let (key, value) = self.text(name);
        ModelError::Value { model: self.model.name, key: key.name, value: value.to_owned(), expected }
    }

    /// An error about several values together.
    pub(super) fn too_large(&self, message: String) -> ModelError {
        ModelError::TooLarge { model: self.model.name, message }
    }

    /// A whole number within the bounds of its key.
    pub(super) fn number(&self, name: &str) -> Result<u64, ModelError> {
        let (key, value) = self.text(name);
        let KeyKind::Count { min, max } = key.kind else {
            return Err(self.wrong(name, "a whole number".to_owned()));
        };
        let number = value.parse::<u64>().ok().filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| self.wrong(name, format!("a whole number from {min} to {max}")))
    }

    /// A whole number small enough to count things of a graph.
    pub(super) fn count(&self, name: &str) -> Result<i32, ModelError> {
        i32::try_from(self.number(name)?)
            .map_err(|_| self.wrong(name, "a whole number of 31 bits".to_owned()))
    }

    /// `true` or `false`.
    pub(super) fn switch(&self, name: &str) -> Result<bool, ModelError> {
        match self.text(name).1 {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.wrong(name, "true or false".to_owned())),
        }
    }

    /// Probabilities that sum to one up to rounding.
    pub(super) fn probabilities(&self, name: &str) -> Result<Vec<f64>, ModelError> {
        let parsed: Option<Vec<f64>> = self.text(name).1.split('/').map(|p| p.parse().ok()).collect();
        let right = |p: &Vec<f64>| {
            p.iter().all(|p| (0.0..=1.0).contains(p)) && (p.iter().sum::<f64>() - 1.0).abs() <= 1e-9
        };
        parsed.filter(right).ok_or_else(|| {
            self.wrong(name, "a list of probabilities that sum to one, such as 0.5/0.25/0.25".to_owned())
        })
    }
}
