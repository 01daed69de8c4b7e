//! Replay at one parameter vector with every vertex looked at before it is divided by: vertices that cannot be
//! left are killing states, products with zero are zero, and infinite solutions stay apart from finite ones. Tiles
//! hand over to it where their numbers would be worth nothing, and it tells why there is none.

mod adjoint;
mod factor;
mod occupancy;
mod sweep;
mod traps;

pub(crate) use adjoint::gradient;
pub(crate) use factor::product;
pub(crate) use occupancy::occupancy;
pub(crate) use sweep::{Solutions, sweep};
pub(crate) use traps::{ending_in, reachable_traps};
