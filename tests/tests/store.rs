//! The store: what is in it is used, what is damaged is noticed, and what can not be kept is delivered all the
//! same.

use std::fs;
use std::io::ErrorKind;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use sojourn_engine::{Chain, Decomposition, Plan, Trace, models};
use sojourn_proto::{Key, Outcome, PLAN_ENCODING, Source, TRACE_ENCODING, Table, WorkKind, WorkerState};
use sojourn_tests::{Home, OPTIONS, Running, Session, executables, files, graph, trace_here, unit, wait_for};

const PATIENCE: Duration = Duration::from_secs(20);
const MODEL: &str = "coalescent,n=6";

#[test]
fn a_result_is_computed_once_and_then_served_from_the_store_also_by_the_next_daemon() {
    let home = Home::new();
    let mut daemon = home.daemon(&[]);
    assert_eq!(home.session().trace(&graph(MODEL)), (trace_here(MODEL), Source::Computed));
    assert_eq!(home.session().trace(&graph(MODEL)), (trace_here(MODEL), Source::Stored));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(PATIENCE), Some(0));
    let _next = home.daemon(&[]);
    assert_eq!(home.session().trace(&graph(MODEL)), (trace_here(MODEL), Source::Stored));
}

#[test]
fn without_a_daemon_the_store_on_disk_is_looked_at_and_none_is_started_or_made() {
    let home = Home::new();
    assert_eq!(home.json(&["cache", "stats", "--json"])[0]["counts"]["entries"], 0);
    assert!(home.json(&["cache", "list", "--json"]).is_empty());
    assert!(!home.store().exists(), "looking makes none");
    let mut daemon = home.daemon(&[]);
    home.session().trace(&graph(MODEL));
    wait_for_results(&home, 1);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(PATIENCE), Some(0));
    assert_eq!(home.json(&["cache", "stats", "--json"])[0]["counts"]["entries"], 2);
    assert_eq!(home.json(&["cache", "list", "--json", "--table", "traces"]).len(), 1);
    assert!(home.run(&["cache", "stats"]).stderr.contains("no daemon runs"));
    assert_eq!(home.json(&["cache", "verify", "--json"])[0]["intact"], 1);
    for blob in files(&home.store().join("v1/blobs")) {
        fs::write(blob, "damaged").expect("written");
    }
    assert_eq!(home.run(&["cache", "verify"]).code, Some(1));
    assert_eq!(home.pid_if_any(), None);
}

#[test]
fn what_two_sessions_ask_for_at_once_is_computed_once() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let (mut one, mut other) = (home.session(), home.session());
    for seed in 0..10 {
        let graph = graph(&format!("random,n=60,degree=4,seed={seed}"));
        one.submit(1, OPTIONS, vec![unit(0, &graph)]);
        other.submit(1, OPTIONS, vec![unit(0, &graph)]);
        let outcomes = [one.collect(1).0.remove(&0), other.collect(1).0.remove(&0)];
        let computed = |outcome: &Option<Outcome>| {
            matches!(outcome, Some(Outcome::Done { source: Source::Computed, .. }))
        };
        assert_eq!(outcomes.iter().filter(|outcome| computed(outcome)).count(), 1, "{seed}");
        let done = |outcome: &Option<Outcome>| matches!(outcome, Some(Outcome::Done { .. }));
        assert!(outcomes.iter().all(done), "{seed}");
    }
}

/// Waits until so many results are on disk: they are answered first, and then written. Each has an entry under
/// its key and one under its name.
fn wait_for_results(home: &Home, results: usize) {
    let entries = |table: &str| files(&home.store().join("v1").join(table)).len();
    wait_for("results on disk", PATIENCE, || {
        (entries("traces") == results && entries("names") == results).then_some(())
    });
}

