use npyz::WriterBuilder;

use super::*;

fn collected(vectors: Vectors) -> Result<Vec<Vec<f64>>, Problem> {
    vectors.collect()
}

/// Comes a few bytes at a time, as from a pipe.
fn input(bytes: &[u8]) -> Input {
    Box::new(BufReader::with_capacity(3, std::io::Cursor::new(bytes.to_vec())))
}

/// Returns two parameters, as most of these files have.
fn two() -> ParameterNames {
    ParameterNames::new(2)
}

fn read(name: &str) -> Result<Vec<Vec<f64>>, LoadError> {
    super::read(name, &two())
}

fn from_json(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    collected(json::vectors(input(bytes), 2))
}

fn from_csv(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    collected(csv::vectors(input(bytes), &two()))
}

fn from_npy(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    collected(npy::vectors(input(bytes), 2)?)
}

fn from_any(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    collected(by_first_bytes(input(bytes), &two())?)
}

#[test]
fn a_typed_vector_keeps_every_digit_and_may_be_empty() {
    assert_eq!(from_text("1,0.1, 2.5e-7").unwrap(), [1.0, 0.1, 2.5e-7]);
    assert!(from_text("").unwrap().is_empty());
}

#[test]
fn a_typed_vector_with_nan_or_words_is_refused_by_the_word() {
    for word in ["nan", "inf", "1e999", "one", ""] {
        let message = from_text(&format!("1,{word}")).unwrap_err();
        assert!(message.contains(&format!("`{word}`")), "{message}");
    }
}

#[test]
fn json_is_a_list_of_vectors_the_empty_one_included() {
    assert_eq!(from_json(b"[[1, 2.5], [3, 4]]\n").unwrap(), [[1.0, 2.5], [3.0, 4.0]]);
    assert_eq!(read("[[]]").unwrap(), [Vec::<f64>::new()]);
    assert_eq!(read(" [ [], [1] , [] ] ").unwrap(), [vec![], vec![1.0], vec![]]);
    assert!(read("[]").unwrap().is_empty());
    for wrong in [
        &b"[1, 2"[..],
        b"[[NaN]]",
        b"[[1], 2]",
        b"[[1] [2]]",
        b"[[1],",
        b"[[1]",
        b"[[1]] x",
        b"[[[1]]]",
        b"{}",
        b"",
        b"[[\"a\"]]",
    ] {
        assert!(from_json(wrong).is_err(), "{}", String::from_utf8_lossy(wrong));
    }
}

