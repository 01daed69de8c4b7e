//! Bytes that nobody vouches for.

use crate::{model, recorded};
use proptest::prelude::*;
use sojourn_engine::{Chain, DecodeError, Decomposition, Pattern, Plan, Query, Trace};

/// Versions of chains, patterns, plans and traces.
const VERSIONS: [u32; 4] = [1, 1, 3, 3];

struct Encoded {
    chain: Vec<u8>,
    pattern: Vec<u8>,
    plan: Vec<u8>,
    trace: Vec<u8>,
}

fn encoded(spec: &str) -> Encoded {
    let chain = Chain::new(&model(spec));
    let decomposition = Decomposition::new(&chain);
    let pattern = decomposition.patterns()[0].clone();
    Encoded {
        pattern: pattern.encode(),
        plan: Plan::record(&pattern).unwrap().encode(),
        trace: Trace::record(&chain).unwrap().encode(),
        chain: chain.encode(),
    }
}

/// Decodes bytes as everything there is, and uses what comes out.
fn decode_as_all(bytes: &[u8]) {
    if let Ok(chain) = Chain::decode(bytes) {
        let trace = Trace::record(&chain).unwrap();
        let _ = trace.evaluate(&vec![1.0; chain.parameters()], &Query { moments: 2, ..Query::default() });
        assert_eq!(Chain::decode(&chain.encode()).unwrap(), chain);
    }
    if let Ok(pattern) = Pattern::decode(bytes) {
        assert_eq!(pattern.encode(), bytes);
        Plan::record(&pattern).unwrap();
    }
    if let Ok(plan) = Plan::decode(bytes) {
        assert_eq!(plan.encode(), bytes);
    }
    if let Ok(trace) = Trace::decode(bytes) {
        assert_eq!(trace.encode(), bytes);
    }
}

#[test]
fn every_truncation_of_anything_is_refused() {
    let Encoded { chain, pattern, plan, trace } = encoded("rabbits,n=2");
    for cut in 0..chain.len() {
        assert!(Chain::decode(&chain[..cut]).is_err(), "chain cut at {cut}");
    }
    for cut in 0..pattern.len() {
        assert!(Pattern::decode(&pattern[..cut]).is_err(), "pattern cut at {cut}");
    }
    for cut in 0..plan.len() {
        assert!(Plan::decode(&plan[..cut]).is_err(), "plan cut at {cut}");
    }
    for cut in 0..trace.len() {
        assert!(Trace::decode(&trace[..cut]).is_err(), "trace cut at {cut}");
    }
}

#[test]
fn a_byte_too_many_is_refused() {
    let Encoded { chain, pattern, plan, trace } = encoded("rabbits,n=2");
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    assert!(matches!(Chain::decode(&longer(&chain)), Err(DecodeError::Trailing { extra: 1, .. })));
    assert!(matches!(Pattern::decode(&longer(&pattern)), Err(DecodeError::Trailing { extra: 1, .. })));
    assert!(matches!(Plan::decode(&longer(&plan)), Err(DecodeError::Trailing { extra: 1, .. })));
    assert!(matches!(Trace::decode(&longer(&trace)), Err(DecodeError::Trailing { extra: 1, .. })));
}

#[test]
fn every_changed_byte_of_a_trace_is_noticed_and_of_anything_else_harmless() {
    let Encoded { chain, pattern, plan, trace } = encoded("rabbits,n=2");
    for bytes in [&chain, &pattern, &plan, &trace] {
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= change;
                decode_as_all(&damaged);
                assert!(Trace::decode(&damaged).is_err(), "byte {at} changed by {change:#x}");
            }
        }
    }
}

#[test]
fn changed_bytes_behind_a_fitting_checksum_are_harmless() {
    // magic 8 | version 4 | length 8 | BLAKE3 32 | sections
    let trace = encoded("rabbits,n=2").trace;
    for at in 52..trace.len() {
        for change in [0x01, 0x02, 0x80, 0xff] {
            let mut forged = trace.clone();
            forged[at] ^= change;
            let digest = blake3::hash(&forged[52..]);
            forged[20..52].copy_from_slice(digest.as_bytes());
            if let Ok(trace) = Trace::decode(&forged) {
                let theta = vec![1.0; trace.parameters()];
                let rewards = vec![vec![1.0; trace.rows()]];
                let query =
                    Query { moments: 2, rewards, reward_moments: 2, covariance: true, ..Query::default() };
                let _ = trace.evaluate(&theta, &query);
                let _ = (trace.occupancies(&theta), trace.operations(), trace.summary());
            }
        }
    }
}

