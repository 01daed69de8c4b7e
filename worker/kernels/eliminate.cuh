// Elimination of a component without subtraction, M = (I - L)(D - U), and solutions by its factors. Every entry gathers
// the terms that it has in the engine, in the same order: by ascending eliminated vertex. So results have the same bits,
// whoever works on them.
#pragma once

#include "image.cuh"
#include "team.cuh"

// A block at work, with the places of its values.
struct Part {
    const Block &block;
    word lower;
    word upper;
    word inverse;

    __device__ Part(const Work &w, const Block &block) : block(block) {
        const Question &q = w.question();
        lower = q.lower + (q.keep_all ? block.lower_place : 0);
        upper = q.upper + (q.keep_all ? block.upper_place : 0);
        inverse = q.inverse + (q.keep_all ? block.vertex_place : 0);
    }
};

// A row of the elimination, and what it has gathered so far.
struct Row {
    word place;  // its entries by column; zero between rows
    double leaving;
    double y;
};

// Entry `e` of L, in column `i`: its value, which leaves the row.
__device__ inline double take(const Work &w, const Part &part, Row &row, word i, word e) {
    const Question &q = w.question();
    double &entry = w.at(row.place + i);
    double l = entry * w.at(part.inverse + i);
    entry = 0.0;
    if (q.keep_lower) {
        w.at(part.lower + e) = l;
    }
    row.leaving += l * w.at(q.leaving + i);
    row.y += l * w.solution(0, part.block.first + i);
    return l;
}

// Adds what leads through vertex `i`.
__device__ inline void apply_one(const Work &w, const Part &part, const Plan &plan, Row &row, word i, word e) {
    double l = take(w, part, row, i, e);
    const word *columns = w.words + plan.upper;
    word end = w.words[plan.upper_first + i + 1];
    UNROLLED
    for (word u = w.words[plan.upper_first + i]; u < end; u++) {
        w.at(row.place + columns[u]) += l * w.at(part.upper + u);
    }
}

// Adds what leads through vertices `i` to `i + 3`, each of which leads to the next and wherever that leads: one pass over
// the row instead of four, in which every entry gathers the same terms in the same order.
__device__ inline void apply_four(const Work &w, const Part &part, const Plan &plan, Row &row, word i, word e) {
    const word *first = w.words + plan.upper_first + i;
    word a = first[0], b = first[1], c = first[2], d = first[3], end = first[4];
    double l0 = take(w, part, row, i, e);
    w.at(row.place + i + 1) += l0 * w.at(part.upper + a);
    double l1 = take(w, part, row, i + 1, e + 1);
    double &second = w.at(row.place + i + 2);
    second = second + l0 * w.at(part.upper + a + 1) + l1 * w.at(part.upper + b);
    double l2 = take(w, part, row, i + 2, e + 2);
    double &third = w.at(row.place + i + 3);
    third = third + l0 * w.at(part.upper + a + 2) + l1 * w.at(part.upper + b + 1) + l2 * w.at(part.upper + c);
    double l3 = take(w, part, row, i + 3, e + 3);
    a += 3;
    b += 2;
    c += 1;
    const word *columns = w.words + plan.upper + d;
    UNROLLED
    for (word t = 0; t < end - d; t++) {
        double &entry = w.at(row.place + columns[t]);
        entry = entry + l0 * w.at(part.upper + a + t) + l1 * w.at(part.upper + b + t) +
                l2 * w.at(part.upper + c + t) + l3 * w.at(part.upper + d + t);
    }
}

// Eliminates row `k`. What comes back is not a number where its vertex cannot be left, or a number is too large.
template <class Team>
__device__ inline double eliminate_row(const Work &w, const Team &team, const Part &part, const Plan &plan, word k) {
    const Question &q = w.question();
    const Block &block = part.block;
    const word *fourfold = w.words + plan.fourfold;
    Row row = {q.row + team.warp() * q.row_size, 0.0, w.solution(0, block.first + k)};
    ROLLED
    for (word e = w.words[plan.edges_first + k]; e < w.words[plan.edges_first + k + 1]; e++) {
        w.at(row.place + w.words[plan.edges + e]) = w.rate(w.words[block.inner + e]);
    }
    Boundary out(w, block.first + k);
    ROLLED
    for (word e = out.begin; e < out.end; e++) {
        double rate = w.rate(out.weight[e]);
        row.leaving += rate;
        row.y += rate * w.solution(0, out.to[e]);
    }
    word e = w.words[plan.lower_first + k], end = w.words[plan.lower_first + k + 1];
    ROLLED
    while (e < end) {
        word i = w.words[plan.lower + e];
        if (i + 3 < k && fourfold[i]) {
            team.await(i);
            team.await(i + 1);
            team.await(i + 2);
            team.await(i + 3);
            apply_four(w, part, plan, row, i, e);
            e += 4;
        } else {
            team.await(i);
            apply_one(w, part, plan, row, i, e);
            e += 1;
        }
    }
    w.at(row.place + k) = 0.0;  // a self-loop costs no time
    double diagonal = row.leaving;
    const word *columns = w.words + plan.upper;
    ROLLED
    for (word u = w.words[plan.upper_first + k]; u < w.words[plan.upper_first + k + 1]; u++) {
        double &entry = w.at(row.place + columns[u]);
        w.at(part.upper + u) = entry;
        diagonal += entry;
        entry = 0.0;
    }
    double inverse = 1.0 / diagonal;
    w.at(q.leaving + k) = row.leaving;
    w.at(part.inverse + k) = inverse;
    w.solution(0, block.first + k) = row.y;
    return diagonal * inverse;
}

