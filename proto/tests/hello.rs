//! The hello: its bytes are frozen, later versions may append, and versions that differ are told so.

use sojourn_proto::hello::{
    BUILD, ClientHello, HEADER_LEN, HelloError, PROTOCOL_VERSION, Refusal, ServerHello, Verdict, parse_header,
};
use sojourn_proto::limits;

/// The client's hello of protocol version 1, build `0.1.0+x.1`, byte by byte. It must never change.
const CLIENT: &[u8] = b"SOJOURN\0\x17\0\0\0\x01\0\0\0\x0d\x0c\x0b\x0a\0\0\0\x80\x09\x000.1.0+x.1";

/// The daemon's answer to a client of version 1 by a build `0.2.0` of version 2.
const SERVER: &[u8] = b"SOJOURN\0\x18\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\x05\x000.2.0\x01\x02\0no";

fn client() -> ClientHello {
    ClientHello { protocol: 1, capabilities: 0x8000_0000_0a0b_0c0d, build: "0.1.0+x.1".into() }
}

fn server() -> ServerHello {
    ServerHello {
        protocol: 2,
        capabilities: 0,
        build: "0.2.0".into(),
        verdict: Verdict::VersionMismatch,
        text: "no".into(),
    }
}

/// Length in the header, and the rest.
fn open(bytes: &[u8]) -> (usize, &[u8]) {
    let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>().expect("a header");
    (parse_header(header).expect("ours"), rest)
}

#[test]
fn the_bytes_of_both_hellos_are_those_of_version_1_for_ever() {
    assert_eq!(client().encode(), CLIENT);
    assert_eq!(server().encode(), SERVER);
    let (length, rest) = open(CLIENT);
    assert_eq!(length, rest.len());
    assert_eq!(ClientHello::decode(rest), Ok(client()));
    let (length, rest) = open(SERVER);
    assert_eq!(length, rest.len());
    assert_eq!(ServerHello::decode(rest), Ok(server()));
}

#[test]
fn what_a_later_version_appends_is_ignored() {
    let mut later = CLIENT[HEADER_LEN..].to_vec();
    later.extend_from_slice(b"\xff\xfe appended");
    assert_eq!(ClientHello::decode(&later), Ok(client()));
    let mut later = SERVER[HEADER_LEN..].to_vec();
    later.extend_from_slice(b"\xff\xfe appended");
    assert_eq!(ServerHello::decode(&later), Ok(server()));
}

#[test]
fn a_hello_cut_anywhere_is_truncated_and_not_misread() {
    for cut in HEADER_LEN..CLIENT.len() {
        let length = cut - HEADER_LEN;
        let rest = &CLIENT[HEADER_LEN..cut];
        assert_eq!(ClientHello::decode(rest), Err(HelloError::Truncated { length }));
    }
    for cut in HEADER_LEN..SERVER.len() {
        assert!(ServerHello::decode(&SERVER[HEADER_LEN..cut]).is_err(), "read although cut at {cut}");
    }
}

#[test]
fn a_header_is_refused_for_its_magic_or_for_one_byte_past_the_limit() {
    let header = |length: usize| {
        let mut header = [0; HEADER_LEN];
        header[..8].copy_from_slice(b"SOJOURN\0");
        header[8..].copy_from_slice(&(length as u32).to_le_bytes());
        header
    };
    assert_eq!(parse_header(&header(limits::HELLO_BYTES)), Ok(limits::HELLO_BYTES));
    let length = limits::HELLO_BYTES + 1;
    assert_eq!(parse_header(&header(length)), Err(HelloError::TooLong { length }));
    assert_eq!(parse_header(b"GET / HTTP/1"), Err(HelloError::NotOurs(*b"GET / HT")));
}

#[test]
fn texts_too_long_or_not_utf_8_never_break_the_layout() {
    let build = "é".repeat(limits::HELLO_TEXT_BYTES);
    let hello = ServerHello { build: build.clone(), text: format!("a{build}"), ..server() };
    let bytes = hello.encode();
    let (length, rest) = open(&bytes);
    assert!(length <= limits::HELLO_BYTES, "{length}");
    let read = ServerHello::decode(rest).expect("cut between characters");
    assert_eq!(read.build, build[..limits::HELLO_TEXT_BYTES]);
    assert_eq!(read.text.len(), limits::HELLO_TEXT_BYTES - 1);

    let mut rest = CLIENT[HEADER_LEN..].to_vec();
    *rest.last_mut().expect("bytes") = 0xff;
    assert_eq!(ClientHello::decode(&rest), Err(HelloError::NotText));
}

#[test]
fn every_verdict_keeps_its_code() {
    for code in 0..=u8::MAX {
        assert_eq!(u8::from(Verdict::from(code)), code);
    }
    let known = [
        Verdict::Accepted,
        Verdict::VersionMismatch,
        Verdict::Forbidden,
        Verdict::TooManySessions,
        Verdict::ShuttingDown,
    ];
    assert_eq!(known.map(u8::from), [0, 1, 2, 3, 4]);
}

#[test]
fn another_version_is_told_both_versions_and_the_cure_by_either_side() {
    let old = ClientHello { protocol: PROTOCOL_VERSION + 6, ..client() };
    let answer = ServerHello::answer(&old);
    assert_eq!(answer.verdict, Verdict::VersionMismatch);
    assert!(matches!(answer.accept(&old), Err(Refusal::Version(_))));
    let error = answer.accept(&old).expect_err("versions differ").to_string();
    for text in [&error, &answer.text] {
        let versions = [PROTOCOL_VERSION + 6, PROTOCOL_VERSION].map(|version| format!("protocol {version}"));
        for part in [&versions[0], "0.1.0+x.1", &versions[1], BUILD.as_str(), "sojourn shutdown"] {
            assert!(text.contains(part), "`{part}` is not named: {text}");
        }
    }
}

#[test]
fn the_same_version_is_accepted_whatever_the_build() {
    let client = ClientHello { protocol: PROTOCOL_VERSION, ..client() };
    let answer = ServerHello::answer(&client);
    assert_eq!(answer.verdict, Verdict::Accepted);
    assert_eq!(answer.accept(&client), Ok(()));
}

#[test]
fn a_client_gives_the_reason_of_a_no_it_does_not_know() {
    let no = ServerHello::ours(Verdict::Other(77), "come back on Monday");
    let error = no.accept(&ClientHello::ours()).expect_err("not accepted");
    assert!(error.to_string().contains("come back on Monday"), "{error}");
}
