#include "launch.hpp"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <sched.h>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "cuda.hpp"

#include "kernels.cu"

thread_local simulated::Dimensions threadIdx;
thread_local simulated::Dimensions blockIdx;
thread_local simulated::Dimensions blockDim;

namespace simulated {

// A barrier that may be used again and again.
class Barrier {
public:
    explicit Barrier(unsigned all) : all(all) {}
    void wait() {
        std::unique_lock<std::mutex> lock(mutex);
        unsigned round = rounds;
        if (++here == all) {
            here = 0;
            rounds++;
            everyone.notify_all();
        } else {
            everyone.wait(lock, [&] { return rounds != round; });
        }
    }

private:
    std::mutex mutex;
    std::condition_variable everyone;
    unsigned all;
    unsigned here = 0;
    unsigned rounds = 0;
};

static thread_local Barrier *barrier = nullptr;

void meet() {
    if (barrier != nullptr) {
        barrier->wait();
    }
}

void pass() { sched_yield(); }

template <class... Types, size_t... Places>
static void apply(void (*kernel)(Types...), void **arguments, std::index_sequence<Places...>) {
    kernel(*static_cast<std::remove_reference_t<Types> *>(arguments[Places])...);
}

template <auto KERNEL>
struct Call;

template <class... Types, void (*KERNEL)(Types...)>
struct Call<KERNEL> {
    static void run(void **arguments) { apply(KERNEL, arguments, std::index_sequence_for<Types...>()); }
};

static const Kernel KERNELS[] = {
    {"replay_lanes", Call<replay_lanes>::run},
    {"replay_rows", Call<replay_rows>::run},
    {"flow", Call<flow>::run},
    {"curve", Call<curve>::run},
};

const Kernel *find_kernel(const char *name) {
    for (const Kernel &kernel : KERNELS) {
        if (std::strcmp(kernel.name, name) == 0) {
            return &kernel;
        }
    }
    return nullptr;
}

// All lanes and blocks, as one of the warps.
static void run_warp(const Kernel &kernel, unsigned blocks, Dimensions threads, unsigned warp, void **arguments) {
    blockDim = threads;
    for (unsigned block = 0; block < blocks; block++) {
        for (unsigned lane = 0; lane < threads.x; lane++) {
            blockIdx = {block, 0};
            threadIdx = {lane, warp};
            kernel.call(arguments);
            meet();
        }
    }
}

void run_kernel(const Kernel &kernel, unsigned blocks, unsigned lanes, unsigned warps, void **arguments) {
    Barrier all(warps);
    std::vector<std::thread> others;
    for (unsigned warp = 1; warp < warps; warp++) {
        others.emplace_back([&, warp] {
            barrier = &all;
            run_warp(kernel, blocks, {lanes, warps}, warp, arguments);
        });
    }
    barrier = warps > 1 ? &all : nullptr;
    run_warp(kernel, blocks, {lanes, warps}, 0, arguments);
    barrier = nullptr;
    for (std::thread &other : others) {
        other.join();
    }
}

}  // namespace simulated
