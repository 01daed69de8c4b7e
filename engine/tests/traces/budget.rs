//! Plans whose order is not the one they were recorded with.

use std::sync::Arc;

use sojourn_engine::{Chain, DecodeError, Decomposition, GraphBuilder, Kind, Plan, Trace, Weight};

/// A hub joined with `n` others: as many edges as a chain has, and any order that begins with the hub joins all
/// others with each other.
fn star(n: u32) -> Chain {
    let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
    (0..n + 3).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    builder.edge(1, n + 2, Weight::Constant(1.0)).unwrap();
    for leaf in 2..n + 2 {
        builder.edge(1, leaf, Weight::Constant(1.0)).unwrap();
        builder.edge(leaf, 1, Weight::Constant(1.0)).unwrap();
    }
    Chain::new(&builder.finish().unwrap())
}

/// What comes of a plan for a star with the hub eliminated first and the stated operations multiplied, and the
/// operations then stated.
fn forged(n: u32, factor: u64) -> (DecodeError, u64) {
    let chain = star(n);
    let decomposition = Decomposition::new(&chain);
    let mut bytes = Plan::record(&decomposition.patterns()[0]).unwrap().encode();
    let order = bytes.len() - 4 * (n as usize + 1);
    let stated = u64::from_le_bytes(bytes[order - 8..order].try_into().unwrap()) * factor;
    bytes[order - 8..order].copy_from_slice(&stated.to_le_bytes());
    // The hub has most edges, and so the last number.
    let hub = n.to_le_bytes();
    let found = order + 4 * bytes[order..].chunks(4).position(|v| v == hub).expect("the hub");
    assert!(found + 8 >= bytes.len(), "it is eliminated late");
    let first: [u8; 4] = bytes[order..order + 4].try_into().unwrap();
    bytes[found..found + 4].copy_from_slice(&first);
    bytes[order..order + 4].copy_from_slice(&hub);
    let plan = Plan::decode(&bytes).expect("nothing is wrong with it but the order");
    let stitched = Trace::stitch(&chain, &decomposition, &[Arc::new(plan)]).unwrap();
    let encoded = stitched.encode();
    let error = stitched.eliminate().unwrap_err();
    assert_eq!(Trace::decode(&encoded).unwrap_err(), error, "by way of bytes");
    (error, stated)
}

#[test]
fn an_order_that_fills_in_beyond_its_stated_cost_is_given_up() {
    // All of it would be 10^10 entries: neither time nor memory would be there.
    let (error, stated) = forged(100_000, 1);
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
        let (error, stated) = forged(n, 1000);
        assert_eq!(error, DecodeError::Cost { what: "a component's plan", stated }, "{n}");
    }
}
