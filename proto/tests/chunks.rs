//! Chunks of large payloads put together again, and chunks that do not fit together.

use bytes::Bytes;
use proptest::prelude::*;
use sojourn_proto::chunk::{Assembler, ChunkError, split_within};
use sojourn_proto::{Chunk, Payload};

fn chunk(blob: u64, length: u64, bytes: &'static [u8]) -> Chunk {
    Chunk { blob, length, bytes: Bytes::from_static(bytes) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn interleaved_blobs_come_out_as_they_went_in(
        lengths in proptest::collection::vec(1usize..3_000_000, 1..4),
        mut turns in proptest::collection::vec(any::<usize>(), 16),
    ) {
        let payloads: Vec<Bytes> = lengths
            .iter()
            .enumerate()
            .map(|(n, &length)| (0..length).map(|i| (i * 31 + n) as u8).collect())
            .collect();
        let (messages, mut streams): (Vec<_>, Vec<_>) = payloads
            .iter()
            .enumerate()
            .map(|(blob, bytes)| {
                let (message, chunks) = split_within(bytes.clone(), blob as u64, 0);
                (message, chunks.collect::<Vec<_>>().into_iter())
            })
            .unzip();
        let mut assembler = Assembler::new(10_000_000);
        while !streams.is_empty() {
            let turn = turns.pop().unwrap_or_default() % streams.len();
            match streams[turn].next() {
                Some(chunk) => assembler.push(chunk)?,
                None => drop(streams.remove(turn)),
            }
        }
        prop_assert_eq!(assembler.claimed_bytes(), lengths.iter().sum::<usize>() as u64);
        for (message, bytes) in messages.into_iter().zip(payloads) {
            prop_assert!(assembler.take(message)? == bytes);
        }
        prop_assert_eq!(assembler.claimed_bytes(), 0);
    }
}

#[test]
fn an_inline_payload_is_taken_as_it_stands() {
    let bytes = Bytes::from_static(b"abc");
    assert_eq!(Assembler::new(0).take(Payload::Inline(bytes.clone())), Ok(bytes));
}

#[test]
fn a_blob_is_taken_once_and_its_number_is_free_again() {
    let mut assembler = Assembler::new(3);
    let message = Payload::Chunked { blob: 9, length: 3 };
    for text in [b"abc", b"xyz"] {
        assembler.push(chunk(9, 3, text)).expect("room, as the first was taken");
        assert_eq!(assembler.take(message.clone()), Ok(Bytes::from_static(text)));
        assert_eq!(assembler.take(message.clone()), Err(ChunkError::Unknown { blob: 9 }));
    }
}

#[test]
fn a_blob_is_not_taken_before_it_is_whole_and_can_go_on_after_the_attempt() {
    let mut assembler = Assembler::new(3);
    assembler.push(chunk(9, 3, b"ab")).expect("first");
    let message = Payload::Chunked { blob: 9, length: 3 };
    let error = ChunkError::Incomplete { blob: 9, received: 2, length: 3 };
    assert_eq!(assembler.take(message.clone()), Err(error));
    assembler.push(chunk(9, 3, b"c")).expect("second");
    assert_eq!(assembler.take(message), Ok(Bytes::from_static(b"abc")));
}

#[test]
fn lengths_that_differ_between_chunks_or_from_the_message_are_refused() {
    let mut assembler = Assembler::new(100);
    assembler.push(chunk(9, 3, b"ab")).expect("first");
    let error = ChunkError::LengthChanged { blob: 9, first: 3, now: 4 };
    assert_eq!(assembler.push(chunk(9, 4, b"c")), Err(error.clone()));
    assembler.push(chunk(9, 3, b"c")).expect("second");
    assert_eq!(assembler.take(Payload::Chunked { blob: 9, length: 4 }), Err(error));
}

#[test]
fn more_bytes_than_a_blob_has_are_refused_from_the_first_chunk_on() {
    let mut assembler = Assembler::new(100);
    assert_eq!(assembler.push(chunk(1, 2, b"abc")), Err(ChunkError::Overrun { blob: 1, length: 2 }));
    assert_eq!(assembler.push(chunk(1, 0, b"a")), Err(ChunkError::Overrun { blob: 1, length: 0 }));
    assert_eq!(assembler.claimed_bytes(), 0, "a refused blob is still counted");
    assembler.push(chunk(1, 2, b"ab")).expect("whole");
    assert_eq!(assembler.push(chunk(1, 2, b"c")), Err(ChunkError::Overrun { blob: 1, length: 2 }));
}
