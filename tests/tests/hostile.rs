//! Files that are harmful, foreign or oddly named, given to real processes: an error by name with exit code 4, also
//! where memory is short, and never an abort.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use sojourn_engine::formats::phasic::{Layout, write_json};
use sojourn_engine::models;
use sojourn_tests::{Finished, Home, executables};

/// Runs `sojourn` with at most so many KiB of address space.
fn run_within(home: &Home, kibibytes: u32, arguments: &[&OsStr]) -> Finished {
    let mut shell = home.program(Path::new("/bin/sh"));
    shell.arg("-c").arg(format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\""));
    shell.arg(&executables().sojourn).args(arguments);
    Finished::from(shell.output().expect("a shell"))
}

/// `eval` of a file is refused: exit code 4, and a short message with the name of the file and these words.
fn refused(home: &Home, kibibytes: u32, name: &str, words: &str) {
    let path = home.path(name);
    let ended = run_within(home, kibibytes, &["eval".as_ref(), path.as_os_str()]);
    expect_refusal(&ended, name, words);
}

fn expect_refusal(ended: &Finished, name: &str, words: &str) {
    assert_eq!(ended.code, Some(4), "{name}: {}", ended.stderr);
    assert_eq!(ended.stdout, "", "{name}");
    assert!(ended.stderr.contains(name) && ended.stderr.contains(words), "{name}: {}", ended.stderr);
    assert!(ended.stderr.len() <= 1100, "{name}: {} bytes", ended.stderr.len());
}

const LIMIT: u32 = 3_500_000;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn files_that_expand_beyond_all_bounds_are_refused_within_the_memory_there_is() {
    let home = Home::new();
    // Members of gzip files add up: 64 MiB of zeros, again and again.
    let zeros = gzip(&vec![b' '; 64 << 20]);
    let mut bomb = gzip(b"{\"alpha\":[");
    (0..20).for_each(|_| bomb.extend_from_slice(&zeros));
    std::fs::write(home.path("bomb.json.gz"), &bomb).expect("a file");
    refused(&home, LIMIT, "bomb.json.gz", "may expand to 200");
    // Numbers take four times the text's room.
    let numbers = gzip(&b"0,".repeat(16 << 20));
    let mut numerous = gzip(b"{\"alpha\":[");
    (0..4).for_each(|_| numerous.extend_from_slice(&numbers));
    std::fs::write(home.path("numbers.json.gz"), &numerous).expect("a file");
    refused(&home, 600_000, "numbers.json.gz", "memory");
}

#[test]
fn files_larger_than_the_memory_are_refused() {
    let home = Home::new();
    for (name, bytes, words) in
        [("large.json", 5_u64 << 30, "memory"), ("beyond.json", 17 << 30, "more than 17179869184 bytes")]
    {
        let file = File::create(home.path(name)).expect("a file");
        file.set_len(bytes).expect("a sparse file");
        refused(&home, LIMIT, name, words);
    }
}

#[test]
fn lines_of_jobs_are_bounded_and_a_deep_one_takes_no_memory() {
    let home = Home::new();
    let file = File::create(home.path("line.jsonl")).expect("a file");
    file.set_len(2 << 30).expect("a sparse file");
    let deep = format!("{{\"idx\":0,\"graph\":{}", "[".repeat(8 << 20));
    home.file("deep.jsonl", &deep);
    for (name, words) in
        [("line.jsonl", "line 1: more than 1073741824 bytes"), ("deep.jsonl", "nested more than 64 deep")]
    {
        let path = home.path(name);
        let ended = run_within(&home, LIMIT, &["trace".as_ref(), "--jobs".as_ref(), path.as_os_str()]);
        expect_refusal(&ended, name, words);
    }
}

