//! The REPL: the grammar of the command line, line by line, over one session with the daemon.

mod complete;
mod help;
mod session;
mod words;

use std::io::{IsTerminal, Write};

use clap::Parser;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::commands::{self, Ended};
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::{Command, Line, LineCommand, SessionCommand, complaint};
use crate::{refused, signals};
use complete::Helper;
use session::Session;

/// File of the history, within the directory of state.
const HISTORY: &str = "history";

/// Reads lines and runs them until `exit` or the end of the input. Of a script at standard input, which nobody
/// watches, the end tells whether a line failed.
pub(crate) fn run(context: &mut Context) -> Result<Ended, CommandError> {
    let mut editor = editor()?;
    let history = context.places().ok().map(|places| places.state.path.join(HISTORY));
    if let Some(path) = &history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    let interrupt = context.interrupt.clone();
    signals::watch(move || {
        if interrupt.is_set() {
            let text = "still stopping: what runs in this process ends with its graph; Ctrl-\\ ends sojourn";
            let _ = writeln!(std::io::stderr().lock(), "sojourn: {text}");
        }
        interrupt.set();
    });
    let ended = read_lines(&mut editor, context);
    if let Some(path) = &history {
        let kept = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = kept.map_err(ReadlineError::from).and_then(|()| editor.save_history(path)) {
            context.note(&format!("the history can not be kept in {}: {error}", path.display()));
        }
    }
    ended
}

fn editor() -> Result<Editor<Helper, FileHistory>, CommandError> {
    let failed =
        |error: ReadlineError| CommandError::Failed(format!("the prompt can not be opened: {error}"));
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .auto_add_history(true)
        .history_ignore_space(true)
        .max_history_size(10_000)
        .map_err(failed)?
        .build();
    let mut editor = Editor::with_config(config).map_err(failed)?;
    editor.set_helper(Some(Helper::new()));
    Ok(editor)
}

fn read_lines(
    editor: &mut Editor<Helper, FileHistory>,
    context: &mut Context,
) -> Result<Ended, CommandError> {
    let watched = std::io::stdin().is_terminal();
    let mut session = Session::default();
    let mut some_failed = false;
    loop {
        let text = match editor.readline("sojourn> ") {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(CommandError::Failed(format!("no line can be read: {error}"))),
        };
        context.interrupt.clear();
        let next = line(&text, &mut session, context);
        // What was written before an error is data all the same.
        match context.out.flush().and(next) {
            Ok(Next::Leave) => break,
            Ok(Next::Line { failed }) => some_failed |= failed,
            Err(CommandError::ClosedPipe) => return Err(CommandError::ClosedPipe),
            Err(error) => {
                some_failed = true;
                context.note(&error.to_string());
            }
        }
    }
    Ok(if some_failed && !watched { Ended::SomeFailed } else { Ended::Done })
}

/// What comes after a line.
enum Next {
    /// Another one.
    Line { failed: bool },
    /// Nothing.
    Leave,
}

/// Runs one line.
fn line(text: &str, session: &mut Session, context: &mut Context) -> Result<Next, CommandError> {
    let words = words::split(text).map_err(CommandError::Usage)?;
    let words = words::command(&words);
    if words.is_empty() || text.trim_start().starts_with('#') {
        return Ok(Next::Line { failed: false });
    }
    if let Some(topic) = help::topic(words) {
        help::show(topic, context)?;
        return Ok(Next::Line { failed: false });
    }
    let line = match Line::try_parse_from(words) {
        Ok(line) => line,
        Err(error) if error.use_stderr() => {
            return Err(CommandError::Usage(complaint(&error)));
        }
        Err(error) => {
            context.out.line(error.render().to_string().trim_end())?;
            return Ok(Next::Line { failed: false });
        }
    };
    context.answer_as(&line.global)?;
    let ended = match &line.command {
        LineCommand::Session(SessionCommand::Exit) => return Ok(Next::Leave),
        LineCommand::Session(command) => session.run(command, context)?,
        LineCommand::Command(command) if command.is_daemon() => {
            let text = "the prompt can not become the daemon; leave, and type `sojourn daemon`";
            return Err(CommandError::Usage(text.into()));
        }
        LineCommand::Command(command @ Command::Plot(args)) if args.name.is_none() => {
            refused::check(command)?;
            session.plot(args, context)?
        }
        LineCommand::Command(command @ Command::Eval(args)) if args.name.is_none() => {
            refused::check(command)?;
            session.eval(args, context)?
        }
        LineCommand::Command(command @ Command::Fit(args)) if args.name.is_none() => {
            refused::check(command)?;
            session.fit(args, context)?
        }
        LineCommand::Command(command) => commands::run(command, context)?,
    };
    Ok(Next::Line { failed: ended != Ended::Done })
}
