//! `sojourn top`: on a terminal, in a pipe, as JSON.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use sojourn_tests::{Home, Terminal, kill, wait_for};

const PATIENCE: Duration = Duration::from_secs(30);

/// What a terminal is told when the alternate screen is entered, and left.
const ENTERED: &str = "\x1b[?1049h";
const LEFT: &str = "\x1b[?1049l";

fn end(child: &mut Child) -> ExitStatus {
    wait_for("its end", PATIENCE, || child.try_wait().expect("our child"))
}

#[test]
fn in_a_pipe_frames_follow_each_other_and_after_so_many_it_ends() {
    let home = Home::new();
    let daemon = home.daemon(&[]);
    let text = home.ok(&["top", "--interval", "0.1", "--count", "3"]);
    let first = format!("daemon   process {}, ", daemon.pid());
    let frames: Vec<&str> = text.split("\n\n").collect();
    assert!(frames.len() == 3 && frames.iter().all(|frame| frame.starts_with(&first)), "{text}");
    for part in ["\nqueue    ", "\nstore    ", "\nGPU", "\nsession ", "\nworker "] {
        assert!(frames[2].contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\x1b'), "{text:?}");
}

#[test]
fn in_json_a_frame_is_a_line_and_what_status_says() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let frames = home.json(&["top", "--json", "-i", "0.1", "-n", "2"]);
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(frames.len(), 2);
    assert_eq!([names(&frames[0]), names(&frames[1])], [names(&home.status()), names(&home.status())]);
    let up = |frame: &Value| frame["uptime_s"].as_f64().expect("seconds");
    assert!(up(&frames[1]) - up(&frames[0]) >= 0.1, "{frames:?}");
}

#[test]
fn without_a_count_it_goes_on_until_it_is_interrupted_or_nobody_reads() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    for (by_signal, code) in [(true, 130), (false, 0)] {
        let mut child = home.command(&["top", "-i", "0.1"]).stdout(Stdio::piped()).spawn().expect("sojourn");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let frames = lines.by_ref().map_while(Result::ok).filter(|line| line.starts_with("daemon ")).take(2);
        assert_eq!(frames.count(), 2);
        if by_signal {
            kill(child.id(), Signal::INT);
        }
        drop(lines);
        assert_eq!(end(&mut child).code(), Some(code));
    }
}

#[test]
fn where_no_daemon_runs_it_says_so_and_starts_none() {
    let home = Home::new();
    let refused = home.run(&["top", "-n", "1"]);
    assert_eq!((refused.code, &refused.stdout[..]), (Some(3), ""), "{}", refused.stderr);
    assert_eq!(home.pid_if_any(), None);
}

#[test]
fn on_a_terminal_frames_take_each_others_place_until_q_or_control_c_and_then_all_is_as_before() {
    let home = Home::new();
    let daemon = home.daemon(&[]);
    for key in ["q", "\x03"] {
        let mut terminal = Terminal::new(30, 100);
        let before = terminal.modes();
        let mut child = terminal.start(&mut home.command(&["top", "--interval", "0.1"]));
        terminal.wait_to_show(&format!("process {}", daemon.pid()), 3);
        assert_ne!(terminal.modes(), before, "keys come one by one");
        let shown = terminal.shown();
        assert!(shown.contains(ENTERED) && shown.contains("q leaves") && !shown.contains(LEFT), "{shown:?}");
        terminal.type_in(key);
        assert_eq!(end(&mut child).code(), Some(0), "{key:?}");
        assert_eq!(terminal.modes(), before);
        assert!(terminal.shown().ends_with(LEFT), "{:?}", terminal.shown());
    }
}

#[test]
fn a_signal_and_the_end_of_the_daemon_leave_the_terminal_as_it_was() {
    let home = Home::new();
    let mut daemon = home.daemon(&[]);
    let start = |terminal: &mut Terminal| {
        let child = terminal.start(&mut home.command(&["top", "--interval", "0.1"]));
        terminal.wait_to_show("queue", 1);
        child
    };
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = Terminal::new(30, 100);
        let before = terminal.modes();
        let mut child = start(&mut terminal);
        kill(child.id(), signal);
        let ended = end(&mut child);
        let expected = if signal == Signal::INT { (Some(130), None) } else { (None, Some(signal.as_raw())) };
        assert_eq!((ended.code(), ended.signal()), expected);
        assert_eq!(terminal.modes(), before, "{signal:?}");
        assert!(terminal.shown().contains(LEFT), "{signal:?}");
    }
    let mut terminal = Terminal::new(30, 100);
    let before = terminal.modes();
    let mut child = start(&mut terminal);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(PATIENCE), Some(0));
    assert_eq!(end(&mut child).code(), Some(3));
    assert_eq!(terminal.modes(), before);
    let shown = terminal.shown();
    let (_, after) = shown.rsplit_once(LEFT).expect("the screen is left");
    assert!(after.contains("sojourn: "), "the reason stands where it stays: {after:?}");
}

#[test]
fn on_a_small_terminal_it_shows_what_there_is_room_for() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mut terminal = Terminal::new(4, 20);
    let mut child = terminal.start(&mut home.command(&["top", "--interval", "0.1", "--count", "2"]));
    terminal.wait_to_show("lines more)", 2);
    assert_eq!(end(&mut child).code(), Some(0));
    assert!(!terminal.shown().contains("queue"), "{:?}", terminal.shown());
}
