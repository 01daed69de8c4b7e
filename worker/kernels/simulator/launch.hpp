// Kernels by name, and their run on this machine's processor.
#pragma once

#include <cstdint>

namespace simulated {

struct Kernel {
    const char *name;
    void (*call)(void **arguments);
};

const Kernel *find_kernel(const char *name);

// Runs all threads of all blocks.
void run_kernel(const Kernel &kernel, unsigned blocks, unsigned lanes, unsigned warps, void **arguments);

}  // namespace simulated
