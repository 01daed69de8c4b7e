//! Tiles and answers as bytes, and bytes that nobody vouches for.

use crate::{everything, recorded};
use proptest::prelude::*;
use sojourn_engine::question::{Tile, decode_answers, encode_answers};
use sojourn_engine::{DecodeError, Question, Unanswered};

const VECTORS: usize = 3;

fn tile() -> Vec<u8> {
    Tile::encode(&everything(4), &[vec![1.0, f64::NAN], vec![], vec![-0.0]])
}

/// Answers, one of them a refusal, at [`VECTORS`] vectors.
fn answers() -> Vec<u8> {
    let trace = recorded("coalescent,n=3");
    encode_answers(trace.answer_many(&[[1.0], [-1.0], [2.0]], &everything(trace.rows()), 1))
}

/// Decodes bytes as everything there is; what comes out has these bytes.
fn decode_as_all(bytes: &[u8]) {
    if let Ok(Tile { question, thetas }) = Tile::decode(bytes) {
        assert_eq!(Tile::encode(&question, &thetas), bytes);
    }
    for vectors in 0..=VECTORS {
        if let Ok(answers) = decode_answers(bytes, vectors) {
            assert_eq!(encode_answers(answers), bytes);
        }
    }
}

#[test]
fn what_is_written_is_read() {
    let question = Question { transform: Some(vec![0.5; 4]), ..everything(4) };
    let thetas = vec![vec![1.0, -0.5], vec![], vec![2.0]];
    assert_eq!(Tile::decode(&Tile::encode(&question, &thetas)), Ok(Tile { question, thetas }));
    let nothing = Tile { question: Question::default(), thetas: Vec::new() };
    assert_eq!(Tile::decode(&Tile::encode(&Question::default(), &nothing.thetas)), Ok(nothing));
    let trace = recorded("coalescent,n=3");
    let found = trace.answer_many(&[[1.0], [-1.0], [2.0]], &everything(trace.rows()), 1);
    let told: Vec<_> = found.into_iter().map(|answer| answer.map_err(Unanswered::from)).collect();
    assert_eq!(told[1].as_ref().unwrap_err().kind, "invalid_rate");
    assert_eq!(decode_answers(&answers(), VECTORS), Ok(told));
}

#[test]
fn every_truncation_is_refused_and_a_byte_too_many_too() {
    let (tile, answers) = (tile(), answers());
    for cut in 0..tile.len() {
        assert!(Tile::decode(&tile[..cut]).is_err(), "tile cut at {cut}");
    }
    for cut in 0..answers.len() {
        assert!(decode_answers(&answers[..cut], VECTORS).is_err(), "answers cut at {cut}");
    }
    let longer = [&tile[..], &[0]].concat();
    assert!(matches!(Tile::decode(&longer), Err(DecodeError::Trailing { extra: 1, .. })));
    let longer = [&answers[..], &[0]].concat();
    assert!(matches!(decode_answers(&longer, VECTORS), Err(DecodeError::Trailing { extra: 1, .. })));
}

#[test]
fn a_changed_byte_is_refused_or_another_value_with_these_bytes() {
    for bytes in [tile(), answers()] {
        for at in 0..bytes.len() {
            for change in [0x01, 0x02, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= change;
                decode_as_all(&damaged);
            }
        }
    }
}

#[test]
fn counts_of_four_thousand_millions_are_refused_without_being_believed() {
    for bytes in [tile(), answers()] {
        for at in 12..bytes.len() - 4 {
            for claim in [u32::MAX, 1 << 31, 9_999_999] {
                let mut forged = bytes.clone();
                forged[at..at + 4].copy_from_slice(&claim.to_le_bytes());
                decode_as_all(&forged);
            }
        }
    }
}

#[test]
fn answers_at_another_number_of_vectors_are_refused() {
    let error = decode_answers(&answers(), 4).unwrap_err();
    assert_eq!(error.to_string(), "the answers of a tile: 3 answers at 4 vectors");
}

#[test]
fn a_foreign_kind_and_a_foreign_version_are_told_by_name() {
    let error = Tile::decode(&answers()).unwrap_err().to_string();
    assert_eq!(error, "not a tile of parameter vectors: it begins with other bytes");
    let mut later = answers();
    later[8] = 6;
    let error = decode_answers(&later, VECTORS).unwrap_err().to_string();
    assert_eq!(
        error,
        "format version 6 of the answers of a tile is not known here (this build reads version 5)"
    );
}

proptest! {
    #[test]
    fn random_bytes_are_never_more_than_refused(
        tile in any::<bool>(),
        tail in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        decode_as_all(&tail);
        let magic: &[u8] = if tile { b"sjrntil\0" } else { b"sjrnans\0" };
        decode_as_all(&[magic, &3u32.to_le_bytes(), &tail].concat());
    }

    #[test]
    fn small_random_bytes_are_never_more_than_refused(
        tile in any::<bool>(),
        tail in proptest::collection::vec(0u8..3, 0..200),
    ) {
        let magic: &[u8] = if tile { b"sjrntil\0" } else { b"sjrnans\0" };
        decode_as_all(&[magic, &3u32.to_le_bytes(), &tail].concat());
    }
}
