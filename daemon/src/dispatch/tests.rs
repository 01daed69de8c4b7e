//! The task with in-process stand-ins for sessions, workers and the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use sojourn_proto::{
    BatchOptions, DaemonReport, FailureKind, Key, ShutdownMode, Source, Summary, Table, Target, WorkKind,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{Identity, Pool, Put, Store, run};
use crate::exchange::{
    Exit, Finished, Needed, Notice, Role, SessionEvent, Task, Work, WorkerCommand, WorkerEvent, WorkerId,
};
use crate::queue::Policy;

const PLAIN: BatchOptions = BatchOptions { workers: 0, no_store: false, force: false };

type Shelf = Arc<Mutex<HashMap<(Table, Option<u32>, Key), Bytes>>>;

/// A store in memory.
struct Memory {
    shelf: Shelf,
    notices: mpsc::Sender<Notice>,
}

impl Store for Memory {
    fn look_up(&mut self, kind: WorkKind, key: Key) {
        let table = if kind == WorkKind::Graph { Table::Traces } else { Table::Plans };
        let found = self.shelf.lock().expect("nobody panicked").get(&(table, None, key)).cloned();
        let notices = self.notices.clone();
        tokio::spawn(async move { notices.send(Notice::LookedUp { kind, key, found }).await });
    }

    fn put(&mut self, put: Put) {
        let Put { table, uid, key, payload } = put;
        self.shelf.lock().expect("nobody panicked").insert((table, uid, key), payload);
    }
}

/// A worker that answers each payload with itself and an exclamation mark, dies under `die`, and never
/// answers `hang`.
async fn worker(
    id: WorkerId,
    mut commands: mpsc::UnboundedReceiver<WorkerCommand>,
    notices: mpsc::Sender<Notice>,
) {
    let say = async |event| notices.send(Notice::Worker { worker: id, event }).await.is_ok();
    let killed = |signal| WorkerEvent::Exited(Exit::Signal { signal, out_of_memory: false });
    say(WorkerEvent::Spawned { pid: 1 }).await;
    say(WorkerEvent::Ready).await;
    while let Some(command) = commands.recv().await {
        let jobs = match command {
            WorkerCommand::Run(jobs) => jobs,
            WorkerCommand::Evict(_) => continue,
            WorkerCommand::Leave => {
                say(WorkerEvent::Exited(Exit::Code(0))).await;
                return;
            }
            WorkerCommand::End => {
                say(killed(15)).await;
                return;
            }
        };
        for Task { job, payload, blob, .. } in jobs {
            say(WorkerEvent::Begun { job }).await;
            match &payload[..] {
                b"die" => {
                    say(killed(9)).await;
                    return;
                }
                b"hang" => break,
                _ => {}
            }
            let result = Ok(Bytes::from([&payload[..], &blob, b"!"].concat()));
            let name = Some(Key::of_blob(&payload));
            say(WorkerEvent::Answered { job, micros: 1, name, result }).await;
        }
    }
}

/// Starts stand-ins for workers.
struct Processes(mpsc::Sender<Notice>);

impl Pool for Processes {
    fn spawn(&mut self, id: WorkerId, _: Role) -> mpsc::UnboundedSender<WorkerCommand> {
        let (sender, commands) = mpsc::unbounded_channel();
        tokio::spawn(worker(id, commands, self.0.clone()));
        sender
    }

    fn look(&mut self) {}
}

/// A running task, and one session with it.
struct Scene {
    notices: mpsc::Sender<Notice>,
    events: mpsc::UnboundedReceiver<SessionEvent>,
    idle: mpsc::UnboundedReceiver<()>,
    shelf: Shelf,
    task: JoinHandle<()>,
}

impl Scene {
    async fn new(policy: Policy) -> Scene {
        let (notices, receiver) = mpsc::channel(64);
        let (signal, idle) = mpsc::unbounded_channel();
        let shelf = Shelf::default();
        let store = Memory { shelf: Arc::clone(&shelf), notices: notices.clone() };
        let for_workers = notices.clone();
        let pool = Processes(for_workers);
        let identity = Identity { version: "test".to_owned(), protocol: 1 };
        let task = tokio::spawn(run(policy, identity, receiver, pool, store, signal));
        let (sender, events) = mpsc::unbounded_channel();
        let scene = Scene { notices, events, idle, shelf, task };
        scene.say(Notice::Opened { session: 1, uid: 7, pid: 8, events: sender }).await;
        scene
    }

    async fn say(&self, notice: Notice) {
        self.notices.send(notice).await.expect("the task runs");
    }

