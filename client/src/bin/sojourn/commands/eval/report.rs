//! Answers as they come, told where and how they are wanted.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use sojourn_engine::evaluate::Numbers;
use sojourn_engine::{Answer, Trace, Unanswered};
use sojourn_proto::DeviceId;

use super::Asked;
use super::distribution::Found;
use super::file::{Format, Writer};
use super::layout::list;
use super::line::line;
use super::people::People;
use super::samples::SampleSummary;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Out;
use crate::render::json::{ErrorBody, FailedTheta};
use crate::render::progress::Progress;

/// Writes answers out.
pub(crate) struct Report<'a> {
    asked: &'a Asked,
    sink: Sink<'a>,
    some_failed: bool,
    /// GPUs that computed some of it.
    devices: BTreeSet<DeviceId>,
    /// Says until the first answer what is waited for.
    waiting: Option<Progress>,
}

/// In which form answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReportForm {
    /// A line of JSON for each vector.
    Json,
    /// Rows of comma-separated values.
    Csv,
    /// Rows of doubles.
    Npy,
    /// Tables for people.
    Tables,
}

/// Where to.
enum Sink<'a> {
    /// A line of JSON each.
    Json(&'a mut Out),
    /// Tables.
    People(People<'a>),
    /// A file.
    File(Box<Writer<'a>>),
}

impl<'a> Report<'a> {
    /// A report to standard output.
    pub(crate) fn to_user(context: &'a mut Context, asked: &'a Asked, trace: &Trace) -> Report<'a> {
        let waiting = waiting(context);
        let sink = match context.json() {
            true => Sink::Json(&mut context.out),
            false => Sink::People(People::new(context, asked, trace.kind())),
        };
        Report { asked, sink, some_failed: false, devices: BTreeSet::new(), waiting }
    }

    /// A report to a file, which is there once all is told. Where it is known how many rows it will have, a stream need
    /// not wait for the last.
    pub(crate) fn to_file(
        path: &Path,
        form: (Format, Option<u64>),
        context: &Context,
        asked: &'a Asked,
        trace: &Trace,
    ) -> Result<Report<'a>, CommandError> {
        let waiting = waiting(context);
        let sink = Sink::File(Box::new(Writer::new(path, form, context.progress, asked, trace)?));
        Ok(Report { asked, sink, some_failed: false, devices: BTreeSet::new(), waiting })
    }

    /// What is reported on.
    pub(super) fn asked(&self) -> &'a Asked {
        self.asked
    }

    /// Takes the answer at a vector, or why there is none.
    pub(super) fn take(
        &mut self,
        theta: &[f64],
        answer: Result<Answer, Unanswered>,
        device: Option<DeviceId>,
    ) -> Result<(), CommandError> {
        self.waiting = None;
        let found = answer.map(|answer| self.asked.read(answer)).map_err(|error| self.asked.failed(error));
        self.some_failed |= found.is_err();
        self.devices.extend(device);
        match (&mut self.sink, found) {
            (Sink::Json(out), Ok((numbers, found))) => {
                out.json(&line(theta, (&numbers, &found), self.asked, device))
            }
            (Sink::Json(out), Err(error)) => out.json(&failed(theta, &error)),
            (Sink::People(people), Ok((numbers, found))) => people.take(theta, numbers, found),
            (Sink::File(file), found) => {
                let told = found.as_ref().map_err(|error| say(theta, error));
                file.take(theta, told.map(|(numbers, found)| (numbers, found)), device)
            }
            (Sink::People(_), Err(error)) => {
                say(theta, &error);
                Ok(())
            }
        }
    }

    /// In which form answers are written.
    pub(super) fn form(&self) -> ReportForm {
        match &self.sink {
            Sink::Json(_) => ReportForm::Json,
            Sink::People(_) => ReportForm::Tables,
            Sink::File(file) => match file.format() {
                Format::JsonLines => ReportForm::Json,
                Format::Csv => ReportForm::Csv,
                Format::Npy => ReportForm::Npy,
            },
        }
    }

    /// Takes a part of answers in the form of [`Report::form`], with which so many rows end; tables have none.
    pub(super) fn rendered(&mut self, bytes: &[u8], rows: u64) -> Result<(), CommandError> {
        self.waiting = None;
        match &mut self.sink {
            Sink::Json(out) => out.bytes(bytes),
            Sink::File(file) => file.rendered(bytes, rows),
            Sink::People(_) => Ok(()),
        }
    }

    /// Takes the answer at a vector for tables, of samples their summaries.
    pub(super) fn summarised(
        &mut self,
        theta: &[f64],
        numbers: Numbers,
        found: Found,
        summaries: Vec<SampleSummary>,
    ) -> Result<(), CommandError> {
        self.waiting = None;
        match &mut self.sink {
            Sink::People(people) => people.take_summarised(theta, numbers, found, summaries),
            Sink::Json(_) | Sink::File(_) => Ok(()),
        }
    }

    /// Ends the report. True if some vector failed.
    pub(super) fn finish(mut self) -> Result<bool, CommandError> {
        self.waiting = None;
        let named = matches!(self.sink, Sink::Json(_));
        match self.sink {
            Sink::Json(_) => {}
            Sink::People(people) => people.finish()?,
            Sink::File(file) => file.finish()?,
        }
        if !named && !self.devices.is_empty() {
            let names: Vec<String> = self.devices.iter().map(ToString::to_string).collect();
            // As for errors: were standard error closed, there would be nowhere to say so.
            let _ = writeln!(std::io::stderr().lock(), "sojourn: computed on {}", names.join(", "));
        }
        Ok(self.some_failed)
    }
}

fn waiting(context: &Context) -> Option<Progress> {
    let progress = Progress::new(context.progress);
    progress.at_stage(|| "evaluating the first vectors".to_owned());
    Some(progress)
}

/// A vector that failed, as JSON.
pub(super) fn failed<'a>(theta: &'a [f64], error: &'a Unanswered) -> FailedTheta<'a> {
    FailedTheta { theta, error: ErrorBody { kind: &error.kind, message: &error.message } }
}

/// Says on standard error what failed.
fn say<'a>(theta: &[f64], error: &'a Unanswered) -> &'a Unanswered {
    // Were standard error closed, there would be nowhere to say so.
    let _ = writeln!(std::io::stderr().lock(), "sojourn: {}{}", at(theta), error.message);
    error
}

/// Which vector an error is of; nothing where there is only the empty one.
pub(super) fn at(theta: &[f64]) -> String {
    if theta.is_empty() { String::new() } else { format!("theta {}: ", list(theta)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_vector_unless_that_is_empty() {
        assert_eq!(at(&[1.0, 0.5]), "theta 1,0.5: ");
        assert_eq!(at(&[]), "");
    }
}
