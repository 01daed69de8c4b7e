//! Anything in any order: random histories, checked after each step, and everything answered at the end.

use proptest::prelude::*;
use sojourn_proto::{BatchOptions, Failure, FailureKind, ShutdownMode, Target, WorkKind};

use super::world::{World, key, ms};
use crate::exchange::Exit;
use crate::queue::{Blob, Claim, Event, Policy, Said};

/// One random thing; the numbers choose among what there is.
#[derive(Debug, Clone)]
enum Act {
    Open,
    Close(usize),
    Submit { session: usize, batch: u64, count: u64, keys: u64, options: BatchOptions, more: bool },
    Cancel { session: usize, batch: u64 },
    Written(usize),
    LookUp { hit: bool },
    Start(usize),
    FailStart(usize),
    Begin(usize),
    Work(usize),
    Fail(usize),
    Die { worker: usize, how: usize },
    Gone,
    Sample { worker: usize, rss: u64 },
    Garbage(usize),
    Unreapable(usize),
    Pass(u64),
    Restart,
}

fn acts() -> impl Strategy<Value = Act> {
    let n = 0..8_usize;
    let options = (0..4_u32, any::<bool>(), any::<bool>())
        .prop_map(|(workers, no_store, force)| BatchOptions { workers, no_store, force });
    let submit = (n.clone(), 0..4_u64, 0..12_u64, 1..40_u64, options, any::<bool>()).prop_map(
        |(session, batch, count, keys, options, more)| Act::Submit {
            session,
            batch,
            count,
            keys,
            options,
            more,
        },
    );
    prop_oneof![
        2 => Just(Act::Open),
        1 => n.clone().prop_map(Act::Close),
        10 => submit,
        2 => (n.clone(), 0..4_u64).prop_map(|(session, batch)| Act::Cancel { session, batch }),
        5 => n.clone().prop_map(Act::Written),
        12 => any::<bool>().prop_map(|hit| Act::LookUp { hit }),
        8 => n.clone().prop_map(Act::Start),
        1 => n.clone().prop_map(Act::FailStart),
        10 => n.clone().prop_map(Act::Begin),
        25 => n.clone().prop_map(Act::Work),
        2 => n.clone().prop_map(Act::Fail),
        3 => (n.clone(), 0..7_usize).prop_map(|(worker, how)| Act::Die { worker, how }),
        6 => Just(Act::Gone),
        1 => (n.clone(), 0..3000_u64).prop_map(|(worker, rss)| Act::Sample { worker, rss }),
        1 => n.clone().prop_map(Act::Garbage),
        1 => n.prop_map(Act::Unreapable),
        5 => (0..400_u64).prop_map(Act::Pass),
        1 => Just(Act::Restart),
    ]
}

struct Player {
    world: World,
    sessions: Vec<u64>,
    last_session: u64,
    next_idx: i64,
}

impl Player {
    fn session(&self, n: usize) -> u64 {
        self.sessions.get(n % self.sessions.len().max(1)).copied().unwrap_or(0)
    }

    fn worker(&self, n: usize) -> Option<u64> {
        self.world.workers.keys().nth(n % self.world.workers.len().max(1)).copied()
    }

    fn play(&mut self, act: Act) {
        match act {
            Act::Open => {
                self.last_session += 1;
                self.sessions.push(self.last_session);
                self.world.open(self.last_session);
            }
            Act::Close(n) => {
                let session = self.session(n);
                self.sessions.retain(|&other| other != session);
                self.world.step(Event::Closed { session });
            }
            Act::Submit { session, batch, count, keys, options, more } => {
                let session = self.session(session);
                // A batch number of a session is used once, so a finished one gets the next free number.
                let batch = (0..)
                    .map(|n| batch + 4 * n)
                    .find(|&number| !self.world.finished.contains_key(&(session, number)))
                    .expect("numbers are endless");
                let units = (0..count).map(|n| self.unit(n % keys)).collect();
                self.world.step(Event::Submit { session, batch, options, units, more });
            }
            Act::Cancel { session, batch } => self.world.cancel(self.session(session), batch),
            Act::Written(n) => {
                self.world.step(Event::Written { session: self.session(n), bytes: 40 });
            }
            Act::LookUp { hit } => {
                if let Some((kind, key)) = self.world.look_ups.pop_front() {
                    self.world.step(Event::LookedUp { kind, key, found: hit.then_some(10) });
                }
            }
            Act::Pass(millis) => self.world.pass(ms(millis)),
            Act::Restart => self.world.step(Event::Restart { ticket: 1 }),
            Act::Gone => {
                if let Some(worker) = self.world.ending.pop_first() {
                    self.world.kill(worker, 15);
                } else if let Some(worker) = self.world.leaving.pop_first() {
                    self.world.exit(worker, Exit::Code(0));
                }
            }
            other => self.play_worker(&other),
        }
    }

