//! Who writes where in a store that several daemons share, also daemons of several machines: what is said in the
//! name of a directory under `tmp/`.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::{Pid, test_kill_process};
use sojourn_proto::Key;

/// A process among those of all machines that share a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    /// Where its process id means something: a boot of a machine, and the process id namespace (of a container,
    /// say) within it.
    world: u64,
    pid: u32,
}

impl Owner {
    /// This process.
    pub(super) fn this() -> Owner {
        let boot = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let namespace = fs::metadata("/proc/self/ns/pid").map(|found| (found.dev(), found.ino()));
        let digest = Key::of_blob(format!("{boot:?} {:?}", namespace.ok()).as_bytes()).0;
        let world = digest.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte));
        Owner { world, pid: std::process::id() }
    }

    /// Name of its directory of that number.
    pub(super) fn directory(self, number: u32) -> String {
        format!("{:016x}-{}-{number}", self.world, self.pid)
    }

    /// The owner in such a name.
    pub(super) fn parse(directory: &str) -> Option<Owner> {
        let mut parts = directory.split('-');
        let world = parts.next().filter(|world| world.len() == 16)?;
        let world = u64::from_str_radix(world, 16).ok()?;
        let pid = parts.next()?.parse().ok()?;
        let _number: u32 = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Owner { world, pid })
    }

    /// Whether it can be said from here that its process is gone: no process of this machine has its id, or this
    /// one does, in whose place it was.
    pub(super) fn is_gone(self, this: Owner) -> bool {
        let exists = || match Pid::from_raw(self.pid.cast_signed()) {
            Some(pid) => test_kill_process(pid) != Err(rustix::io::Errno::SRCH),
            None => false,
        };
        self.world == this.world && (self.pid == this.pid || !exists())
    }
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn a_process_is_gone_only_as_far_as_this_machine_can_tell() {
        let this = Owner::this();
        assert_eq!(Owner::parse(&this.directory(3)), Some(this));
        // No process id is so high.
        let dead = Owner { pid: u32::MAX / 2, ..this };
        assert!(dead.is_gone(this));
        assert!(!Owner { pid: 1, ..this }.is_gone(this), "the first process lives");
        assert!(
            !Owner { world: this.world ^ 1, ..dead }.is_gone(this),
            "of another machine nothing is known"
        );
        assert!(this.is_gone(this), "whoever asks is not the one who was");
        for other in ["17-0", "17", "", "0123456789abcdef-x-0", "0123456789abcdef-1-0-0"] {
            assert_eq!(Owner::parse(other), None, "{other}");
        }
    }
}
