//! `?` and `help`.

use clap::{Command, CommandFactory};

use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Line;

/// What a line asks help on, if that is what it does: `?`, `graph ?`, `help graph`.
pub(super) fn topic(words: &[String]) -> Option<&[String]> {
    match words {
        [first, rest @ ..] if first == "help" || first == "?" => Some(rest),
        [rest @ .., last] if last == "?" => Some(rest),
        _ => None,
    }
}

/// Writes the help of a command, or of all.
pub(super) fn show(topic: &[String], context: &mut Context) -> Result<(), CommandError> {
    let mut command = Line::command();
    command.build();
    let found = find(&mut command, topic)?;
    let text = if topic.is_empty() { list(found) } else { found.render_help().to_string() };
    context.out.line(text.trim_end())
}

fn find<'a>(command: &'a mut Command, topic: &[String]) -> Result<&'a mut Command, CommandError> {
    let Some((word, rest)) = topic.split_first() else { return Ok(command) };
    match command.find_subcommand_mut(word) {
        Some(inner) => find(inner, rest),
        None => Err(CommandError::Usage(format!("there is no command `{word}` to be explained; type ?"))),
    }
}

/// Every command with its one line.
fn list(command: &Command) -> String {
    let shown = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    let line = |inner: &Command| {
        let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
        format!("{:<12} {about}", inner.get_name())
    };
    let mut lines: Vec<String> = shown.map(line).collect();
    lines.push("COMMAND ? explains one; Tab completes; Ctrl-C stops a command, Ctrl-D leaves".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_question_mark_at_either_end_asks_for_help() {
        assert_eq!(topic(&words("?")), Some(&[][..]));
        assert_eq!(topic(&words("graph ?")), Some(&words("graph")[..]));
        assert_eq!(topic(&words("help cache clear")), Some(&words("cache clear")[..]));
        assert_eq!(topic(&words("graph status")), None);
    }

    #[test]
    fn every_group_explains_its_commands() {
        let mut line = Line::command();
        line.build();
        for group in ["graph", "param", "memory", "worker", "config", "cache"] {
            let help = find(&mut line, &words(group)).unwrap().render_help().to_string();
            assert!(help.contains("Commands:"), "{group}: {help}");
        }
    }

    #[test]
    fn what_is_not_there_yet_is_not_in_the_list() {
        let line = Line::command();
        let text = list(&line);
        assert!(text.contains("\ntrace ") || text.starts_with("trace "), "{text}");
        assert!(!text.contains("batch"), "{text}");
    }
}
