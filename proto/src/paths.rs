//! Where the socket, the store, the state and the configuration are, and which rule put each there.
//!
//! For each, the first that applies: a flag, `SOJOURN_*` in the environment, `sojourn.toml`, what systemd
//! gives a service, and then the XDG directories of the user.

mod socket;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

pub use socket::{DirectoryFault, PlaceError, check_socket_directory, prepare_socket_directory};

/// File name of the socket within its directory.
pub const SOCKET_NAME: &str = "sojourn.sock";

/// File name of the configuration within its directory.
pub const CONFIG_NAME: &str = "sojourn.toml";

/// Looks a variable of the environment up. Passed in, so that what is decided here depends on nothing unsaid.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The environment of this process.
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// What put a place where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A flag of the command.
    Flag,
    /// This variable, set for the purpose.
    Environment(&'static str),
    /// The configuration file.
    File,
    /// This variable, set by systemd for a service.
    Service(&'static str),
    /// This variable of the XDG base directories.
    Xdg(&'static str),
    /// The default under the user's home.
    Home,
    /// `/run/user/$UID`, as no variable names a runtime directory.
    RunUser,
    /// A directory in `/tmp`, as there is no runtime directory.
    Temporary,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Flag => f.write_str("flag"),
            Rule::Environment(name) => write!(f, "${name}"),
            Rule::File => f.write_str("configuration file"),
            Rule::Service(name) => write!(f, "${name} of systemd"),
            Rule::Xdg(name) => write!(f, "${name}"),
            Rule::Home => f.write_str("default under the home directory"),
            Rule::RunUser => f.write_str("/run/user, as $XDG_RUNTIME_DIR names no usable directory"),
            Rule::Temporary => f.write_str("/tmp, as there is no runtime directory"),
        }
    }
}

/// A path, and what chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path.
    pub path: PathBuf,
    /// What chose it.
    pub rule: Rule,
}

/// Places given by hand: by flags, or by the configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The socket itself, not its directory.
    pub socket: Option<PathBuf>,
    /// Directory of the store.
    pub store: Option<PathBuf>,
    /// Directory of state that must outlive a restart.
    pub state: Option<PathBuf>,
    /// The configuration file. Means nothing inside that file.
    pub config: Option<PathBuf>,
}

/// All places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The socket.
    pub socket: Place,
    /// Directory of the store.
    pub store: Place,
    /// Directory of state that must outlive a restart.
    pub state: Place,
    /// The configuration file, whether it is there or not.
    pub config: Place,
}

impl Places {
    /// Finds all places. `file` is what the configuration file says (found by [`Places::config`]); nothing is
    /// created.
    ///
    /// # Errors
    /// [`PlaceError`]: no home directory, or a socket path that the kernel would not take.
    pub fn discover(flags: &Overrides, file: &Overrides, lookup: Lookup<'_>) -> Result<Places, PlaceError> {
        let chooser = Chooser { lookup };
        let socket = chooser
            .given(flags.socket.as_deref(), "SOJOURN_SOCKET", file.socket.as_deref())
            .unwrap_or_else(|| socket::default_place(lookup));
        socket::check_length(&socket)?;
        let directory = |flag: &Option<PathBuf>, file: &Option<PathBuf>, names: &Names| match chooser.given(
            flag.as_deref(),
            names.own,
            file.as_deref(),
        ) {
            Some(place) => Ok(place),
            None => chooser.directory(names),
        };
        Ok(Places {
            socket,
            store: directory(&flags.store, &file.store, &STORE)?,
            state: directory(&flags.state, &file.state, &STATE)?,
            config: Places::config(flags, lookup)?,
        })
    }

    /// Finds the configuration file alone, which is to be read before the other places can be known.
    ///
    /// # Errors
    /// [`PlaceError::NoHome`].
    pub fn config(flags: &Overrides, lookup: Lookup<'_>) -> Result<Place, PlaceError> {
        let chooser = Chooser { lookup };
        if let Some(place) = chooser.given(flags.config.as_deref(), CONFIG.own, None) {
            return Ok(place);
        }
        let mut place = chooser.directory(&CONFIG)?;
        place.path.push(CONFIG_NAME);
        Ok(place)
    }
}

/// The variables that decide about one directory, and where it is under the home where none does.
struct Names {
    what: &'static str,
    own: &'static str,
    service: &'static str,
    xdg: &'static str,
    home: &'static str,
}

const STORE: Names = Names {
    what: "store",
    own: "SOJOURN_STORE",
    service: "CACHE_DIRECTORY",
    xdg: "XDG_CACHE_HOME",
    home: ".cache",
};
const STATE: Names = Names {
    what: "state",
    own: "SOJOURN_STATE",
    service: "STATE_DIRECTORY",
    xdg: "XDG_STATE_HOME",
    home: ".local/state",
};
const CONFIG: Names = Names {
    what: "configuration",
    own: "SOJOURN_CONFIG",
    service: "CONFIGURATION_DIRECTORY",
    xdg: "XDG_CONFIG_HOME",
    home: ".config",
};

struct Chooser<'a> {
    lookup: Lookup<'a>,
}

impl Chooser<'_> {
    fn given(&self, flag: Option<&Path>, variable: &'static str, file: Option<&Path>) -> Option<Place> {
        let set = (self.lookup)(variable).filter(|value| !value.is_empty());
        flag.map(|path| Place { path: path.to_owned(), rule: Rule::Flag })
            .or_else(|| set.map(|path| Place { path: path.into(), rule: Rule::Environment(variable) }))
            .or_else(|| file.map(|path| Place { path: path.to_owned(), rule: Rule::File }))
    }

    fn directory(&self, names: &Names) -> Result<Place, PlaceError> {
        if let Some(path) = service_directory(self.lookup, names.service) {
            return Ok(Place { path, rule: Rule::Service(names.service) });
        }
        if let Some(base) = absolute(self.lookup, names.xdg) {
            return Ok(Place { path: base.join("sojourn"), rule: Rule::Xdg(names.xdg) });
        }
        let home = absolute(self.lookup, "HOME")
            .or_else(std::env::home_dir)
            .ok_or(PlaceError::NoHome { what: names.what, variable: names.own })?;
        Ok(Place { path: home.join(names.home).join("sojourn"), rule: Rule::Home })
    }
}

/// An absolute path in a variable; the XDG specification asks that others be ignored.
fn absolute(lookup: Lookup<'_>, name: &str) -> Option<PathBuf> {
    lookup(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The first of the directories that systemd has made for a service; it separates several by colons.
fn service_directory(lookup: Lookup<'_>, name: &str) -> Option<PathBuf> {
    let all = lookup(name)?;
    std::env::split_paths(&all).next().filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests;
