//! Which GPUs there are, and why there is none.

use sojourn_worker::device::{DeviceError, Gpu, NoDevice, discover};

use crate::process;

const FIRST: &str = "GPU-51300000-0000-0000-0000-00000000000a";
const SECOND: &str = "GPU-51300000-0000-0000-0000-00000000000b";
const PART: &str = "MIG-51300000-0000-0000-0000-00000000000c";

fn all() -> String {
    format!("{FIRST},{SECOND},{PART}")
}

fn uuids() -> Vec<String> {
    discover().expect("devices").into_iter().map(|device| device.uuid).collect()
}

#[test]
fn every_device_is_found_by_its_uuid_with_its_memory() {
    let variables =
        [("SOJOURN_SIMULATED_UUIDS", all()), ("SOJOURN_SIMULATED_MEMORY", "123456789".to_owned())];
    process::run("discovery::cases::all_three", &variables.each_ref().map(|(k, v)| (*k, v.as_str())));
}

#[test]
fn only_what_cuda_visible_devices_leaves_is_seen_in_its_order() {
    for visible in ["2,0".to_owned(), format!("{PART},{FIRST}"), "2,0,7,1".to_owned()] {
        let all = all();
        let variables = [("SOJOURN_SIMULATED_UUIDS", all.as_str()), ("CUDA_VISIBLE_DEVICES", &visible)];
        process::run("discovery::cases::part_and_first", &variables);
    }
}

#[test]
fn no_visible_device_is_told_apart_from_no_driver_and_from_one_that_is_too_old() {
    process::run("discovery::cases::none_visible", &[("CUDA_VISIBLE_DEVICES", "")]);
    process::run("discovery::cases::none_visible", &[("SOJOURN_SIMULATED_UUIDS", "")]);
    process::run("discovery::cases::too_old", &[("SOJOURN_SIMULATED_VERSION", "12000")]);
    process::run("discovery::cases::failed", &[("SOJOURN_SIMULATED_INIT", "999")]);
    let empty = tempfile::tempdir().expect("a folder");
    std::fs::write(empty.path().join("libcuda.so"), b"no library").expect("a file");
    let folder = empty.path().to_str().expect("a name");
    if !std::path::Path::new("/dev/nvidiactl").exists() {
        process::run("discovery::cases::no_driver", &[("LD_LIBRARY_PATH", folder)]);
    }
}

#[test]
fn a_device_is_opened_by_its_uuid_alone_and_tells_what_memory_is_free() {
    let all = all();
    process::run("discovery::cases::opened", &[("SOJOURN_SIMULATED_UUIDS", &all)]);
}

mod cases {
    use super::{DeviceError, FIRST, Gpu, NoDevice, PART, SECOND, discover, uuids};

    #[test]
    #[ignore = "needs the simulated driver"]
    fn all_three() {
        assert_eq!(uuids(), [FIRST, SECOND, PART]);
        assert!(discover().expect("devices").iter().all(|device| device.total_bytes == 123_456_789));
    }

    #[test]
    #[ignore = "needs the simulated driver"]
    fn part_and_first() {
        assert_eq!(uuids(), [PART, FIRST]);
    }

    #[test]
    #[ignore = "needs the simulated driver"]
    fn none_visible() {
        assert_eq!(discover(), Err(NoDevice::NoneVisible));
    }

    #[test]
    #[ignore = "needs the simulated driver"]
    fn too_old() {
        let error = discover().expect_err("an error");
        assert_eq!(error, NoDevice::DriverTooOld { found: "12.0".to_owned(), needed: "12.1".to_owned() });
        assert!(error.to_string().contains("530"), "{error}");
    }

    #[test]
    #[ignore = "needs the simulated driver"]
    fn failed() {
        assert!(matches!(discover(), Err(NoDevice::Failed { code: 999, .. })));
    }

    #[test]
    #[ignore = "needs to find no driver"]
    fn no_driver() {
        assert!(matches!(discover(), Err(NoDevice::NoDriver { .. })));
    }

    #[test]
    #[ignore = "needs the simulated driver"]
    fn opened() {
        let gpu = Gpu::open(SECOND).expect("a device");
        assert_eq!(gpu.description().uuid, SECOND);
        let memory = gpu.memory().expect("its memory");
        assert!(memory.total > memory.free && memory.ours == 0, "{memory:?}");
        let unknown = "GPU-00000000-0000-0000-0000-000000000000";
        let error = Gpu::open(unknown).expect_err("an error");
        assert_eq!(error, DeviceError::NoDevice(NoDevice::Unknown { uuid: unknown.to_owned() }));
    }
}
