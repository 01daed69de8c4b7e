//! How many vectors go together: as many as take some time, by what those before took.

use std::time::Duration;

/// Work that goes together: long enough that handing it out costs little, short enough that everybody has some
/// until the end, that stopping is prompt, and that others have their turn.
const TARGET: Duration = Duration::from_millis(20);

/// Vectors that go together before anything is known.
const FIRST: usize = 16;

/// Longest that as many are kept together for the sake of the lanes they share.
const PATIENCE: Duration = Duration::from_millis(300);

/// Most vectors that go together.
const MOST: usize = 4096;

/// Bytes of answers that go together, at most: many numbers by row come from few vectors.
const BYTES: f64 = (1 << 20) as f64;

/// The same of a GPU, which needs many vectors to have all of it at work.
const DEVICE_TARGET: Duration = Duration::from_millis(100);
const DEVICE_FIRST: usize = 2048;
const DEVICE_MOST: usize = 1 << 16;
const DEVICE_BYTES: f64 = (16 << 20) as f64;

/// Running means of what a vector takes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Whether GPUs take the vectors.
    devices: bool,
    /// Nanoseconds and bytes of an answer.
    mean: Option<(f64, f64)>,
}

impl Pace {
    /// Of vectors that GPUs take.
    pub(super) fn of_devices() -> Pace {
        Pace { devices: true, mean: None }
    }

    /// So many vectors took so long, by one thread, and their answers are so long.
    pub(super) fn note(&mut self, vectors: usize, time: Duration, bytes: usize) {
        let each = |sum: f64| sum / vectors.max(1) as f64;
        let (nanos, bytes) = (each(time.as_nanos() as f64).max(1.0), each(bytes as f64));
        self.mean = Some(match self.mean {
            None => (nanos, bytes),
            Some((mean, mean_bytes)) => ((mean + nanos) / 2.0, (mean_bytes + bytes) / 2.0),
        });
    }

    /// Time of a vector, once that is known.
    pub(super) fn each(&self) -> Option<Duration> {
        self.mean.map(|(nanos, _)| Duration::from_nanos(nanos as u64))
    }

    /// How many vectors are to go together now.
    pub(super) fn size(&self) -> usize {
        if self.devices {
            let Some((nanos, bytes)) = self.mean else { return DEVICE_FIRST };
            let timely = DEVICE_TARGET.as_nanos() as f64 / nanos;
            let size = timely.min(DEVICE_BYTES / bytes.max(1.0)) as usize;
            // A tile has what it takes to fill the device, unless its answers are long.
            return size
                .max(DEVICE_FIRST.min((DEVICE_BYTES / bytes.max(1.0)) as usize))
                .clamp(1, DEVICE_MOST);
        }
        let Some((nanos, bytes)) = self.mean else { return FIRST };
        let timely = TARGET.as_nanos() as f64 / nanos;
        let roomy = BYTES / bytes.max(1.0);
        // Sixteen vectors take far less than sixteen times as long as one.
        let patient = FIRST as f64 * nanos <= PATIENCE.as_nanos() as f64;
        let timely = if patient { timely.max(FIRST as f64) } else { timely };
        // Whole lanes, where there are more than a few.
        let size = (timely.min(roomy) as usize).clamp(1, MOST);
        if size > 64 { size - size % 64 } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_vectors_go_together_by_time_long_answers_by_bytes_and_slow_ones_alone() {
        let size = |micros: u64, bytes: usize| {
            let mut pace = Pace::default();
            pace.note(10, Duration::from_micros(10 * micros), 10 * bytes);
            pace.size()
        };
        assert_eq!(Pace::default().size(), FIRST);
        assert_eq!(size(100, 8), 192, "of 200 the whole lanes");
        assert_eq!(size(1000, 8), 20);
        assert_eq!(size(9000, 8), 16, "as many as share lanes");
        assert_eq!(size(10, 1 << 17), 8);
        assert_eq!(size(1_000_000, 8), 1);
        assert_eq!(size(0, 0), MOST);
    }

    #[test]
    fn gpus_take_many_vectors_at_once_unless_their_answers_are_long() {
        let size = |nanos: u64, bytes: usize| {
            let mut pace = Pace::of_devices();
            pace.note(1000, Duration::from_nanos(1000 * nanos), 1000 * bytes);
            pace.size()
        };
        assert_eq!(Pace::of_devices().size(), DEVICE_FIRST);
        assert_eq!(size(10_000, 8), 10_000);
        assert_eq!(size(1_000_000, 8), DEVICE_FIRST);
        assert_eq!(size(10, 8), DEVICE_MOST);
        assert_eq!(size(1_000_000, 1 << 20), 16);
        assert_eq!(size(1_000_000, 1 << 30), 1);
    }

    #[test]
    fn what_comes_later_counts_more() {
        let mut pace = Pace::default();
        pace.note(1, Duration::from_millis(100), 8);
        (0..20).for_each(|_| pace.note(10, Duration::from_millis(10), 8));
        assert_eq!(pace.each().unwrap().as_millis(), 1);
    }
}
