//! GPUs as their users meet them: through client, daemon and device process, on the simulated driver, which runs the
//! kernels' own sources on this machine's processor.

mod automatic;
mod confinement;
mod faults;
mod lifetime;
mod numbers;
mod refusals;
mod several;

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use sojourn_engine::{Chain, Trace, models};
use sojourn_proto::{DeviceReport, Key, Payload, Reply, Request, Target, WorkKind};
use sojourn_tests::{Home, Session, simulator};

const PATIENCE: Duration = Duration::from_secs(60);

const FIRST: &str = "GPU-51300000-0000-0000-0000-00000000000a";
const SECOND: &str = "GPU-51300000-0000-0000-0000-00000000000b";
const PART: &str = "MIG-51300000-0000-0000-0000-00000000000c";

/// Launches by which a device process measures its device before it is ready. Those of jobs come after.
const MEASURING: u64 = 10;

/// A home with these simulated GPUs, whose memory all processes see alike, and which count launches over all.
fn home(uuids: &[&str]) -> Home {
    let home = home_apart(uuids);
    let state = home.path("gpus").to_str().expect("text").to_owned();
    home.with("SOJOURN_SIMULATED_STATE", &state)
}

/// The same, but each process has the GPUs for itself, and counts its own launches.
fn home_apart(uuids: &[&str]) -> Home {
    let folder = simulator::driver().to_str().expect("text");
    Home::new().with("LD_LIBRARY_PATH", folder).with("SOJOURN_SIMULATED_UUIDS", &uuids.join(","))
}

/// Has a launch of a job end in a fault, the first being number 1.
fn with_fault(home: Home, fault: &str, launch: u64) -> Home {
    home.with(&format!("SOJOURN_SIMULATED_{fault}"), &(MEASURING + launch).to_string())
}

/// So many vectors as CSV, one in fifty of which has no answer, in a file.
fn vectors(home: &Home, count: usize) -> String {
    let vector =
        |k: usize| if k % 50 == 7 { "-1\n".to_owned() } else { format!("{}\n", 1.0 + k as f64 / 64.0) };
    home.file("thetas.csv", &(0..count).map(vector).collect::<String>())
}

/// Lines of JSON.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The devices as the daemon has them now.
fn devices(home: &Home) -> Vec<DeviceReport> {
    home.session().status().devices
}

/// Gives the memory of all devices back.
fn clear(home: &Home) {
    let reply = home.session().ask(&Request::Memory { id: 1, clear: true });
    assert!(matches!(reply, Reply::Memory { .. }), "{reply:?}");
}

/// Whether two answers are the same but for the device, numbers to 1e-13 of their value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("a double"), b.as_f64().expect("a double"));
            (a - b).abs() <= 1e-13 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, value)| name == "device" || b.get(name).is_some_and(|b| same(value, b)))
        }
        (a, b) => a == b,
    }
}

/// A session that holds a trace, and the kind of jobs for a GPU that need it.
fn session(home: &Home) -> (Session, WorkKind) {
    let mut session = home.session();
    let chain = Chain::new(&models::build("coalescent,n=5").expect("a model"));
    let trace = Bytes::from(Trace::record(&chain).expect("a trace").encode());
    let kind = WorkKind::Evaluation { trace: Key::of_blob(&trace), target: Target::AnyDevice };
    let held = session.ask(&Request::Hold { id: 1, payload: Payload::Inline(trace) });
    assert!(matches!(held, Reply::Done { .. }), "{held:?}");
    (session, kind)
}
