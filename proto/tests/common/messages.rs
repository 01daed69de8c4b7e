//! Strategies that make every kind of message, with every variant of what is in it.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sojourn_proto::*;

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,20}"
}

fn key() -> impl Strategy<Value = Key> {
    any::<[u8; 32]>().prop_map(Key)
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..200).prop_map(Bytes::from)
}

/// Equality of messages is that of their fields, so no NaN.
fn seconds() -> impl Strategy<Value = f64> {
    proptest::num::f64::ANY.prop_filter("not NaN", |x| !x.is_nan())
}

pub(crate) fn chunk() -> impl Strategy<Value = Chunk> {
    (any::<u64>(), any::<u64>(), bytes()).prop_map(|(blob, length, bytes)| Chunk { blob, length, bytes })
}

fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        bytes().prop_map(Payload::Inline),
        (any::<u64>(), any::<u64>()).prop_map(|(blob, length)| Payload::Chunked { blob, length }),
    ]
}

fn device_id() -> impl Strategy<Value = DeviceId> {
    any::<(bool, [u8; 16])>().prop_map(|(mig, uuid)| DeviceId { mig, uuid })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::Cpu), device_id().prop_map(Target::Device), Just(Target::AnyDevice)]
}

fn kind() -> impl Strategy<Value = WorkKind> {
    prop_oneof![
        Just(WorkKind::Pattern),
        Just(WorkKind::Graph),
        (key(), target()).prop_map(|(trace, target)| WorkKind::Evaluation { trace, target }),
    ]
}

pub(crate) const FAILURES: [FailureKind; 20] = [
    FailureKind::InvalidInput,
    FailureKind::HashMismatch,
    FailureKind::LimitExceeded,
    FailureKind::WorkerLost,
    FailureKind::Poisonous,
    FailureKind::WorkerPanicked,
    FailureKind::ProtocolViolation,
    FailureKind::TimedOut,
    FailureKind::OutOfMemory,
    FailureKind::NoWorker,
    FailureKind::Cancelled,
    FailureKind::Busy,
    FailureKind::NotFound,
    FailureKind::MissingBlob,
    FailureKind::Unsupported,
    FailureKind::NoDevice,
    FailureKind::Vram { needed: 3 << 30, free: 1 << 30 },
    FailureKind::DevicePoisoned,
    FailureKind::UnsupportedOnDevice,
    FailureKind::Internal,
];

fn failure() -> impl Strategy<Value = Failure> {
    (proptest::sample::select(&FAILURES[..]), text()).prop_map(|(kind, text)| Failure::new(kind, text))
}

fn unit() -> impl Strategy<Value = Unit> {
    (any::<i64>(), kind(), key(), payload()).prop_map(|(idx, kind, key, payload)| Unit {
        idx,
        kind,
        key,
        payload,
    })
}

fn table() -> impl Strategy<Value = Table> {
    proptest::sample::select(&Table::ALL[..])
}

fn gc() -> impl Strategy<Value = Gc> {
    (option::of(any::<u64>()), option::of(any::<u64>()), any::<bool>())
        .prop_map(|(max_bytes, older_than_s, other_formats)| Gc { max_bytes, older_than_s, other_formats })
}

fn listed() -> impl Strategy<Value = ListReport> {
    let row = (text(), option::of(any::<u32>()), text(), text(), any::<u32>(), any::<[u64; 2]>());
    let row = row.prop_map(|(table, uid, key, kind, encoding, [bytes, used_s])| EntryReport {
        table,
        uid,
        key,
        kind,
        encoding,
        bytes,
        used_s,
    });
    (vec(row, 0..4), any::<u64>()).prop_map(|(rows, total)| ListReport { rows, total })
}

fn collected() -> impl Strategy<Value = GcReport> {
    any::<[u64; 9]>().prop_map(
        |[evicted, unnamed, dangling, leftovers, quarantined, other_formats, freed_bytes, entries, bytes]| {
            GcReport {
                evicted,
                unnamed,
                dangling,
                leftovers,
                quarantined,
                other_formats,
                freed_bytes,
                entries,
                bytes,
            }
        },
    )
}

fn wanted() -> impl Strategy<Value = Wanted> {
    (key(), vec(table(), 0..=limits::TABLES_PER_KEY)).prop_map(|(key, tables)| Wanted { key, tables })
}

