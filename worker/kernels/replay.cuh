// Replay of a trace at one parameter vector a lane: moments, rewards, gradients and covariances.
#pragma once

#include "adjoint.cuh"
#include "rates.cuh"

// Writes the right-hand side of an equation into its solution.
__device__ inline void right_hand_side(const Work &w, const Block &block, word q) {
    const Equation &equation = w.equation(q);
    ROLLED
    for (word p = block.first; p < block.first + block.size; p++) {
        double y = w.multiple(equation.constant_each, equation.n_constant, p);
        ROLLED
        for (word i = 0; i < equation.products; i++) {
            const Product &product = w.product(equation, i);
            double operand = product.step ? w.step(product.of, p) : w.solution(product.of, p);
            y += w.multiple(product.each, product.n_multiple, p) * operand;
        }
        w.solution(q, p) = y;
    }
}

// N x of a block of a discrete chain: what a row lacks to one is a self-loop.
__device__ inline void take_step(const Work &w, const Block &block, word q) {
    ROLLED
    for (word p = block.first; p < block.first + block.size; p++) {
        double sum = 0.0, stays = 1.0;
        edges_of(w, block, p, [&](word to, word weight) {
            double probability = w.rate(weight);
            stays = stays - probability;
            sum += probability * w.solution(q, to);
        });
        w.step(q, p) = sum + (stays > 0.0 ? stays : 0.0) * w.solution(q, p);
    }
}

// Solves the equations, components that are reached last first. All of a team come here; one warp does what is not
// elimination. What comes back is not a number where the solutions are worth nothing.
template <class Team>
__device__ inline double sweep(const Work &w, const Team &team) {
    const Trace &t = w.trace();
    const Question &question = w.question();
    double fault = 0.0;
    ROLLED
    for (word b = t.blocks; b-- > 0;) {
        const Block &block = w.block(b);
        ROLLED
        for (word q = 0; q < question.equations; q++) {
            if (team.leads()) {
                right_hand_side(w, block, q);
            }
            if (block.cyclic && block.cyclic != IS_PATH && q == 0) {
                fault += eliminate(w, team, block);
            }
            if (!team.leads()) {
                continue;
            }
            if (block.cyclic == IS_PATH && q == 0) {
                fault += eliminate_path(w, block);
            } else if (block.cyclic && q == 0) {
                substitute_back(w, block, q);
            } else if (block.cyclic) {
                solve_next(w, block, q);
            } else if (q == 0) {
                fault += substitute_first(w, block);
            } else {
                substitute_next(w, block, q);
            }
            if (w.equation(q).stepped) {
                take_step(w, block, q);
            }
        }
    }
    return fault;
}

// Results: the fault, the mass at zero, the error of the rates, then expectations, gradients, the magnitudes of their terms,
// and covariances.
#define RESULT_FAULT 0
#define RESULT_MASS_AT_ZERO 1
#define RESULT_RATE_ERROR 2
#define RESULT_EXPECTED 3

// Expectations over where the chain starts.
__device__ inline double expect(const Work &w) {
    const Trace &t = w.trace();
    const word *start = w.words + t.start_words;
    const word initial = w.question().initial;
    double mass_at_zero = 0.0, fault = 0.0;
    ROLLED
    for (word i = 0; i < t.starts; i++) {
        if (start[2 * i] == t.positions) {
            mass_at_zero += w.at(initial + i);
        }
    }
    w.put(RESULT_MASS_AT_ZERO, mass_at_zero);
    ROLLED
    for (word q = 0; q < w.question().equations; q++) {
        double sum = 0.0;
        ROLLED
        for (word i = 0; i < t.starts; i++) {
            sum += w.at(initial + i) * w.solution(q, start[2 * i]);
        }
        w.put(RESULT_EXPECTED + q, sum);
        fault += fault_unless_finite(sum);
    }
    return fault;
}

// Everything at the lane's vector.
template <class Team>
__device__ inline void replay(const Work &w, const Team &team) {
    const Trace &t = w.trace();
    const Question &question = w.question();
    double fault = 0.0;
    Ranges ranges;
    if (team.leads()) {
        fault = evaluate_rates(w, ranges);
        ROLLED
        for (word q = 0; q < question.equations; q++) {
            w.solution(q, t.positions) = 0.0;
        }
    }
    ROLLED
    for (word i = 0; i < question.row_size; i++) {
        w.at(question.row + team.warp() * question.row_size + i) = 0.0;
    }
    fault += sweep(w, team);
    w.at(question.faults + team.warp()) = fault;
    team.meet();
    if (!team.leads()) {
        return;
    }
    ROLLED
    for (word other = 1; other < team.warps(); other++) {
        fault += w.at(question.faults + other);
    }
    fault += expect(w);
    ROLLED
    for (word q = 0; q < question.equations; q++) {
        ranges.error += moderate(w, question.solutions + q * (t.positions + 1));
    }
    word result = RESULT_EXPECTED + question.equations;
    const word gradients = question.gradients ? question.equations * t.parameters : 0;
    ROLLED
    for (word target = 0; question.gradients && target < question.equations; target++) {
        double expected = w.results[(address)(RESULT_EXPECTED + target) * LANES];
        fault += gradient(w, target, expected, result, result + gradients, ranges);
        result += t.parameters;
    }
    result += gradients;
    w.put(RESULT_RATE_ERROR, ranges.error);
    if (question.covaried > 0) {
        solve_adjoints(w, w.asked[question.covaried_words], false);
        fault += covary(w, RESULT_EXPECTED, result);
    }
    w.put(RESULT_FAULT, fault);
}