#[test]
fn json_may_have_a_vector_a_line() {
    assert_eq!(from_json(b"[1, 2]\n[3, 4]\n").unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(from_json(b"[0.5]").unwrap(), [[0.5]]);
    let message = from_json(b"[1]\n[x]\n").unwrap_err().to_string();
    assert!(message.contains("vector 2"), "{message}");
}

#[test]
fn csv_has_a_vector_a_line_with_or_without_heading() {
    let with = from_csv(b"theta0,theta1\n1,2\n\n# more\n3,4\n").unwrap();
    assert_eq!(with, [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(from_csv(b"1,2\r\n3,4").unwrap(), with);
}

#[test]
fn a_bad_csv_entry_names_its_line_and_what_was_before_is_there() {
    let mut vectors = csv::vectors(input(b"1,2\n3,x\n5,6\n"), &two());
    assert_eq!(vectors.next().unwrap().unwrap(), [1.0, 2.0]);
    let message = vectors.next().unwrap().unwrap_err().to_string();
    assert!(message.contains("line 2") && message.contains("`x`"), "{message}");
    assert!(from_csv(b"1,x\n").is_err(), "half a heading is none");
    assert!(from_csv(b"1\n\xff\n").unwrap_err().to_string().contains("line 2: "));
}

#[test]
fn without_a_telling_name_the_first_bytes_decide() {
    assert_eq!(from_any(b" [[1, 2]]").unwrap(), [[1.0, 2.0]]);
    assert_eq!(from_any(b"theta[0],theta[1]\n1,2\n").unwrap(), [[1.0, 2.0]]);
    assert_eq!(from_any(&npy(&[2, 2])).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    assert!(matches!(by_first_bytes(input(b" \n"), &two()), Err(Problem::Empty)));
    let message = from_any(b"\n\n1\nx\n").unwrap_err().to_string();
    assert!(message.contains("line 4"), "{message}");
}

fn npy(shape: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer =
        npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend([1.0_f64, 2.0, 3.0, 4.0]).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn npy_rows_are_vectors() {
    let bytes = npy(&[2, 2]);
    assert_eq!(from_npy(&bytes).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    assert!(from_npy(&bytes[..bytes.len() - 1]).is_err(), "cut short");
    assert!(
        from_npy(&npy(&[4]))
            .unwrap_err()
            .to_string()
            .contains("one vector of 4 numbers, or 4 vectors of one")
    );
    assert!(from_npy(&npy(&[2, 2, 1])).unwrap_err().to_string().contains("shape (vectors, parameters)"));
}

#[test]
fn an_array_in_fortran_order_has_the_same_rows() {
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().order(npyz::Order::Fortran).shape(&[3, 2]);
    let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
    writer.extend([1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    writer.finish().unwrap();
    assert_eq!(from_npy(&bytes).unwrap(), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
    assert!(from_npy(&bytes[..bytes.len() - 8]).is_err(), "cut short");
}

#[test]
fn an_array_of_other_things_than_numbers_is_refused_by_its_type() {
    let mut bytes = Vec::new();
    let mut writer =
        npyz::WriteOptions::new().default_dtype().shape(&[1, 1]).writer(&mut bytes).begin_nd().unwrap();
    writer.push(&true).unwrap();
    writer.finish().unwrap();
    let message = from_npy(&bytes).unwrap_err().to_string();
    assert!(message.contains("|b1") && message.contains("astype(float)"), "{message}");
}

#[test]
fn numbers_in_quotes_are_numbers_and_other_separators_are_told() {
    assert_eq!(from_csv(b"\"theta0\",\"theta1\"\r\n\"1\", 2\r\n").unwrap(), [[1.0, 2.0]]);
    let message = |text: &str| from_csv(text.as_bytes()).unwrap_err().to_string();
    assert!(
        message("1\n1;2\n").starts_with("line 2: `1;2` is not a number: entries are separated by commas")
    );
    assert_eq!(message("1,2\n3,\n"), "line 2: `` is not a number: an entry is missing");
}

#[test]
fn files_are_read_by_name_compressed_or_not_and_named_in_errors() {
    use std::io::Write;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.csv"), "1\n2\n").unwrap();
    std::fs::write(path("a.csv.zst"), zstd::encode_all(&b"1\n2\n"[..], 1).unwrap()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"[[1], [2]]").unwrap();
    std::fs::write(path("a.json.gz"), gzip.finish().unwrap()).unwrap();
    for name in ["a.csv", "a.csv.zst", "a.json.gz"] {
        assert_eq!(read(&path(name)).unwrap(), [[1.0], [2.0]], "{name}");
    }
    std::fs::write(path("b.csv"), "1\nx\n").unwrap();
    let message = read(&path("b.csv")).unwrap_err().to_string();
    assert!(message.contains("b.csv: line 2"), "{message}");
    let message = read(&path("c.csv")).unwrap_err().to_string();
    assert!(message.contains("c.csv: can not be read"), "{message}");
}

#[test]
fn a_byte_order_mark_makes_no_heading_of_the_first_vector() {
    let marked = "\u{feff}1,2\n3,4\n".as_bytes();
    assert_eq!(from_csv(marked).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(from_any(marked).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn a_heading_alone_is_told_and_no_file_of_nothing() {
    for text in ["a,b\n", "a;b\n", "# a remark\nrate\n\n"] {
        let message = from_any(text.as_bytes()).unwrap_err().to_string();
        assert!(message.contains("a heading and no vector"), "{text}: {message}");
    }
    assert!(matches!(from_csv(b"# a remark\n"), Err(Problem::Empty)));
}

#[test]
fn columns_are_parameters_by_their_names() {
    let names = two().with_names(&["arrival", "service"]);
    let read = |text: &str| {
        collected(csv::vectors(input(text.as_bytes()), &names)).map_err(|error| error.to_string())
    };
    let expected = vec![vec![0.5, 1.0], vec![0.25, 2.0]];
    for text in [
        "theta[1],theta[0]\n1,0.5\n2,0.25\n",
        "\"\",\"theta0\",\"theta1\"\n\"1\",0.5,1\n\"2\",0.25,2\n",
        ",service,arrival\n0,1,0.5\n1,2,0.25\n",
        "arrival;service\n0,5;1\n0,25;2\n",
        "\"theta_0\" \"theta_1\"\n\"1\" 0.5 1\n\"2\" 0.25 2\n",
        "0.5\t1\n0.25\t2\n",
        "# arrival,service\n0.5,1\n0.25,2\n",
        ",0,1\n0,0.5,1.0\n1,0.25,2.0\n",
        "0,1\n0.5,1.0\n0.25,2.0\n",
    ] {
        assert_eq!(read(text).as_ref(), Ok(&expected), "{text:?}");
    }
    assert!(
        read("theta1,theta2\n1,2\n").unwrap_err().starts_with("line 1: the column `theta2` is no parameter")
    );
    assert!(read("a,b\n1,2\n").unwrap_err().contains("`a` is no parameter"));
    assert!(read("0,1\n0.5,1.25\n").unwrap_err().contains("line 1: a vector 0, 1, .. or numbers of columns"));
    assert!(read("theta[0]\n1\n").unwrap_err().contains("no column is theta[1] (service)"));
    assert!(read("theta0,theta1\n1\n").unwrap_err().contains("line 2: there are 1 entries"));
    assert!(read("theta0,theta1\n1,NA\n").unwrap_err().contains("line 2: `NA` is not a number"));
}

#[test]
fn of_one_parameter_numbers_are_vectors_each() {
    let expected = [[1.0], [2.0], [3.0], [4.0]];
    assert_eq!(collected(npy::vectors(input(&npy(&[4])), 1).unwrap()).unwrap(), expected);
    assert_eq!(collected(json::vectors(input(b"[1, 2, 3, 4]"), 1)).unwrap(), expected);
    assert_eq!(collected(json::vectors(input(b"[1]\n[2]\n[3]\n[4]"), 1)).unwrap(), expected);
    let several = collected(json::vectors(input(b"[1, 2]\n[3, 4]"), 1)).unwrap_err().to_string();
    assert!(several.contains("several lists"), "{several}");
    assert_eq!(collected(npy::vectors(input(&npy(&[4])), 4).unwrap()).unwrap(), [[1.0, 2.0, 3.0, 4.0]]);
    assert_eq!(collected(json::vectors(input(b"[1, 2, 3, 4]"), 4)).unwrap(), [[1.0, 2.0, 3.0, 4.0]]);
}