fn entries() -> impl Strategy<Value = Vec<(Table, Key)>> {
    vec((table(), key()), 0..5)
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let options = (any::<u32>(), any::<bool>(), any::<bool>())
        .prop_map(|(workers, no_store, force)| BatchOptions { workers, no_store, force });
    let mode = proptest::sample::select(&[ShutdownMode::Drain, ShutdownMode::Fast, ShutdownMode::Now][..]);
    let id = any::<RequestId>;
    let work = prop_oneof![
        chunk().prop_map(Request::Chunk),
        (id(), options, vec(unit(), 0..5), any::<bool>())
            .prop_map(|(id, options, units, more)| Request::Submit { id, options, units, more }),
        (id(), id()).prop_map(|(id, batch)| Request::Cancel { id, batch }),
        (id(), vec(wanted(), 0..5)).prop_map(|(id, wanted)| Request::Lookup { id, wanted }),
        (id(), entries(), payload()).prop_map(|(id, entries, payload)| Request::Put { id, entries, payload }),
        (id(), payload()).prop_map(|(id, payload)| Request::Hold { id, payload }),
        (id(), wanted(), entries()).prop_map(|(id, wanted, entries)| Request::Link { id, wanted, entries }),
    ];
    let management = prop_oneof![
        id().prop_map(|id| Request::Ping { id }),
        id().prop_map(|id| Request::Status { id }),
        id().prop_map(|id| Request::RestartWorkers { id }),
        (id(), any::<bool>()).prop_map(|(id, clear)| Request::Memory { id, clear }),
        id().prop_map(|id| Request::Devices { id }),
        id().prop_map(|id| Request::CacheStats { id }),
        id().prop_map(|id| Request::CacheVerify { id }),
        id().prop_map(|id| Request::CacheClear { id }),
        (id(), option::of(table()), any::<u32>()).prop_map(|(id, table, limit)| Request::CacheList {
            id,
            table,
            limit
        }),
        (id(), gc()).prop_map(|(id, gc)| Request::CacheGc { id, gc }),
        id().prop_map(|id| Request::ConfigShow { id }),
        (id(), text(), text()).prop_map(|(id, name, value)| Request::ConfigSet { id, name, value }),
        (id(), mode).prop_map(|(id, mode)| Request::Shutdown { id, mode }),
        Just(Request::Goodbye),
    ];
    prop_oneof![work, management]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let source = proptest::sample::select(&[Source::Computed, Source::Stored, Source::Shared][..]);
    prop_oneof![
        (payload(), source, any::<u64>(), option::of(device_id()))
            .prop_map(|(payload, source, micros, device)| Outcome::Done { payload, source, micros, device }),
        Just(Outcome::Padding),
        failure().prop_map(Outcome::Failed),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    (any::<i64>(), key(), outcome()).prop_map(|(idx, key, outcome)| Answer { idx, key, outcome })
}

fn worker() -> impl Strategy<Value = WorkerReport> {
    use WorkerState::*;
    let state = proptest::sample::select(&[Starting, Spare, Idle, Busy, Stopped, Unreapable][..]);
    (any::<u32>(), state, option::of(any::<u64>()), any::<u64>(), any::<u64>(), option::of(seconds()))
        .prop_map(|(pid, state, session, jobs, rss_bytes, silent_s)| WorkerReport {
            pid,
            state,
            session,
            jobs,
            rss_bytes,
            silent_s,
        })
}

fn counts() -> impl Strategy<Value = CacheCounts> {
    any::<[u64; 7]>().prop_map(|[entries, bytes, hits, memory_hits, misses, quarantined, write_failures]| {
        CacheCounts { entries, bytes, hits, memory_hits, misses, quarantined, write_failures }
    })
}

fn device() -> impl Strategy<Value = DeviceReport> {
    use DeviceState::*;
    let state = proptest::sample::select(&[Cold, Starting, Idle, Busy, Draining, Poisoned, Unreapable][..]);
    let measured = (option::of(seconds()), option::of(seconds()));
    let held = (any::<[u64; 5]>(), option::of(any::<u64>()), vec(text(), 0..3));
    (vec(text(), 4), state, option::of(any::<u32>()), held, measured).prop_map(
        |(texts, state, pid, (counts, free_bytes, resident), (launch_seconds, operations_per_second))| {
            let [total_bytes, ours_bytes, grown_bytes, runs, losses] = counts;
            let [uuid, name, compute_capability, driver] = texts.try_into().expect("four texts");
            DeviceReport {
                uuid,
                name,
                compute_capability,
                driver,
                state,
                pid,
                total_bytes,
                free_bytes,
                ours_bytes,
                grown_bytes,
                resident,
                runs,
                losses,
                launch_seconds,
                operations_per_second,
            }
        },
    )
}

fn devices() -> impl Strategy<Value = DevicesReport> {
    (vec(device(), 0..3), option::of(text()), option::of(text()))
        .prop_map(|(devices, none, visible)| DevicesReport { devices, none, visible })
}

fn status() -> impl Strategy<Value = DaemonReport> {
    let session = any::<(u64, u32, u32, u64, u64)>()
        .prop_map(|(id, pid, uid, waiting, running)| SessionReport { id, pid, uid, waiting, running });
    let queue = any::<(u64, u64)>().prop_map(|(waiting, running)| QueueReport { waiting, running });
    let head = (any::<u32>(), text(), any::<u32>(), seconds(), text());
    (head, vec(worker(), 0..3), queue, counts(), vec(device(), 0..2), vec(session, 0..3)).prop_map(
        |((pid, version, protocol, uptime_s, health), workers, queue, cache, devices, sessions)| {
            DaemonReport {
                pid,
                version,
                protocol,
                uptime_s,
                health,
                workers,
                queue,
                cache,
                devices,
                sessions,
            }
        },
    )
}

fn memory() -> impl Strategy<Value = MemoryReport> {
    (vec(device(), 0..2), any::<[u64; 3]>()).prop_map(
        |(devices, [store_memory_bytes, daemon_rss_bytes, workers_rss_bytes])| MemoryReport {
            devices,
            store_memory_bytes,
            daemon_rss_bytes,
            workers_rss_bytes,
        },
    )
}

pub(crate) fn reply() -> impl Strategy<Value = Reply> {
    let id = any::<RequestId>;
    let summary = any::<(u64, u64, bool)>().prop_map(|(answered, failed, cancelled)| Summary {
        answered,
        failed,
        cancelled,
    });
    let setting = (text(), text(), text(), text()).prop_map(|(name, value, origin, help)| Setting {
        name,
        value,
        origin,
        help,
    });
    let cache = (text(), counts(), vec((text(), any::<u64>()), 0..4), vec(text(), 0..3)).prop_map(
        |(directory, counts, tables, other_formats)| CacheReport { directory, counts, tables, other_formats },
    );
    let verified = (any::<u64>(), vec(text(), 0..4))
        .prop_map(|(intact, quarantined)| VerifyReport { intact, quarantined });
    let batch = prop_oneof![
        chunk().prop_map(Reply::Chunk),
        (id(), any::<u64>(), vec(answer(), 0..5)).prop_map(|(id, seq, answers)| Reply::Results {
            id,
            seq,
            answers
        }),
        (id(), any::<u64>(), summary).prop_map(|(id, seq, summary)| Reply::Finished { id, seq, summary }),
        (id(), vec(option::of(payload()), 0..5)).prop_map(|(id, payloads)| Reply::Found { id, payloads }),
        id().prop_map(|id| Reply::Done { id }),
        (id(), failure(), option::of(any::<u64>()))
            .prop_map(|(id, failure, retry_after_ms)| { Reply::Refused { id, failure, retry_after_ms } }),
    ];
    let management = prop_oneof![
        (id(), status()).prop_map(|(id, report)| Reply::Status { id, report: Box::new(report) }),
        (id(), memory()).prop_map(|(id, report)| Reply::Memory { id, report }),
        (id(), devices()).prop_map(|(id, report)| Reply::Devices { id, report }),
        (id(), cache).prop_map(|(id, report)| Reply::Cache { id, report }),
        (id(), verified).prop_map(|(id, report)| Reply::Verified { id, report }),
        (id(), listed()).prop_map(|(id, report)| Reply::Listed { id, report }),
        (id(), collected()).prop_map(|(id, report)| Reply::Collected { id, report }),
        (id(), vec(setting, 0..4)).prop_map(|(id, settings)| Reply::Config { id, settings }),
        failure().prop_map(|failure| Reply::Goodbye { failure }),
    ];
    prop_oneof![batch, management]
}

fn description() -> impl Strategy<Value = Description> {
    (device_id(), text(), any::<(u32, u32)>(), any::<u64>(), text()).prop_map(
        |(id, name, compute_capability, total_bytes, driver)| Description {
            id,
            name,
            compute_capability,
            total_bytes,
            driver,
        },
    )
}

fn device_memory() -> impl Strategy<Value = DeviceMemory> {
    (any::<[u64; 2]>(), vec((key(), any::<u64>()), 0..3)).prop_map(|([free, ours], resident)| DeviceMemory {
        free,
        ours,
        resident,
    })
}

pub(crate) fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        chunk().prop_map(Order::Chunk),
        vec((any::<JobId>(), kind(), payload()), 0..5).prop_map(Order::Run),
        (key(), payload()).prop_map(|(digest, payload)| Order::Keep { digest, payload }),
        vec(key(), 0..4).prop_map(Order::Evict),
        Just(Order::Leave),
    ]
}

pub(crate) fn report() -> impl Strategy<Value = Report> {
    let result = prop_oneof![payload().prop_map(Ok), failure().prop_map(Err)];
    prop_oneof![
        (any::<u32>(), text()).prop_map(|(pid, build)| Report::Ready { pid, build }),
        vec(description(), 0..3).prop_map(Report::Devices),
        failure().prop_map(Report::Unusable),
        (device_memory(), any::<[u64; 2]>()).prop_map(|(memory, [launch_nanos, operations_per_second])| {
            Report::Memory { memory, rate: Rate { launch_nanos, operations_per_second } }
        }),
        chunk().prop_map(Report::Chunk),
        any::<JobId>().prop_map(|job| Report::Begun { job }),
        any::<JobId>().prop_map(|job| Report::Lacks { job }),
        (any::<JobId>(), any::<u64>(), option::of(key()), result)
            .prop_map(|(job, micros, name, result)| Report::Answer { job, micros, name, result }),
    ]
}
