// What the host hands over: a trace and a question as flat arrays. The same fields stand in the same order in the
// engine's `image` module, which says what they mean.
#pragma once

typedef unsigned int word;
typedef unsigned long long address;

// Parameter vectors that are worked on side by side. Every value of a tile has as many lanes, next to each other.
#define LANES 32

// Unrolling makes the code several times longer, which is compiled at each start, and pays in the innermost loops alone:
// those of eliminations and solutions.
#ifdef __CUDACC_RTC__
#define ROLLED _Pragma("unroll 1")
#define UNROLLED _Pragma("unroll 4")
#else
#define ROLLED
#define UNROLLED
#endif

// A trace. Offsets are of its words, or of its numbers where their names begin with `n_`.
struct Trace {
    word discrete;
    word positions;
    word parameters;
    word variables;  // weights that depend on parameters: numbers from zero on; constants follow
    word constants;
    word n_constants;
    word n_range;  // least and largest constant
    word products;
    word product_words;  // weight, parameter
    word n_products;
    word sums;
    word sum_words;  // weight, end of its terms
    word n_sums;     // base
    word term_words;  // parameter
    word n_terms;
    word coefficient_first;  // of each variable weight
    word coefficient_words;  // parameter
    word n_coefficients;
    word starts;
    word start_words;  // position entered, weight
    word loops;
    word loop_words;  // position, weight
    word blocks;
    word block_words;
    word boundary_first;
    word boundary_to;
    word boundary_weight;
};

#define IS_PATH 2

// A run of positions. What is absorbed enters the position behind the last.
struct Block {
    word cyclic;  // IS_PATH where its vertices are a path, eliminated from one end to the other
    word first;
    word size;
    word plan;   // where its Plan stands; none in a run without cycles
    word inner;  // where the weights of its edges stand
    word lower_place;  // of its values, if those of all blocks are kept
    word upper_place;
    word vertex_place;
};

// Rows of a component: each a list of offsets into a list of columns.
struct Plan {
    word edges_first;
    word edges;
    word lower_first;
    word lower;
    word upper_first;
    word upper;
    word fourfold;
};

// A question about moments and rewards. Places are of the workspace, in values a lane.
struct Question {
    word equations;
    word gradients;
    word covaried;
    word keep_all;    // factors of all blocks are needed at the end
    word keep_lower;  // L is needed after the elimination
    word equation_words;
    word covaried_words;  // equation, offset of its rewards in the numbers
    word rests;           // a word each target and equation: whether it rests on it
    word rates;
    word initial;
    word solutions;
    word lower;
    word upper;
    word inverse;
    word leaving;
    word row;
    word row_size;
    word adjoints;
    word by_weight;
    word magnitudes;  // of the terms that these are sums of
    word sums;
    word faults;
    word size;     // values a lane
    word results;  // numbers a lane
};

struct Equation {
    word constant_each;  // whether there is one a position
    word n_constant;
    word stepped;  // whether N x is needed of it
    word steps;    // where that stands in the workspace
    word products;
    word product_words;
};

struct Product {
    word each;
    word n_multiple;
    word step;  // whether it is N x that is multiplied
    word of;    // of which equation
};

// Everything that a lane works on. Pointers to values are those of the lane: values are LANES apart.
struct Work {
    const word *__restrict__ words;
    const double *__restrict__ numbers;
    const word *__restrict__ asked;
    const double *__restrict__ multiples;
    const double *theta;
    double *values;
    double *results;

    __device__ const Trace &trace() const { return *reinterpret_cast<const Trace *>(words); }
    __device__ const Question &question() const { return *reinterpret_cast<const Question *>(asked); }
    __device__ const Block &block(word number) const {
        return reinterpret_cast<const Block *>(words + trace().block_words)[number];
    }
    __device__ const Plan &plan(const Block &block) const {
        return *reinterpret_cast<const Plan *>(words + block.plan);
    }
    __device__ const Equation &equation(word q) const {
        return reinterpret_cast<const Equation *>(asked + question().equation_words)[q];
    }
    __device__ const Product &product(const Equation &equation, word number) const {
        return reinterpret_cast<const Product *>(asked + equation.product_words)[number];
    }

    __device__ double &at(word place) const { return values[(address)place * LANES]; }
    __device__ double parameter(word number) const { return theta[(address)number * LANES]; }
    __device__ void put(word number, double result) const { results[(address)number * LANES] = result; }

    // The value of a weight. The branch is the same in all lanes.
    __device__ double rate(word weight) const {
        const Trace &t = trace();
        return weight < t.variables ? at(question().rates + weight) : numbers[t.n_constants + weight - t.variables];
    }
    __device__ double &solution(word q, word position) const {
        return at(question().solutions + q * (trace().positions + 1) + position);
    }
    __device__ double &adjoint(word q, word position) const {
        return at(question().adjoints + q * (trace().positions + 1) + position);
    }
    __device__ double &step(word q, word position) const { return at(equation(q).steps + position); }

    // What an equation multiplies at a position.
    __device__ double multiple(word each, word n_multiple, word position) const {
        return multiples[n_multiple + (each ? position : 0)];
    }
};

// Edges that leave their block from a position.
struct Boundary {
    const word *to;
    const word *weight;
    word begin;
    word end;

    __device__ Boundary(const Work &w, word position) {
        const Trace &t = w.trace();
        to = w.words + t.boundary_to;
        weight = w.words + t.boundary_weight;
        begin = w.words[t.boundary_first + position];
        end = w.words[t.boundary_first + position + 1];
    }
};

// Calls `take(position entered, weight)` for all edges that leave a position of a block, as the engine orders them.
template <class Take>
__device__ inline void edges_of(const Work &w, const Block &block, word position, Take take) {
    Boundary out(w, position);
    ROLLED
    for (word e = out.begin; e < out.end; e++) {
        take(out.to[e], out.weight[e]);
    }
    if (block.cyclic) {
        const Plan &plan = w.plan(block);
        word k = position - block.first;
        ROLLED
        for (word e = w.words[plan.edges_first + k]; e < w.words[plan.edges_first + k + 1]; e++) {
            take(block.first + w.words[plan.edges + e], w.words[block.inner + e]);
        }
    }
}

// Not a number where `value` is none or infinite, zero elsewhere.
__device__ inline double fault_unless_finite(double value) { return value * 0.0; }
