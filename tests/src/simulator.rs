//! The simulated driver: a `libcuda.so.1` that is found before any other by a process whose `LD_LIBRARY_PATH` names its
//! folder. It is compiled from C++ once and kept beside the executables, until its sources change.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// How it is compiled: fused multiply-add would give other bits than the engine's.
const OPTIONS: [&str; 9] =
    ["-std=c++17", "-O2", "-g", "-ffp-contract=off", "-Wall", "-Wextra", "-shared", "-fPIC", "-pthread"];

/// What finds memory errors and undefined behaviour in it.
const SANITIZED: [&str; 3] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

/// The folder of the simulated driver.
///
/// # Panics
/// If it does not compile, or there is no compiler.
pub fn driver() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("plain", &[]))
}

/// The folder of the same with sanitizers, whose libraries the process has to load first: see
/// [`sanitizer_libraries`].
///
/// # Panics
/// As [`driver`].
pub fn sanitized_driver() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("sanitized", &SANITIZED))
}

/// What `LD_PRELOAD` has to name for [`sanitized_driver`].
///
/// # Panics
/// If there is no compiler.
pub fn sanitizer_libraries() -> String {
    let path = |name: &str| {
        let output = compiler().arg(format!("-print-file-name={name}")).output().expect(MISSING);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    format!("{} {}", path("libasan.so"), path("libubsan.so"))
}

const MISSING: &str = "a C++ compiler runs the GPU's kernels in tests; install one as `c++` (Debian: g++)";

fn compiler() -> Command {
    Command::new("c++")
}

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../worker/kernels")
}

/// All sources, in the order of their names.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in [kernels(), kernels().join("simulator")] {
        for entry in std::fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            let extension = path.extension().and_then(|e| e.to_str());
            if matches!(extension, Some("cu" | "cuh" | "cpp" | "hpp")) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Compiles into a folder named by what is compiled, so that nothing stale is found, and several processes may try at
/// once: the last step is a rename.
fn build(kind: &str, options: &[&str]) -> PathBuf {
    let mut hash = blake3::Hasher::new();
    OPTIONS.iter().chain(options).for_each(|option| {
        hash.update(option.as_bytes());
    });
    for file in sources() {
        hash.update(&std::fs::read(file).expect("a source"));
    }
    let digest = hash.finalize().to_hex();
    // Beside the executables: target/debug/deps/this-test.
    let this = std::env::current_exe().expect("this test's executable");
    let place = this.ancestors().nth(2).expect("the folder of the executables");
    let target = place.join(format!("simulator-{kind}-{}", &digest[..16]));
    if target.exists() {
        return target;
    }
    let made = tempfile::tempdir_in(place).expect("a folder");
    let library = made.path().join("libcuda.so.1");
    let units = sources().into_iter().filter(|path| path.extension().is_some_and(|e| e == "cpp"));
    let status = compiler()
        .args(OPTIONS)
        .args(options)
        .arg("-Wl,-soname,libcuda.so.1")
        .arg("-I")
        .arg(kernels())
        .args(units)
        .arg("-o")
        .arg(&library)
        .status()
        .expect(MISSING);
    assert!(status.success(), "the simulated driver does not compile");
    std::os::unix::fs::symlink("libcuda.so.1", made.path().join("libcuda.so")).expect("a link");
    match std::fs::rename(made.keep(), &target) {
        Ok(()) => target,
        Err(_) if target.exists() => target,
        Err(error) => panic!("{}: {error}", target.display()),
    }
}
