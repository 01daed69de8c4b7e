//! From text to formulas, by recursive descent of bounded depth.

use super::ExpressionError;

/// Longest text: the formula is as deep as it is long at worst, and is evaluated by recursion.
const MAX_TEXT: usize = 1024;

/// A formula of a state.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Formula {
    Number(f64),
    Entry(usize),
    /// Each entry in turn.
    Slice,
    Negative(Box<Formula>),
    Binary(Operator, Box<Formula>, Box<Formula>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Operators by how loosely they bind, loosest first; longer spellings before those they begin with.
const LEVELS: [&[(&str, Operator)]; 3] = [
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessEqual),
        (">=", Operator::GreaterEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];

impl Formula {
    /// Largest number of an entry that stands in it.
    pub(super) fn largest_entry(&self) -> Option<usize> {
        match self {
            Formula::Entry(index) => Some(*index),
            Formula::Number(_) | Formula::Slice => None,
            Formula::Negative(inner) => inner.largest_entry(),
            Formula::Binary(_, left, right) => left.largest_entry().max(right.largest_entry()),
        }
    }

    /// Whether `state[:]` stands in it.
    pub(super) fn has_slice(&self) -> bool {
        match self {
            Formula::Slice => true,
            Formula::Number(_) | Formula::Entry(_) => false,
            Formula::Negative(inner) => inner.has_slice(),
            Formula::Binary(_, left, right) => left.has_slice() || right.has_slice(),
        }
    }
}

/// The formulas of a text, separated by `;`.
pub(super) fn formulas(text: &str) -> Result<Vec<Formula>, ExpressionError> {
    let mut parser = Parser { text, at: 0 };
    if text.len() > MAX_TEXT {
        return Err(parser.error(format!("{} bytes, the limit is {MAX_TEXT}", text.len())));
    }
    let mut formulas = vec![parser.level(0)?];
    while parser.take(";") {
        formulas.push(parser.level(0)?);
    }
    if !parser.rest().is_empty() {
        return Err(parser.unexpected("an operator or the end"));
    }
    Ok(formulas)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    fn take(&mut self, token: &str) -> bool {
        let taken = self.rest().starts_with(token);
        if taken {
            self.at += token.len();
        }
        taken
    }

    fn error(&self, message: String) -> ExpressionError {
        let text = self.text.chars().take(MAX_TEXT).collect();
        ExpressionError::Syntax { text, at: self.text[..self.at].chars().count() + 1, message }
    }

    fn unexpected(&mut self, expected: &str) -> ExpressionError {
        let found = self.rest().chars().next().map_or("the end".to_owned(), |c| format!("`{c}`"));
        self.error(format!("{found} where {expected} is expected"))
    }

    fn expect(&mut self, token: &str) -> Result<(), ExpressionError> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected(&format!("`{token}`"))) }
    }

    /// A chain of operators of one level, from left to right.
    fn level(&mut self, level: usize) -> Result<Formula, ExpressionError> {
        let Some(operators) = LEVELS.get(level) else { return self.factor() };
        let mut left = self.level(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(token, _)| self.take(token)) {
            let right = self.level(level + 1)?;
            left = Formula::Binary(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Formula, ExpressionError> {
        if self.take("-") {
            return Ok(Formula::Negative(Box::new(self.factor()?)));
        }
        if self.take("(") {
            let inner = self.level(0)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("state") {
            self.expect("[")?;
            let entry = if self.take(":") { Formula::Slice } else { Formula::Entry(self.index()?) };
            self.expect("]")?;
            return Ok(entry);
        }
        self.number()
    }

    fn index(&mut self) -> Result<usize, ExpressionError> {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let index = rest[..digits].parse().map_err(|_| self.unexpected("the number of an entry or `:`"))?;
        self.at += digits;
        Ok(index)
    }

    fn number(&mut self) -> Result<Formula, ExpressionError> {
        let rest = self.rest();
        let mut length = 0;
        let mut before = ' ';
        for c in rest.chars() {
            let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
            let exponent = matches!(c, 'e' | 'E') && length > 0;
            if !(c.is_ascii_digit() || c == '.' || sign || exponent) {
                break;
            }
            before = c;
            length += 1;
        }
        match rest[..length].parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.at += length;
                Ok(Formula::Number(value))
            }
            _ => Err(self.unexpected("a finite number, `state[..]` or `(`")),
        }
    }
}
