//! JSON text, checked before it is parsed: what the parser allocates follows the depth of brackets and the length
//! of single words, so both are bounded here. Quoted input is cut here, too.

use std::borrow::Cow;

use super::FormatError;

/// Deepest nesting of brackets; graph files have three levels, batches of them four.
const MAX_DEPTH: usize = 64;
/// Most bytes of a word that an error quotes.
const MAX_QUOTED: usize = 48;
/// Most bytes of a string, or of a number.
const MAX_WORD: usize = 1 << 20;

/// JSON text whose nesting and words are of bounded size, without a byte order mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonText<'a>(&'a [u8]);

impl<'a> JsonText<'a> {
    /// Checks a text, in one pass over its bytes and without memory.
    ///
    /// # Errors
    /// [`FormatError::Json`], at the first bracket or word beyond the bounds, and where the text is UTF-16.
    pub(super) fn new(bytes: &'a [u8]) -> Result<JsonText<'a>, FormatError> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
            return Err(wrong(text, 0, "the text is UTF-16; save it as UTF-8".to_owned()));
        }
        let (mut at, mut depth) = (0, 0_usize);
        loop {
            let rest = &text[at..];
            let word = rest.iter().position(|&byte| ENDS_WORD[byte as usize]).unwrap_or(rest.len());
            if word > MAX_WORD {
                return Err(too_long(text, at));
            }
            at += word;
            match text.get(at) {
                None => break,
                Some(b'[' | b'{') => depth += 1,
                Some(b']' | b'}') => depth = depth.saturating_sub(1),
                Some(b'"') => {
                    let length = string_length(&text[at + 1..]);
                    if length > MAX_WORD {
                        return Err(too_long(text, at));
                    }
                    at += length + 1;
                }
                Some(_) => {}
            }
            if depth > MAX_DEPTH {
                let message = format!("brackets nested more than {MAX_DEPTH} deep, the limit");
                return Err(wrong(text, at, message));
            }
            at = (at + 1).min(text.len());
        }
        Ok(JsonText(text))
    }

    /// Returns the bytes of the text.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// The bytes that end a word outside of strings.
const ENDS_WORD: [bool; 256] = {
    let mut ends = [false; 256];
    let bytes = b"\"[]{},: \n\r\t";
    let mut at = 0;
    while at < bytes.len() {
        ends[bytes[at] as usize] = true;
        at += 1;
    }
    ends
};

/// Returns the number of bytes before the quote that ends a string, or of the whole text where none does.
fn string_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(run) = text.get(at..).and_then(|rest| rest.iter().position(|&b| b == b'"' || b == b'\\')) {
        at += run;
        if text[at] == b'"' {
            return at;
        }
        // A backslash, and the byte that it escapes.
        at += 2;
    }
    text.len()
}

fn too_long(text: &[u8], at: usize) -> FormatError {
    wrong(text, at, format!("a string or number of more than {MAX_WORD} bytes, the limit"))
}

/// Returns an error at a byte of the text.
fn wrong(text: &[u8], at: usize, message: String) -> FormatError {
    let before = &text[..at];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = at - before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1) + 1;
    FormatError::Json { place: String::new(), message, line, column }
}

/// Returns a text cut to at most `limit` bytes, at the end of a character, with an ellipsis where it was cut. For
/// input that errors quote.
///
/// ```
/// use sojourn_engine::formats::shortened;
/// assert_eq!(shortened("größer", 100), "größer");
/// assert_eq!(shortened("größer", 6), "gr…");
/// ```
pub fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    const ELLIPSIS: &str = "…";
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let end =
        (0..=limit.saturating_sub(ELLIPSIS.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    Cow::Owned(format!("{}{ELLIPSIS}", &text[..end]))
}

/// Returns a word of the input as errors quote it: cut, and its control characters escaped.
pub(super) fn quotable(word: &str) -> String {
    let escaped = shortened(word, MAX_QUOTED).escape_debug().to_string();
    shortened(&escaped, MAX_QUOTED).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_are_short_after_escaping() {
        assert_eq!(quotable("states"), "states");
        let found = quotable(&"\u{1b}".repeat(1000));
        assert!(found.len() <= MAX_QUOTED && found.starts_with("\\u{1b}"), "{found}");
    }

    fn refused(text: &[u8]) -> String {
        JsonText::new(text).unwrap_err().to_string()
    }

    #[test]
    fn depth_and_words_are_bounded_with_their_place() {
        let deep = |n: usize| format!("{{\n \"a\": {}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(JsonText::new(deep(63).as_bytes()).is_ok());
        assert_eq!(
            refused(deep(64).as_bytes()),
            "brackets nested more than 64 deep, the limit at line 2 column 70"
        );
        let long = |letter: &str| format!("{{\"a\": \"{}\"}}", letter.repeat(MAX_WORD / letter.len()));
        assert!(JsonText::new(long("\\\"").as_bytes()).is_ok());
        assert!(
            refused((long("x").replace("xx", "xxx")).as_bytes()).starts_with("a string or number of more")
        );
        let number = format!("{{\"a\":\n0.{}1}}", "0".repeat(MAX_WORD));
        assert!(refused(number.as_bytes()).contains("line 2 column 1"), "{}", refused(number.as_bytes()));
    }

    #[test]
    fn brackets_within_strings_do_not_nest() {
        let text = format!("[\"{}\"]", "[\\\"".repeat(1000));
        assert!(JsonText::new(text.as_bytes()).is_ok());
    }

    #[test]
    fn a_text_that_ends_anywhere_is_left_to_the_parser() {
        let text = br#"{"a\\\"[": [1, "b\u00e9"], "c": "\\"}"#;
        (0..=text.len()).for_each(|end| assert!(JsonText::new(&text[..end]).is_ok(), "{end}"));
        assert_eq!(string_length(br#"a\"b"c"#), 4);
        assert_eq!(string_length(br"a\"), 2);
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_utf_16_is_named() {
        assert_eq!(JsonText::new(b"\xef\xbb\xbf{}").unwrap().bytes(), b"{}");
        assert!(refused(b"\xff\xfe{\0}\0").contains("UTF-16"));
    }
}
