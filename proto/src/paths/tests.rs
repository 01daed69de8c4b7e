//! The rules of the places, in an environment of our own.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// A lookup in a list.
fn variables<'a>(list: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    move |name| list.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
}

fn place(path: impl Into<PathBuf>, rule: Rule) -> Place {
    Place { path: path.into(), rule }
}

/// A directory of ours, closed to others.
fn private() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o700)).expect("ours");
    directory
}

#[test]
fn a_flag_goes_before_the_environment_before_the_file_before_systemd_before_xdg_before_home() {
    let all = [
        ("SOJOURN_STORE", "/e"),
        ("CACHE_DIRECTORY", "/var/cache/sojourn:/other"),
        ("XDG_CACHE_HOME", "/x"),
        ("HOME", "/home/u"),
    ];
    let given = |path: &str| Overrides { store: Some(path.into()), ..Overrides::default() };
    let none = Overrides::default();
    let store = |flags: &Overrides, file: &Overrides, list| {
        Places::discover(flags, file, &variables(list)).expect("a home").store
    };
    assert_eq!(store(&given("/f"), &given("/t"), &all), place("/f", Rule::Flag));
    assert_eq!(store(&none, &given("/t"), &all), place("/e", Rule::Environment("SOJOURN_STORE")));
    assert_eq!(store(&none, &given("/t"), &all[1..]), place("/t", Rule::File));
    assert_eq!(store(&none, &none, &all[1..]), place("/var/cache/sojourn", Rule::Service("CACHE_DIRECTORY")));
    assert_eq!(store(&none, &none, &all[2..]), place("/x/sojourn", Rule::Xdg("XDG_CACHE_HOME")));
    assert_eq!(store(&none, &none, &all[3..]), place("/home/u/.cache/sojourn", Rule::Home));
}

#[test]
fn state_and_configuration_are_where_xdg_says() {
    let home = [("HOME", "/home/u")];
    let none = Overrides::default();
    let places = Places::discover(&none, &none, &variables(&home)).expect("a home");
    assert_eq!(places.state, place("/home/u/.local/state/sojourn", Rule::Home));
    assert_eq!(places.config, place("/home/u/.config/sojourn/sojourn.toml", Rule::Home));
    let service = [("CONFIGURATION_DIRECTORY", "/etc/sojourn"), ("STATE_DIRECTORY", "/var/lib/sojourn")];
    let places = Places::discover(&none, &none, &variables(&service)).expect("no home needed");
    assert_eq!(places.config.path, Path::new("/etc/sojourn/sojourn.toml"));
    assert_eq!(places.state, place("/var/lib/sojourn", Rule::Service("STATE_DIRECTORY")));
}

#[test]
fn a_configuration_named_by_hand_is_the_file_itself() {
    let none = Overrides::default();
    let named = [("SOJOURN_CONFIG", "/a/b.toml"), ("HOME", "/home/u")];
    let config = Places::config(&none, &variables(&named)).expect("a home");
    assert_eq!(config, place("/a/b.toml", Rule::Environment("SOJOURN_CONFIG")));
}

#[test]
fn empty_variables_and_relative_xdg_paths_count_as_not_set() {
    let none = Overrides::default();
    let list = [("SOJOURN_STORE", ""), ("XDG_CACHE_HOME", "relative"), ("HOME", "/home/u")];
    let places = Places::discover(&none, &none, &variables(&list)).expect("a home");
    assert_eq!(places.store, place("/home/u/.cache/sojourn", Rule::Home));
}

#[test]
fn the_socket_is_in_the_runtime_directory_of_systemd_then_of_xdg_where_that_is_private() {
    let runtime = private();
    let runtime = runtime.path().to_str().expect("UTF-8");
    let none = Overrides::default();
    let list = [("RUNTIME_DIRECTORY", "/run/sojourn"), ("XDG_RUNTIME_DIR", runtime), ("HOME", "/h")];
    let socket = |list| Places::discover(&none, &none, &variables(list)).expect("a home").socket;
    let service = Rule::Service("RUNTIME_DIRECTORY");
    assert_eq!(socket(&list), place("/run/sojourn/sojourn.sock", service));
    let xdg = socket(&list[1..]);
    assert_eq!(xdg, place(format!("{runtime}/sojourn/sojourn.sock"), Rule::Xdg("XDG_RUNTIME_DIR")));
    std::fs::set_permissions(runtime, PermissionsExt::from_mode(0o755)).expect("ours");
    assert_ne!(socket(&list[1..]).rule, Rule::Xdg("XDG_RUNTIME_DIR"), "taken although open to others");
}

#[test]
fn a_socket_path_is_taken_at_107_bytes_and_refused_by_name_at_108() {
    let none = Overrides::default();
    let socket = |length: usize| {
        let path = format!("/{}", "s".repeat(length - 1));
        let flags = Overrides { socket: Some(path.into()), ..Overrides::default() };
        Places::discover(&flags, &none, &variables(&[("HOME", "/h")])).map(|places| places.socket)
    };
    assert_eq!(socket(107).expect("at the limit").rule, Rule::Flag);
    let error = socket(108).expect_err("past the limit").to_string();
    for part in ["/sss", "108 bytes", "flag", "107", "SOJOURN_SOCKET"] {
        assert!(error.contains(part), "`{part}` is not named: {error}");
    }
}
