//! Connecting, and the hello from each side.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use sojourn_proto::hello::{self, ClientHello, HEADER_LEN, Refusal, ServerHello};
use sojourn_proto::limits;

use super::Peer;
use crate::Error;

/// A stream on which both have said hello, without time limit again.
pub(super) fn connect(socket: &Path) -> Result<(UnixStream, Peer), Error> {
    let stream = UnixStream::connect(socket).map_err(|error| Error::NoDaemon {
        socket: socket.to_owned(),
        reason: match error.kind() {
            ErrorKind::NotFound => "there is no socket".to_owned(),
            ErrorKind::ConnectionRefused => "nobody listens on the socket".to_owned(),
            _ => error.to_string(),
        },
    })?;
    let broken = |error: std::io::Error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            Error::Lost(format!("no hello within {} s", limits::HELLO_TIME.as_secs()))
        }
        _ => Error::Lost(error.to_string()),
    };
    stream.set_read_timeout(Some(limits::HELLO_TIME)).map_err(broken)?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).map_err(|error| broken(error.into()))?;
    let ours = ClientHello::ours();
    (&stream).write_all(&ours.encode()).map_err(broken)?;
    let theirs = read_hello(&stream, broken)?;
    let pid = peer.pid.as_raw_pid() as u32;
    match theirs.accept(&ours) {
        Ok(()) => {}
        Err(Refusal::Version(mismatch)) => return Err(Error::Version { mismatch, pid }),
        Err(Refusal::Verdict { text, .. }) => return Err(Error::Rejected(text)),
    }
    stream.set_read_timeout(None).map_err(broken)?;
    Ok((stream, Peer { pid, uid: peer.uid.as_raw(), build: theirs.build }))
}

fn read_hello(
    mut stream: &UnixStream,
    broken: impl Fn(std::io::Error) -> Error,
) -> Result<ServerHello, Error> {
    let foreign = |error: hello::HelloError| Error::Protocol(error.to_string());
    let mut header = [0; HEADER_LEN];
    stream.read_exact(&mut header).map_err(&broken)?;
    let mut rest = vec![0; hello::parse_header(&header).map_err(foreign)?];
    stream.read_exact(&mut rest).map_err(&broken)?;
    ServerHello::decode(&rest).map_err(foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_proto::hello::Verdict;
    use std::os::unix::net::UnixListener;

    /// A daemon that answers one client with these bytes.
    fn answer_with(answer: Vec<u8>) -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut hello = vec![0; ClientHello::ours().encode().len()];
            stream.read_exact(&mut hello).unwrap();
            stream.write_all(&answer).unwrap();
        });
        (directory, socket)
    }

    #[test]
    fn a_daemon_of_another_protocol_version_is_an_error_that_names_both_versions_and_the_cure() {
        let theirs = ServerHello {
            protocol: 99,
            build: "9.9".into(),
            ..ServerHello::ours(Verdict::VersionMismatch, "no")
        };
        let (_directory, socket) = answer_with(theirs.encode());
        let error = connect(&socket).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("protocol 3") && text.contains("protocol 99"), "{text}");
        assert!(text.contains("sojourn shutdown"), "{text}");
        assert_eq!(error.exit_code(), 3);
    }

    #[test]
    fn a_daemon_that_refuses_is_quoted() {
        let (_directory, socket) =
            answer_with(ServerHello::ours(Verdict::TooManySessions, "come later").encode());
        let error = connect(&socket).unwrap_err();
        assert!(matches!(&error, Error::Rejected(text) if text == "come later"), "{error}");
    }

    #[test]
    fn a_stranger_on_the_socket_is_told_from_a_daemon() {
        let (_directory, socket) = answer_with(b"HTTP/1.1 400 Bad Request".to_vec());
        let error = connect(&socket).unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error}");
    }

    #[test]
    fn an_empty_place_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let error = connect(&directory.path().join("none.sock")).unwrap_err();
        assert!(error.to_string().contains("none.sock"), "{error}");
        assert_eq!(error.exit_code(), 3);
    }
}
