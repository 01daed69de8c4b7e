//! One question about one trace, at many vectors: as many at a time as there is memory for.
#![expect(unsafe_code, reason = "kernels are launched here, on memory that was taken for them")]

use sojourn_engine::image::{CurveImage, Flow, Image, LANES, ReplayImage, Room};
use sojourn_engine::{Distribution, Numbers};

use super::driver::Buffer;
use super::error::DeviceError;
use super::kernels::{Kernels, Places};
use super::tiles::lay_out;
use super::workspace::Workspace;

/// Everything begins where a whole line of memory does.
const LINE: usize = 256;

/// Tiles that are worked on at once, for each multiprocessor: as many as keep it busy.
const TILES_AT_ONCE: usize = 32;

/// A device with a trace on it.
pub(super) struct Desk<'a> {
    pub(super) kernels: &'a Kernels,
    pub(super) workspace: &'a mut Workspace,
    pub(super) multiprocessors: u32,
    pub(super) digest: [u8; 32],
    /// Words and numbers of the trace.
    pub(super) trace: [u64; 2],
    pub(super) parameters: usize,
}

/// Numbers of a lane.
#[derive(Debug, Clone, Copy)]
struct Lane {
    values: usize,
    results: usize,
    /// What a second kernel needs: its own room, and its results.
    more: [usize; 2],
}

/// Where everything stands in a piece of memory, in bytes.
#[derive(Debug, Clone, Copy)]
struct Layout {
    words: usize,
    numbers: usize,
    thetas: usize,
    values: usize,
    results: usize,
    more: [usize; 2],
    end: usize,
}

impl Layout {
    fn new(image: &Image, parameters: usize, lane: Lane, tiles: usize) -> Layout {
        let mut end = 0;
        let mut take = |bytes: usize| {
            let place = end;
            end = (place + bytes).next_multiple_of(LINE);
            place
        };
        let words = take(size_of_val(&image.words[..]));
        let numbers = take(size_of_val(&image.numbers[..]));
        let mut of_lanes = |numbers: usize| take(tiles * numbers * LANES * size_of::<f64>());
        let thetas = of_lanes(parameters);
        let [values, results] = [lane.values, lane.results].map(&mut of_lanes);
        let more = lane.more.map(of_lanes);
        Layout { words, numbers, thetas, values, results, more, end }
    }
}

