"""Densities alpha exp(S t) s by scipy: reads a chain as JSON, times a curve, answers with densities as JSON."""

import json
import sys
import time

import numpy
from scipy.linalg import expm
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import expm_multiply

LIMIT = 10.0  # seconds for a curve; what takes longer is told as null

asked = json.load(sys.stdin)
alpha, leave = numpy.array(asked["alpha"]), numpy.array(asked["exit"])
n = len(alpha)
s = -csc_matrix((asked["values"], asked["rows"], asked["pointers"]), shape=(n, n))
dense, times, grid = s.toarray(), asked["times"], asked["grid"]


def by_expm(t):
    return float(alpha @ expm(dense * t) @ leave)


def by_multiply(t):
    return float(alpha @ expm_multiply(s * t, leave))


def curve_by_expm():
    return [by_expm(t) for t in grid]


def curve_by_multiply():
    # One call serves a grid of equal distances.
    return expm_multiply(s, leave, start=grid[0], stop=grid[-1], num=len(grid), endpoint=True) @ alpha


def milliseconds(work):
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
        if best > LIMIT / 3:
            break
    return best * 1e3


def clean(numbers):
    return [x if numpy.isfinite(x) else None for x in numbers]


answer = {"expm": clean([by_expm(t) for t in times]), "expm_ms": milliseconds(curve_by_expm)}
# The number of products grows with the norm: of stiff chains there are too many for a benchmark.
if abs(s).sum(axis=0).max() * grid[-1] < 1e6:
    answer["multiply"] = clean([by_multiply(t) for t in times])
    answer["multiply_ms"] = milliseconds(curve_by_multiply)
else:
    answer["multiply"], answer["multiply_ms"] = [None] * len(times), None
json.dump(answer, sys.stdout)
