#include "ledger.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

namespace simulated {

static uint64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000 + static_cast<uint64_t>(time.tv_nsec) / 1000000 + 1;
}

Ledger::Ledger() : shared(nullptr), file(-1), returned_after(0) {
    if (const char *delay = std::getenv("SOJOURN_SIMULATED_RETURN_MS")) {
        returned_after = std::strtoull(delay, nullptr, 10);
    }
    if (const char *path = std::getenv("SOJOURN_SIMULATED_STATE")) {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0 && ftruncate(file, sizeof(Shared)) == 0) {
            void *found = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            shared = found == MAP_FAILED ? nullptr : static_cast<Shared *>(found);
        }
    }
    if (shared == nullptr) {
        shared = static_cast<Shared *>(std::calloc(1, sizeof(Shared)));
    }
}

// One process at a time. A lock of the file, so that it is gone with whoever held it.
class Ledger::Locked {
public:
    explicit Locked(int file) : file(file) {
        while (file >= 0 && flock(file, LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    ~Locked() {
        if (file >= 0) {
            flock(file, LOCK_UN);
        }
    }

private:
    int file;
};

// Memory of the dead comes back after a while, as a driver takes its time to clean up.
void Ledger::bury() {
    for (Process &process : shared->processes) {
        if (process.pid == 0 || process.pid == getpid() || kill(process.pid, 0) == 0 || errno != ESRCH) {
            continue;
        }
        if (process.died_at == 0) {
            process.died_at = now();
        }
        if (now() >= process.died_at + returned_after) {
            std::memset(&process, 0, sizeof(Process));
        }
    }
}

Process &Ledger::own() {
    Process *empty = nullptr;
    for (Process &process : shared->processes) {
        if (process.pid == getpid()) {
            return process;
        }
        if (process.pid == 0 && empty == nullptr) {
            empty = &process;
        }
    }
    if (empty == nullptr) {
        std::abort();
    }
    empty->pid = getpid();
    return *empty;
}

uint64_t Ledger::used(int device) {
    bury();
    uint64_t sum = 0;
    for (const Process &process : shared->processes) {
        sum += process.bytes[device];
    }
    return sum;
}

bool Ledger::take(int device, uint64_t bytes, uint64_t total) {
    Locked locked(file);
    if (used(device) + bytes > total) {
        return false;
    }
    own().bytes[device] += bytes;
    return true;
}

void Ledger::give(int device, uint64_t bytes) {
    Locked locked(file);
    own().bytes[device] -= bytes;
}

uint64_t Ledger::free_of(int device, uint64_t total) {
    Locked locked(file);
    uint64_t taken = used(device);
    return taken < total ? total - taken : 0;
}

uint64_t Ledger::count_launch() {
    Locked locked(file);
    return ++shared->launches;
}

}  // namespace simulated
