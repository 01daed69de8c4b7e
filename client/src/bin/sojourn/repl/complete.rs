//! Completion: commands, flags, files, models.

use clap::{Command, CommandFactory};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::{Context, Highlighter, Hinter, Validator};
use sojourn_client::load::MODEL_PREFIX;
use sojourn_engine::models;

use crate::grammar::Line;

/// What rustyline asks for help while a line is typed.
#[derive(rustyline::Helper, Hinter, Highlighter, Validator)]
pub(super) struct Helper {
    grammar: Command,
    files: FilenameCompleter,
}

impl Helper {
    /// A helper for the grammar of the REPL.
    pub(super) fn new() -> Helper {
        let mut grammar = Line::command();
        grammar.build();
        Helper { grammar, files: FilenameCompleter::new() }
    }
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = &line[..at];
        let from = typed.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let (before, word) = typed.split_at(from);
        let candidates = names(&self.grammar, before, word);
        if !candidates.is_empty() {
            let pair = |name: String| Pair { display: name.clone(), replacement: name + " " };
            return Ok((from, candidates.into_iter().map(pair).collect()));
        }
        self.files.complete(line, at, context)
    }
}

/// Commands, flags or models that continue `word` after the words `before`.
fn names(grammar: &Command, before: &str, word: &str) -> Vec<String> {
    let mut command = grammar;
    let mut path = Vec::new();
    for step in before.split_whitespace() {
        if let Some(inner) = command.find_subcommand(step) {
            command = inner;
            path.push(step);
        }
    }
    let fits = |name: &String| name.starts_with(word);
    if word.starts_with('-') {
        let flags = command.get_arguments().filter(|flag| !flag.is_hide_set());
        return flags
            .filter_map(|flag| flag.get_long())
            .map(|long| format!("--{long}"))
            .filter(fits)
            .collect();
    }
    let inner = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    let commands: Vec<String> = inner.map(|inner| inner.get_name().to_owned()).filter(fits).collect();
    if !commands.is_empty() {
        return commands;
    }
    match path[..] {
        ["model"] => models::list().iter().map(|model| model.name.to_owned()).filter(fits).collect(),
        ["trace" | "eval" | "plot" | "show"] | ["graph", "load"] if word.starts_with(MODEL_PREFIX) => {
            models::list().iter().map(|model| format!("{MODEL_PREFIX}{}", model.name)).filter(fits).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(before: &str, word: &str) -> Vec<String> {
        names(&Helper::new().grammar, before, word)
    }

    #[test]
    fn commands_and_their_subcommands_are_completed() {
        assert_eq!(completed("", "tra"), ["trace"]);
        assert_eq!(completed("graph ", "re"), ["reload"]);
        assert_eq!(completed("worker ", "l"), ["list"]);
    }

    #[test]
    fn flags_are_completed_for_their_command() {
        assert!(completed("trace a.json ", "--ord").contains(&"--ordered".to_owned()));
        assert!(completed("eval a.json ", "--ord").is_empty());
    }

    #[test]
    fn models_are_completed_where_a_file_may_stand() {
        assert_eq!(completed("graph load ", "model:coal"), ["model:coalescent"]);
        assert_eq!(completed("model ", "coal"), ["coalescent"]);
        assert_eq!(completed("plot ", "model:coal"), ["model:coalescent"]);
        assert!(completed("trace ", "coal").is_empty(), "a file is meant");
    }

    #[test]
    fn what_is_not_there_yet_is_not_offered() {
        assert!(completed("", "bat").is_empty());
        assert!(completed("trace ", "--det").is_empty());
    }
}
