//! Memory of a device and who gets it: resident traces, and one piece to work in that is kept for the next answer.

use std::sync::Arc;

use super::driver::{Buffer, Context, Failure};
use super::error::DeviceError;
use super::residents::Residents;

/// What is left to others, and for the driver's own needs, of what is free.
const RESERVE: u64 = 64 << 20;

/// Memory of a device.
#[derive(Debug)]
pub(super) struct Workspace {
    context: Arc<Context>,
    pub(super) residents: Residents,
    room: Option<Buffer>,
    /// Most bytes of everything here.
    pub(super) budget: u64,
}

impl Workspace {
    pub(super) fn new(context: Arc<Context>, budget: u64) -> Workspace {
        Workspace { context, residents: Residents::default(), room: None, budget }
    }

    /// Bytes that there may be to work in, what is taken for it included.
    pub(super) fn available(&self) -> Result<u64, Failure> {
        let room = self.room.as_ref().map_or(0, |room| room.bytes() as u64);
        let (free, total) = self.context.memory()?;
        let reserve = RESERVE.min(total / 16);
        let within = self.budget.saturating_sub(self.context.allocated());
        Ok(within.min(free.saturating_sub(reserve)) + room)
    }

    /// The same, after other traces than this were evicted where that is needed for so many bytes.
    pub(super) fn available_for(&mut self, bytes: u64, digest: [u8; 32]) -> Result<u64, DeviceError> {
        loop {
            let available = self.available()?;
            if available >= bytes {
                return Ok(available);
            }
            if !self.residents.evict_oldest(digest) {
                return Err(DeviceError::OutOfMemory { needed: bytes, free: available });
            }
        }
    }

    /// A piece of so many bytes for a trace. Others are evicted where that is needed, and then what is kept to work in.
    pub(super) fn take(&mut self, bytes: usize, digest: [u8; 32]) -> Result<Buffer, DeviceError> {
        let room = self.room.as_ref().map_or(0, Buffer::bytes);
        if self.available()? < (bytes + room) as u64 {
            self.room = None;
            self.available_for(bytes as u64, digest)?;
        }
        self.allocate(bytes, digest)
    }

    /// At least so many bytes to work in. To be given back.
    pub(super) fn room(&mut self, bytes: usize, digest: [u8; 32]) -> Result<Buffer, DeviceError> {
        match self.room.take() {
            Some(room) if room.bytes() >= bytes => Ok(room),
            smaller => {
                drop(smaller);
                self.allocate(bytes, digest)
            }
        }
    }

    /// Keeps a piece to work in for the next who asks.
    pub(super) fn give_back(&mut self, room: Buffer) {
        self.room = Some(room);
    }

    /// Where the driver has no piece of such a size left, everything else of ours is given back, and it is asked once more.
    fn allocate(&mut self, bytes: usize, digest: [u8; 32]) -> Result<Buffer, DeviceError> {
        match Buffer::new(&self.context, bytes) {
            Err(failure) if failure.code == Failure::OUT_OF_MEMORY => {
                self.room = None;
                while self.residents.evict_oldest(digest) {}
                Buffer::new(&self.context, bytes)
            }
            other => other,
        }
        .map_err(|failure| match failure.code {
            Failure::OUT_OF_MEMORY => {
                let free = self.context.memory().map_or(0, |(free, _)| free);
                DeviceError::OutOfMemory { needed: bytes as u64, free }
            }
            _ => failure.into(),
        })
    }

    /// Gives everything back.
    pub(super) fn clear(&mut self) {
        self.residents.clear();
        self.room = None;
    }
}
