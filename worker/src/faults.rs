//! Misbehaviour on command, for tests of the daemon: a payload `fault:NAME` makes the worker do it. Only in
//! builds with the feature `faults`, and only where `SOJOURN_TEST_FAULTS=1` is in its environment.

use std::io::Write;
use std::time::Duration;

use rustix::process::{Signal, getpid, getppid, kill_process, test_kill_process};

/// Does what the payload commands. The bytes to answer with where the worker lives on after it; none where
/// the payload is an ordinary one.
pub(crate) fn inject(payload: &[u8], output: &mut impl Write) -> Option<Vec<u8>> {
    let fault = std::str::from_utf8(payload).ok()?.strip_prefix("fault:")?;
    if std::env::var_os("SOJOURN_TEST_FAULTS").is_none_or(|value| value != "1") {
        return None;
    }
    match fault {
        "segv" => die_of(Signal::SEGV),
        "abort" => std::process::abort(),
        "exit0" => std::process::exit(0),
        "exit3" => std::process::exit(3),
        "panic" => panic!("fault injected"),
        "hang" => loop {
            std::hint::spin_loop();
        },
        "stop" => signal(Signal::STOP),
        "garbage" => say(output, &[0xff; 64]),
        "half" => {
            // A frame of 1000 bytes of which 10 come.
            say(output, &[0xe8, 3, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
            std::process::exit(0)
        }
        "oom" => fill_memory(),
        other => {
            if let Some(what) = other.strip_prefix("reach:") {
                return Some(format!("{:?}", reach(what)).into_bytes());
            }
            let millis = other.strip_prefix("sleep:")?.parse().ok()?;
            std::thread::sleep(Duration::from_millis(millis));
        }
    }
    Some(payload.to_vec())
}

/// Tries what a confined worker must not be able to do; how that went is the answer.
fn reach(what: &str) -> std::io::Result<()> {
    match what {
        "read" => std::fs::read("/etc/hostname").map(drop),
        "write" => std::fs::write("/tmp/sojourn-worker-escaped", "x"),
        "list" => std::fs::read_dir("/").map(drop),
        "tcp" => std::net::TcpListener::bind("127.0.0.1:0").map(drop),
        "unix" => std::os::unix::net::UnixDatagram::unbound().map(drop),
        "exec" => std::process::Command::new("/bin/true").status().map(drop),
        "signal" => match getppid() {
            Some(parent) => Ok(test_kill_process(parent)?),
            None => Ok(()),
        },
        _ => Err(std::io::ErrorKind::Unsupported.into()),
    }
}

fn signal(signal: Signal) {
    kill_process(getpid(), signal).expect("a process may signal itself");
}

/// The runtime's own handler of SIGSEGV takes the first one and steps back; the next one kills.
fn die_of(fatal: Signal) -> ! {
    loop {
        signal(fatal);
    }
}

fn say(output: &mut impl Write, bytes: &[u8]) {
    output.write_all(bytes).and_then(|()| output.flush()).expect("the daemon listens");
}

/// Takes memory until there is none, and touches it, so that whatever limits memory is met.
fn fill_memory() -> ! {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 16 << 20]);
        std::hint::black_box(&held);
    }
}
