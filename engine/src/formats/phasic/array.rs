//! One numpy array: the `.npy` format. Headers are parsed by npyz; the numbers, of whatever type and byte
//! order, become doubles here.

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

/// Longest header and most brackets in it: real ones have 128 bytes and 2, and the parser recurses.
const MAX_HEADER: usize = 4096;
const MAX_BRACKETS: usize = 8;

/// What an array holds.
#[derive(Debug)]
pub(super) enum Array {
    /// Numbers, last index fastest.
    Numbers {
        /// Length of each axis; empty for a single number.
        shape: Vec<usize>,
        /// The numbers.
        values: Vec<f64>,
    },
    /// A single text.
    Text(String),
}

/// Reads an array; the error is a fragment that names neither file nor key.
pub(super) fn decode(bytes: &[u8]) -> Result<Array, String> {
    let data_at = check_header(bytes)?;
    let header = NpyHeader::from_reader(bytes).map_err(|e| format!("not a numpy array: {e}"))?;
    let dtype = header.dtype();
    let DType::Plain(kind) = &dtype else {
        return Err(format!("type {} is not supported: numbers are expected", dtype.descr()));
    };
    let unsupported = || format!("type {kind} is not supported: save plain numbers");
    let size = kind.num_bytes().ok_or_else(unsupported)?;
    let shape: Vec<usize> =
        header.shape().iter().map(|&n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
    let count = shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    let data = count.and_then(|n| n.checked_mul(size)).and_then(|length| bytes.get(data_at..)?.get(..length));
    let Some(data) = data else {
        return Err(format!("shape {shape:?} wants more bytes than there are: the array is cut off"));
    };
    let big = kind.endianness() == Endianness::Big;
    if kind.type_char() == TypeChar::UnicodeStr {
        return text_of(data, big, count == Some(1)).ok_or_else(|| "not a single text".to_owned());
    }
    let number = number(kind.type_char(), size).ok_or_else(unsupported)?;
    let mut little = [0_u8; 8];
    let mut values: Vec<f64> = Vec::with_capacity(count.unwrap_or(0));
    for item in data.chunks_exact(size.max(1)) {
        little[..size].copy_from_slice(item);
        if big {
            little[..size].reverse();
        }
        values.push(number(little));
    }
    if let (Order::Fortran, [rows, columns]) = (header.order(), &shape[..]) {
        values = (0..rows * columns).map(|at| values[at % columns * rows + at / columns]).collect();
    }
    Ok(Array::Numbers { shape, values })
}

/// Where the data begins. Bounds what the header's parser is given.
fn check_header(bytes: &[u8]) -> Result<usize, String> {
    let field = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, u32::from_le_bytes([*a, *b, 0, 0])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
            (12, u32::from_le_bytes([*a, *b, *c, *d]))
        }
        _ => return Err("not a numpy array of version 1 to 3".to_owned()),
    };
    let (at, length) = (field.0, field.1 as usize);
    if length > MAX_HEADER {
        return Err(format!("a header of {length} bytes, the limit is {MAX_HEADER}"));
    }
    let Some(header) = bytes.get(at..at + length) else {
        return Err("the header is cut off".to_owned());
    };
    if header.iter().filter(|b| matches!(b, b'(' | b'[' | b'{')).count() > MAX_BRACKETS {
        return Err("the header is not that of plain numbers".to_owned());
    }
    // The parser multiplies the axes without looking.
    let axes = header.split(|b| !b.is_ascii_digit()).filter_map(|digits| std::str::from_utf8(digits).ok());
    let mut numbers = axes.filter(|digits| !digits.is_empty()).map(str::parse::<u64>);
    if numbers.try_fold(1_u64, |product, n| product.checked_mul(n.ok()?.max(1))).is_none() {
        return Err("the shape wants more bytes than there are".to_owned());
    }
    Ok(at + length)
}

fn text_of(data: &[u8], big: bool, single: bool) -> Option<Array> {
    let letters = data.chunks_exact(4).map(|c| {
        let c = [c[0], c[1], c[2], c[3]];
        char::from_u32(if big { u32::from_be_bytes(c) } else { u32::from_le_bytes(c) })
    });
    let text: Option<String> = letters.collect();
    text.filter(|_| single).map(|text| Array::Text(text.trim_end_matches('\0').to_owned()))
}

/// How a number of a type and size in bytes, little-endian and padded with zeros, becomes a double.
fn number(kind: TypeChar, size: usize) -> Option<fn([u8; 8]) -> f64> {
    Some(match (kind, size) {
        (TypeChar::Bool, 1) => |b| f64::from(u8::from(b[0] != 0)),
        (TypeChar::Int, 1) => |b| f64::from(b[0] as i8),
        (TypeChar::Int, 2) => |b| f64::from(i16::from_le_bytes([b[0], b[1]])),
        (TypeChar::Int, 4) => |b| f64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        (TypeChar::Int, 8) => |b| i64::from_le_bytes(b) as f64,
        (TypeChar::Uint, 1..=8) => |b| u64::from_le_bytes(b) as f64,
        (TypeChar::Float, 4) => |b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        (TypeChar::Float, 8) => f64::from_le_bytes,
        _ => return None,
    })
}

/// An array of version 1.0: the header padded so that the data begins at a multiple of 64.
fn encode(descr: &str, shape: &[usize], data: impl Iterator<Item = u8>) -> Vec<u8> {
    let axes: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", axes.trim_end());
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// An array of doubles.
pub(super) fn doubles(values: &[f64], shape: &[usize]) -> Vec<u8> {
    encode("<f8", shape, values.iter().flat_map(|v| v.to_le_bytes()))
}

/// An array of 32-bit whole numbers.
pub(super) fn whole(values: &[i32], shape: &[usize]) -> Vec<u8> {
    encode("<i4", shape, values.iter().flat_map(|v| v.to_le_bytes()))
}

/// A single truth value.
pub(super) fn flag(value: bool) -> Vec<u8> {
    encode("|b1", &[], std::iter::once(u8::from(value)))
}

/// A single text.
pub(super) fn text(value: &str) -> Vec<u8> {
    let letters = value.chars().flat_map(|c| u32::from(c).to_le_bytes());
    encode(&format!("<U{}", value.chars().count()), &[], letters)
}
