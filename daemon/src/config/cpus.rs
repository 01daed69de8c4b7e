//! How many CPUs this process may use.

use std::path::{Path, PathBuf};

/// CPUs this process may use: those of its affinity mask, and no more than the quotas of its control groups
/// (rounded up) give. At least 1.
pub fn usable_cpus() -> u32 {
    let mask = rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count());
    mask.min(quota().unwrap_or(u32::MAX)).max(1)
}

/// Smallest CPU quota from this process's control group (version 2) up to the root.
fn quota() -> Option<u32> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let root = Path::new("/sys/fs/cgroup");
    let mut group: PathBuf = root.join(own);
    let mut least = None;
    loop {
        let limit = std::fs::read_to_string(group.join("cpu.max")).ok().and_then(|text| cpus(&text));
        least = match (least, limit) {
            (Some(a), Some(b)) => Some(u32::min(a, b)),
            (one, other) => one.or(other),
        };
        if group == root || !group.pop() {
            return least;
        }
    }
}

/// CPUs of a `cpu.max` such as `150000 100000`; none for `max 100000`.
fn cpus(text: &str) -> Option<u32> {
    let mut words = text.split_whitespace();
    let quota: u64 = words.next()?.parse().ok()?;
    let period: u64 = words.next()?.parse().ok().filter(|&period| period > 0)?;
    u32::try_from(quota.div_ceil(period)).ok()
}

#[cfg(test)]
mod tests {
    use super::cpus;

    #[test]
    fn a_quota_counts_in_whole_cpus_rounded_up() {
        assert_eq!(cpus("150000 100000\n"), Some(2));
        assert_eq!(cpus("50000 100000\n"), Some(1));
        assert_eq!(cpus("max 100000\n"), None);
        assert_eq!(cpus("1 0\n"), None);
    }
}
