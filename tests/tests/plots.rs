//! Pictures as users get them: in the terminal, in files, at the prompt.

use std::fs::File;
use std::process::Stdio;

use serde_json::Value;
use sojourn_tests::{Finished, Home};

/// What a picture of a title has first: the curve, then the axis with its name, then numbers along it.
fn assert_picture(text: &str, heading: &str, axis: &str) {
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.first(), Some(&heading), "{text}");
    assert!(text.contains('*') && text.is_ascii(), "stars where there is no terminal: {text}");
    assert!(lines.iter().all(|line| line.len() <= 80), "{text}");
    assert!(lines[lines.len() - 2].ends_with(axis), "{text}");
}

/// Ends of the path of a curve in an SVG.
fn curve(svg: &str) -> (&str, &str) {
    let path = svg.lines().find(|line| line.contains("stroke-width=\"1.8\"")).expect("a curve");
    let points = path.split("d=\"M").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
    let points: Vec<&str> = points.split('L').collect();
    (points[0], points[points.len() - 1])
}

#[test]
fn a_picture_without_a_file_is_text_up_to_where_nearly_all_is_absorbed() {
    let home = Home::new();
    let text = home.ok(&["plot", "model:erlang,k=1", "--theta", "2"]);
    assert_picture(&text, "pdf of model:erlang,k=1, theta 2", " t");
    // log(1000) / 2 is 3.45.
    assert!(text.trim_end().ends_with('3'), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].contains("2.0 +*") && lines[16].ends_with('*'), "from 2 down to nothing: {text}");
    let cdf = home.ok(&["plot", "model:erlang,k=1", "--theta", "2", "--cdf", "0:1:50"]);
    assert_picture(&cdf, "cdf of model:erlang,k=1, theta 2", " t");
    assert!(cdf.lines().nth(16).is_some_and(|line| line.contains("0.0 +*")), "up from zero: {cdf}");
}

#[test]
fn a_discrete_chain_is_drawn_as_bars_at_its_steps() {
    let home = Home::new();
    let geometric = home.file("geometric.json", r#"{"alpha": [1], "S": [[0.75]], "kind": "discrete"}"#);
    let text = home.ok(&["plot", &geometric, "--pdf", "0:4:5"]);
    assert_picture(&text, "pmf of geometric.json", " steps");
    let highest = text.lines().nth(1).expect("a line");
    assert_eq!(highest.matches('*').count(), 1, "one bar is the highest: {text}");
    let refused = home.run(&["plot", &geometric, "--cdf", "0:4:6"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--cdf: time 2 is 0.8"), "{}", refused.stderr);
}

#[test]
fn a_file_holds_the_picture_as_its_name_ends() {
    let home = Home::new();
    let path = |name: &str| home.path(name).to_string_lossy().into_owned();
    let plot = |name: &str| {
        let thetas = ["--theta", "1", "--theta", "2", "--cdf", "0:50:200", "-o"];
        home.ok(&[&["plot", "model:erlang,k=1"][..], &thetas, &[&path(name)]].concat())
    };
    assert_eq!(plot("a.svg") + &plot("a.html"), "", "nothing else is written");
    let svg = std::fs::read_to_string(home.path("a.svg")).expect("a file");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!(
        curve(&svg),
        ("80.00 380.00", "690.00 50.00"),
        "from 0 at the lower left to 1 at the upper right"
    );
    assert!(svg.contains(">theta 1</text>") && svg.contains(">theta 2</text>"), "{svg}");
    let page = std::fs::read_to_string(home.path("a.html")).expect("a file");
    assert!(page.starts_with("<!doctype html>") && page.contains(&svg), "{page}");
    for (name, part) in [("a.png", "-o .png"), ("a.gif", ".svg or .html"), ("a", ".svg or .html")] {
        let refused = home.run(&["plot", "model:erlang,k=1", "--theta", "1", "-o", &path(name)]);
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.stderr);
        assert!(refused.stderr.contains(part), "{name}: {}", refused.stderr);
        assert!(!home.path(name).exists(), "{name}");
    }
}

#[test]
fn a_theta_that_fails_leaves_the_others_their_curves() {
    let home = Home::new();
    let failed = home.run(&["plot", "model:erlang,k=1", "--theta", "-1", "--theta", "2"]);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    assert!(failed.stderr.contains("theta -1: "), "{}", failed.stderr);
    assert_picture(&failed.stdout, "pdf of model:erlang,k=1, theta 2", " t");
}

#[test]
fn in_json_a_picture_is_its_points() {
    let home = Home::new();
    let plotted = home.json(&["plot", "model:erlang,k=2", "--theta", "2", "--json"]).remove(0);
    let points: Vec<f64> = plotted["pdf"]
        .as_array()
        .expect("points")
        .iter()
        .map(|point| point[0].as_f64().expect("a time"))
        .collect();
    assert_eq!((points.len(), points[0]), (200, 0.0));
    let grid = ["--pdf", "0:5:11", "--json"];
    let of = |command: &str| -> Value {
        home.json(&[&[command, "model:erlang,k=2", "--theta", "2"][..], &grid].concat()).remove(0)
    };
    assert_eq!(of("plot"), of("eval"));
}

#[test]
fn what_can_not_be_drawn_is_exit_code_2_and_says_why() {
    let home = Home::new();
    for (arguments, part) in [
        (vec!["plot"], "Name a file"),
        (vec!["plot", "model:erlang,k=1"], "1 parameter"),
        (vec!["plot", "model:erlang,k=1", "--theta", "1", "--pdf", "1"], "two times or more"),
        (vec!["plot", "model:erlang,k=1", "--theta", "1", "--pdf", "--cdf"], "--cdf"),
        (vec!["plot", "model:erlang,k=1", "--theta", "1", "--pdf", "0:1"], "FROM:TO:POINTS"),
    ] {
        let refused = home.run(&arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(part), "{arguments:?}: {}", refused.stderr);
    }
}

fn prompt(home: &Home, lines: &str) -> Finished {
    let script = File::open(home.file("lines", lines)).expect("a file");
    Finished::from(home.command(&[]).stdin(Stdio::from(script)).output().expect("sojourn starts"))
}

#[test]
fn the_prompt_draws_what_is_loaded_at_what_is_set() {
    let home = Home::new();
    let set = prompt(&home, "graph load model:erlang,k=1\nparam set 2\nplot --cdf\n");
    assert_eq!(set.code, Some(0), "{}", set.stderr);
    assert!(set.stdout.contains("cdf of model:erlang,k=1, theta 2\n"), "{}", set.stdout);
    let given = prompt(&home, "graph load model:erlang,k=1\nparam set 2\nplot --theta 3\n");
    assert!(given.stdout.contains("pdf of model:erlang,k=1, theta 3\n"), "{}", given.stdout);
    let named = prompt(&home, "plot model:erlang,k=2 --theta 1\n");
    assert!(named.stdout.contains("pdf of model:erlang,k=2, theta 1\n"), "{}", named.stdout);
    let nothing = prompt(&home, "plot\n");
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr.contains("no graph is loaded"), "{}", nothing.stderr);
    let refused = prompt(&home, "graph load model:erlang,k=1\nplot --theta 1 -o a.png\n");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("-o .png"), "{}", refused.stderr);
}
