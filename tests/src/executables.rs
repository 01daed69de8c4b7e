//! The executables under test. Cargo does not tell a package where another package's binaries are, so they are
//! built here, once a test process, with fault injection in the workers compiled in (it stays off unless the
//! environment switches it on).

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// Paths of the executables.
#[derive(Debug, Clone)]
pub struct Executables {
    /// The client.
    pub sojourn: PathBuf,
    /// The daemon.
    pub sojournd: PathBuf,
}

/// The executables, built by the first call.
///
/// # Panics
/// If they do not build.
pub fn executables() -> &'static Executables {
    static BUILT: OnceLock<Executables> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> Executables {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--bins", "--message-format=json"])
        .args(["-p", "sojourn-client", "-p", "sojournd", "-p", "sojourn-worker"])
        // The features that `cargo test --workspace` has: so what it built is not built again.
        .args(["--features", "sojourn-worker/faults,sojournd/as-tested"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout);
    let find = |name: &str| -> PathBuf {
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|m| {
                (m["target"]["name"] == name).then(|| m["executable"].as_str().map(PathBuf::from))?
            })
            .unwrap_or_else(|| panic!("cargo built no {name}"))
    };
    Executables { sojourn: find("sojourn"), sojournd: find("sojournd") }
}
