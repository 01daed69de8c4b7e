//! One numpy array: the `.npy` format. Headers are parsed by npyz; the numbers, of whatever type and byte
//! order, become doubles here.

use std::io::Read;

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use super::text::shortened;

/// Longest header and most brackets in it: real ones have 128 bytes and 2, and the parser recurses.
const MAX_HEADER: usize = 4096;
const MAX_BRACKETS: usize = 8;
/// Most bytes of a text.
const MAX_TEXT: usize = 4096;
/// Bytes that are converted at a time.
const CHUNK: usize = 1 << 16;

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

/// Reads an array of a member that has `size` bytes. Takes memory for its numbers alone, and only once the shape
/// agrees with the size. The error is a fragment that names neither file nor key.
pub(super) fn decode(input: &mut dyn Read, size: u64) -> Result<Array, String> {
    let header = Header::read(input)?;
    let bytes = header.shape.iter().try_fold(header.item as u64, |product, &n| product.checked_mul(n));
    let expected = bytes.and_then(|bytes| bytes.checked_add(header.length));
    if expected.is_none_or(|expected| expected > size) {
        return Err(format!(
            "shape {:?} wants more bytes than there are: the array is cut off",
            header.shape
        ));
    }
    let shape: Vec<usize> = header
        .shape
        .iter()
        .map(|&n| usize::try_from(n))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    let count: usize = shape.iter().product();
    let array = match header.kind {
        TypeChar::UnicodeStr | TypeChar::ByteStr => {
            if count != 1 || header.item > MAX_TEXT {
                return Err("not a single short text".to_owned());
            }
            let mut data = vec![0; header.item];
            input.read_exact(&mut data).map_err(|e| cut_off(&e))?;
            let text = if header.kind == TypeChar::ByteStr {
                String::from_utf8(data).ok()
            } else {
                wide_text(&data, header.big)
            };
            Array::Text(text.ok_or("not a text")?.trim_end_matches('\0').to_owned())
        }
        _ => {
            let values = numbers(input, &header, count)?;
            Array::Numbers { values: in_row_order(values, &shape, header.columns_first)?, shape }
        }
    };
    // The checksum of a member is verified where its end is met.
    input.read(&mut [0]).map_err(|e| cut_off(&e))?;
    Ok(array)
}

fn cut_off(error: &std::io::Error) -> String {
    format!("the array is cut off or damaged: {error}")
}

/// Reads the numbers of an array in the order of the file.
fn numbers(input: &mut dyn Read, header: &Header, count: usize) -> Result<Vec<f64>, String> {
    let unsupported = || format!("type {} is not supported: save plain numbers", header.name);
    let number = number(header.kind, header.item).ok_or_else(unsupported)?;
    let mut values: Vec<f64> = Vec::new();
    values.try_reserve_exact(count).map_err(|_| out_of_memory(count))?;
    let mut buffer = vec![0; CHUNK / header.item * header.item];
    let mut little = [0_u8; 8];
    while values.len() < count {
        let chunk = &mut buffer
            [..(count - values.len()).saturating_mul(header.item).min(CHUNK / header.item * header.item)];
        input.read_exact(chunk).map_err(|e| cut_off(&e))?;
        for item in chunk.chunks_exact(header.item) {
            little[..header.item].copy_from_slice(item);
            if header.big {
                little[..header.item].reverse();
            }
            values.push(number(little));
        }
    }
    Ok(values)
}

fn out_of_memory(count: usize) -> String {
    format!("out of memory: {count} numbers are more than this process may hold")
}

/// Returns the numbers of an array with the last index fastest.
fn in_row_order(values: Vec<f64>, shape: &[usize], columns_first: bool) -> Result<Vec<f64>, String> {
    match (columns_first, shape) {
        (true, &[rows, columns]) if rows > 1 && columns > 1 => {
            let mut ordered = Vec::new();
            ordered.try_reserve_exact(values.len()).map_err(|_| out_of_memory(values.len()))?;
            ordered.extend((0..rows * columns).map(|at| values[at % columns * rows + at / columns]));
            Ok(ordered)
        }
        (true, [_, _, ..]) if shape.len() > 2 => {
            Err(format!("shape {shape:?} in Fortran order is not supported: use numpy.ascontiguousarray"))
        }
        _ => Ok(values),
    }
}

