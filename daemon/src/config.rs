//! The daemon's settings: what each is, where its value came from, and which may change while it runs.
//!
//! Defaults < `sojourn.toml` < `SOJOURN_*` in the environment < flags; after that `sojourn config set`, which
//! lasts until the daemon ends. One table (`config/table.rs`) says everything about a setting, so that the file,
//! the environment, the flags, `config show` and the documentation can not disagree.

mod cpus;
mod file;
mod flags;
mod table;
mod text;

use std::path::{Path, PathBuf};

use sojourn_proto::Setting;
use sojourn_proto::paths::{Overrides, Place, PlaceError, Places, Rule, environment};

pub use cpus::usable_cpus;
pub use flags::{Flags, Starter};
pub use table::Values;
use table::{ENTRIES, Entry};

/// A setting that can not be used. The text names the setting, its value and where it came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A place that can not be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The configuration file can not be read.
    #[error("configuration file {} can not be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration file is not TOML, or holds something that is no setting's value.
    #[error("configuration file {}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// No such setting.
    #[error("no setting is named `{name}` ({origin}){}", nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// The name given.
        name: String,
        /// Where.
        origin: Origin,
        /// The nearest name that exists.
        nearest: Option<&'static str>,
    },
    /// A value that the setting can not have.
    #[error("setting `{name}` can not be `{value}` ({origin}): {what}")]
    Value {
        /// The setting.
        name: &'static str,
        /// The value given.
        value: String,
        /// Where.
        origin: Origin,
        /// What is expected.
        what: String,
    },
    /// A setting that can not change while the daemon runs.
    #[error("setting `{0}` can not change while the daemon runs; set it in sojourn.toml and start again")]
    Fixed(&'static str),
}

/// Where the value of a setting came from, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Built in, or found out.
    Default,
    /// `sojourn.toml`.
    File,
    /// A variable of the environment.
    Environment,
    /// A flag of the command.
    Flag,
    /// `sojourn config set`.
    Set,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Origin::Default => "default",
            Origin::File => "file",
            Origin::Environment => "environment",
            Origin::Flag => "flag",
            Origin::Set => "set",
        })
    }
}

/// All settings with their origins.
#[derive(Debug, Clone)]
pub struct Config {
    values: Values,
    origins: Vec<Origin>,
    flags: Flags,
    socket: Place,
}

/// What a reload of the configuration did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Settings that have a new value now.
    pub changed: Vec<&'static str>,
    /// Settings whose new value needs a restart.
    pub needs_restart: Vec<&'static str>,
}

impl Config {
    /// Puts the settings together.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong: nothing given is ever ignored.
    pub fn load(flags: &Flags) -> Result<Config, ConfigError> {
        let by_flag = flags.places();
        let path = Places::config(&by_flag, &environment)?;
        let file = file::read(&path)?;
        let places = Places::discover(&by_flag, &file::places(&file), &environment)?;
        let mut config = Config {
            values: Values::defaults(&places, flags.starter()),
            origins: vec![Origin::Default; ENTRIES.len()],
            flags: flags.clone(),
            socket: places.socket.clone(),
        };
        for (name, place) in [("socket", &places.socket), ("store", &places.store), ("state", &places.state)]
        {
            config.mark(name, origin_of(&place.rule));
        }
        // The places are decided above, by the rules that clients share.
        let decided = |name: &str| ["socket", "store", "state"].contains(&name);
        for (name, value) in file.iter().filter(|(name, _)| !decided(name)) {
            config.apply(name, value, Origin::File)?;
        }
        for entry in ENTRIES.iter().filter(|entry| !decided(entry.name)) {
            if let Ok(value) = std::env::var(entry.variable()) {
                config.apply(entry.name, &value, Origin::Environment)?;
            }
        }
        for (name, value) in flags.settings() {
            config.apply(&name, &value, Origin::Flag)?;
        }
        Ok(config)
    }

    /// The values.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Where the socket is, and which rule put it there.
    pub fn socket(&self) -> &Place {
        &self.socket
    }

    /// Directory of the store; none: results are not kept.
    pub fn store(&self) -> Option<&Path> {
        Some(self.values.store.as_path()).filter(|path| !path.as_os_str().is_empty())
    }

    /// Every setting, for people to read.
    pub fn settings(&self) -> Vec<Setting> {
        let row = |(entry, origin): (&Entry, &Origin)| Setting {
            name: entry.name.to_owned(),
            value: (entry.show)(&self.values),
            origin: origin.to_string(),
            help: if entry.live { entry.help.to_owned() } else { format!("{} (fixed at start)", entry.help) },
        };
        ENTRIES.iter().zip(&self.origins).map(row).collect()
    }

    /// Changes a setting while the daemon runs.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`], [`ConfigError::Value`], [`ConfigError::Fixed`]; nothing is changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        match ENTRIES.iter().find(|entry| entry.name == name) {
            Some(entry) if !entry.live => Err(ConfigError::Fixed(entry.name)),
            _ => self.apply(name, value, Origin::Set),
        }
    }

    /// Reads file and environment again. What `config set` has changed stays.
    ///
    /// # Errors
    /// As [`Config::load`]; nothing is changed then.
    pub fn reload(&mut self) -> Result<Reloaded, ConfigError> {
        let fresh = Config::load(&self.flags)?;
        let mut reloaded = Reloaded::default();
        for (index, entry) in ENTRIES.iter().enumerate() {
            let value = (entry.show)(&fresh.values);
            if self.origins[index] == Origin::Set || value == (entry.show)(&self.values) {
                continue;
            }
            if !entry.live {
                reloaded.needs_restart.push(entry.name);
                continue;
            }
            self.apply(entry.name, &value, fresh.origins[index])?;
            reloaded.changed.push(entry.name);
        }
        Ok(reloaded)
    }

    fn apply(&mut self, name: &str, value: &str, origin: Origin) -> Result<(), ConfigError> {
        let Some(entry) = ENTRIES.iter().find(|entry| entry.name == name) else {
            return Err(ConfigError::Unknown { name: name.to_owned(), origin, nearest: nearest(name) });
        };
        (entry.set)(&mut self.values, value.trim()).map_err(|what| ConfigError::Value {
            name: entry.name,
            value: value.to_owned(),
            origin,
            what,
        })?;
        self.mark(entry.name, origin);
        Ok(())
    }

    fn mark(&mut self, name: &str, origin: Origin) {
        if let Some(index) = ENTRIES.iter().position(|entry| entry.name == name) {
            self.origins[index] = origin;
        }
    }
}

/// Origin that stands for the rule that chose a place.
fn origin_of(rule: &Rule) -> Origin {
    match rule {
        Rule::Flag => Origin::Flag,
        Rule::File => Origin::File,
        Rule::Environment(_) | Rule::Service(_) | Rule::Xdg(_) => Origin::Environment,
        Rule::Home | Rule::RunUser | Rule::Temporary => Origin::Default,
    }
}

/// The setting whose name shares the longest beginning with `name`, where that is half of it or more.
fn nearest(name: &str) -> Option<&'static str> {
    let shared = |entry: &Entry| entry.name.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let best = ENTRIES.iter().max_by_key(|entry| shared(entry))?;
    (2 * shared(best) >= name.len()).then_some(best.name)
}

/// Overrides of places from flags, in one expression for both users of it.
fn overrides(
    socket: Option<PathBuf>,
    store: Option<PathBuf>,
    state: Option<PathBuf>,
    config: Option<PathBuf>,
) -> Overrides {
    Overrides { socket, store, state, config }
}

#[cfg(test)]
mod tests;
