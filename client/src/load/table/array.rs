//! Arrays in numpy's format, their headers checked before any memory is taken.

use std::io::{BufRead, Cursor, Read};

use npyz::{NpyFile, NpyHeader, Order};

use crate::load::Problem;

/// The first bytes of the format.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is read; numpy's own has 118 bytes for any array of numbers.
const MAX_HEADER_BYTES: usize = 1 << 14;

/// Deepest nesting of brackets in a header.
const MAX_NESTING: usize = 8;

/// The numbers of an array, in the order in which they stand.
pub(crate) type ArrayValues = Box<dyn Iterator<Item = Result<f64, Problem>>>;

/// An array of numbers whose header was read.
pub(crate) struct NumberArray {
    /// Lengths of its dimensions.
    pub(crate) shape: Vec<u64>,
    /// Whether its entries are truth values.
    pub(crate) booleans: bool,
    order: Order,
    values: ArrayValues,
}

impl NumberArray {
    /// Reads the header.
    ///
    /// # Errors
    /// Says what is wrong with the header, or which type of numbers is not read.
    pub(crate) fn read(mut input: Box<dyn BufRead>) -> Result<NumberArray, Problem> {
        let header = header(&mut input)?;
        let (shape, order) = (header.shape().to_vec(), header.order());
        let booleans = header.dtype().descr() == "'|b1'";
        let values = values(NpyFile::with_header(header, input))?;
        Ok(NumberArray { shape, booleans, order, values })
    }

    /// Returns the numbers row by row. Of an array of two dimensions in Fortran order all are read for this.
    pub(crate) fn by_row(self) -> Result<ArrayValues, Problem> {
        let &[rows, columns] = &self.shape[..] else { return Ok(self.values) };
        if self.order == Order::C {
            return Ok(self.values);
        }
        let mut all: Vec<f64> = Vec::new();
        for value in self.values {
            if all.len() == all.capacity() {
                all.try_reserve(all.len().max(1024)).map_err(|_| too_large())?;
            }
            all.push(value?);
        }
        if rows.checked_mul(columns) != Some(all.len() as u64) {
            return Err(Problem::Other(format!(
                "has {} numbers, and is to have {rows} rows of {columns}",
                all.len()
            )));
        }
        let (rows, columns) = (rows as usize, columns as usize);
        let places = 0..all.len();
        Ok(Box::new(places.map(move |place| Ok(all[place % columns * rows + place / columns]))))
    }
}

/// Returns the error of a file that has fewer rows than its header says.
pub(crate) fn ends_early(row: u64, rows: u64) -> Problem {
    Problem::Other(format!("ends in row {row}, and is to have {rows}"))
}

fn too_large() -> Problem {
    Problem::Other("does not fit into memory".into())
}

fn wrong(error: impl std::fmt::Display) -> Problem {
    Problem::Other(format!("is not an npy array of numbers: {error}"))
}

/// Reads a header after checks of its length, its nesting and its shape, which the reader of the format leaves out.
fn header(input: &mut Box<dyn BufRead>) -> Result<NpyHeader, Problem> {
    let mut bytes = vec![0; MAGIC.len() + 2];
    let short = |_| wrong("it is too short");
    input.read_exact(&mut bytes).map_err(short)?;
    if !bytes.starts_with(MAGIC) {
        return Err(wrong("it does not begin as one"));
    }
    let mut length = [0; 4];
    let size = if bytes[MAGIC.len()] == 1 { 2 } else { 4 };
    input.read_exact(&mut length[..size]).map_err(short)?;
    bytes.extend_from_slice(&length[..size]);
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_HEADER_BYTES {
        return Err(wrong(format!("its header has {length} bytes, the limit is {MAX_HEADER_BYTES}")));
    }
    let begin = bytes.len();
    bytes.resize(begin + length, 0);
    input.read_exact(&mut bytes[begin..]).map_err(short)?;
    check(&bytes[begin..])?;
    NpyHeader::from_reader(Cursor::new(bytes)).map_err(wrong)
}

/// Checks that brackets are not deeply nested, and that the product of the shape is a number of 63 bits.
fn check(header: &[u8]) -> Result<(), Problem> {
    let mut depth = 0_usize;
    for byte in header {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(wrong("its header is nested too deeply"));
        }
    }
    // The largest product of the numbers between any two brackets: no list of the header is larger.
    for list in header.split(|byte| matches!(byte, b'(' | b')' | b'[' | b']')) {
        let numbers = list.split(|byte| !byte.is_ascii_digit()).filter(|digits| !digits.is_empty());
        let mut product = 1_u64;
        for digits in numbers {
            let number = std::str::from_utf8(digits).ok().and_then(|text| text.parse::<u64>().ok());
            product = number
                .and_then(|number| product.checked_mul(number.max(1)))
                .filter(|&product| product < 1 << 60)
                .ok_or_else(|| wrong("its shape is larger than any file"))?;
        }
    }
    Ok(())
}

