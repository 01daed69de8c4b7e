//! Numbers in files: JSON Lines, CSV, or an array of NumPy's. A file appears whole, once all is told.

mod csv;
mod npy;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use sojourn_engine::evaluate::Numbers;
use sojourn_engine::{Trace, Unanswered};
use sojourn_proto::DeviceId;

use super::distribution::Found;
use super::line::line;
use super::report::failed;
use super::{Asked, columns};
use crate::error::CommandError;
use crate::output::{OutputFile, is_stream};
use crate::render::progress::Counter;

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line of JSON for each vector, as on standard output with `--json`.
    #[value(name = "jsonl")]
    JsonLines,
    /// A heading, and a line of numbers for each vector.
    Csv,
    /// An array of doubles with a row for each vector.
    Npy,
}

impl Format {
    /// As given, else by the end of the file's name; of a pipe, a device or `-` JSON Lines.
    pub(crate) fn of(path: &Path, given: Option<Format>) -> Result<Format, CommandError> {
        if let Some(format) = given {
            return Ok(format);
        }
        match path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            "csv" => Ok(Format::Csv),
            "npy" => Ok(Format::Npy),
            _ if is_stream(path) => Ok(Format::JsonLines),
            _ => Err(CommandError::Usage(format!(
                "-o {}: the name of a file of numbers ends in .jsonl, .csv or .npy; or give --format",
                path.display()
            ))),
        }
    }
}

/// What was found at a vector, or why nothing was.
pub(super) type Told<'t> = Result<(&'t Numbers, &'t Found), &'t Unanswered>;

/// A file of numbers being written.
pub(super) struct Writer<'a> {
    file: OutputFile,
    /// Where the names of an array's columns go.
    beside: Option<OutputFile>,
    /// Rows of an array whose header is still to be written.
    rows_to_come: Option<u64>,
    format: Format,
    asked: &'a Asked,
    names: Vec<String>,
    vectors: u64,
    rows: u64,
    counter: Counter,
}

impl<'a> Writer<'a> {
    /// A file for what is asked of a trace. Progress is shown where wanted. A stream of an array that is known to have
    /// so many `rows` gets them as they come; unless a single vector fails, which has one.
    pub(super) fn new(
        path: &Path,
        (format, rows): (Format, Option<u64>),
        progress: bool,
        asked: &'a Asked,
        trace: &Trace,
    ) -> Result<Writer<'a>, CommandError> {
        if format != Format::JsonLines && asked.samples.is_some() && !asked.only_samples() {
            let text = "in .csv and .npy samples have a line each, so ask for nothing else with them; or write .jsonl";
            return Err(CommandError::Usage(format!("-o {}: {text}", path.display())));
        }
        let is_array = format == Format::Npy;
        let has_beside = is_array && !is_stream(path);
        // How many rows an array has is mostly known at its end.
        let is_rewritten = is_array && (has_beside || rows.is_none());
        let mut writer = Writer {
            file: if is_rewritten { OutputFile::create_rewritable(path) } else { OutputFile::create(path) }?,
            rows_to_come: rows.filter(|_| is_array && !is_rewritten),
            beside: has_beside.then(|| OutputFile::create(&npy::names_beside(path))).transpose()?,
            format,
            asked,
            names: columns::names(asked, trace),
            vectors: 0,
            rows: 0,
            counter: Counter::new(progress),
        };
        let begun = match format {
            Format::JsonLines => Ok(()),
            Format::Csv => csv::heading(&mut writer.file, &writer.names),
            Format::Npy if writer.rows_to_come.is_some() => Ok(()),
            Format::Npy => writer.file.write_all(&npy::header(0, writer.names.len() as u64)),
        };
        begun.map_err(|error| writer.file.failed(&error))?;
        Ok(writer)
    }

    /// Takes what was found at a vector, or why nothing was.
    pub(super) fn take(
        &mut self,
        theta: &[f64],
        told: Told<'_>,
        device: Option<DeviceId>,
    ) -> Result<(), CommandError> {
        self.vectors += 1;
        self.counter.at(self.vectors);
        self.write(theta, told, device).map_err(|error| self.file.failed(&error))
    }

    /// Writes the header of an array that goes to a stream.
    fn begin(&mut self, rows: u64) -> io::Result<()> {
        self.file.write_all(&npy::header(rows, self.names.len() as u64))
    }

    fn write(&mut self, theta: &[f64], told: Told<'_>, device: Option<DeviceId>) -> io::Result<()> {
        let asked = self.asked;
        if self.rows_to_come.take().is_some() {
            self.begin(1)?;
        }
        match self.format {
            Format::JsonLines => {
                match told {
                    Ok((numbers, found)) => {
                        serde_json::to_writer(&mut self.file, &line(theta, (numbers, found), asked, device))?;
                    }
                    Err(error) => serde_json::to_writer(&mut self.file, &failed(theta, error))?,
                }
                self.file.write_all(b"\n")
            }
            Format::Csv => match told {
                Ok((numbers, found)) => columns::rows(theta, numbers, found, asked)
                    .try_for_each(|row| csv::row(&mut self.file, &row)),
                Err(error) => csv::failure(&mut self.file, theta, self.names.len(), &error.message),
            },
            Format::Npy => match told {
                Ok((numbers, found)) => columns::rows(theta, numbers, found, asked).try_for_each(|row| {
                    self.rows += 1;
                    npy::row(&mut self.file, &row)
                }),
                Err(_) => {
                    self.rows += 1;
                    npy::failure(&mut self.file, theta, self.names.len())
                }
            },
        }
    }

    /// What the file is.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Takes bytes in the format of the file, with which so many rows end.
    pub(super) fn rendered(&mut self, bytes: &[u8], rows: u64) -> Result<(), CommandError> {
        self.rows += rows;
        let begun = self.rows_to_come.take().map_or(Ok(()), |rows| self.begin(rows));
        begun.and_then(|()| self.file.write_all(bytes)).map_err(|error| self.file.failed(&error))
    }

    /// Makes the file whole, and the names of its columns.
    pub(super) fn finish(mut self) -> Result<(), CommandError> {
        if self.format == Format::Npy && !self.file.is_stream() {
            let header = npy::header(self.rows, self.names.len() as u64);
            self.file.write_beginning(&header).map_err(|error| self.file.failed(&error))?;
        }
        if let Some(mut beside) = self.beside {
            let names = serde_json::to_vec(&self.names).unwrap_or_default();
            beside.write_all(&names).map_err(|error| beside.failed(&error))?;
            beside.finish()?;
        }
        self.file.finish()
    }
}
