//! Reaping a process together with what it used, which the standard library does not tell.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

/// How a process ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reaped {
    /// Exit code or signal.
    pub(super) status: ExitStatus,
    /// The most memory it had resident, in bytes.
    pub(super) peak_rss_bytes: u64,
}

/// Waits for a child and reaps it.
///
/// # Errors
/// When it is no child of ours any more, which would be a bug.
#[expect(clippy::needless_pass_by_value, reason = "once reaped it must not be waited for again")]
pub(super) fn reap(child: Child) -> io::Result<Reaped> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    loop {
        #[expect(unsafe_code, reason = "wait4 has no safe interface")]
        // SAFETY: both pointers are to locals that live through the call, of the types it writes; `usage` is
        // all zeros before, which is a valid `rusage`, so it is initialised whatever the call does.
        let (reaped, usage) = unsafe {
            let reaped = libc::wait4(child.id().cast_signed(), &raw mut status, 0, usage.as_mut_ptr());
            (reaped, usage.assume_init_ref())
        };
        if reaped >= 0 {
            let kibibytes = u64::try_from(usage.ru_maxrss).unwrap_or(0);
            return Ok(Reaped { status: ExitStatus::from_raw(status), peak_rss_bytes: kibibytes << 10 });
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::reap;

    #[test]
    fn a_child_is_reaped_with_its_code_and_what_it_used() {
        let reaped = reap(Command::new("sh").args(["-c", "exit 7"]).spawn().unwrap()).unwrap();
        assert_eq!(reaped.status.code(), Some(7));
        assert!((100 << 10..1 << 30).contains(&reaped.peak_rss_bytes), "{reaped:?}");
    }
}
