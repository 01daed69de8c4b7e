//! `sojourn doctor`: checks the installation and says what to mend.

mod checks;

use serde::Serialize;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers;

/// How well a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    /// As it should be.
    Ok,
    /// It works, and could be better.
    Warn,
    /// Something will not work.
    Fail,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    check: &'static str,
    health: Health,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { check, health: Health::Ok, found: found.into(), cure: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Finding {
        Finding { check, health: Health::Warn, found: found.into(), cure: Some(cure.into()) }
    }

    fn fail(check: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Finding {
        Finding { check, health: Health::Fail, found: found.into(), cure: Some(cure.into()) }
    }
}

/// Checks everything; starts no daemon. Exit code 1 where something will not work.
pub(crate) fn run(context: &mut Context) -> Result<Ended, CommandError> {
    let findings = checks::all(context);
    for finding in &findings {
        if context.json() {
            context.out.json(finding)?;
            continue;
        }
        let Finding { check, health, found, cure } = finding;
        context.out.line(format_args!("{:<5} {check:<12} {found}", numbers::name(health)))?;
        if let Some(cure) = cure {
            context.out.line(format_args!("{:<18} -> {cure}", ""))?;
        }
    }
    let failed = findings.iter().any(|finding| finding.health == Health::Fail);
    Ok(if failed { Ended::SomeFailed } else { Ended::Done })
}