/// Damages the one file below `folder` in every way; after each the result is right, and computed anew.
fn damage(folder: &str, session: &mut Session, home: &Home) -> u64 {
    let mut times = 0;
    let one = match &files(&home.store().join("v1").join(folder))[..] {
        [one] => one.clone(),
        other => panic!("{other:?} instead of one file"),
    };
    let whole = fs::read(&one).expect("a file");
    let last = whole.len() - 1;
    let mut damaged: Vec<(String, Vec<u8>)> = Vec::new();
    let offsets = [0, 1, 7, 8, 15, 16, 47, 48, 79, 80, last / 2, last - 1, last];
    for (count, offset) in offsets.into_iter().enumerate() {
        let mut flipped = whole.clone();
        flipped[offset] ^= 1 << (count % 8);
        damaged.push((format!("bit flipped in byte {offset}"), flipped));
    }
    damaged.push(("emptied".into(), Vec::new()));
    damaged.push(("cut in half".into(), whole[..whole.len() / 2].to_vec()));
    damaged.push(("cut by a byte".into(), whole[..last].to_vec()));
    damaged.push(("a byte longer".into(), [&whole[..], &[0]].concat()));
    damaged.push(("another trace's".into(), trace_here("erlang,k=3").to_vec()));
    for (how, bytes) in damaged {
        fs::write(&one, &bytes).expect("written");
        times += 1;
        // Until its last writes are through, the daemon may still answer from memory, or mend the file.
        wait_for(&format!("{folder} to be computed anew: {how}"), PATIENCE, || {
            let (found, source) = session.trace(&graph(MODEL));
            assert_eq!(found, trace_here(MODEL), "{folder}: {how}");
            if source == Source::Stored && fs::read(&one).is_ok_and(|now| now == whole) {
                fs::write(&one, &bytes).expect("written");
            }
            (source == Source::Computed).then_some(())
        });
        wait_for(&format!("{folder} to be stored anew: {how}"), PATIENCE, || {
            fs::read(&one).is_ok_and(|bytes| bytes == whole).then_some(())
        });
        assert_eq!(session.trace(&graph(MODEL)).1, Source::Stored, "{folder}: {how}");
    }
    times
}

#[test]
fn a_damaged_file_of_the_store_is_noticed_set_aside_and_its_result_computed_anew() {
    let home = Home::new();
    // Nothing is kept in memory, so that each look-up reads the disk.
    let _daemon = home.daemon(&["--set", "store_memory=0"]);
    let mut session = home.session();
    session.trace(&graph(MODEL));
    wait_for_results(&home, 1);
    let times = damage("blobs", &mut session, &home) + damage("traces", &mut session, &home);
    let quarantine = files(&home.store().join("v1/quarantine"));
    assert_eq!(quarantine.len() as u64, times, "each is kept for people to look at");
    assert_eq!(session.status().cache.quarantined, times);
}

#[test]
fn stats_verify_and_clear_say_and_do_what_they_should() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let mut session = home.session();
    session.trace(&graph(MODEL));
    session.trace(&graph("erlang,k=4"));
    wait_for_results(&home, 2);
    let stats = home.json(&["cache", "stats", "--json"]).remove(0);
    assert_eq!(stats["directory"], home.store().to_string_lossy().as_ref());
    assert_eq!((&stats["counts"]["entries"], &stats["counts"]["misses"]), (&4.into(), &2.into()), "{stats}");
    let on_disk: u64 = files(&home.store().join("v1"))
        .iter()
        .filter(|path| !path.ends_with("CACHEDIR.TAG") && !path.ends_with("lock"))
        .map(|path| fs::metadata(path).expect("a file").len())
        .sum();
    assert_eq!(stats["counts"]["bytes"], on_disk, "{stats}");
    let verified = home.json(&["cache", "verify", "--json"]).remove(0);
    assert_eq!(verified, serde_json::json!({"intact": 2, "quarantined": []}));
    let victim = files(&home.store().join("v1/blobs")).remove(0);
    fs::write(&victim, "damaged").expect("written");
    let found = home.run(&["cache", "verify", "--json"]);
    assert_eq!(found.code, Some(1), "{}", found.stderr);
    let rest = victim.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(found.stdout.contains(&rest) && !victim.exists(), "{}", found.stdout);
    home.ok(&["cache", "clear"]);
    assert_eq!(session.status().cache.entries, 0);
    assert!(files(&home.store().join("v1/blobs")).is_empty());
    assert_eq!(session.trace(&graph(MODEL)).1, Source::Computed);
}

#[test]
fn entries_are_listed_and_what_is_too_old_too_much_or_led_to_by_nothing_is_removed() {
    let home = Home::new();
    let _daemon = home.daemon(&["--set", "store_memory=0"]);
    let mut session = home.session();
    session.trace(&graph("erlang,k=4"));
    wait_for_results(&home, 1);
    let old = files(&home.store().join("v1/blobs")).remove(0);
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
    fs::File::open(&old).expect("a blob").set_modified(two_days_ago).expect("a time");
    session.trace(&graph(MODEL));
    wait_for_results(&home, 2);
    let key = WorkKind::Graph.key(&graph(MODEL)).to_string();
    let rows = home.json(&["cache", "list", "--json", "--table", "traces"]);
    assert_eq!((rows.len(), &rows[0]["key"], &rows[0]["kind"]), (2, &key.into(), &"trace".into()));
    assert_eq!(rows[0]["bytes"], trace_here(MODEL).len());
    let cut = home.run(&["cache", "list", "--limit", "3"]);
    assert_eq!((cut.code, cut.stdout.lines().count()), (Some(0), 4), "a line of headings: {}", cut.stdout);
    assert!(cut.stderr.contains("3 of 4 entries"), "{}", cut.stderr);
    let report = home.json(&["cache", "gc", "--older-than", "1", "--json"]).remove(0);
    assert_eq!(
        (&report["evicted"], &report["dangling"], &report["entries"]),
        (&1.into(), &2.into(), &2.into())
    );
    assert!(!old.exists());
    // The same at the prompt.
    let mut prompt = home.command(&["--no-start"]);
    let mut prompt = prompt.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let lines = b"cache list --json\ncache gc --max-bytes 0\ncache list --json\n";
    prompt.stdin.take().expect("a pipe").write_all(lines).expect("it reads");
    let output = prompt.wait_with_output().expect("its end");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("0 entries, 0 B left"), "{text}");
    assert_eq!(text.matches("\"encoding\"").count(), 2, "{text}");
    assert_eq!(session.trace(&graph(MODEL)).1, Source::Computed);
}

