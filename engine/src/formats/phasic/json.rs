//! The dictionary as JSON text.

use std::fmt::{self, Write};

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};

use super::Layout;
use super::dictionary::{Dictionary, Key};
use crate::formats::FormatError;
use crate::formats::input::{self, ListSeed, Place, Rows, RowsSeed};
use crate::formats::text::JsonText;

/// Parses the text; nothing is checked but that it is JSON of the right types.
pub(super) fn read(text: JsonText<'_>) -> Result<Dictionary, FormatError> {
    let place = Place::default();
    input::parse(text, &place, Reader(&place))
}

struct Reader<'a>(&'a Place);

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Dictionary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the dictionary of a graph")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dictionary, A::Error> {
        let mut dictionary = Dictionary::default();
        let mut seen = [false; Key::ALL.len()];
        while let Some(KnownKey(key)) = map.next_key()? {
            let Some(key) = key else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.0.enter(key.name());
            if std::mem::replace(&mut seen[key as usize], true) {
                return Err(A::Error::custom("the key stands here a second time"));
            }
            self.value(key, &mut dictionary, &mut map)?;
            self.0.enter("");
        }
        Ok(dictionary)
    }
}

impl Reader<'_> {
    fn value<'de, A: MapAccess<'de>>(
        &self,
        key: Key,
        into: &mut Dictionary,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let place = self.0;
        match key {
            Key::States => into.states = Some(map.next_value_seed(RowsSeed::new(place))?),
            Key::VertexIndices => into.vertex_indices = Some(map.next_value_seed(ListSeed(place))?),
            Key::Edges => into.edges = Some(map.next_value_seed(RowsSeed::new(place))?),
            Key::ConstantEdges => into.constant_edges = Some(map.next_value_seed(RowsSeed::new(place))?),
            Key::StartEdges => into.start_edges = Some(map.next_value_seed(RowsSeed::new(place))?),
            Key::ParamEdges => into.param_edges = Some(map.next_value_seed(RowsSeed::new(place))?),
            Key::StartParamEdges => into.start_param_edges = Some(map.next_value_seed(RowsSeed::new(place))?),
            Key::ParamLength => into.param_length = Some(map.next_value()?),
            Key::StateLength => into.state_length = Some(map.next_value()?),
            Key::VertexCount => into.vertex_count = Some(map.next_value()?),
            Key::WeightMode => into.weight_mode = Some(map.next_value()?),
            Key::IsDiscrete => into.is_discrete = Some(map.next_value()?),
            Key::WasDph => into.was_dph = Some(map.next_value()?),
        }
        Ok(())
    }
}

/// A key, or `None` for one that is ignored.
struct KnownKey(Option<Key>);

impl<'de> Deserialize<'de> for KnownKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = KnownKey;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<KnownKey, E> {
                Ok(KnownKey(Key::of(name)))
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}

/// The text of a dictionary, its keys in the order in which phasic writes them.
pub(super) fn write(dictionary: &Dictionary, layout: Layout) -> String {
    let mut out = Writer { text: String::from("{") };
    let d = dictionary;
    out.rows(Key::States, d.states.as_ref(), |text, &v, _| append(text, format_args!("{v}")));
    out.value(Key::VertexIndices, d.vertex_indices.as_ref(), |text, indices| {
        append(text, format_args!("["));
        separated(text, indices, |text, &index| append(text, format_args!("{index}")));
        append(text, format_args!("]"));
    });
    out.edges(Key::Edges, d.edges.as_ref(), 2);
    out.edges(Key::ConstantEdges, d.constant_edges.as_ref(), 2);
    out.edges(Key::StartEdges, d.start_edges.as_ref(), 1);
    out.edges(Key::ParamEdges, d.param_edges.as_ref(), 2);
    out.edges(Key::StartParamEdges, d.start_param_edges.as_ref(), 1);
    for (key, count) in [
        (Key::ParamLength, d.param_length),
        (Key::StateLength, d.state_length),
        (Key::VertexCount, d.vertex_count),
    ] {
        out.value(key, count.as_ref(), |text, count| append(text, format_args!("{count}")));
    }
    out.value(Key::WeightMode, d.weight_mode.as_ref(), |text, mode| append(text, format_args!("\"{mode}\"")));
    if layout == Layout::New {
        append(&mut out.text, format_args!(",\"dyn_ordering\":false"));
    }
    for (key, flag) in [(Key::IsDiscrete, d.is_discrete), (Key::WasDph, d.was_dph)] {
        out.value(key, flag.as_ref(), |text, flag| append(text, format_args!("{flag}")));
    }
    out.text.push('}');
    out.text
}

struct Writer {
    text: String,
}

impl Writer {
    fn value<T: ?Sized>(&mut self, key: Key, value: Option<&T>, write: impl FnOnce(&mut String, &T)) {
        let Some(value) = value else { return };
        if self.text.len() > 1 {
            self.text.push(',');
        }
        append(&mut self.text, format_args!("\"{}\":", key.name()));
        write(&mut self.text, value);
    }

    fn rows<T>(&mut self, key: Key, rows: Option<&Rows<T>>, number: impl Fn(&mut String, &T, usize)) {
        self.value(key, rows, |text, rows| {
            text.push('[');
            separated(text, 0..rows.count, |text, row| {
                text.push('[');
                separated(text, rows.row(row).iter().enumerate(), |text, (at, value)| {
                    number(text, value, at);
                });
                text.push(']');
            });
            text.push(']');
        });
    }

    /// Rows of which the first `ends` entries are row numbers, the others doubles.
    fn edges(&mut self, key: Key, rows: Option<&Rows<f64>>, ends: usize) {
        self.rows(key, rows, |text, value, at| {
            if at < ends {
                append(text, format_args!("{value}"));
            } else {
                // Debug writes the shortest text that reads back the same double, with a point: 1.0, 1e-7.
                append(text, format_args!("{value:?}"));
            }
        });
    }
}

fn separated<I: IntoIterator>(text: &mut String, items: I, mut write: impl FnMut(&mut String, I::Item)) {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write(text, item);
    }
}

fn append(text: &mut String, part: fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(part);
}
