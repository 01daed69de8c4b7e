//! Tables in JSON: a list of numbers, of lists or of objects, one such a line, or columns by name.

use std::fmt;
use std::io::{BufRead, Read};

use csv::StringRecord;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::TableRows;
use crate::load::Problem;
use crate::load::cells::shown;

/// Most bytes of a table in JSON, which is read whole.
const MAX_BYTES: u64 = 1 << 25;

/// Most columns that objects of a list may have together.
const MAX_NAMES: usize = 1 << 12;

/// The forms that are read, for the error of others.
const FORMS: &str = "a list of times, a list of objects such as {\"time\": 1, \"event\": 1}, or an object with a list a column is expected";

/// A value whose objects keep their order, and names that stand twice.
enum JsonValue {
    /// A number, text, a truth value or nothing, as an entry of a table.
    Cell(String),
    List(Vec<JsonValue>),
    Object(Vec<(String, JsonValue)>),
}

/// Rows of JSON, read whole.
pub(super) struct JsonRows {
    rows: std::vec::IntoIter<Vec<String>>,
    row: usize,
}

impl TableRows for JsonRows {
    fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<usize>, Problem> {
        row.clear();
        let Some(cells) = self.rows.next() else { return Ok(None) };
        cells.iter().for_each(|cell| row.push_field(cell));
        self.row += 1;
        Ok(Some(self.row))
    }
}

/// A table's names, if it has any, and its rows.
type NamedRows = (Option<Vec<String>>, Vec<Vec<String>>);

/// Reads a table.
pub(super) fn rows(input: Box<dyn BufRead>) -> Result<(Option<Vec<String>>, JsonRows), Problem> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Problem::TooLarge { limit: MAX_BYTES });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<JsonValue>();
    let mut values = values
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Problem::Other(format!("is not JSON: {}", shown(&error.to_string()))))?;
    let value = if values.len() == 1 { values.remove(0) } else { JsonValue::List(values) };
    let (heading, rows) = match value {
        JsonValue::List(list) => of_list(list)?,
        JsonValue::Object(pairs) => of_object(pairs)?,
        JsonValue::Cell(_) => return Err(Problem::Other(FORMS.into())),
    };
    if rows.is_empty() {
        return Err(Problem::Empty);
    }
    Ok((heading, JsonRows { rows: rows.into_iter(), row: 0 }))
}

/// Reads the rows of a list: numbers, lists of them, or objects.
fn of_list(list: Vec<JsonValue>) -> Result<NamedRows, Problem> {
    if list.iter().any(|value| matches!(value, JsonValue::Object(_))) {
        return of_objects(list);
    }
    let row = |(at, value): (usize, JsonValue)| match value {
        JsonValue::Cell(cell) => Ok(vec![cell]),
        JsonValue::List(list) => list.into_iter().map(|value| cell(value, at)).collect(),
        JsonValue::Object(_) => Err(Problem::Other(FORMS.into())),
    };
    Ok((None, list.into_iter().enumerate().map(row).collect::<Result<_, _>>()?))
}

fn cell(value: JsonValue, at: usize) -> Result<String, Problem> {
    match value {
        JsonValue::Cell(cell) => Ok(cell),
        _ => Err(Problem::Other(format!("observation {}: {FORMS}", at + 1))),
    }
}

/// Reads a list of objects; a name that is missing in some is a missing value there.
fn of_objects(list: Vec<JsonValue>) -> Result<NamedRows, Problem> {
    let mut names: Vec<String> = Vec::new();
    let mut rows = Vec::with_capacity(list.len());
    for (at, value) in list.into_iter().enumerate() {
        let wrong = |message: String| Problem::Other(format!("observation {}: {message}", at + 1));
        let JsonValue::Object(pairs) = value else { return Err(wrong(FORMS.into())) };
        let mut row: Vec<Option<String>> = vec![None; names.len()];
        for (name, value) in pairs {
            let place = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name.clone());
                row.push(None);
                names.len() - 1
            });
            if names.len() > MAX_NAMES {
                return Err(wrong(format!("the objects have more than {MAX_NAMES} names together")));
            }
            if row[place].replace(cell(value, at)?).is_some() {
                return Err(wrong(format!("`{}` stands twice", shown(&name))));
            }
        }
        rows.push(row);
    }
    let width = names.len();
    let whole = |row: Vec<Option<String>>| {
        let mut row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
        row.resize(width, String::new());
        row
    };
    Ok((Some(names), rows.into_iter().map(whole).collect()))
}

