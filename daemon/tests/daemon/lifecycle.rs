//! How daemons start and end.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};

use crate::common::{Client, Daemon, PATIENCE, Place, exists, signal, wait_for};
use sojourn_proto::{Reply, Request, ShutdownMode, WorkerReport, WorkerState};

/// Process ids of the workers, once there is one that is ready.
fn workers(daemon: &Daemon) -> Vec<u32> {
    let mut client = daemon.client();
    wait_for("a worker", || {
        let workers = client.status().workers;
        let ready = |worker: &&WorkerReport| worker.state != WorkerState::Starting;
        let pids: Vec<u32> = workers.iter().filter(ready).map(|worker| worker.pid).collect();
        (!pids.is_empty()).then_some(pids)
    })
}

#[test]
fn a_killed_idle_worker_is_reaped_and_replaced() {
    let place = Place::new();
    let daemon = place.start();
    let victim = workers(&daemon)[0];
    signal(victim, "KILL");
    wait_for("no zombie", || (!exists(victim)).then_some(()));
    wait_for("another worker", || workers(&daemon).iter().any(|&pid| pid != victim).then_some(()));
}

#[test]
fn term_ends_the_daemon_in_order_and_frees_its_socket() {
    for name in ["TERM", "INT"] {
        let place = Place::new();
        let mut daemon = place.start();
        let pids = workers(&daemon);
        let mut client = daemon.client();
        daemon.signal(name);
        assert_eq!(daemon.wait().code(), Some(0), "{name}");
        assert!(matches!(client.receive(), Some(Reply::Goodbye { .. })));
        assert!(!place.socket().exists());
        assert!(pids.iter().all(|&pid| !exists(pid)), "no worker is left");
        place.start();
    }
}

#[test]
fn a_client_can_end_the_daemon() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = daemon.client();
    client.send(&Request::Shutdown { id: 4, mode: ShutdownMode::Now });
    let replies: Vec<Reply> = std::iter::from_fn(|| client.receive()).collect();
    assert!(matches!(replies.last(), Some(Reply::Goodbye { .. })), "{replies:?}");
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn of_many_daemons_started_at_once_one_serves_and_the_others_name_it() {
    let place = Place::new();
    let mut starts: Vec<_> =
        (0..100).map(|_| place.command().stderr(Stdio::piped()).spawn().unwrap()).collect();
    wait_for("one serves", || Client::try_connect(&place.socket()));
    let mut alive = Vec::new();
    wait_for("all others are gone", || {
        alive = starts
            .iter_mut()
            .filter_map(|child| child.try_wait().unwrap().is_none().then(|| child.id()))
            .collect();
        (alive.len() == 1).then_some(())
    });
    for mut child in starts {
        if child.id() == alive[0] {
            child.kill().unwrap();
            child.wait().unwrap();
            continue;
        }
        assert_eq!(child.wait().unwrap().code(), Some(3));
        let mut text = String::new();
        child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(text.contains(&format!("process {}", alive[0])), "{text}");
    }
}

#[test]
fn a_daemon_killed_hard_leaves_no_worker_and_its_socket_does_not_stop_the_next() {
    let place = Place::new();
    let mut daemon = place.start();
    let pids = workers(&daemon);
    daemon.child.kill().unwrap();
    daemon.wait();
    assert!(place.socket().exists());
    wait_for("no worker is left", || pids.iter().all(|&pid| !exists(pid)).then_some(()));
    assert_eq!(place.start().client().ask(&Request::Ping { id: 1 }), Reply::Done { id: 1 });
}

#[test]
fn a_socket_that_was_removed_is_bound_again() {
    let place = Place::new();
    let _daemon = place.start_with(&["--set", "socket_check=50ms"]);
    std::fs::remove_file(place.socket()).unwrap();
    wait_for("it answers at its path again", || Client::try_connect(&place.socket()));
}

#[test]
fn a_daemon_whose_directory_vanished_ends() {
    let place = Place::new();
    let inner = place.socket().with_file_name("inner");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sojournd"));
    command.env_clear().env("HOME", place.store()).stdin(Stdio::null());
    command.arg("--socket").arg(inner.join("s.sock")).args(["--store", "", "--set", "socket_check=50ms"]);
    let mut daemon = Daemon { child: command.spawn().unwrap(), socket: inner.join("s.sock") };
    wait_for("it serves", || Client::try_connect(&daemon.socket));
    std::fs::remove_dir_all(&inner).unwrap();
    assert_eq!(daemon.wait().code(), Some(1));
}

#[test]
fn a_daemon_started_by_a_client_says_ready_and_one_that_can_not_start_says_why() {
    let place = Place::new();
    let start = |extra: &[&str]| {
        let mut child =
            place.command().args(["--ready-fd", "1"]).args(extra).stdout(Stdio::piped()).spawn().unwrap();
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        (Daemon { child, socket: place.socket() }, text)
    };
    let (first, text) = start(&[]);
    assert_eq!(text, "ready\n");
    let (mut second, text) = start(&[]);
    assert!(text.contains(&format!("process {}", first.child.id())), "{text}");
    assert_eq!(second.wait().code(), Some(3));
    let (mut third, text) = start(&["--set", "workers=none"]);
    assert!(text.contains("`workers`"), "{text}");
    assert_eq!(third.wait().code(), Some(4));
}

