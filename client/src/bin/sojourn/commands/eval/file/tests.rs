use super::*;
use crate::commands::eval::distribution::Distributed;
use crate::commands::times::{Probabilities, Times};
use sojourn_engine::evaluate::Query;
use sojourn_engine::{Chain, models};

/// Everything that has columns, of a small model with two parameters.
fn asked(rows: usize) -> Asked {
    let times = Some(Times(vec![0.5, 1e9]));
    Asked {
        query: Query {
            moments: 2,
            rewards: vec![vec![1.0; rows]; 2],
            reward_moments: 3,
            covariance: true,
            gradient: true,
        },
        labels: vec!["state[0]".to_owned(), "a,b".to_owned()],
        distribution: Distributed {
            pdf: times.clone(),
            hazard: times.clone(),
            quantile: Some(Probabilities(vec![0.5, 1.0])),
            state_probabilities: Some(Times(vec![1.0])),
            occupancy: Some(times),
            residence: true,
            ..Distributed::default()
        },
        ..Asked::default()
    }
}

fn written(name: &str) -> (Vec<u8>, std::path::PathBuf, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    let trace = Trace::record(&Chain::new(&models::build("mm1k,k=2").unwrap())).unwrap();
    let asked = asked(trace.rows());
    let mut writer =
        Writer::new(&path, (Format::of(&path, None).unwrap(), None), false, &asked, &trace).unwrap();
    for theta in [[1.0, 2.0], [-1.0, 2.0]] {
        let answer = trace.answer(&theta, &asked.question()).map_err(Unanswered::from);
        let found = answer.map(|answer| asked.read(answer));
        assert!(!path.exists(), "not before it is whole");
        writer.take(&theta, found.as_ref().map(|(numbers, found)| (numbers, found)), None).unwrap();
    }
    writer.finish().unwrap();
    (std::fs::read(&path).unwrap(), path, directory)
}

#[test]
fn a_line_of_csv_has_a_number_under_each_name_and_why_there_is_none() {
    let (bytes, ..) = written("r.csv");
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("theta[0],theta[1],E[T],E[T^2],E[state[0]],\"E[a,b]\",E[state[0]^2],"));
    assert!(lines[0].contains("\"Cov[state[0]; a,b]\",") && lines[0].contains(",pdf(0.5),pdf(1000000000),"));
    assert!(lines[0].ends_with(",mass_at_zero,error"), "{}", lines[0]);
    // Names with a comma are in quotes: E[a,b], its two higher moments, three covariances, six derivatives.
    let quoted = lines[0].matches('"').count() / 2;
    let inside = lines[0].split('"').skip(1).step_by(2).map(|name| name.matches(',').count()).sum::<usize>();
    assert_eq!(quoted, 12, "{}", lines[0]);
    let columns = lines[0].split(',').count() - inside;
    let cells: Vec<&str> = lines[1].split(',').collect();
    assert_eq!((cells.len(), cells[columns - 1]), (columns, ""));
    assert!(cells.contains(&"inf"), "the quantile of one");
    assert_eq!(cells.iter().filter(|cell| cell.is_empty()).count(), 1, "no error");
    assert!(lines[2].starts_with("-1.0,2.0,,,") && lines[2].contains("rate"), "{}", lines[2]);
}

#[test]
fn an_array_has_a_row_for_each_vector_and_the_names_stand_beside_it() {
    let (bytes, path, _directory) = written("r.npy");
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    let names: Vec<String> =
        serde_json::from_slice(&std::fs::read(path.with_file_name("r.npy.columns.json")).unwrap()).unwrap();
    assert_eq!(file.shape(), [2, names.len() as u64]);
    let values: Vec<f64> = file.into_vec().unwrap();
    let column = |name: &str| names.iter().position(|found| found == name).expect(name);
    assert_eq!(values[..2], [1.0, 2.0]);
    assert!(values[column("d E[T]/d theta[0]")] != 0.0);
    assert_eq!(values[column("quantile(1)")], f64::INFINITY);
    assert!(values[column("hazard(1000000000)")] > 0.0);
    assert!(values[column("hazard(0.5)")] > 0.0);
    let failed = &values[names.len()..];
    assert!(failed[..2] == [-1.0, 2.0] && failed[2..].iter().all(|value| value.is_nan()));
}

#[test]
fn json_lines_are_those_of_standard_output() {
    let (bytes, ..) = written("r.jsonl");
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["moments"].is_array() && lines[0]["residence"]["visits"].is_array());
    assert_eq!(lines[1]["error"]["kind"], "invalid_rate");
}

#[test]
fn what_is_broken_off_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let trace = Trace::record(&Chain::new(&models::build("mm1k,k=2").unwrap())).unwrap();
    let asked = asked(trace.rows());
    let path = directory.path().join("r.csv");
    drop(Writer::new(&path, (Format::Csv, None), false, &asked, &trace).unwrap());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    let error = Format::of(Path::new("r.txt"), None).unwrap_err();
    assert!(error.exit_code() == 2 && error.to_string().contains(".jsonl, .csv or .npy"), "{error}");
}
