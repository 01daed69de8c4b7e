use super::{Config, ConfigError, ENTRIES, Flags};

/// Flags that name a file with this text, and a store and socket of no consequence.
fn flags(directory: &tempfile::TempDir, file: &str) -> Flags {
    let path = directory.path().join("sojourn.toml");
    std::fs::write(&path, file).unwrap();
    Flags {
        socket: Some(directory.path().join("s.sock")),
        state: Some(directory.path().join("state")),
        config: Some(path),
        ..Flags::default()
    }
}

fn setting(config: &Config, name: &str) -> (String, String) {
    let found = config.settings().into_iter().find(|setting| setting.name == name).unwrap();
    (found.value, found.origin)
}

#[test]
fn a_flag_stands_above_the_file_and_the_file_above_the_default() {
    let place = tempfile::tempdir().unwrap();
    let mut flags = flags(&place, "workers = 3\nspares = 2\nstore = \"\"\n[client]\nhistory = 5\n");
    flags.workers = Some(7);
    let config = Config::load(&flags).unwrap();
    assert_eq!(setting(&config, "workers"), ("7".into(), "flag".into()));
    assert_eq!(setting(&config, "spares"), ("2".into(), "file".into()));
    assert_eq!(setting(&config, "kill_grace"), ("2s".into(), "default".into()));
    assert_eq!(config.store(), None);
}

#[test]
fn settings_of_gpus_stand_in_a_table_of_their_own_or_under_their_whole_names() {
    let place = tempfile::tempdir().unwrap();
    let config = Config::load(&flags(&place, "[device]\nkeep_alive = \"5s\"\nmemory = \"1GiB\"\n")).unwrap();
    assert_eq!(setting(&config, "device_keep_alive"), ("5s".into(), "file".into()));
    assert_eq!(setting(&config, "device_memory"), ("1GiB".into(), "file".into()));
    let config = Config::load(&flags(&place, "device_keep_alive = \"7s\"\n")).unwrap();
    assert_eq!(setting(&config, "device_keep_alive").0, "7s");
    let text = Config::load(&flags(&place, "[device]\nkeep = 1\n")).unwrap_err().to_string();
    assert!(text.contains("`device_keep`"), "{text}");
}

#[test]
fn what_is_wrong_in_the_file_is_named() {
    let place = tempfile::tempdir().unwrap();
    let text = |file: &str| Config::load(&flags(&place, file)).unwrap_err().to_string();
    assert!(text("wrokers = 3").contains("`wrokers`"));
    assert!(text("worker_jbos = 3").contains("did you mean `worker_jobs`?"));
    assert!(text("workers = 0").contains("from 1 to 4096"));
    assert!(text("workers = [1]").contains("array"));
    assert!(text("workers = ").contains("sojourn.toml"));
    assert!(text("log = \"sojournd=loud\"").contains("`log`"));
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let place = tempfile::tempdir().unwrap();
    let mut flags = flags(&place, "");
    flags.config = Some(place.path().join("absent.toml"));
    assert!(matches!(Config::load(&flags), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn a_reload_keeps_what_was_set_and_names_what_needs_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let flags = flags(&place, "workers = 3\nspares = 2\n");
    let mut config = Config::load(&flags).unwrap();
    config.set("workers", "5").unwrap();
    std::fs::write(flags.config.as_ref().unwrap(), "workers = 4\nspares = 4\ngroup = \"users\"\n").unwrap();
    let reloaded = config.reload().unwrap();
    assert_eq!(reloaded.changed, ["spares"]);
    assert_eq!(reloaded.needs_restart, ["group"]);
    assert_eq!(setting(&config, "workers"), ("5".into(), "set".into()));
    assert_eq!(setting(&config, "spares"), ("4".into(), "file".into()));
}

#[test]
fn a_setting_fixed_at_start_can_not_be_set() {
    let place = tempfile::tempdir().unwrap();
    let mut config = Config::load(&flags(&place, "")).unwrap();
    assert!(matches!(config.set("socket", "/x"), Err(ConfigError::Fixed("socket"))));
    assert!(matches!(config.set("workers", "many"), Err(ConfigError::Value { .. })));
}

#[test]
fn every_setting_reads_back_what_it_shows() {
    let place = tempfile::tempdir().unwrap();
    let config = Config::load(&flags(&place, "")).unwrap();
    for entry in ENTRIES {
        let shown = (entry.show)(config.values());
        let mut values = config.values().clone();
        (entry.set)(&mut values, &shown).unwrap();
        assert_eq!(&values, config.values(), "{}", entry.name);
    }
}
