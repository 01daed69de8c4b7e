//! The daemon under systemd, whose part `systemd-socket-activate` and this test play.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sojourn_proto::Source;
use sojourn_tests::{Home, Running, Session, executables, graph, wait_for};

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for a line in what the daemon tells the service manager.
fn hear(notify: &UnixDatagram, wanted: &str) {
    let deadline = Instant::now() + PATIENCE;
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    while Instant::now() < deadline {
        let Ok(length) = notify.recv(&mut buffer) else { continue };
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.lines().any(|line| line == wanted) {
            return;
        }
        heard.push(text);
    }
    panic!("{wanted} was not among {heard:?}");
}

#[test]
fn systemd_passes_the_socket_and_hears_of_readiness_the_watchdog_reloading_and_the_end() {
    let home = Home::new();
    let (socket, heard) = (home.path("passed.sock"), home.path("notify"));
    let notify = UnixDatagram::bind(&heard).expect("a socket");
    notify.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    let mut command = home.program(Path::new("systemd-socket-activate"));
    command.arg("--listen").arg(&socket).arg("--setenv").arg(format!("NOTIFY_SOCKET={}", heard.display()));
    for name in ["XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"] {
        command.args(["--setenv", name]);
    }
    command.args(["--setenv", "WATCHDOG_USEC=200000"]).arg(&executables().sojournd);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("systemd-socket-activate is not installed: not tested");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut daemon = Running { child };
    // It is the first connection that starts the daemon, and the daemon that answers it.
    let mut session = wait_for("the passed socket to be served", PATIENCE, || Session::open(&socket));
    assert_eq!(session.status().pid, daemon.pid());
    hear(&notify, "READY=1");
    hear(&notify, "WATCHDOG=1");
    hear(&notify, "WATCHDOG=1");
    assert_eq!(session.trace(&graph("coalescent,n=5")).1, Source::Computed);
    daemon.signal(Signal::HUP);
    hear(&notify, "RELOADING=1");
    hear(&notify, "READY=1");
    daemon.signal(Signal::TERM);
    hear(&notify, "STOPPING=1");
    assert_eq!(daemon.wait(PATIENCE), Some(0));
    assert!(socket.exists(), "the socket is systemd's to remove");
    assert!(home.store().join("v1").exists(), "it knew its places");
}
