//! What a device process can not do, and what becomes of one that misbehaves.

use bytes::Bytes;
use sojourn_proto::{DeviceState, FailureKind, Outcome, Payload, Unit, WorkKind};
use sojourn_tests::{Home, OPTIONS, Session, wait_for};

use crate::{FIRST, PATIENCE, devices, home, session};

fn faulty() -> Home {
    home(&[FIRST]).with("SOJOURN_TEST_FAULTS", "1")
}

/// What comes of a payload that commands a fault.
fn command(session: &mut Session, kind: WorkKind, payload: &'static str) -> Outcome {
    let key = kind.key(payload.as_bytes());
    let payload = Payload::Inline(Bytes::from_static(payload.as_bytes()));
    session.submit(2, OPTIONS, vec![Unit { idx: 0, kind, key, payload }]);
    session.collect(2).0.remove(&0).expect("an answer")
}

#[test]
fn a_device_process_reaches_no_network_no_other_program_and_no_other_process() {
    let home = faulty();
    let _daemon = home.daemon(&[]);
    let (mut session, kind) = session(&home);
    for what in ["fault:reach:tcp", "fault:reach:exec", "fault:reach:signal"] {
        match command(&mut session, kind, what) {
            Outcome::Done { payload: Payload::Inline(bytes), .. } => {
                assert!(String::from_utf8_lossy(&bytes).contains("PermissionDenied"), "{what}: {bytes:?}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn a_panic_is_told_with_its_place_and_the_next_process_takes_over() {
    let home = faulty();
    let _daemon = home.daemon(&[]);
    let (mut session, kind) = session(&home);
    let Outcome::Failed(failure) = command(&mut session, kind, "fault:panic") else { panic!("no failure") };
    assert!(
        failure.kind == FailureKind::WorkerPanicked && failure.message.contains("fault injected"),
        "{failure}"
    );
    let cold = || (devices(&home)[0].state == DeviceState::Cold).then_some(());
    wait_for("its end", PATIENCE, cold);
    assert!(matches!(command(&mut session, kind, "fault:sleep:1"), Outcome::Done { .. }));
}

#[test]
fn garbage_and_a_crash_fail_the_job_they_come_of_and_no_other() {
    let home = faulty();
    let _daemon = home.daemon(&[]);
    let (mut session, kind) = session(&home);
    for (what, expected) in
        [("fault:garbage", FailureKind::ProtocolViolation), ("fault:segv", FailureKind::WorkerLost)]
    {
        match command(&mut session, kind, what) {
            Outcome::Failed(failure) => assert_eq!(failure.kind, expected, "{what}: {failure}"),
            other => panic!("{what}: {other:?}"),
        }
        assert!(matches!(command(&mut session, kind, "fault:sleep:1"), Outcome::Done { .. }), "after {what}");
    }
}
