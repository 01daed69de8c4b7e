// The distribution of T on a grid of times, by uniformisation: steps come at the highest rate out of any vertex, and the
// number of steps until a time is a Poisson number. One sweep serves all times. All numbers are nonnegative, and every
// sum has the order that it has in the engine's `density`.
#pragma once

#include "rates.cuh"

// What is asked, behind the Question, of which rates, initial and sums are used.
struct Curve {
    word times;
    word n_times;
    word n_tolerance;
    word probability;  // of each weight in a step; places in the workspace from here on
    word stay;
    word exit;
    word now;
    word next;
    // Edges by the position entered, in the order in which a step adds them up; of the words that are asked.
    word entering_first;
    word entering_from;
    word entering_weight;
};

// A rate of uniformisation, and results of the first kernel.
#define FLOW_FAULT 0
#define FLOW_MASS_AT_ZERO 1
#define FLOW_RATE 2
#define FLOW_RESULTS 3

__device__ inline const Curve &curve_of(const Work &w) {
    return *reinterpret_cast<const Curve *>(w.asked + sizeof(Question) / sizeof(word));
}

// Probabilities of staying and of being absorbed in a step, and of each weight.
__device__ inline void make_flow(const Work &w) {
    const Trace &t = w.trace();
    const Curve &c = curve_of(w);
    Ranges ranges;
    double fault = evaluate_rates(w, ranges);
    double highest = 0.0;
    ROLLED
    for (word b = 0; b < t.blocks; b++) {
        const Block &block = w.block(b);
        ROLLED
        for (word p = block.first; p < block.first + block.size; p++) {
            // What the sum loses to rounding: where nearly all leaves, the probability of staying is made of it.
            double out = 0.0, lost = 0.0, exit = 0.0;
            edges_of(w, block, p, [&](word to, word weight) {
                double rate = w.rate(weight), before = out;
                out = before + rate;
                double added = out - before;
                lost += (before - (out - added)) + (rate - added);
                exit += to == t.positions ? rate : 0.0;
            });
            w.at(c.stay + p) = out;
            w.at(c.next + p) = lost;
            w.at(c.exit + p) = exit;
            highest = larger(highest, out);
        }
    }
    double rate = t.discrete || highest == 0.0 ? 1.0 : highest;
    ROLLED
    for (word p = 0; p < t.positions; p++) {
        double stays = ((rate - w.at(c.stay + p)) - w.at(c.next + p)) / rate;
        w.at(c.stay + p) = stays > 0.0 ? stays : 0.0;
        w.at(c.exit + p) = w.at(c.exit + p) / rate;
        w.at(c.now + p) = 0.0;
    }
    ROLLED
    for (word i = 0; i < t.variables + t.constants; i++) {
        w.at(c.probability + i) = w.rate(i) / rate;
    }
    double mass_at_zero = 0.0;
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        word to = w.words[t.start_words + 2 * i];
        double probability = w.at(w.question().initial + i);
        if (to == t.positions) {
            mass_at_zero += probability;
        } else {
            w.at(c.now + to) = probability;
        }
    }
    // Where every rate is above zero, the pattern alone says whether there are traps; elsewhere the engine looks.
    w.put(FLOW_FAULT, ranges.least > 0.0 ? fault : NOT_A_NUMBER);
    w.put(FLOW_MASS_AT_ZERO, mass_at_zero);
    w.put(FLOW_RATE, rate);
}

// What is kept of the steps taken so far, so many at most: mass left, what leaves in the step to come, what has left.
struct Steps {
    double *records;
    address most;
    address kept;
    bool full;

    __device__ double &mass(address k) const { return records[3 * k * LANES]; }
    __device__ double &leaving(address k) const { return records[(3 * k + 1) * LANES]; }
    __device__ double &absorbed(address k) const { return records[(3 * k + 2) * LANES]; }

    __device__ void keep(const Work &w, double absorbed_before) {
        const Curve &c = curve_of(w);
        double leaves = 0.0, left = 0.0;
        ROLLED
        for (word p = 0; p < w.trace().positions; p++) {
            double mass = w.at(c.now + p);
            leaves += mass * w.at(c.exit + p);
            left += mass;
        }
        mass(kept) = left;
        leaving(kept) = leaves;
        absorbed(kept) = absorbed_before;
        kept++;
    }

