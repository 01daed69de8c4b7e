//! Processes as the kernel sees them.

use rustix::process::{Pid, Signal, kill_process};

/// Processes whose parent is `pid`.
pub fn children_of(pid: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let mut children: Vec<u32> = processes
        .flatten()
        .filter_map(number)
        .filter(|&p| field(p, 1).as_deref() == Some(&pid.to_string()))
        .collect();
    children.sort_unstable();
    children
}

/// State letter of a process: `R`, `S`, `T` (stopped), `Z` (zombie); none where it does not exist.
pub fn state_of(pid: u32) -> Option<char> {
    field(pid, 0)?.chars().next()
}

/// Whether a process exists and is no zombie.
pub fn process_exists(pid: u32) -> bool {
    state_of(pid).is_some_and(|state| state != 'Z')
}

/// Sends a signal.
///
/// # Panics
/// If there is no such process.
pub fn kill(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process id");
    kill_process(pid, signal).expect("the process exists");
}

/// A field of /proc/PID/stat after the name: 0 is the state, 1 the parent.
fn field(pid: u32, index: usize) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?; // the name may hold anything
    fields.split_whitespace().nth(index).map(str::to_owned)
}