#[test]
fn an_archive_that_announces_more_than_it_has_is_refused() {
    let home = Home::new();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }\n";
    let array =
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
    std::fs::write(home.path("shape.npz"), stored_archive("alpha.npy", &array)).expect("a file");
    refused(&home, LIMIT, "shape.npz", "alpha: shape [1000000000000] wants more bytes than there are");
    // An end of 64 bits that announces ten million members, in a file of twelve megabytes.
    let mut end = vec![0_u8; 12 << 20];
    end[..4].copy_from_slice(b"PK\x03\x04");
    end.extend_from_slice(b"PK\x06\x06");
    end.extend_from_slice(&44_u64.to_le_bytes());
    end.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    (0..2).for_each(|_| end.extend_from_slice(&10_000_000_u64.to_le_bytes()));
    end.extend_from_slice(&46_u64.to_le_bytes());
    end.extend_from_slice(&(11_u64 << 20).to_le_bytes());
    end.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    end.extend_from_slice(&(12_u64 << 20).to_le_bytes());
    end.extend_from_slice(&1_u32.to_le_bytes());
    end.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    end.extend_from_slice(&[0xff; 12]);
    end.extend_from_slice(&[0, 0]);
    std::fs::write(home.path("members.npz"), end).expect("a file");
    refused(&home, LIMIT, "members.npz", "are announced");
}

/// A zip file of one member, stored as it is.
fn stored_archive(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    common.extend_from_slice(&crc.sum().to_le_bytes());
    (0..2).for_each(|_| common.extend_from_slice(&(bytes.len() as u32).to_le_bytes()));
    common.extend_from_slice(&(name.len() as u16).to_le_bytes());
    let mut file = [&b"PK\x03\x04"[..], &common, &[0, 0], name.as_bytes(), bytes].concat();
    let directory = file.len() as u32;
    file.extend([&b"PK\x01\x02"[..], &[20, 0], &common, &[0; 16], name.as_bytes()].concat());
    let length = file.len() as u32 - directory;
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&directory.to_le_bytes());
    file.extend_from_slice(&[0, 0]);
    file
}

