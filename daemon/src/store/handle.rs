//! The store as the daemon's tasks see it: every call goes to a thread that may wait for the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sojourn_proto::{Key, WorkKind};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::TaskTracker;

use super::{Shelf, Store};
use crate::dispatch;
use crate::exchange::Notice;

/// Disk operations under way at once, results being kept apart.
const AT_ONCE: usize = 8;

/// Results being written at once. They are delivered before they are kept, and look-ups see them meanwhile, so
/// nobody waits for these writes; more of them at once would take processors and disk from the jobs.
const WRITES_AT_ONCE: usize = 1;

/// What is put and not yet on disk, in units of [`BACKLOG_UNIT`] bytes: 256 MiB. Beyond it results are delivered
/// without being kept. Counted in bytes and not in results, since small ones come in tens of thousands.
const BACKLOG: u32 = 1 << 18;

/// Bytes that a permit of the backlog stands for; each result takes one more, for what it costs beside its bytes.
const BACKLOG_UNIT: usize = 1 << 10;

/// A handle, cheap to copy.
#[derive(Debug, Clone)]
pub(crate) struct StoreHandle {
    store: Arc<Store>,
    permits: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    backlog: Arc<Semaphore>,
    notices: mpsc::Sender<Notice>,
    tasks: TaskTracker,
    /// What was put and is not on disk yet: a look-up must see it, and never waits for another's lock.
    pending: Arc<Mutex<HashMap<(Shelf, Key), Bytes>>>,
}

impl StoreHandle {
    /// A handle whose answers to look-ups go to the dispatching task.
    pub(crate) fn new(store: Arc<Store>, notices: mpsc::Sender<Notice>) -> StoreHandle {
        StoreHandle {
            store,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            writes: Arc::new(Semaphore::new(WRITES_AT_ONCE)),
            backlog: Arc::new(Semaphore::new(BACKLOG as usize)),
            notices,
            tasks: TaskTracker::new(),
            pending: Arc::default(),
        }
    }

    /// The store itself, for what does not touch the disk.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Runs an operation where waiting is allowed. None: it panicked, or the daemon ends.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Option<T> {
        self.within(&self.permits, operation).await
    }

    async fn within<T: Send + 'static>(
        &self,
        lane: &Arc<Semaphore>,
        operation: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Option<T> {
        let permit = Arc::clone(lane).acquire_owned().await.ok()?;
        let store = self.store.clone();
        let running = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            operation(&store)
        });
        running.await.ok()
    }

    /// Waits until all that was put is on disk.
    pub(crate) async fn settle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// The verified blob under a key on the first of the shelves that has one, be it on disk already or only on
    /// its way there.
    pub(crate) async fn get(&self, shelves: Vec<Shelf>, key: Key) -> Option<Bytes> {
        let pending = {
            let pending = self.pending();
            shelves.iter().find_map(|&shelf| pending.get(&(shelf, key)).cloned())
        };
        match pending {
            Some(found) => {
                self.store.count_memory_hit();
                Some(found)
            }
            None => self.with(move |store| store.get(&shelves, key)).await.flatten(),
        }
    }

    /// The verified blob of this name, under whatever keys it stands.
    pub(crate) async fn blob(&self, digest: Key) -> Option<Bytes> {
        self.with(move |store| store.blob(digest)).await.flatten()
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<(Shelf, Key), Bytes>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl dispatch::Store for StoreHandle {
    fn look_up(&mut self, kind: WorkKind, key: Key) {
        let handle = self.clone();
        // The queue looks nothing up that has no table; asked all the same, there is nothing.
        let shelves = kind.table().map(|table| Shelf::of(table, 0)).into_iter().collect();
        self.tasks.spawn(async move {
            let found = handle.get(shelves, key).await;
            // Nobody waits only while the daemon ends.
            let _ = handle.notices.send(Notice::LookedUp { kind, key, found }).await;
        });
    }

    fn put(&mut self, put: dispatch::Put) {
        if !self.store.is_on() {
            return;
        }
        let units = u32::try_from(put.payload.len() / BACKLOG_UNIT + 1).unwrap_or(BACKLOG).min(BACKLOG);
        let Ok(place) = self.backlog.clone().try_acquire_many_owned(units) else {
            tracing::warn!("the disk is too slow to keep all results");
            return;
        };
        let handle = self.clone();
        let (shelf, key, payload) = (Shelf::of(put.table, put.uid.unwrap_or(0)), put.key, put.payload);
        self.pending().insert((shelf, key), payload.clone());
        self.tasks.spawn(async move {
            let _place = place;
            handle.within(&handle.writes, move |store| store.put(&[(shelf, key)], &payload)).await;
            handle.pending().remove(&(shelf, key));
        });
    }
}
