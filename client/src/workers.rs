//! How many worker processes a batch may have at once.

use std::num::NonZeroUsize;

/// CPUs this process may use: its affinity and the quota of its control group (the standard library knows
/// both), and within a SLURM job no more than SLURM gave it on this node.
pub fn usable_cpus() -> usize {
    let here = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let slurm = std::env::var("SLURM_JOB_CPUS_PER_NODE").ok().and_then(|text| {
        let node = std::env::var("SLURM_NODEID").ok().and_then(|id| id.parse().ok()).unwrap_or(0);
        slurm_cpus(&text, node)
    });
    slurm.map_or(here, |given| given.min(here)).max(1)
}

/// CPUs of the machine, whoever may use them.
pub fn machine_cpus() -> usize {
    std::fs::read_to_string("/sys/devices/system/cpu/online")
        .ok()
        .and_then(|text| cpu_list(&text))
        .unwrap_or(1)
}

/// Length of a list of CPUs as the kernel writes it: `0-3,8` has five.
fn cpu_list(text: &str) -> Option<usize> {
    text.trim().split(',').try_fold(0, |sum: usize, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        sum.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

/// CPUs of a node of a SLURM job, from the compressed list that SLURM writes: `4(x2),8` is 4 CPUs on nodes 0
/// and 1 and 8 on node 2. None if the text is not such a list, or the node not on it.
pub fn slurm_cpus(text: &str, node: usize) -> Option<usize> {
    let mut first = 0_usize;
    for part in text.split(',') {
        let (cpus, times) = match part.trim().split_once("(x") {
            Some((cpus, times)) => (cpus, times.strip_suffix(')')?.parse::<usize>().ok()?),
            None => (part.trim(), 1),
        };
        let cpus = cpus.parse::<usize>().ok()?;
        first = first.checked_add(times)?;
        if node < first {
            return Some(cpus);
        }
    }
    None
}

/// Workers of a batch: as many as asked for, else as many as there are usable CPUs; never more than jobs.
pub fn workers(asked: Option<NonZeroUsize>, cpus: usize, jobs: usize) -> usize {
    asked.map_or(cpus, NonZeroUsize::get).min(jobs).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slurm_lists_are_expanded_to_the_node_asked_for() {
        assert_eq!(slurm_cpus("4(x2)", 0), Some(4));
        assert_eq!(slurm_cpus("4(x2)", 1), Some(4));
        assert_eq!(slurm_cpus("4(x2)", 2), None);
        assert_eq!(slurm_cpus("72", 0), Some(72));
        assert_eq!(slurm_cpus("4(x2),8,2(x3)", 2), Some(8));
        assert_eq!(slurm_cpus("4(x2),8,2(x3)", 5), Some(2));
    }

    #[test]
    fn text_that_is_no_slurm_list_gives_nothing() {
        for text in ["", "x", "4(2)", "4(x2", "(x2)", "-1", "4(x99999999999999999999)"] {
            assert_eq!(slurm_cpus(text, 0), None, "{text}");
        }
    }

    #[test]
    fn workers_never_exceed_the_jobs_and_are_never_none() {
        assert_eq!(workers(NonZeroUsize::new(4), 2, 100), 4);
        assert_eq!(workers(NonZeroUsize::new(4), 2, 3), 3);
        assert_eq!(workers(None, 8, 100), 8);
        assert_eq!(workers(None, 8, 2), 2);
        assert_eq!(workers(None, 8, 0), 1);
    }

    #[test]
    fn the_kernels_list_of_cpus_is_counted() {
        assert_eq!(cpu_list("0-3,8\n"), Some(5));
        assert_eq!(cpu_list("0"), Some(1));
        assert_eq!(cpu_list("3-1"), None);
        assert!(machine_cpus() >= 1);
    }

    #[test]
    fn at_least_one_cpu_is_usable() {
        assert!(usable_cpus() >= 1);
    }
}
