//! Jobs files: JSON Lines of `{"idx": 12, "hash": null, "graph": {..}}`, everything a job needs in one line.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::BufRead;

use serde::Deserialize;
use serde_json::value::RawValue;
use sojourn_engine::Graph;
use sojourn_engine::formats::{self, FormatError};
use sojourn_proto::Key;

use super::{LoadError, Problem, Reading};

/// One line of a jobs file.
#[derive(Debug)]
pub struct Job {
    /// Place in the batch; below zero it is padding.
    pub idx: i64,
    /// Line of the file, from 1.
    pub line: usize,
    /// The hash given, where it is one of ours: the graph's must be the same.
    pub claim: Option<Key>,
    /// The hash given, where it is someone else's.
    pub label: Option<String>,
    /// The graph, or what is wrong with it; none for padding.
    pub graph: Option<Result<Graph, String>>,
}

#[derive(Deserialize)]
struct Line<'a> {
    idx: i64,
    #[serde(default)]
    hash: Option<String>,
    #[serde(borrow, default)]
    graph: Option<&'a RawValue>,
}

/// Most bytes of a line.
const MAX_LINE: usize = 1 << 30;
/// Most bytes of a foreign hash, which is repeated in the answer.
const MAX_LABEL: usize = 1024;

/// Reads a jobs file line by line. A line that is not a job is an error of the file; a graph that can not be is an
/// error of its job alone. Empty lines are skipped.
///
/// # Errors
/// Names file and line: not JSON, no `idx`, a job without graph, an index that stands twice, a line of more than
/// 1 GiB.
pub fn read(name: impl AsRef<OsStr>, reading: impl Into<Reading>) -> Result<Vec<Job>, LoadError> {
    let name = name.as_ref();
    super::bytes::reader(name)
        .and_then(|mut input| parse(&mut input, reading.into()))
        .map_err(|problem| LoadError::new(name.to_string_lossy(), problem))
}

fn parse(input: &mut dyn BufRead, reading: Reading) -> Result<Vec<Job>, Problem> {
    let mut first_lines: HashMap<i64, usize> = HashMap::new();
    let mut jobs = Vec::new();
    let (mut text, mut line) = (Vec::new(), 0);
    while next_line(input, &mut text, line + 1)? {
        line += 1;
        if text.trim_ascii().is_empty() {
            continue;
        }
        let wrong = |message: String| Problem::Line { line, message };
        let checked = formats::check_json(&text).map_err(|error| wrong(without_line(error)))?;
        let parsed: Line<'_> = serde_json::from_slice(checked).map_err(|error| wrong(describe(&error)))?;
        if parsed.idx >= 0
            && let Some(first) = first_lines.insert(parsed.idx, line)
        {
            return Err(wrong(format!("idx {} stands on line {first} already", parsed.idx)));
        }
        jobs.push(job(parsed, line, reading).map_err(wrong)?);
    }
    Ok(jobs)
}

