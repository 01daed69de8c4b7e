//! Observations, parameter vectors and rewards in files as other programs write them. The times are 1, 2 and 3.5, of an
//! exponential lifetime at the rate 0.5.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sojourn_tests::{Finished, Home};

/// The log-likelihood where all times are exact: 3 log 0.5 - 0.5 * 6.5.
const EXACT: f64 = -5.329_441_541_68;
/// The log-likelihood where the first is exact, and the others are censored on the right: log 0.5 - 0.5 * 6.5.
const CENSORED: f64 = -3.943_147_180_6;

fn ask(home: &Home, file: &str, more: &[&str]) -> Finished {
    let eval = [
        "eval",
        "model:erlang,k=1",
        "--theta",
        "0.5",
        "--json",
        "--strategy",
        "sequential",
        "--loglik",
        file,
    ];
    home.run(&[&eval[..], more].concat())
}

fn likelihood(asked: &Finished) -> f64 {
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    let line: serde_json::Value = serde_json::from_str(&asked.stdout).expect("JSON");
    line["loglik"].as_f64().expect("a number")
}

/// An array of numpy with this shape, and these numbers.
fn npy(shape: &str, numbers: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes =
        [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    bytes
}

#[test]
fn files_of_other_programs_have_the_right_likelihood() {
    let home = Home::new();
    let cases: [(&str, f64, &str, &[&str]); 21] = [
        ("r.csv", EXACT, "\"\",\"x\"\n\"1\",1\n\"2\",2\n\"3\",3.5\n", &[]),
        ("series.csv", EXACT, ",0\n0,1.0\n1,2.0\n2,3.5\n", &[]),
        ("alone.csv", EXACT, "0\n1.0\n2.0\n3.5\n", &[]),
        ("te.csv", CENSORED, "T,E\n1,1\n2,0\n3.5,0\n", &[]),
        ("cens.csv", CENSORED, "time,cens\n1,0\n2,1\n3.5,1\n", &[]),
        ("dead.csv", CENSORED, "time,dead\n1,1\n2,0\n3.5,0\n", &[]),
        ("observed.csv", CENSORED, "duration,observed\n1,True\n2,False\n3.5,False\n", &[]),
        (
            "quoted.csv",
            CENSORED,
            "name,time,event\n\"Doe, J\",1,1.0\n\"Roe, \"\"R\"\"\",2,0.0\nx,3.5,0.0\n",
            &[],
        ),
        ("cr.csv", CENSORED, "time,event\r1,1\r2,0\r3.5,0\r", &[]),
        ("crlf.csv", CENSORED, "\u{feff}time,event\r\n1,TRUE\r\n2,FALSE\r\n3.5,FALSE\r\n", &[]),
        ("german.csv", CENSORED, "time;event\n1,0;1\n2,0;0\n3,5;0\n", &[]),
        ("excel.csv", CENSORED, "sep=;\r\ntime;event\r\n1;1\r\n2;0\r\n3,5;0\r\n", &[]),
        ("tabs.tsv", CENSORED, "time\tevent\n1\t1\n2\t0\n3.5\t0\n", &[]),
        ("table.txt", CENSORED, "\"time\" \"event\"\n\"1\" 1 1\n\"2\" 2 0\n\"3\" 3.5 0\n", &[]),
        ("lung.csv", CENSORED, "time,status\n1,2\n2,1\n3.5,1\n", &["--columns", "event=status:2"]),
        ("surv.csv", CENSORED, "x\n1\n2+\n3.5+\n", &[]),
        ("plain.csv", CENSORED, "1,1\n2,0\n3.5,0\n", &["--columns", "time=1", "--columns", "event=2"]),
        ("list.json", EXACT, "[1, 2, 3.5]", &[]),
        (
            "records.json",
            CENSORED,
            "[{\"time\":1,\"event\":1},{\"time\":2,\"event\":0},{\"time\":3.5,\"event\":0}]",
            &[],
        ),
        ("columns.json", CENSORED, "{\"time\":[1,2,3.5],\"censored\":[false,true,true]}", &[]),
        ("stata.csv", CENSORED, "_t,_d,_st\n1,1,1\n2,0,1\n3.5,0,1\n", &[]),
    ];
    for (name, expected, text, more) in cases {
        let file = home.file(name, text);
        let found = likelihood(&ask(&home, &file, more));
        assert!((found - expected).abs() < 1e-10, "{name}: {found}");
    }
    let file = home.path("times.npy");
    std::fs::write(&file, npy("(3,)", &[1.0, 2.0, 3.5])).expect("a file");
    let found = likelihood(&ask(&home, &file.to_string_lossy(), &[]));
    assert!((found - EXACT).abs() < 1e-10, "{found}");
}

#[test]
fn how_a_file_was_understood_is_told_in_one_line() {
    let home = Home::new();
    let told = |text: &str, more: &[&str]| {
        let file = home.file("s.csv", text);
        let asked = ask(&home, &file, more);
        assert_eq!(asked.code, Some(0), "{}", asked.stderr);
        asked.stderr
    };
    let said = told("T,E\n1,1\n2,0\n3.5,0\n", &[]);
    assert!(said.ends_with("s.csv: 3 observations, 2 censored (column \"E\": 1 = event)\n"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(told("time,event\n1,1\n2,0\n", &[]), "");
    assert!(told("id,time,event\n7,1,1\n", &[]).contains("not used: id"));
}

#[test]
fn what_may_be_misread_is_refused_with_its_cure() {
    let home = Home::new();
    for (text, words) in [
        ("1,0\n2,0\n3,5\n", &["decimal commas", "--columns"][..]),
        ("time,status\n1,1\n2,0\n", &["line 2: `status`", "--columns event=status"]),
        ("time,x\n1,1\n2,0\n", &["`x`", "--columns event=x"]),
        ("time,event,entry\n1,1,0\n", &["`entry`", "not there yet"]),
        ("time,cause\n1,1\n", &["`cause`", "not there yet"]),
        ("time,event\n1,1\n2,NA\n", &["line 3", "`NA`"]),
        ("time,event\n1,1\n2020-01-01,1\n", &["line 3", "column 1", "date"]),
        ("time\n1\nNaN\n", &["line 3", "`NaN`"]),
        ("PK\u{3}\u{4}", &["Excel"]),
    ] {
        let file = home.file("s.csv", text);
        for command in ["eval", "fit"] {
            let refused = match command {
                "eval" => ask(&home, &file, &[]),
                _ => home.run(&["fit", "model:erlang,k=1", "--data", &file]),
            };
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(4), ""), "{text}: {}", refused.stderr);
            for word in words {
                assert!(refused.stderr.contains(word), "{command} {text}: {}", refused.stderr);
            }
        }
    }
    let file = home.file("s.csv", "time,event\n1,1\n");
    let refused = ask(&home, &file, &["--columns", "entry=time"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("not there yet"), "{}", refused.stderr);
    let refused = home.run(&["eval", "model:erlang,k=1", "--theta", "1", "--columns", "time=1"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--loglik"), "{}", refused.stderr);
}

#[test]
fn columns_are_named_for_a_fit_too() {
    let home = Home::new();
    let file = home.file("lung.csv", "time,status\n0.5,2\n0.25,2\n1.25,2\n0.7,2\n0.5,1\n");
    let fit = ["fit", "model:erlang,k=1", "--data", &file, "--columns", "event=status:2", "--json"];
    let line = home.json(&fit).remove(0);
    let rate = line["theta"][0].as_f64().expect("a number");
    assert!((rate - 4.0 / 3.2).abs() < 1e-7, "{line}");
}

#[test]
fn parameter_vectors_are_found_by_name() {
    let home = Home::new();
    let means = |text: &str| -> Vec<f64> {
        let file = home.file("thetas.csv", text);
        let lines = home.json(&["eval", "model:mm1k,k=1", "--thetas", &file, "--json"]);
        lines.iter().map(|line| line["moments"][0].as_f64().expect("a number")).collect()
    };
    // The busy period with room for one customer is one service.
    for text in [
        "theta[1],theta[0]\n2,0.5\n4,0.5\n",
        "\"\",\"service\",\"arrival\"\n\"1\",2,0.5\n\"2\",4,0.5\n",
        "arrival;service\n0,5;2\n0,5;4\n",
        "0.5,2\n0.5,4\n",
    ] {
        assert_eq!(means(text), [0.5, 0.25], "{text}");
    }
    for text in ["a,b\n1,2\n", "theta1,theta2\n1,2\n", "theta[0]\n1\n", "theta[0],theta[1],E[T]\n1,2,3\n"] {
        let file = home.file("thetas.csv", text);
        let refused = home.run(&["eval", "model:mm1k,k=1", "--thetas", &file]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(4), ""), "{text}: {}", refused.stderr);
        assert!(refused.stderr.contains("thetas.csv: line 1: "), "{}", refused.stderr);
    }
}

#[test]
fn one_dimension_is_a_vector_or_a_vector_a_number() {
    let home = Home::new();
    let file = home.path("thetas.npy");
    std::fs::write(&file, npy("(2,)", &[2.0, 4.0])).expect("a file");
    let file = file.to_string_lossy().into_owned();
    let many = home.json(&["eval", "model:erlang,k=1", "--thetas", &file, "--json"]);
    assert_eq!(many.iter().map(|line| line["theta"][0].as_f64()).collect::<Vec<_>>(), [Some(2.0), Some(4.0)]);
    let one = home.json(&["eval", "model:mm1k,k=1", "--thetas", &file, "--json"]);
    assert_eq!((one.len(), one[0]["theta"][1].as_f64()), (1, Some(4.0)));
    let refused = home.run(&["eval", "model:islands,n=2", "--thetas", &file]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("one vector of 2 numbers, or 2 vectors of one"), "{}", refused.stderr);
    assert_eq!(home.json(&["eval", "model:erlang,k=1", "--thetas", "[2, 4]", "--json"]).len(), 2);
}

#[test]
fn rewards_are_read_from_arrays_and_tables() {
    let home = Home::new();
    let array = home.path("rewards.npy");
    std::fs::write(&array, npy("(2, 4)", &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0])).expect("a file");
    let table = home.file("rewards.csv", "first,second\n0,0\n1,0\n0,3\n0,0\n");
    for file in [array.to_string_lossy().into_owned(), table] {
        let eval = ["eval", "model:erlang,k=2", "--theta", "2", "--rewards", &file, "--json"];
        let line = home.json(&eval).remove(0);
        assert_eq!(line["expected_reward"], serde_json::json!([0.5, 1.5]), "{line}");
    }
}

#[test]
fn a_header_that_claims_too_much_is_an_error_in_little_memory() {
    let home = Home::new();
    let claims = [npy("(1000000000000,)", &[1.0]), npy("(4294967296, 4294967296)", &[1.0])];
    let nested = npy(&"(".repeat(9000), &[]);
    let long = [&b"\x93NUMPY\x02\x00"[..], &u32::MAX.to_le_bytes(), b"{"].concat();
    for (at, bytes) in claims.into_iter().chain([nested, long]).enumerate() {
        let file = home.path("claim.npy");
        std::fs::write(&file, bytes).expect("a file");
        for option in ["--loglik", "--thetas", "--rewards"] {
            let sojourn = sojourn_tests::executables().sojourn.to_string_lossy().into_owned();
            let script = format!(
                "ulimit -v 3500000; exec '{sojourn}' eval model:erlang,k=1 --theta 1 --strategy sequential {option} '{}'",
                file.display()
            );
            let asked = home.program(Path::new("sh")).args(["-c", &script]).output().expect("a shell");
            let message = String::from_utf8_lossy(&asked.stderr);
            assert_eq!(asked.status.code(), Some(4), "{at} {option}: {message}");
            assert!(message.len() < 1200 && message.contains("claim.npy"), "{message}");
        }
    }
}

#[test]
fn names_of_files_need_not_be_text() {
    let home = Home::new();
    let file = home.path("x").with_file_name(OsStr::from_bytes(b"times\xff.csv"));
    std::fs::write(&file, "1\n2\n3.5\n").expect("a file");
    let mut command = home.command(&["eval", "model:erlang,k=1", "--theta", "0.5", "--json", "--loglik"]);
    let asked = Finished::from(command.arg(&file).output().expect("it runs"));
    assert!((likelihood(&asked) - EXACT).abs() < 1e-10);
}
