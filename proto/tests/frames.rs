//! Frames through streams that give and take as they please.

use std::io::{self, Cursor, ErrorKind, IoSlice, Read, Write};

use bytes::BytesMut;
use proptest::prelude::*;
use sojourn_proto::frame::{FrameError, blocking, frame_codec};
use sojourn_proto::limits;
use tokio_util::codec::Decoder;

/// Gives and takes at most `step` bytes at once, and is interrupted before each.
struct Reluctant<T> {
    inner: T,
    step: usize,
    interrupt: bool,
    calls: usize,
}

impl<T> Reluctant<T> {
    fn new(inner: T, step: usize) -> Reluctant<T> {
        Reluctant { inner, step, interrupt: false, calls: 0 }
    }

    fn turn(&mut self) -> io::Result<()> {
        self.calls += 1;
        self.interrupt = !self.interrupt;
        if self.interrupt { Err(ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

impl<T: Read> Read for Reluctant<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.turn()?;
        let end = bytes.len().min(self.step);
        self.inner.read(&mut bytes[..end])
    }
}

impl<T: Write> Write for Reluctant<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.turn()?;
        let whole: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        self.inner.write(&whole[..whole.len().min(self.step)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn frames_survive_short_and_interrupted_reads_and_writes(
        messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 0..6),
        step in 1usize..40,
    ) {
        let mut stream = Reluctant::new(Vec::new(), step);
        for message in &messages {
            blocking::write_frame(&mut stream, message)?;
        }
        let bytes = stream.inner;

        let mut stream = Reluctant::new(Cursor::new(&bytes), step);
        let mut buffer = vec![9; 300];
        for message in &messages {
            prop_assert!(blocking::read_frame(&mut stream, &mut buffer)?);
            prop_assert_eq!(&buffer, message);
        }
        prop_assert!(!blocking::read_frame(&mut stream, &mut buffer)?);

        let mut codec = frame_codec();
        let mut rest = BytesMut::from(&bytes[..]);
        for message in &messages {
            prop_assert_eq!(&codec.decode(&mut rest)?.expect("whole")[..], &message[..]);
        }
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn a_stream_cut_inside_a_frame_is_an_error_and_not_an_end(
        message in proptest::collection::vec(any::<u8>(), 1..50),
        cut in 1usize..50,
    ) {
        let mut bytes = Vec::new();
        blocking::append_frame(&mut bytes, &message)?;
        bytes.truncate(bytes.len() - cut.min(message.len() + 3));
        let read = blocking::read_frame(&mut Cursor::new(&bytes), &mut Vec::new());
        prop_assert!(matches!(read, Err(FrameError::Truncated { .. })), "{:?}", read);
    }
}

#[test]
fn a_frame_is_one_call_of_the_kernel_where_it_is_taken_whole() {
    struct Counting(usize);
    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            Ok(bytes.len())
        }
        fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
            self.0 += 1;
            Ok(parts.iter().map(|part| part.len()).sum())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut stream = Counting(0);
    for length in [0, 1, 100_000] {
        blocking::write_frame(&mut stream, &vec![0; length]).expect("takes everything");
    }
    assert_eq!(stream.0, 3);
}

#[test]
fn a_stream_that_takes_nothing_more_is_an_error_and_not_a_loop() {
    let error = blocking::write_frame(&mut &mut [0_u8; 6][..], b"more than two").expect_err("full");
    assert!(matches!(error, FrameError::Io(error) if error.kind() == ErrorKind::WriteZero));
}

#[test]
fn the_buffer_is_reused_and_a_large_one_is_given_back() {
    let mut stream = Vec::new();
    for length in [1000, 10, limits::BUFFER_KEEP_BYTES + 1, 10] {
        blocking::append_frame(&mut stream, &vec![1; length]).expect("short");
    }
    let mut stream = Cursor::new(stream);
    let mut buffer = Vec::new();
    let mut next = || {
        assert!(blocking::read_frame(&mut stream, &mut buffer).expect("whole frames"));
        (buffer.as_ptr(), buffer.capacity())
    };
    let first = next();
    assert_eq!(next(), first, "the buffer was not reused");
    assert!(next().1 > limits::BUFFER_KEEP_BYTES);
    assert!(next().1 <= limits::CHUNK_BYTES, "the large buffer is still held");
}
