//! Several daemons, real ones, on one directory of the store.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::Signal;
use sojourn_proto::{Gc, GcReport, Outcome, Payload, Reply, Request, Source};
use sojourn_tests::{Home, OPTIONS, Running, Session, executables, files, graph, trace_here, unit, wait_for};

const PATIENCE: Duration = Duration::from_secs(30);
const MODEL: &str = "coalescent,n=6";

/// A second daemon with the home's store, which keeps nothing in memory, so that each look-up reads the disk.
fn second(home: &Home) -> (Running, Session) {
    let socket = home.path("second.sock");
    let mut command = home.program(&executables().sojournd);
    command.arg("--socket").arg(&socket).args(["--set", "store_memory=0"]);
    let daemon = Running { child: command.spawn().expect("it starts") };
    let session = wait_for("the second daemon", PATIENCE, || Session::open(&socket));
    (daemon, session)
}

/// Waits until so many results are on disk: they are answered first, and then written.
fn wait_for_results(home: &Home, results: usize) {
    let entries = |table: &str| files(&home.store().join("v1").join(table)).len();
    wait_for("results on disk", PATIENCE, || {
        (entries("traces") == results && entries("names") == results).then_some(())
    });
}

/// Where a daemon of this machine writes.
fn folder_of(home: &Home, pid: u32) -> Option<PathBuf> {
    let folders = fs::read_dir(home.store().join("v1/tmp")).expect("a folder");
    let names = folders.map(|entry| entry.expect("an entry").path());
    names.into_iter().find(|path| path.to_string_lossy().contains(&format!("-{pid}-")))
}

/// Graphs of some milliseconds each, all different.
fn many() -> Vec<Vec<u8>> {
    (0..60).map(|seed| graph(&format!("random,n=60,degree=4,seed={seed}"))).collect()
}

fn hand_in(session: &mut Session, graphs: &[Vec<u8>]) {
    let units = graphs.iter().enumerate().map(|(idx, graph)| unit(idx as i64, graph)).collect();
    session.submit(1, OPTIONS, units);
}

/// The traces of a batch, all of them done.
fn traces(session: &mut Session) -> BTreeMap<i64, Bytes> {
    let (outcomes, summary) = session.collect(1);
    assert_eq!(summary.failed, 0);
    let bytes = |outcome| match outcome {
        Outcome::Done { payload: Payload::Inline(bytes), .. } => bytes,
        other => panic!("{other:?} where a trace was due"),
    };
    outcomes.into_iter().map(|(idx, outcome)| (idx, bytes(outcome))).collect()
}

fn collect(session: &mut Session, gc: Gc) -> GcReport {
    match session.ask(&Request::CacheGc { id: 77, gc }) {
        Reply::Collected { id: 77, report } => report,
        other => panic!("{other:?} where a report was due"),
    }
}

fn verify(session: &mut Session) -> (u64, Vec<String>) {
    match session.ask(&Request::CacheVerify { id: 78 }) {
        Reply::Verified { report, .. } => (report.intact, report.quarantined),
        other => panic!("{other:?} where a report was due"),
    }
}

#[test]
fn what_one_daemon_records_the_other_finds_and_what_it_removes_the_other_misses() {
    let home = Home::new();
    let _first = home.daemon(&[]);
    let (_second, mut second) = second(&home);
    let mut first = home.session();
    assert_eq!(first.trace(&graph(MODEL)).1, Source::Computed);
    wait_for_results(&home, 1);
    assert_eq!(second.trace(&graph(MODEL)), (trace_here(MODEL), Source::Stored));
    home.ok(&["cache", "clear"]);
    assert_eq!(second.trace(&graph(MODEL)).1, Source::Computed);
    wait_for_results(&home, 1);
    assert_eq!(collect(&mut first, Gc { max_bytes: Some(0), ..Gc::default() }).bytes, 0);
    assert_eq!(second.trace(&graph(MODEL)).1, Source::Computed);
}

