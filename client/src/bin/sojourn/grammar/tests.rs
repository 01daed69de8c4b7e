//! Every command of the interface is understood, or refused by name.

use super::*;
use crate::error::{CommandError, USAGE};
use crate::refused;
use clap::CommandFactory;

fn parse(line: &str) -> Result<Command, clap::Error> {
    let words = std::iter::once("sojourn").chain(line.split_whitespace());
    Cli::try_parse_from(words).map(|cli| cli.command.expect("a command"))
}

/// What the interface promises and this version has.
const UNDERSTOOD: &[&str] = &[
    "trace a.json model:coalescent,n=10 -",
    "trace --jobs J.jsonl -o out --json --workers 4 --strategy vmap --min-size 50 --no-cache --ordered",
    "trace a.json --ops OUT.json --discrete --force",
    "eval a.json --theta 1,2 --theta 3,4e-5 --moments 3 --json",
    "eval 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff --thetas F.npy",
    "eval a.json --theta -1,2 --rewards state[0]+2*state[1] --covariance --device auto",
    "eval a.json --rewards 0,1,1 --device cpu --workers 2 --strategy sequential --discrete",
    "eval a.json --theta 1 --pdf 0.1,0.5,1 --cdf 0:10:200 --quantile 0.5,0.999 --state-probabilities 1",
    "eval a.json --gradient --moments 2 -o r.csv --survival 1 --hazard 0:1:5 --laplace 0.5 --residence",
    "eval a.json --occupancy --json",
    "eval a.json --occupancy 1 --json",
    "fit a.json --data obs.csv",
    "fit a.json --data obs.csv --columns time=days,event=status:2 --columns unused=sex",
    "eval a.json --theta 1 --loglik obs.npy --columns time=1,event=2",
    "fit a.json --data - --start 1,2 --start 3,4 --lower 0,-inf --upper 10 --fixed 1=0.5 --starts 3 --seed 9 --json -o fit.svg",
    "plot a.json --theta 1 --theta -2",
    "plot a.json --theta 1 --pdf -o out.svg",
    "plot a.json --cdf 0:10:200 -o out.html --discrete --strategy sequential",
    "plot a.json --pdf 1,2,3 --json",
    "plot",
    "show a.json",
    "show a.json --normalise",
    "trace a.json --start-mass keep --normalize",
    "eval a.json --discrete --start-mass normalise",
    "fit a.json --data d.csv --start-mass keep",
    "plot a.json --normalise --start-mass keep",
    "show a.json --dot --json",
    "show a.json b.json model:islands,n=3 --json --verbose",
    "model",
    "model list",
    "model coalescent im",
    "model coalescent,n=10 -o graph.json",
    "status --json",
    "ping",
    "ping -n 3",
    "worker list",
    "worker restart",
    "memory show --json",
    "memory clear",
    "cache stats",
    "cache verify",
    "cache list",
    "cache list --table plans --limit 20 --json",
    "cache gc",
    "cache gc --max-bytes 2GiB --older-than 30 --other-formats --json",
    "cache clear",
    "config show",
    "config set workers=2",
    "daemon",
    "daemon --config F",
    "daemon --ready-fd 1 --socket s --store d --state e",
    "shutdown",
    "shutdown --now",
    "completions bash",
    "doctor",
    "--no-start --socket s status",
    "--no-cache trace a.json",
    "eval a.json --no-cache",
    "eval a.json --device cuda:0",
    "eval a.json --device cuda",
    "eval a.json --device MIG-51300000-0000-0000-0000-00000000000c",
    "status --no-start --socket s",
    "top",
    "top --interval 0.5 --count 3",
];

/// What the interface promises and this version refuses, with the name it is to be refused by.
const REFUSED: &[(&str, &str)] = &[
    ("plot a.json --theta 1 --pdf -o out.png", "plot -o .png"),
    ("batch list", "batch"),
    ("batch fetch 7", "batch"),
    ("man", "man"),
    ("trace a.json --detach", "trace --detach"),
    ("show a.json --svg", "show --svg"),
];

