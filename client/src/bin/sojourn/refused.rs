//! What the interface has and this version not yet: refused by name, never ignored.

use crate::commands::show::ShowArgs;
use crate::commands::trace::TraceArgs;
use crate::error::CommandError;
use crate::grammar::Command;

/// (what is typed, what to do meanwhile).
const NOT_YET: [(&str, &str); 5] = [
    ("plot -o .png", "write .svg or .html"),
    ("batch", "let `sojourn trace` run to its end"),
    ("man", "see `sojourn --help` and `sojourn COMMAND --help`"),
    ("trace --detach", "leave it out, and let the command run to its end"),
    ("show --svg", "give the text of --dot to `dot -Tsvg`"),
];

/// An error for the first thing a command asks for that is not there yet.
pub(crate) fn check(command: &Command) -> Result<(), CommandError> {
    match first(command) {
        None => Ok(()),
        Some(name) => Err(refusal(name)),
    }
}

fn refusal(name: &str) -> CommandError {
    let advice =
        NOT_YET.iter().find(|(known, _)| *known == name).map_or("leave it out", |(_, advice)| advice);
    CommandError::Usage(format!("`{name}` is not there yet in this version; {advice}"))
}

fn first(command: &Command) -> Option<&'static str> {
    match command {
        Command::Plot(args) if args.is_png() => Some("plot -o .png"),
        Command::Batch(_) => Some("batch"),
        Command::Man(_) => Some("man"),
        Command::Trace(TraceArgs { detach: true, .. }) => Some("trace --detach"),
        Command::Show(ShowArgs { svg: true, .. }) => Some("show --svg"),
        _ => None,
    }
}
