//! From the matrix form to the graph.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};

use super::exact;
use crate::formats::FormatError;
use crate::formats::input::{self, ListSeed, Place, Rows, RowsSeed};
use crate::{Graph, GraphBuilder, Kind, Weight};

/// How far a given `exit` and the diagonal may disagree, relative to the diagonal.
const DIAGONAL_TOLERANCE: f64 = 1e-8;

#[derive(Debug, Default)]
struct Matrices {
    alpha: Option<Vec<f64>>,
    s: Option<Rows<f64>>,
    exit: Option<Vec<f64>>,
    kind: Option<String>,
}

fn canonical(name: &str) -> Option<&'static str> {
    match name {
        "alpha" | "ipv" | "init_probs" => Some("alpha"),
        "S" | "A" | "sim" | "subint_mat" => Some("S"),
        "exit" => Some("exit"),
        "kind" => Some("kind"),
        _ => None,
    }
}

/// Whether a key tells that a file is in the matrix form.
pub(in crate::formats) fn is_own_key(name: &str) -> bool {
    matches!(canonical(name), Some("alpha" | "S"))
}

struct Reader<'a>(&'a Place);

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Matrices;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dictionary with `alpha` and `S`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Matrices, A::Error> {
        let mut found = Matrices::default();
        while let Some(name) = map.next_key::<String>()? {
            let Some(key) = canonical(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.0.enter(key);
            let again = match key {
                "alpha" => found.alpha.replace(map.next_value_seed(ListSeed(self.0))?).is_some(),
                "S" => found.s.replace(map.next_value_seed(RowsSeed::new(self.0))?).is_some(),
                "exit" => found.exit.replace(map.next_value_seed(ListSeed(self.0))?).is_some(),
                _ => found.kind.replace(map.next_value()?).is_some(),
            };
            if again {
                return Err(A::Error::custom(format_args!("`{name}` gives it a second time")));
            }
            self.0.enter("");
        }
        Ok(found)
    }
}

fn wrong(place: impl Into<String>, message: impl Into<String>) -> FormatError {
    FormatError::Matrix { place: place.into(), message: message.into() }
}

pub(super) fn graph(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    let place = Place::default();
    let Matrices { alpha, s, exit, kind } = input::parse(bytes, &place, Reader(&place))?;
    let alpha = alpha.ok_or(FormatError::MissingKey { key: "alpha" })?;
    let s = s.ok_or(FormatError::MissingKey { key: "S" })?;
    let kind = match kind.as_deref() {
        Some("continuous") => Kind::Continuous,
        Some("discrete") => Kind::Discrete,
        None if discrete => Kind::Discrete,
        None => Kind::Continuous,
        Some(other) => {
            return Err(wrong("kind", format!("`{other}` is neither `continuous` nor `discrete`")));
        }
    };
    let n = s.count;
    if n == 0 {
        return Err(wrong("S", "the matrix is empty"));
    }
    s.checked("S", n, &format!(": the matrix has {n} rows"))?;
    for (key, found) in [("alpha", Some(alpha.len())), ("exit", exit.as_ref().map(Vec::len))] {
        if found.is_some_and(|length| length != n) {
            let length = found.unwrap_or(0);
            return Err(wrong(key, format!("{length} entries, S has {n} rows")));
        }
    }

    let mut builder = GraphBuilder::new(kind, 0, 1)?;
    for row in 0..n + 2 {
        // The state is the number of the phase; graphs are far smaller than 2^31 rows.
        builder.vertex(&[row as i32])?;
    }
    let absorbing = (n + 1) as u32;
    for row in 0..n {
        let exit = exit_rate(&s, exit.as_deref(), row, kind)?;
        for (column, &rate) in s.row(row).iter().enumerate().filter(|&(j, &rate)| j != row && rate != 0.0) {
            builder.edge(row as u32 + 1, column as u32 + 1, Weight::Constant(rate))?;
        }
        if exit > 0.0 {
            builder.edge(row as u32 + 1, absorbing, Weight::Constant(exit))?;
        }
    }
    start(&alpha, absorbing, &mut builder)?;
    Ok(builder.finish()?)
}

fn start(alpha: &[f64], absorbing: u32, builder: &mut GraphBuilder) -> Result<(), FormatError> {
    for (at, &p) in alpha.iter().enumerate() {
        if !(0.0..=f64::MAX).contains(&p) {
            return Err(wrong(format!("alpha[{at}]"), format!("{p} is not a probability")));
        }
    }
    let n = alpha.len();
    let at_zero = exact::sum(std::iter::once(1.0).chain(alpha.iter().map(|p| -p)));
    // Written decimals and computed vectors sum to one only up to rounding.
    let rounding = (n + 1) as f64 * f64::EPSILON;
    if at_zero < -rounding {
        return Err(wrong(
            "alpha",
            format!("the initial probabilities sum to {}, more than one", 1.0 - at_zero),
        ));
    }
    for (at, &p) in alpha.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        builder.start_edge(at as u32 + 1, Weight::Constant(p))?;
    }
    if at_zero > rounding {
        builder.start_edge(absorbing, Weight::Constant(at_zero))?;
    }
    Ok(())
}

/// The rate (or probability) at which a phase is left for good.
fn exit_rate(s: &Rows<f64>, given: Option<&[f64]>, row: usize, kind: Kind) -> Result<f64, FormatError> {
    let entries = s.row(row);
    for (column, &rate) in entries.iter().enumerate() {
        let place = || format!("S[{row}][{column}]");
        if !rate.is_finite() {
            return Err(wrong(place(), format!("{rate} is not a finite number")));
        }
        match kind {
            Kind::Continuous if column == row && rate > 0.0 => {
                return Err(wrong(
                    place(),
                    format!("{rate} on the diagonal: minus the sum of what leaves the phase is expected"),
                ));
            }
            Kind::Continuous if column == row => {}
            _ if rate < 0.0 => return Err(wrong(place(), format!("{rate} is negative"))),
            _ => {}
        }
    }
    let (whole, scale) = match kind {
        Kind::Continuous => (0.0, entries[row].abs()),
        Kind::Discrete => (1.0, 1.0),
    };
    let lacking = exact::sum(std::iter::once(whole).chain(entries.iter().map(|rate| -rate)));
    if let Some(given) = given {
        let exit = given[row];
        if !(0.0..=f64::MAX).contains(&exit) {
            return Err(wrong(format!("exit[{row}]"), format!("{exit} is not a rate")));
        }
        if (exit - lacking).abs() > DIAGONAL_TOLERANCE * scale.max(exit) {
            let message =
                format!("{exit}, but row {row} of S leaves {lacking}: the diagonal and `exit` disagree");
            return Err(wrong(format!("exit[{row}]"), message));
        }
        return Ok(exit);
    }
    let rounding = entries.len() as f64 * f64::EPSILON * scale;
    if lacking < -rounding {
        let message = match kind {
            Kind::Continuous => format!("the row sums to {}, more than zero", -lacking),
            Kind::Discrete => format!("the row sums to {}, more than one", 1.0 - lacking),
        };
        return Err(wrong(format!("S[{row}]"), message));
    }
    Ok(if lacking <= rounding { 0.0 } else { lacking })
}
