//! Malformed files: each is refused with a message that says what is wrong and where.

use sojourn_engine::formats::{self, Format};

const GOOD: &str = r#"{"states":[[0],[1],[2],[3]],"edges":[[1,2,1.5]],"start_edges":[[1,1.0]],"param_edges":[[2,3,0.0,1.0,2.0],[3,1,0.5,0.0,1.0]],"start_param_edges":[[2,0.0,1.0,0.0]],"param_length":2,"state_length":1,"n_vertices":4}"#;

fn message(text: &str) -> String {
    formats::read(text.as_bytes(), Format::Json, false).expect_err(text).to_string()
}

/// What of the good text is replaced, by what, and what the error must say.
const FAULTS: &[(&str, &str, &str)] = &[
    ("[3,1,0.5,", "[3,99,0.5,", "param_edges[1]: edge 3 -> 99: there are only 4 vertices"),
    ("[3,1,0.5,", "[3,1.5,0.5,", "param_edges[1]: 1.5 is not a row number"),
    ("[3,1,0.5,", "[-3,1,0.5,", "param_edges[1]: -3 is not a row number"),
    ("[3,1,0.5,", "[3,1e20,0.5,", "param_edges[1]: 100000000000000000000 is not a row number"),
    ("[3,1,0.5,", "[3,1,NaN,", "param_edges[1]: NaN is not a finite number, at line 1 column"),
    ("[3,1,0.5,", "[3,1,-Infinity,", "param_edges[1]: -Infinity is not a finite number"),
    ("[3,1,0.5,", "[3,1,1e999,", "param_edges[1]: number out of range at line 1 column"),
    ("[3,1,0.5,", "[3,1,\"x\",", "param_edges[1]: invalid type: string \"x\", expected a number at line 1"),
    (
        "[3,1,0.5,",
        "[3,1,0.5,7.0,",
        "param_edges[1]: 6 entries, expected 5: 2 of the edge, the base weight, 2",
    ),
    ("[3,1,0.5,", "[0,1,0.5,", "param_edges[1]: edge 0 -> 1: vertex 0 is the start"),
    ("[1,2,1.5]", "[1,2,-1.5]", "edges[0]: edge 1 -> 2: weight -1.5 is negative"),
    ("[1,2,1.5]", "[1,2]", "edges[0]: 2 entries, expected 3: from, to, weight"),
    ("[1,2,1.5]", "7", "edges[0]: invalid type: integer `7`, expected a row"),
    ("[[1,1.0]]", "[[1,1.0],[9,1.0]]", "start_edges[1]: edge 0 -> 9: there are only 4 vertices"),
    ("[[1,1.0]]", "[[1]]", "start_edges[0]: 1 entries, expected 2: to, weight"),
    (
        "[2,0.0,1.0,0.0]",
        "[2,0.0,1.0,0.0,0.0,0.0]",
        "start_param_edges[0]: 6 entries, expected 4: 1 of the edge",
    ),
    ("[2],[3]]", "[2],[3,3]]", "states[3]: 2 entries, expected 1, as state_length says"),
    ("[2],[3]]", "[2],[0.5]]", "states[3]: 0.5 is not a whole number of 32 bits"),
    ("\"n_vertices\":4", "\"n_vertices\":5", "n_vertices is 5, but states has 4 rows"),
    ("\"state_length\":1", "\"state_length\":2", "states[0]: 1 entries, expected 2, as state_length says"),
    (
        "\"param_length\":2",
        "\"param_length\":1e9",
        "param_length: 1000000000 is not a whole number from 0 to 4096",
    ),
    ("\"param_length\":2", "\"param_length\":-1", "param_length: -1 is not a whole number"),
    (
        "\"param_length\":2",
        "\"param_length\":2,\"param_length\":2",
        "param_length: the key stands here a second time",
    ),
    (
        "\"param_length\":2",
        "\"vertex_indices\":[1,1,1,1],\"param_length\":2",
        "vertex_indices: 0 rows have the value 0",
    ),
    (
        "\"param_length\":2",
        "\"vertex_indices\":[0],\"param_length\":2",
        "n_vertices is 4, but vertex_indices has 1 entries",
    ),
    (
        "\"param_length\":2",
        "\"weight_mode\":\"formula\",\"param_length\":2",
        "weight_mode `formula` is not supported",
    ),
    (
        "\"param_length\":2",
        "\"weight_mode\":\"linear\",\"param_length\":2",
        "param_edges[0]: 5 entries where a linear weight of 2 parameters has 4: rows this wide belong to formula models",
    ),
    ("\"n_vertices\":4}", "\"n_vertices\":4} x", "trailing characters at line 1"),
];

