//! Log-likelihoods of observations, and derivatives of these and of curves, of exponential lifetimes: n log(r) - r s of
//! n deaths in a time s lived.

use serde_json::Value;
use sojourn_tests::Home;

/// Three deaths, one of them seen twice, and one still alive: 3 deaths in a time of 12.
const DATA: &str = "time,censored,weight\n1.5,0,1\n3.25,0,2\n4,right,1\n";
const DEATHS: f64 = 3.0;
const LIVED: f64 = 12.0;

fn close(what: &str, found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what}: {found}"));
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{what}: {found}, not {expected}");
}

#[test]
fn the_log_likelihood_of_lifetimes_and_its_gradient_are_those_of_the_formula() {
    let home = Home::new();
    let data = home.file("data.csv", DATA);
    for strategy in ["sequential", "vmap"] {
        let eval = ["eval", "model:erlang,k=1", "--theta", "0.25", "--theta", "2", "--json"];
        let asked = ["--loglik", &data, "--gradient", "--strategy", strategy];
        for line in home.json(&[&eval[..], &asked].concat()) {
            let rate = line["theta"][0].as_f64().expect("a number");
            close("value", &line["loglik"], DEATHS * rate.ln() - rate * LIVED);
            close("gradient", &line["gradient"]["loglik"][0], DEATHS / rate - LIVED);
            assert!(line["loglik_error_bound"].as_f64().is_some_and(|bound| bound < 1e-8), "{line}");
            assert!(line.get("moments").is_none() && line["gradient"].get("mean").is_none(), "{line}");
        }
    }
    let line =
        home.json(&["eval", "model:erlang,k=1", "--theta", "2", "--loglik", &data, "--json"]).remove(0);
    assert!(line.get("gradient").is_none(), "{line}");
}

#[test]
fn derivatives_of_curves_stand_at_their_times_and_without_curves_those_of_the_mean() {
    let home = Home::new();
    let eval = ["eval", "model:erlang,k=1", "--theta", "2", "--gradient", "--json"];
    let curves = ["--pdf", "0.5,1", "--cdf", "1.5", "--survival", "0.5,1"];
    let line = home.json(&[&eval[..], &curves].concat()).remove(0);
    let gradient = &line["gradient"];
    for (at, t) in [0.5, 1.0].into_iter().enumerate() {
        let left = f64::exp(-2.0 * t);
        assert_eq!(gradient["pdf"][at][0].as_f64(), Some(t));
        close("pdf", &gradient["pdf"][at][1][0], left * (1.0 - 2.0 * t));
        close("survival", &gradient["survival"][at][1][0], -t * left);
    }
    close("cdf", &gradient["cdf"][0][1][0], 1.5 * f64::exp(-3.0));
    assert!(gradient.get("mean").is_none() && gradient.get("loglik").is_none(), "{line}");
    let line = home.json(&eval).remove(0);
    close("mean", &line["gradient"]["mean"][0], -0.25);
    assert_eq!(line["gradient"].as_object().map(serde_json::Map::len), Some(1), "{line}");
}

#[test]
fn likelihoods_are_the_same_bytes_here_and_in_workers() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let data = home.file("data.csv", "lower,upper\n0.5,0.5\n0.5,1\n2,\n,0.25\n0.5,0.5\n");
    let vectors = home.file("thetas.csv", &crate::vectors(0, 120));
    let eval = ["eval", "model:coalescent,n=6", "--thetas", &vectors, "--json", "--loglik", &data];
    let answers = |more: &[&str]| {
        let finished = home.run(&[&eval[..], &["--gradient", "--pdf", "0.5,1"], more].concat());
        assert_eq!(finished.code, Some(1), "some are refused: {}", finished.stderr);
        finished.stdout
    };
    let here = answers(&["--strategy", "sequential"]);
    assert_eq!((here.lines().count(), here.matches("\"gradient\":{\"loglik\":[").count()), (120, 117));
    for more in [&["--strategy", "vmap"][..], &["--strategy", "sequential", "--workers", "3"], &[]] {
        assert!(answers(more) == here, "{more:?}");
    }
}

