//! Looking for GPUs: a process is started that asks the driver, says what it heard, and ends. The daemon itself never
//! loads a driver.

use std::time::Duration;

use futures_util::StreamExt;
use sojourn_proto::codec::decode;
use sojourn_proto::frame::frame_codec;
use sojourn_proto::{Description, Failure, FailureKind, Report};
use tokio::time::timeout;
use tokio_util::codec::FramedRead;

use super::spawn::{Program, Spawner};
use super::supervise::begin;

/// A driver that wakes sleeping GPUs first may take ten seconds; one that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// From its answer to its end.
const LEAVE: Duration = Duration::from_secs(5);

/// Which GPUs there are.
///
/// # Errors
/// Why there is none, or why nobody can tell.
pub(super) async fn look(spawner: &Spawner) -> Result<Vec<Description>, Failure> {
    let failed =
        |what: String| Failure::new(FailureKind::NoDevice, format!("looking for GPUs failed: {what}"));
    let (process, socket) =
        begin(spawner, Program::Probe).await.map_err(|error| failed(error.to_string()))?;
    let mut reports = FramedRead::new(socket, frame_codec());
    let said = timeout(PATIENCE, reports.next()).await;
    let found = match said {
        Err(_) => Err(failed(format!("the driver did not answer within {} s", PATIENCE.as_secs()))),
        Ok(Some(Ok(frame))) => match decode::<Report>(&frame) {
            Ok(Report::Devices(found)) => Ok(found),
            Ok(Report::Unusable(failure)) => Err(failure),
            Ok(other) => Err(failed(format!("the process that looks for them said {other:?}"))),
            Err(error) => Err(failed(error.to_string())),
        },
        Ok(Some(Err(_)) | None) => {
            Err(failed("the process that looks for them died; its log may say why".into()))
        }
    };
    drop(reports);
    if timeout(LEAVE, process.ended()).await.is_err() {
        process.kill_group();
        // One that the kernel does not let go of is left to it.
        if timeout(LEAVE, process.ended()).await.is_err() {
            return found;
        }
    }
    let _ = process.reap();
    found
}