#[test]
fn an_idle_daemon_leaves_and_one_with_a_client_stays() {
    let place = Place::new();
    let mut daemon = place.start_with(&["--idle-exit", "300ms"]);
    let mut client = wait_for("a client", || Client::try_connect(&daemon.socket));
    client.stream.set_read_timeout(Some(std::time::Duration::from_millis(900))).unwrap();
    assert!(client.stream.read(&mut [0]).is_err(), "nothing is said, and nothing ends");
    drop(client);
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn a_worker_has_three_descriptors_and_only_listed_variables() {
    let place = Place::new();
    let mut command = place.command();
    command.env("NOTIFY_SOCKET", "/nonexistent/notify").env("SECRET", "x").env("LANG", "C");
    let daemon = Daemon { child: command.spawn().unwrap(), socket: place.socket() };
    wait_for("it serves", || Client::try_connect(&daemon.socket));
    let pid = workers(&daemon)[0];
    let fds = wait_for("its descriptors", || {
        let list = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        let mut names: Vec<String> =
            list.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        (names.len() == 3).then_some(names)
    });
    assert_eq!(fds, ["0", "1", "2"]);
    let environment = String::from_utf8(std::fs::read(format!("/proc/{pid}/environ")).unwrap()).unwrap();
    let mut names: Vec<&str> =
        environment.split('\0').filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["LANG", "SOJOURN_WORKER_MEMORY_BYTES"]);
}

#[test]
fn systemd_hears_of_readiness_the_watchdog_and_the_end() {
    let place = Place::new();
    let heard = place.socket().with_file_name("notify");
    let notify = UnixDatagram::bind(&heard).unwrap();
    notify.set_read_timeout(Some(PATIENCE)).unwrap();
    let child = Command::new("systemd-socket-activate")
        .arg("-l")
        .arg(place.socket())
        .arg("-E")
        .arg(format!("NOTIFY_SOCKET={}", heard.display()))
        .args(["-E", "WATCHDOG_USEC=200000"])
        .arg(env!("CARGO_BIN_EXE_sojournd"))
        .args(["--store", "", "--workers", "1"])
        .stdin(Stdio::null())
        .spawn();
    let Ok(child) = child else {
        eprintln!("systemd-socket-activate is not installed: not tested");
        return;
    };
    let mut daemon = Daemon { child, socket: place.socket() };
    let mut client = wait_for("the passed socket is served", || Client::try_connect(&place.socket()));
    assert_eq!(client.ask(&Request::Ping { id: 1 }), Reply::Done { id: 1 });
    let hear = |wanted: &str| {
        let mut buffer = [0; 1024];
        wait_for(wanted, || {
            let length = notify.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..length]).lines().any(|line| line == wanted).then_some(())
        });
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    daemon.signal("HUP");
    hear("RELOADING=1");
    hear("READY=1");
    daemon.signal("TERM");
    hear("STOPPING=1");
    assert_eq!(daemon.wait().code(), Some(0));
    assert!(place.socket().exists(), "the socket is systemd's");
}

#[test]
fn a_plain_file_in_place_of_the_socket_is_not_removed() {
    let place = Place::new();
    std::fs::write(place.socket(), "precious").unwrap();
    let ended = place.command().stderr(Stdio::null()).status().unwrap();
    assert_eq!(ended.code(), Some(1));
    assert_eq!(std::fs::read_to_string(place.socket()).unwrap(), "precious");
    std::fs::remove_file(place.socket()).unwrap();
    drop(UnixListener::bind(place.socket()).unwrap());
    place.start();
}

#[test]
fn out_of_descriptors_the_daemon_waits_and_recovers() {
    let place = Place::new();
    let socket = place.socket();
    let mut command = Command::new("sh");
    command.arg("-c").arg("ulimit -n 40 && exec \"$0\" --socket \"$1\" --store '' --workers 1");
    command.arg(env!("CARGO_BIN_EXE_sojournd")).arg(&socket).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut daemon = Daemon { child: command.spawn().unwrap(), socket };
    wait_for("it serves", || Client::try_connect(&daemon.socket));
    let silent: Vec<_> = (0..60).map(|_| UnixStream::connect(&daemon.socket).unwrap()).collect();
    let mut log = BufReader::new(daemon.child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("no client can be accepted now") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ran out of descriptors");
    }
    drop(silent);
    let mut client = wait_for("it accepts again", || Client::try_connect(&daemon.socket));
    assert_eq!(client.ask(&Request::Ping { id: 1 }), Reply::Done { id: 1 });
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0));
    let tries = log.lines().map_while(Result::ok).filter(|line| line.contains("no client")).count();
    assert!(tries < 20, "it spun: {tries} tries");
}
