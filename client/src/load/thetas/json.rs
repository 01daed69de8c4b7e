//! A list of lists, or a list a line.

use std::io::{BufRead, Read};

use super::{Input, Vectors};
use crate::load::Problem;

/// Longest vector that is read, as text.
const MAX_VECTOR_BYTES: u64 = 32 << 20;

/// Returns the vectors of `[[1, 2], [3, 4]]`, or of lines `[1, 2]`, without holding more than one. Of a graph with one
/// parameter a list of numbers alone is as many vectors.
pub(super) fn vectors(input: Input, parameters: usize) -> Vectors {
    let mut lists = Lists { input, state: State::Before, vector: 0 };
    let mut flat = Vec::new().into_iter();
    Box::new(std::iter::from_fn(move || {
        if let Some(number) = flat.next() {
            return Some(Ok(vec![number]));
        }
        let is_first = lists.state == State::Before;
        match lists.next_vector().transpose()? {
            Ok(list) if parameters == 1 && is_first && lists.state == State::Lines && list.len() > 1 => {
                if let Err(problem) = lists.ends() {
                    return Some(Err(problem));
                }
                flat = list.into_iter();
                flat.next().map(|number| Ok(vec![number]))
            }
            other => Some(other),
        }
    }))
}

struct Lists {
    input: Input,
    state: State,
    /// Vectors begun.
    vector: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was read.
    Before,
    /// In a list of lists, before its first element or its end.
    First,
    /// In a list of lists, behind an element.
    Behind,
    /// Between lists that stand one after the other.
    Lines,
}

impl Lists {
    fn next_vector(&mut self) -> Result<Option<Vec<f64>>, Problem> {
        loop {
            match (self.state, self.token()?) {
                (State::Before, Some(b'[')) => match self.peek()? {
                    // A list of vectors that begins, or ends at once.
                    Some(b'[' | b']') => self.state = State::First,
                    _ => {
                        self.state = State::Lines;
                        return self.numbers().map(Some);
                    }
                },
                (State::First | State::Lines, Some(b'[')) => {
                    if self.state == State::First {
                        self.state = State::Behind;
                    }
                    return self.numbers().map(Some);
                }
                (State::Behind, Some(b',')) if self.token()? == Some(b'[') => {
                    return self.numbers().map(Some);
                }
                (State::First | State::Behind, Some(b']')) => {
                    return match self.token()? {
                        None => Ok(None),
                        Some(_) => Err(self.unexpected("more follows behind its end")),
                    };
                }
                (State::Lines, None) => return Ok(None),
                (State::First | State::Behind, None) => return Err(self.unexpected("it ends too early")),
                _ => return Err(self.unexpected("something else stands there")),
            }
        }
    }

    /// Checks that nothing follows a list of numbers that are a vector each.
    fn ends(&mut self) -> Result<(), Problem> {
        match self.token()? {
            None => Ok(()),
            Some(_) => Err(Problem::Other(
                "the graph has one parameter, and there are several lists of numbers: have one list, or lists of one number".into(),
            )),
        }
    }

    /// Reads the numbers of a list whose bracket has been read.
    fn numbers(&mut self) -> Result<Vec<f64>, Problem> {
        self.vector += 1;
        let mut text = vec![b'['];
        Read::take(&mut self.input, MAX_VECTOR_BYTES).read_until(b']', &mut text)?;
        if text.len() as u64 > MAX_VECTOR_BYTES {
            return Err(self.unexpected(&format!("a list is longer than {MAX_VECTOR_BYTES} bytes")));
        }
        serde_json::from_slice(&text).map_err(|error| self.unexpected(&error.to_string()))
    }

    fn unexpected(&self, what: &str) -> Problem {
        let place = match self.vector {
            0 => String::new(),
            vector => format!("vector {vector}, or what follows it: "),
        };
        Problem::Other(format!("a list of vectors such as [[1, 2], [3, 4]] is expected: {place}{what}"))
    }

    /// Reads the next byte that is no space.
    fn token(&mut self) -> Result<Option<u8>, Problem> {
        let byte = self.peek()?;
        self.input.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, Problem> {
        loop {
            let bytes = self.input.fill_buf()?;
            let spaces = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            match bytes.get(spaces) {
                Some(&byte) => {
                    self.input.consume(spaces);
                    return Ok(Some(byte));
                }
                None if bytes.is_empty() => return Ok(None),
                None => self.input.consume(spaces),
            }
        }
    }
}
