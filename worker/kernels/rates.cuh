// Rates and initial probabilities at a parameter vector. Faults are numbers that are not finite where a lane is not to
// be trusted; the engine then finds the numbers, or the reason why there are none, with more care.
#pragma once

#include "image.cuh"

#define NOT_A_NUMBER (0.0 / 0.0)
#define SMALLEST_NORMAL 2.2250738585072014e-308
// Probabilities below it, relative to the largest, make no number that could be represented.
#define NEGLIGIBLE 1e-300
#define EPSILON 2.2204460492503131e-16
// Rounding below which a sum of terms counts as zero, in units of the sum of their magnitudes.
#define SNAP (4.0 * EPSILON)
// Largest rate with which lanes are trusted: the largest number divided by 2^64.
#define LARGEST_RATE (1.7976931348623157e308 / 4294967296.0 / 4294967296.0)

__device__ inline double larger(double a, double b) { return b > a ? b : a; }
__device__ inline double smaller(double a, double b) { return b < a ? b : a; }

// Not a number where a value is not between zero and `high`.
__device__ inline double fault_outside(double value, double high) {
    return value >= 0.0 && value <= high ? 0.0 : NOT_A_NUMBER;
}

// Sizes that are moderate, 2^-300 to 2^300: where all are, or zero, nothing that matters is lost below the normal numbers.
#define LEAST_MODERATE 4.909093465297727e-91
#define LARGEST_MODERATE 2.037035976334486e90

// What is known of the rates: the least of them, and a bound on their relative errors in units of half a last place, which
// is not a number where the largest is not moderate.
struct Ranges {
    double least;
    double error;
};

// Evaluates the weights that depend on parameters.
__device__ inline double evaluate_forms(const Work &w, Ranges &ranges) {
    const Trace &t = w.trace();
    const word rates = w.question().rates;
    double lowest = w.numbers[t.n_range], highest = w.numbers[t.n_range + 1];
    ROLLED
    for (word i = 0; i < t.products; i++) {
        const word *product = w.words + t.product_words + 2 * i;
        double rate = w.numbers[t.n_products + i] * w.parameter(product[1]);
        w.at(rates + product[0]) = rate;
        lowest = smaller(lowest, rate);
        highest = larger(highest, rate);
    }
    // One product is one rounding; a sum has two a term, of its terms' magnitudes.
    double error = 1.0;
    word term = 0;
    ROLLED
    for (word i = 0; i < t.sums; i++) {
        const word *form = w.words + t.sum_words + 2 * i;
        double base = w.numbers[t.n_sums + i];
        double sum = base, magnitude = fabs(base), roundings = 2.0 * (double)(form[1] - term);
        ROLLED
        for (; term < form[1]; term++) {
            double product = w.numbers[t.n_terms + term] * w.parameter(w.words[t.term_words + term]);
            sum += product;
            magnitude += fabs(product);
        }
        bool vanishes = fabs(sum) <= SNAP * magnitude;
        double rate = vanishes ? 0.0 : sum;
        error = larger(error, vanishes ? 0.0 : roundings * magnitude / sum);
        w.at(rates + form[0]) = rate;
        lowest = smaller(lowest, rate);
        highest = larger(highest, magnitude);
    }
    double fault = fault_outside(lowest, LARGEST_RATE) + fault_outside(highest, LARGEST_RATE);
    ROLLED
    for (word p = 0; p < t.parameters; p++) {
        fault += fault_unless_finite(w.parameter(p));
    }
    ranges.least = lowest;
    ranges.error = error + fault_outside(highest, LARGEST_MODERATE);
    return fault;
}

// Not a number where the probabilities of a row sum to more than one.
__device__ inline double row_sums(const Work &w) {
    const Trace &t = w.trace();
    const word sums = w.question().sums;
    ROLLED
    for (word p = 0; p < t.positions; p++) {
        w.at(sums + p) = 0.0;
    }
    ROLLED
    for (word i = 0; i < t.loops; i++) {
        const word *loop = w.words + t.loop_words + 2 * i;
        w.at(sums + loop[0]) += w.rate(loop[1]);
    }
    double fault = 0.0;
    ROLLED
    for (word b = 0; b < t.blocks; b++) {
        const Block &block = w.block(b);
        ROLLED
        for (word p = block.first; p < block.first + block.size; p++) {
            double sum = w.at(sums + p), terms = 0.0;
            edges_of(w, block, p, [&](word, word weight) {
                sum += w.rate(weight);
                terms += 1.0;
            });
            fault += fault_outside(sum, 1.0 + terms * SNAP);
        }
    }
    return fault;
}

// Rates and initial probabilities.
__device__ inline double evaluate_rates(const Work &w, Ranges &ranges) {
    const Trace &t = w.trace();
    double fault = evaluate_forms(w, ranges);
    if (t.discrete) {
        fault += row_sums(w);
    }
    const word *start = w.words + t.start_words;
    double sum = 0.0;
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        sum += w.rate(start[2 * i + 1]);
    }
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        w.at(w.question().initial + i) = w.rate(start[2 * i + 1]) / sum;
    }
    return fault + sum * (1.0 / sum);
}