/// The header of an array.
struct Header {
    /// Bytes of the header, with all that precedes the data.
    length: u64,
    kind: TypeChar,
    /// The type as numpy spells it.
    name: String,
    /// Bytes of an item.
    item: usize,
    big: bool,
    shape: Vec<u64>,
    columns_first: bool,
}

impl Header {
    fn read(input: &mut dyn Read) -> Result<Header, String> {
        let bytes = header_bytes(input)?;
        let header = NpyHeader::from_reader(&bytes[..])
            .map_err(|e| format!("not a numpy array: {}", shortened(&e.to_string(), 200)))?;
        let dtype = header.dtype();
        let DType::Plain(kind) = &dtype else {
            let found = dtype.descr();
            return Err(format!("type {} is not supported: numbers are expected", shortened(&found, 100)));
        };
        let name = kind.to_string();
        let item = kind.num_bytes().filter(|&bytes| bytes > 0);
        Ok(Header {
            length: bytes.len() as u64,
            kind: kind.type_char(),
            item: item.ok_or_else(|| format!("type {name} is not supported: save plain numbers"))?,
            name,
            big: kind.endianness() == Endianness::Big,
            shape: header.shape().to_vec(),
            columns_first: header.order() == Order::Fortran,
        })
    }
}

/// Reads the bytes before the data, and checks that the header's parser may have them.
fn header_bytes(input: &mut dyn Read) -> Result<Vec<u8>, String> {
    let none = |_| "not a numpy array of version 1 to 3".to_owned();
    let mut bytes = vec![0; 10];
    input.read_exact(&mut bytes).map_err(none)?;
    let length = match bytes[..] {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b] => {
            let mut high = [0; 2];
            input.read_exact(&mut high).map_err(none)?;
            bytes.extend_from_slice(&high);
            u32::from_le_bytes([a, b, high[0], high[1]])
        }
        _ => return Err("not a numpy array of version 1 to 3".to_owned()),
    } as usize;
    if length > MAX_HEADER {
        return Err(format!("a header of {length} bytes, the limit is {MAX_HEADER}"));
    }
    let at = bytes.len();
    bytes.resize(at + length, 0);
    input.read_exact(&mut bytes[at..]).map_err(|_| "the header is cut off".to_owned())?;
    check_header(&bytes[at..])?;
    Ok(bytes)
}

fn check_header(header: &[u8]) -> Result<(), String> {
    if header.iter().filter(|b| matches!(b, b'(' | b'[' | b'{')).count() > MAX_BRACKETS {
        return Err("the header is not that of plain numbers".to_owned());
    }
    if header.windows(3).any(|part| part == b"|O'") {
        return Err("Python objects, which are pickled and never read: save plain numbers (toarray() of a sparse matrix)"
            .to_owned());
    }
    // The parser multiplies the axes without looking.
    let axes = header.split(|b| !b.is_ascii_digit()).filter_map(|digits| std::str::from_utf8(digits).ok());
    let mut numbers = axes.filter(|digits| !digits.is_empty()).map(str::parse::<u64>);
    if numbers.try_fold(1_u64, |product, n| product.checked_mul(n.ok()?.max(1))).is_none() {
        return Err("the shape wants more bytes than there are".to_owned());
    }
    Ok(())
}

/// Returns the text of 32-bit letters.
fn wide_text(data: &[u8], big: bool) -> Option<String> {
    let letters = data.chunks_exact(4).map(|c| {
        let c = [c[0], c[1], c[2], c[3]];
        char::from_u32(if big { u32::from_be_bytes(c) } else { u32::from_le_bytes(c) })
    });
    letters.collect()
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
        (TypeChar::Float, 2) => |b| half(u16::from_le_bytes([b[0], b[1]])),
        (TypeChar::Float, 4) => |b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        (TypeChar::Float, 8) => f64::from_le_bytes,
        _ => return None,
    })
}

/// Returns the value of a floating point number of 16 bits (IEEE 754 binary16), exactly.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * f64::powi(2.0, -24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * f64::powi(2.0, exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
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

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn numbers_of_16_bits_are_those_of_the_standard() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_625e-5),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x7c00, f64::INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:x}");
        }
        assert!(half(0x7e00).is_nan());
    }
}