impl Desk<'_> {
    /// The numbers at each vector; none where they have to be found with more care.
    pub(super) fn replay(
        &mut self,
        image: &ReplayImage<'_>,
        warps: u32,
        thetas: &[&[f64]],
    ) -> Result<Vec<Option<Numbers>>, DeviceError> {
        let lane = Lane { values: image.values(), results: image.results(), more: [0; 2] };
        let most = self.tiles_at_once(image.image(), lane, thetas.len())?;
        let mut all = Vec::with_capacity(thetas.len());
        for thetas in thetas.chunks(most * LANES) {
            let (layout, buffer, places) = self.lay(image.image(), lane, thetas)?;
            // SAFETY: the trace is resident, and the rest was laid out for these tiles.
            unsafe { self.kernels.replay(places, warps) }?;
            let results = self.read(&buffer, layout.results, thetas.len(), lane.results)?;
            let tiles = results.chunks_exact(lane.results * LANES);
            all.extend(tiles.flat_map(|tile| image.numbers(tile)).take(thetas.len()));
            self.workspace.give_back(buffer);
        }
        Ok(all)
    }

    /// The distribution at each vector; none where it has to be found with more care, or by another method.
    pub(super) fn curve(
        &mut self,
        image: &CurveImage<'_>,
        thetas: &[&[f64]],
    ) -> Result<Vec<Option<Distribution>>, DeviceError> {
        let flows = self.flows(image, thetas)?;
        let room = flows.iter().flatten().fold(Room::default(), |room, &flow| room.or(image.room(flow)));
        let [of_flow, of_curve] = image.results();
        let lane = Lane { values: image.values(), results: of_flow, more: [room.values(), of_curve] };
        let most = self.tiles_at_once(image.image(), lane, thetas.len())?;
        let mut all = Vec::with_capacity(thetas.len());
        for (thetas, flows) in thetas.chunks(most * LANES).zip(flows.chunks(most * LANES)) {
            let (layout, buffer, places) = self.lay(image.image(), lane, thetas)?;
            let records = buffer.place(layout.more[0], 0);
            let second =
                Places { thetas: places.results, results: buffer.place(layout.more[1], 0), ..places };
            // SAFETY: the trace is resident, and the rest was laid out for these tiles and so much room.
            unsafe {
                self.kernels.flow(places)?;
                self.kernels.curve(second, records, room.steps, room.half)?;
            }
            let results = self.read(&buffer, layout.more[1], thetas.len(), of_curve)?;
            let at = |(number, flow): (usize, &Option<Flow>)| {
                let tile = &results[number / LANES * of_curve * LANES..][..of_curve * LANES];
                flow.and_then(|flow| image.distribution(tile, number % LANES, flow))
            };
            all.extend(flows.iter().enumerate().map(at));
            self.workspace.give_back(buffer);
        }
        Ok(all)
    }

    /// How fast the chain is at each vector, whence the room that its steps need.
    fn flows(&mut self, image: &CurveImage<'_>, thetas: &[&[f64]]) -> Result<Vec<Option<Flow>>, DeviceError> {
        let lane = Lane { values: image.values(), results: image.results()[0], more: [0; 2] };
        let most = self.tiles_at_once(image.image(), lane, thetas.len())?;
        let mut all = Vec::with_capacity(thetas.len());
        for thetas in thetas.chunks(most * LANES) {
            let (layout, buffer, places) = self.lay(image.image(), lane, thetas)?;
            // SAFETY: the trace is resident, and the rest was laid out for these tiles.
            unsafe { self.kernels.flow(places) }?;
            let results = self.read(&buffer, layout.results, thetas.len(), lane.results)?;
            let tiles = results.chunks_exact(lane.results * LANES);
            all.extend(tiles.flat_map(|tile| image.flows(tile)).take(thetas.len()));
            self.workspace.give_back(buffer);
        }
        Ok(all)
    }

    /// Tiles that there is memory for, other traces evicted if it takes that; no more than keep the device busy.
    fn tiles_at_once(&mut self, image: &Image, lane: Lane, vectors: usize) -> Result<usize, DeviceError> {
        let end = |tiles| Layout::new(image, self.parameters, lane, tiles).end;
        let tiles = vectors.div_ceil(LANES).min(TILES_AT_ONCE * self.multiprocessors as usize).max(1);
        let (one, all, nothing) = (end(1), end(tiles), end(0));
        let available = match self.workspace.available()? {
            enough if enough >= all as u64 => return Ok(tiles),
            little if little < one as u64 => self.workspace.available_for(one as u64, self.digest)?,
            some => some,
        };
        // Rounding up to lines is at most one a piece, and pieces of tiles are whole lines.
        let a_tile = (one - nothing).max(1) as u64;
        Ok((((available - nothing as u64) / a_tile) as usize).clamp(1, tiles))
    }

    /// Copies a question and vectors to memory with room for what they need.
    fn lay(
        &mut self,
        image: &Image,
        lane: Lane,
        thetas: &[&[f64]],
    ) -> Result<(Layout, Buffer, Places), DeviceError> {
        let tiles = thetas.len().div_ceil(LANES);
        let layout = Layout::new(image, self.parameters, lane, tiles);
        let buffer = self.workspace.room(layout.end, self.digest)?;
        buffer.write(layout.words, &image.words)?;
        buffer.write(layout.numbers, &image.numbers)?;
        buffer.write(layout.thetas, &lay_out(thetas, self.parameters))?;
        let at = |place| buffer.place(place, 0);
        let places = Places {
            trace: self.trace,
            question: [at(layout.words), at(layout.numbers)],
            thetas: at(layout.thetas),
            values: at(layout.values),
            results: at(layout.results),
            tiles: tiles as u32,
        };
        Ok((layout, buffer, places))
    }

    /// Waits for the kernels, and reads what they resulted in.
    fn read(
        &self,
        buffer: &Buffer,
        place: usize,
        vectors: usize,
        numbers: usize,
    ) -> Result<Vec<f64>, DeviceError> {
        let mut results = vec![0.0; vectors.div_ceil(LANES) * numbers * LANES];
        buffer.read(place, &mut results)?;
        Ok(results)
    }
}
