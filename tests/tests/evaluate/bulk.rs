//! Samples beyond what is kept in memory.

use std::io::Read;
use std::process::Stdio;

use sojourn_tests::Home;

const MANY: &str = "220000";

/// A chain of which a third of the samples ends in a closed class that earns the first reward.
const TRAPPED: &str = r#"{"alpha": [1, 0, 0], "S": [[-3, 1, 0], [0, -1, 1], [0, 1, -1]]}"#;

#[test]
fn the_bytes_of_many_samples_begin_with_those_of_few() {
    let home = Home::new();
    let path = |name: &str| home.path(name).to_str().expect("text").to_owned();
    let eval = ["eval", "model:islands,n=4", "--theta", "1,0.5,0.25", "--seed", "7", "--rewards", "state[0]"];
    for form in ["csv", "npy", "jsonl"] {
        let few = path(&format!("few.{form}"));
        home.ok(&[&eval[..], &["--sample", "1000", "-o", &few]].concat());
        let few = std::fs::read(few).expect("a file");
        let mut written = Vec::new();
        for workers in ["1", "2", "5"] {
            let many = path(&format!("many{workers}.{form}"));
            home.ok(&[&eval[..], &["--sample", MANY, "--workers", workers, "-o", &many]].concat());
            written.push(std::fs::read(many).expect("a file"));
        }
        assert!(written[0] == written[1] && written[1] == written[2], "{form}");
        let begin = if form == "npy" { 192 } else { 0 };
        let end = match form {
            "jsonl" => few.windows(2).position(|pair| pair == b"],").expect("the end of the samples"),
            _ => few.len(),
        };
        assert!(written[0][begin..end] == few[begin..end], "{form}");
    }
    let npy = std::fs::read(path("many1.npy")).expect("a file");
    assert!(String::from_utf8_lossy(&npy[..192]).contains("'shape': (220000, 6)"));
    assert_eq!(npy.len(), 192 + 220_000 * 6 * 8);
}

#[test]
fn a_line_of_many_samples_has_all_that_one_of_few_has() {
    let home = Home::new();
    let graph = home.file("trapped.json", TRAPPED);
    let eval = ["eval", &graph, "--rewards", "0,0,1,0,0", "--rewards", "0,1,0,0,0", "--cdf", "1", "--json"];
    let line = |count: &str| home.json(&[&eval[..], &["--sample", count]].concat()).remove(0);
    let (few, many) = (line("66000"), line(MANY));
    let names =
        |line: &serde_json::Value| line.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&few), names(&many));
    assert_eq!(few["cdf"], many["cdf"]);
    let (few_times, times) =
        (few["samples"].as_array().expect("few"), many["samples"].as_array().expect("many"));
    assert_eq!((times.len(), &times[..66_000]), (220_000, &few_times[..]));
    for reward in 0..2 {
        let of =
            |line: &serde_json::Value| line["reward_samples"][reward].as_array().expect("a list").clone();
        assert_eq!(of(&many)[..66_000], of(&few));
    }
    let trapped = times.iter().filter(|time| time.is_null()).count() as u64;
    assert_eq!(many["traps"][0]["samples"].as_u64(), Some(trapped));
    assert!((70_000..77_000).contains(&trapped), "{trapped}");
}

#[test]
fn a_summary_of_many_samples_is_that_of_the_samples() {
    let home = Home::new();
    for (graph, theta) in [("model:coalescent,n=8", "2"), ("model:mm1k,k=3", "1,2")] {
        let eval = ["eval", graph, "--theta", theta, "--sample", MANY, "--rewards", "state[0]"];
        let csv = home.ok(&[&eval[..], &["--format", "csv", "-o", "-"]].concat());
        let column =
            csv.lines().next().expect("a heading").split(',').position(|name| name == "T").expect("T");
        let number =
            |line: &str| line.split(',').nth(column).expect("a cell").parse::<f64>().expect("a number");
        let mut times: Vec<f64> = csv.lines().skip(1).map(number).collect();
        let mean = times.iter().sum::<f64>() / 220_000.0;
        times.sort_by(f64::total_cmp);
        let table = home.ok(&eval);
        let line =
            table.lines().find(|line| line.split_whitespace().nth(1) == Some("T")).expect("a line of T");
        let cells: Vec<f64> =
            line.split_whitespace().skip(2).map(|cell| cell.parse().expect("a number")).collect();
        let near = |found: f64, expected: f64| (found - expected).abs() <= 1e-5 * expected.abs();
        assert_eq!(cells[0], 220_000.0);
        let median = (times[109_999] + times[110_000]) / 2.0;
        for (found, expected) in
            [(cells[1], mean), (cells[3], times[0]), (cells[5], median), (cells[7], times[219_999])]
        {
            assert!(near(found, expected), "{found}, not {expected}: {table}");
        }
    }
}

/// The largest memory that a process had until now, in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[test]
fn memory_does_not_grow_with_the_number_of_samples() {
    let home = Home::new();
    let peak_of = |count: &str| {
        let rewards = ["--rewards", "state[0]", "--rewards", "2*state[0]", "--rewards", "3*state[0]"];
        let eval =
            ["eval", "model:coalescent,n=3", "--theta", "1", "--workers", "2", "--format", "npy", "-o", "-"];
        let mut command = home.command(&[&eval[..], &rewards, &["--sample", count]].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("sojourn");
        let mut output = child.stdout.take().expect("a pipe");
        let (mut bytes, mut most, mut buffer) = (0, 0, vec![0; 1 << 20]);
        loop {
            let read = output.read(&mut buffer).expect("an array");
            if read == 0 {
                break;
            }
            bytes += read;
            most = most.max(peak(child.id()));
        }
        assert!(child.wait().expect("it ends").success());
        (bytes, most)
    };
    let (few, many) = (peak_of("300000"), peak_of("3000000"));
    assert_eq!((few.0, many.0), (192 + 300_000 * 48, 192 + 3_000_000 * 48));
    // Kept, the numbers of the others would take 86 MB.
    assert!(few.1 > 0 && many.1 < few.1 + 30_000, "{} KiB, then {} KiB", few.1, many.1);
}