#[test]
fn what_is_no_graph_is_told_as_what_it_is() {
    let home = Home::new();
    let trace = home.path("traces");
    home.ok(&["trace", "model:coalescent,n=4", "-o", &trace.to_string_lossy()]);
    let recorded =
        std::fs::read_dir(&trace).expect("a folder").next().expect("a trace").expect("an entry").path();
    std::fs::copy(recorded, home.path("a.trace")).expect("a copy");
    for (name, content, words) in [
        ("table.csv", &b"time,censored\n1,0\n"[..], "a table of text"),
        ("thetas.csv", b"1,0.5\n2,0.7\n", "--thetas"),
        ("paper.pdf", b"%PDF-1.7\n", "a PDF"),
        ("page.html", b"<!DOCTYPE html>\n<html></html>", "an HTML page"),
        ("empty.json", b"", "is empty"),
        ("blank.json", b"\xef\xbb\xbf \n\t", "is empty"),
        ("graph.pkl", b"\x80\x04\x95\x00", "a Python pickle"),
        ("queue.prism", b"ctmc\nmodule queue\n", "PRISM"),
        ("queue.drn", b"// Exported by storm\n@type: CTMC\n", "DRN"),
        ("s.mtx", b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 -2\n", "MatrixMarket"),
        ("list.json", b"[[1,2],[3,4]]", "a JSON list"),
        ("jobs.jsonl", b"{\"idx\":0,\"graph\":{\"alpha\":[1],\"S\":[[-1]]}}\n", "--jobs"),
        ("text.docx", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "no array of a graph"),
        ("other.json", b"{\"vertices\": 3}", "no key of a graph"),
    ] {
        std::fs::write(home.path(name), content).expect("a file");
        for command in ["eval", "trace", "show"] {
            expect_refusal(&home.run(&[command, &home.path(name).to_string_lossy()]), name, words);
        }
    }
    expect_refusal(
        &home.run(&["show", "--dot", &home.path("a.trace").to_string_lossy()]),
        "a.trace",
        "a trace",
    );
    expect_refusal(&home.run(&["eval", &home.path("run").to_string_lossy()]), "run", "is a directory");
    assert!(home.run(&["eval", "s.mtx"]).stderr.contains("Graphs are read from the dictionary of phasic"));
}

#[test]
fn a_name_that_is_nearly_one_is_suggested_and_one_that_is_not_is_not() {
    let home = Home::new();
    home.file("kingman.json", "{}");
    for (name, words) in [
        ("coalescent,n=10", "the model is `model:coalescent,n=10`"),
        ("coalescant,n=10", "the model is `model:coalescent,n=10`"),
        ("kingmann.json", "did you mean `kingman.json`?"),
    ] {
        expect_refusal(&home.run(&["eval", name]), name, words);
    }
    let far = home.run(&["eval", "islands.json"]);
    assert!(!far.stderr.contains("did you mean") && !far.stderr.contains("model"), "{}", far.stderr);
}

#[test]
fn names_of_files_need_not_be_utf_8() {
    let home = Home::new();
    let graph = write_json(&models::build("coalescent,n=4").expect("a model"), Layout::Old).expect("a graph");
    let name = OsStr::from_bytes(b"gr\xe4ph.json");
    let path = home.path("x").with_file_name(name);
    std::fs::write(&path, &graph).expect("a file");
    let run = |arguments: &[&OsStr]| {
        let mut command: Command = home.command(&[]);
        Finished::from(command.args(arguments).output().expect("sojourn starts"))
    };
    for command in [
        &["eval", "--theta", "1", "--json"][..],
        &["trace", "--json"],
        &["show", "--json"],
        &["plot", "--theta", "1"],
    ] {
        let mut arguments: Vec<&OsStr> = command.iter().map(OsStr::new).collect();
        arguments.push(path.as_os_str());
        let ended = run(&arguments);
        assert_eq!(ended.code, Some(0), "{command:?}: {}", ended.stderr);
        if command[0] == "trace" {
            assert!(ended.stdout.contains("gr\u{fffd}ph.json"), "{}", ended.stdout);
        }
    }
    let jobs = home.path("x").with_file_name(OsStr::from_bytes(b"j\xf6bs.jsonl"));
    std::fs::write(&jobs, format!("{{\"idx\":3,\"graph\":{graph}}}\n")).expect("a file");
    let ended = run(&["trace".as_ref(), "--json".as_ref(), "--jobs".as_ref(), jobs.as_os_str()]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("j\u{fffd}bs.jsonl:1"), "{}", ended.stdout);
    let absent = run(&["eval".as_ref(), OsStr::from_bytes(b"abs\xe4nt.json")]);
    expect_refusal(&absent, "abs\u{fffd}nt.json", "No such file");
}

#[test]
fn a_graph_of_probabilities_read_as_continuous_is_remarked_on_every_time() {
    let home = Home::new();
    let edges = |weight: &str, kind: &str| {
        format!(
            "{{\"states\":[[0],[1],[2]],\"edges\":[[1,2,{weight}],[1,1,0.5]],\"start_edges\":[[1,1.0]],\"param_edges\":[],\
             \"start_param_edges\":[],\"param_length\":0,\"state_length\":1,\"n_vertices\":3{kind}}}"
        )
    };
    let steps = home.file("steps.json", &edges("0.5", ""));
    let rates = home.file("rates.json", &edges("1.5", ""));
    let says = home.file("says.json", &edges("0.5", ",\"is_discrete\":false"));
    // The second time the trace is found without reading the graph.
    for _ in 0..2 {
        let ended = home.run(&["eval", &steps]);
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(0), 1), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("steps.json: read as continuous") && ended.stderr.contains("--discrete")
        );
        for other in [&["eval", &rates][..], &["eval", &says], &["eval", "--discrete", &steps]] {
            let ended = home.run(other);
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{other:?}");
        }
    }
}

#[test]
fn an_immune_phase_and_a_row_with_a_self_loop_alone_are_never_absorbed() {
    let home = Home::new();
    let immune = home.file("immune.json", r#"{"alpha":[0.7,0.3],"S":[[-1,0],[0,0]],"exit":[1,0]}"#);
    let found = home.json(&["eval", &immune, "--cdf", "0,1,100", "--json"]);
    let values: Vec<f64> = found[0]["cdf"]
        .as_array()
        .expect("a curve")
        .iter()
        .map(|point| point[1].as_f64().expect("a number"))
        .collect();
    for (found, expected) in values.iter().zip([0.0, 0.442_484_391_18, 0.7]) {
        assert!((found - expected).abs() < 1e-11, "{values:?}");
    }
    let looped = home.file(
        "loop.json",
        r#"{"states":[[0],[1],[2],[3]],"edges":[[1,2,1.0],[1,3,1.0],[2,2,5.0]],"start_edges":[[1,1.0]],"param_edges":[],"start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":4}"#,
    );
    let infinite = home.run(&["eval", &looped]);
    assert!(infinite.code != Some(0) && infinite.stderr.contains("infinite"), "{}", infinite.stderr);
}