    fn unit(&mut self, n: u64) -> Claim {
        self.next_idx += 1;
        let idx = if self.next_idx % 7 == 0 { -1 } else { self.next_idx };
        let (kind, blob) = match n % 4 {
            0 => (WorkKind::Graph, Blob::None),
            2 => (
                WorkKind::Evaluation { trace: key(n % 3), target: Target::Cpu },
                Blob::Here { bytes: 40 + n % 3 },
            ),
            3 if n % 8 == 7 => (WorkKind::Evaluation { trace: key(9), target: Target::Cpu }, Blob::Missing),
            _ => (WorkKind::Pattern, Blob::None),
        };
        Claim { idx, kind, key: key(n), bytes: 50, blob }
    }

    fn play_worker(&mut self, act: &Act) {
        let (Act::Start(n)
        | Act::FailStart(n)
        | Act::Begin(n)
        | Act::Work(n)
        | Act::Fail(n)
        | Act::Garbage(n)
        | Act::Unreapable(n)
        | Act::Die { worker: n, .. }
        | Act::Sample { worker: n, .. }) = *act
        else {
            return;
        };
        let Some(worker) = self.worker(n) else { return };
        let fresh = !self.world.started.contains(&worker);
        let told = self.world.ending.contains(&worker) || self.world.leaving.contains(&worker);
        let loaded = !self.world.workers[&worker].is_empty();
        match *act {
            Act::Start(_) if fresh => {
                self.world.started.insert(worker);
                self.world.said(worker, Said::Ready);
            }
            Act::FailStart(_) if fresh => {
                self.world.exit(worker, Exit::NotStarted { reason: "no".to_owned() });
            }
            // An ending worker may still speak: it must be void.
            Act::Begin(_) if loaded => {
                self.world.begin(worker);
            }
            Act::Work(_) if loaded => self.world.work(worker),
            Act::Fail(_) if loaded => {
                self.world.answer_with(worker, Err(Failure::new(FailureKind::WorkerPanicked, "oh")));
            }
            Act::Garbage(_) if !fresh => self.world.said(worker, Said::Begun { job: u64::MAX }),
            Act::Unreapable(_) if told => self.world.said(worker, Said::Unreapable),
            Act::Sample { rss, .. } => {
                self.world.said(worker, Said::Sampled { rss_bytes: rss, stopped: rss.is_multiple_of(2) });
            }
            Act::Die { how, .. } => {
                let signal = |signal| Exit::Signal { signal, out_of_memory: false };
                let violation = Exit::ProtocolViolation { what: "noise".to_owned() };
                let oom = Exit::Signal { signal: 9, out_of_memory: true };
                let exits = [signal(9), signal(9), signal(11), Exit::Code(0), Exit::Code(3), violation, oom];
                self.world.exit(worker, exits[how].clone());
            }
            _ => {}
        }
    }

    /// Lets everything go well from here on, until nothing moves.
    fn wind_up(&mut self) {
        for _ in 0..60 {
            self.world.pass(ms(10_000));
            self.world.finish();
            for &session in &self.sessions {
                self.world.step(Event::Written { session, bytes: u64::MAX });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_unit_is_answered_exactly_once_whatever_happens(
        acts in prop::collection::vec(acts(), 1..1500),
        workers in 1..5_usize,
        spares in 0..3_usize,
        end in 0..4_usize,
    ) {
        let policy = Policy {
            workers, spares, bundle_jobs: 3, look_ups: 4, result_bytes: 100, jobs_per_worker: 20, max_rss: 2900,
            units_per_session: 60, units_in_all: 150, poison_marks: 5, silence: ms(1000), ..Policy::default()
        };
        let world = World::new(policy);
        let mut player = Player { world, sessions: Vec::new(), last_session: 0, next_idx: 0 };
        for act in acts {
            player.play(act);
        }
        let modes = [ShutdownMode::Drain, ShutdownMode::Fast, ShutdownMode::Now];
        if let Some(&mode) = modes.get(end) {
            player.world.step(Event::Shutdown(mode));
        }
        player.wind_up();
        let view = player.world.queue.view();
        prop_assert_eq!((view.queue.waiting, view.queue.running), (0, 0), "left behind: {:?}", player.world.queue);
        prop_assert!(player.world.payloads.is_empty(), "payloads left behind");
        if end < modes.len() {
            prop_assert_eq!((player.world.quiet, player.world.workers.len()), (1, 0));
        }
    }
}
