//! Many vectors: in order, whatever the threads, and until somebody says stop.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{everything, recorded};
use sojourn_engine::question::{TILE, encode_answers};
use sojourn_engine::{Query, Question, SampleQuery};

/// Vectors of which every seventh is refused.
fn thetas(count: usize) -> Vec<[f64; 1]> {
    (0..count).map(|k| [if k % 7 == 3 { -1.0 } else { 1.0 + k as f64 / 16.0 }]).collect()
}

#[test]
fn the_bits_are_the_same_whatever_the_threads_and_those_of_one_vector_alone() {
    let trace = recorded("coalescent,n=6");
    let (thetas, question) = (thetas(3 * TILE + 5), everything(trace.rows()));
    let alone: Vec<_> = thetas.iter().map(|theta| trace.answer(theta, &question)).collect();
    assert_eq!(alone.iter().filter(|answer| answer.is_err()).count(), 28);
    let alone = encode_answers(alone);
    for threads in [0, 1, 2, 4, 9] {
        let answers = trace.answer_many(&thetas, &question, threads);
        assert_eq!(encode_answers(answers), alone, "{threads} threads");
    }
}

#[test]
fn nothing_asked_nowhere_is_an_empty_list() {
    let trace = recorded("coalescent,n=6");
    assert!(trace.answer_many::<Vec<f64>>(&[], &everything(trace.rows()), 4).is_empty());
}

#[test]
fn once_stopped_no_further_tile_is_begun() {
    let trace = recorded("coalescent,n=6");
    let question =
        Question { moments: Some(Query { moments: 1, ..Query::default() }), ..Question::default() };
    for threads in [1, 3] {
        let asked = AtomicUsize::new(0);
        let stopped = || asked.fetch_add(1, Ordering::Relaxed) >= 4;
        let answers = trace.answer_many_unless(&thetas(100 * TILE), &question, threads, &stopped);
        assert!(answers.is_none(), "{threads} threads");
        // Each thread is told once.
        assert_eq!(asked.load(Ordering::Relaxed), 4 + threads);
    }
}

#[test]
fn samples_are_stopped_in_the_middle_of_a_vector() {
    let trace = recorded("coalescent,n=6");
    let samples = Some(SampleQuery { count: 1000, ..SampleQuery::default() });
    let question = Question { samples, ..Question::default() };
    let asked = AtomicUsize::new(0);
    let stopped = || asked.fetch_add(1, Ordering::Relaxed) >= 10;
    assert!(trace.answer_many_unless(&[[1.0]], &question, 1, &stopped).is_none());
    assert_eq!(asked.load(Ordering::Relaxed), 12, "before the tile, ten samples, and behind it");
}