#[test]
fn entries_name_the_encodings_that_the_engine_writes() {
    let version = |bytes: &[u8]| u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
    let chain = Chain::new(&models::build("chain,components=1,size=60").expect("a model"));
    assert_eq!(version(&Trace::record(&chain).expect("a trace").encode()), TRACE_ENCODING);
    let decomposition = Decomposition::new(&chain);
    let plan = Plan::record(&decomposition.patterns()[0]).expect("a plan");
    assert_eq!(version(&plan.encode()), PLAN_ENCODING);
}

/// Makes an entry one that another version has written.
fn age(path: &Path) {
    let mut bytes = fs::read(path).expect("an entry");
    bytes[12] += 1;
    let checksum = Key::of_blob(&bytes[..88]).0;
    bytes[88..].copy_from_slice(&checksum[..8]);
    fs::write(path, bytes).expect("written");
}

#[test]
fn what_another_version_has_stored_is_computed_anew_and_replaced() {
    let home = Home::new();
    let _daemon = home.daemon(&["--set", "store_memory=0"]);
    let trace = || {
        home.json(&["trace", "model:chain,components=2,size=60", "--strategy", "vmap", "--json"]).remove(0)
    };
    let entries = |table: &str| files(&home.store().join("v1").join(table));
    let first = trace();
    let plans = first["computed"].as_u64().expect("a count");
    assert!(plans > 0, "{first}");
    wait_for("its plans on disk", PATIENCE, || (entries("plans").len() as u64 == plans).then_some(()));
    assert_eq!(trace()["cached"], true);
    for table in Table::ALL {
        entries(table.name()).iter().for_each(|path| age(path));
    }
    let again = trace();
    assert_eq!((&again["cached"], &again["computed"]), (&false.into(), &plans.into()), "{again}");
    assert_eq!(again["hash"], first["hash"]);
    assert_eq!(trace()["cached"], true);
    wait_for("new entries", PATIENCE, || {
        let replaced =
            |path: &PathBuf| fs::read(path).is_ok_and(|bytes| u32::from(bytes[12]) == PLAN_ENCODING);
        entries("plans").iter().all(replaced).then_some(())
    });
    home.ok(&["cache", "verify"]);
    assert_eq!(home.session().status().cache.quarantined, 0);
}

