//! Which executable speaks: `0.1.0+sojourn.18d2f8f02c3e41aa`, the version, the program's name, and a digest of
//! the length and modification time of the running file.
//!
//! Digesting the file's contents would take milliseconds at each start, and a number made at compile time
//! would stay the same when only another crate was changed. Length and time change with every rebuild, and one
//! `stat` reads them. A copy of the same program with another time counts as another build, which costs at
//! most the replacement of an idle daemon. A worker started from its daemon's open executable has the daemon's
//! text, also after that file was replaced.

use std::path::Path;
use std::sync::LazyLock;

use rustix::fs::Stat;

/// Version of the package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Text that names this build. Made once, at first use.
pub static BUILD: LazyLock<String> = LazyLock::new(|| match running_file() {
    Some((program, stat)) => format!("{VERSION}+{program}.{:016x}", fingerprint(&stat)),
    // No /proc: then builds are told apart by version alone.
    None => VERSION.to_owned(),
});

/// Whether `theirs` is the same program as `ours` and another build of it: of a daemon that a client started
/// from its own executable, that the executable was rebuilt since.
pub fn is_rebuilt(ours: &str, theirs: &str) -> bool {
    match (program(ours), program(theirs)) {
        (Some(ours_program), Some(theirs_program)) => ours_program == theirs_program && ours != theirs,
        _ => false,
    }
}

/// `sojourn` of `0.1.0+sojourn.18d2f8f02c3e41aa`.
fn program(build: &str) -> Option<&str> {
    let (_, metadata) = build.split_once('+')?;
    let (program, _) = metadata.rsplit_once('.')?;
    Some(program)
}

/// Name and status of the file that this process runs, also where it has been replaced meanwhile.
fn running_file() -> Option<(String, Stat)> {
    const LINK: &str = "/proc/self/exe";
    let path = std::fs::read_link(LINK).ok()?;
    let stat = rustix::fs::stat(LINK).ok()?;
    Some((program_name(&path)?, stat))
}

/// File name of a running program. The kernel appends ` (deleted)` to the path of a file that is gone.
fn program_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    Some(name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned())
}

fn fingerprint(stat: &Stat) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&stat.st_size.to_le_bytes());
    hasher.update(&stat.st_mtime.to_le_bytes());
    hasher.update(&stat.st_mtime_nsec.to_le_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebuilt_program_is_told_from_another_program_and_from_itself() {
        let ours = "0.1.0+sojourn.aaaa";
        assert!(is_rebuilt(ours, "0.1.0+sojourn.bbbb"));
        assert!(is_rebuilt(ours, "0.2.0+sojourn.aaaa"));
        assert!(!is_rebuilt(ours, ours));
        assert!(!is_rebuilt(ours, "0.1.0+sojournd.bbbb"));
        assert!(!is_rebuilt(ours, "0.1.0"));
    }

    #[test]
    fn this_executable_is_named_with_its_version_and_a_fingerprint() {
        let (version, rest) = BUILD.split_once('+').expect("a version and metadata");
        assert_eq!(version, VERSION);
        let exe = std::env::current_exe().expect("path of the test executable");
        assert_eq!(program(&BUILD), exe.file_name().and_then(|name| name.to_str()));
        let fingerprint = rest.rsplit('.').next().unwrap_or_default();
        assert_eq!(fingerprint.len(), 16, "{rest}");
        assert!(fingerprint.bytes().all(|digit| digit.is_ascii_hexdigit()), "{rest}");
    }

    #[test]
    fn a_deleted_executable_keeps_its_name() {
        assert_eq!(program_name(Path::new("/opt/sojourn (deleted)")).as_deref(), Some("sojourn"));
    }
}
