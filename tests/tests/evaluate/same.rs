//! The same bytes wherever they are computed.

use sojourn_tests::{Home, wait_for};

use crate::{Evaluation, PATIENCE, vectors};

const ASKED: [&str; 12] = [
    "--moments",
    "3",
    "--covariance",
    "--cdf",
    "0.5,2",
    "--quantile",
    "0.5",
    "--laplace",
    "0.25",
    "--residence",
    "--json",
    "model:coalescent,n=8",
];

fn answers(home: &Home, more: &[&str]) -> String {
    let file = home.file("thetas.csv", &vectors(0, 300));
    let arguments = [&["eval", "--thetas", &file][..], &ASKED, more].concat();
    let finished = home.run(&arguments);
    assert_eq!(finished.code, Some(1), "some are refused: {}", finished.stderr);
    finished.stdout
}

#[test]
fn answers_are_the_same_bytes_here_in_threads_and_in_any_number_of_workers() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "4"]);
    let here = answers(&home, &["--workers", "1"]);
    assert_eq!(here.lines().count(), 300);
    for (at, line) in here.lines().enumerate() {
        assert_eq!(line.contains("\"error\""), at % 50 == 7, "{line}");
    }
    let session = home.session().status();
    assert_eq!(session.workers.iter().map(|worker| worker.jobs).sum::<u64>(), 0, "nothing was sent");
    for more in [
        &["--strategy", "sequential", "--workers", "3"][..],
        &["--strategy", "vmap", "--workers", "1"],
        &["--strategy", "vmap", "--workers", "2"],
        &["--strategy", "vmap", "--workers", "4"],
        &["--strategy", "vmap"],
        &["--strategy", "vmap", "--no-cache"],
        &[],
    ] {
        assert!(answers(&home, more) == here, "{more:?}");
    }
}

#[test]
fn no_vector_is_lost_where_work_moves_from_here_to_workers() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let question = ["eval", "model:coalescent,n=12", "--pdf", "0:8:40", "--json", "--workers", "2"];
    // So many that what is left is worth a look for GPUs, then workers; those who do not read them all get no more.
    let auto = [&question[..], &["--strategy", "auto"]].concat();
    let mut run = Evaluation::start(&home, &auto, vectors(0, 100_000));
    let mut found = String::new();
    let mut lines = 0;
    let mut sent_at = usize::MAX;
    while lines < sent_at.saturating_add(500) {
        found += &run.line();
        lines += 1;
        let jobs =
            |home: &Home| home.session().status().workers.iter().map(|worker| worker.jobs).sum::<u64>();
        if sent_at == usize::MAX && lines % 100 == 0 && jobs(&home) > 0 {
            sent_at = lines;
        }
    }
    run.kill();
    let here = home.file("here.csv", &vectors(0, lines));
    let expected = home.run(&[&question[..5], &["--workers", "1", "--thetas", &here]].concat()).stdout;
    assert!(found == expected, "{lines} lines");
}

#[test]
fn two_clients_at_once_get_their_own_answers() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let expected = |model: &str| {
        let file = home.file(&format!("{model}.csv"), &vectors(0, 1000));
        home.run(&["eval", model, "--thetas", &file, "--workers", "1", "--json"]).stdout
    };
    let models = ["model:coalescent,n=9", "model:coalescent,n=10"];
    let running = models.map(|model| {
        Evaluation::start(&home, &["eval", model, "--strategy", "vmap", "--json"], vectors(0, 1000))
    });
    for (one, model) in running.into_iter().zip(models) {
        assert!(one.rest() == (expected(model), Some(1)), "{model}");
    }
}

#[test]
fn with_no_cache_nothing_is_written_and_without_a_daemon_none_is_left_behind_by_small_work() {
    let home = Home::new();
    let arguments = ["eval", "model:coalescent,n=6", "--thetas", "[[1],[2]]", "--json"];
    let here = home.ok(&arguments);
    assert_eq!(here.lines().count(), 2);
    assert!(home.pid_if_any().is_none(), "a handful is answered here");
    let more = ["--strategy", "vmap", "--no-cache"];
    assert_eq!(home.ok(&[&arguments[..], &more].concat()), here);
    wait_for("a daemon", PATIENCE, || home.pid_if_any());
    let status = home.status();
    assert_eq!(status["cache"]["entries"], 0, "{status}");
}
