//! Numbers as users get them: from the command line, through a real daemon, to the last digits, and in the JSON
//! that scripts rely on.

use serde_json::{Value, json};
use sojourn_engine::formats;
use sojourn_tests::{Home, graph_file, reference};

/// What the project promises.
const TOLERANCE: f64 = 1e-12;

/// Certified references, computed elsewhere in 500-bit ball arithmetic: all families, both layouts, discrete
/// ones, and ill-conditioned ones. `old` is what does not say itself that it is discrete.
const FIXTURES: [&str; 20] = [
    "arg_5",
    "dph_runs_6",
    "dph_runs_6_new",
    "im_2_2",
    "island_5",
    "island_5_new",
    "islandsfs_5",
    "islandsfs_5_new",
    "kingman_10",
    "kingman_20_new",
    "mm1_10",
    "mm1_5000",
    "ncd_forward_1e-12",
    "rabbits_10",
    "random_50",
    "repair_10",
    "stiff_bd_40",
    "tandem_10",
    "toy_conststart_new",
    "wide_rates_30",
];

/// A number or a list of them; the references hold more digits than a double, as text.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        Value::String(text) => vec![text.parse().expect("a number")],
        other => vec![other.as_f64().unwrap_or_else(|| panic!("{other} is no number"))],
    }
}

fn assert_close(place: &str, found: &Value, expected: &Value) {
    let (found, expected) = (numbers(found), numbers(expected));
    assert_eq!(found.len(), expected.len(), "{place}");
    for (f, e) in found.iter().zip(&expected) {
        let error = if f == e { 0.0 } else { ((f - e) / e).abs() };
        assert!(error <= TOLERANCE, "{place}: {f} instead of {e}, relative error {error:e}");
    }
}

/// The rewards of a reference, by row of the file; where they are not written out, by their rule.
fn rewards(name: &str, reference: &Value) -> Vec<f64> {
    if reference["rewards"].is_array() {
        return numbers(&reference["rewards"]);
    }
    let packed = std::fs::File::open(graph_file(name)).expect("a graph");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed), &mut bytes).expect("gzip");
    let graph = formats::read_json(&bytes, false).expect("a graph");
    let mut left = vec![false; graph.vertices()];
    graph.edges().for_each(|edge| left[edge.from as usize] = true);
    (0..left.len()).map(|v| if left[v] { ((7 * v + 3) % 5) as f64 * 0.5 } else { 0.0 }).collect()
}

#[test]
fn certified_values_are_reached_to_twelve_digits_through_a_daemon() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    for name in FIXTURES {
        let reference = reference(name);
        let cases = reference["cases"].as_array().expect("cases");
        let thetas: Vec<&Value> = cases.iter().map(|case| &case["theta"]).collect();
        let thetas = home.file(&format!("{name}.thetas.json"), &json!(thetas).to_string());
        let rewards =
            home.file(&format!("{name}.rewards.json"), &json!(rewards(name, &reference)).to_string());
        let order = cases[0]["moments"].as_array().map_or(0, Vec::len).to_string();
        let file = graph_file(name);
        let mut arguments = vec!["eval", &file, "--thetas", &thetas, "--rewards", &rewards];
        arguments.extend(["--moments", &order, "--strategy", "vmap", "--json"]);
        // The old layout does not say it itself; a file that does is read the same with or without.
        arguments.extend((reference["discrete"] == true).then_some("--discrete"));
        let lines = home.json(&arguments);
        assert_eq!(lines.len(), cases.len(), "{name}");
        for (line, case) in lines.iter().zip(cases) {
            let place = format!("{name} at {}", case["theta"]);
            assert_close(&place, &line["theta"], &case["theta"]);
            assert_close(&format!("{place}: moments"), &line["moments"], &case["moments"]);
            let expected = &case["expected_reward"];
            assert_close(&format!("{place}: reward"), &line["expected_reward"], expected);
            // The references of discrete distributions have none.
            if let moments @ Value::Array(_) = &case["reward_moments"] {
                assert_close(&format!("{place}: reward moments"), &line["reward_moments"], moments);
            }
        }
    }
}

/// Names of an object's keys in the order of its text.
fn keys(line: &str) -> Vec<String> {
    let object: Value = serde_json::from_str(line).expect(line);
    let mut keys: Vec<String> = object.as_object().expect("an object").keys().cloned().collect();
    keys.sort_by_key(|key| line.find(&format!("\"{key}\":")).expect("a key"));
    keys
}

#[test]
fn json_has_the_keys_of_the_interface_in_their_order_and_no_others() {
    let home = Home::new();
    let trace = home.ok(&["trace", "model:islands,n=5", "--strategy", "vmap", "--json"]);
    let expected = "idx label hash vertices edges parameters components largest_component operations bytes cached \
                    computed reused micros";
    assert_eq!(keys(&trace).join(" "), expected);
    let status = home.ok(&["status", "--json"]);
    let top = keys(&status);
    for key in ["pid", "version", "protocol", "uptime_s", "workers", "queue", "cache", "devices", "sessions"]
    {
        assert!(top.contains(&key.to_owned()), "{key} is not in {status}");
    }
    assert_eq!(top.len(), 9, "{status}");
    let parsed: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(keys(&parsed["queue"].to_string()).len(), 2);
    for key in ["entries", "bytes", "hits", "misses"] {
        assert!(parsed["cache"][key].is_u64(), "{status}");
    }
    let eval = |more: &[&str]| {
        let mut arguments = vec!["eval", "model:islands,n=5", "--theta", "1,1,0.5", "--json"];
        arguments.extend(more);
        keys(&home.ok(&arguments)).join(" ")
    };
    assert_eq!(eval(&[]), "theta moments mass_at_zero device");
    assert_eq!(eval(&["--rewards", "1"]), "theta expected_reward mass_at_zero device");
    assert_eq!(
        eval(&["--moments", "2", "--rewards", "1", "--covariance"]),
        "theta moments expected_reward reward_moments covariance covariance_error_bound mass_at_zero device"
    );
    let jobs = home.file("padding.jsonl", "{\"idx\": -1}\n");
    assert_eq!(home.ok(&["trace", "--jobs", &jobs, "--json"]), "{\"idx\":-1,\"padding\":true}\n");
}

