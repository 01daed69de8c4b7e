//! Numbers for people: tables at the end, or where there are very many vectors now and then.

use sojourn_engine::Kind;
use sojourn_engine::evaluate::{Numbers, Query};

use super::distribution::Found;
use super::layout::{Page, Sheet};
use super::samples::{self, SampleSummary, VectorSummaries};
use super::tables::Tables;
use super::{Asked, columns, derivatives};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Out;

/// Vectors that are laid out together: more would take memory without end, and nobody compares them.
const TOGETHER: usize = 1000;

/// Tables of what was found.
pub(super) struct People<'a> {
    out: &'a mut Out,
    asked: &'a Asked,
    terminal: bool,
    sheet: Sheet<'a>,
    tables: Tables<'a>,
    /// Of the samples that were drawn.
    summaries: Vec<VectorSummaries>,
    /// Whether tables were written before.
    begun: bool,
}

impl<'a> People<'a> {
    /// Tables of what was asked for, of a chain of this kind.
    pub(super) fn new(context: &'a mut Context, asked: &'a Asked, kind: Kind) -> People<'a> {
        let states = asked.states.as_deref();
        People {
            terminal: context.terminal,
            out: &mut context.out,
            asked,
            sheet: Sheet {
                query: &asked.query,
                labels: &asked.labels,
                moments: columns::moments(asked),
                rows: Vec::new(),
            },
            tables: Tables { asked: &asked.distribution, states, kind, rows: Vec::new() },
            summaries: Vec::new(),
            begun: false,
        }
    }

    /// Takes what was found at a vector.
    pub(super) fn take(&mut self, theta: &[f64], numbers: Numbers, found: Found) -> Result<(), CommandError> {
        let summaries = samples::summaries(&found.samples);
        self.take_summarised(theta, numbers, found, summaries)
    }

    /// Takes what was found at a vector, of samples their summaries.
    pub(super) fn take_summarised(
        &mut self,
        theta: &[f64],
        numbers: Numbers,
        found: Found,
        summaries: Vec<SampleSummary>,
    ) -> Result<(), CommandError> {
        if !summaries.is_empty() {
            self.summaries.push((theta.to_vec(), summaries));
        }
        self.sheet.rows.push((theta.to_vec(), numbers));
        self.tables.rows.push((theta.to_vec(), found));
        if self.sheet.rows.len() < TOGETHER { Ok(()) } else { self.write() }
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> Result<(), CommandError> {
        self.write()
    }

    fn write(&mut self) -> Result<(), CommandError> {
        if self.sheet.rows.is_empty() {
            return Ok(());
        }
        let page = Page::new(self.terminal);
        let mut texts: Vec<String> =
            self.asked.time.iter().map(|reward| format!("T is what {reward} accumulates")).collect();
        // Of a distribution alone there is nothing left to say, unless some mass is in no density.
        let masses = self.sheet.rows.iter().any(|(_, numbers)| numbers.mass_at_zero > 0.0);
        if *self.sheet.query != Query::default() || masses {
            texts.push(self.sheet.render(page));
        }
        texts.extend(self.sheet.gradients(page));
        texts.extend(self.tables.render(self.terminal));
        texts.extend(derivatives::tables(&self.tables.rows, self.asked, page));
        texts.extend(samples::table(&self.summaries, |at| self.sheet.name(at).0, self.terminal));
        self.sheet.rows.clear();
        self.tables.rows.clear();
        self.summaries.clear();
        let gap = if std::mem::replace(&mut self.begun, true) { "\n" } else { "" };
        self.out.line(format_args!("{gap}{}", texts.join("\n\n")))
    }
}
