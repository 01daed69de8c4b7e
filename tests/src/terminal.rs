//! A terminal that a test types into and looks at.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{InputModes, LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize};

use crate::wait_for;

/// How long what is to be shown may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A pseudoterminal, and all that was shown on it.
#[derive(Debug)]
pub struct Terminal {
    keyboard: File,
    line: OwnedFd,
    shown: Vec<u8>,
}

impl Terminal {
    /// A terminal of this size.
    ///
    /// # Panics
    /// If the system has none.
    pub fn new(rows: u16, columns: u16) -> Terminal {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudoterminal");
        grantpt(&keyboard).expect("it is ours");
        unlockpt(&keyboard).expect("it can be opened");
        let name = ptsname(&keyboard, Vec::new()).expect("its name");
        let line = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other end");
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&line, size).expect("a size");
        fcntl_setfl(&keyboard, OFlags::NONBLOCK).expect("reading without waiting");
        Terminal { keyboard: keyboard.into(), line, shown: Vec::new() }
    }

    /// Starts a command on it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(&self, command: &mut Command) -> Child {
        let end = || self.line.try_clone().expect("a descriptor");
        command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("the command starts")
    }

    /// Types something.
    ///
    /// # Panics
    /// If the terminal does not take it.
    pub fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("keys");
    }

    /// All that was shown so far, escape sequences included.
    pub fn shown(&mut self) -> String {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = self.keyboard.read(&mut bytes) {
            self.shown.extend_from_slice(&bytes[..count]);
        }
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Waits until this was shown so many times.
    ///
    /// # Panics
    /// If it is not in time.
    pub fn wait_to_show(&mut self, text: &str, times: usize) {
        wait_for(text, PATIENCE, || (self.shown().matches(text).count() >= times).then_some(()));
    }

    /// How what is typed and shown is treated: line by line, with echo, and so on.
    ///
    /// # Panics
    /// If the terminal does not say.
    pub fn modes(&self) -> (InputModes, OutputModes, LocalModes) {
        let modes = tcgetattr(self.line.as_fd()).expect("its modes");
        (modes.input_modes, modes.output_modes, modes.local_modes)
    }
}
