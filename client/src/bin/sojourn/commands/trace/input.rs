//! What is to be traced: files in the order given, then the jobs of a file.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};

use sojourn_client::hierarchy::Source;
use sojourn_client::load::{self, Document, Reading, jobs};
use sojourn_client::{Error, Item, JobError};

use crate::error::CommandError;

/// The items of a batch: files have the indices 0, 1, .., jobs their own. Files that can not be read are an
/// error before anything is done, all of them named; they are read as graphs only where their traces are not
/// stored. A job whose graph can not be read fails by itself.
pub(super) fn items(
    files: &[OsString],
    jobs: Option<&OsStr>,
    reading: impl Into<Reading>,
) -> Result<Vec<Item>, CommandError> {
    let reading: Reading = reading.into();
    if files.iter().filter(|name| *name == "-").count() > 1 {
        return Err(CommandError::Usage("standard input, `-`, can be read once only".into()));
    }
    let mut items = Vec::with_capacity(files.len());
    let mut wrong = Vec::new();
    for (idx, name) in files.iter().enumerate() {
        match Document::open(name, reading) {
            Ok(document) => items.push(Item::unread(idx as i64, label(name).into_owned(), document)),
            Err(error) => wrong.push(error),
        }
    }
    if !wrong.is_empty() {
        // Those that are no graphs are named as well, and not only at the next try.
        let documents = items.iter().filter_map(|item| match &item.graph {
            Source::Document(document) => Some(document),
            Source::Chain(_) | Source::Missing(_) => None,
        });
        wrong.extend(documents.filter_map(|document| document.load().err()));
        return Err(Error::Load(wrong).into());
    }
    if let Some(name) = jobs {
        items.extend(jobs::read(name, reading)?.into_iter().map(|job| of_job(name, job)));
    }
    Ok(items)
}

fn label(name: &OsStr) -> Cow<'_, str> {
    if name == "-" { Cow::Borrowed("standard input") } else { name.to_string_lossy() }
}

fn of_job(name: &OsStr, job: jobs::Job) -> Item {
    let jobs::Job { idx, line, claim, label, graph } = job;
    let label = label.unwrap_or_else(|| format!("{}:{line}", load::short_name(&name.to_string_lossy())));
    match graph {
        None => Item::padding(idx),
        Some(Ok(graph)) => Item { claim, ..Item::new(idx, label, &graph) },
        Some(Err(message)) => Item { idx, label, claim, graph: Source::Missing(JobError::invalid(message)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_can_not_be_read_is_named() {
        let files = ["/nowhere/a", "model:coalescent,n=3", "/nowhere/b"].map(OsString::from);
        let error = items(&files, None, false).unwrap_err();
        assert_eq!(error.exit_code(), 4);
        assert!(error.to_string().contains("/nowhere/a") && error.to_string().contains("/nowhere/b"));
    }

    #[test]
    fn files_are_numbered_in_the_order_given_and_labelled_as_named() {
        let files = ["model:coalescent,n=3", "model:mm1k,k=2"].map(OsString::from);
        let items = items(&files, None, false).unwrap();
        assert_eq!(items.iter().map(|item| item.idx).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(items[1].label, "model:mm1k,k=2");
    }

    #[test]
    fn a_job_is_labelled_by_its_foreign_hash_or_by_its_line() {
        let text = "{\"idx\":4,\"hash\":\"phasic-1\",\"graph\":{}}\n{\"idx\":5,\"graph\":{}}\n{\"idx\":-1}\n";
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("j.jsonl");
        std::fs::write(&path, text).unwrap();
        let items = items(&[], Some(path.as_os_str()), false).unwrap();
        let labels: Vec<&str> = items.iter().map(|item| item.label.as_str()).collect();
        assert_eq!(labels, ["phasic-1", "j.jsonl:2", ""]);
        assert!(matches!(items[0].graph, Source::Missing(_)) && items[2].idx == -1);
    }
}
