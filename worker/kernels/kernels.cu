// The kernels. A launch has as many tiles of LANES parameter vectors as it is told; memory is laid out tile by tile, in a
// tile value by value, and a value has its lanes next to each other, so that a warp reads whole lines. Arguments are 64
// bits each.

#include "replay.cuh"
#include "uniformise.cuh"

__device__ inline Work work_on(address tile, word lane, const word *words, const double *numbers, const word *asked,
                               const double *multiples, const double *thetas, double *values, double *results) {
    const Trace &trace = *reinterpret_cast<const Trace *>(words);
    const Question &question = *reinterpret_cast<const Question *>(asked);
    Work work;
    work.words = words;
    work.numbers = numbers;
    work.asked = asked;
    work.multiples = multiples;
    work.theta = thetas + tile * trace.parameters * LANES + lane;
    work.values = values + tile * question.size * LANES + lane;
    work.results = results + tile * question.results * LANES + lane;
    return work;
}

// Replay with a thread a lane: warps of a block have tiles of their own.
extern "C" __global__ void replay_lanes(const word *words, const double *numbers, const word *asked,
                                        const double *multiples, const double *thetas, double *values, double *results,
                                        address tiles) {
    address tile = (address)blockIdx.x * blockDim.y + threadIdx.y;
    if (tile < tiles) {
        replay(work_on(tile, threadIdx.x, words, numbers, asked, multiples, thetas, values, results), Alone());
    }
}

// Replay with a block a tile: its warps share the rows of eliminations. There are as many as a power of two says.
extern "C" __global__ void replay_rows(const word *words, const double *numbers, const word *asked,
                                       const double *multiples, const double *thetas, double *values, double *results,
                                       address) {
    __shared__ word progress[MOST_WARPS * LANES];
    word shift = 0;
    while ((1u << shift) < blockDim.y) {
        shift++;
    }
    Warps team = {progress, threadIdx.y, shift, threadIdx.x};
    replay(work_on(blockIdx.x, threadIdx.x, words, numbers, asked, multiples, thetas, values, results), team);
}

// The first half of a distribution: rates, and from them the steps' rate and probabilities.
extern "C" __global__ void flow(const word *words, const double *numbers, const word *asked, const double *multiples,
                                const double *thetas, double *values, double *results, address tiles) {
    address tile = (address)blockIdx.x * blockDim.y + threadIdx.y;
    if (tile < tiles) {
        make_flow(work_on(tile, threadIdx.x, words, numbers, asked, multiples, thetas, values, results));
    }
}

// The second half, for the lanes whose results of the first say so: `flows` has them, with faults where none is wanted.
extern "C" __global__ void curve(const word *words, const double *numbers, const word *asked, const double *multiples,
                                 const double *flows, double *values, double *records, double *results, address tiles,
                                 address most_steps, address half) {
    address tile = (address)blockIdx.x * blockDim.y + threadIdx.y;
    word lane = threadIdx.x;
    if (tile >= tiles) {
        return;
    }
    const Question &question = *reinterpret_cast<const Question *>(asked);
    Work work = work_on(tile, lane, words, numbers, asked, multiples, values, values, results);
    const Curve &asked_for = curve_of(work);
    work.results = results + tile * (1 + POINT_RESULTS * asked_for.times) * LANES + lane;
    const double *found = flows + tile * question.results * LANES + lane;
    if (!(found[FLOW_FAULT * LANES] * 0.0 == 0.0)) {
        work.put(0, NOT_A_NUMBER);
        return;
    }
    double *room = records + tile * (3 * most_steps + 4 * half) * LANES + lane;
    Steps steps = {room, most_steps, 0, false};
    Poisson poisson = {room + 3 * most_steps * LANES, half, 0, 0, 0.0};
    draw_curve(work, steps, poisson, found[FLOW_MASS_AT_ZERO * LANES], found[FLOW_RATE * LANES]);
}
