//! Links KLU where the feature asks for it.

fn main() {
    if std::env::var_os("CARGO_FEATURE_KLU").is_some() {
        println!("cargo::rustc-link-lib=klu");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