/// What nobody promised.
const WRONG: &[&str] = &[
    "frobnicate",
    "trace",
    "fit a.json",
    "eval a.json --sample 0",
    "eval a.json --theta 1,x",
    "trace a.json --workers 0",
    "trace a.json --strategy pmap",
    "trace a.json --strategy fast",
    "eval a.json --device gpu",
    "eval a.json --pdf",
    "eval a.json --pdf 0:10",
    "plot a.json --pdf --cdf",
    "plot a.json --pdf 0:10",
    "eval a.json --cdf 1,x",
    "eval a.json --quantile 1.5",
    "eval a.json --state-probabilities 1:0:5",
    "eval a.json --occupancy -1",
    "config set workers",
    "model -o graph.json",
    "worker",
    "cache list --table blobs",
    "cache list --limit 0",
    "cache gc --max-bytes 2GB",
    "cache gc --max-bytes 99999999999TiB",
    "cache gc --older-than yesterday",
    "completions tcsh2",
    "status --frob",
    "top --interval 0",
    "top --interval nan",
    "top --count 0",
];

#[test]
fn the_grammar_is_consistent() {
    Cli::command().debug_assert();
    Line::command().debug_assert();
}

#[test]
fn every_command_of_the_interface_is_understood() {
    for line in UNDERSTOOD {
        let command = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(refused::check(&command).is_ok(), "{line}");
    }
}

#[test]
fn what_is_not_there_yet_is_refused_by_name_with_exit_code_2() {
    for (line, name) in REFUSED {
        let command = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let error = refused::check(&command).unwrap_err();
        assert_eq!(error.exit_code(), USAGE, "{line}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("`{name}` is not there yet")), "{line}: {text}");
    }
}

#[test]
fn what_is_wrong_is_an_error_of_usage() {
    for line in WRONG {
        assert!(parse(line).is_err_and(|error| error.exit_code() == i32::from(USAGE)), "{line}");
    }
}

#[test]
fn pmap_is_refused_with_its_message_and_nothing_before_it() {
    let error = parse("trace a.json --strategy pmap").unwrap_err();
    assert_eq!(
        complaint(&error),
        "strategy 'pmap' is not supported: it distributes compiled code, and recording a trace is not; use vmap, \
         sequential or auto"
    );
    let other = complaint(&parse("trace a.json --workers 0").unwrap_err());
    assert!(other.starts_with("invalid value '0' for '--workers"), "{other}");
}

#[test]
fn what_works_on_a_command_line_works_at_the_prompt() {
    for line in UNDERSTOOD.iter().copied().chain(REFUSED.iter().map(|(line, _)| *line)) {
        let parsed = Line::try_parse_from(line.split_whitespace());
        let parsed = parsed.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(matches!(parsed.command, LineCommand::Command(_)), "{line}");
    }
}

#[test]
fn the_prompt_has_commands_of_its_own() {
    for line in [
        "graph load a.json",
        "graph reload",
        "graph status",
        "param set 1,2 -3,4",
        "param show",
        "param clear",
    ]
    .iter()
    .chain(&["run", "help", "?", "exit", "quit"])
    {
        let parsed = Line::try_parse_from(line.split_whitespace());
        let parsed = parsed.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(matches!(parsed.command, LineCommand::Session(_)), "{line}");
    }
}

#[test]
fn places_given_before_a_daemon_are_the_daemons() {
    for line in ["--socket s daemon", "daemon --socket s"] {
        let Command::Daemon(args) = parse(line).unwrap() else { panic!("{line}: another command") };
        assert_eq!(args.flags.socket.as_deref(), Some("s".as_ref()), "{line}");
    }
}

#[test]
fn starting_a_daemon_is_switched_off_by_flag_and_by_nothing_else_here() {
    assert!(Cli::try_parse_from(["sojourn", "ping", "--no-start"]).unwrap().global.no_start);
    if std::env::var_os("SOJOURN_NO_START").is_none() {
        assert!(!Cli::try_parse_from(["sojourn", "ping"]).unwrap().global.no_start);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for line in ["--help", "--version", "trace --help"] {
        assert!(parse(line).is_err_and(|error| error.exit_code() == 0), "{line}");
    }
    let error: CommandError = refused::check(&parse("man").unwrap()).unwrap_err();
    assert!(!error.to_string().is_empty());
}
