//! One function for each thing that can be wrong with an installation.

use std::ffi::OsStr;
use std::path::Path;

use rustix::fs::{Access, access};
use sojourn_client::{Client, Error, workers};
use sojourn_proto::hello::BUILD;
use sojourn_proto::paths::{Place, Places, Rule, check_socket_directory};
use sojourn_proto::{Reply, Request};
use sojournd::{Config, Flags};

use super::Finding;
use crate::context::Context;

const RUNTIME: &str = "XDG_RUNTIME_DIR";

/// Everything, in the order in which a user would look.
pub(super) fn all(context: &Context) -> Vec<Finding> {
    let mut findings = vec![program()];
    match context.places() {
        Ok(places) => {
            findings.extend([
                place("socket", &places.socket),
                place("store", &places.store),
                place("state", &places.state),
                configuration(context, &places.config),
                socket_directory(&places.socket),
            ]);
            findings.extend(runtime_directory(&places.socket, std::env::var_os(RUNTIME).as_deref()));
            findings.push(writable("store", &places));
            findings.push(writable("state", &places));
        }
        Err(error) => {
            findings.push(Finding::fail("places", error.to_string(), "set what is named, or give a flag"));
        }
    }
    match context.client() {
        Ok(client) => findings.extend(daemon(&client)),
        Err(error) => findings.push(Finding::fail("daemon", error.to_string(), "mend the places first")),
    }
    findings.extend(confinement(sojourn_worker::confinement_gaps()));
    findings.push(cpus());
    findings.push(Finding::ok("gpu", "not there yet: this version computes on the CPU"));
    findings
}

fn program() -> Finding {
    match std::env::current_exe() {
        Ok(path) => Finding::ok("program", format!("{} at {}", *BUILD, path.display())),
        Err(error) => Finding::fail(
            "program",
            format!("its own path can not be found: {error}"),
            "mount /proc; daemon and workers are started from the same executable",
        ),
    }
}

fn place(name: &'static str, place: &Place) -> Finding {
    Finding::ok(name, format!("{} (chosen by: {})", place.path.display(), place.rule))
}

/// A runtime directory that is named and can not be used: daemons of sessions that can use theirs are not met.
fn runtime_directory(socket: &Place, named: Option<&OsStr>) -> Option<Finding> {
    let named = named.filter(|named| !named.is_empty())?;
    if !matches!(socket.rule, Rule::RunUser | Rule::Temporary) {
        return None;
    }
    let found = format!(
        "${RUNTIME} names {}, which is no directory of this user's alone; the socket is at {} instead",
        Path::new(named).display(),
        socket.path.display()
    );
    Some(Finding::warn("socket", found, "make the directory, owned by you, mode 0700; or unset the variable"))
}

fn configuration(context: &Context, config: &Place) -> Finding {
    let places = context.overrides().clone();
    let flags = Flags {
        socket: places.socket,
        store: places.store,
        state: places.state,
        config: places.config,
        ..Flags::default()
    };
    let there = if config.path.exists() { "" } else { ", not there: defaults hold" };
    match Config::load(&flags) {
        Ok(_) => {
            Finding::ok("config", format!("{} (chosen by: {}){there}", config.path.display(), config.rule))
        }
        Err(error) => Finding::fail("config", error.to_string(), "mend or remove the setting"),
    }
}

fn socket_directory(socket: &Place) -> Finding {
    match check_socket_directory(socket) {
        Ok(()) => Finding::ok("socket", "its directory can be trusted, or is made when needed"),
        Err(error) => Finding::fail("socket", error.to_string(), "or choose another place with --socket"),
    }
}

/// Whether a directory can be written to, or made.
fn writable(name: &'static str, places: &Places) -> Finding {
    let place = if name == "store" { &places.store } else { &places.state };
    if place.path.as_os_str().is_empty() {
        return Finding::warn(name, "switched off", "traces are computed again each time; name a directory");
    }
    let path = &place.path;
    let existing = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let tried = if existing == path { write_into(path) } else { may_make_in(existing) };
    match tried {
        Ok(()) if existing == path => Finding::ok(name, "can be written to"),
        Ok(()) => Finding::ok(name, format!("is not there yet, and can be made in {}", existing.display())),
        Err(error) => Finding::fail(
            name,
            format!("{} can not be written to: {error}", existing.display()),
            format!("change its owner or mode, or choose another directory with --{name}"),
        ),
    }
}

