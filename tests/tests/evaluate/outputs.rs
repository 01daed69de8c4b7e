//! What `-o` names: links, pipes, devices, modes, and what is left of a command that is broken off.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sojourn_tests::{Home, wait_for};

const EVAL: [&str; 6] = ["eval", "model:coalescent,n=5", "--theta", "1", "--strategy", "sequential"];

/// Names in a folder that a command made for a while.
fn temporaries(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".sojourn-")).collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

#[test]
fn every_command_writes_through_links_and_keeps_modes() {
    let home = Home::new();
    let data = home.file("data.csv", "1\n2\n3\n");
    std::fs::create_dir(home.path("far")).expect("a folder");
    std::fs::create_dir(home.path("traces")).expect("a folder");
    let graph = "model:coalescent,n=5";
    let commands: [(&str, &[&str]); 6] = [
        ("r.csv", &EVAL),
        ("r.npy", &EVAL),
        ("p.svg", &["plot", graph, "--theta", "1"]),
        ("g.json.gz", &["model", graph]),
        ("f.html", &["fit", graph, "--data", &data, "--seed", "1"]),
        ("o.json", &["trace", graph, "--strategy", "sequential"]),
    ];
    for (name, command) in commands {
        let (target, link) = (home.path(&format!("far/{name}")), home.path(name));
        std::fs::write(&target, "old").expect("a file");
        std::fs::set_permissions(&target, PermissionsExt::from_mode(0o604)).expect("a mode");
        symlink(&target, &link).expect("a link");
        let flag = if command[0] == "trace" { "--ops" } else { "-o" };
        home.ok(&[command, &[flag, link.to_str().expect("text")]].concat());
        assert!(link.is_symlink(), "{name}");
        let found = std::fs::metadata(&target).expect(name);
        assert!(found.len() > 3 && found.mode() & 0o7777 == 0o604, "{name}: {found:?}");
    }
    // The traces of a folder likewise.
    let target = home.path("far/t.trace");
    std::fs::write(&target, "old").expect("a file");
    symlink(&target, home.path("traces/coalescent,n=5.trace")).expect("a link");
    home.ok(&["trace", graph, "--strategy", "sequential", "-o", home.path("traces").to_str().expect("text")]);
    assert!(home.path("traces/coalescent,n=5.trace").is_symlink());
    assert!(std::fs::metadata(&target).expect("a trace").len() > 3);
    for folder in ["far", "traces", ""] {
        assert_eq!(temporaries(&home.path(folder)), [""; 0], "{folder}");
    }
}