#[test]
fn two_daemons_write_the_same_results_at_once_and_count_what_both_wrote() {
    let home = Home::new();
    let _first = home.daemon(&[]);
    let (_second, mut second) = second(&home);
    let (mut first, graphs) = (home.session(), many());
    hand_in(&mut first, &graphs);
    hand_in(&mut second, &graphs);
    let (here, there) = (traces(&mut first), traces(&mut second));
    assert_eq!(here, there);
    assert_eq!(here[&7], trace_here("random,n=60,degree=4,seed=7"));
    wait_for_results(&home, graphs.len());
    assert_eq!(verify(&mut first), (graphs.len() as u64, Vec::new()));
    let on_disk: u64 = ["blobs", "traces", "names"]
        .iter()
        .flat_map(|folder| files(&home.store().join("v1").join(folder)))
        .map(|path| fs::metadata(path).expect("a file").len())
        .sum();
    for session in [&mut first, &mut second] {
        let Reply::Cache { report, .. } = session.ask(&Request::CacheStats { id: 5 }) else {
            panic!("no report")
        };
        assert_eq!((report.counts.bytes, report.counts.entries), (on_disk, 2 * graphs.len() as u64));
        assert_eq!((report.counts.write_failures, report.counts.quarantined), (0, 0));
    }
}

#[test]
fn while_one_daemon_removes_everything_the_other_answers_each_time_and_rightly() {
    let home = Home::new();
    let _first = home.daemon(&[]);
    let (_second, mut second) = second(&home);
    let mut first = home.session();
    let all = [MODEL, "coalescent,n=7", "erlang,k=5"].map(|model| (graph(model), trace_here(model)));
    let done = std::sync::atomic::AtomicBool::new(false);
    let stored = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut stored = 0;
            for round in 0..200 {
                let (graph, expected) = &all[round % all.len()];
                let (found, source) = second.trace(graph);
                assert_eq!(&found, expected, "round {round}");
                stored += usize::from(source == Source::Stored);
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            stored
        });
        while !done.load(std::sync::atomic::Ordering::Relaxed) && !reading.is_finished() {
            collect(&mut first, Gc { max_bytes: Some(0), ..Gc::default() });
        }
        reading.join().expect("every answer is right")
    });
    assert!(stored < 200, "nothing was removed between");
    assert_eq!(second.status().cache.quarantined + first.status().cache.quarantined, 0);
    assert_eq!(second.status().cache.write_failures, 0);
}

#[test]
fn a_daemon_killed_while_it_writes_leaves_nothing_that_another_trips_over() {
    let home = Home::new();
    let mut dead = home.daemon(&[]);
    let (_second, mut second) = second(&home);
    let graphs = many();
    let mut first = home.session();
    hand_in(&mut first, &graphs);
    wait_for("its first results", PATIENCE, || {
        (files(&home.store().join("v1/blobs")).len() >= 5).then_some(())
    });
    let folder = folder_of(&home, dead.pid()).expect("where it writes");
    dead.signal(Signal::KILL);
    dead.wait(PATIENCE);
    // Whatever it was at, there is one file half-written at least.
    fs::write(folder.join("half"), "half a tra").expect("written");
    hand_in(&mut second, &graphs);
    assert_eq!(traces(&mut second)[&11], trace_here("random,n=60,degree=4,seed=11"));
    assert_eq!(verify(&mut second).1, Vec::<String>::new());
    assert!(folder.exists());
    let report = collect(&mut second, Gc::default());
    assert!(report.leftovers >= 1 && report.freed_bytes >= 10, "{report:?}");
    assert!(!folder.exists());
    assert_eq!((report.evicted, report.unnamed, second.status().cache.quarantined), (0, 0, 0));
}

#[test]
fn files_half_written_by_a_dead_daemon_are_swept_at_a_start_and_those_of_a_living_one_are_not() {
    let home = Home::new();
    let mut dead = home.daemon(&[]);
    let folder = folder_of(&home, dead.pid()).expect("where it writes");
    fs::write(folder.join("17"), "half a tra").expect("written");
    // As a daemon of another machine names its own, whose process ids mean nothing here.
    let foreign = home.store().join(format!("v1/tmp/0123456789abcdef-{}-0", dead.pid()));
    fs::create_dir(&foreign).expect("a folder");
    dead.signal(Signal::KILL);
    dead.wait(PATIENCE);
    let living = home.daemon(&[]);
    assert!(!folder.exists() && foreign.exists());
    let (_second, _) = second(&home);
    assert!(folder_of(&home, living.pid()).is_some(), "it is in use");
}