#[test]
fn a_foreign_kind_and_a_foreign_version_are_told_by_name() {
    let Encoded { chain, pattern, plan, trace } = encoded("rabbits,n=2");
    let error = Trace::decode(&chain).unwrap_err();
    assert_eq!(error.to_string(), "not a trace: it begins with other bytes");
    assert!(matches!(Chain::decode(&pattern), Err(DecodeError::Magic { .. })));
    assert!(matches!(Pattern::decode(&plan), Err(DecodeError::Magic { .. })));
    assert!(matches!(Plan::decode(&trace), Err(DecodeError::Magic { .. })));
    let mut later = trace.clone();
    later[8] = 99;
    let error = Trace::decode(&later).unwrap_err();
    assert_eq!(
        error.to_string(),
        "format version 99 of a trace is not known here (this build reads version 5)"
    );
    let mut damaged = trace;
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(Trace::decode(&damaged), Err(DecodeError::Checksum { .. })));
}

#[test]
fn counts_of_four_thousand_millions_are_refused_without_being_believed() {
    let Encoded { chain, pattern, plan, trace } = encoded("rabbits,n=2");
    // Each word behind the header, the counts among them, claims as much as it can.
    for (bytes, header) in [(&chain, 13), (&pattern, 12), (&plan, 12), (&trace, 52)] {
        for at in header..bytes.len() - 4 {
            for claim in [u32::MAX, u32::MAX - 1, 1 << 31, 9_999_999] {
                let mut forged = bytes.clone();
                forged[at..at + 4].copy_from_slice(&claim.to_le_bytes());
                if header == 52 {
                    let digest = blake3::hash(&forged[52..]);
                    forged[20..52].copy_from_slice(digest.as_bytes());
                    let _ = Trace::decode(&forged);
                }
                let _ = (Chain::decode(&forged), Pattern::decode(&forged), Plan::decode(&forged));
            }
        }
    }
}

#[test]
fn a_pattern_that_falls_apart_is_refused() {
    // magic | version | vertices | edges | row pointers | targets | whether edges leave
    let bytes = |words: &[u32], leaves: &[u8]| {
        let words: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        [b"sjrnpat\0" as &[u8], &1u32.to_le_bytes(), &words, leaves].concat()
    };
    assert!(Pattern::decode(&bytes(&[2, 2, 0, 1, 2, 1, 0], &[1, 0])).is_ok());
    for (words, leaves) in [
        (&[2, 0, 0, 0, 0][..], &[1, 1][..]),
        (&[2, 1, 0, 1, 1, 1], &[1, 1]),
        (&[1, 0, 0, 0], &[1]),
        (&[4, 4, 0, 1, 2, 3, 4, 1, 0, 3, 2], &[1; 4]),
    ] {
        let error = Pattern::decode(&bytes(words, leaves)).unwrap_err();
        assert_eq!(error.to_string(), "a component's pattern: it is not strongly connected");
    }
}

#[test]
fn what_the_tests_damage_is_sound_before() {
    let Encoded { chain, pattern, plan, trace } = encoded("rabbits,n=2");
    assert_eq!(Chain::decode(&chain).unwrap().encode(), chain);
    assert_eq!(Pattern::decode(&pattern).unwrap().encode(), pattern);
    assert_eq!(Plan::decode(&plan).unwrap().encode(), plan);
    assert_eq!(Trace::decode(&trace).unwrap(), recorded(&model("rabbits,n=2")));
}

proptest! {
    #[test]
    fn random_bytes_are_never_more_than_refused(
        what in 0usize..4,
        tail in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let magic: [&[u8]; 4] = [b"sjrnchn\0", b"sjrnpat\0", b"sjrnpln\0", b"sjrntrc\0"];
        decode_as_all(&tail);
        decode_as_all(&[magic[what], &VERSIONS[what].to_le_bytes(), &tail].concat());
    }

    #[test]
    fn small_random_words_are_never_more_than_refused(
        what in 0usize..4,
        words in proptest::collection::vec(0u32..4, 0..40),
    ) {
        let magic: [&[u8]; 4] = [b"sjrnchn\0", b"sjrnpat\0", b"sjrnpln\0", b"sjrntrc\0"];
        let words: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        decode_as_all(&[magic[what], &VERSIONS[what].to_le_bytes(), &words].concat());
    }
}
