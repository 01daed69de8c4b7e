//! Samples, and rewards in the place of time, from the command line: the same wherever they are computed, in every
//! form of output.

use serde_json::Value;
use sojourn_tests::Home;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

#[test]
fn samples_are_the_same_bytes_here_and_in_workers_and_those_of_the_seed() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let sample = |seed: &str, more: &[&str]| {
        let eval = ["eval", "model:islands,n=5", "--theta", "1,1,0.5", "--theta", "1,1,1", "--sample", "400"];
        let asked = ["--rewards", "state[0]; 1", "--json", "--seed", seed];
        home.ok(&[&eval[..], &asked, more].concat())
    };
    let here = sample("7", &["--strategy", "sequential"]);
    for more in [&["--strategy", "vmap"][..], &["--strategy", "sequential", "--workers", "3"], &[]] {
        assert!(sample("7", more) == here, "{more:?}");
    }
    assert_ne!(sample("8", &[]), here);
    let line: Value = serde_json::from_str(here.lines().next().expect("a line")).expect("JSON");
    let times = numbers(&line["samples"]);
    assert_eq!(times.len(), 400);
    assert_eq!(numbers(&line["reward_samples"][1]), times, "the reward 1 is time");
    assert!(line.get("expected_reward").is_none() && line.get("moments").is_none(), "{line}");
}

#[test]
fn fewer_samples_are_the_first_of_more() {
    let home = Home::new();
    let sample = |count: &str| {
        let line = home
            .json(&["eval", "model:coalescent,n=6", "--theta", "1", "--sample", count, "--json"])
            .remove(0);
        numbers(&line["samples"])
    };
    assert_eq!(sample("50")[..], sample("200")[..50]);
}

#[test]
fn files_of_samples_have_a_line_each() {
    let home = Home::new();
    let path = |name: &str| home.path(name).to_str().expect("text").to_owned();
    let eval =
        ["eval", "model:coalescent,n=5", "--thetas", "[[1],[-1],[2]]", "--sample", "3", "--rewards", "1"];
    let lines = home.run(&[&eval[..], &["--json"]].concat()).stdout;
    for name in ["s.csv", "s.npy"] {
        assert_eq!(home.run(&[&eval[..], &["-o", &path(name)]].concat()).code, Some(1));
    }
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    let times = numbers(&first["samples"]);
    let csv = std::fs::read_to_string(path("s.csv")).expect("a file");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["theta[0]", "sample", "T", "1", "error"]);
    assert_eq!(rows.len(), 1 + 3 + 1 + 3);
    for (at, time) in times.iter().enumerate() {
        assert_eq!(rows[1 + at][..2], ["1.0", &format!("{at}.0")]);
        assert_eq!(rows[1 + at][2].parse::<f64>().ok(), Some(*time));
    }
    assert_eq!((rows[4][0], rows[4][2]), ("-1.0", ""));
    let npy = std::fs::read(path("s.npy")).expect("a file");
    assert!(String::from_utf8_lossy(&npy[..128]).contains("'shape': (7, 4)"));
    let cells: Vec<f64> = npy[npy.len() - 7 * 4 * 8..]
        .chunks(8)
        .map(|b| f64::from_le_bytes(b.try_into().expect("8")))
        .collect();
    assert_eq!(cells[..4], [1.0, 0.0, times[0], times[0]]);
    let mixed = home.run(&[&eval[..], &["--moments", "1", "-o", &path("m.csv")]].concat());
    assert_eq!(mixed.code, Some(2), "{}", mixed.stderr);
    assert!(!home.path("m.csv").exists());
}

