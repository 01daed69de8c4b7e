//! The store: what is in it is used, what is damaged is noticed, and what can not be kept is delivered all the
//! same.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::Signal;
use sojourn_engine::{Chain, Trace, models};
use sojourn_proto::{Source, WorkerState};
use sojourn_tests::{Home, Running, Session, executables, graph, wait_for};

const PATIENCE: Duration = Duration::from_secs(20);
const MODEL: &str = "coalescent,n=6";

fn trace_here(model: &str) -> Bytes {
    let chain = Chain::new(&models::build(model).expect("a model"));
    Trace::record(&chain).expect("a trace").encode().into()
}

/// Plain files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

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
    let _daemon = Running { child: command.spawn().expect("it starts") };
    let mut session = wait_for("the daemon", PATIENCE, || Session::open(&socket));
    let folders = Command::new("find").arg(&store).args(["-type", "d"]).output().expect("find").stdout;
    for folder in String::from_utf8(folders).expect("text").lines() {
        if root {
            chown(folder, Some(0), Some(0)).expect("root may");
        }
        fs::set_permissions(folder, PermissionsExt::from_mode(0o555)).expect("permissions");
    }
    assert_delivered(&mut session);
    let left = files(&store).into_iter().filter(|p| !p.ends_with("lock") && !p.ends_with("CACHEDIR.TAG"));
    assert_eq!(left.count(), 0, "nothing half-written");
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
    let half = files(&disk.join("v1/tmp")).into_iter().filter(|path| !path.ends_with("lock"));
    assert_eq!(half.count(), 0);
    fs::remove_file(disk.join("filler")).expect("removed");
    assert_eq!(home.session().trace(&graph(MODEL)).1, Source::Computed);
    assert_eq!(home.session().trace(&graph(MODEL)).1, Source::Stored, "it recovers when there is room");
    daemon.signal(Signal::TERM);
    daemon.wait(PATIENCE);
    let unmounted = Command::new("umount").arg(&disk).status().expect("umount");
    assert!(unmounted.success());
}
