//! Clients that speak another version, speak nonsense, lie, or have no business here.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use sojourn_proto::hello::{ClientHello, PROTOCOL_VERSION, ServerHello, Verdict};
use sojourn_proto::{FailureKind, Reply, Request, Source, Table, Unit, limits};
use sojourn_tests::{Home, OPTIONS, Running, Session, executables, graph, greet, unit, wait_for};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_foreign_protocol_version_is_answered_with_both_versions_and_the_cure() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let hello = ClientHello { protocol: 4711, build: "9.9.9+else".into(), ..ClientHello::ours() };
    let (mut stream, answer) = greet(&home.socket(), &hello).expect("an answer");
    assert_eq!((answer.verdict, answer.protocol), (Verdict::VersionMismatch, PROTOCOL_VERSION));
    for part in ["4711", "9.9.9+else", &format!("protocol {PROTOCOL_VERSION}"), "sojourn shutdown"] {
        assert!(answer.text.contains(part), "{part} is not in: {}", answer.text);
    }
    assert_eq!(stream.read(&mut [0]).expect("the end"), 0, "the connection ends");
}

#[test]
fn a_client_of_a_daemon_with_a_foreign_version_ends_with_exit_code_3_and_both_versions() {
    let home = Home::new();
    let socket = home.path("foreign.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let ours = ServerHello::ours(Verdict::VersionMismatch, "no");
        let foreign = ServerHello { protocol: 4711, build: "9.9.9+else".into(), ..ours };
        stream.write_all(&foreign.encode()).expect("the client reads");
        let _ = stream.read_to_end(&mut Vec::new()); // until the client is gone
    });
    let socket = socket.to_string_lossy();
    let ended = home.run(&["status", "--socket", &socket]);
    answering.join().expect("a client came");
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    for part in ["4711", "9.9.9+else", &format!("protocol {PROTOCOL_VERSION}")] {
        assert!(ended.stderr.contains(part), "{part} is not in: {}", ended.stderr);
    }
}

/// The goodbye to a client that sends these bytes; `cut`: and then nothing more.
fn goodbye(home: &Home, bytes: &[u8], cut: bool) -> FailureKind {
    let mut session = home.session();
    session.stream.write_all(bytes).expect("the daemon reads");
    if cut {
        session.stream.shutdown(Shutdown::Write).expect("half closed");
    }
    let Some(Reply::Goodbye { failure }) = session.receive() else { panic!("no goodbye to {bytes:?}") };
    assert!(session.receive().is_none(), "the connection ends");
    failure.kind
}

#[test]
fn a_broken_stream_ends_with_a_typed_goodbye_and_no_other_session_notices() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mut bystander = home.session();
    let before = bystander.status().pid;
    let over = u32::try_from(limits::FRAME_BYTES + 1).expect("32 bits").to_le_bytes();
    assert_eq!(goodbye(&home, &over, false), FailureKind::LimitExceeded, "oversized");
    assert_eq!(goodbye(&home, &u32::MAX.to_le_bytes(), false), FailureKind::LimitExceeded, "4 GiB");
    assert_eq!(goodbye(&home, b"\x09\0\0\0abc", true), FailureKind::InvalidInput, "truncated");
    assert_eq!(goodbye(&home, b"\x09\0", true), FailureKind::InvalidInput, "truncated length");
    assert_eq!(goodbye(&home, b"\0\0\0\0", false), FailureKind::InvalidInput, "empty message");
    for seed in 0_u8..32 {
        let mut frame = vec![64, 0, 0, 0];
        frame.extend((0_u8..64).map(|n| n.wrapping_mul(seed.wrapping_mul(37) | 1) ^ 0xa5));
        assert_eq!(goodbye(&home, &frame, false), FailureKind::InvalidInput, "garbage of seed {seed}");
    }
    assert_eq!(bystander.trace(&graph("coalescent,n=4")).1, Source::Computed);
    assert_eq!(bystander.status().pid, before);
}

#[test]
fn what_is_no_hello_is_hung_up_on_and_costs_nobody_else_anything() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    for stranger in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 12], b"SOJOURN"] {
        let mut stream = std::os::unix::net::UnixStream::connect(home.socket()).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(stranger).expect("it reads");
        stream.shutdown(Shutdown::Write).expect("half closed");
        // The rest of what was sent may still lie unread there; then the kernel says reset.
        assert!(!matches!(stream.read(&mut [0]), Ok(1..)), "{stranger:?} was answered");
    }
    assert_eq!(home.session().ask(&Request::Ping { id: 5 }), Reply::Done { id: 5 });
}

#[test]
fn a_key_that_is_not_the_digest_of_its_bytes_is_refused_before_anything_is_done() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mut session = home.session();
    let (first, second) = (graph("coalescent,n=4"), graph("coalescent,n=5"));
    let lie = Unit { key: unit(0, &first).key, ..unit(7, &second) };
    session.submit(1, OPTIONS, vec![unit(0, &first), lie]);
    let Some(Reply::Refused { id: 1, failure, .. }) = session.receive() else { panic!("it was taken") };
    assert_eq!(failure.kind, FailureKind::HashMismatch);
    assert!(failure.message.contains("unit 7"), "{failure}");
    assert_eq!(session.trace(&first).1, Source::Computed, "none of that message was done or stored");
}