/// Reads a line without its end into `text`; false where there is none.
fn next_line(input: &mut dyn BufRead, text: &mut Vec<u8>, line: usize) -> Result<bool, Problem> {
    text.clear();
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(!text.is_empty());
        }
        let end = available.iter().position(|&byte| byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        if text.len() + part.len() > MAX_LINE {
            let message = format!("more than {MAX_LINE} bytes, the limit of a line");
            return Err(Problem::Line { line, message });
        }
        text.try_reserve(part.len()).map_err(|_| Problem::Memory)?;
        text.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// Returns the text of an error of a line's JSON, which stands on line 1 of itself.
fn without_line(error: FormatError) -> String {
    match error {
        FormatError::Json { message, column, .. } => format!("{message}, at column {column}"),
        other => other.to_string(),
    }
}

fn job(parsed: Line<'_>, line: usize, reading: Reading) -> Result<Job, String> {
    let Line { idx, hash, graph } = parsed;
    // Sixty-four hexadecimal digits are a hash of ours; anything else is a name that others gave.
    if let Some(hash) = hash.as_ref().filter(|hash| hash.len() > MAX_LABEL) {
        return Err(format!("hash: a text of {} bytes, the limit is {MAX_LABEL}", hash.len()));
    }
    let (claim, label) = match hash.map(|text| (text.parse::<Key>(), text)) {
        Some((Ok(key), _)) => (Some(key), None),
        Some((Err(_), text)) => (None, Some(text)),
        None => (None, None),
    };
    let graph = match graph {
        _ if idx < 0 => None,
        Some(raw) => {
            let bytes = raw.get().as_bytes();
            let graph = formats::read_json(bytes, reading.counts_steps()).map_err(Problem::Format);
            let graph = graph.and_then(|graph| reading.apply_to_file(graph, bytes));
            Some(graph.map_err(|problem| problem.to_string()))
        }
        None => return Err(format!("the job of idx {idx} has no graph; padding has an idx below zero")),
    };
    Ok(Job { idx, line, claim, label, graph })
}

/// A parser's error without its `at line 1`, which would be taken for the file's line.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    format!("{}, at column {}", formats::shortened(text, 300), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::Kind;

    fn parse(mut bytes: &[u8], discrete: bool) -> Result<Vec<Job>, Problem> {
        super::parse(&mut bytes, discrete.into())
    }

    const GRAPH: &str = r#"{"states":[[0],[2],[1]],"edges":[[1,2,1.0]],"start_edges":[[1,1.0]],"param_edges":[],"start_param_edges":[],"param_length":0,"state_length":1,"n_vertices":3}"#;

    fn line(idx: i64, hash: &str) -> String {
        format!("{{\"idx\": {idx}, \"hash\": {hash}, \"graph\": {GRAPH}}}\n")
    }

    #[test]
    fn a_file_is_read_line_by_line_whatever_the_order_of_its_indices() {
        let text = format!("{}\n{}", line(12, "null"), line(3, "null"));
        let jobs = parse(text.as_bytes(), false).unwrap();
        assert_eq!(jobs.iter().map(|job| (job.idx, job.line)).collect::<Vec<_>>(), [(12, 1), (3, 3)]);
        assert!(jobs.iter().all(|job| matches!(&job.graph, Some(Ok(graph)) if graph.vertices() == 3)));
    }

    #[test]
    fn a_hash_of_ours_is_a_claim_and_any_other_a_label() {
        let ours = "\"".to_owned() + &"ab".repeat(32) + "\"";
        let text = line(0, &ours) + &line(1, "\"sha1:abc\"") + &line(2, "null");
        let jobs = parse(text.as_bytes(), false).unwrap();
        assert_eq!(jobs[0].claim.map(|key| key.to_string()), Some("ab".repeat(32)));
        assert_eq!(jobs[1].label.as_deref(), Some("sha1:abc"));
        assert!(jobs[1].claim.is_none() && jobs[2].claim.is_none() && jobs[2].label.is_none());
    }

    #[test]
    fn padding_needs_no_graph_and_may_stand_often() {
        let jobs = parse(b"{\"idx\":-1}\n{\"idx\":-1,\"hash\":null,\"graph\":null}\n", false).unwrap();
        assert_eq!(jobs.len(), 2);
        assert!(jobs.iter().all(|job| job.graph.is_none()));
    }

    #[test]
    fn a_duplicate_index_is_refused_with_both_lines() {
        let text = line(7, "null") + &line(7, "null");
        let message = parse(text.as_bytes(), false).unwrap_err().to_string();
        assert!(
            message.contains("line 2") && message.contains("line 1") && message.contains('7'),
            "{message}"
        );
    }

    #[test]
    fn a_line_that_is_not_a_job_names_its_number() {
        for bad in
            ["{\"idx\": 0, \"graph\": {\"sta", "{\"hash\": null}", "[]", "{\"idx\": 1.5}", "{\"idx\": 0}"]
        {
            let text = line(9, "null") + bad;
            let message = parse(text.as_bytes(), false).unwrap_err().to_string();
            assert!(message.starts_with("line 2: "), "{bad}: {message}");
        }
    }

    #[test]
    fn a_graph_that_can_not_be_fails_its_own_job_only() {
        let text = line(0, "null") + "{\"idx\": 1, \"graph\": {\"states\": 3}}\n";
        let jobs = parse(text.as_bytes(), false).unwrap();
        assert!(matches!(&jobs[0].graph, Some(Ok(_))));
        assert!(matches!(&jobs[1].graph, Some(Err(_))));
    }

    #[test]
    fn a_continuous_graph_in_a_batch_said_to_count_steps_fails_its_own_job() {
        let matrices = |kind: &str| format!(r#"{{"alpha":[1],"S":[[-0.5]]{kind}}}"#);
        let job = |idx: i64, graph: &str| format!("{{\"idx\": {idx}, \"graph\": {graph}}}\n");
        let text = job(0, &matrices(r#","kind":"continuous""#)) + &job(1, GRAPH);
        let jobs = parse(text.as_bytes(), true).unwrap();
        assert!(matches!(&jobs[0].graph, Some(Err(message)) if message.contains("--discrete")));
        assert!(matches!(&jobs[1].graph, Some(Ok(graph)) if graph.kind() == Kind::Discrete));
        assert!(parse(text.as_bytes(), false).unwrap().iter().all(|job| matches!(&job.graph, Some(Ok(_)))));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_words_and_nesting_are_bounded() {
        let text = format!("\u{feff}{}", line(1, "null"));
        assert_eq!(parse(text.as_bytes(), false).unwrap().len(), 1);
        let deep = line(1, "null") + &format!("{{\"idx\":2,\"graph\":{}}}", "[".repeat(100));
        let message = parse(deep.as_bytes(), false).unwrap_err().to_string();
        assert!(message.starts_with("line 2: brackets nested more than 64 deep"), "{message}");
        let long = line(1, &format!("\"{}\"", "x".repeat(MAX_LABEL + 1)));
        let message = parse(long.as_bytes(), false).unwrap_err().to_string();
        assert!(message.starts_with("line 1: hash: a text of 1025 bytes"), "{message}");
    }
}
