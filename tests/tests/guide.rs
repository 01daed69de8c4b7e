//! What the guide prints is what is printed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use sojourn_tests::{Home, executables};

/// The commands of a text's console blocks, each with the lines that it is said to answer with.
fn examples(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            _ if line.starts_with("```") => inside = line == "```console",
            (Some(command), _) if inside => found.push((command, Vec::new())),
            (None, Some((_, lines))) if inside => lines.push(line),
            _ => {}
        }
    }
    found
}

#[test]
fn every_answer_that_the_guide_shows_is_the_one_that_is_given() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the project");
    let guide = fs::read_to_string(root.join("docs/guide.md")).expect("the guide");
    let home = Home::new();
    let folder = home.path("reader");
    fs::create_dir(&folder).expect("a folder");
    symlink(root.join("examples"), folder.join("examples")).expect("a link");
    let sojourn = executables().sojourn.parent().expect("a folder");
    let path = format!("{}:{}", sojourn.display(), std::env::var("PATH").unwrap_or_default());
    let shown = examples(&guide).into_iter().filter(|(_, lines)| !lines.is_empty());
    let mut compared = 0;
    for (command, lines) in shown {
        let shell = home
            .program(Path::new("sh"))
            .args(["-c", command])
            .env("PATH", &path)
            .current_dir(&folder)
            .output();
        let ended = shell.expect("a shell");
        let answered = String::from_utf8(ended.stdout).expect("text");
        let begin: Vec<&str> = answered.lines().take(lines.len()).map(str::trim_end).collect();
        assert_eq!(begin, lines, "{command}: {answered}{}", String::from_utf8_lossy(&ended.stderr));
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
}
