//! What no safe interface covers of file descriptors: numbers that systemd or a client hands over at start
//! become owned, a peer's groups are asked for, and a descriptor is given to the runtime to watch.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::io::{FdFlags, fcntl_setfd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Marks every descriptor from 3 up as close-on-exec, so that nothing our own starter left open reaches a
/// worker process. To be called before the first thread is started.
///
/// # Errors
/// When `/proc/self/fd` can not be read.
pub(crate) fn close_all_on_exec() -> io::Result<()> {
    let open: Vec<RawFd> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|&number: &RawFd| number > 2)
        .collect();
    for number in open {
        #[expect(unsafe_code, reason = "a number read from /proc/self/fd has no owned form")]
        // SAFETY: the borrow ends within this statement. A number that is not open any more (that of the
        // directory just read, say) makes fcntl fail with EBADF, which is right to ignore.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
    }
    Ok(())
}

/// Takes over a descriptor that was handed to this process by number at start. Each may be adopted once.
///
/// # Errors
/// When no such descriptor is open, or it is one of the three standard streams.
pub(crate) fn adopt(number: RawFd) -> io::Result<OwnedFd> {
    if number <= 2 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a standard stream can not be adopted"));
    }
    #[expect(unsafe_code, reason = "a descriptor passed by number (LISTEN_FDS, --ready-fd) has no owner yet")]
    // SAFETY: it is probed before it is owned; numbers from 3 up that our starter passed to us belong to
    // nobody in this process, and callers adopt each at most once, before other descriptors are opened.
    let descriptor = unsafe {
        fcntl_setfd(BorrowedFd::borrow_raw(number), FdFlags::CLOEXEC)?;
        <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(number)
    };
    debug_assert_eq!(descriptor.as_raw_fd(), number);
    Ok(descriptor)
}

/// A descriptor whose becoming readable can be awaited.
///
/// # Errors
/// When the runtime can not watch it.
pub(crate) fn await_readable(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(unsafe_code, reason = "tokio asks for the promise that a type keeps to its descriptor")]
    // SAFETY: an `OwnedFd` names the same open descriptor from its making to its drop, and the `AsyncFd`
    // owns it.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
    registered.map_err(|error| error.into_parts().1)
}

/// Supplementary groups of the process at the other end of a Unix socket, as they were when it connected.
///
/// # Errors
/// When the kernel does not say (before Linux 4.13).
pub(crate) fn peer_groups(socket: BorrowedFd<'_>) -> io::Result<Vec<libc::gid_t>> {
    let mut groups: Vec<libc::gid_t> = vec![0; 32];
    loop {
        let mut bytes = libc::socklen_t::try_from(groups.len() * size_of::<libc::gid_t>())
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        #[expect(unsafe_code, reason = "SO_PEERGROUPS is not covered by rustix")]
        // SAFETY: the pointer and `bytes` describe `groups`, which lives and is not touched until the call
        // returns; the kernel writes at most `bytes` bytes of plain integers.
        let code = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERGROUPS,
                groups.as_mut_ptr().cast(),
                &raw mut bytes,
            )
        };
        let count = bytes as usize / size_of::<libc::gid_t>();
        if code == 0 {
            groups.truncate(count);
            return Ok(groups);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::ERANGE) || count <= groups.len() {
            return Err(error);
        }
        groups.resize(count, 0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::{adopt, peer_groups};

    #[test]
    fn standard_streams_and_closed_numbers_are_not_adopted() {
        assert!(adopt(2).is_err());
        assert!(adopt(900_000).is_err());
    }

    #[test]
    fn groups_of_a_peer_are_those_of_its_process() {
        let (here, _there) = UnixStream::pair().unwrap();
        let mut own: Vec<u32> =
            rustix::process::getgroups().unwrap().iter().map(|gid| gid.as_raw()).collect();
        let mut said = peer_groups(here.as_fd()).unwrap();
        own.sort_unstable();
        said.sort_unstable();
        assert_eq!(said, own);
    }
}