#[test]
fn an_observation_that_is_impossible_at_a_vector_stops_no_other_and_is_named_by_its_line() {
    let home = Home::new();
    let data = home.file("data.csv", "lower,upper\n\n# a remark\n0,\n9,10\n");
    let thetas = ["--theta", "1", "--theta", "0", "--theta", "2", "--json"];
    for strategy in ["sequential", "vmap"] {
        let asked = ["eval", "model:erlang,k=1", "--loglik", &data, "--strategy", strategy];
        let finished = home.run(&[&asked[..], &thetas].concat());
        assert_eq!(finished.code, Some(1), "{}", finished.stderr);
        let line = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
        let lines: Vec<Value> = finished.stdout.lines().map(line).collect();
        let between = |rate: f64| -9.0 * rate + (-f64::exp(-rate)).ln_1p();
        close("before", &lines[0]["loglik"], between(1.0));
        assert_eq!(lines[1]["error"]["kind"], "impossible_observation");
        let message = lines[1]["error"]["message"].as_str().expect("text");
        assert!(message.contains("data.csv: line 5: "), "{message}");
        close("behind", &lines[2]["loglik"], between(2.0));
    }
}

#[test]
fn graph_and_observations_do_not_both_come_from_standard_input() {
    let home = Home::new();
    for command in [["eval", "-", "--loglik", "-"], ["fit", "-", "--data", "-"]] {
        let refused = home.run(&command);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{}", refused.stderr);
        let both = format!("FILE - and {} -: there is one standard input", command[2]);
        assert!(refused.stderr.contains(&both), "{}", refused.stderr);
    }
}

#[test]
fn a_wrong_line_of_observations_is_named() {
    let home = Home::new();
    let data = home.file("data.csv", "time\n1\nsoon\n");
    let refused = home.run(&["eval", "model:erlang,k=1", "--theta", "1", "--loglik", &data]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(4), ""));
    assert!(refused.stderr.contains("data.csv: line 3: the time `soon`"), "{}", refused.stderr);
}

#[test]
fn tables_and_files_have_a_place_for_each_number() {
    let home = Home::new();
    let data = home.file("data.csv", DATA);
    let eval = ["eval", "model:erlang,k=1", "--theta", "1", "--loglik", &data, "--gradient", "--pdf", "1"];
    let text = home.ok(&eval);
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let derivative = words.iter().find(|words| words.get(1) == Some(&"loglik")).expect("a line");
    assert!((derivative[2].parse::<f64>().expect("a number") + 9.0).abs() < 1e-9, "{text}");
    assert!(text.contains("log-likelihood") && text.contains("pdf(1)"), "{text}");
    let path = home.path("r.csv");
    home.ok(&[&eval[..], &["-o", path.to_str().expect("text")]].concat());
    let csv = std::fs::read_to_string(path).expect("a file");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let names =
        ["theta[0]", "pdf(1)", "loglik", "d loglik/d theta[0]", "d pdf(1)/d theta[0]", "mass_at_zero"];
    assert_eq!(rows[0][..6], names);
    let numbers: Vec<f64> = rows[1][..6].iter().map(|cell| cell.parse().expect("a number")).collect();
    let expected = [1.0, f64::exp(-1.0), -12.0, -9.0, 0.0, 0.0];
    for (found, expected) in numbers.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{csv}");
    }
}

#[test]
fn derivatives_of_what_a_reward_of_zero_makes_of_time_are_refused() {
    let home = Home::new();
    let refused =
        home.run(&["eval", "model:sfs,n=4", "--theta", "1", "--transform", "state[1]", "--gradient"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stdout);
    assert!(refused.stderr.contains("there is no gradient"), "{}", refused.stderr);
}
