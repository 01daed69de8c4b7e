use sojourn_proto::{DeviceState, Target};

use super::*;

const UUIDS: [&str; 3] = [
    "GPU-51300000-0000-0000-0000-00000000000a",
    "GPU-51400000-0000-0000-0000-00000000000b",
    "MIG-51300000-0000-0000-0000-00000000000c",
];

fn report(visible: Option<&str>) -> DevicesReport {
    let device = |uuid: &str| DeviceReport {
        uuid: uuid.to_owned(),
        name: "GPU".into(),
        compute_capability: "9.0".into(),
        driver: "12.1".into(),
        state: DeviceState::Cold,
        pid: None,
        total_bytes: 1 << 30,
        free_bytes: None,
        ours_bytes: 0,
        grown_bytes: 0,
        resident: Vec::new(),
        runs: 0,
        losses: 0,
        launch_seconds: None,
        operations_per_second: None,
    };
    let devices = UUIDS.into_iter().map(device).collect();
    DevicesReport { devices, none: None, visible: visible.map(str::to_owned) }
}

fn id(n: usize) -> DeviceId {
    UUIDS[n].parse().unwrap()
}

#[test]
fn a_device_is_typed_by_number_or_uuid() {
    for (text, expected) in [
        ("auto", Device::Auto),
        ("cpu", Device::Cpu),
        ("cuda", Device::EveryGpu),
        ("cuda:3", Device::Number(3)),
        (UUIDS[2], Device::Id(id(2))),
    ] {
        assert_eq!(text.parse(), Ok(expected));
    }
    for wrong in ["gpu", "cuda:", "cuda:-1", "cuda:x", "GPU-1", ""] {
        assert!(wrong.parse::<Device>().unwrap_err().contains("cuda:N"), "{wrong}");
    }
}

#[test]
fn a_device_asked_for_is_that_one_or_an_error_that_names_those_there_are() {
    let report = report(None);
    assert_eq!(choose(Device::Number(1), &report, None), Ok(vec![Target::Device(id(1))]));
    assert_eq!(choose(Device::Id(id(2)), &report, None), Ok(vec![Target::Device(id(2))]));
    assert_eq!(choose(Device::EveryGpu, &report, None), Ok(vec![Target::AnyDevice]));
    let error = choose(Device::Number(3), &report, None).unwrap_err();
    assert!(error.contains("cuda:3") && UUIDS.iter().all(|uuid| error.contains(uuid)), "{error}");
    let none = DevicesReport { none: Some("no driver".into()), ..DevicesReport::default() };
    assert_eq!(choose(Device::Auto, &none, None), Err("there is no GPU: no driver".into()));
}

#[test]
fn the_environment_of_whoever_asks_leaves_fewer_and_never_more() {
    let every = |own: &str| choose(Device::EveryGpu, &report(None), Some(own));
    let both = |a, b| Ok(vec![Target::Device(id(a)), Target::Device(id(b))]);
    assert_eq!(every("2,0"), both(2, 0));
    assert_eq!(every("1,7,0"), Ok(vec![Target::Device(id(1))]), "what follows one that is not there");
    assert_eq!(every(&format!("{},GPU-514", UUIDS[2])), both(2, 1));
    assert_eq!(every("0,0"), Ok(vec![Target::Device(id(0))]));
    assert!(every("").unwrap_err().contains("CUDA_VISIBLE_DEVICES"));
    assert!(every("GPU-").is_err(), "a beginning of two");
    assert_eq!(choose(Device::Number(0), &report(None), Some("1,0")), Ok(vec![Target::Device(id(1))]));
    assert!(choose(Device::Id(id(0)), &report(None), Some("1")).unwrap_err().contains(UUIDS[1]));
}

#[test]
fn numbers_mean_nothing_where_the_daemon_counts_others() {
    let there = report(Some("2,1,0"));
    assert_eq!(choose(Device::Number(0), &there, Some("2,1,0")), Ok(vec![Target::Device(id(0))]));
    assert_eq!(choose(Device::Number(0), &there, None), Ok(vec![Target::Device(id(0))]));
    assert!(choose(Device::Number(0), &there, Some("0")).unwrap_err().contains("UUID"));
    assert_eq!(choose(Device::Number(0), &there, Some(UUIDS[1])), Ok(vec![Target::Device(id(1))]));
}
