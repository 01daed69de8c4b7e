//! Numbers in files: JSON Lines, CSV, or an array of NumPy's. A file appears whole, once all is told.

mod csv;
mod npy;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sojourn_engine::evaluate::Numbers;
use sojourn_engine::{Trace, Unanswered};
use sojourn_proto::DeviceId;

use super::distribution::Found;
use super::line::line;
use super::report::failed;
use super::{Asked, columns};
use crate::error::CommandError;
use crate::output::{beside, write_file};
use crate::render::progress::Counter;

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A line of JSON for each vector, as on standard output with `--json`.
    JsonLines,
    /// A heading, and a line of numbers for each vector.
    Csv,
    /// An array of doubles with a row for each vector.
    Npy,
}

impl Format {
    /// By the end of the file's name.
    pub(crate) fn of(path: &Path) -> Result<Format, CommandError> {
        match path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            "csv" => Ok(Format::Csv),
            "npy" => Ok(Format::Npy),
            _ => Err(CommandError::Usage(format!(
                "-o {}: the name of a file of numbers ends in .jsonl, .csv or .npy",
                path.display()
            ))),
        }
    }
}

/// What was found at a vector, or why nothing was.
pub(super) type Told<'t> = Result<(&'t Numbers, &'t Found), &'t Unanswered>;

/// A file being written, under another name until it is whole.
pub(super) struct Writer<'a> {
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
    format: Format,
    asked: &'a Asked,
    names: Vec<String>,
    vectors: u64,
    rows: u64,
    counter: Counter,
}

impl<'a> Writer<'a> {
    /// A file for what is asked of a trace. Progress is shown where wanted.
    pub(super) fn new(
        path: &Path,
        format: Format,
        progress: bool,
        asked: &'a Asked,
        trace: &Trace,
    ) -> Result<Writer<'a>, CommandError> {
        if format != Format::JsonLines && asked.samples.is_some() && !asked.only_samples() {
            let text = "in .csv and .npy samples have a line each, so ask for nothing else with them; or write .jsonl";
            return Err(CommandError::Usage(format!("-o {}: {text}", path.display())));
        }
        let temporary = beside(path);
        let file = File::create(&temporary).map_err(|error| unwritable(path, &error))?;
        let mut writer = Writer {
            path: path.to_owned(),
            temporary,
            file: BufWriter::with_capacity(1 << 18, file),
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
            Format::Npy => npy::header(&mut writer.file, 0, writer.names.len() as u64),
        };
        begun.map_err(|error| unwritable(path, &error))?;
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
        self.write(theta, told, device).map_err(|error| unwritable(&self.path, &error))
    }

    fn write(&mut self, theta: &[f64], told: Told<'_>, device: Option<DeviceId>) -> io::Result<()> {
        let asked = self.asked;
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

    /// Makes the file whole, and gives it its name.
    pub(super) fn finish(mut self) -> Result<(), CommandError> {
        if self.format == Format::Npy {
            let names = serde_json::to_vec(&self.names).unwrap_or_default();
            write_file(&npy::names_beside(&self.path), &names)?;
        }
        self.close().map_err(|error| unwritable(&self.path, &error))
    }

    fn close(&mut self) -> io::Result<()> {
        if self.format == Format::Npy {
            npy::complete(&mut self.file, self.rows, self.names.len() as u64)?;
        }
        self.file.flush()?;
        std::fs::rename(&self.temporary, &self.path)
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // Renamed where it is whole; what is left of one that was broken off is of no use to anyone.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

fn unwritable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::Failed(format!("{} can not be written: {error}", path.display()))
}
