//! A progress bar on standard error, where that is a terminal.

use std::fmt::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use sojourn_client::hierarchy::{BatchStage, Tally};

use super::numbers::count;

/// Time after which it is shown what a command is at.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// Time between two looks at what it is at.
const LOOK: Duration = Duration::from_millis(200);

/// Progress of a batch. Cleared when dropped, so that an error stands on a line of its own.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    stage: Arc<Mutex<Option<LongStage>>>,
    /// Dropped, it ends the thread that shows stages. None where nothing is shown.
    watched: Option<Sender<()>>,
}

/// What a command is at, and since when.
#[derive(Debug)]
struct LongStage {
    words: StageWords,
    begun: Instant,
}

/// The words of a stage.
#[derive(Debug)]
enum StageWords {
    Batch(BatchStage),
    Text(String),
}

impl Progress {
    /// A bar where `shown`, else nothing at all.
    pub(crate) fn new(shown: bool) -> Progress {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{msg} {wide_bar}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, stage: Arc::default(), watched: None }.watching(shown)
    }

    /// With a thread that shows stages, where wanted: whoever is at one for long does not come by.
    fn watching(mut self, shown: bool) -> Progress {
        if shown {
            let (watched, ended) = channel::<()>();
            let (bar, stage) = (self.bar.clone(), Arc::clone(&self.stage));
            let watch = move || {
                while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    let stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(text) = stage.as_ref().and_then(LongStage::text) {
                        bar.set_message(text);
                        bar.tick();
                    }
                }
            };
            // Without the thread there are no stages to be seen.
            let begun = Builder::new().name("sojourn-progress".into()).spawn(watch);
            self.watched = begun.is_ok().then_some(watched);
        }
        self
    }

    /// From now on the batch is at this stage.
    pub(crate) fn stage(&self, stage: BatchStage) {
        self.set_stage(|| StageWords::Batch(stage));
    }

    /// From now on the command is at what the text says.
    pub(crate) fn at_stage(&self, text: impl FnOnce() -> String) {
        self.set_stage(|| StageWords::Text(text()));
    }

    fn set_stage(&self, words: impl FnOnce() -> StageWords) {
        if self.watched.is_some() {
            let stage = LongStage { words: words(), begun: Instant::now() };
            *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Some(stage);
        }
    }

    /// So many are done, of so many. The bar moves with both: one large graph has many components, and many
    /// small ones have none that are recorded apart.
    pub(crate) fn at(&self, graphs: Tally, components: Tally) {
        self.bar.set_length((graphs.total + components.total) as u64);
        self.bar.set_position((graphs.done + components.done) as u64);
        self.bar.set_message(words(graphs, components));
    }

    /// So many of so many are done, and what else is to be said.
    pub(crate) fn said(&self, done: usize, total: usize, text: String) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(text);
    }

    /// Runs something that writes to the terminal, with the bar out of the way.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

/// A count on standard error, where that is a terminal, of what has no known end.
#[derive(Debug)]
pub(crate) struct Counter(ProgressBar);

impl Counter {
    /// A count where `shown`, else nothing at all.
    pub(crate) fn new(shown: bool) -> Counter {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{human_pos} vectors, {rate} a second");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
            // Nothing can be done about a number that is not written.
            let _ = write!(text, "{}", HumanCount(state.per_sec().round() as u64));
        }));
        Counter(bar)
    }

    /// So many are done.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }
}

/// A bar on standard error, where that is a terminal, of samples that are drawn.
#[derive(Debug)]
pub(crate) struct SampleCounter(ProgressBar);

impl SampleCounter {
    /// A bar where `shown`, else nothing at all.
    pub(crate) fn new(shown: bool) -> SampleCounter {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{human_pos} of {human_len} samples, {eta} left {wide_bar}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        SampleCounter(bar)
    }

    /// So many are done of so many. Where samples are drawn once more it begins again.
    pub(crate) fn at(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for SampleCounter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // The thread draws while it holds the lock, so that nothing is drawn behind the end.
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.bar.finish_and_clear();
    }
}

impl LongStage {
    /// The text, once it takes long.
    fn text(&self) -> Option<String> {
        let taken = self.begun.elapsed();
        let text = match &self.words {
            StageWords::Batch(stage) => stage_words(*stage),
            StageWords::Text(text) => text.clone(),
        };
        (taken >= SHOWN_AFTER).then(|| format!("{text}, {} s", taken.as_secs()))
    }
}

/// What is said of a stage.
fn stage_words(stage: BatchStage) -> String {
    let of = |vertices: usize| format!("{} vertices", HumanCount(vertices as u64));
    match stage {
        BatchStage::Reading => "reading the graph".to_owned(),
        BatchStage::Numbering { vertices } => format!("numbering {}", of(vertices)),
        BatchStage::Recording { vertices } => {
            format!("ordering and eliminating a component of {}", of(vertices))
        }
        BatchStage::Waiting { jobs, largest: 0 } => format!("waiting for workers: {}", count(jobs, "job")),
        BatchStage::Waiting { jobs, largest } => {
            format!("waiting for workers: {}, the largest component has {}", count(jobs, "job"), of(largest))
        }
        BatchStage::Stitching { vertices } => format!("putting together a trace of {}", of(vertices)),
    }
}

fn words(graphs: Tally, components: Tally) -> String {
    let traces = format!("{} of {} traces", graphs.done, graphs.total);
    if components.total == 0 {
        return traces;
    }
    format!("{traces}, {} of {} components", components.done, components.total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_counted_beside_the_traces() {
        let graphs = Tally { done: 0, total: 1 };
        let components = Tally { done: 40, total: 200 };
        assert_eq!(words(graphs, components), "0 of 1 traces, 40 of 200 components");
        assert_eq!(words(graphs, Tally::default()), "0 of 1 traces");
        let progress = Progress::new(false);
        progress.at(graphs, components);
        assert_eq!((progress.bar.position(), progress.bar.length()), (40, Some(201)));
    }

    #[test]
    fn a_stage_is_told_once_it_takes_long() {
        let stage =
            |begun| LongStage { words: StageWords::Batch(BatchStage::Numbering { vertices: 20_000 }), begun };
        assert_eq!(stage(Instant::now()).text(), None);
        let begun = Instant::now().checked_sub(Duration::from_millis(3100)).unwrap();
        assert_eq!(stage(begun).text().as_deref(), Some("numbering 20,000 vertices, 3 s"));
        let waiting = BatchStage::Waiting { jobs: 2, largest: 1500 };
        assert!(stage_words(waiting).ends_with("2 jobs, the largest component has 1,500 vertices"));
    }
}
