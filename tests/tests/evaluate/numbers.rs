//! Numbers that have a closed form.

use serde_json::Value;
use sojourn_tests::Home;

fn close(what: &str, found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what}: {found}"));
    assert!((found / expected - 1.0).abs() < 1e-13, "{what}: {found}, not {expected}");
}

#[test]
fn survival_hazard_transform_and_visits_of_an_erlang_distribution() {
    let home = Home::new();
    let asked = ["--survival", "0.5,40", "--hazard", "0.5", "--laplace", "0,3", "--residence"];
    for strategy in ["sequential", "vmap"] {
        let eval = ["eval", "model:erlang,k=2", "--theta", "2", "--json", "--strategy", strategy];
        let line = &home.json(&[&eval[..], &asked].concat())[0];
        let survival = |t: f64| (1.0 + 2.0 * t) * (-2.0 * t).exp();
        close("survival", &line["survival"][0][1], survival(0.5));
        close("far survival", &line["survival"][1][1], survival(40.0));
        close("hazard", &line["hazard"][0][1], 4.0 * 0.5 * (-1.0_f64).exp() / survival(0.5));
        close("transform at zero", &line["laplace"][0][1], 1.0);
        close("transform", &line["laplace"][1][1], (2.0_f64 / 5.0).powi(2));
        assert_eq!(line["residence"]["times"].as_array().expect("a list").len(), 4);
        let sum = |name: &str| -> f64 {
            let values = line["residence"][name].as_array().expect("a list");
            values.iter().map(|value| value.as_f64().expect("a number")).sum()
        };
        assert_eq!((sum("times"), sum("visits")), (1.0, 2.0));
        assert!(line["method"]["survival"].is_string(), "{line}");
    }
}

#[test]
fn derivatives_of_moments_and_rewards_of_an_erlang_distribution() {
    let home = Home::new();
    let asked = ["--moments", "2", "--gradient", "--rewards", "3", "--json"];
    for strategy in ["sequential", "vmap"] {
        let eval = ["eval", "model:erlang,k=2", "--theta", "2", "--strategy", strategy];
        let line = &home.json(&[&eval[..], &asked].concat())[0];
        // 2/t and 6/t^2, and three times the first.
        close("mean", &line["gradient"]["mean"][0], -0.5);
        close("second moment", &line["gradient"]["moments"][1][0], -1.5);
        close("reward", &line["gradient"]["expected_reward"][0], -1.5);
    }
    let text = home.ok(&["eval", "model:erlang,k=2", "--theta", "2", "--gradient"]);
    let last: Vec<&str> = text.lines().last().expect("a line").split_whitespace().collect();
    assert_eq!(last, ["2", "E[T]", "-0.5"], "{text}");
}

#[test]
fn the_site_frequency_spectrum_and_all_its_covariances_come_in_one_call() {
    let home = Home::new();
    // Three lineages for a time of mean 1/3, two for a time of mean 1, of which one has two samples below it.
    let eval =
        ["eval", "model:sfs,n=3", "--theta", "1", "--rewards", "state[0];state[1]", "--covariance", "--json"];
    let line = &home.json(&eval)[0];
    close("singletons", &line["expected_reward"][0], 2.0);
    close("doubletons", &line["expected_reward"][1], 1.0);
    for (i, j, expected) in [(0, 0, 2.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0)] {
        close("covariance", &line["covariance"][i][j], expected);
    }
    let all = ["eval", "model:sfs,n=6", "--theta", "1", "--rewards", "state[:]", "--covariance", "--json"];
    let line = &home.json(&all)[0];
    let spectrum = line["expected_reward"].as_array().expect("a list");
    for i in 1..6 {
        close("spectrum", &spectrum[i - 1], 2.0 / i as f64);
    }
    assert_eq!(line["covariance"].as_array().map(Vec::len), Some(spectrum.len()));
}

#[test]
fn a_hazard_where_nothing_is_left_is_null() {
    let home = Home::new();
    let certain = home.file("certain.json", r#"{"alpha": [1], "S": [[0]], "exit": [1], "kind": "discrete"}"#);
    let line = &home.json(&["eval", &certain, "--hazard", "1,2", "--json"])[0];
    assert!(line["hazard"][0][1] == 1.0 && line["hazard"][1][1].is_null(), "{line}");
}
