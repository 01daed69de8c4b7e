//! A real daemon process with real workers, over its real socket.

mod common;
mod faults;
mod lifecycle;
mod results;
mod sessions;
