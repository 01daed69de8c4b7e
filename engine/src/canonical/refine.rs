//! Refinement of an ordered partition of the vertices.

use std::collections::VecDeque;

use super::digraph::{Adjacency, Digraph};

/// The vertices in canonical order: entry i is the vertex that gets number i.
pub(crate) fn canonical_order(graph: &Digraph) -> Vec<u32> {
    let mut partition = Partition::new(graph);
    partition.refine(graph);
    let mut cell = 0;
    while partition.cells < graph.len() {
        while partition.length[cell] == 1 {
            cell += 1;
        }
        partition.single_out_last(cell);
        partition.refine(graph);
    }
    partition.elements
}

/// An ordered partition. A cell is known by the position of its first element.
struct Partition {
    elements: Vec<u32>,
    position: Vec<u32>,
    /// Cell of each vertex.
    cell: Vec<u32>,
    /// Length of the cell that begins at a position.
    length: Vec<u32>,
    cells: usize,
    /// Cells whose neighbours are still to be told apart by them.
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    /// Sum of the labels between a vertex and the splitter.
    seen: Vec<u64>,
    /// How many of a cell have been seen; they stand at its end.
    touched: Vec<u32>,
    touched_cells: Vec<u32>,
    /// Kept to be used again by `split`.
    starts: Vec<usize>,
}

impl Partition {
    fn new(graph: &Digraph) -> Partition {
        let n = graph.len();
        let mut elements: Vec<u32> = (0..n as u32).collect();
        elements.sort_by_key(|&v| graph.colours[v as usize]);
        let mut partition = Partition {
            position: vec![0; n],
            cell: vec![0; n],
            length: vec![0; n],
            cells: 0,
            queue: VecDeque::new(),
            queued: vec![false; n],
            seen: vec![0; n],
            touched: vec![0; n],
            touched_cells: Vec::new(),
            starts: Vec::new(),
            elements,
        };
        let mut begin = 0;
        while begin < n {
            let colour = graph.colours[partition.elements[begin] as usize];
            let same = |v: &&u32| graph.colours[**v as usize] == colour;
            let end = begin + partition.elements[begin..].iter().take_while(same).count();
            partition.make_cell(begin, end);
            partition.enqueue(begin as u32);
            begin = end;
        }
        for (position, &v) in partition.elements.iter().enumerate() {
            partition.position[v as usize] = position as u32;
        }
        partition
    }

    fn make_cell(&mut self, begin: usize, end: usize) {
        self.length[begin] = (end - begin) as u32;
        self.elements[begin..end].iter().for_each(|&v| self.cell[v as usize] = begin as u32);
        self.cells += 1;
    }

    fn enqueue(&mut self, cell: u32) {
        if !std::mem::replace(&mut self.queued[cell as usize], true) {
            self.queue.push_back(cell);
        }
    }

    fn refine(&mut self, graph: &Digraph) {
        let mut splitter = Vec::new();
        while let Some(cell) = self.queue.pop_front() {
            self.queued[cell as usize] = false;
            if self.cells == self.elements.len() {
                continue; // every vertex is told apart: only the queue is left to be emptied
            }
            let begin = cell as usize;
            splitter.clear();
            splitter.extend_from_slice(&self.elements[begin..begin + self.length[begin] as usize]);
            for neighbours in [&graph.entering, &graph.leaving] {
                self.look_from(&splitter, neighbours);
                self.split_touched();
            }
        }
    }

    /// Adds up, for each neighbour of the splitter in a cell that can still split, the labels between, and
    /// gathers these neighbours at the ends of their cells.
    fn look_from(&mut self, splitter: &[u32], neighbours: &Adjacency) {
        for &v in splitter {
            for &(u, label) in neighbours.of(v) {
                let cell = self.cell[u as usize] as usize;
                if self.length[cell] == 1 {
                    continue;
                }
                self.seen[u as usize] = self.seen[u as usize].wrapping_add(label);
                let end = cell as u32 + self.length[cell] - self.touched[cell];
                if self.position[u as usize] < end {
                    if self.touched[cell] == 0 {
                        self.touched_cells.push(cell as u32);
                    }
                    self.touched[cell] += 1;
                    self.swap(self.position[u as usize] as usize, end as usize - 1);
                }
            }
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.elements.swap(a, b);
        self.position[self.elements[a] as usize] = a as u32;
        self.position[self.elements[b] as usize] = b as u32;
    }

    fn split_touched(&mut self) {
        let mut cells = std::mem::take(&mut self.touched_cells);
        cells.sort_unstable(); // in an order that does not depend on the numbering
        cells.drain(..).for_each(|cell| self.split(cell as usize));
        self.touched_cells = cells;
    }

    /// Splits a cell into what was not touched and one cell for each sum of labels, in the sums' order.
    fn split(&mut self, cell: usize) {
        let end = cell + self.length[cell] as usize;
        let gathered = end - std::mem::take(&mut self.touched[cell]) as usize;
        let seen = &self.seen;
        self.elements[gathered..end].sort_unstable_by_key(|&v| (seen[v as usize], v));
        let mut starts = std::mem::take(&mut self.starts);
        starts.clear();
        if gathered > cell {
            starts.push(cell);
        }
        for at in gathered..end {
            let sum = |i: usize| seen[self.elements[i] as usize];
            if at == gathered || sum(at) != sum(at - 1) {
                starts.push(at);
            }
        }
        for at in gathered..end {
            let v = self.elements[at] as usize;
            self.position[v] = at as u32;
            self.seen[v] = 0;
        }
        if starts.len() > 1 {
            self.replace(cell, end, &starts);
        }
        self.starts = starts;
    }

    /// Makes the parts that begin at `starts` cells of their own and puts them into the queue; all but the
    /// largest if the cell itself is not waiting there, since the rest then tell the same (Hopcroft, 1971).
    fn replace(&mut self, cell: usize, end: usize, starts: &[usize]) {
        self.cells -= 1;
        let ends = starts[1..].iter().copied().chain([end]);
        let mut largest = (0, cell);
        for (&begin, end) in starts.iter().zip(ends) {
            if begin == cell {
                // Its vertices know this cell already, and there may be many of them.
                self.length[cell] = (end - begin) as u32;
                self.cells += 1;
            } else {
                self.make_cell(begin, end);
            }
            if end - begin > largest.0 {
                largest = (end - begin, begin);
            }
        }
        let waiting = self.queued[cell];
        for &begin in starts {
            if waiting || begin != largest.1 {
                self.enqueue(begin as u32);
            }
        }
    }

    /// Puts the last vertex of a cell into a cell of its own, behind the others: these need not be touched,
    /// and there may be many of them to be singled out one after the other.
    fn single_out_last(&mut self, cell: usize) {
        let last = cell + self.length[cell] as usize - 1;
        self.length[cell] -= 1;
        self.make_cell(last, last + 1);
        self.enqueue(last as u32);
    }
}
