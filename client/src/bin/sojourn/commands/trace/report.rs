//! Results as they come, for people or programs, in the order of completion or of indices.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;

use sojourn_client::Traced;
use sojourn_client::hierarchy::{Event, Provenance};
use sojourn_proto::Key;

use super::fates::{self, Fates};
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
    style: Style,
    progress: Progress,
    /// With `--ordered`: indices not yet written, ascending, and the results that wait for their turn.
    order: Option<VecDeque<i64>>,
    waiting: BTreeMap<i64, VecDeque<Event>>,
    rows: BTreeMap<i64, Row>,
    fates: Fates,
    some_failed: bool,
}

/// What a report tells beside the rest.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// The distinct patterns of each graph.
    pub(super) verbose: bool,
    /// The index of each graph, where the user gave it.
    pub(super) indices: bool,
}

/// A graph in a table for people.
struct Row {
    cells: [String; COLUMNS],
    /// What became of its parts, in full.
    fates: String,
    label: String,
    provenance: Provenance,
}

const COLUMNS: usize = 10;

/// Where in a row it says what was recorded.
const RECORDED: usize = 8;

/// Digits of a hash in a table on a terminal.
const SHORT_HASH: usize = 12;

const HEADINGS: [&str; COLUMNS] = [
    "idx",
    "graph",
    "vertices",
    "edges",
    "parameters",
    "components",
    "largest",
    "operations",
    "recorded",
    "hash",
];

impl<'a> Report<'a> {
    /// A report; in ascending order of all indices, padding included, where they are given.
    pub(super) fn new(context: &'a mut Context, order: Option<Vec<i64>>, style: Style) -> Report<'a> {
        let order = order.map(|mut indices| {
            indices.sort_unstable();
            indices.into()
        });
        Report {
            json: context.json(),
            terminal: context.terminal,
            style,
            progress: Progress::new(context.progress),
            out: &mut context.out,
            order,
            waiting: BTreeMap::new(),
            rows: BTreeMap::new(),
            fates: Fates::default(),
            some_failed: false,
        }
    }

    /// Takes an event.
    pub(super) fn take(&mut self, event: Event) -> Result<(), CommandError> {
        let idx = match &event {
            Event::Progress { graphs, components } => {
                self.progress.at(*graphs, *components);
                return Ok(());
            }
            Event::Stage(stage) => {
                self.progress.stage(*stage);
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
            let (out, verbose) = (&mut *self.out, self.style.verbose);
            return self.progress.suspend(|| write_json(out, event, verbose));
        }
        if let Event::Traced(traced) = event {
            self.fates.add(traced);
            self.rows.insert(traced.idx, Row::of(traced));
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
        let (terminal, first) = (self.terminal, usize::from(!self.style.indices));
        if self.rows.len() == 1 {
            for row in self.rows.values_mut() {
                row.cells[RECORDED] = std::mem::take(&mut row.fates);
                for (heading, cell) in HEADINGS.iter().zip(&row.cells).skip(first) {
                    self.out.line(format_args!("{heading:<11} {cell}"))?;
                }
            }
        } else if !self.rows.is_empty() {
            self.out.line(table(&self.rows, first, terminal))?;
            self.out.line("")?;
            self.out.line(format_args!("in all: {}", self.fates.text_of_several()))?;
        }
        if self.style.verbose {
            self.rows.values().try_for_each(|row| patterns(self.out, row, terminal))?;
        }
        Ok(self.some_failed)
    }
}

/// The rows, from this column on.
fn table(rows: &BTreeMap<i64, Row>, first: usize, terminal: bool) -> String {
    let mut table = Table::new(HEADINGS.into_iter().skip(first));
    for row in rows.values() {
        let mut cells = row.cells.clone();
        // Whole hashes leave a terminal no room for the rest; one graph alone is shown with its own.
        if terminal && let Some(hash) = cells.last_mut() {
            hash.truncate(SHORT_HASH);
        }
        table.row(cells.into_iter().skip(first));
    }
    table.numbers((0..RECORDED - first).filter(|&column| column + first != 1));
    table.render(terminal)
}

/// What became of each distinct pattern of a graph.
fn patterns(out: &mut Out, row: &Row, terminal: bool) -> Result<(), CommandError> {
    let label = &row.label;
    out.line("")?;
    let patterns = match &row.provenance {
        Provenance::Stored => {
            return out
                .line(format_args!("{label}: found whole in the store; `sojourn show` tells its patterns"));
        }
        Provenance::OneJob(fate) => {
            return out.line(format_args!("{label}: one job, {}; no pattern apart", fates::name(*fate)));
        }
        Provenance::Patterns(patterns) => patterns,
    };
    let mut table = Table::new(["pattern", "vertices", "edges", "components", "was", "in"]);
    for pattern in patterns {
        let mut key = pattern.key.to_string();
        if terminal {
            key.truncate(SHORT_HASH);
        }
        table.row([
            key,
            pattern.vertices.to_string(),
            pattern.edges.to_string(),
            pattern.components.to_string(),
            fates::name(pattern.fate).to_owned(),
            pattern.fate.recorded().map_or_else(|| "-".to_owned(), |time| seconds(time.as_secs_f64())),
        ]);
    }
    table.numbers([1, 2, 3]);
    out.line(format_args!("{label}:"))?;
    out.line(table.render(terminal))
}

fn write_json(out: &mut Out, event: &Event, verbose: bool) -> Result<(), CommandError> {
    match event {
        Event::Traced(traced) => out.json(&TraceLine::of(traced, verbose))?,
        Event::Failed { idx, label, error } => out.json(&FailedLine::of(*idx, label, error))?,
        Event::Padding { idx } => out.json(&PaddingLine::of(*idx))?,
        Event::Progress { .. } | Event::Stage(_) => {}
    }
    out.flush()
}

impl Row {
    fn of(traced: &Traced) -> Row {
        let summary = traced.trace.summary();
        let (computed, patterns) = (traced.computed, traced.computed + traced.reused);
        let time = seconds(traced.work.as_secs_f64());
        let recorded = match (&traced.provenance, patterns) {
            (Provenance::Stored, _) => "found in the store".to_owned(),
            (_, 0) => format!("acyclic, {time}"),
            (_, _) if traced.cached => "found, all patterns".to_owned(),
            (_, _) => format!("{computed} of {patterns} patterns, {time}"),
        };
        Row {
            cells: [
                traced.idx.to_string(),
                traced.label.clone(),
                summary.vertices.to_string(),
                summary.edges.to_string(),
                summary.parameters.to_string(),
                summary.components.to_string(),
                summary.largest_component.to_string(),
                summary.operations.to_string(),
                recorded,
                Key(summary.hash).to_string(),
            ],
            fates: Fates::of(traced).text(),
            label: traced.label.clone(),
            provenance: traced.provenance.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
