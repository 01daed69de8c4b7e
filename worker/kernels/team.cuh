// Who works on a tile: one warp, a thread a lane; or several, which share the rows of an elimination.
#pragma once

#include "image.cuh"
#ifdef __CUDACC_RTC__
#include "sync.cuh"
#endif

#define MOST_WARPS 16

// One warp. Its threads never speak with each other.
struct Alone {
    __device__ word warp() const { return 0; }
    __device__ word warps() const { return 1; }
    __device__ bool leads() const { return true; }
    __device__ void meet() const {}
    __device__ void begin() const {}
    __device__ void await(word) const {}
    __device__ void publish(word) const {}
};

// Several warps, as many as a power of two says. Warp v takes rows v, v + warps, ... and tells after each; whoever needs
// a row waits for it. Lane by lane: threads of different lanes never speak with each other, and all warps of a block are
// there together, so that waiting ends.
struct Warps {
    word *progress;  // rows that each warp has done, lane by lane, in shared memory
    word own;
    word shift;
    word lane;

    __device__ word warp() const { return own; }
    __device__ word warps() const { return 1u << shift; }
    __device__ bool leads() const { return own == 0; }
    __device__ void meet() const { __syncthreads(); }
    __device__ void begin() const {
        meet();
        progress[own * LANES + lane] = 0;
        meet();
    }
    __device__ void await(word row) const {
        const word *other = progress + (row & (warps() - 1)) * LANES + lane;
        while (observe(other) <= row >> shift) {
        }
    }
    __device__ void publish(word row) const { announce(progress + own * LANES + lane, (row >> shift) + 1); }
};
