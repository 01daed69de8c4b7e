// Adjoints of equations, and what they make of gradients and covariances: one transposed solve an equation.
#pragma once

#include "eliminate.cuh"
#include "rates.cuh"

// Solves y M = b within a component whose factors are kept, and passes what leaves it on to later ones.
__device__ inline void solve_transposed(const Work &w, const Block &block, word q) {
    Part part(w, block);
    const Plan &plan = w.plan(block);
    ROLLED
    for (word k = 0; k < block.size; k++) {
        double through = w.adjoint(q, block.first + k) * w.at(part.inverse + k);
        w.adjoint(q, block.first + k) = through;
        UNROLLED
        for (word u = w.words[plan.upper_first + k]; u < w.words[plan.upper_first + k + 1]; u++) {
            w.adjoint(q, block.first + w.words[plan.upper + u]) += w.at(part.upper + u) * through;
        }
    }
    ROLLED
    for (word k = block.size; k-- > 0;) {
        double through = w.adjoint(q, block.first + k);
        UNROLLED
        for (word e = w.words[plan.lower_first + k]; e < w.words[plan.lower_first + k + 1]; e++) {
            w.adjoint(q, block.first + w.words[plan.lower + e]) += w.at(part.lower + e) * through;
        }
    }
    ROLLED
    for (word p = block.first; p < block.first + block.size; p++) {
        double through = w.adjoint(q, p);
        Boundary out(w, p);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            w.adjoint(q, out.to[e]) += w.rate(out.weight[e]) * through;
        }
    }
}

// The same for vertices to which the chain does not return.
__device__ inline void substitute_transposed(const Work &w, const Block &block, word q) {
    Part part(w, block);
    ROLLED
    for (word k = 0; k < block.size; k++) {
        double through = w.adjoint(q, block.first + k) * w.at(part.inverse + k);
        w.adjoint(q, block.first + k) = through;
        Boundary out(w, block.first + k);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            w.adjoint(q, out.to[e]) += w.rate(out.weight[e]) * through;
        }
    }
}

__device__ inline bool rests_on(const Work &w, word target, word q) {
    return w.asked[w.question().rests + target * w.question().equations + q] != 0;
}

// Adds to the adjoint of an equation, at positions from `first` until `end`, those of the equations that a target rests on
// and whose right-hand sides are made of its solution, or of N x of it.
__device__ inline void gather(const Work &w, word target, word q, bool of_steps, word first, word end) {
    ROLLED
    for (word user = q + 1; user <= target; user++) {
        const Equation &equation = w.equation(user);
        ROLLED
        for (word i = 0; rests_on(w, target, user) && i < equation.products; i++) {
            const Product &product = w.product(equation, i);
            bool concerned = (product.step != 0) == of_steps && product.of == q;
            ROLLED
            for (word p = first; concerned && p < end; p++) {
                w.adjoint(q, p) += w.multiple(product.each, product.n_multiple, p) * w.adjoint(user, p);
            }
        }
    }
}

// Where a right-hand side is made of N x, it rests on x wherever a step may lead.
__device__ inline void scatter_steps(const Work &w, const Block &block, word user) {
    const Equation &equation = w.equation(user);
    ROLLED
    for (word i = 0; i < equation.products; i++) {
        const Product &product = w.product(equation, i);
        ROLLED
        for (word p = block.first; product.step && p < block.first + block.size; p++) {
            double through = w.multiple(product.each, product.n_multiple, p) * w.adjoint(user, p);
            double stays = 1.0;
            edges_of(w, block, p, [&](word to, word weight) {
                double probability = w.rate(weight);
                stays = stays - probability;
                w.adjoint(product.of, to) += probability * through;
            });
            w.adjoint(product.of, p) += (stays > 0.0 ? stays : 0.0) * through;
        }
    }
}

// What the rates of a block's edges do to a result: the adjoint where an edge begins, times what the solution gains along
// it. Beside it the same with a sum in the place of the difference. Rates that no parameter changes are of no interest.
__device__ inline void sense(const Work &w, const Block &block, word q) {
    const word by_weight = w.question().by_weight, variables = w.trace().variables;
    const word magnitudes = w.question().magnitudes;
    ROLLED
    for (word p = block.first; p < block.first + block.size; p++) {
        double here = w.solution(q, p), through = w.adjoint(q, p);
        Boundary out(w, p);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            if (out.weight[e] < variables) {
                double there = w.solution(q, out.to[e]);
                w.at(by_weight + out.weight[e]) += through * (there - here);
                w.at(magnitudes + out.weight[e]) += through * (there + here);
            }
        }
    }
    if (!block.cyclic) {
        return;
    }
    const Plan &plan = w.plan(block);
    ROLLED
    for (word k = 0; k < block.size; k++) {
        double here = w.solution(q, block.first + k), through = w.adjoint(q, block.first + k);
        ROLLED
        for (word e = w.words[plan.edges_first + k]; e < w.words[plan.edges_first + k + 1]; e++) {
            word weight = w.words[block.inner + e];
            if (weight < variables) {
                double there = w.solution(q, block.first + w.words[plan.edges + e]);
                w.at(by_weight + weight) += through * (there - here);
                w.at(magnitudes + weight) += through * (there + here);
            }
        }
    }
}