// Eliminates a component, and carries the first right-hand side along. All of a team come here.
template <class Team>
__device__ inline double eliminate(const Work &w, const Team &team, const Block &block) {
    Part part(w, block);
    const Plan &plan = w.plan(block);
    double fault = 0.0;
    team.begin();
    ROLLED
    for (word k = team.warp(); k < block.size; k += team.warps()) {
        fault += eliminate_row(w, team, part, plan, k);
        team.publish(k);
    }
    team.meet();
    return fault;
}

// Eliminates a path and solves for the first right-hand side: the same operations, and what the next row needs stays in
// registers. Row k has the edges 2 k - 1, which leads back, and 2 k, which leads on.
__device__ inline double eliminate_path(const Work &w, const Block &block) {
    Part part(w, block);
    const bool keep_lower = w.question().keep_lower;
    const word last = block.size - 1, *inner = w.words + block.inner;
    double fault = 0.0, leaving_before = 0.0, inverse_before = 0.0, y_before = 0.0;
    ROLLED
    for (word k = 0; k <= last; k++) {
        double leaving = 0.0, y = w.solution(0, block.first + k);
        Boundary out(w, block.first + k);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            double rate = w.rate(out.weight[e]);
            leaving += rate;
            y += rate * w.solution(0, out.to[e]);
        }
        if (k > 0) {
            double l = w.rate(inner[2 * k - 1]) * inverse_before;
            if (keep_lower) {
                w.at(part.lower + k - 1) = l;
            }
            leaving += l * leaving_before;
            y += l * y_before;
        }
        double diagonal = leaving;
        if (k < last) {
            double u = w.rate(inner[2 * k]);
            w.at(part.upper + k) = u;
            diagonal += u;
        }
        double inverse = 1.0 / diagonal;
        w.at(part.inverse + k) = inverse;
        w.solution(0, block.first + k) = y;
        fault += diagonal * inverse;
        leaving_before = leaving;
        inverse_before = inverse;
        y_before = y;
    }
    double after = y_before * inverse_before;
    w.solution(0, block.first + last) = after;
    UNROLLED
    for (word k = last; k-- > 0;) {
        after = (w.solution(0, block.first + k) + w.at(part.upper + k) * after) * w.at(part.inverse + k);
        w.solution(0, block.first + k) = after;
    }
    return fault;
}

// x = (D - U)^-1 y of an equation, where its solution holds y.
__device__ inline void substitute_back(const Work &w, const Block &block, word q) {
    Part part(w, block);
    const Plan &plan = w.plan(block);
    const word *columns = w.words + plan.upper;
    ROLLED
    for (word k = block.size; k-- > 0;) {
        double y = w.solution(q, block.first + k);
        word end = w.words[plan.upper_first + k + 1];
        UNROLLED
        for (word u = w.words[plan.upper_first + k]; u < end; u++) {
            y += w.at(part.upper + u) * w.solution(q, block.first + columns[u]);
        }
        w.solution(q, block.first + k) = y * w.at(part.inverse + k);
    }
}

// Solves for a further right-hand side, by the values of L kept.
__device__ inline void solve_next(const Work &w, const Block &block, word q) {
    Part part(w, block);
    const Plan &plan = w.plan(block);
    const word *columns = w.words + plan.lower;
    ROLLED
    for (word k = 0; k < block.size; k++) {
        double y = w.solution(q, block.first + k);
        Boundary out(w, block.first + k);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            y += w.rate(out.weight[e]) * w.solution(q, out.to[e]);
        }
        word end = w.words[plan.lower_first + k + 1];
        UNROLLED
        for (word e = w.words[plan.lower_first + k]; e < end; e++) {
            y += w.at(part.lower + e) * w.solution(q, block.first + columns[e]);
        }
        w.solution(q, block.first + k) = y;
    }
    substitute_back(w, block, q);
}

// Vertices to which the chain does not return, substituted last first, for the first right-hand side.
__device__ inline double substitute_first(const Work &w, const Block &block) {
    Part part(w, block);
    double fault = 0.0;
    ROLLED
    for (word k = block.size; k-- > 0;) {
        double leaving = 0.0, y = w.solution(0, block.first + k);
        Boundary out(w, block.first + k);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            double rate = w.rate(out.weight[e]);
            leaving += rate;
            y += rate * w.solution(0, out.to[e]);
        }
        double inverse = 1.0 / leaving;
        w.at(part.inverse + k) = inverse;
        w.solution(0, block.first + k) = y * inverse;
        fault += leaving * inverse;
    }
    return fault;
}

// The same for a further one.
__device__ inline void substitute_next(const Work &w, const Block &block, word q) {
    Part part(w, block);
    ROLLED
    for (word k = block.size; k-- > 0;) {
        double y = w.solution(q, block.first + k);
        Boundary out(w, block.first + k);
        ROLLED
        for (word e = out.begin; e < out.end; e++) {
            y += w.rate(out.weight[e]) * w.solution(q, out.to[e]);
        }
        w.solution(q, block.first + k) = y * w.at(part.inverse + k);
    }
}
