//! Rewards as formulas.

use sojourn_engine::{expression, models};

fn rewards(model: &str, text: &str) -> Vec<Vec<f64>> {
    expression::rewards(&models::build(model).unwrap(), text).unwrap()
}

#[test]
fn a_formula_is_evaluated_at_each_vertex_where_time_passes() {
    // Rows of islands,n=3: 0 the start, 1 (2,1), 2 (1,1), .., 8 and 9 absorbing.
    let vectors = rewards("islands,n=3", "state[0] + 2*state[1]");
    assert_eq!(vectors, [vec![0.0, 4.0, 3.0, 5.0, 3.0, 4.0, 2.0, 6.0, 0.0, 0.0]]);
    assert_eq!(rewards("coalescent,n=4", "1"), [vec![0.0, 1.0, 1.0, 1.0, 0.0]]);
    assert_eq!(rewards("coalescent,n=4", "state[0] == 3"), [vec![0.0, 0.0, 1.0, 0.0, 0.0]]);
    assert_eq!(rewards("coalescent,n=4", "-(state[0]-1)/2 + 1.5e0")[0][1], 0.0);
    assert_eq!(rewards("coalescent,n=4", "2-1-1")[0][1], 0.0);
}

#[test]
fn a_slice_gives_one_vector_an_entry_and_semicolons_one_a_formula() {
    let vectors = rewards("sfs,n=3", "2*state[:]; 1");
    assert_eq!(vectors.len(), 4);
    assert_eq!(vectors[0][1], 6.0);
    assert_eq!(vectors[1][2], 2.0);
    assert_eq!(vectors[3][1], 1.0);
}

#[test]
fn the_deepest_formula_is_read_and_evaluated() {
    let parentheses = format!("{}1{}", "(".repeat(511), ")".repeat(511));
    assert_eq!(rewards("coalescent,n=4", &parentheses)[0][1], 1.0);
    let signs = format!("{}1", "-".repeat(1022));
    assert_eq!(rewards("coalescent,n=4", &signs)[0][1], 1.0);
    let sums = format!("1{}", "+1".repeat(511));
    assert_eq!(rewards("coalescent,n=4", &sums)[0][1], 512.0);
}

#[test]
fn every_wrong_formula_is_told_by_character() {
    let graph = models::build("coalescent,n=4").unwrap();
    let deep = "(".repeat(2000);
    for (text, message) in [
        ("", "character 1: the end where a finite number, `state[..]` or `(` is expected"),
        ("1 +", "character 4: the end where"),
        ("state[x]", "character 7: `x` where the number of an entry or `:` is expected"),
        ("state[0", "character 8: the end where `]` is expected"),
        ("1 2", "character 3: `2` where an operator or the end is expected"),
        ("1e999", "finite number"),
        ("§", "character 1: `§`"),
        ("state[1]", "state[1] does not exist: states have 1 entries, numbered from 0"),
        ("1/(state[0]-3)", "is inf at vertex 2"),
        (deep.as_str(), "2000 bytes, the limit is 1024"),
    ] {
        let error = expression::rewards(&graph, text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
}
