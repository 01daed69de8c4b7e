//! Files that people have beside graphs, known by how they begin, so that an error can say what a file is.

use sojourn_engine::formats::shortened;

/// First bytes of binary forms, and what they are.
const BINARY: [(&[u8], &str); 24] = [
    (b"%PDF-", "a PDF"),
    (
        b"\x93NUMPY",
        "a single numpy array, as of parameter vectors (--thetas); a graph takes several: numpy.savez(file, alpha=alpha, S=S)",
    ),
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB file; save its matrices as JSON by jsonencode"),
    (b"RDX", "an R data file; save its matrices as JSON by jsonlite::toJSON"),
    (b"X\n\0\0\0", "an R data file; save its matrices as JSON by jsonlite::toJSON"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet table"),
    (b"ARROW1", "an Arrow table"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x7fELF", "a program"),
    (b"\xfd7zXZ", "compressed by xz; gzip and zstd are read"),
    (b"BZh", "compressed by bzip2; gzip and zstd are read"),
    (b"\x04\x22\x4d\x18", "compressed by lz4; gzip and zstd are read"),
    (b"7z\xbc\xaf", "compressed by 7-Zip; gzip and zstd are read"),
    (b"Rar!", "compressed by RAR; gzip and zstd are read"),
    (b"\x1f\x9d", "compressed by compress; gzip and zstd are read"),
    (b"\x1f\x8b", "compressed twice; decompress it once"),
    (b"\x28\xb5\x2f\xfd", "compressed twice; decompress it once"),
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"sjrn", "a file of sojourn's own that is neither a graph nor a trace, or of another version"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
];

/// Lines that are looked at for the words of a language.
const FIRST_LINES: usize = 40;

/// Returns a noun phrase for what bytes are that are neither JSON, an archive nor a trace.
pub(super) fn description(bytes: &[u8]) -> String {
    if let Some((_, what)) = BINARY.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*what).to_owned();
    }
    if matches!(bytes, [0x80, 2..=5, ..]) {
        return "a Python pickle, which is a program and never run; save the graph by json.dump(graph.serialize(), file) or \
                numpy.savez"
            .to_owned();
    }
    if bytes.get(257..262).is_some_and(|magic| magic == b"ustar") {
        return "a tar archive; name the files in it".to_owned();
    }
    match std::str::from_utf8(&bytes[..bytes.len().min(1 << 16)]) {
        Ok(text) => of_text(text),
        // A letter may be cut at the end of what is looked at.
        Err(error) if error.valid_up_to() > 4096 => {
            of_text(std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
        }
        Err(_) => {
            let first: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            format!("neither text nor of a known binary form; it begins with the bytes {}", first.join(" "))
        }
    }
}

fn of_text(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty()).take(FIRST_LINES);
    let (number, first) = text
        .lines()
        .map(str::trim)
        .enumerate()
        .find(|(_, line)| !line.is_empty())
        .map_or((1, ""), |(at, line)| (at + 1, line));
    let lower = first.to_ascii_lowercase();
    let has = |word: fn(&str) -> bool| lines().any(word);
    if lower.starts_with("%%matrixmarket") {
        return "a MatrixMarket file, which is not read yet; scipy.io.mmread and scipy.sparse.save_npz make an npz of it"
            .to_owned();
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return "an HTML page; was it meant to be downloaded?".to_owned();
    }
    if first.starts_with('<') {
        return "XML".to_owned();
    }
    if has(|line| line.starts_with("@type:") || line.starts_with("@model")) {
        return "a model in Storm's DRN format, which is not read".to_owned();
    }
    if has(|line| matches!(line, "ctmc" | "dtmc" | "mdp" | "pta" | "stochastic" | "probabilistic"))
        || has(|line| line.starts_with("module ") && !line.contains('='))
    {
        return "a model in PRISM's language, which is not read".to_owned();
    }
    if lower.starts_with("digraph") || lower.starts_with("strict digraph") {
        return "a picture in the DOT language, which keeps no weights exactly; name the graph it was made of".to_owned();
    }
    if first.starts_with('[') {
        return format!(
            "a JSON list (line {number}), as of parameter vectors (--thetas); a graph is a dictionary, \
             {{\"alpha\": [..], \"S\": [[..]]}} or that of phasic"
        );
    }
    let begins = shortened(first, 60).escape_debug().to_string();
    if is_table(first) {
        return format!(
            "a table of text (line {number} is `{begins}`), as of parameter vectors (--thetas) or observations (fit --data, \
             eval --loglik)"
        );
    }
    format!("text that is no graph: line {number} begins `{begins}`")
}

/// Returns whether a line is one of numbers, or of several entries without blanks in them.
fn is_table(line: &str) -> bool {
    let entries = || line.split([',', ';', '\t']).map(str::trim);
    let numbers = line.split([',', ';', '\t', ' ']).filter(|entry| !entry.is_empty());
    numbers.clone().all(|entry| entry.trim_matches('"').parse::<f64>().is_ok())
        || entries().count() > 1 && entries().all(|entry| !entry.contains([' ', '{', '=', '(']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_name_by_mistake_is_told_by_its_first_bytes() {
        for (bytes, expected) in [
            (&b"%PDF-1.7\n"[..], "a PDF"),
            (b"\x93NUMPY\x01\0", "a single numpy array"),
            (b"\x80\x04\x95", "a Python pickle"),
            (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
            (b"<!DOCTYPE html>\n<html>", "an HTML page"),
            (b"<?xml version=\"1.0\"?>", "XML"),
            (
                b"%%MatrixMarket matrix coordinate real general\n",
                "a MatrixMarket file, which is not read yet",
            ),
            (b"// a queue\n\nctmc\n\nconst int K = 3;\n", "a model in PRISM's language"),
            (b"// Exported by storm\n@type: CTMC\n", "a model in Storm's DRN format"),
            (b"digraph {\n", "a picture in the DOT language"),
            (b"time,censored\n1,0\n", "a table of text (line 1 is `time,censored`)"),
            (b"\n1.5\n2.5\n", "a table of text (line 2 is `1.5`)"),
            (b"0 1 0.5\n", "a table of text"),
            (b"[[1, 2], [3, 4]]", "a JSON list (line 1)"),
            (b"\xff\xfe{\0", "text in UTF-16"),
            (b"\xfd7zXZ\0", "compressed by xz"),
            (b"no graph at all", "text that is no graph: line 1 begins `no graph at all`"),
            (b"a, b and so on", "text that is no graph"),
            (
                b"\x00\x01\xfe\xed",
                "neither text nor of a known binary form; it begins with the bytes 00 01 fe ed",
            ),
        ] {
            let found = description(bytes);
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn quoted_lines_are_short_and_without_control_characters() {
        let found = description(format!("\x1b[31m{}", "x".repeat(100_000)).as_bytes());
        assert!(found.len() < 150 && found.contains("\\u{1b}"), "{found}");
    }
}