/// Permissions alone do not tell: the file system may be read-only or full, and root passes every check.
fn write_into(directory: &Path) -> std::io::Result<()> {
    let trial = directory.join(format!(".doctor.{}", std::process::id()));
    std::fs::write(&trial, b"trial").and_then(|()| std::fs::remove_file(&trial))
}

fn may_make_in(directory: &Path) -> std::io::Result<()> {
    Ok(access(directory, Access::WRITE_OK | Access::EXEC_OK)?)
}

fn daemon(client: &Client) -> Vec<Finding> {
    let connection = match client.connect_running() {
        Ok(connection) => connection,
        Err(Error::NoDaemon { .. }) => {
            return vec![Finding::ok("daemon", "none runs; a command that needs one starts it")];
        }
        Err(error) => {
            let cure = "end the daemon that answers, and try again";
            return vec![Finding::fail("daemon", error.to_string(), cure)];
        }
    };
    let peer = connection.peer();
    let runs = format!("process {} of user {}, build {}", peer.pid, peer.uid, peer.build);
    let mut findings = vec![if peer.build == *BUILD {
        Finding::ok("daemon", runs)
    } else {
        Finding::warn("daemon", runs, "another build than this program; `sojourn shutdown` ends it")
    }];
    findings.push(match connection.call(client.interrupt(), |id| Request::Status { id }) {
        Ok(Reply::Status { report, .. }) => health(&report.health, report.workers.len()),
        Ok(_) => Finding::fail("workers", "the daemon does not say", "`sojourn shutdown`, and try again"),
        Err(error) => Finding::fail("workers", error.to_string(), "`sojourn shutdown`, and try again"),
    });
    findings
}

fn health(health: &str, workers: usize) -> Finding {
    let found = format!("{workers} processes, the daemon is {health}");
    if health == "ready" {
        Finding::ok("workers", found)
    } else {
        Finding::warn("workers", found, "see the daemon's log")
    }
}

fn confinement(gaps: Vec<String>) -> Vec<Finding> {
    if gaps.is_empty() {
        return vec![Finding::ok("confinement", "workers reach no files, no network, no other programs")];
    }
    let warn =
        |gap| Finding::warn("confinement", gap, "works, with workers confined less; a newer kernel has it");
    gaps.into_iter().map(warn).collect()
}

fn cpus() -> Finding {
    let (usable, machine) = (workers::usable_cpus(), workers::machine_cpus());
    Finding::ok("cpus", format!("{usable} usable of {machine} (affinity, control group, SLURM)"))
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_directory_that_nobody_may_write_to_fails_with_a_cure() {
        let at = |path: &str| Place { path: path.into(), rule: Rule::Flag };
        let places =
            Places { socket: at("/s"), store: at("/proc/self"), state: at("/tmp/none/x"), config: at("/c") };
        let store = writable("store", &places);
        assert_eq!(store.health, Health::Fail, "{store:?}");
        assert!(store.cure.is_some_and(|cure| cure.contains("--store")));
        assert_eq!(writable("state", &places).health, Health::Ok);
    }

    #[test]
    fn a_runtime_directory_that_can_not_be_used_is_a_warning_that_names_it_and_the_place_instead() {
        let at = |rule| Place { path: "/tmp/sojourn-0/sojourn.sock".into(), rule };
        let named = Some(OsStr::new("/run/user/42"));
        let finding = runtime_directory(&at(Rule::Temporary), named).unwrap();
        assert_eq!(finding.health, Health::Warn);
        assert!(
            finding.found.contains("/run/user/42") && finding.found.contains("/tmp/sojourn-0"),
            "{finding:?}"
        );
        assert!(runtime_directory(&at(Rule::Xdg(RUNTIME)), named).is_none());
        assert!(runtime_directory(&at(Rule::Temporary), None).is_none());
        assert!(runtime_directory(&at(Rule::Flag), named).is_none());
    }

    #[test]
    fn each_gap_in_the_confinement_is_a_warning_of_its_own() {
        let findings = confinement(vec!["landlock: absent".into(), "seccomp: absent".into()]);
        assert!(findings.iter().all(|finding| finding.health == Health::Warn));
        assert_eq!(findings.len(), 2);
        assert_eq!(confinement(Vec::new())[0].health, Health::Ok);
    }

    #[test]
    fn a_degraded_daemon_is_a_warning_with_its_words() {
        let finding = health("degraded: no memory", 0);
        assert_eq!(finding.health, Health::Warn);
        assert!(finding.found.contains("no memory"));
    }
}
