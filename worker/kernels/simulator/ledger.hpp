// Who has how much memory of which simulated device. All processes that name the same file see the same devices, as
// they would with a real driver; without a file, a process has them for itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simulated {

constexpr int MOST_DEVICES = 8;
constexpr int MOST_PROCESSES = 64;

struct Process {
    int pid;             // zero: free
    uint64_t died_at;    // milliseconds, when it was first found dead; zero while it lives
    uint64_t bytes[MOST_DEVICES];
};

struct Shared {
    uint64_t launches;   // of all processes since the file was made
    Process processes[MOST_PROCESSES];
};

class Ledger {
public:
    Ledger();
    // Takes memory of a device; false if there is not so much.
    bool take(int device, uint64_t bytes, uint64_t total);
    void give(int device, uint64_t bytes);
    uint64_t free_of(int device, uint64_t total);
    // Number of the launch that begins, from one on.
    uint64_t count_launch();

private:
    class Locked;
    Process &own();
    void bury();
    uint64_t used(int device);

    Shared *shared;
    int file;
    uint64_t returned_after;
};

}  // namespace simulated