#[test]
fn pipes_and_devices_are_written_into_and_stay() {
    let home = Home::new();
    let expected = home.ok(&[&EVAL[..], &["--json"]].concat());
    for name in ["/dev/stdout", "-", "/proc/self/fd/1", "/dev/fd/1"] {
        assert_eq!(home.ok(&[&EVAL[..], &["-o", name]].concat()), expected, "{name}");
    }
    let csv = home.ok(&[&EVAL[..], &["-o", "-", "--format", "csv"]].concat());
    assert_eq!(csv, "theta[0],E[T],mass_at_zero,error\n1.0,1.6,0.0,\n");
    assert!(home.ok(&["plot", "model:coalescent,n=5", "--theta", "1", "-o", "-"]).starts_with("<svg"));
    assert!(home.ok(&["model", "coalescent,n=5", "-o", "/dev/stdout"]).starts_with('{'));
    assert_eq!(home.ok(&[&EVAL[..], &["-o", "/dev/null"]].concat()), "");
    assert!(std::fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
    let full = home.run(&[&EVAL[..], &["-o", "/dev/full"]].concat());
    assert!(full.code == Some(1) && full.stderr.contains("/dev/full can not be written"), "{}", full.stderr);
    // A named pipe, and one that the shell makes for the purpose.
    let script = r#"mkfifo p.csv; cat p.csv & "$0" "$@" -o p.csv; wait; test -p p.csv || echo gone
        "$0" "$@" --format csv -o >(cat); sleep 0.2; "$0" "$@" --format npy -o /dev/stdout | wc -c
        echo kept > log; "$0" "$@" --format csv -o /dev/stdout >> log; "$0" "$@" --format csv -o /dev/fd/3 3>> log; cat log"#;
    let mut shell = home.program(Path::new("bash"));
    shell.args(["-c", script]).arg(&sojourn_tests::executables().sojourn).args(EVAL);
    let found = shell.output().expect("a shell");
    let expected = format!("{csv}{csv}{}\nkept\n{csv}{csv}", 192 + 3 * 8);
    assert_eq!(
        String::from_utf8_lossy(&found.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
}

#[test]
fn an_array_in_a_pipe_is_that_of_a_file() {
    let home = Home::new();
    let samples = [&EVAL[..], &["--sample", "300000"]].concat();
    for asked in [&EVAL[..], &samples[..]] {
        let path = home.path("r.npy");
        home.ok(&[asked, &["-o", path.to_str().expect("text")]].concat());
        let mut command = home.command(&[asked, &["--format", "npy", "-o", "/dev/stdout"]].concat());
        let found = command.output().expect("an array");
        assert!(found.stdout == std::fs::read(&path).expect("a file"), "{asked:?}");
    }
    // A vector that fails has a row all the same.
    let failing = ["eval", "model:coalescent,n=5", "--theta", "-1", "--sample", "300000", "--format", "npy"];
    let found = home.command(&[&failing[..], &["-o", "-"]].concat()).output().expect("an array");
    assert_eq!((found.status.code(), found.stdout.len()), (Some(1), 192 + 3 * 8));
    assert!(String::from_utf8_lossy(&found.stdout).contains("'shape': (1, 3)"));
}

#[test]
fn what_is_ended_early_leaves_the_old_file_and_no_other() {
    let home = Home::new();
    let path = home.path("r.csv");
    for (signal, code) in [(Signal::INT, Some(130)), (Signal::TERM, None), (Signal::HUP, None)] {
        std::fs::write(&path, "old").expect("a file");
        let mut command = home.command(&["eval", "model:coalescent,n=5", "--thetas", "-", "-o", "r.csv"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("sojourn");
        let mut input = child.stdin.take().expect("an input");
        for k in 1..5000 {
            writeln!(input, "{k}").expect("it reads");
        }
        wait_for("a file under way", Duration::from_secs(20), || {
            (!temporaries(&home.path("")).is_empty()).then_some(())
        });
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), code, "{signal:?}");
        assert_eq!((text(&path).as_str(), temporaries(&home.path("")).len()), ("old", 0), "{signal:?}");
        drop(input);
    }
}

#[test]
fn what_fails_leaves_the_old_file_and_no_other() {
    let home = Home::new();
    let path = home.path("r.jsonl");
    std::fs::write(&path, "old").expect("a file");
    home.file("thetas.csv", &format!("{}1,2\n", "1\n".repeat(3000)));
    let wrong = home.run(&["eval", "model:coalescent,n=5", "--thetas", "thetas.csv", "-o", "r.jsonl"]);
    assert!(wrong.code != Some(0) && wrong.stderr.contains("thetas.csv"), "{}", wrong.stderr);
    assert_eq!(temporaries(&home.path("")), [""; 0]);
    // What is refused is refused before anything is computed, by every command.
    std::fs::create_dir(home.path("folder.svg")).expect("a folder");
    home.file("times.csv", "1\n2\n");
    // It would take minutes to record.
    let endless = "model:tandem,k=2000";
    let commands: [&[&str]; 5] = [
        &["eval", endless, "--theta", "1,1,1", "--format", "csv", "-o"],
        &["plot", endless, "--theta", "1,1,1", "-o"],
        &["fit", "model:coalescent,n=5", "--data", "times.csv", "-o"],
        &["model", endless, "-o"],
        &["trace", endless, "--ops"],
    ];
    for command in commands {
        let refused = home.run(&[command, &["folder.svg"]].concat());
        assert!(
            refused.code == Some(1) && refused.stderr.contains("it is a folder"),
            "{command:?}: {}",
            refused.stderr
        );
        let refused = home.run(&[command, &["none/there.svg"]].concat());
        assert!(refused.stderr.contains("there is no folder none"), "{command:?}: {}", refused.stderr);
    }
}

#[test]
fn a_name_need_not_be_text_and_a_new_file_has_the_umask() {
    let home = Home::new();
    let mut shell = home.program(Path::new("sh"));
    shell.args(["-c", r#"umask 027; exec "$0" "$@""#]).arg(&sojourn_tests::executables().sojourn).args(EVAL);
    shell.arg("-o").arg(OsStr::from_bytes(b"r\xff.csv"));
    assert!(shell.status().expect("a shell").success());
    let path = home.path("").join(OsStr::from_bytes(b"r\xff.csv"));
    assert_eq!(std::fs::metadata(&path).expect("a file").mode() & 0o777, 0o640);
    assert!(text(&path).starts_with("theta[0]"));
}
