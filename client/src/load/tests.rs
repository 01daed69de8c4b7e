use super::*;
use sojourn_engine::Kind;

#[test]
fn a_model_stands_wherever_a_file_does() {
    let graph = load_graph("model:coalescent,n=4", false).unwrap();
    assert_eq!(graph, load_graph("model:coalescent?n=4", false).unwrap());
}

#[test]
fn an_unknown_model_is_named() {
    let message = load("model:coalescant,n=4", false).unwrap_err().to_string();
    assert!(message.contains("coalescant"), "{message}");
}

#[test]
fn a_missing_file_is_named() {
    let message = load("/nowhere/at/all.json", false).unwrap_err().to_string();
    assert!(message.starts_with("/nowhere/at/all.json: can not be read"), "{message}");
}

#[test]
fn a_trace_is_told_from_a_graph_and_text_from_both() {
    let graph = load_graph("model:coalescent,n=4", false).unwrap();
    let trace = Trace::record(&sojourn_engine::Chain::new(&graph)).unwrap();
    assert!(matches!(parse(&trace.encode(), false), Ok(Loaded::Trace(found)) if *found == trace));
    assert!(matches!(parse(b"hello", false), Err(Problem::Foreign(_))));
    assert!(matches!(parse(b"", false), Err(Problem::Empty)));
    let mut damaged = trace.encode();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(matches!(parse(&damaged, false), Err(Problem::Trace(_))));
}

#[test]
fn a_short_name_is_the_file_name_or_the_models_text() {
    assert_eq!(short_name("/a/b/c.json"), "c.json");
    assert_eq!(short_name("model:mm1k,k=3"), "model:mm1k,k=3");
}

const GRAPH: &str = r#"{"states":[[0],[1],[2]],"edges":[[1,2,0.5],[1,1,1.5]],"start_edges":[[1,0.75]],"param_edges":[],
    "start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":3}"#;

#[test]
fn a_file_is_read_as_it_is_asked_to_be() {
    let read = |reading: Reading| match parse(GRAPH.as_bytes(), reading) {
        Ok(Loaded::Graph(graph)) => graph,
        other => panic!("{other:?}"),
    };
    let plain = read(Reading::default());
    assert!(plain.kind() == Kind::Continuous && !plain.is_normalised() && !plain.keeps_start_mass());
    let normalised = read(Reading { normalise: true, ..Reading::default() });
    assert!(normalised.kind() == Kind::Discrete && normalised.is_normalised());
    let matrix = br#"{"alpha":[1],"S":[[0.5]]}"#;
    let error = parse(matrix, Reading { normalise: true, ..Reading::default() }).unwrap_err();
    assert!(matches!(error, Problem::NotOfPhasic), "{error}");
    let kept = read(Reading { start_mass: StartMass::Keep, ..Reading::default() });
    assert!(kept.keeps_start_mass() && kept.kind() == Kind::Continuous);
    let above = GRAPH.replace("0.75", "1.75");
    let error =
        parse(above.as_bytes(), Reading { start_mass: StartMass::Keep, ..Reading::default() }).unwrap_err();
    assert!(error.to_string().contains("sum to 1.75, more than one"), "{error}");
}

#[test]
fn each_way_of_reading_is_another_document() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("g.json");
    std::fs::write(&path, GRAPH).unwrap();
    let digest = |reading: Reading| Document::open(path.to_str().unwrap(), reading).unwrap().digest();
    let mut digests = Vec::new();
    for discrete in [false, true] {
        for normalise in [false, true] {
            for start_mass in [StartMass::Normalise, StartMass::Keep] {
                digests.push(digest(Reading { discrete, normalise, start_mass }));
            }
        }
    }
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 8);
}

#[test]
fn a_file_of_phasic_is_known_by_its_words() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let new = GRAPH.replace("\"state_length\"", "\"weight_mode\":\"linear\",\"state_length\"");
    assert!(is_written_by_phasic(file("new.json", &new)) && !is_written_by_phasic(file("old.json", GRAPH)));
    let graph = load_graph("model:coalescent,n=4", false).unwrap();
    let npz = formats::phasic::write_npz(&graph, formats::phasic::Layout::New).unwrap();
    std::fs::write(directory.path().join("g.npz"), npz).unwrap();
    assert!(is_written_by_phasic(directory.path().join("g.npz").to_str().unwrap()));
    assert!(!is_written_by_phasic("model:coalescent,n=4") && !is_written_by_phasic("-"));
}

#[test]
fn what_says_that_it_is_continuous_is_refused_where_it_is_to_count_steps() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let says = file("c.json", r#"{"alpha":[1],"S":[[-0.5]],"kind":"continuous"}"#);
    let steps = file("d.json", r#"{"alpha":[1],"S":[[0.5]],"kind":"discrete"}"#);
    let silent = file("e.json", r#"{"alpha":[1],"S":[[0.5]]}"#);
    for name in [says.as_str(), "model:coalescent,n=4"] {
        let message = load(name, true).unwrap_err().to_string();
        assert!(message.starts_with(name) && message.contains("--discrete"), "{message}");
        assert!(load(name, false).is_ok());
    }
    for name in [steps, silent] {
        assert_eq!(load_graph(&name, true).unwrap().kind(), Kind::Discrete, "{name}");
    }
}

/// Good files of every sort, compressed and not.
fn good_files() -> Vec<Vec<u8>> {
    let graph = load_graph("model:islands,n=3", false).unwrap();
    let layout = formats::phasic::Layout::Old;
    let json = formats::phasic::write_json(&graph, layout).unwrap().into_bytes();
    let npz = formats::phasic::write_npz(&graph, layout).unwrap();
    let trace = Trace::record(&sojourn_engine::Chain::new(&graph)).unwrap().encode();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &json).unwrap();
    let zstd = zstd::stream::encode_all(&trace[..], 1).unwrap();
    vec![json, npz, trace, gzip.finish().unwrap(), zstd, b"1,2\n3,4\n".to_vec()]
}

#[test]
fn files_changed_at_random_are_read_or_refused_in_few_words() {
    let files = good_files();
    // Numbers of a linear congruential generator, the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..3000 {
        let mut bytes = files[random(files.len())].clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at + 1),
                _ => drop(bytes.splice(at..(at + 4).min(bytes.len()), [0xff; 4])),
            }
        }
        let loaded = bytes::decompress(&bytes, 1 << 20).and_then(|plain| parse(&plain, false));
        if let Err(problem) = loaded {
            let message = LoadError::new("x".repeat(5000), problem).to_string();
            assert!(message.len() <= 1024, "{message}");
        }
    }
}
