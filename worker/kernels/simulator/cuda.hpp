// What CUDA C++ has and C++ lacks, so that the kernels' sources compile for this machine's processor. Threads of one
// lane, a warp each, run at once; lanes and blocks one after the other.
#pragma once

#include <cmath>

#define __device__
#define __global__
#define __shared__ static
#define __restrict__ __restrict

namespace simulated {

struct Dimensions {
    unsigned x;
    unsigned y;
};

// Waits until the other warps are here, too.
void meet();
// Lets others run.
void pass();

}  // namespace simulated

extern thread_local simulated::Dimensions threadIdx;
extern thread_local simulated::Dimensions blockIdx;
extern thread_local simulated::Dimensions blockDim;

inline void __syncthreads() { simulated::meet(); }

inline void announce(unsigned *place, unsigned number) { __atomic_store_n(place, number, __ATOMIC_RELEASE); }

inline unsigned observe(const unsigned *place) {
    unsigned number = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    simulated::pass();
    return number;
}