#[test]
fn a_client_can_not_forge_a_table_that_others_read() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mut session = home.session();
    let payload = graph("coalescent,n=4");
    let bytes = bytes::Bytes::from_static(b"a false trace");
    for table in [Table::Traces, Table::Plans] {
        let entries = vec![(table, unit(0, &payload).key)];
        let payload = sojourn_proto::Payload::Inline(bytes.clone());
        let Reply::Refused { failure, .. } = session.ask(&Request::Put { id: 3, entries, payload }) else {
            panic!("{table:?} was written")
        };
        assert_eq!(failure.kind, FailureKind::Unsupported);
    }
    assert_ne!(session.trace(&payload).0, bytes);
}

#[test]
fn a_duplicate_index_is_refused_by_its_number() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mut session = home.session();
    let payload = graph("coalescent,n=4");
    session.submit(1, OPTIONS, vec![unit(3, &payload), unit(3, &payload)]);
    let Some(Reply::Refused { failure, .. }) = session.receive() else { panic!("it was taken") };
    assert_eq!(failure.kind, FailureKind::InvalidInput);
    assert!(failure.message.contains('3'), "{failure}");
}

/// A place that other users can reach, with executables that they may run; none where the tester is not root.
fn public_place() -> Option<(tempfile::TempDir, PathBuf, PathBuf)> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root, so there is no other user to be: not tested");
        return None;
    }
    let place = tempfile::Builder::new().prefix("sojourn-public-").tempdir().expect("a folder");
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).expect("permissions");
    let copy = |from: &Path, name: &str| {
        let to = place.path().join(name);
        std::fs::copy(from, &to).expect("a copy");
        std::fs::set_permissions(&to, PermissionsExt::from_mode(0o755)).expect("permissions");
        to
    };
    let (sojourn, sojournd) =
        (copy(&executables().sojourn, "sojourn"), copy(&executables().sojournd, "sojournd"));
    Some((place, sojourn, sojournd))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn another_user_is_refused_even_where_the_socket_lets_him_in() {
    let Some((place, sojourn, _)) = public_place() else { return };
    let home = Home::new();
    let socket = place.path().join("s.sock");
    let mut command = home.program(&executables().sojournd);
    let child = command.arg("--socket").arg(&socket).spawn().expect("it starts");
    let _daemon = Running { child };
    wait_for("the daemon", PATIENCE, || Session::open(&socket));
    let stranger = || {
        let mut command = Command::new(&sojourn);
        command.env_clear().env("HOME", "/nonexistent").args(["status", "--socket"]).arg(&socket);
        command.uid(65_534).gid(65_534).output().expect("it starts")
    };
    let shut = stranger();
    assert_eq!(shut.status.code(), Some(3), "{}", text(&shut));
    assert!(text(&shut).contains("ermission"), "by the mode of the socket: {}", text(&shut));
    std::fs::set_permissions(&socket, PermissionsExt::from_mode(0o666)).expect("permissions");
    let refused = stranger();
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused));
    assert!(text(&refused).contains("refuses"), "by its credentials: {}", text(&refused));
    assert!(Session::open(&socket).is_some(), "its own user is served");
}

#[test]
fn socket_and_directory_are_open_to_their_user_alone() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&home.socket()), 0o600);
    assert_eq!(mode(home.socket().parent().expect("a directory")), 0o700);
    assert_eq!(mode(&home.store()) & 0o077, 0, "the store");
}

#[test]
fn a_directory_or_link_planted_in_tmp_is_refused_by_daemon_and_client() {
    let Some((_place, sojourn, sojournd)) = public_place() else { return };
    // A user of this test alone, whose directory nobody else uses.
    let uid = 1_000_000 + std::process::id();
    let planted = PathBuf::from(format!("/tmp/sojourn-{uid}"));
    let elsewhere = tempfile::tempdir().expect("a folder");
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", "/nonexistent").args(arguments);
        command.uid(uid).gid(uid).current_dir("/").output().expect("it starts")
    };
    for link in [false, true] {
        if link {
            symlink(elsewhere.path(), &planted).expect("a link");
        } else {
            std::fs::create_dir(&planted).expect("a directory");
        }
        let daemon = run(&sojournd, &["--store", ""]);
        let client = run(&sojourn, &["status"]);
        if link {
            std::fs::remove_file(&planted).expect("removed");
        } else {
            std::fs::remove_dir(&planted).expect("removed, and still empty");
        }
        let what = if link { "symbolic link" } else { "belongs to user 0" };
        for (refused, code) in [(daemon, 1), (client, 3)] {
            assert_eq!(refused.status.code(), Some(code), "{}", text(&refused));
            assert!(text(&refused).contains(what), "{what} is not in: {}", text(&refused));
            assert!(text(&refused).contains(&*planted.to_string_lossy()), "{}", text(&refused));
        }
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("a folder").count(), 0, "nothing was made there");
}

#[test]
fn a_runtime_directory_with_a_planted_link_is_refused() {
    let home = Home::new();
    std::fs::create_dir(home.path("elsewhere")).expect("a folder");
    symlink(home.path("elsewhere"), home.path("run/sojourn")).expect("a link");
    let ended = home.program(&executables().sojournd).output().expect("it starts");
    assert_eq!(ended.status.code(), Some(1), "{}", text(&ended));
    assert!(text(&ended).contains("symbolic link"), "{}", text(&ended));
    assert_eq!(std::fs::read_dir(home.path("elsewhere")).expect("a folder").count(), 0);
}
