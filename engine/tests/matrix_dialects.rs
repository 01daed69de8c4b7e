//! The matrix form as different tools write it: one distribution, alpha (0.6, 0.4) and S ((-2, 1), (0, -3)).

use sojourn_engine::density::DistributionQuery;
use sojourn_engine::formats::{self, Format, matrix};
use sojourn_engine::{Chain, Graph, Kind, Trace};

/// cdf(1), by the eigenvalues: 1 - (0.6 (e^-2 + (e^-2 - e^-3)) + 0.4 e^-3).
const CDF_AT_1: f64 = 0.847_555_073_79;

fn cdf_at_1(graph: &Graph) -> f64 {
    let trace = Trace::record(&Chain::new(graph)).unwrap();
    let query = DistributionQuery { times: vec![1.0], ..DistributionQuery::default() };
    trace.distribution(&[], &query).unwrap().points[0].cdf
}

fn read(text: &str) -> Graph {
    formats::read_json(text.as_bytes(), false).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    formats::read_json(text.as_bytes(), false).expect_err(text).to_string()
}

fn archive(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/matrices");
    std::fs::read(folder.join(format!("{name}.npz"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_dialect_of_json_is_the_same_graph() {
    let plain = read(r#"{"alpha":[0.6,0.4],"S":[[-2,1],[0,-3]]}"#);
    assert!((cdf_at_1(&plain) - CDF_AT_1).abs() < 1e-11);
    for text in [
        r#"{"alpha":[[0.6,0.4]],"S":[[-2,1],[0,-3]]}"#,
        r#"{"alpha":[[0.6],[0.4]],"S":[[-2,1],[0,-3]]}"#,
        r#"{"pi":[0.6,0.4],"T":[[-2,1],[0,-3]]}"#,
        r#"{"alpha":[0.6,0.4],"Q":[[-2,1],[0,-3]],"xi":[[1],[3]]}"#,
        r#"{"ipv":[0.6,0.4],"sim":[[-2,1],[0,-3]]}"#,
        r#"{"init_probs":[0.6,0.4],"subint_mat":[[-2,1],[0,-3]]}"#,
        r#"{"prob":[0.6,0.4],"rates":[[-2,1],[0,-3]]}"#,
        r#"{"alpha":[0.6,0.4],"A":[[-2.0,1e0],[0.0,-3]],"exit_rates":[1,3],"title":"ignored"}"#,
        r#"{"D0":[[-2,1],[0,-3]],"alpha":[0.6,0.4],"kind":"continuous","discrete":false}"#,
        "\u{feff}{\"is_discrete\":false,\"alpha\":[0.6,0.4],\"S\":[[-2,1],[0,-3]]}",
        // Generators with their absorbing row.
        r#"{"alpha":[0.6,0.4,0],"S":[[-2,1,1],[0,-3,3],[0,0,0]]}"#,
        r#"{"alpha":[0.6,0.4],"Q":[[-2,1,1],[0,-3,3],[0,0,0]]}"#,
    ] {
        assert_eq!(read(text), plain, "{text}");
    }
}

#[test]
fn scalars_are_a_matrix_of_one_phase() {
    let plain = read(r#"{"alpha":[1],"S":[[-2]]}"#);
    for text in
        [r#"{"alpha":1,"S":-2}"#, r#"{"alpha":1.0,"S":[-2],"exit":2}"#, r#"{"alpha":[[1]],"S":[[-2.0]]}"#]
    {
        assert_eq!(read(text), plain, "{text}");
    }
}

#[test]
fn what_counts_steps_says_so_in_two_ways_that_must_agree() {
    let steps = read(r#"{"alpha":[1,0],"S":[[0.5,0.25],[0,0.5]],"kind":"discrete"}"#);
    assert_eq!(steps.kind(), Kind::Discrete);
    assert_eq!(read(r#"{"discrete":true,"alpha":[1,0],"S":[[0.5,0.25],[0,0.5]]}"#), steps);
    let found = refused(r#"{"discrete":true,"kind":"continuous","alpha":[1],"S":[[-1]]}"#);
    assert_eq!(found, "kind: contradicts `discrete`, which says the opposite");
    let full = read(r#"{"discrete":true,"alpha":[1,0],"S":[[0.5,0.25,0.25],[0,0.5,0.5],[0,0,1]]}"#);
    assert_eq!(full, read(r#"{"discrete":true,"alpha":[1,0],"S":[[0.5,0.25],[0,0.5]]}"#));
}

#[test]
fn a_generator_starts_in_its_first_row_where_nothing_else_is_said() {
    let graph = read(r#"{"Q":[[-2,1,1],[0,-3,3],[0,0,0]]}"#);
    assert_eq!(graph, read(r#"{"alpha":[1,0],"S":[[-2,1],[0,-3]]}"#));
    // The absorbing row may stand anywhere, and there may be several.
    let first = read(r#"{"alpha":[0,0.6,0.4],"Q":[[0,0,0],[1,-2,1],[3,0,-3]]}"#);
    assert!((cdf_at_1(&first) - CDF_AT_1).abs() < 1e-11);
    let two = read(r#"{"alpha":[0.6,0.4],"Q":[[-2,1,0.5,0.5],[0,-3,3,0],[0,0,0,0],[0,0,0,0]]}"#);
    assert!((cdf_at_1(&two) - CDF_AT_1).abs() < 1e-11);
    // Mass at zero goes to an absorbing row.
    let at_zero = read(r#"{"alpha":[0.3,0.2,0.1],"Q":[[-2,1,1],[0,-3,3],[0,0,0]]}"#);
    assert!((cdf_at_1(&at_zero) - (0.5 + 0.5 * CDF_AT_1)).abs() < 1e-11);
    assert!(refused(r#"{"Q":[[0,0],[1,-1]]}"#).starts_with("the key `alpha` is missing"));
    // One of which nothing says that its last row is absorbing.
    let kept = read(r#"{"alpha":[1,0],"S":[[-1,1],[0,0]],"exit":[0,0]}"#);
    assert_eq!(cdf_at_1(&kept), 0.0);
}

#[test]
fn archives_of_numpy_and_scipy_are_the_same_graph_as_json() {
    let plain = read(r#"{"alpha":[0.6,0.4],"S":[[-2,1],[0,-3]]}"#);
    let from_first = read(r#"{"alpha":[1,0],"S":[[-2,1],[0,-3]]}"#);
    let one = read(r#"{"alpha":1,"S":-2}"#);
    let discrete = read(r#"{"alpha":[1,0],"S":[[0.5,0.25],[0,1]],"discrete":true}"#);
    let two_ends = read(r#"{"Q":[[-2,1,0,1],[0,-3,3,0],[0,0,0,0],[0,0,0,0]]}"#);
    let mut cases = vec![
        ("plain".to_owned(), &plain),
        ("compressed".to_owned(), &plain),
        ("fortran_big_endian".to_owned(), &plain),
        ("integers_column".to_owned(), &plain),
        ("kind".to_owned(), &plain),
        ("generator".to_owned(), &plain),
        ("scalars".to_owned(), &one),
        ("half".to_owned(), &one),
        ("discrete".to_owned(), &discrete),
        ("generator_blocks".to_owned(), &two_ends),
    ];
    for layout in ["csr", "csc", "coo", "bsr", "dia"] {
        cases.push((format!("generator_{layout}"), &from_first));
        cases.push((format!("alpha_{layout}"), &plain));
    }
    for (name, expected) in cases {
        let graph = formats::read(&archive(&name), Format::Npz, false);
        assert_eq!(&graph.unwrap_or_else(|error| panic!("{name}: {error}")), expected, "{name}");
    }
}

#[test]
fn archives_of_other_things_say_what_they_are() {
    let refused = |name: &str| formats::read(&archive(name), Format::Npz, false).unwrap_err().to_string();
    assert!(
        refused("pickled").starts_with("S: Python objects, which are pickled and never read"),
        "{}",
        refused("pickled")
    );
    assert!(refused("nameless").contains("numpy.savez(file, alpha=alpha, S=S)"), "{}", refused("nameless"));
    assert!(refused("no_graph").ends_with("among `x.npy`"), "{}", refused("no_graph"));
}

#[test]
fn what_cannot_be_is_named_with_row_column_and_cure() {
    for (text, expected) in [
        (
            r#"{"alpha":[0.5,0.5],"S":[[-1,0],[0,2]]}"#,
            "S[1][1]: 2 on the diagonal: minus the sum of what leaves",
        ),
        (r#"{"alpha":[0.5,0.5],"T":[[-1,-1],[0,-1]]}"#, "T[0][1]: -1 is negative"),
        (r#"{"alpha":[0.5,0.5],"sim":[[-1,2],[0,-1]]}"#, "sim[0]: the row sums to 1, more than zero"),
        (
            r#"{"alpha":[1,0],"S":[[0.5,0.25],[0,0.5]]}"#,
            "S[0][0]: 0.5, and no entry of the matrix is negative",
        ),
        (r#"{"alpha":[1,0],"S":[[0.5,0.25],[0,0.5]]}"#, "say \"discrete\": true, or --discrete"),
        (r#"{"alpha":[1,0],"S":[[0,0.25],[0,0]]}"#, "S[0][1]: 0.25, and no entry of the matrix is negative"),
        (
            r#"{"alpha":2,"S":[[-1,0,0],[0,-1,0],[0,0,-1]]}"#,
            "to start in row 2 write 1 there and 0 for the others",
        ),
        (
            r#"{"alpha":[0.2,0.4,0.4],"S":[[-1,0],[0,-1]]}"#,
            "alpha: 3 entries, S has 2 rows; mass at zero is not listed",
        ),
        (
            r#"{"alpha":[[1,0],[0,1]],"S":[[-1,0],[0,-1]]}"#,
            "alpha: 2 rows of 2 numbers where one row or one column",
        ),
        (
            r#"{"alpha":[1,0],"S":[-1,0,0,-1]}"#,
            "S: a flat list of 4 numbers where a list of rows is expected",
        ),
        (r#"{"alpha":[1,0],"S":[[-1,0],3]}"#, "S[1]: a number where a row is expected"),
        (r#"{"alpha":[1,[0]],"S":[[-1,0],[0,-1]]}"#, "alpha[1]: a row where a number is expected"),
        (r#"{"alpha":[1,"x"],"S":[[-1]]}"#, "alpha[1]: invalid type: string \"x\", expected a number"),
        (r#"{"alpha":[1],"S":[[-1e400]]}"#, "S[0]: number out of range at line 1 column"),
        (r#"{"alpha":[1],"S":[[-1]],"S":[[-1]]}"#, "S: the key stands here a second time"),
        (r#"{"alpha":[1],"S":[[-1]],"T":[[-1]]}"#, "T: `S` gives the matrix already"),
        (r#"{"alpha":[1],"s":[[-1]]}"#, "the key `S` is missing; write `S` for `s` if that is meant"),
        (
            r#"{"Alpha":[1],"S":[[-1]]}"#,
            "the key `alpha` is missing; write `alpha` for `Alpha` if that is meant",
        ),
        (
            r#"{"alpha":[1],"S":[[0.5]],"Discrete":true}"#,
            "Discrete: an unknown key: write `discrete` if that is meant",
        ),
        (r#"{'alpha':[1],'S':[[-1]]}"#, "at line 1 column 2"),
        (r#"{'alpha':[1],'S':[[-1]]}"#, "JSON has double quotes: Python writes it by json.dump"),
        (r#"{"D0":[[-2]],"D1":[[2]],"alpha":[1]}"#, "D1: a Markovian arrival process"),
        (r#"{"alpha":[1],"S":[[-1e308]],"exit":[1e308],"kind":true}"#, "kind: invalid type: boolean"),
        (r#"{"alpha":[0.5,0.5],"S":[[-1e308,0],[1.7e308,-1e308]]}"#, "more than zero"),
    ] {
        let found = refused(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn a_matrix_is_read_as_it_was_written_whatever_its_phases_do() {
    let text = r#"{"alpha":[0.25,0.25,0.5],"S":[[-1,0,1],[0,0,0],[0,0,-2]],"exit":[0,0,2]}"#;
    let graph = read(text);
    let written = matrix::write_json(&graph, &[]).unwrap();
    assert_eq!(read(&written), graph, "{written}");
    assert!(!written.contains("-0.0"), "{written}");
}