/// Value of each operation, in order.
fn replay(list: &Value, theta: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::new();
    for operation in list["operations"].as_array().expect("operations") {
        let at = |index: &Value| values[index.as_u64().expect("an operand") as usize];
        let pair = || (at(&operation["operands"][0]), at(&operation["operands"][1]));
        let number = |value: &Value| value.as_f64().expect("a number");
        values.push(match operation["op"].as_str().expect("its name") {
            "CONST" => number(&operation["value"]),
            "PARAM" => theta[operation["index"].as_u64().expect("an index") as usize],
            "DOT" => operation["terms"]
                .as_array()
                .expect("terms")
                .iter()
                .fold(number(&operation["base"]), |sum, term| sum + number(&term[0]) * at(&term[1])),
            "ADD" => pair().0 + pair().1,
            "MUL" => pair().0 * pair().1,
            "DIV" => pair().0 / pair().1,
            "SUM" => operation["operands"].as_array().expect("operands").iter().map(at).sum(),
            other => panic!("{other} is no operation"),
        });
    }
    values
}

#[test]
fn exported_operations_replay_to_the_same_mean() {
    let home = Home::new();
    let ops = home.path("ops.json").to_string_lossy().into_owned();
    for name in ["kingman_10", "island_5", "random_50", "tandem_10", "toy_conststart"] {
        let file = graph_file(name);
        home.ok(&["trace", &file, "--strategy", "vmap", "--ops", &ops]);
        let list: Value = serde_json::from_slice(&std::fs::read(&ops).expect("a file")).expect("JSON");
        for case in reference(name)["cases"].as_array().expect("cases") {
            let values = replay(&list, &numbers(&case["theta"]));
            let mean = values[list["mean"].as_u64().expect("an operand") as usize];
            assert_close(name, &json!(mean), &case["moments"][0]);
        }
    }
}

#[test]
fn expressions_over_the_state_are_rewards() {
    let home = Home::new();
    let eval = |rewards: &[&str]| {
        let mut arguments = vec!["eval", "model:islands,n=5", "--theta", "1,0.7,0.5", "--json"];
        rewards.iter().for_each(|reward| arguments.extend(["--rewards", reward]));
        arguments.extend(["--moments", "2", "--covariance"]);
        home.json(&arguments).remove(0)
    };
    let one = eval(&["1"]);
    assert_close("the reward 1 is the time", &one["expected_reward"], &one["moments"][0]);
    assert_close("and so are its moments", &one["reward_moments"], &one["moments"]);
    let three = eval(&["state[0]", "state[1]", "state[0]+2*state[1]"]);
    let means = numbers(&three["expected_reward"]);
    assert_eq!(means.len(), 3, "several rewards are a list");
    assert_close("linear", &json!(means[2]), &json!(means[0] + 2.0 * means[1]));
    let covariance = numbers(&three["covariance"]);
    let [xx, xy, _, _, yy, yz, _, zy, zz] = covariance[..] else { panic!("{three}") };
    assert_close("Var[X + 2Y]", &json!(zz), &json!(xx + 4.0 * xy + 4.0 * yy));
    assert_eq!(yz.to_bits(), zy.to_bits(), "symmetric");
    let second = numbers(&three["reward_moments"][0])[1];
    assert_close("E[X^2]", &json!(second), &json!(xx + means[0] * means[0]));
    // Singletons, doubletons, .. of five: E = theta / i, here with the rate of each pair 1.
    let spectrum = home.json(&["eval", "model:sfs,n=5", "--theta", "1", "--rewards", "state[:]", "--json"]);
    let spectrum = numbers(&spectrum[0]["expected_reward"]);
    for (i, value) in spectrum.iter().take(4).enumerate() {
        assert_close("the site frequency spectrum", &json!(value), &json!(2.0 / (i + 1) as f64));
    }
}

#[test]
fn without_rewards_covariance_is_the_variance_of_the_time() {
    let home = Home::new();
    let line = &home.json(&["eval", "model:erlang,k=3", "--theta", "2", "--covariance", "--json"])[0];
    assert_close("k / rate^2", &line["covariance"], &json!([[0.75]]));
}

#[test]
fn a_model_written_to_a_file_and_read_back_has_the_same_hash_and_numbers() {
    let home = Home::new();
    let file = home.path("graph.json").to_string_lossy().into_owned();
    home.ok(&["model", "islands,n=5", "-o", &file]);
    let hash = |name: &str| home.json(&["trace", name, "--json"])[0]["hash"].clone();
    assert_eq!(hash("model:islands,n=5"), hash(&file));
    let traced = hash(&file);
    let eval = |name: &str| home.json(&["eval", name, "--theta", "1,2,3", "--moments", "3", "--json"]);
    home.ok(&["trace", &file, "--strategy", "vmap"]);
    assert_eq!(
        eval(traced.as_str().expect("text")),
        eval("model:islands,n=5"),
        "by its hash, from the store"
    );
}
