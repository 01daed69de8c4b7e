//! The alternate screen of a terminal, keys, and leaving both as they were found.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, MoveToNextLine, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::style::Print;
use crossterm::terminal::{
    self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use crossterm::{execute, queue};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGQUIT, SIGTERM};

use super::frame::fitted;
use crate::context::Context;
use crate::error::CommandError;
use crate::signals;

/// Signals that end the process, and have to wait here until the terminal is as it was.
const ENDING: [i32; 3] = [SIGTERM, SIGHUP, SIGQUIT];

/// A terminal in the alternate screen, without echo. It is as it was once this is gone, however that comes.
pub(super) struct Screen {
    /// A signal of [`ENDING`] that came; 0: none.
    signal: Arc<AtomicUsize>,
    handlers: Vec<SigId>,
}

/// What was typed, or happened to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The view is to be left.
    Leave,
    /// The terminal has another size.
    Resized,
}

impl Screen {
    /// Enters the alternate screen.
    pub(super) fn enter() -> Result<Screen, CommandError> {
        let signal = Arc::new(AtomicUsize::new(0));
        let mut screen = Screen { signal: Arc::clone(&signal), handlers: Vec::new() };
        signals::hold_terminal(true);
        for number in ENDING {
            let registered = signal_hook::flag::register_usize(number, Arc::clone(&signal), number as usize);
            screen.handlers.push(registered.map_err(|error| failed(&error))?);
        }
        terminal::enable_raw_mode().map_err(|error| failed(&error))?;
        execute!(io::stdout(), EnterAlternateScreen, Hide).map_err(|error| failed(&error))?;
        Ok(screen)
    }

    /// Shows a text in the place of the last one, as far as there is room.
    pub(super) fn show(&self, text: &str, context: &mut Context) -> Result<(), CommandError> {
        let (columns, rows) = terminal::size().map_err(|error| failed(&error))?;
        let mut bytes = Vec::new();
        drawn(&mut bytes, &fitted(text, rows.into(), columns.into())).map_err(|error| failed(&error))?;
        context.out.bytes(&bytes)?;
        context.out.flush()
    }

    /// Waits so long for a key that means something.
    pub(super) fn key(&self, time: Duration) -> Result<Option<Key>, CommandError> {
        let read = || if event::poll(time)? { event::read().map(meaning) } else { Ok(None) };
        read().map_err(|error| failed(&error))
    }

    /// Whether a signal came that is to end the process.
    pub(super) fn is_to_end(&self) -> bool {
        self.signal.load(Ordering::SeqCst) != 0
    }

    /// Leaves the alternate screen. Where a signal came that is to end the process, it does so now.
    pub(super) fn leave(self) {
        let signal = self.signal.load(Ordering::SeqCst);
        drop(self);
        if signal != 0 {
            // What cannot be ended this way ends by itself right after.
            let _ = signal_hook::low_level::emulate_default_handler(signal as i32);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Of a terminal that is gone nothing needs to be restored.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
        signals::hold_terminal(false);
        self.handlers.drain(..).for_each(|handler| {
            signal_hook::low_level::unregister(handler);
        });
    }
}

fn drawn(to: &mut impl Write, lines: &[String]) -> io::Result<()> {
    queue!(to, BeginSynchronizedUpdate, MoveTo(0, 0))?;
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            queue!(to, MoveToNextLine(1))?;
        }
        queue!(to, Print(line), Clear(ClearType::UntilNewLine))?;
    }
    queue!(to, Clear(ClearType::FromCursorDown), EndSynchronizedUpdate)
}

/// What an event means here, if anything.
fn meaning(event: Event) -> Option<Key> {
    match event {
        Event::Resize(..) => Some(Key::Resized),
        Event::Key(KeyEvent { kind: KeyEventKind::Release, .. }) => None,
        Event::Key(KeyEvent { code: KeyCode::Char('q' | 'Q') | KeyCode::Esc, .. }) => Some(Key::Leave),
        Event::Key(KeyEvent { code: KeyCode::Char('c' | 'd'), modifiers, .. })
            if modifiers.contains(KeyModifiers::CONTROL) =>
        {
            Some(Key::Leave)
        }
        _ => None,
    }
}

fn failed(error: &io::Error) -> CommandError {
    CommandError::Failed(format!("the terminal can not be used for a live view: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_escape_and_control_c_leave_and_nothing_else_does() {
        let key = |code, modifiers| meaning(Event::Key(KeyEvent::new(code, modifiers)));
        let none = KeyModifiers::NONE;
        assert_eq!(key(KeyCode::Char('q'), none), Some(Key::Leave));
        assert_eq!(key(KeyCode::Esc, none), Some(Key::Leave));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Leave));
        assert_eq!(key(KeyCode::Char('c'), none), None);
        assert_eq!(key(KeyCode::Enter, none), None);
        assert_eq!(meaning(Event::Resize(80, 24)), Some(Key::Resized));
    }

    #[test]
    fn what_an_earlier_frame_showed_is_cleared_behind_each_line_and_below_the_last() {
        let mut bytes = Vec::new();
        drawn(&mut bytes, &["one".to_owned(), "two".to_owned()]).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("one\x1b[K\x1b[1Etwo\x1b[K\x1b[J"), "{text:?}");
    }
}