// Fills the adjoints of the equations that a target rests on, itself included. With `sensed` what they say of each weight
// is added up on the way.
__device__ inline void solve_adjoints(const Work &w, word target, bool sensed) {
    const Trace &t = w.trace();
    ROLLED
    for (word q = 0; q <= target; q++) {
        ROLLED
        for (word p = 0; rests_on(w, target, q) && p <= t.positions; p++) {
            w.adjoint(q, p) = 0.0;
        }
    }
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        w.adjoint(target, w.words[t.start_words + 2 * i]) += w.at(w.question().initial + i);
    }
    ROLLED
    for (word b = 0; b < t.blocks; b++) {
        const Block &block = w.block(b);
        ROLLED
        for (word q = target + 1; q-- > 0;) {
            if (!rests_on(w, target, q)) {
                continue;
            }
            gather(w, target, q, false, block.first, block.first + block.size);
            if (block.cyclic) {
                solve_transposed(w, block, q);
            } else {
                substitute_transposed(w, block, q);
            }
            if (sensed) {
                sense(w, block, q);
            }
            scatter_steps(w, block, q);
        }
    }
}

// Whether some right-hand side is made of N x.
__device__ inline bool any_steps(const Work &w) {
    ROLLED
    for (word q = 0; q < w.question().equations; q++) {
        ROLLED
        for (word i = 0; i < w.equation(q).products; i++) {
            if (w.product(w.equation(q), i).step) {
                return true;
            }
        }
    }
    return false;
}

// Not a number where the value of a position, of those that stand from a place on, is neither zero nor moderate.
__device__ inline double moderate(const Work &w, word place) {
    double lowest = 1.0, highest = 1.0;
    ROLLED
    for (word p = 0; p < w.trace().positions; p++) {
        double size = fabs(w.at(place + p));
        highest = larger(highest, size);
        lowest = smaller(lowest, size + (size <= 0.0 ? 1.0 : 0.0));
    }
    return fault_outside(highest, LARGEST_MODERATE) + fault_outside(LEAST_MODERATE, lowest);
}

// Adds up by parameter what there is by weight, from a place on, with its coefficients or their magnitudes.
__device__ inline void by_parameter(const Work &w, word by_weight, bool magnitudes, word result) {
    const Trace &t = w.trace();
    ROLLED
    for (word p = 0; p < t.parameters; p++) {
        w.put(result + p, 0.0);
    }
    ROLLED
    for (word i = 0; i < t.variables; i++) {
        double sensitivity = w.at(by_weight + i);
        ROLLED
        for (word c = w.words[t.coefficient_first + i]; c < w.words[t.coefficient_first + i + 1]; c++) {
            double &sum = w.results[(address)(result + w.words[t.coefficient_words + c]) * LANES];
            double coefficient = w.numbers[t.n_coefficients + c];
            sum += (magnitudes ? fabs(coefficient) : coefficient) * sensitivity;
        }
    }
}

// The derivative of a target's expectation with respect to each parameter, to `result` and after, and the magnitudes of its
// terms, to `result_magnitudes` and after. Initial probabilities are weights divided by their sum.
__device__ inline double gradient(const Work &w, word target, double expected, word result, word result_magnitudes,
                                  Ranges &ranges) {
    const Trace &t = w.trace();
    const word by_weight = w.question().by_weight, magnitudes = w.question().magnitudes;
    ROLLED
    for (word i = 0; i < t.variables; i++) {
        w.at(by_weight + i) = 0.0;
        w.at(magnitudes + i) = 0.0;
    }
    // Where right-hand sides are made of N x, what is sensed is known only when all adjoints are.
    const bool at_once = !any_steps(w);
    solve_adjoints(w, target, at_once);
    ROLLED
    for (word q = 0; q <= target; q++) {
        if (!rests_on(w, target, q)) {
            continue;
        }
        ranges.error += moderate(w, w.question().adjoints + q * (t.positions + 1));
        if (at_once) {
            continue;
        }
        // What N x stands for changes with the rates as x does, so both adjoints are added.
        gather(w, target, q, true, 0, t.positions);
        ROLLED
        for (word b = 0; b < t.blocks; b++) {
            sense(w, w.block(b), q);
        }
    }
    double sum = 0.0;
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        sum += w.rate(w.words[t.start_words + 2 * i + 1]);
    }
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        word to = w.words[t.start_words + 2 * i], weight = w.words[t.start_words + 2 * i + 1];
        if (weight < t.variables) {
            double x = to == t.positions ? 0.0 : w.solution(target, to);
            w.at(by_weight + weight) += (x - expected) / sum;
            w.at(magnitudes + weight) += (x + expected) / sum;
        }
    }
    by_parameter(w, by_weight, false, result);
    by_parameter(w, magnitudes, true, result_magnitudes);
    double fault = 0.0;
    ROLLED
    for (word p = 0; p < t.parameters; p++) {
        fault += fault_unless_finite(w.results[(address)(result + p) * LANES]);
    }
    return fault;
}

// Covariances by the expected times, which are the adjoint of any target, to `result` and after: row by row, up to the
// diagonal. `expected` is where the expectations stand among the results.
__device__ inline double covary(const Work &w, word expected, word result) {
    const Trace &t = w.trace();
    const Question &question = w.question();
    const word *covaried = w.asked + question.covaried_words;
    const word any = covaried[0];
    double fault = 0.0;
    ROLLED
    for (word i = 0; i < question.covaried; i++) {
        ROLLED
        for (word j = 0; j <= i; j++) {
            word q = covaried[2 * i], o = covaried[2 * j];
            const double *r = w.multiples + covaried[2 * i + 1], *s = w.multiples + covaried[2 * j + 1];
            double sum = 0.0;
            ROLLED
            for (word p = 0; p < t.positions; p++) {
                double own = t.discrete ? r[p] * s[p] : 0.0;
                double earned = r[p] * w.solution(o, p) + s[p] * w.solution(q, p) - own;
                sum += w.adjoint(any, p) * earned;
            }
            double both = w.results[(address)(expected + q) * LANES] * w.results[(address)(expected + o) * LANES];
            double covariance = sum - both;
            w.put(result++, covariance);
            fault += fault_unless_finite(covariance);
        }
    }
    return fault;
}