#[test]
fn each_fault_of_a_dictionary_is_named_with_key_and_row() {
    assert!(formats::read_json(GOOD.as_bytes(), false).is_ok());
    for (good, bad, expected) in FAULTS {
        let found = message(&GOOD.replacen(good, bad, 1));
        assert!(found.contains(expected), "{bad}: {found}");
    }
}

#[test]
fn each_missing_key_is_named() {
    for key in [
        "states",
        "edges",
        "start_edges",
        "param_edges",
        "start_param_edges",
        "param_length",
        "state_length",
        "n_vertices",
    ] {
        let text = GOOD.replace(&format!("\"{key}\""), "\"other\"");
        assert_eq!(message(&text), format!("the key `{key}` is missing"));
    }
}

#[test]
fn a_text_cut_anywhere_is_refused_with_line_and_column() {
    for end in 0..GOOD.len() {
        let found = message(&GOOD[..end]);
        assert!(found.contains("at line 1 column") && found.contains("EOF"), "{end}: {found}");
    }
    let found = message(&GOOD[..GOOD.find("[3,1,0.5").unwrap() + 6]);
    assert!(found.starts_with("param_edges[1]: EOF while parsing"), "{found}");
}

#[test]
fn other_json_is_no_graph() {
    assert!(message("[1,2]").contains("expected the dictionary of a graph at line 1"));
    assert!(message("{}").contains("the key `states` or `alpha` of a graph is missing"));
    assert!(message(r#"{"vertices":3,"b\u001b[31m":{}}"#).ends_with("only `vertices`, `b\\u{1b}[31m`"));
    assert!(message(r#"{"idx":3,"graph":{}}"#).contains("--jobs"));
}

#[test]
fn each_fault_of_a_matrix_is_named_with_its_entry() {
    for (text, expected) in [
        (r#"{"alpha":[1],"S":[[2]]}"#, "S[0][0]: 2 on the diagonal"),
        (r#"{"alpha":[1,0],"S":[[-1]]}"#, "alpha: 2 entries, S has 1 rows"),
        (r#"{"alpha":[1],"S":[[-1]],"exit":[]}"#, "exit: 0 entries, S has 1 rows"),
        (r#"{"alpha":[1],"S":[[-1,0]]}"#, "S[0]: 2 entries, expected 1: the matrix has 1 rows"),
        (r#"{"alpha":[0.5,0.5],"S":[[-1,0],[0]]}"#, "S[1]: 1 entries, expected 2"),
        (r#"{"alpha":[0.5,0.5],"S":[[-1,-1],[0,-1]]}"#, "S[0][1]: -1 is negative"),
        (r#"{"alpha":[0.5,0.5],"S":[[-1,2],[0,-1]]}"#, "S[0]: the row sums to 1, more than zero"),
        (
            r#"{"alpha":[0.5,0.5],"S":[[0.5,0.6],[0,0]],"kind":"discrete"}"#,
            "S[0]: the row sums to 1.1, more than one",
        ),
        (r#"{"alpha":[0.5,0.6],"S":[[-1,0],[0,-1]]}"#, "alpha: the initial probabilities sum to 1.1"),
        (r#"{"alpha":[-0.5,0.6],"S":[[-1,0],[0,-1]]}"#, "alpha[0]: -0.5 is not a probability"),
        (r#"{"alpha":[1],"S":[[-1]],"exit":[2]}"#, "exit[0]: 2, but row 0 of S leaves 1"),
        (r#"{"alpha":[1],"S":[[-1]],"kind":"both"}"#, "kind: `both` is neither"),
        (r#"{"alpha":[1],"S":[[-1]],"ipv":[1]}"#, "ipv: `alpha` gives the initial probabilities already"),
        (r#"{"alpha":[],"S":[]}"#, "S: the matrix is empty"),
        (r#"{"alpha":[1]}"#, "the key `S` is missing"),
        (r#"{"S":[[-1]]}"#, "the key `alpha` is missing"),
        (r#"{"alpha":[1],"S":[[NaN]]}"#, "S[0]: NaN is not a finite number, at line 1 column"),
        (r#"{"alpha":[1],"S":[[-1"#, "S[0]: EOF while parsing a list at line 1 column 21"),
    ] {
        let found = message(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn an_archive_that_is_none_or_lacks_an_array_is_refused() {
    let refused = |bytes: &[u8]| formats::read(bytes, Format::Npz, false).unwrap_err().to_string();
    assert!(refused(b"no zip").starts_with("archive: "));
    let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    assert!(refused(&empty).contains("no array of a graph"));
}
