//! The end of a process: the kill ladder, and the reading of how it ended.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

use super::reap::{Reaped, reap};
use crate::exchange::Exit;

/// From the message to SIGTERM: a worker that listens has left by then.
const MESSAGE: Duration = Duration::from_millis(100);

/// From SIGKILL to giving up: only a process in an uninterruptible sleep lasts so long.
const UNREAPABLE: Duration = Duration::from_secs(5);

/// A process of ours that is not reaped yet, so that its number can not be another's.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pid: Pid,
    exited: AsyncFd<OwnedFd>,
}

impl Process {
    /// Takes a child over. Its number is still ours: nobody else reaps.
    ///
    /// # Errors
    /// With the child, where no descriptor for it can be had.
    pub(super) fn new(mut child: Child) -> std::io::Result<Process> {
        let opened = Pid::from_raw(child.id().cast_signed())
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::NONBLOCK).map(|descriptor| (pid, descriptor)));
        let opened = opened
            .map_err(std::io::Error::from)
            .and_then(|(pid, descriptor)| Ok((pid, crate::descriptors::await_readable(descriptor)?)));
        match opened {
            Ok((pid, exited)) => Ok(Process { child, pid, exited }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end without reaping it. May be dropped and asked again.
    pub(super) async fn ended(&self) {
        // The descriptor becomes readable when the process ends, and stays so. An error here is one of the
        // runtime, which is then about to end itself.
        let _ = self.exited.readable().await.map(|mut guard| guard.retain_ready());
    }

    pub(super) fn signal(&self, signal: Signal) {
        // Fails only where it has ended meanwhile.
        let _ = pidfd_send_signal(self.exited.get_ref().as_fd(), signal);
    }

    /// Kills all of its group; safe as long as it is not reaped, since no other group can have its number.
    pub(super) fn kill_group(&self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
        self.signal(Signal::KILL);
    }

    /// Reaps it, after [`Process::ended`], and what may be left of its group.
    pub(super) fn reap(self) -> std::io::Result<Reaped> {
        let _ = kill_process_group(self.pid, Signal::KILL);
        reap(self.child)
    }
}

/// Steps of an ending, from the first request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ladder {
    /// It may run.
    Standing,
    /// It was asked to leave by message; SIGTERM comes next.
    Asked(Instant),
    /// It has had SIGTERM; SIGKILL comes next.
    Terminated(Instant),
    /// It has had SIGKILL.
    Killed(Instant),
    /// It does not end.
    Unreapable,
}

impl Ladder {
    pub(super) fn asked() -> Ladder {
        Ladder::Asked(Instant::now() + MESSAGE)
    }

    pub(super) fn asked_within(grace: Duration) -> Ladder {
        Ladder::Asked(Instant::now() + grace)
    }

    /// Kills at once.
    pub(super) fn killed(process: &Process) -> Ladder {
        process.kill_group();
        Ladder::Killed(Instant::now() + UNREAPABLE)
    }

    /// When the next step is due.
    pub(super) fn due(self) -> Option<Instant> {
        match self {
            Ladder::Asked(due) | Ladder::Terminated(due) | Ladder::Killed(due) => Some(due),
            Ladder::Standing | Ladder::Unreapable => None,
        }
    }

    /// Takes the next step.
    pub(super) fn climb(self, process: &Process, grace: Duration) -> Ladder {
        match self {
            Ladder::Standing | Ladder::Asked(_) => {
                process.signal(Signal::TERM);
                // A stopped process gets no SIGTERM until it goes on.
                process.signal(Signal::CONT);
                Ladder::Terminated(Instant::now() + grace)
            }
            Ladder::Terminated(_) => Ladder::killed(process),
            Ladder::Killed(_) | Ladder::Unreapable => Ladder::Unreapable,
        }
    }
}

/// Exit code or signal. Out of memory is a kill by the kernel's killer, and also the abort of a process that
/// got no more: then a good part of its `memory` was in use (what it asked for last never was).
pub(super) fn exit_of(reaped: Reaped, kernel_killed: bool, memory: u64) -> Exit {
    let Reaped { status, peak_rss_bytes } = reaped;
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => {
            let out_of_memory = (kernel_killed && signal == Signal::KILL.as_raw())
                || (signal == Signal::ABORT.as_raw() && peak_rss_bytes >= memory / 4);
            Exit::Signal { signal, out_of_memory }
        }
        (None, None) => Exit::Code(-1),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::{Exit, Reaped, exit_of};

    #[test]
    fn an_abort_near_the_memory_limit_is_for_memory_and_another_is_not() {
        let exit = |signal, peak_rss_bytes, kernel| {
            exit_of(Reaped { status: ExitStatus::from_raw(signal), peak_rss_bytes }, kernel, 1000)
        };
        assert_eq!(exit(6, 900, false), Exit::Signal { signal: 6, out_of_memory: true });
        assert_eq!(exit(6, 100, false), Exit::Signal { signal: 6, out_of_memory: false });
        assert_eq!(exit(9, 900, false), Exit::Signal { signal: 9, out_of_memory: false });
        assert_eq!(exit(9, 0, true), Exit::Signal { signal: 9, out_of_memory: true });
        assert_eq!(exit(3 << 8, 900, true), Exit::Code(3));
    }
}
