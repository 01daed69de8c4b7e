//! Who asks for a GPU gets it, or hears why not. Who does not is served all the same.

use sojourn_tests::{Home, simulator};

use crate::{FIRST, devices, home};

const ASKED: [&str; 5] = ["eval", "model:coalescent,n=5", "--theta", "1", "--json"];

fn on(device: &str) -> Vec<&str> {
    [&ASKED[..], &["--device", device]].concat()
}

#[test]
fn without_a_driver_a_gpu_is_refused_with_the_reason_and_auto_says_that_the_processor_computed() {
    let home = Home::new();
    let folder = home.path("none");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("libcuda.so.1"), "no library").expect("a file");
    let home = home.with("LD_LIBRARY_PATH", folder.to_str().expect("text"));
    for device in ["cuda:0", "cuda", FIRST] {
        let refused = home.run(&on(device));
        assert_eq!((refused.code, &refused.stdout[..]), (Some(1), ""), "{device}");
        assert!(refused.stderr.contains("no NVIDIA driver"), "{}", refused.stderr);
    }
    assert_eq!(home.json(&on("auto"))[0]["device"], "cpu");
    let status = home.ok(&["status"]);
    assert!(status.contains("GPUs     none: there is no NVIDIA driver"), "{status}");
    assert_eq!(home.json(&["memory", "show", "--json"])[0]["devices"], serde_json::json!([]));
}

#[test]
fn a_driver_that_is_too_old_or_shows_nothing_or_fails_is_told_apart() {
    for (variable, value, expected) in [
        ("SOJOURN_SIMULATED_VERSION", "11000", "knows CUDA 11.0"),
        ("SOJOURN_SIMULATED_UUIDS", "", "shows no GPU"),
        ("SOJOURN_SIMULATED_INIT", "999", "could not be initialised"),
    ] {
        let home = home(&[FIRST]).with(variable, value);
        let refused = home.run(&on("cuda:0"));
        assert_eq!(refused.code, Some(1));
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
        assert_eq!(home.json(&on("cpu"))[0]["device"], "cpu");
    }
}

#[test]
fn a_number_that_is_not_there_is_refused_with_those_that_are() {
    let home = home(&[FIRST]);
    let refused = home.run(&on("cuda:1"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("cuda:1") && refused.stderr.contains(FIRST), "{}", refused.stderr);
    assert_eq!(home.run(&on("gpu")).code, Some(2));
    let sequential = home.run(&[&on("cuda:0")[..], &["--strategy", "sequential"]].concat());
    assert!(sequential.code == Some(2) && sequential.stderr.contains("daemon"), "{}", sequential.stderr);
}

#[test]
fn a_part_of_a_question_that_gpus_do_not_compute_is_named_and_nothing_is_computed_elsewhere() {
    let home = home(&[FIRST]);
    let asked = ["eval", "model:coalescent,n=5", "--theta", "1", "--json", "--sample", "3", "--seed", "1"];
    let refused = home.run(&[&asked[..], &["--device", "cuda:0"]].concat());
    assert_eq!((refused.code, &refused.stdout[..]), (Some(2), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("sampl"), "{}", refused.stderr);
    assert_eq!(home.json(&[&asked[..], &["--device", "auto"]].concat())[0]["device"], "cpu");
}

#[test]
fn too_little_memory_is_told_with_what_was_needed_and_what_was_free() {
    // For the context alone, and for all but the trace.
    for bytes in ["1100000", "1500000"] {
        let home = home(&[FIRST]).with("SOJOURN_SIMULATED_MEMORY", bytes);
        let asked = ["eval", "model:islands,n=60", "--theta", "1,1,1", "--json", "--device", "cuda:0"];
        let refused = home.run(&asked);
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        let error = &crate::lines(&refused.stdout)[0]["error"];
        let text = error["message"].as_str().expect("text");
        assert!(error["kind"] == "vram" && text.contains("needed") && text.contains("free"), "{error}");
        assert_eq!(home.json(&asked[..5])[0]["device"], "cpu");
    }
}

#[test]
fn the_daemon_never_loads_a_driver_and_small_work_starts_no_device() {
    let home = home(&[FIRST]);
    home.ok(&[&on("auto")[..], &["--strategy", "vmap"]].concat());
    assert!(devices(&home).is_empty(), "nobody has even looked");
    home.ok(&on("cuda:0"));
    let session = home.session().status();
    let maps = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("readable");
    let device = session.devices[0].pid.expect("a device process");
    assert!(maps(device).contains("libcuda"), "where a driver is loaded it is seen");
    assert!(!maps(session.pid).contains("libcuda"));
    assert!(session.workers.iter().all(|worker| !maps(worker.pid).contains("libcuda")));
    assert!(maps(device).contains(simulator::driver().to_str().expect("text")));
}
