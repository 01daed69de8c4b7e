//! `sojourn status`: one look at the daemon.

use sojourn_proto::{DaemonReport, Reply, Request, SessionReport};

use super::{Ended, devices, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::json::Status;
use crate::render::numbers;
use crate::render::table::Table;

/// What the daemon says of itself at one moment.
pub(crate) struct Look {
    pub(crate) report: Box<DaemonReport>,
    /// Why there are no GPUs, if there are none.
    pub(crate) no_devices: Option<String>,
}

impl Look {
    /// Has the daemon look for GPUs where none are known, so that what is there is shown; and asks.
    pub(crate) fn first(context: &Context) -> Result<Look, CommandError> {
        match context.client()?.ask_running(|id| Request::Devices { id })? {
            Reply::Devices { report: devices, .. } => {
                Ok(Look { report: report(context)?, no_devices: devices.none })
            }
            _ => Err(unexpected("devices")),
        }
    }

    /// Asks again, but looks for no GPUs: that starts a process.
    pub(crate) fn again(self, context: &Context) -> Result<Look, CommandError> {
        Ok(Look { report: report(context)?, ..self })
    }

    /// Daemon, queue and store, a line or two each.
    pub(crate) fn head(&self) -> Vec<String> {
        let DaemonReport { pid, version, protocol, health, queue, cache, .. } = &*self.report;
        let up = numbers::seconds(self.report.uptime_s);
        let bytes = numbers::bytes(cache.bytes);
        let (entries, hits, misses) = (cache.entries, cache.hits, cache.misses);
        let mut lines = vec![
            format!("daemon   process {pid}, {version}, protocol {protocol}, up {up}, {health}"),
            format!("queue    {} waiting, {} running", queue.waiting, queue.running),
            format!("store    {entries} entries, {bytes}, {hits} hits, {misses} misses"),
        ];
        if cache.quarantined + cache.write_failures > 0 {
            let (damaged, failed) = (cache.quarantined, cache.write_failures);
            lines.push(format!("         {damaged} damaged and set aside, {failed} writes failed"));
        }
        lines
    }

    /// The table of GPUs, or why there are none.
    pub(crate) fn devices(&self, terminal: bool) -> String {
        match &self.no_devices {
            Some(why) => format!("GPUs     none: {why}"),
            None => devices::table(&self.report.devices).render(terminal),
        }
    }
}

/// Shows a daemon that runs; starts none.
pub(crate) fn run(context: &mut Context) -> Result<Ended, CommandError> {
    let look = Look::first(context)?;
    if context.json() {
        context.out.json(&Status::of(&look.report))?;
        return Ok(Ended::Done);
    }
    for line in look.head() {
        context.out.line(line)?;
    }
    context.out.line(format_args!("sessions {}", sessions(&look.report.sessions)))?;
    context.out.line(look.devices(context.terminal))?;
    devices::warnings(&look.report.devices).for_each(|warning| context.note(&warning));
    workers(&look.report, context)
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

/// Shows the worker processes.
pub(crate) fn workers(report: &DaemonReport, context: &mut Context) -> Result<Ended, CommandError> {
    context.table(table(report))?;
    Ok(Ended::Done)
}

/// The table of worker processes.
pub(crate) fn table(report: &DaemonReport) -> Table {
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
    table
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
