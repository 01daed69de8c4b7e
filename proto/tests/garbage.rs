//! Bytes that nobody vouches for: random ones, and valid messages with a few bytes changed. Whatever they
//! are, nothing panics, and no more memory is taken than the limits allow.

use std::io::Cursor;

use bytes::BytesMut;
use peak_alloc::PeakAlloc;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sojourn_proto::chunk::Assembler;
use sojourn_proto::codec::{decode, encode};
use sojourn_proto::frame::{blocking, frame_codec};
use sojourn_proto::hello::{ClientHello, HEADER_LEN, ServerHello, parse_header};
use sojourn_proto::{Order, Payload, Reply, Report, Request, limits};
use tokio_util::codec::Decoder;

#[path = "common/messages.rs"]
mod messages;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CASES: usize = 100_000;

/// Bytes that handling a few hundred bytes of garbage may take: a claim within the small limit, and the
/// blobs, lists and texts that really came.
const PERMITTED: usize = limits::DECODE_SMALL_BYTES + (64 << 10);

/// A generator that is the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Half of them small numbers, which are what tags, lengths and counts are made of.
    fn byte(&mut self) -> u8 {
        let byte = self.next() as u8;
        if self.next().is_multiple_of(2) { byte % 8 } else { byte }
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most)).map(|_| self.byte()).collect()
    }

    /// Changes, removes or doubles a few bytes, or puts in a prefix that claims much.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len().max(1));
            match self.below(4) {
                0 if !bytes.is_empty() => bytes[at] = self.byte(),
                1 => bytes.truncate(at),
                2 => bytes.insert(at.min(bytes.len()), self.byte()),
                _ => {
                    // A length of four bytes, as the encoding writes it, of up to 4 GiB.
                    let claim = [0xfc, self.byte(), self.byte(), self.byte(), self.byte()];
                    bytes.splice(at.min(bytes.len())..at.min(bytes.len()), claim);
                }
            }
        }
    }
}

/// Some valid messages of every kind.
fn valid() -> Vec<Vec<u8>> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut all = Vec::new();
    for _ in 0..100 {
        let mut sample = |bytes: Result<bytes::Bytes, _>| all.push(bytes.expect("short").to_vec());
        sample(encode(&messages::request().new_tree(&mut runner).expect("a tree").current()));
        sample(encode(&messages::reply().new_tree(&mut runner).expect("a tree").current()));
        sample(encode(&messages::order().new_tree(&mut runner).expect("a tree").current()));
        sample(encode(&messages::report().new_tree(&mut runner).expect("a tree").current()));
    }
    all
}

/// Everything that bytes from outside go through; whether any of it took them.
fn handle(bytes: &[u8], assembler: &mut Assembler) -> bool {
    let mut taken = false;
    if let Ok(request) = decode::<Request>(bytes) {
        taken = true;
        match request {
            Request::Chunk(chunk) => drop(assembler.push(chunk)),
            Request::Submit { units, .. } => {
                units.into_iter().for_each(|unit| drop(assembler.take(unit.payload)));
            }
            _ => {}
        }
    }
    taken |= decode::<Reply>(bytes).is_ok();
    taken |= decode::<Order>(bytes).is_ok();
    taken |= decode::<Report>(bytes).is_ok();
    taken |= decode::<Payload>(bytes).is_ok();
    taken |= ClientHello::decode(bytes).is_ok();
    taken |= ServerHello::decode(bytes).is_ok();
    if let Some(header) = bytes.first_chunk::<HEADER_LEN>() {
        taken |= parse_header(header).is_ok_and(|length| length <= limits::HELLO_BYTES);
    }
    taken
}

/// Bytes taken at the highest point of a call, beyond those held before it.
fn memory_of(call: impl FnOnce()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    call();
    MEMORY.peak_usage().saturating_sub(before)
}

/// One test, so that no other takes memory at the same time.
#[test]
fn garbage_neither_panics_nor_takes_memory_beyond_the_limits() {
    let valid = valid();
    let mut random = Random(2026);
    let mut taken = [0_usize; 2];
    for case in 0..CASES {
        let mutated = case % 2 == 1;
        let mut bytes = if mutated { valid[random.below(valid.len())].clone() } else { random.bytes(300) };
        if mutated {
            random.mutate(&mut bytes);
        }
        let mut assembler = Assembler::new(limits::PAYLOAD_BYTES);
        let memory = memory_of(|| taken[usize::from(mutated)] += usize::from(handle(&bytes, &mut assembler)));
        assert!(memory <= PERMITTED, "{memory} bytes taken in case {case} for {bytes:02x?}");
    }
    // The garbage reaches beyond the first byte in both kinds.
    assert!(taken[0] > 100 && taken[1] > CASES / 20, "hardly anything was ever a message: {taken:?}");

    frames_of_garbage(&mut random);
    claims_are_not_believed();
}

fn frames_of_garbage(random: &mut Random) {
    let mut buffer = Vec::new();
    for _ in 0..CASES / 10 {
        let bytes = random.bytes(100);
        let mut stream = Cursor::new(&bytes);
        let memory =
            memory_of(|| while matches!(blocking::read_frame(&mut stream, &mut buffer), Ok(true)) {});
        // One step ahead of what came, twice while the buffer grows.
        assert!(memory <= 3 * limits::CHUNK_BYTES, "{memory} bytes taken for {bytes:02x?}");
        let mut codec = frame_codec();
        let mut rest = BytesMut::from(&bytes[..]);
        let memory = memory_of(|| while matches!(codec.decode(&mut rest), Ok(Some(_))) {});
        assert!(memory <= 2 * limits::FRAME_BYTES, "{memory} bytes taken for {bytes:02x?}");
    }
}

/// Forty bytes that claim 500 MiB, in every place where a length stands.
fn claims_are_not_believed() {
    const CLAIM: u32 = 500 << 20;
    let claim = |before: &[u8]| {
        let mut bytes = before.to_vec();
        bytes.push(0xfc);
        bytes.extend_from_slice(&CLAIM.to_le_bytes());
        bytes.resize(40, 1);
        bytes
    };
    // Tags: Request::Chunk with blob and length; Request::Submit with id and options; Payload::Inline;
    // Order::Run; Reply::Found with id; Report::Ready with pid.
    let texts: [&[u8]; 6] = [&[0, 1, 9], &[1, 1, 0, 0, 0], &[0], &[1], &[3, 1], &[0, 1]];
    for before in texts {
        let bytes = claim(before);
        let memory = memory_of(|| assert!(!handle_messages(&bytes), "taken: {bytes:02x?}"));
        assert!(memory <= 64 << 10, "{memory} bytes taken for {bytes:02x?}");
    }
    // A blob of 500 MiB of which one byte comes.
    let chunk = encode(&Order::Chunk(sojourn_proto::Chunk {
        blob: 1,
        length: u64::from(CLAIM),
        bytes: bytes::Bytes::from_static(b"x"),
    }))
    .expect("short");
    let mut assembler = Assembler::new(limits::PAYLOAD_BYTES);
    let memory = memory_of(|| match decode(&chunk) {
        Ok(Order::Chunk(chunk)) => assembler.push(chunk).expect("within the limits"),
        other => panic!("a chunk was expected, not {other:?}"),
    });
    assert!(memory <= 64 << 10, "{memory} bytes taken for one byte of a blob");
}

fn handle_messages(bytes: &[u8]) -> bool {
    decode::<Request>(bytes).is_ok()
        || decode::<Reply>(bytes).is_ok()
        || decode::<Order>(bytes).is_ok()
        || decode::<Report>(bytes).is_ok()
        || decode::<Payload>(bytes).is_ok()
}