#[test]
fn people_see_samples_in_short_with_what_came_at_once_and_what_never_came() {
    let home = Home::new();
    let text = r#"{"alpha": [0.5, 0.25, 0], "S": [[-2, 0, 0], [0, -1, 1], [0, 1, -1]]}"#;
    let file = home.file("trap.json", text);
    let told = home.ok(&["eval", &file, "--sample", "1000"]);
    for part in ["median", "75 %", "zero", "infinite", "1000", "inf"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let line = home.json(&["eval", &file, "--sample", "1000", "--json"]).remove(0);
    let samples = line["samples"].as_array().expect("a list");
    let never = samples.iter().filter(|sample| sample.is_null()).count();
    assert!((200..300).contains(&never), "{never}");
    assert_eq!(line["traps"][0]["samples"].as_u64(), Some(never as u64));
    let at_once = samples.iter().filter(|sample| sample.as_f64() == Some(0.0)).count();
    assert!((200..300).contains(&at_once), "{at_once}");
}

#[test]
fn walks_that_are_too_long_fail_at_their_vector_and_a_seed_alone_is_refused() {
    let home = Home::new();
    let failed =
        home.run(&["eval", "model:repair,n=10,crew=2", "--theta", "0.001,1", "--sample", "1", "--json"]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.stdout.contains("\"kind\":\"too_many_jumps\""), "{}", failed.stdout);
    assert_eq!(home.run(&["eval", "model:erlang,k=1", "--theta", "1", "--seed", "1"]).code, Some(2));
}

#[test]
fn a_reward_takes_the_place_of_time_in_all_that_is_asked() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let asked = ["--cdf", "1,6", "--moments", "2", "--quantile", "0.5", "--laplace", "0.5", "--sample", "20"];
    for strategy in ["sequential", "vmap"] {
        let eval = ["eval", "model:coalescent,n=10", "--theta", "2", "--transform", "state[0]", "--json"];
        let line = &home.json(&[&eval[..], &asked, &["--strategy", strategy]].concat())[0];
        for (at, t) in [1.0_f64, 6.0].into_iter().enumerate() {
            let cdf = line["cdf"][at][1].as_f64().expect("a number");
            assert!((cdf / (1.0 - (-t).exp()).powi(9) - 1.0).abs() < 1e-12, "{cdf}");
        }
        assert_eq!(line["transform"], "state[0]");
        assert_eq!(numbers(&line["samples"]).len(), 20);
    }
    // Not every vertex earns this one, so each vector has a chain of its own.
    let branch = |strategy: &str| {
        let eval = ["eval", "model:sfs,n=4", "--theta", "1", "--theta", "2.5", "--transform", "state[2]"];
        home.json(&[&eval[..], &["--cdf", "0,1", "--json", "--strategy", strategy]].concat())
    };
    let here = branch("sequential");
    assert_eq!(branch("vmap"), here);
    for (line, theta) in here.iter().zip([1.0_f64, 2.5]) {
        let expected = 1.0 / 3.0 + 2.0 / 3.0 * (1.0 - (-theta).exp());
        let cdf = line["cdf"][1][1].as_f64().expect("a number");
        assert!((cdf / expected - 1.0).abs() < 1e-12, "{cdf}, not {expected}");
        assert!((line["mass_at_zero"].as_f64().expect("a number") * 3.0 - 1.0).abs() < 1e-14);
    }
}

#[test]
fn the_density_of_a_reward_is_drawn() {
    let home = Home::new();
    for (model, reward) in [("model:coalescent,n=6", "state[0]"), ("model:sfs,n=5", "state[1]")] {
        let arguments = ["plot", model, "--theta", "1", "--transform", reward];
        let drawn = home.ok(&arguments);
        assert!(drawn.contains(&format!("pdf of {model}: {reward}, theta 1")), "{drawn}");
        let points = home.json(&[&arguments[..], &["--json"]].concat()).remove(0);
        assert_eq!(points["pdf"].as_array().map(Vec::len), Some(200));
        let grid = ["--pdf", "0:5:11", "--json", "--theta", "1", "--transform", reward];
        let of = |command: &str| home.json(&[&[command, model][..], &grid].concat()).remove(0);
        assert_eq!(of("plot"), of("eval"));
    }
    let script = "graph load model:coalescent,n=6\nparam set 1\nplot --transform state[0]\nexit\n";
    let script = std::fs::File::open(home.file("commands.txt", script)).expect("a file");
    let prompt = home.command(&[]).stdin(script).output().expect("sojourn starts");
    let told = String::from_utf8(prompt.stdout).expect("text");
    assert!(told.contains("pdf of model:coalescent,n=6: state[0]"), "{told}");
}

#[test]
fn what_cannot_take_the_place_of_time_is_exit_code_2_and_says_why() {
    let home = Home::new();
    for (more, part) in [
        (&["--transform", "state[2]-1"][..], "the reward of row 1 is -1"),
        (&["--transform", "state[:]"], "one reward takes the place of time"),
        (&["--transform", "1", "--rewards", "1"], "--rewards"),
        (&["--transform", "1", "--occupancy"], "--occupancy"),
    ] {
        let refused = home.run(&[&["eval", "model:sfs,n=4", "--theta", "1"], more].concat());
        assert_eq!(refused.code, Some(2), "{more:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(part), "{more:?}: {}", refused.stderr);
    }
}
