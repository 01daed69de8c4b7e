//! A line taken apart as a shell does: quotes and backslashes, and nothing else that is special.

/// The words of a line.
///
/// Errors say which quote is not closed.
pub(super) fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            c if c.is_whitespace() => words.extend(word.take()),
            quote @ ('\'' | '"') => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        None => return Err(format!("the quote {quote} is not closed")),
                        Some(c) if c == quote => break,
                        Some('\\') if quote == '"' => word.extend(letters.next()),
                        Some(c) => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// The command of a line: typed as in a shell it begins with the program's name.
pub(super) fn command(words: &[String]) -> &[String] {
    match words {
        [program, rest @ ..] if program == "sojourn" => rest,
        words => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_space_unless_it_is_quoted() {
        assert_eq!(split("  trace  a.json ").unwrap(), ["trace", "a.json"]);
        assert_eq!(split("eval 'my graph.json' --rewards \"state[0] + 1\"").unwrap().len(), 4);
        assert_eq!(split("a\\ b").unwrap(), ["a b"]);
        assert_eq!(split("--theta ''").unwrap(), ["--theta", ""]);
        assert_eq!(split("x'y z'w").unwrap(), ["xy zw"]);
    }

    #[test]
    fn the_programs_name_in_front_of_a_command_is_no_part_of_it() {
        assert_eq!(command(&split("sojourn status").unwrap()), ["status"]);
        assert_eq!(command(&split("sojourn help trace").unwrap()), ["help", "trace"]);
        assert_eq!(command(&split("trace sojourn").unwrap()), ["trace", "sojourn"]);
        assert!(command(&split("sojourn").unwrap()).is_empty());
    }

    #[test]
    fn an_open_quote_is_an_error_that_names_it() {
        assert!(split("eval 'a").unwrap_err().contains('\''));
        assert!(split("eval \"a").unwrap_err().contains('"'));
    }
}
