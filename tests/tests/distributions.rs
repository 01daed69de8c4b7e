//! Distributions as users get them: from the command line, against certified references and closed forms.

use serde_json::{Value, json};
use sojourn_tests::{Home, graph_file, reference};

/// What the project promises of densities and distribution functions.
const TOLERANCE: f64 = 1e-10;

/// Certified references, computed elsewhere in ball arithmetic: stiff and nearly uncoupled ones among them, which
/// are swept, squared and transformed back.
const FIXTURES: [&str; 13] = [
    "island_5",
    "islandsfs_5_new",
    "im_2_2",
    "kingman_10",
    "mm1_10",
    "ncd_forward_1e-12",
    "rabbits_10",
    "random_50",
    "repair_10",
    "stiff_bd_40",
    "wide_rates_30",
    "dph_runs_6",
    "dph_runs_6_new",
];

/// A number, of which the references hold more digits than a double, as text.
fn number(value: &Value) -> f64 {
    let text = value.as_str().map(|text| text.parse().expect("a number"));
    text.or_else(|| value.as_f64()).unwrap_or_else(|| panic!("{value} is no number"))
}

fn list(values: &Value) -> Vec<f64> {
    values.as_array().expect("a list").iter().map(number).collect()
}

/// Numbers separated by commas, as they are typed.
fn typed(values: &[f64]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Asserts that these are pairs of the places expected and, to the tolerance promised, the values expected; the
/// largest relative error.
fn assert_pairs(what: &str, found: &Value, places: &[f64], values: &[f64]) -> f64 {
    let mut largest: f64 = 0.0;
    let pairs = found.as_array().unwrap_or_else(|| panic!("{what}: {found}"));
    assert_eq!((pairs.len(), places.len()), (places.len(), values.len()), "{what}");
    for (pair, (place, value)) in pairs.iter().zip(places.iter().zip(values)) {
        assert_eq!(number(&pair[0]).to_bits(), place.to_bits(), "{what}");
        let found = number(&pair[1]);
        let error = if found == *value { 0.0 } else { ((found - value) / value).abs() };
        assert!(
            error <= TOLERANCE,
            "{what} at {place}: {found} instead of {value}, relative error {error:e}"
        );
        largest = largest.max(error);
    }
    largest
}

#[test]
fn certified_densities_and_distribution_functions_are_reached_by_the_command() {
    let home = Home::new();
    for name in FIXTURES {
        let reference = reference(name);
        let (times, density) =
            if reference["discrete"] == true { ("jumps", "pmf") } else { ("times", "pdf") };
        let mut compared = 0;
        for case in reference["cases"].as_array().expect("cases") {
            // Not every theta of a reference has them.
            let Value::Array(_) = &case[times] else { continue };
            let times = list(&case[times]);
            let (theta, asked) = (typed(&list(&case["theta"])), typed(&times));
            let file = graph_file(name);
            let mut arguments = vec!["eval", &file, "--theta", &theta, "--pdf", &asked, "--cdf", &asked];
            arguments.extend(["--strategy", "sequential", "--json"]);
            arguments.extend((reference["discrete"] == true).then_some("--discrete"));
            let line = &home.json(&arguments)[0];
            let place = format!("{name} at {theta}");
            let pdf = assert_pairs(&format!("{place}: pdf"), &line["pdf"], &times, &list(&case[density]));
            let cdf = assert_pairs(&format!("{place}: cdf"), &line["cdf"], &times, &list(&case["cdf"]));
            let bound = number(&line["method"]["error_bound"]);
            assert!(bound >= pdf.max(cdf) && bound < 1e-6, "{place}: {bound:e} for {pdf:e} and {cdf:e}");
            compared += 1;
        }
        assert!(compared > 0, "{name} has none");
    }
}

#[test]
fn densities_of_the_coalescent_are_those_published_and_say_how_they_were_found() {
    let home = Home::new();
    let arguments = ["eval", "model:coalescent,n=10", "--theta", "1", "--pdf", "0.5:1.5:3", "--json"];
    let line = home.json(&arguments).remove(0);
    let published = [0.204722085110595, 0.525692918510965, 0.458310208129332];
    assert_pairs("pdf", &line["pdf"], &[0.5, 1.0, 1.5], &published);
    assert_eq!(line["method"]["pdf"], "uniformisation");
    let keys: Vec<&String> = line.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        ["device", "mass_at_zero", "method", "pdf", "pdf_error_bound", "theta"],
        "only what was asked for"
    );
    let table = home.ok(&arguments[..6]);
    let words = |at: usize| table.lines().nth(at).expect("a line").split_whitespace().collect::<Vec<_>>();
    assert_eq!((words(0), words(2)[..2].to_vec()), (vec!["theta", "t", "pdf"], vec!["1", "1"]));
    assert_eq!(words(2)[2], "0.525692918511", "{table}");
    assert_eq!(table.matches("method: uniformisation").count(), 1, "{table}");
}

#[test]
fn quantiles_of_an_exponential_are_logarithms() {
    let home = Home::new();
    let p = [0.0, 0.25, 0.5, 0.999];
    let arguments = ["eval", "model:erlang,k=1", "--theta", "2", "--quantile", &typed(&p), "--json"];
    let line = home.json(&arguments).remove(0);
    assert_pairs("quantile", &line["quantile"], &p, &p.map(|p| -(-p).ln_1p() / 2.0));
}