/// Returns the numbers as doubles: floats and whole numbers are widened, true is 1.
fn values(file: NpyFile<Box<dyn BufRead>>) -> Result<ArrayValues, Problem> {
    let kind = file.dtype().descr();
    if kind.contains("M8") || kind.contains("m8") {
        // Their whole numbers count units that the type names: days, say, or nanoseconds.
        return Err(Problem::Other(
            "has dates or spans of time; save numbers, as (array - first) / numpy.timedelta64(1, 'D')".into(),
        ));
    }
    macro_rules! try_types {
        ($file:ident: $($type:ty => $widen:expr),+) => {
            $(let $file = match $file.try_data::<$type>() {
                Ok(values) => return Ok(Box::new(values.map(|value| value.map_err(wrong).and_then($widen)))),
                Err(file) => file,
            };)+
        };
    }
    try_types!(file:
        f64 => Ok, f32 => |v| Ok(f64::from(v)), i64 => |v| whole(v as f64, i128::from(v)),
        u64 => |v| whole(v as f64, i128::from(v)), i32 => |v| Ok(f64::from(v)), u32 => |v| Ok(f64::from(v)),
        i16 => |v| Ok(f64::from(v)), u16 => |v| Ok(f64::from(v)), i8 => |v| Ok(f64::from(v)),
        u8 => |v| Ok(f64::from(v)), bool => |v| Ok(f64::from(u8::from(v))));
    Err(Problem::Other(format!(
        "has entries of the type {}, and doubles, floats, whole numbers and booleans are read; save array.astype(float)",
        crate::load::cells::shown(&file.dtype().descr())
    )))
}

/// Refuses a whole number that no double stands for.
fn whole(double: f64, whole: i128) -> Result<f64, Problem> {
    match double as i128 == whole {
        true => Ok(double),
        false => Err(Problem::Other(format!("{whole} has more digits than a double holds"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Vec<u64>, Vec<f64>), String> {
        let input: Box<dyn BufRead> = Box::new(Cursor::new(bytes.to_vec()));
        let array = NumberArray::read(input).map_err(|error| error.to_string())?;
        let shape = array.shape.clone();
        let values = array.by_row().and_then(Iterator::collect).map_err(|error| error.to_string())?;
        Ok((shape, values))
    }

    fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn types_of_numbers_are_widened() {
        let of = |kind: &str, data: &[u8]| {
            read(&with_header(
                &format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (1,), }}\n"),
                data,
            ))
        };
        assert_eq!(of("<f8", &2.5_f64.to_le_bytes()).unwrap(), (vec![1], vec![2.5]));
        assert_eq!(of(">f8", &2.5_f64.to_be_bytes()).unwrap().1, [2.5]);
        assert_eq!(of("<i4", &7_i32.to_le_bytes()).unwrap().1, [7.0]);
        assert_eq!(of("|u1", &[200]).unwrap().1, [200.0]);
        assert_eq!(of("|b1", &[1]).unwrap().1, [1.0]);
        assert!(of("<i8", &(i64::MAX - 1).to_le_bytes()).unwrap_err().contains("digits"));
        assert!(of("<c16", &[0; 16]).unwrap_err().contains("<c16"));
        assert!(of("<f8", &[0; 7]).is_err(), "cut short");
    }

    #[test]
    fn a_header_that_claims_too_much_is_an_error() {
        let shaped = |shape: &str| {
            read(&with_header(
                &format!("{{'descr': '<f8', 'fortran_order': True, 'shape': {shape}, }}\n"),
                &[0; 16],
            ))
            .unwrap_err()
        };
        assert!(shaped("(1000000000000, 2)").contains("npy"));
        assert!(shaped("(4294967296, 4294967296, 4)").contains("larger than any file"));
        assert!(shaped("(0, 9223372036854775807, 4)").contains("larger than any file"));
        assert!(shaped("(99999999999999999999999,)").contains("larger than any file"));
        assert!(shaped(&"(".repeat(5000)).contains("nested"));
        let long = [MAGIC, &[2, 0], &u32::MAX.to_le_bytes()].concat();
        assert!(read(&long).unwrap_err().contains("the limit"));
    }
}
