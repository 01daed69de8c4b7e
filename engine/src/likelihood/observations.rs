//! What was observed.

use hashbrown::HashMap;

use super::ObservationError;
use crate::density::Event;

/// Something observed of one time to absorption, or of several alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// What is known.
    pub event: Event,
    /// How often it was observed: its log-likelihood counts so many times. A number >= 0.
    pub weight: f64,
}

impl Observation {
    /// Of weight one.
    pub fn once(event: Event) -> Observation {
        Observation { event, weight: 1.0 }
    }
}

/// An event and the first observation of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct First {
    pub(super) event: Event,
    pub(super) observation: usize,
}

/// Observations, checked, with those that are alike put together: a likelihood is computed once for all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Observations {
    /// Distinct events with the sum of their weights, in order of first appearance.
    distinct: Vec<(First, f64)>,
    count: usize,
    weight: f64,
}

impl Observations {
    /// Checks observations. Those of weight zero are left out.
    ///
    /// # Errors
    /// If there is none, if a time is negative or no finite number, an interval empty, a weight negative or not
    /// finite. Observations are named by their place, from 0.
    pub fn new(
        observations: impl IntoIterator<Item = Observation>,
    ) -> Result<Observations, ObservationError> {
        let mut result = Observations { distinct: Vec::new(), count: 0, weight: 0.0 };
        let mut places: HashMap<(u8, u64, u64), usize> = HashMap::new();
        for (observation, Observation { event, weight }) in observations.into_iter().enumerate() {
            check(observation, event)?;
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(ObservationError::Weight { observation, weight });
            }
            if weight == 0.0 {
                continue;
            }
            result.count += 1;
            result.weight += weight;
            let place = *places.entry(key(event)).or_insert(result.distinct.len());
            match result.distinct.get_mut(place) {
                Some((_, sum)) => *sum += weight,
                None => result.distinct.push((First { event, observation }, weight)),
            }
        }
        match result.count {
            0 => Err(ObservationError::Nothing),
            _ => Ok(result),
        }
    }

    /// What [`Observations::iter`], [`Observations::places`], `count` and `weight` tell, checked again: for bytes
    /// that nobody vouches for.
    pub(crate) fn from_parts(
        distinct: impl Iterator<Item = (Event, usize, f64)>,
        count: usize,
        weight: f64,
    ) -> Result<Observations, ObservationError> {
        let checked = |(event, observation, weight): (Event, usize, f64)| {
            check(observation, event)?;
            match weight > 0.0 && weight.is_finite() {
                true => Ok((First { event, observation }, weight)),
                false => Err(ObservationError::Weight { observation, weight }),
            }
        };
        let distinct = distinct.map(checked).collect::<Result<Vec<_>, _>>()?;
        if distinct.is_empty() || count < distinct.len() || weight.is_nan() || weight <= 0.0 {
            return Err(ObservationError::Nothing);
        }
        Ok(Observations { distinct, count, weight })
    }

    /// Number of observations of a weight above zero.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Sum of the weights.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Distinct events and the sum of their weights, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (Event, f64)> {
        self.distinct.iter().map(|(first, weight)| (first.event, *weight))
    }

    /// Place of the first observation of each distinct event, in their order.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.distinct.iter().map(|(first, _)| first.observation)
    }

    /// Returns the observations with times divided by `time` and weights by `weight`, in the same order and with the same
    /// places. Nothing is rounded where both are powers of two, unless a quotient is subnormal; a weight whose quotient is
    /// zero is left out, since it is 1e-308 of one.
    ///
    /// # Errors
    /// As [`Observations::new`], where a quotient is infinite or all weights vanish.
    pub fn in_units(&self, time: f64, weight: f64) -> Result<Observations, ObservationError> {
        let scaled = |event: Event| match event {
            Event::At(t) => Event::At(t / time),
            Event::Until(t) => Event::Until(t / time),
            Event::After(t) => Event::After(t / time),
            Event::Between { after, until } => Event::Between { after: after / time, until: until / time },
        };
        let rows =
            self.distinct.iter().map(|(first, w)| (scaled(first.event), first.observation, w / weight));
        let rows = rows.filter(|(_, _, w)| *w > 0.0);
        let sum = self.distinct.iter().map(|(_, w)| w / weight).sum();
        Observations::from_parts(rows, self.count, sum)
    }

    pub(super) fn distinct(&self) -> &[(First, f64)] {
        &self.distinct
    }
}

fn check(observation: usize, event: Event) -> Result<(), ObservationError> {
    let bad = |t: &f64| !(*t >= 0.0 && t.is_finite());
    let times = match event {
        Event::At(t) | Event::Until(t) | Event::After(t) => [t, t],
        Event::Between { after, until } => [after, until],
    };
    match times.into_iter().find(bad) {
        Some(value) => Err(ObservationError::Time { observation, value }),
        None => match event {
            Event::Between { after, until } if after >= until => {
                Err(ObservationError::Interval { observation, after, until })
            }
            _ => Ok(()),
        },
    }
}

/// The same for equal events: minus zero is zero.
fn key(event: Event) -> (u8, u64, u64) {
    let bits = |t: f64| (t + 0.0).to_bits();
    match event {
        Event::At(t) => (0, bits(t), 0),
        Event::Until(t) => (1, bits(t), 0),
        Event::After(t) => (2, bits(t), 0),
        Event::Between { after, until } => (3, bits(after), bits(until)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observations_that_are_alike_are_one_with_the_sum_of_their_weights() {
        let twice = Observation { event: Event::At(2.0), weight: 2.0 };
        let nothing = Observation { event: Event::At(9.0), weight: 0.0 };
        let after = Observation::once(Event::After(2.0));
        let zeros = [0.0, -0.0].map(|t| Observation::once(Event::At(t)));
        let all = [twice, after, nothing, Observation::once(Event::At(2.0))];
        let found = Observations::new(all.into_iter().chain(zeros)).unwrap();
        let expected = [(Event::At(2.0), 3.0), (Event::After(2.0), 1.0), (Event::At(0.0), 2.0)];
        assert!(found.iter().eq(expected), "{found:?}");
        assert_eq!((found.count(), found.weight()), (5, 6.0));
    }

    #[test]
    fn other_units_keep_places_and_order() {
        let late = Observation { event: Event::At(6.0), weight: 3.0 };
        let interval = Observation::once(Event::Between { after: 2.0, until: 4.0 });
        let found = Observations::new([late, late, interval]).unwrap().in_units(2.0, 4.0).unwrap();
        let expected = [(Event::At(3.0), 1.5), (Event::Between { after: 1.0, until: 2.0 }, 0.25)];
        assert!(found.iter().eq(expected), "{found:?}");
        assert_eq!(
            (found.count(), found.weight(), found.places().collect::<Vec<_>>()),
            (3, 1.75, vec![0, 2])
        );
    }

    #[test]
    fn the_observation_that_is_none_is_named() {
        let refused = |event, weight| {
            let fine = Observation::once(Event::At(1.0));
            Observations::new([fine, Observation { event, weight }]).unwrap_err().to_string()
        };
        assert!(refused(Event::After(-1.0), 1.0).starts_with("observation 1 is of the time -1"));
        assert!(refused(Event::Until(f64::NAN), 1.0).contains("observation 1 is of the time NaN"));
        assert!(refused(Event::Between { after: 2.0, until: 2.0 }, 1.0).contains("(2, 2]"));
        assert!(refused(Event::At(1.0), -0.5).contains("observation 1 has the weight -0.5"));
        assert_eq!(Observations::new([]).unwrap_err(), ObservationError::Nothing);
    }
}