#[test]
fn what_is_infinite_is_null_and_never_a_bare_word() {
    let home = Home::new();
    let lines = home.ok(&["eval", "model:erlang,k=1", "--theta", "2", "--quantile", "0.5,1", "--json"]);
    assert!(lines.contains(",[1.0,null]]"), "{lines}");
    // Half of it is trapped between two states that are never left.
    let trap = home.file("trap.json", r#"{"alpha": [1, 0, 0], "S": [[-2, 1, 0], [0, -1, 1], [0, 1, -1]]}"#);
    let line = &home.json(&["eval", &trap, "--occupancy", "--cdf", "1e3", "--json"])[0];
    let times = line["occupancy"].as_array().expect("a list");
    assert!(times.contains(&Value::Null) && times.contains(&json!(0.5)), "{line}");
    assert_pairs("cdf", &line["cdf"], &[1e3], &[0.5]);
}

#[test]
fn a_discrete_chain_has_a_mass_function_at_whole_numbers() {
    let home = Home::new();
    let geometric = home.file("geometric.json", r#"{"alpha": [1], "S": [[0.75]], "kind": "discrete"}"#);
    let asked = ["eval", &geometric, "--pdf", "0:4:5", "--quantile", "0.5"];
    let steps = [0.0, 1.0, 2.0, 3.0, 4.0];
    let line = home.json(&[&asked[..], &["--json"]].concat()).remove(0);
    let masses = [0.0, 0.25, 0.1875, 0.140625, 0.10546875];
    assert_pairs("pmf", &line["pdf"], &steps, &masses);
    assert_pairs("quantile", &line["quantile"], &[0.5], &[3.0]);
    assert_eq!(line["method"]["pdf"], "powers");
    let table = home.ok(&asked);
    let first: Vec<&str> = table.lines().next().expect("a line").split_whitespace().collect();
    assert_eq!(first, ["theta", "steps", "pmf"], "{table}");
    let refused = home.run(&["eval", &geometric, "--pdf", "0:4:4"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--pdf: time 2 is 1.33"), "{}", refused.stderr);
    assert!(refused.stderr.contains("whole numbers"), "{}", refused.stderr);
}

#[test]
fn states_stand_beside_their_probabilities_and_times() {
    let home = Home::new();
    // Two phases of rate 2 in a row.
    let asked = ["eval", "model:erlang,k=2", "--theta", "2", "--state-probabilities", "1", "--occupancy"];
    let line = home.json(&[&asked[..], &["--json"]].concat()).remove(0);
    let states = line["states"].as_array().expect("states");
    let (probabilities, times) = (&line["state_probabilities"][0][1], list(&line["occupancy"]));
    let probabilities = list(probabilities);
    assert_eq!((probabilities.len(), times.len()), (states.len(), states.len()));
    let of = |value: f64, values: &[f64]| {
        let close = |x: &&f64| ((*x - value) / value).abs() < TOLERANCE;
        assert_eq!(values.iter().filter(close).count(), 1, "{value} in {values:?}");
    };
    let e = (-2.0_f64).exp();
    of(e, &probabilities);
    of(2.0 * e, &probabilities);
    assert_eq!(times.iter().filter(|&&t| t == 0.5).count(), 2, "{times:?}");
    let early =
        home.json(&["eval", "model:erlang,k=2", "--theta", "2", "--occupancy", "1", "--json"]).remove(0);
    assert_eq!(early["occupancy"][0][0], 1.0);
    of((1.0 - e) / 2.0, &list(&early["occupancy"][0][1]));
    // A stored trace has rows and no states.
    let file = home.path("traces").to_string_lossy().into_owned();
    home.ok(&["trace", "model:erlang,k=2", "-o", &file]);
    let trace = home.path("traces/erlang,k=2.trace").to_string_lossy().into_owned();
    let bare = home.json(&["eval", &trace, "--theta", "2", "--occupancy", "--json"]).remove(0);
    assert_eq!(bare["occupancy"], line["occupancy"]);
    assert_eq!(bare.get("states"), None);
}

#[test]
fn a_theta_that_fails_leaves_the_others_their_numbers() {
    let home = Home::new();
    let thetas = ["--theta", "1", "--theta", "-1", "--theta", "2", "--cdf", "1"];
    let arguments = [&["eval", "model:erlang,k=1"][..], &thetas].concat();
    let failed = home.run(&[&arguments[..], &["--json"]].concat());
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    let lines: Vec<Value> =
        failed.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_pairs("cdf", &lines[0]["cdf"], &[1.0], &[-(-1.0_f64).exp_m1()]);
    assert_eq!(lines[1]["theta"], json!([-1.0]));
    assert!(lines[1]["error"]["message"].is_string(), "{}", lines[1]);
    assert_pairs("cdf", &lines[2]["cdf"], &[1.0], &[-(-2.0_f64).exp_m1()]);
    let failed = home.run(&arguments);
    assert_eq!(failed.code, Some(1));
    assert!(failed.stderr.contains("theta -1: "), "{}", failed.stderr);
    assert_eq!(failed.stdout.lines().filter(|line| line.starts_with(['1', '2'])).count(), 2);
}

#[test]
fn a_grid_or_probability_that_is_none_is_exit_code_2_and_says_where() {
    let home = Home::new();
    for (flag, value, part) in [
        ("--pdf", "1,x", "entry 2, `x`"),
        ("--pdf", "0:10", "FROM:TO:POINTS"),
        ("--cdf", "0:10:1", "points are `1`"),
        ("--cdf", "10:0:5", "begins at 10 and ends at 0"),
        ("--quantile", "0.5,1.5", "entry 2 is 1.5"),
        ("--state-probabilities", "-1", "entry 1 is -1"),
        ("--occupancy", "1,inf", "entry 2, `inf`"),
    ] {
        let refused = home.run(&["eval", "model:erlang,k=1", "--theta", "1", flag, value]);
        assert_eq!(refused.code, Some(2), "{flag} {value}: {}", refused.stderr);
        assert!(refused.stderr.contains(flag) && refused.stderr.contains(part), "{}", refused.stderr);
    }
}
