//! Finding a daemon, starting one where there is none, and keeping one connection to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sojourn_proto::hello::{BUILD, is_rebuilt};
use sojourn_proto::paths::{self, Overrides, Places};
use sojourn_proto::{Reply, Request, RequestId, ShutdownMode};

use crate::connection::Connection;
use crate::{Error, Interrupt, Settings, start};

/// Whether a daemon is started where none answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Never; a missing daemon is an error.
    Never,
    /// This executable, which must know the command `daemon` as `sojourn` does.
    Executable(PathBuf),
}

/// A client of one daemon. It connects when first asked to, keeps the connection (and with it the workers
/// leased to it) for its life, and connects again when that was lost.
#[derive(Debug)]
pub struct Client {
    places: Places,
    start: Start,
    interrupt: Interrupt,
    connection: Mutex<Option<Arc<Connection>>>,
}

impl Client {
    /// A client that looks where `places` says.
    pub fn new(places: Places, start: Start, interrupt: Interrupt) -> Client {
        Client { places, start, interrupt, connection: Mutex::new(None) }
    }

    /// A client that looks where the environment and the configuration file say.
    ///
    /// # Errors
    /// [`Error::Place`] where no place can be found, [`Error::Load`] for a file that can not be read.
    pub fn discover(start: Start, interrupt: Interrupt) -> Result<Client, Error> {
        let settings = Settings::discover(&Overrides::default(), &paths::environment)?;
        Ok(Client::new(settings.places, start, interrupt))
    }

    /// Where this client looks.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What stops this client's operations.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// The connection, made now if there is none, to a daemon that is started if none runs. An idle daemon of
    /// one's own that an earlier build of this program started is replaced.
    ///
    /// # Errors
    /// [`Error::NoDaemon`] where none may be started, [`Error::NotStarted`], [`Error::Version`],
    /// [`Error::OtherBuild`].
    pub fn connect(&self) -> Result<Arc<Connection>, Error> {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let connection = match self.open() {
            Err(Error::NoDaemon { .. }) if self.start != Start::Never => self.start_one()?,
            Ok(connection) if connection.peer().build != *BUILD => self.replace(connection)?,
            other => other?,
        };
        Ok(self.keep(connection))
    }

    /// The connection to a daemon that runs already, whatever its build; none is started or replaced.
    ///
    /// # Errors
    /// [`Error::NoDaemon`], [`Error::Version`], [`Error::Rejected`].
    pub fn connect_running(&self) -> Result<Arc<Connection>, Error> {
        match self.current() {
            Some(connection) => Ok(connection),
            None => Ok(self.keep(self.open()?)),
        }
    }

    /// Asks a daemon started if need be; a request lost with its connection is asked once more, so it must be
    /// one that may be done twice.
    ///
    /// # Errors
    /// As [`Client::connect`] and [`Connection::call`].
    pub fn ask(&self, request: impl Fn(RequestId) -> Request) -> Result<Reply, Error> {
        match self.connect()?.call(&self.interrupt, &request) {
            Err(error) if error.is_lost() => self.connect()?.call(&self.interrupt, &request),
            other => other,
        }
    }

    /// As [`Client::ask`], of a daemon that runs already.
    ///
    /// # Errors
    /// As [`Client::connect_running`] and [`Connection::call`].
    pub fn ask_running(&self, request: impl Fn(RequestId) -> Request) -> Result<Reply, Error> {
        match self.connect_running()?.call(&self.interrupt, &request) {
            Err(error) if error.is_lost() => self.connect_running()?.call(&self.interrupt, &request),
            other => other,
        }
    }

    /// Gives the connection up, and with it the session.
    pub fn disconnect(&self) {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn current(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.as_ref().filter(|connection| connection.is_open()).cloned()
    }

    fn keep(&self, connection: Connection) -> Arc<Connection> {
        let connection = Arc::new(connection);
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Arc::clone(&connection));
        connection
    }

    fn open(&self) -> Result<Connection, Error> {
        paths::check_socket_directory(&self.places.socket)?;
        Connection::open(&self.places.socket.path)
    }

    fn start_one(&self) -> Result<Connection, Error> {
        match &self.start {
            Start::Never => self.open(),
            Start::Executable(program) => {
                start::start(program, &self.places, &self.interrupt, || self.open())
            }
        }
    }

    /// Another build answers. Of another version it can not be used; an earlier build of this very program is
    /// replaced where nothing is lost by it.
    fn replace(&self, connection: Connection) -> Result<Connection, Error> {
        let (ours, theirs) = (BUILD.clone(), connection.peer().build.clone());
        let (pid, uid) = (connection.peer().pid, connection.peer().uid);
        let refuse = |why: &str| {
            Err(Error::OtherBuild { ours: ours.clone(), theirs: theirs.clone(), pid, why: why.to_owned() })
        };
        if !is_rebuilt(&ours, &theirs) {
            return if version(&ours) == version(&theirs) {
                Ok(connection)
            } else {
                refuse("it is not ours")
            };
        }
        if uid != rustix::process::geteuid().as_raw() {
            return refuse("it belongs to another user");
        }
        if self.start == Start::Never {
            return refuse("starting a daemon is switched off");
        }
        let Reply::Status { report, .. } = connection.call(&self.interrupt, |id| Request::Status { id })?
        else {
            return Err(Error::Protocol("another answer than a status".into()));
        };
        if report.queue.waiting + report.queue.running > 0 {
            return refuse("it has work to do");
        }
        let mode = ShutdownMode::Drain;
        connection.call(&self.interrupt, |id| Request::Shutdown { id, mode })?;
        drop(connection);
        self.start_one()
    }
}

/// `0.1.0` of `0.1.0+sojourn.18d2f8f02c3e41aa`.
fn version(build: &str) -> &str {
    build.split_once('+').map_or(build, |(version, _)| version)
}
