//! Results as they come, for people or programs, in the order of completion or of indices.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;

use sojourn_client::Traced;
use sojourn_client::hierarchy::Event;
use sojourn_proto::Key;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::Out;
use crate::render::json::{FailedLine, PaddingLine, TraceLine};
use crate::render::numbers::seconds;
use crate::render::progress::Progress;
use crate::render::table::Table;

/// Writes results out: JSON as each is ready, for people a table at the end.
pub(super) struct Report<'a> {
    out: &'a mut Out,
    json: bool,
    terminal: bool,
    progress: Progress,
    /// With `--ordered`: indices not yet written, ascending, and the results that wait for their turn.
    order: Option<VecDeque<i64>>,
    waiting: BTreeMap<i64, VecDeque<Event>>,
    rows: BTreeMap<i64, [String; COLUMNS]>,
    some_failed: bool,
}

const COLUMNS: usize = 9;

const HEADINGS: [&str; COLUMNS] =
    ["graph", "vertices", "edges", "parameters", "components", "largest", "operations", "recorded", "hash"];

impl<'a> Report<'a> {
    /// A report of `total` graphs; in ascending order of all indices, padding included, where they are given.
    pub(super) fn new(context: &'a mut Context, order: Option<Vec<i64>>, total: usize) -> Report<'a> {
        let order = order.map(|mut indices| {
            indices.sort_unstable();
            indices.into()
        });
        Report {
            json: context.json(),
            terminal: context.terminal,
            progress: Progress::new(context.progress, total, "traces"),
            out: &mut context.out,
            order,
            waiting: BTreeMap::new(),
            rows: BTreeMap::new(),
            some_failed: false,
        }
    }

    /// Takes an event.
    pub(super) fn take(&mut self, event: Event) -> Result<(), CommandError> {
        let idx = match &event {
            Event::Progress { done, total } => {
                self.progress.at(*done, *total);
                return Ok(());
            }
            Event::Traced(traced) => traced.idx,
            Event::Failed { idx, .. } | Event::Padding { idx } => *idx,
        };
        if self.order.is_none() {
            return self.write(&event);
        }
        self.waiting.entry(idx).or_default().push_back(event);
        while let Some(next) = self.next_in_order() {
            self.write(&next)?;
        }
        Ok(())
    }

    /// The result whose turn it is, if it is there.
    fn next_in_order(&mut self) -> Option<Event> {
        let order = self.order.as_mut()?;
        let event = self.waiting.get_mut(order.front()?)?.pop_front()?;
        order.pop_front();
        Some(event)
    }

    fn write(&mut self, event: &Event) -> Result<(), CommandError> {
        if let Event::Failed { label, error, .. } = event {
            self.some_failed = true;
            if !self.json {
                // Were standard error closed, there would be nowhere to say so.
                let say = || writeln!(std::io::stderr().lock(), "sojourn: {label}: {}", error.message);
                let _ = self.progress.suspend(say);
            }
        }
        if self.json {
            let out = &mut *self.out;
            return self.progress.suspend(|| write_json(out, event));
        }
        if let Event::Traced(traced) = event {
            self.rows.insert(traced.idx, cells(traced));
        }
        Ok(())
    }

    /// Ends the report. True if some job failed.
    pub(super) fn finish(mut self) -> Result<bool, CommandError> {
        // What waited behind a result that never came is a result all the same.
        for event in std::mem::take(&mut self.waiting).into_values().flatten() {
            self.write(&event)?;
        }
        drop(self.progress);
        if self.rows.len() == 1 {
            for (heading, cell) in HEADINGS.iter().zip(self.rows.values().flatten()) {
                self.out.line(format_args!("{heading:<11} {cell}"))?;
            }
        } else if !self.rows.is_empty() {
            let mut table = Table::new(HEADINGS);
            self.rows.into_values().for_each(|cells| table.row(cells));
            table.numbers(1..=6);
            self.out.line(table.render(self.terminal))?;
        }
        Ok(self.some_failed)
    }
}

fn write_json(out: &mut Out, event: &Event) -> Result<(), CommandError> {
    match event {
        Event::Traced(traced) => out.json(&TraceLine::of(traced))?,
        Event::Failed { idx, label, error } => out.json(&FailedLine::of(*idx, label, error))?,
        Event::Padding { idx } => out.json(&PaddingLine::of(*idx))?,
        Event::Progress { .. } => {}
    }
    out.flush()
}

fn cells(traced: &Traced) -> [String; COLUMNS] {
    let summary = traced.trace.summary();
    let (computed, reused) = (traced.computed, traced.reused);
    let recorded = match (traced.cached, summary.patterns) {
        (true, _) => "found in the store".to_owned(),
        (false, 0) => format!("acyclic, {}", seconds(traced.work.as_secs_f64())),
        (false, _) => {
            format!("{computed} of {} patterns, {}", computed + reused, seconds(traced.work.as_secs_f64()))
        }
    };
    [
        traced.label.clone(),
        summary.vertices.to_string(),
        summary.edges.to_string(),
        summary.parameters.to_string(),
        summary.components.to_string(),
        summary.largest_component.to_string(),
        summary.operations.to_string(),
        recorded,
        Key(summary.hash).to_string(),
    ]
}

#[cfg(test)]
mod tests;
