//! At each limit, and one past it.

use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use sojourn_proto::chunk::{Assembler, ChunkError, split, split_within};
use sojourn_proto::codec::{CodecError, decode, encode};
use sojourn_proto::frame::{FrameError, blocking, frame_codec};
use sojourn_proto::{Chunk, Key, Order, Payload, Reply, Request, Table, Wanted, WorkKind, limits};
use tokio_util::codec::{Decoder, Encoder};

/// A frame's prefix that claims so many bytes.
fn claim(length: usize) -> [u8; 4] {
    (length as u32).to_le_bytes()
}

#[test]
fn both_frame_readers_take_a_frame_at_the_limit_and_refuse_one_past_it() {
    let full = vec![7; limits::FRAME_BYTES];
    let mut stream = Vec::new();
    blocking::write_frame(&mut stream, &full).expect("at the limit");
    let mut buffer = Vec::new();
    assert!(blocking::read_frame(&mut Cursor::new(&stream), &mut buffer).expect("at the limit"));
    assert!(buffer == full);
    let frame = frame_codec().decode(&mut BytesMut::from(&stream[..])).expect("at the limit");
    assert!(frame.expect("whole") == full);

    let past = claim(limits::FRAME_BYTES + 1);
    let error = blocking::read_frame(&mut Cursor::new(&past), &mut buffer).expect_err("past the limit");
    assert!(matches!(error, FrameError::TooLong { length } if length == limits::FRAME_BYTES + 1));
    frame_codec().decode(&mut BytesMut::from(&past[..])).expect_err("past the limit");
}

#[test]
fn both_frame_writers_refuse_a_message_past_the_limit_and_write_nothing() {
    let past = vec![0; limits::FRAME_BYTES + 1];
    let mut stream = Vec::new();
    assert!(matches!(blocking::write_frame(&mut stream, &past), Err(FrameError::TooLong { .. })));
    assert!(matches!(blocking::append_frame(&mut stream, &past), Err(FrameError::TooLong { .. })));
    assert!(stream.is_empty());
    let mut stream = BytesMut::new();
    frame_codec().encode(Bytes::from(past), &mut stream).expect_err("past the limit");
    assert!(stream.is_empty());
}

#[test]
fn the_codec_refuses_to_make_a_message_that_no_frame_would_hold() {
    let order = |length| Order::Run(vec![(0, WorkKind::Graph, Payload::Inline(vec![0; length].into()))]);
    let overhead = encode(&order(limits::FRAME_BYTES / 2)).expect("half").len() - limits::FRAME_BYTES / 2;
    let most = order(limits::FRAME_BYTES - overhead);
    let bytes = encode(&most).expect("at the limit");
    assert_eq!(bytes.len(), limits::FRAME_BYTES);
    assert!(decode::<Order>(&bytes).expect("what was encoded at the limit is decoded") == most);
    let past = encode(&order(limits::FRAME_BYTES - overhead + 1));
    assert!(matches!(past, Err(CodecError::TooLong { length }) if length == limits::FRAME_BYTES + 1));
}

#[test]
fn lists_are_taken_at_their_limit_and_refused_one_past_it() {
    let jobs = |count| Order::Run(vec![(0, WorkKind::Graph, Payload::Inline(Bytes::new())); count]);
    let wanted = Wanted { key: Key([0; 32]), tables: vec![Table::Plans] };
    let lookup = |count| Request::Lookup { id: 0, wanted: vec![wanted.clone(); count] };
    let put = |count| Request::Put {
        id: 0,
        entries: vec![(Table::Names, Key([0; 32])); count],
        payload: Payload::Inline(Bytes::new()),
    };
    let found = |count| Reply::Found { id: 0, payloads: vec![None; count] };
    let bytes = |message| encode(&message).expect("small");
    decode::<Order>(&encode(&jobs(limits::UNITS_PER_MESSAGE)).expect("small")).expect("at the limit");
    decode::<Order>(&encode(&jobs(limits::UNITS_PER_MESSAGE + 1)).expect("small")).expect_err("past it");
    decode::<Request>(&bytes(lookup(limits::LOOKUPS_PER_MESSAGE))).expect("at the limit");
    decode::<Request>(&bytes(lookup(limits::LOOKUPS_PER_MESSAGE + 1))).expect_err("past it");
    decode::<Request>(&bytes(put(limits::KEYS_PER_PUT))).expect("at the limit");
    decode::<Request>(&bytes(put(limits::KEYS_PER_PUT + 1))).expect_err("past it");
    decode::<Reply>(&encode(&found(limits::LOOKUPS_PER_MESSAGE)).expect("small")).expect("at the limit");
    let error = decode::<Reply>(&encode(&found(limits::LOOKUPS_PER_MESSAGE + 1)).expect("small"));
    let text = error.expect_err("past it").to_string();
    assert!(text.contains("4097") && text.contains("4096"), "value and limit are not named: {text}");
}

