//! What the kernel says of a process.

use std::fs;

/// A look at a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// Resident memory in bytes.
    pub(super) rss_bytes: u64,
    /// Stopped by a signal, or by a tracer.
    pub(super) stopped: bool,
}

/// Looks at a process; none where it is gone.
pub(super) fn sample(pid: u32) -> Option<Sample> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the fields proper begin after the last one.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    // Field 24 of proc(5), with the state being field 3.
    let pages: u64 = fields.nth(20)?.parse().ok()?;
    let rss_bytes = pages * rustix::param::page_size() as u64;
    Some(Sample { rss_bytes, stopped: matches!(state, "T" | "t") })
}

/// How often the kernel's out-of-memory killer has struck in this process's control group, or where that is
/// not told, on the whole machine.
pub(super) fn out_of_memory_kills() -> u64 {
    group_kills().or_else(machine_kills).unwrap_or(0)
}

fn group_kills() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    counter(&fs::read_to_string(format!("/sys/fs/cgroup{own}/memory.events")).ok()?)
}

fn machine_kills() -> Option<u64> {
    counter(&fs::read_to_string("/proc/vmstat").ok()?)
}

fn counter(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{counter, sample};

    #[test]
    fn this_process_is_resident_and_not_stopped() {
        let seen = sample(std::process::id()).unwrap();
        assert!(seen.rss_bytes > 100_000 && !seen.stopped);
        assert_eq!(sample(u32::MAX), None);
    }

    #[test]
    fn kills_for_memory_are_counted_by_name() {
        assert_eq!(counter("low 0\noom 3\noom_kill 2\noom_group_kill 1\n"), Some(2));
        assert_eq!(counter("low 0\n"), None);
    }
}
