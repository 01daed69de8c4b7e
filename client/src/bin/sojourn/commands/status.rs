//! `sojourn status`: one look at the daemon.

use sojourn_proto::{DaemonReport, Reply, Request, SessionReport};

use super::{Ended, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::json::Status;
use crate::render::numbers;
use crate::render::table::Table;

/// Shows a daemon that runs; starts none.
pub(crate) fn run(context: &mut Context) -> Result<Ended, CommandError> {
    // Looked for where none are known, so that what is there is shown.
    let devices = match context.client()?.ask_running(|id| Request::Devices { id })? {
        Reply::Devices { report, .. } => report,
        _ => return Err(unexpected("devices")),
    };
    let report = report(context)?;
    if context.json() {
        context.out.json(&Status::of(&report))?;
        return Ok(Ended::Done);
    }
    let DaemonReport { pid, version, protocol, health, queue, cache, .. } = &*report;
    let up = numbers::seconds(report.uptime_s);
    context
        .out
        .line(format_args!("daemon   process {pid}, {version}, protocol {protocol}, up {up}, {health}"))?;
    context.out.line(format_args!("queue    {} waiting, {} running", queue.waiting, queue.running))?;
    let bytes = numbers::bytes(cache.bytes);
    let (entries, hits, misses) = (cache.entries, cache.hits, cache.misses);
    context.out.line(format_args!("store    {entries} entries, {bytes}, {hits} hits, {misses} misses"))?;
    if cache.quarantined + cache.write_failures > 0 {
        let (damaged, failed) = (cache.quarantined, cache.write_failures);
        context.out.line(format_args!("         {damaged} damaged and set aside, {failed} writes failed"))?;
    }
    context.out.line(format_args!("sessions {}", sessions(&report.sessions)))?;
    match &devices.none {
        Some(why) => context.out.line(format_args!("GPUs     none: {why}"))?,
        None => super::devices::table(&report.devices, context)?,
    }
    workers(&report, context)
}

/// How many there are, and the number of each, which the workers leased to it name.
fn sessions(sessions: &[SessionReport]) -> String {
    if sessions.is_empty() {
        return "none".to_owned();
    }
    let each: Vec<String> =
        sessions.iter().map(|s| format!("number {} of process {}", s.id, s.pid)).collect();
    format!("{} connected: {}", sessions.len(), each.join(", "))
}

/// The daemon's report on itself.
pub(crate) fn report(context: &Context) -> Result<Box<DaemonReport>, CommandError> {
    match context.client()?.ask_running(|id| Request::Status { id })? {
        Reply::Status { report, .. } => Ok(report),
        _ => Err(unexpected("status")),
    }
}

/// The table of worker processes.
pub(crate) fn workers(report: &DaemonReport, context: &mut Context) -> Result<Ended, CommandError> {
    let mut table = Table::new(["worker", "state", "session", "jobs", "memory", "silent"]);
    for worker in &report.workers {
        table.row([
            worker.pid.to_string(),
            numbers::name(&worker.state),
            worker.session.map_or_else(|| "-".into(), |session| session.to_string()),
            worker.jobs.to_string(),
            numbers::bytes(worker.rss_bytes),
            worker.silent_s.map_or_else(|| "-".into(), numbers::seconds),
        ]);
    }
    context.table(table)?;
    Ok(Ended::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_session_is_not_taken_for_their_count() {
        let session = SessionReport { id: 89, pid: 4711, uid: 0, waiting: 0, running: 0 };
        assert_eq!(sessions(&[session]), "1 connected: number 89 of process 4711");
        assert_eq!(sessions(&[]), "none");
    }
}
