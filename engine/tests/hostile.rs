//! Files made to harm, or harmed: each is an error of bounded length, and takes no memory beyond its own size.

mod support;

use std::io::{Cursor, Write};

use proptest::prelude::*;
use sojourn_engine::formats::{self, Format, phasic};
use sojourn_engine::{Chain, models};
use support::fixture;
use zip::write::SimpleFileOptions;

const MATRIX: &str =
    r#"{"alpha":[[0.6,0.4]],"S":[[-2.0,1],[0,-3]],"exit":[1,3],"kind":"continuous","title":"x"}"#;

fn refused(bytes: &[u8], format: Format) -> String {
    let error = formats::read(bytes, format, false).expect_err("it was read").to_string();
    assert!(error.len() <= 1024, "{} bytes: {error}", error.len());
    error
}

fn refused_text(text: &str) -> String {
    refused(text.as_bytes(), Format::Json)
}

/// An archive of members, stored as they are.
fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An array with this header's dictionary, and its data.
fn array(header: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{header}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00".as_slice(), &length, header.as_bytes(), data].concat()
}

fn doubles(shape: &str, values: &[f64]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    array(&format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"), &data)
}

fn matrices(alpha: Vec<u8>) -> Vec<u8> {
    archive(&[("alpha.npy", alpha), ("S.npy", doubles("(1, 1)", &[-2.0]))])
}

#[test]
fn a_shape_is_held_to_the_bytes_there_are_before_memory_is_taken() {
    assert!(formats::read(&matrices(doubles("(1,)", &[1.0])), Format::Npz, false).is_ok());
    for shape in [
        "(1000000000000,)",
        "(2,)",
        "(1, 4294967295)",
        "(4294967296, 4294967296)",
        "(1,18446744073709551615,)",
    ] {
        let found = refused(&matrices(doubles(shape, &[1.0])), Format::Npz);
        assert!(
            found.starts_with("alpha: ") && found.contains("more bytes than there are"),
            "{shape}: {found}"
        );
    }
}

#[test]
fn headers_of_arrays_are_bounded_and_their_types_are_named() {
    let alpha = |descr: &str| {
        refused(
            &matrices(array(
                &format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}"),
                &[0; 64],
            )),
            Format::Npz,
        )
    };
    assert!(alpha("'|O'").contains("Python objects"), "{}", alpha("'|O'"));
    assert!(alpha("'<c16'").contains("type <c16 is not supported"), "{}", alpha("'<c16'"));
    assert!(
        alpha("[('a', '<f8')]").contains("is not supported: numbers are expected"),
        "{}",
        alpha("[('a', '<f8')]")
    );
    assert!(alpha("'<M8[s]'").contains("not supported"), "{}", alpha("'<M8[s]'"));
    assert!(alpha(&"(".repeat(100)).contains("the header is not that of plain numbers"));
    assert!(alpha(&format!("'<f8{}'", " ".repeat(5000))).contains("the limit is 4096"));
    let found = refused(
        &matrices(array("{'descr': '<U9', 'fortran_order': False, 'shape': (1,), }", &[0; 64])),
        Format::Npz,
    );
    assert!(found.starts_with("alpha: text where numbers are expected"), "{found}");
}

#[test]
fn members_are_bounded_in_number_size_and_expansion() {
    let many: Vec<(String, Vec<u8>)> = (0..1100).map(|i| (format!("{i}.npy"), Vec::new())).collect();
    let many: Vec<(&str, Vec<u8>)> =
        many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    assert!(refused(&archive(&many), Format::Npz).contains("1100 members, the limit is 1024"));

    let good = matrices(doubles("(1,)", &[1.0]));
    let directory = good.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    // The size that the directory states for the first member.
    let claiming = |size: u32| {
        let mut bytes = good.clone();
        bytes[directory + 24..directory + 28].copy_from_slice(&size.to_le_bytes());
        refused(&bytes, Format::Npz)
    };
    assert!(claiming(3 << 30).contains("the limit is 2147483648"), "{}", claiming(3 << 30));
    assert!(claiming(3 << 29).contains("may expand to 200"), "{}", claiming(3 << 29));

    let end = good.len() - 22;
    for (at, bytes) in [(8, &[0xff, 0xff][..]), (10, &[0xff, 0xff]), (16, &[0xff; 4])] {
        let mut announced = good.clone();
        announced[end + at..end + at + bytes.len()].copy_from_slice(bytes);
        assert!(refused(&announced, Format::Npz).contains("are announced"));
    }
}

#[test]
fn two_members_of_one_name_and_damage_are_refused() {
    let good = matrices(doubles("(1,)", &[1.0]));
    // The name of the second member becomes that of the first.
    let two = archive(&[("alpha.npy", doubles("(1,)", &[1.0])), ("beta_.npy", doubles("(1,)", &[2.0]))]);
    let mut text = two.clone();
    while let Some(at) = text.windows(5).position(|part| part == b"beta_") {
        text[at..at + 5].copy_from_slice(b"alpha");
    }
    assert!(
        refused(&text, Format::Npz).contains("two members have the same name"),
        "{}",
        refused(&text, Format::Npz)
    );
    let mut damaged = good.clone();
    let value = damaged.windows(8).position(|part| part == 1.0_f64.to_le_bytes()).unwrap();
    damaged[value] ^= 1;
    let found = refused(&damaged, Format::Npz);
    assert!(found.starts_with("alpha: the array is cut off or damaged"), "{found}");
}

