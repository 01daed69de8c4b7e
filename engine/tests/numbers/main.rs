//! Numbers that traces give: published, closed-form, against other ways to compute them, and where there are
//! none.

#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod bounds;
mod dense;
mod exact;
mod gradients;
mod lanes;
mod published;
mod random;
mod refused;
mod sites;
mod small;
mod starts;
mod textbook;
mod transformed;
mod traps;
