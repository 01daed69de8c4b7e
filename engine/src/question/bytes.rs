//! Questions, tiles of parameter vectors and their answers as bytes. Equal values have equal bytes; numbers keep
//! their bits.
//!
//! ```text
//! tile     magic 8 | version u32 | question | vectors u32 | each: length u32, numbers
//! answers  magic 8 | version u32 | answers u32 | each: 0, kind, message, place or 1, mass at zero, parts
//! place    0, or 1 and the place of the observation that is the matter, u64
//! part     0, or 1 and what the part has; a list is a length u32 and its numbers
//! ```

use super::part::Part;
use super::{Answer, Question, Unanswered, parts};
use crate::density::Method;
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};

const TILE_MAGIC: [u8; 8] = *b"sjrntil\0";
const ANSWERS_MAGIC: [u8; 8] = *b"sjrnans\0";
/// Of tiles and answers both; raised with every part that is added.
const VERSION: u32 = 5;

/// A question and the vectors at which it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// What is asked.
    pub question: Question,
    /// Where.
    pub thetas: Vec<Vec<f64>>,
}

impl Tile {
    /// A tile as bytes.
    pub fn encode<T: AsRef<[f64]>>(question: &Question, thetas: &[T]) -> Vec<u8> {
        let mut w = Writer::with_magic(&TILE_MAGIC, VERSION);
        parts::write(question, &mut w);
        w.u32(thetas.len() as u32);
        thetas.iter().for_each(|theta| write_list(&mut w, theta.as_ref()));
        w.finish()
    }

    /// A tile from bytes that nobody vouches for.
    ///
    /// # Errors
    /// If they are not what [`Tile::encode`] writes.
    pub fn decode(bytes: &[u8]) -> Result<Tile, DecodeError> {
        const WHAT: &str = "a tile of parameter vectors";
        let mut r = Reader::new(bytes);
        r.expect_magic(&TILE_MAGIC, VERSION, WHAT)?;
        let question = parts::read(&mut r)?;
        let thetas = lists(&mut r, WHAT)?;
        r.finish()?;
        Ok(Tile { question, thetas })
    }
}

/// The answers of a tile as bytes.
pub fn encode_answers<E>(answers: Vec<Result<Answer, E>>) -> Vec<u8>
where
    Unanswered: From<E>,
{
    let mut w = Writer::with_magic(&ANSWERS_MAGIC, VERSION);
    w.u32(answers.len() as u32);
    for answer in answers {
        write_optional(&mut w, answer.is_ok());
        match answer {
            Ok(answer) => parts::write_answer(&answer, &mut w),
            Err(error) => {
                let Unanswered { kind, message, observation } = error.into();
                [kind, message].iter().for_each(|text| write_text(&mut w, text));
                write_optional(&mut w, observation.is_some());
                observation.iter().for_each(|&place| w.u64(place as u64));
            }
        }
    }
    w.finish()
}

/// The answers of a tile of so many vectors, from bytes that nobody vouches for.
///
/// # Errors
/// If they are not what [`encode_answers`] writes, or of another number of vectors: checked first, since an answer
/// is far larger in memory than its bytes are.
pub fn decode_answers(bytes: &[u8], vectors: usize) -> Result<Vec<Result<Answer, Unanswered>>, DecodeError> {
    const WHAT: &str = "the answers of a tile";
    let mut r = Reader::new(bytes);
    r.expect_magic(&ANSWERS_MAGIC, VERSION, WHAT)?;
    let count = r.u32(WHAT)?;
    if count as usize != vectors {
        return Err(inconsistent(WHAT, format!("{count} answers at {vectors} vectors")));
    }
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(match optional(&mut r, WHAT)? {
            true => Ok(parts::read_answer(&mut r)?),
            false => {
                let (kind, message) = (text(&mut r, WHAT)?, text(&mut r, WHAT)?);
                let observation = if optional(&mut r, WHAT)? { Some(size(&mut r, WHAT)?) } else { None };
                Err(Unanswered { kind, message, observation })
            }
        });
    }
    r.finish()?;
    Ok(answers)
}