    async fn submit(&self, batch: u64, payloads: &[&'static str]) {
        let units = payloads
            .iter()
            .zip(0..)
            .map(|(payload, idx)| {
                let payload = Bytes::from_static(payload.as_bytes());
                let key = WorkKind::Graph.key(&payload);
                Work { idx, kind: WorkKind::Graph, key, payload, blob: Needed::Nothing }
            })
            .collect();
        self.say(Notice::Submit { session: 1, batch, options: PLAIN, units, more: false }).await;
    }

    async fn next(&mut self) -> SessionEvent {
        let next = tokio::time::timeout(Duration::from_secs(3600), self.events.recv());
        next.await.expect("within the deadline").expect("the task runs")
    }

    /// Answers by idx, and the last word, of the next batch.
    async fn batch(&mut self) -> (BTreeMap<i64, Result<Finished, FailureKind>>, Summary) {
        let mut answers = BTreeMap::new();
        loop {
            match self.next().await {
                SessionEvent::Answer { idx, result: Some(result), .. } => {
                    answers.insert(idx, result.map_err(|failure| failure.kind));
                }
                SessionEvent::Finished { summary, .. } => return (answers, summary),
                other => panic!("unexpected: {other:?}"),
            }
        }
    }

    async fn report(&self) -> DaemonReport {
        let (report, answer) = oneshot::channel();
        self.say(Notice::Report { report }).await;
        answer.await.expect("a report")
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_go_in_and_their_own_results_come_out() {
    let mut scene = Scene::new(Policy::default()).await;
    scene.submit(1, &["a", "b", "c", "a"]).await;
    let (answers, summary) = scene.batch().await;
    assert_eq!((summary.answered, summary.failed), (4, 0));
    for (idx, text) in [(0, "a!"), (1, "b!"), (2, "c!"), (3, "a!")] {
        assert_eq!(answers[&idx].as_ref().expect("it is done").payload, text);
    }
    let report = scene.report().await;
    assert_eq!((report.health.as_str(), report.sessions[0].uid), ("ready", 7));
    assert_eq!(report.workers.iter().map(|worker| worker.jobs).sum::<u64>(), 3, "a was computed once");
}

#[tokio::test(start_paused = true)]
async fn results_are_stored_under_key_and_name_and_served_from_there() {
    let mut scene = Scene::new(Policy::default()).await;
    scene.submit(1, &["a"]).await;
    scene.batch().await;
    {
        let shelf = scene.shelf.lock().expect("nobody panicked");
        let key = WorkKind::Graph.key(b"a");
        assert_eq!(shelf[&(Table::Traces, None, key)], "a!");
        assert_eq!(shelf[&(Table::Names, Some(7), Key::of_blob(b"a"))], "a!");
    }
    scene.submit(2, &["a"]).await;
    let (answers, _) = scene.batch().await;
    let again = answers[&0].as_ref().expect("it is done");
    assert_eq!((again.source, &again.payload[..]), (Source::Stored, &b"a!"[..]));
}

#[tokio::test(start_paused = true)]
async fn an_evaluation_goes_to_its_worker_with_its_blob_and_is_neither_looked_up_nor_stored() {
    let mut scene = Scene::new(Policy::default()).await;
    let kind = WorkKind::Evaluation { trace: Key::of_blob(b"trace"), target: Target::Cpu };
    let unit = |idx: i64, blob| {
        let payload = Bytes::from(format!("tile {idx} of "));
        Work { idx, kind, key: kind.key(&payload), payload, blob }
    };
    let units = vec![unit(0, Needed::Blob(Bytes::from_static(b"trace"))), unit(1, Needed::Missing)];
    scene.say(Notice::Submit { session: 1, batch: 1, options: PLAIN, units, more: false }).await;
    let (answers, summary) = scene.batch().await;
    assert_eq!(answers[&0].as_ref().expect("it is done").payload, "tile 0 of trace!");
    assert_eq!(answers[&1].as_ref().err(), Some(&FailureKind::MissingBlob));
    assert_eq!((summary.answered, summary.failed), (2, 1));
    assert!(scene.shelf.lock().expect("nobody panicked").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_dies_costs_its_own_job_only() {
    let mut scene = Scene::new(Policy { workers: 1, ..Policy::default() }).await;
    scene.submit(1, &["a", "die", "b", "c"]).await;
    let (answers, summary) = scene.batch().await;
    assert_eq!(summary.failed, 1);
    assert_eq!(answers[&1].as_ref().err(), Some(&FailureKind::WorkerLost));
}

#[tokio::test(start_paused = true)]
async fn time_limits_are_kept_without_any_notice_coming() {
    let mut scene = Scene::new(Policy::default()).await;
    scene.submit(1, &["hang"]).await;
    let (answers, _) = scene.batch().await;
    assert_eq!(answers[&0].as_ref().err(), Some(&FailureKind::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_answered_when_the_old_workers_are_gone() {
    let mut scene = Scene::new(Policy::default()).await;
    scene.submit(1, &["a"]).await;
    scene.batch().await;
    let (done, answer) = oneshot::channel();
    scene.say(Notice::RestartWorkers { done }).await;
    answer.await.expect("it is done");
    let report = scene.report().await;
    assert!(report.workers.iter().all(|worker| worker.jobs == 0), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_after_a_shutdown_with_goodbye_as_the_last_word() {
    let mut scene = Scene::new(Policy::default()).await;
    scene.submit(1, &["a", "b"]).await;
    let (done, answer) = oneshot::channel();
    scene.say(Notice::Shutdown { mode: ShutdownMode::Drain, done: Some(done) }).await;
    answer.await.expect("no more work is taken");
    let (_, summary) = scene.batch().await;
    assert_eq!((summary.answered, summary.failed), (2, 0));
    assert!(matches!(scene.next().await, SessionEvent::Goodbye { .. }));
    scene.task.await.expect("it ends in order");
    assert!(scene.events.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn idleness_is_told_by_the_clock_alone() {
    let mut scene = Scene::new(Policy { idle: Some(Duration::from_secs(60)), ..Policy::default() }).await;
    scene.say(Notice::Closed { session: 1 }).await;
    assert_eq!(scene.idle.recv().await, Some(()));
}

#[tokio::test(start_paused = true)]
async fn other_bounds_hold_from_the_moment_they_are_set() {
    let mut scene = Scene::new(Policy::default()).await;
    let policy = Box::new(Policy { units_per_session: 1, ..Policy::default() });
    scene.say(Notice::Configure { policy }).await;
    scene.submit(1, &["a", "b"]).await;
    let SessionEvent::Refused { failure, .. } = scene.next().await else { panic!("not refused") };
    assert_eq!(failure.kind, FailureKind::LimitExceeded);
}
