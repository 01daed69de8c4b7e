//! Which job goes to which device, and which device is started for it.

use std::collections::BTreeSet;

use sojourn_proto::{DeviceId, Failure, FailureKind, Key, RequestId, Target};

use super::{Device, State};
use crate::exchange::{Role, SessionId};
use crate::queue::job::Place;
use crate::queue::{Effect, Queue};

/// Somebody's turn: the lowest rank is served next.
struct Turn {
    rank: (u64, u64),
    whose: (SessionId, RequestId, Target),
}

impl Queue {
    /// Hands out what waits for devices, after any event.
    pub(in crate::queue) fn schedule_devices(&mut self) {
        self.devices.held_up = None;
        let waiting = self.waiting_targets();
        if waiting.is_empty() || !self.devices_are_known(&waiting) {
            return;
        }
        while let Some((session, batch, target)) = self.next_for_devices() {
            self.give_device(session, batch, target);
        }
        for target in self.waiting_targets() {
            match target {
                Target::Device(id) => self.start_device(id),
                Target::AnyDevice => self.start_for_any(),
                Target::Cpu => {}
            }
            self.fail_hopeless(target);
        }
    }

    /// What jobs wait for, of sessions that read what they get.
    fn waiting_targets(&self) -> Vec<Target> {
        let mut targets = BTreeSet::new();
        for (&session, client) in &self.sessions {
            for batch in client.batches.values().filter(|batch| !batch.on_devices.is_empty()) {
                let waiting = batch.on_devices.iter().filter(|(_, lane)| lane.any(&self.jobs));
                if !self.blocked(session) {
                    targets.extend(waiting.map(|(&target, _)| target));
                }
            }
        }
        targets.into_iter().collect()
    }

    /// Whose turn it is, of those who wait for a device that has room.
    fn next_for_devices(&self) -> Option<(SessionId, RequestId, Target)> {
        let mut best: Option<Turn> = None;
        for (&session, client) in self.sessions.iter().filter(|(session, _)| !self.blocked(**session)) {
            for (&number, batch) in &client.batches {
                for (&target, lane) in &batch.on_devices {
                    let rank = (client.served_by_device, batch.served);
                    let sooner = best.as_ref().is_none_or(|best| rank < best.rank);
                    if sooner && self.with_room(target).next().is_some() && lane.any(&self.jobs) {
                        best = Some(Turn { rank, whose: (session, number, target) });
                    }
                }
            }
        }
        best.map(|best| best.whose)
    }

    /// The devices that jobs for this may go to, in the driver's order.
    fn devices_for(&self, target: Target) -> impl Iterator<Item = (DeviceId, &Device)> {
        let devices =
            self.devices.order.iter().filter_map(|id| self.devices.all.get(id).map(|device| (*id, device)));
        devices.filter(move |&(id, _)| match target {
            Target::Device(wanted) => wanted == id,
            Target::AnyDevice => true,
            Target::Cpu => false,
        })
    }

    /// Those of them that take a job now. While others are starting none takes ahead what these could do.
    fn with_room(&self, target: Target) -> impl Iterator<Item = (DeviceId, &Device)> {
        let coming = self.devices.all.values().any(|device| matches!(device.state, State::Starting { .. }));
        let patient = coming && target == Target::AnyDevice;
        let devices = self.devices_for(target).filter(|(_, device)| device.has_room());
        devices.filter(move |(_, device)| !patient || device.load.is_empty())
    }

    /// Gives the next job of a batch to the best device: with least to do, then one that has its trace, then the
    /// one with most memory free.
    fn give_device(&mut self, session: SessionId, number: RequestId, target: Target) {
        let turn = self.turn();
        let Some(batch) = self.batch_mut(session, number) else { return };
        batch.served = turn;
        let Some(client) = self.sessions.get_mut(&session) else { return };
        client.served_by_device = turn;
        let Some(batch) = client.batches.get_mut(&number) else { return };
        let Some(job) = batch.on_devices.get_mut(&target).and_then(|lane| lane.peek(&self.jobs)) else {
            return;
        };
        let trace = self.jobs.get(&job).and_then(|job| job.flight.kind.needs());
        let Some(id) = self.best_device(target, trace) else { return };
        let (now, Some(device)) = (self.now, self.devices.all.get_mut(&id)) else { return };
        let Some(process) = device.process else { return };
        if device.load.is_empty() {
            device.heard = now;
        }
        device.load.push_back(job);
        if let Some(trace) = trace {
            device.ledger.touch(trace, turn);
        }
        if let Some(job) = self.jobs.get_mut(&job) {
            job.move_to(Place::Assigned(process));
        }
        self.emit(Effect::Run { worker: process, jobs: vec![job] });
    }

    fn best_device(&self, target: Target, trace: Option<Key>) -> Option<DeviceId> {
        let rank = |device: &Device| {
            let foreign = !trace.is_some_and(|trace| device.ledger.has(trace));
            let free = device.ledger.memory().map_or(0, |memory| memory.free);
            (device.load.len(), foreign, u64::MAX - free)
        };
        self.with_room(target).min_by_key(|(_, device)| rank(device)).map(|(id, _)| id)
    }

    /// Starts devices for jobs that any may take: one for each that waits and is not expected by another.
    fn start_for_any(&mut self) {
        let lanes = self.sessions.values().flat_map(|client| client.batches.values());
        let mut waiting: usize = lanes
            .filter_map(|batch| batch.on_devices.get(&Target::AnyDevice))
            .map(|lane| lane.count(&self.jobs))
            .sum();
        let starting = |device: &Device| matches!(device.state, State::Starting { .. });
        waiting = waiting.saturating_sub(self.devices.all.values().filter(|device| starting(device)).count());
        for id in self.devices.order.clone() {
            let cold = self.devices.all.get(&id).is_some_and(|device| device.state == State::Cold);
            if waiting == 0 {
                return;
            }
            if cold {
                self.start_device(id);
                if self.devices.all.get(&id).is_some_and(starting) {
                    waiting -= 1;
                }
            }
        }
    }

    /// Starts the process of a device that has none, unless starting it has failed a moment ago.
    fn start_device(&mut self, id: DeviceId) {
        let (now, next) = (self.now, self.last_worker + 1);
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        if device.state != State::Cold {
            return;
        }
        if let Some(trouble) = device.trouble.as_ref().filter(|trouble| now < trouble.not_before) {
            let (at, held_up) = (trouble.not_before, &mut self.devices.held_up);
            *held_up = Some(held_up.map_or(at, |earlier| earlier.min(at)));
            return;
        }
        device.state = State::Starting { since: now };
        device.process = Some(next);
        let expected_free = device.ledger.expected();
        self.last_worker = next;
        self.emit(Effect::Spawn { worker: next, role: Role::Device { device: id, expected_free } });
    }

    /// Fails what waits for devices none of which can be had: waiting would not help, and whoever asked learns why.
    fn fail_hopeless(&mut self, target: Target) {
        let attempts = self.policy.start_attempts;
        let mut reason = None;
        for (_, device) in self.devices_for(target) {
            match &device.trouble {
                _ if device.state == State::Unreapable => {
                    let text = format!(
                        "the GPU {} is held by process {}, which was killed and does not end",
                        device.description.id, device.pid
                    );
                    reason = Some(Failure::new(FailureKind::NoDevice, text));
                }
                Some(trouble)
                    if self.now < trouble.not_before
                        && (!trouble.may_pass || trouble.failures >= attempts) =>
                {
                    reason = Some(trouble.last.clone());
                }
                _ => return,
            }
        }
        if let Some(failure) = reason {
            self.fail_waiting(target, &failure);
        }
    }
}
