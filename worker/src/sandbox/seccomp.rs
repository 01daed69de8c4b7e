//! System calls that a computation has no use for and an attacker has: they fail with EPERM.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// Who is denied what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// All that a computation has no use for.
    All,
    /// Of that, what a GPU's driver has no use for either. Of sockets it may make those of the local machine, by which
    /// it speaks to the service that shares a GPU between processes (MPS).
    BesideDrivers,
}

/// New sockets and their peers. Descriptor 0 is read and written, which none of these is needed for.
const SOCKETS: [i64; 13] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmsg,
    // Files without a name, and signals to a thread that may be another process's by now.
    libc::SYS_memfd_create,
    libc::SYS_tkill,
];

/// Other programs, other processes' memory, mounts and namespaces, kernel interfaces with a history of holes.
const DENIED: [i64; 17] = [
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_io_uring_setup,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_pidfd_send_signal,
];

/// Signals: only to this process itself (as `abort` does), named by the call's first argument.
const ONLY_TO_SELF: [i64; 2] = [libc::SYS_kill, libc::SYS_tgkill];

/// Installs the filter. What could not be had is returned.
pub(super) fn deny_calls(denied: Denied) -> Option<String> {
    let gap =
        |error: &dyn std::fmt::Display| Some(format!("network and programs are not out of reach: {error}"));
    let program = match program(denied) {
        Ok(program) => program,
        Err(error) => return gap(&error),
    };
    match seccompiler::apply_filter(&program) {
        Ok(()) => None,
        Err(error) => gap(&error),
    }
}

fn program(denied: Denied) -> Result<BpfProgram, BackendError> {
    let to_others =
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, u64::from(std::process::id()))?;
    let mut refused: BTreeMap<_, _> = DENIED.into_iter().map(|call| (call, Vec::new())).collect();
    match denied {
        Denied::All => refused.extend(SOCKETS.into_iter().map(|call| (call, Vec::new()))),
        Denied::BesideDrivers => {
            let local = u64::from(libc::AF_UNIX.cast_unsigned());
            let remote = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, local)?;
            refused.insert(libc::SYS_socket, vec![SeccompRule::new(vec![remote])?]);
        }
    }
    for call in ONLY_TO_SELF {
        refused.insert(call, vec![SeccompRule::new(vec![to_others.clone()])?]);
    }
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(refused, SeccompAction::Allow, refuse, architecture)?.try_into()
}
