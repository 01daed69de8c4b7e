//! Batches of parameter vectors on an NVIDIA GPU: the compute side of a device process.
//!
//! [`discover`] says which GPUs there are, without making a context on any. [`Gpu::open`] makes one, and
//! [`Gpu::answer`] replays a trace at many vectors there. This is the only place that loads the driver's library
//! (`libcuda.so.1`); where there is none, or none that is new enough, [`NoDevice`] says so, and nothing else happens.
//!
//! Nothing here decides when a context is made, kept or released: that is for whoever owns the process.

mod answer;
mod description;
mod driver;
mod error;
mod gpu;
mod kernels;
mod rate;
mod residents;
mod tiles;
mod workspace;

pub use description::{Description, discover};
pub use error::{DeviceError, NoDevice};
pub use gpu::{Gpu, Held, Memory, supports};
pub use rate::Rate;
pub use residents::Resident;
pub use sojourn_engine::image::Unsupported;
