//! Starting a daemon from one's own executable, and learning why it failed if it does.

use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use sojourn_proto::paths::{Places, Rule};

use crate::connection::Connection;
use crate::{Error, Interrupt};

/// Time that a daemon has to become ready. It takes some 10 ms; a machine under heavy load takes longer.
const READY_TIME: Duration = Duration::from_secs(20);

/// Time between two looks at the socket while another daemon comes up, or leaves.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What a daemon says on the pipe that is its standard output when it can be connected to.
const READY: &str = "ready";

/// Starts `program daemon --ready-fd 1` for `places`, waits until it is ready, and connects. Where
/// another starter was faster, or an old daemon is still leaving, that is waited for too.
pub(crate) fn start(
    program: &Path,
    places: &Places,
    interrupt: &Interrupt,
    open: impl Fn() -> Result<Connection, Error>,
) -> Result<Connection, Error> {
    let deadline = Instant::now() + READY_TIME;
    loop {
        let said = wait_ready(&spawn(program, places)?, interrupt, deadline)?;
        match open() {
            Ok(connection) => return Ok(connection),
            Err(Error::NoDaemon { reason, .. }) if Instant::now() >= deadline => {
                return Err(Error::NotStarted(if said == READY { reason } else { said }));
            }
            // It said that it can not run. Where that is because another runs, or is just leaving, the next
            // round finds the one or the place free; every other reason is final.
            Err(Error::NoDaemon { .. }) if said == READY || is_occupied(&said) => {
                interrupt.check()?;
                std::thread::sleep(LOOK_AGAIN);
            }
            Err(Error::NoDaemon { .. }) => return Err(Error::NotStarted(said)),
            Err(other) => return Err(other),
        }
    }
}

/// Whether a daemon's last words mean that another holds its place.
fn is_occupied(said: &str) -> bool {
    said.contains("already serves")
}

fn spawn(program: &Path, places: &Places) -> Result<Receiver<String>, Error> {
    let mut command = Command::new(program);
    command.arg0("sojournd").args(["daemon", "--ready-fd", "1"]);
    for (flag, place) in [
        ("--socket", &places.socket),
        ("--store", &places.store),
        ("--state", &places.state),
        ("--config", &places.config),
    ] {
        // What the environment or the file chose, the daemon chooses alike.
        if place.rule == Rule::Flag {
            command.arg(flag).arg(&place.path);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // The daemon must not be hit by a Ctrl-C typed at its starter; it makes a session of its own as soon as
    // it runs, and this covers the moments before.
    command.process_group(0);
    let failed = |error: std::io::Error| Error::NotStarted(format!("{}: {error}", program.display()));
    let mut child = command.spawn().map_err(failed)?;
    let (sender, said) = channel();
    let words = child.stdout.take();
    let reap = move || {
        if let Some(words) = words {
            // Nobody listens any more once the starter has given up.
            let _ = sender.send(last_words(words));
        }
        // A starter that lives long, a REPL say, would otherwise keep a zombie of each daemon that ended.
        let _ = child.wait();
    };
    std::thread::Builder::new().name("sojournd-starter".into()).spawn(reap).map_err(failed)?;
    Ok(said)
}

/// Everything that the daemon says until it closes the pipe: `ready`, or why not.
fn last_words(mut pipe: ChildStdout) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => text.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        if text.starts_with(READY.as_bytes()) || text.len() > 64 << 10 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    if text.is_empty() { "it ended without a word".to_owned() } else { text }
}

fn wait_ready(said: &Receiver<String>, interrupt: &Interrupt, deadline: Instant) -> Result<String, Error> {
    loop {
        interrupt.check()?;
        match said.recv_timeout(Interrupt::PATIENCE) {
            Ok(text) => return Ok(text),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(_) => {
                let seconds = READY_TIME.as_secs();
                return Err(Error::NotStarted(format!("it was not ready within {seconds} s")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_proto::paths::Overrides;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn script(directory: &Path, text: &str) -> PathBuf {
        let path = directory.join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn places(directory: &Path) -> Places {
        let flags = Overrides { socket: Some(directory.join("s")), ..Overrides::default() };
        Places::discover(&flags, &Overrides::default(), &|_| Some("/nowhere".into())).unwrap()
    }

    fn no_daemon() -> Result<Connection, Error> {
        Err(Error::NoDaemon { socket: "s".into(), reason: "nobody".into() })
    }

    #[test]
    fn the_starter_is_told_the_text_of_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let program = script(directory.path(), "echo 'store /x is read-only'; exit 1");
        let error = start(&program, &places(directory.path()), &Interrupt::new(), no_daemon).unwrap_err();
        assert!(error.to_string().contains("store /x is read-only"), "{error}");
        assert_eq!(error.exit_code(), 3);
    }

    #[test]
    fn a_daemon_that_dies_silently_is_noticed_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let program = script(directory.path(), "exit 0");
        let error = start(&program, &places(directory.path()), &Interrupt::new(), no_daemon).unwrap_err();
        assert!(error.to_string().contains("without a word"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("absent");
        let error = start(&program, &places(directory.path()), &Interrupt::new(), no_daemon).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }

    #[test]
    fn a_place_given_by_flag_is_passed_on_and_waiting_can_be_interrupted() {
        let directory = tempfile::tempdir().unwrap();
        let arguments = directory.path().join("arguments");
        let program =
            script(directory.path(), &format!("echo \"$@\" > {}; exec sleep 5", arguments.display()));
        let interrupt = Interrupt::new();
        let stop = interrupt.clone();
        let seen = arguments.clone();
        let watcher = std::thread::spawn(move || {
            let deadline = Instant::now() + Duration::from_secs(10);
            while !std::fs::read_to_string(&seen).is_ok_and(|text| text.ends_with('\n'))
                && Instant::now() < deadline
            {
                std::thread::yield_now();
            }
            stop.set();
        });
        let error = start(&program, &places(directory.path()), &interrupt, no_daemon).unwrap_err();
        assert!(matches!(error, Error::Interrupted), "{error}");
        watcher.join().unwrap();
        let text = std::fs::read_to_string(arguments).unwrap();
        assert!(text.starts_with("daemon --ready-fd 1 --socket "), "{text}");
    }
}