#[test]
fn a_payload_is_inline_up_to_the_limit_and_in_chunks_of_the_limit_beyond() {
    let (message, chunks) = split(vec![1; limits::INLINE_BYTES].into(), 5);
    assert!(matches!(message, Payload::Inline(bytes) if bytes.len() == limits::INLINE_BYTES));
    assert_eq!(chunks.count(), 0);

    let length = 2 * limits::CHUNK_BYTES + 1;
    let (message, chunks) = split(vec![1; length].into(), 5);
    assert_eq!(message, Payload::Chunked { blob: 5, length: length as u64 });
    let lengths: Vec<_> = chunks.map(|chunk| (chunk.blob, chunk.length, chunk.bytes.len())).collect();
    let length = length as u64;
    assert_eq!(lengths, [(5, length, limits::CHUNK_BYTES), (5, length, limits::CHUNK_BYTES), (5, length, 1)]);

    let (message, chunks) = split(vec![1; limits::INLINE_BYTES + 1].into(), 5);
    assert!(matches!(message, Payload::Chunked { .. }));
    assert_eq!(chunks.count(), 1);
}

#[test]
fn a_payload_goes_in_chunks_where_its_message_has_no_room() {
    let (message, chunks) = split_within(vec![1; 11].into(), 3, 10);
    assert_eq!(message, Payload::Chunked { blob: 3, length: 11 });
    assert_eq!(chunks.count(), 1);
    assert!(matches!(split_within(vec![1; 10].into(), 3, 10).0, Payload::Inline(_)));
    assert!(matches!(split_within(Bytes::new(), 3, 0).0, Payload::Inline(_)));
}

fn chunk(blob: u64, length: u64, bytes: usize) -> Chunk {
    Chunk { blob, length, bytes: vec![blob as u8; bytes].into() }
}

#[test]
fn blobs_under_way_are_bounded_in_length_in_sum_and_in_number() {
    let mut assembler = Assembler::new(u64::MAX);
    assembler.push(chunk(1, limits::PAYLOAD_BYTES, 1)).expect("at the limit of a payload");
    let length = limits::PAYLOAD_BYTES + 1;
    assert_eq!(assembler.push(chunk(2, length, 1)), Err(ChunkError::TooLong { blob: 2, length }));

    let mut assembler = Assembler::new(100);
    assembler.push(chunk(1, 60, 1)).expect("within the sum");
    assembler.push(chunk(2, 40, 1)).expect("at the sum");
    assert_eq!(assembler.push(chunk(3, 1, 1)), Err(ChunkError::TooMuch { claimed: 101, limit: 100 }));

    let mut assembler = Assembler::new(u64::MAX);
    for blob in 0..limits::BLOBS as u64 {
        assembler.push(chunk(blob, 2, 1)).expect("within the number");
    }
    assert_eq!(assembler.push(chunk(limits::BLOBS as u64, 2, 1)), Err(ChunkError::TooMany));
    assembler.push(chunk(0, 2, 1)).expect("a known blob goes on at the limit");
}

#[test]
fn a_chunk_has_between_one_byte_and_the_limit() {
    let mut assembler = Assembler::new(u64::MAX);
    let length = 2 * limits::CHUNK_BYTES as u64;
    assembler.push(chunk(1, length, limits::CHUNK_BYTES)).expect("at the limit");
    for wrong in [0, limits::CHUNK_BYTES + 1] {
        let error = assembler.push(chunk(1, length, wrong));
        assert_eq!(error, Err(ChunkError::ChunkLength { blob: 1, length: wrong }));
    }
}