#[test]
fn without_the_store_nothing_is_looked_up_and_nothing_written() {
    let home = Home::new();
    let _daemon = home.daemon(&[]);
    let model = "model:coalescent,n=6";
    let run = |variable: &str, arguments: &[&str]| {
        let output = home.command(arguments).env("SOJOURN_NO_CACHE", variable).output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    let counts = || home.session().status().cache;
    let trace = ["trace", model, "--strategy", "vmap", "--json"];
    let eval = ["eval", model, "--theta", "1", "--strategy", "vmap"];
    for arguments in [&trace[..], &[&trace[..], &["--min-size", "2"]].concat(), &eval] {
        for _ in 0..2 {
            let (code, text) = run("1", arguments);
            assert!(code == Some(0) && !text.contains("\"cached\":true"), "{text}");
        }
        home.ok(&[arguments, &["--no-cache"]].concat());
    }
    let hash =
        home.json(&[&trace[..], &["--no-cache"]].concat())[0]["hash"].as_str().expect("a hash").to_owned();
    assert_eq!((counts().entries, counts().hits, counts().misses), (0, 0, 0));
    // Nought is no: it is stored now, and found.
    assert_eq!(run("0", &trace).0, Some(0));
    wait_for_results(&home, 1);
    assert!(run("0", &trace).1.contains("\"cached\":true"));
    assert_eq!(run("", &["eval", &hash, "--theta", "1"]).0, Some(0));
    let hits = counts().hits;
    assert!(hits > 0);
    assert_eq!(run("1", &["eval", &hash, "--theta", "1"]).0, Some(2), "only the store knows it");
    assert!(!run("yes", &trace).1.contains("\"cached\":true"));
    assert_eq!(counts().hits, hits);
}

#[test]
fn a_daemon_without_a_store_keeps_nothing() {
    let home = Home::new();
    let _daemon = home.daemon(&["--store", ""]);
    let mut session = home.session();
    for _ in 0..2 {
        assert_eq!(session.trace(&graph(MODEL)), (trace_here(MODEL), Source::Computed));
    }
    assert_eq!(home.json(&["cache", "stats", "--json"])[0]["directory"], "");
    assert!(home.json(&["cache", "list", "--json"]).is_empty());
    assert_eq!(home.json(&["cache", "gc", "--json"])[0]["freed_bytes"], 0);
    home.ok(&["cache", "clear"]);
    assert!(files(&home.path("cache")).is_empty());
}

/// Results still come, each computed, and the failures are counted.
fn assert_delivered(session: &mut Session) {
    let before = session.status().cache.write_failures;
    for (count, model) in ["coalescent,n=7", "erlang,k=5", "coalescent,n=7"].into_iter().enumerate() {
        assert_eq!(session.trace(&graph(model)), (trace_here(model), Source::Computed), "{model}");
        // Until its write has failed, a result is served from memory.
        wait_for("the failure to be counted", PATIENCE, || {
            (session.status().cache.write_failures > before + count as u64).then_some(())
        });
    }
    let workers = session.status().workers;
    assert!(workers.iter().all(|worker| worker.state != WorkerState::Stopped), "{workers:?}");
}

#[test]
fn a_store_that_has_become_read_only_costs_no_result() {
    // Permissions do not bind root, so there the daemon is another user's.
    let root = rustix::process::geteuid().is_root();
    let place = tempfile::Builder::new().prefix("sojourn-public-").tempdir().expect("a folder");
    let (socket, store) = (place.path().join("run/s.sock"), place.path().join("store"));
    let uid = 1_000_000 + std::process::id();
    for folder in ["", "run", "store"] {
        let folder = place.path().join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).expect("permissions");
        if root {
            chown(&folder, Some(uid), Some(uid)).expect("root may");
        }
    }
    let program = place.path().join("sojournd");
    fs::copy(&executables().sojournd, &program).expect("a copy");
    let mut command = Command::new(&program);
    command.env_clear().env("HOME", place.path()).current_dir("/");
    command.arg("--socket").arg(&socket).arg("--store").arg(&store);
    if root {
        command.uid(uid).gid(uid);
    }
    // Busy as long as some other test's child, just forked, still has the copy open for writing.
    let child = wait_for("the copy to be closed", PATIENCE, || match command.spawn() {
        Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => None,
        started => Some(started.expect("it starts")),
    });
    let _daemon = Running { child };
    let mut session = wait_for("the daemon", PATIENCE, || Session::open(&socket));
    let folders = Command::new("find").arg(&store).args(["-type", "d"]).output().expect("find").stdout;
    for folder in String::from_utf8(folders).expect("text").lines() {
        if root {
            chown(folder, Some(0), Some(0)).expect("root may");
        }
        fs::set_permissions(folder, PermissionsExt::from_mode(0o555)).expect("permissions");
    }
    assert_delivered(&mut session);
    wait_for("half-written files to be gone", PATIENCE, || {
        files(&store).iter().all(|p| p.ends_with("lock") || p.ends_with("CACHEDIR.TAG")).then_some(())
    });
    for folder in ["store", "store/v1", "store/v1/tmp"] {
        fs::set_permissions(place.path().join(folder), PermissionsExt::from_mode(0o755))
            .expect("permissions");
    }
}

#[test]
fn a_full_disk_costs_no_result_and_leaves_no_half_file() {
    let home = Home::new();
    let disk = home.path("disk");
    fs::create_dir(&disk).expect("a folder");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("a small disk can not be mounted here: not tested");
        return;
    }
    let store = disk.to_string_lossy().into_owned();
    let mut daemon = home.daemon(&["--store", &store]);
    let fill = vec![0; 1 << 20];
    // As much as fits; that it does not fit is the point.
    let _ = fs::write(disk.join("filler"), fill);
    assert_delivered(&mut home.session());
    assert!(files(&disk.join("v1/blobs")).is_empty());
    // The last of the writes may still be at it.
    wait_for("half-written files to be gone", PATIENCE, || {
        files(&disk.join("v1/tmp")).iter().all(|path| path.ends_with("lock")).then_some(())
    });
    fs::remove_file(disk.join("filler")).expect("removed");
    assert_eq!(home.session().trace(&graph(MODEL)).1, Source::Computed);
    assert_eq!(home.session().trace(&graph(MODEL)).1, Source::Stored, "it recovers when there is room");
    daemon.signal(Signal::TERM);
    daemon.wait(PATIENCE);
    let unmounted = Command::new("umount").arg(&disk).status().expect("umount");
    assert!(unmounted.success());
}