#[test]
fn nesting_and_words_of_json_are_bounded_wherever_they_stand() {
    for text in [
        format!("{{\"other\":{}", "[".repeat(1 << 20)),
        format!("{{\"alpha\":[1],\"S\":[[-1]],\"other\":{}1{}}}", "{\"a\":".repeat(65), "}".repeat(65)),
        "[".repeat(1 << 20),
    ] {
        assert!(refused_text(&text).contains("nested more than 64 deep"));
    }
    let long = "9".repeat((1 << 20) + 1);
    for text in [
        format!("{{\"{long}\":1}}"),
        format!("{{\"alpha\":[{long}]"),
        format!("{{\"alpha\":[1],\"kind\":\"{long}\"}}"),
    ] {
        assert!(refused_text(&text).contains("a string or number of more than 1048576 bytes"));
    }
}

#[test]
fn what_errors_quote_is_cut_and_without_control_characters() {
    let long = format!("\\u001b[31m{}", "ü".repeat(400_000));
    let dictionary = String::from_utf8(fixture("toy_conststart_new")).unwrap();
    for text in [
        format!("{{\"alpha\":[1],\"S\":[[-1]],\"kind\":\"{long}\"}}"),
        format!("{{\"alpha\":\"{long}\"}}"),
        format!("{{\"S\":[[1,\"{long}\"]]}}"),
        format!("{{\"{long}\":1,\"{long}\":2}}"),
        dictionary.replace("\"linear\"", &format!("\"{long}\"")),
        dictionary.replace("\"states\":[", &format!("\"states\":[\"{long}\",")),
    ] {
        let found = refused_text(&text);
        assert!(!found.contains('\u{1b}'), "{found}");
    }
}

#[test]
fn numbers_that_are_none_are_named_by_key_and_place() {
    let edges = |row: &str| {
        refused_text(&format!(
            r#"{{"states":[[0],[1],[2]],"edges":[[1,2,1],{row}],"start_edges":[[1,1]],"param_edges":[],"start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":3}}"#
        ))
    };
    for (row, expected) in [
        ("[1,2,1e400]", "edges[1]: number out of range at line 1 column"),
        ("[1,2,Infinity]", "edges[1]: Infinity is not a finite number, at line 1 column"),
        ("[1,2,NaN]", "edges[1]: NaN is not a finite number"),
        ("[1,2,null]", "edges[1]: invalid type: null"),
        ("[-1,2,1]", "edges[1]: -1 is not a row number"),
        ("[1,3,1]", "edges[1]: edge 1 -> 3: there are only 3 vertices"),
        ("[1,2.5,1]", "edges[1]: 2.5 is not a row number"),
        ("[1,2,-1]", "edges[1]: edge 1 -> 2: weight -1 is negative"),
    ] {
        let found = edges(row);
        assert!(found.contains(expected), "{row}: {found}");
    }
    // The same index in other words.
    for row in ["[1.0,2e0,1]", "[10e-1,2.00,1]"] {
        let text = format!(
            r#"{{"states":[[0],[1],[2]],"edges":[{row}],"start_edges":[[1,1]],"param_edges":[],"start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":3}}"#
        );
        assert!(formats::read_json(text.as_bytes(), false).is_ok(), "{row}");
    }
}

/// Good files of every form.
fn good() -> Vec<(Vec<u8>, Format)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/matrices");
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let graph = models::build("islands,n=3").unwrap();
    vec![
        (MATRIX.into(), Format::Json),
        (r#"{"Q":[[-2,1,1],[0,-3,3],[0,0,0]]}"#.into(), Format::Json),
        (fixture("toy_conststart_new"), Format::Json),
        (fixture("toy_auxzero"), Format::Json),
        (phasic::write_npz(&graph, phasic::Layout::New).unwrap(), Format::Npz),
        (file("plain.npz"), Format::Npz),
        (file("compressed.npz"), Format::Npz),
        (file("alpha_csr.npz"), Format::Npz),
        (file("generator_bsr.npz"), Format::Npz),
        (file("generator_dia.npz"), Format::Npz),
        (file("generator_coo.npz"), Format::Npz),
    ]
}

/// What a piece of a file is replaced by.
const PIECES: [&[u8]; 16] = [
    b"",
    b"NaN",
    b"-1",
    b"1e400",
    b"1e308",
    b"0",
    b"[",
    b"]",
    b",",
    b"\"",
    b"{\"a\":[",
    b"4294967295",
    b"true",
    b"1.5",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn a_file_changed_at_random_is_read_or_refused_in_few_words(
        which in 0_usize..11,
        changes in proptest::collection::vec((any::<u32>(), 0_usize..6, 0_usize..16), 1..5),
        discrete: bool,
    ) {
        let (mut bytes, format) = good().swap_remove(which);
        for (at, length, piece) in changes {
            let at = at as usize % (bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, PIECES[piece].iter().copied());
        }
        for format in [format, Format::Json] {
            match formats::read(&bytes, format, discrete) {
                Ok(graph) => {
                    let chain = Chain::new(&graph);
                    prop_assert_eq!(Chain::decode(&chain.encode()).unwrap(), chain);
                }
                Err(error) => prop_assert!(error.to_string().len() <= 1024, "{}", error),
            }
        }
    }
}
