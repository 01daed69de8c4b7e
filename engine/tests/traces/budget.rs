//! Plans whose order is not the one they were recorded with.

use sojourn_engine::{DecodeError, Pattern, Plan};

/// A hub joined with `n` others, in bytes: as many edges as a chain has, and any order that begins with the hub
/// joins all others with each other.
fn star(n: u32) -> Pattern {
    let pointers = [0].into_iter().chain((0..=n).map(|v| n + v));
    let targets = (1..=n).chain((0..n).map(|_| 0));
    let words = [n + 1, 2 * n].into_iter().chain(pointers).chain(targets);
    let words: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    Pattern::decode(&[b"sjrnpat\0" as &[u8], &1u32.to_le_bytes(), &words, &vec![1; n as usize + 1]].concat())
        .unwrap()
}

/// The bytes of a plan, with the hub eliminated first and the stated cost multiplied.
fn forged(n: u32, factor: u64) -> (Vec<u8>, u64) {
    let mut bytes = Plan::record(&star(n)).unwrap().encode();
    let order = bytes.len() - 4 * (n as usize + 1);
    let stated = u64::from_le_bytes(bytes[order - 8..order].try_into().unwrap()) * factor;
    bytes[order - 8..order].copy_from_slice(&stated.to_le_bytes());
    let last = order + 4 * n as usize;
    let found = bytes[order..].chunks(4).position(|v| v == [0; 4]).expect("the hub");
    assert!(found + 1 >= n as usize, "it is eliminated late");
    bytes.copy_within(last.., order + 4 * found);
    bytes.copy_within(order..order + 4, last);
    bytes[order..order + 4].fill(0);
    (bytes, stated)
}

#[test]
fn an_order_that_fills_in_beyond_its_stated_cost_is_given_up() {
    // All of it would be 10^10 entries: neither time nor memory would be there.
    let (bytes, stated) = forged(100_000, 1);
    let error = Plan::decode(&bytes).unwrap_err();
    assert_eq!(error, DecodeError::Cost { what: "a component's plan", stated });
    assert_eq!(
        error.to_string(),
        format!(
            "a component's plan does not cost the {stated} operations that it states: it is damaged or forged"
        )
    );
}

#[test]
fn a_cost_stated_too_high_is_refused_where_the_order_costs_less() {
    for n in [10, 50, 300] {
        let (bytes, stated) = forged(n, 1000);
        assert_eq!(
            Plan::decode(&bytes).unwrap_err(),
            DecodeError::Cost { what: "a component's plan", stated },
            "{n}"
        );
    }
}
