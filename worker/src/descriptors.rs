//! Closing what was inherited by mistake. A daemon that a client started may hold descriptors of the client's
//! caller that were not marked close-on-exec (the end of a pipe, say, whose reader waits for the last copy to
//! close); a worker has no use for any.

use std::io;

/// Closes every descriptor but the first three. To be called before anything is opened.
///
/// # Errors
/// That of the kernel; before Linux 5.9 it has no such call.
pub(crate) fn close_inherited() -> io::Result<()> {
    const FIRST: libc::c_uint = 3;
    const NO_FLAGS: libc::c_uint = 0;
    #[expect(unsafe_code, reason = "no safe wrapper closes descriptors that nobody owns")]
    // SAFETY: the call takes three integers and touches no memory. It runs first in main, in the only thread,
    // when this process has opened nothing yet, so no owner of a descriptor above 2 exists in it.
    let result = unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, NO_FLAGS) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
