//! The decisions, one concern a file. All of it is played in a [`world::World`] that checks the invariants
//! after each step and that nothing is answered twice.

mod bounds;
mod bundles;
mod cancel;
mod crash;
mod devices;
mod evaluations;
mod fairness;
mod flow;
mod sharing;
mod shutdown;
mod simulation;
mod starts;
mod world;
