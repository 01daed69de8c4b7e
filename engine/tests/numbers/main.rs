//! Numbers that traces give: published, closed-form, against exact arithmetic, and where there are none.

mod refused;
mod small;
mod traps;
