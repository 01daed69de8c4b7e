//! Which GPUs there are, and why there is none.

use sojourn_worker::device::{DeviceError, Gpu, NoDevice, discover};

use crate::process::apart;

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
    apart!(all_three, &variables.each_ref().map(|(k, v)| (*k, v.as_str())));
}

#[test]
fn only_what_cuda_visible_devices_leaves_is_seen_in_its_order() {
    for visible in ["2,0".to_owned(), format!("{PART},{FIRST}"), "2,0,7,1".to_owned()] {
        let all = all();
        let variables = [("SOJOURN_SIMULATED_UUIDS", all.as_str()), ("CUDA_VISIBLE_DEVICES", &visible)];
        apart!(part_and_first, &variables);
    }
}

#[test]
fn no_visible_device_is_told_apart_from_no_driver_and_from_one_that_is_too_old() {
    apart!(none_visible, &[("CUDA_VISIBLE_DEVICES", "")]);
    apart!(none_visible, &[("SOJOURN_SIMULATED_UUIDS", "")]);
    apart!(too_old, &[("SOJOURN_SIMULATED_VERSION", "12000")]);
    apart!(failed, &[("SOJOURN_SIMULATED_INIT", "999")]);
    let empty = tempfile::tempdir().expect("a folder");
    for name in ["libcuda.so", "libcuda.so.1"] {
        std::fs::write(empty.path().join(name), b"no library").expect("a file");
    }
    let folder = empty.path().to_str().expect("a name");
    apart!(no_driver, &[("LD_LIBRARY_PATH", folder)]);
}

#[test]
fn a_device_is_opened_by_its_uuid_alone_and_tells_what_memory_is_free() {
    let all = all();
    apart!(opened, &[("SOJOURN_SIMULATED_UUIDS", &all)]);
}

fn all_three() {
    assert_eq!(uuids(), [FIRST, SECOND, PART]);
    assert!(discover().expect("devices").iter().all(|device| device.total_bytes == 123_456_789));
}

fn part_and_first() {
    assert_eq!(uuids(), [PART, FIRST]);
}

fn none_visible() {
    assert_eq!(discover(), Err(NoDevice::NoneVisible));
}

fn too_old() {
    let error = discover().expect_err("an error");
    assert_eq!(error, NoDevice::DriverTooOld { found: "12.0".to_owned(), needed: "12.1".to_owned() });
    assert!(error.to_string().contains("530"), "{error}");
}

fn failed() {
    assert!(matches!(discover(), Err(NoDevice::Failed { code: 999, .. })));
}

fn no_driver() {
    assert!(matches!(discover(), Err(NoDevice::NoDriver { .. })));
}

fn opened() {
    let gpu = Gpu::open(SECOND).expect("a device");
    assert_eq!(gpu.description().uuid, SECOND);
    let memory = gpu.memory().expect("its memory");
    assert!(memory.total > memory.free && memory.ours == 0, "{memory:?}");
    let unknown = "GPU-00000000-0000-0000-0000-000000000000";
    let error = Gpu::open(unknown).expect_err("an error");
    assert_eq!(error, DeviceError::NoDevice(NoDevice::Unknown { uuid: unknown.to_owned() }));
}
