//! No file can be opened, made, removed or run, and no TCP port used: a ruleset that handles everything and
//! permits nothing. Descriptors that are open stay usable.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus,
};

/// The newest interface asked for; an older kernel does what it can.
const NEWEST: ABI = ABI::V5;

/// Enters the ruleset. What could not be had is returned, where it is the whole of it.
pub(super) fn deny_files() -> Option<String> {
    match enter() {
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => None,
        Ok(RulesetStatus::NotEnforced) => {
            Some("this kernel has no Landlock: files are not out of reach".into())
        }
        Err(error) => Some(format!("files are not out of reach: {error}")),
    }
}

fn enter() -> Result<RulesetStatus, RulesetError> {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .create()?;
    Ok(ruleset.restrict_self()?.ruleset)
}

/// What of the ruleset this kernel does not know, without entering it.
pub(super) fn unsupported() -> Vec<String> {
    let strict = || Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let steps = [
        ("files", strict().handle_access(AccessFs::from_all(ABI::V1))),
        ("truncation of files and ioctl on devices", strict().handle_access(AccessFs::from_all(NEWEST))),
        ("TCP (seccomp denies all sockets)", strict().handle_access(AccessNet::from_all(NEWEST))),
    ];
    steps
        .into_iter()
        .filter(|(_, ruleset)| ruleset.is_err())
        .map(|(what, _)| format!("Landlock of this kernel does not cover {what}"))
        .collect()
}