/// Reads columns by name; `columns` and `data` as pandas writes them with `orient="split"`; or a series by its index.
fn of_object(mut pairs: Vec<(String, JsonValue)>) -> Result<NamedRows, Problem> {
    if pairs.iter().any(|(name, value)| name == "data" && matches!(value, JsonValue::List(_)))
        && pairs.iter().any(|(name, _)| matches!(name.as_str(), "columns" | "index" | "schema" | "name"))
    {
        return of_split(pairs);
    }
    if pairs.iter().all(|(_, value)| matches!(value, JsonValue::Cell(_))) {
        // One object alone is a table of one row, unless its names count, as a series of pandas does.
        let counted = pairs.iter().enumerate().all(|(at, (name, _))| *name == at.to_string());
        return match counted && !pairs.is_empty() {
            true => of_list(pairs.into_iter().map(|(_, value)| value).collect()),
            false => of_objects(vec![JsonValue::Object(pairs)]),
        };
    }
    let mut names = Vec::new();
    let mut columns: Vec<Vec<String>> = Vec::new();
    let mut index: Option<Vec<String>> = None;
    for (name, value) in pairs.drain(..) {
        let wrong = |message: &str| Problem::Other(format!("column `{}`: {message}", shown(&name)));
        let values = match value {
            JsonValue::List(list) => list,
            JsonValue::Object(pairs) => {
                let (keys, values): (Vec<String>, Vec<JsonValue>) = pairs.into_iter().unzip();
                if index.get_or_insert_with(|| keys.clone()) != &keys {
                    return Err(wrong("its rows have other names than those of the first column"));
                }
                values
            }
            JsonValue::Cell(_) => return Err(wrong(FORMS)),
        };
        if names.contains(&name) {
            return Err(wrong("it stands twice"));
        }
        let column = values
            .into_iter()
            .enumerate()
            .map(|(at, value)| cell(value, at))
            .collect::<Result<Vec<_>, _>>()?;
        if columns.first().is_some_and(|first| first.len() != column.len()) {
            return Err(wrong(&format!(
                "it has {} values, the first column {}",
                column.len(),
                columns[0].len()
            )));
        }
        names.push(name);
        columns.push(column);
    }
    let height = columns.first().map_or(0, Vec::len);
    let rows =
        (0..height).map(|row| columns.iter_mut().map(|column| std::mem::take(&mut column[row])).collect());
    let rows = rows.collect();
    Ok((Some(names), rows))
}

/// Reads what pandas writes with `orient="split"` or `orient="table"`.
fn of_split(pairs: Vec<(String, JsonValue)>) -> Result<NamedRows, Problem> {
    let (mut names, mut rows) = (None, None);
    for (name, value) in pairs {
        match (name.as_str(), value) {
            ("columns", JsonValue::List(list)) => {
                let cells = list.into_iter().map(|value| cell(value, 0));
                names = Some(cells.collect::<Result<Vec<_>, _>>()?);
            }
            ("data", JsonValue::List(list)) => rows = Some(of_list(list)?),
            ("index" | "name" | "schema", _) => {}
            (other, _) => {
                return Err(Problem::Other(format!(
                    "`{}` beside `data` is not known: {FORMS}",
                    shown(other)
                )));
            }
        }
    }
    let (own, rows) = rows.unwrap_or_default();
    Ok((own.or(names), rows))
}

impl<'de> Deserialize<'de> for JsonValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonValue, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = JsonValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<JsonValue, E> {
        Ok(JsonValue::Cell(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<JsonValue, E> {
        Ok(JsonValue::Cell(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<JsonValue, E> {
        Ok(JsonValue::Cell(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<JsonValue, E> {
        Ok(JsonValue::Cell(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<JsonValue, E> {
        Ok(JsonValue::Cell(value.trim().to_owned()))
    }

    fn visit_unit<E>(self) -> Result<JsonValue, E> {
        Ok(JsonValue::Cell("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<JsonValue, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element()? {
            list.push(value);
        }
        Ok(JsonValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<JsonValue, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = access.next_entry()? {
            pairs.push(pair);
        }
        Ok(JsonValue::Object(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<NamedRows, String> {
        let (heading, rows) = rows(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())))
            .map_err(|error| error.to_string())?;
        Ok((heading, rows.rows.collect()))
    }

    #[test]
    fn all_forms_are_tables() {
        let times = (None, vec![vec!["1".to_owned()], vec!["2.5".to_owned()]]);
        for text in ["[1, 2.5]", "1\n2.5\n", "[[1], [2.5]]", r#"{"0":1,"1":2.5}"#, "[1]\n[2.5]\n"] {
            assert_eq!(table(text).unwrap(), times, "{text}");
        }
        let names = vec!["time".to_owned(), "event".to_owned()];
        let row = |time: &str, event: &str| vec![time.to_owned(), event.to_owned()];
        let expected = (Some(names), vec![row("1", "true"), row("2", "false")]);
        for text in [
            r#"[{"time":1,"event":true},{"time":2,"event":false}]"#,
            r#"{"time":[1,2],"event":[true,false]}"#,
            r#"{"time":{"0":1,"1":2},"event":{"0":true,"1":false}}"#,
            r#"{"columns":["time","event"],"index":[0,1],"data":[[1,true],[2,false]]}"#,
            "{\"time\":1,\"event\":true}\n{\"event\":false,\"time\":2}\n",
        ] {
            assert_eq!(table(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let wrong = |text: &str| table(text).unwrap_err();
        assert!(wrong(r#"{"time":[1],"time":[2]}"#).contains("twice"));
        assert!(wrong(r#"[{"time":1,"time":2}]"#).contains("observation 1: `time` stands twice"));
        assert!(wrong(r#"{"time":[1,2],"event":[1]}"#).contains("1 values, the first column 2"));
        assert!(wrong(r#"{"time":{"0":1},"event":{"1":1}}"#).contains("other names"));
        assert!(wrong("[1, NaN]").contains("is not JSON"));
        assert!(wrong("[]").contains("empty"));
        assert!(wrong("[[[1]]]").contains("observation 1"));
        assert!(wrong(&"[".repeat(100_000)).contains("recursion limit"));
    }
}