    // Takes steps until this one is kept.
    __device__ void reach(const Work &w, address step) {
        const Curve &c = curve_of(w);
        ROLLED
        while (kept <= step && !full) {
            if (kept == most) {
                full = true;
                return;
            }
            ROLLED
            for (word p = 0; p < w.trace().positions; p++) {
                double stays = w.at(c.now + p) * w.at(c.stay + p);
                double mass = stays < SMALLEST_NORMAL ? 0.0 : stays;
                word end = w.asked[c.entering_first + p + 1];
                UNROLLED
                for (word e = w.asked[c.entering_first + p]; e < end; e++) {
                    double probability = w.at(c.probability + w.asked[c.entering_weight + e]);
                    mass += w.at(c.now + w.asked[c.entering_from + e]) * probability;
                }
                w.at(c.next + p) = mass;
            }
            ROLLED
            for (word p = 0; p < w.trace().positions; p++) {
                w.at(c.now + p) = w.at(c.next + p);
            }
            keep(w, absorbed(kept - 1) + leaving(kept - 1));
        }
    }
};

// Poisson probabilities of a mean, by recurrence from the mode and normalised by their sum; and the probability of more.
// There is room for `half` to either side of the mode.
struct Poisson {
    double *values;
    address half;
    address first;  // of the kept ones, counted from mode - half
    address end;
    double mode;

    __device__ double &mass(address i) const { return values[2 * i * LANES]; }
    __device__ double &beyond(address i) const { return values[(2 * i + 1) * LANES]; }

    // False where there is too little room.
    __device__ bool fill(double mean) {
        mode = floor(mean);
        first = half;
        double k = mode, value = 1.0;
        ROLLED
        while (k > 0.0 && value > NEGLIGIBLE) {
            value *= k / mean;
            k -= 1.0;
            if (first == 0) {
                return false;
            }
            mass(--first) = value;
        }
        mass(half) = 1.0;
        end = half + 1;
        k = mode;
        value = 1.0;
        ROLLED
        for (;;) {
            k += 1.0;
            value *= mean / k;
            if (value <= NEGLIGIBLE) {
                break;
            }
            if (end == 2 * half) {
                return false;
            }
            mass(end++) = value;
        }
        double below = 0.0, above = 0.0;
        ROLLED
        for (address i = first; i < half; i++) {
            below += mass(i);
        }
        ROLLED
        for (address i = end; i-- > half;) {
            above += mass(i);
        }
        double total = below + above;
        ROLLED
        for (address i = first; i < end; i++) {
            mass(i) = mass(i) / total;
        }
        beyond(end - 1) = 0.0;
        ROLLED
        for (address i = end - 1; i > first; i--) {
            beyond(i - 1) = beyond(i) + mass(i);
        }
        return true;
    }

    __device__ address first_step() const { return (address)mode - (half - first); }
};

// Density, cdf and survival at each time, and the last step that counted; a fault where there was no room.
#define POINT_RESULTS 4

__device__ inline void put_point(const Work &w, word time, double density, double cdf, double survival, double last) {
    word place = 1 + POINT_RESULTS * time;
    w.put(place, density);
    w.put(place + 1, cdf);
    w.put(place + 2, survival);
    w.put(place + 3, last);
}

// At the time whose number of steps has these probabilities.
__device__ inline void weigh(const Work &w, Steps &steps, const Poisson &poisson, word time, double rate, double most) {
    const double tolerance = w.multiples[curve_of(w).n_tolerance];
    double density = 0.0, cdf = 0.0, survival = 0.0;
    address step = poisson.first_step();
    ROLLED
    for (address i = poisson.first; i < poisson.end && !steps.full; i++) {
        steps.reach(w, step);
        if (steps.full) {
            break;
        }
        double weight = poisson.mass(i), beyond = poisson.beyond(i);
        density += weight * steps.leaving(step);
        cdf += weight * steps.absorbed(step);
        survival += weight * steps.mass(step);
        double rest = beyond * steps.mass(step);
        if (rest * most <= tolerance * density && rest <= tolerance * survival && beyond <= tolerance * cdf) {
            cdf += beyond * steps.absorbed(step);
            break;
        }
        step++;
    }
    put_point(w, time, density * rate, cdf, survival, (double)step);
}

// All times of a lane.
__device__ inline void draw_curve(const Work &w, Steps steps, Poisson poisson, double mass_at_zero, double rate) {
    const Trace &t = w.trace();
    const Curve &c = curve_of(w);
    double most = 0.0, fault = 0.0;
    ROLLED
    for (word p = 0; p < t.positions; p++) {
        most = larger(most, w.at(c.exit + p));
    }
    steps.keep(w, mass_at_zero);
    ROLLED
    for (word i = 0; i < c.times && !steps.full; i++) {
        double time = w.multiples[c.n_times + i];
        if (t.discrete) {
            address after = (address)floor(time);
            steps.reach(w, after);
            if (!steps.full) {
                double density = after == 0 ? mass_at_zero : steps.leaving(after - 1);
                put_point(w, i, density, steps.absorbed(after), steps.mass(after), (double)after);
            }
        } else if (poisson.fill(time * rate)) {
            weigh(w, steps, poisson, i, rate, most);
        } else {
            fault = NOT_A_NUMBER;
        }
    }
    w.put(0, steps.full ? NOT_A_NUMBER : fault);
}