pub(super) fn write_part<P: Part>(part: Option<&P>, w: &mut Writer) {
    write_optional(w, part.is_some());
    part.into_iter().for_each(|part| part.write(w));
}

pub(super) fn read_part<P: Part>(r: &mut Reader<'_>) -> Result<Option<P>, DecodeError> {
    if optional(r, "a part of a question")? { P::read(r).map(Some) } else { Ok(None) }
}

pub(super) fn write_answer_of<P: Part>(answer: Option<&P::Answer>, w: &mut Writer) {
    write_optional(w, answer.is_some());
    answer.into_iter().for_each(|answer| P::write_answer(answer, w));
}

pub(super) fn read_answer_of<P: Part>(r: &mut Reader<'_>) -> Result<Option<P::Answer>, DecodeError> {
    if optional(r, "a part of an answer")? { P::read_answer(r).map(Some) } else { Ok(None) }
}

/// Whether something follows.
pub(super) fn write_optional(w: &mut Writer, there: bool) {
    w.u8(u8::from(there));
}

/// Whether something follows: nothing but 0 and 1 says so, so that equal values have equal bytes.
pub(super) fn optional(r: &mut Reader<'_>, what: &'static str) -> Result<bool, DecodeError> {
    match r.u8(what)? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(inconsistent(what, format!("{other} where 0 or 1 stands"))),
    }
}

pub(super) fn size(r: &mut Reader<'_>, what: &'static str) -> Result<usize, DecodeError> {
    let size = r.u64(what)?;
    usize::try_from(size).map_err(|_| inconsistent(what, format!("{size} of them")))
}

pub(super) fn number(r: &mut Reader<'_>, what: &'static str) -> Result<f64, DecodeError> {
    Ok(r.f64s(1, what)?[0])
}

pub(super) fn write_list(w: &mut Writer, values: &[f64]) {
    w.u32(values.len() as u32);
    w.f64s(values);
}

pub(super) fn list(r: &mut Reader<'_>, what: &'static str) -> Result<Vec<f64>, DecodeError> {
    let length = r.u32(what)?;
    r.f64s(length as usize, what)
}

pub(super) fn write_lists(w: &mut Writer, lists: &[Vec<f64>]) {
    w.u32(lists.len() as u32);
    lists.iter().for_each(|list| write_list(w, list));
}

pub(super) fn lists(r: &mut Reader<'_>, what: &'static str) -> Result<Vec<Vec<f64>>, DecodeError> {
    let count = r.u32(what)?;
    // Grown as they are read: the count is not to be believed.
    (0..count).map(|_| list(r, what)).collect()
}

pub(super) fn write_method(method: Method, w: &mut Writer) {
    w.u8(match method {
        Method::Powers => 0,
        Method::Uniformisation => 1,
        Method::Doubling => 2,
        Method::Contour => 3,
        Method::Stationary => 4,
    });
}

pub(super) fn method(r: &mut Reader<'_>, what: &'static str) -> Result<Method, DecodeError> {
    Ok(match r.u8(what)? {
        0 => Method::Powers,
        1 => Method::Uniformisation,
        2 => Method::Doubling,
        3 => Method::Contour,
        4 => Method::Stationary,
        code => return Err(inconsistent(what, format!("method {code}"))),
    })
}

fn write_text(w: &mut Writer, text: &str) {
    w.u32(text.len() as u32);
    w.raw(text.as_bytes());
}

fn text(r: &mut Reader<'_>, what: &'static str) -> Result<String, DecodeError> {
    let length = r.u32(what)? as usize;
    let bytes = r.take(length, what)?.to_vec();
    String::from_utf8(bytes).map_err(|_| inconsistent(what, "a text that is not UTF-8"))
}
