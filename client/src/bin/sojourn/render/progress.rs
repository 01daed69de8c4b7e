//! A progress bar on standard error, where that is a terminal.

use std::fmt::Write;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use sojourn_client::hierarchy::Tally;

/// Progress of a batch. Cleared when dropped, so that an error stands on a line of its own.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar where `shown`, else nothing at all.
    pub(crate) fn new(shown: bool) -> Progress {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{msg} {wide_bar}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress(bar)
    }

    /// So many are done, of so many. The bar moves with both: one large graph has many components, and many
    /// small ones have none that are recorded apart.
    pub(crate) fn at(&self, graphs: Tally, components: Tally) {
        self.0.set_length((graphs.total + components.total) as u64);
        self.0.set_position((graphs.done + components.done) as u64);
        self.0.set_message(words(graphs, components));
    }

    /// So many of so many are done, and what else is to be said.
    pub(crate) fn said(&self, done: usize, total: usize, text: String) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
        self.0.set_message(text);
    }

    /// Runs something that writes to the terminal, with the bar out of the way.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
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

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
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
        assert_eq!((progress.0.position(), progress.0.length()), (40, Some(201)));
    }
}
