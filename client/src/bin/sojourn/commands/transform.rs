//! `--transform`: a reward in the place of time.

use std::sync::Arc;

use sojourn_client::load::rewards;
use sojourn_engine::evaluate::EvaluateError;
use sojourn_engine::{Distribution, DistributionQuery, Graph, Trace, TransformError};

use crate::error::CommandError;

/// What is asked: a trace, and where its rates would not stay linear in theta the reward that is still to take the
/// place of time at each.
pub(crate) struct Subject {
    pub(crate) trace: Arc<Trace>,
    pub(crate) reward: Option<Vec<f64>>,
}

impl Subject {
    /// The trace itself, or of what the reward that `text` says accumulates.
    pub(crate) fn new(
        trace: Arc<Trace>,
        text: Option<&str>,
        graph: Option<&Graph>,
    ) -> Result<Subject, CommandError> {
        let Some(text) = text else { return Ok(Subject { trace, reward: None }) };
        let mut vectors = rewards::read(text, trace.rows(), graph)?;
        let (Some(reward), true) = (vectors.pop(), vectors.is_empty()) else {
            return Err(CommandError::Usage(format!(
                "--transform {text}: one reward takes the place of time"
            )));
        };
        match trace.transformed(&reward) {
            Ok(transformed) => Ok(Subject { trace: Arc::new(transformed), reward: None }),
            Err(TransformError::ZeroReward { .. } | TransformError::Discrete) => {
                Ok(Subject { trace, reward: Some(reward) })
            }
            Err(error) => Err(CommandError::Usage(format!("--transform {text}: {error}"))),
        }
    }

    /// The distribution of T, or of the reward in its place.
    pub(crate) fn distribution(
        &self,
        theta: &[f64],
        query: &DistributionQuery,
    ) -> Result<Distribution, EvaluateError> {
        match &self.reward {
            None => self.trace.distribution(theta, query),
            Some(reward) => self.trace.transformed_at(theta, reward)?.distribution(&[], query),
        }
    }
}
