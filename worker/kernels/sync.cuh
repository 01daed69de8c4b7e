// How warps of a block tell each other what is done.
#pragma once

// What was written before is seen by whoever observes the number.
__device__ inline void announce(unsigned int *place, unsigned int number) {
    __threadfence_block();
    *reinterpret_cast<volatile unsigned int *>(place) = number;
}

__device__ inline unsigned int observe(const unsigned int *place) {
    unsigned int number = *reinterpret_cast<const volatile unsigned int *>(place);
    __threadfence_block();
    return number;
}
