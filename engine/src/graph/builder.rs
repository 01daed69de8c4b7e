//! Checked construction of graphs.

use super::{Graph, GraphError, Kind, MAX_EDGES, MAX_PARAMETERS, MAX_VERTICES, Weight, WeightTable};

/// Builds a [`Graph`]: vertices first (or as they are found), then the edges between those that exist.
/// Each call checks what it adds, so an error names the vertex or edge at fault.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: Graph,
}

impl GraphBuilder {
    /// An empty graph whose start will be the first vertex added.
    ///
    /// # Errors
    /// If there are more than [`MAX_PARAMETERS`] parameters.
    pub fn new(kind: Kind, parameters: usize, state_length: usize) -> Result<Self, GraphError> {
        if parameters > MAX_PARAMETERS {
            return Err(GraphError::TooManyParameters { found: parameters, limit: MAX_PARAMETERS });
        }
        let graph = Graph {
            kind,
            is_normalised: false,
            keeps_start_mass: false,
            kind_assumed: false,
            start: 0,
            state_length,
            vertices: 0,
            states: Vec::new(),
            start_edges: Vec::new(),
            edges: Vec::new(),
            weights: WeightTable::new(parameters),
        };
        Ok(GraphBuilder { graph })
    }

    /// Makes another row than the first the start. To be called before edges are added.
    pub fn start_at(&mut self, row: u32) {
        self.graph.start = row;
    }

    /// Records that the kind is the reader's assumption and is not stated by the file; see
    /// [`Graph::looks_discrete`].
    pub fn assume_kind(&mut self) {
        self.graph.kind_assumed = true;
    }

    /// Number of vertices so far.
    pub fn vertices(&self) -> usize {
        self.graph.vertices
    }

    /// State vector of a row added before.
    ///
    /// # Panics
    /// If the row does not exist.
    pub fn state(&self, row: usize) -> &[i32] {
        self.graph.state(row)
    }

    /// Adds a vertex and returns its row.
    ///
    /// # Errors
    /// If the state has another length than announced, there are more than [`MAX_VERTICES`], or memory is short.
    pub fn vertex(&mut self, state: &[i32]) -> Result<u32, GraphError> {
        let vertex = self.graph.vertices;
        if vertex >= MAX_VERTICES {
            return Err(GraphError::TooManyVertices { limit: MAX_VERTICES });
        }
        let expected = self.graph.state_length;
        if state.len() != expected {
            return Err(GraphError::StateLength { vertex, found: state.len(), expected });
        }
        self.graph.states.try_reserve(state.len()).map_err(|_| self.out_of_memory())?;
        self.graph.states.extend_from_slice(state);
        self.graph.vertices += 1;
        Ok(vertex as u32)
    }

    /// Adds an edge between two vertices other than the start; both must have been added.
    ///
    /// # Errors
    /// If a vertex does not exist or is the start, or the weight is not finite, constant and negative, or has
    /// another number of coefficients than there are parameters; if memory is short.
    pub fn edge(&mut self, from: u32, to: u32, weight: Weight<'_>) -> Result<(), GraphError> {
        let start = self.graph.start;
        if from == start || to == start {
            return Err(GraphError::TouchesStart {
                from: from as usize,
                to: to as usize,
                start: start as usize,
            });
        }
        let weight = self.check(from, to, weight)?;
        self.graph.edges.try_reserve(1).map_err(|_| self.out_of_memory())?;
        self.graph.edges.push((from, to, weight));
        Ok(())
    }

    /// Adds an edge out of the start; it may lead to an absorbing vertex (mass at zero).
    ///
    /// # Errors
    /// As [`GraphBuilder::edge`].
    pub fn start_edge(&mut self, to: u32, weight: Weight<'_>) -> Result<(), GraphError> {
        let start = self.graph.start;
        if to == start {
            return Err(GraphError::TouchesStart {
                from: start as usize,
                to: to as usize,
                start: start as usize,
            });
        }
        let weight = self.check(start, to, weight)?;
        self.graph.start_edges.try_reserve(1).map_err(|_| self.out_of_memory())?;
        self.graph.start_edges.push((to, weight));
        Ok(())
    }

    fn check(&mut self, from: u32, to: u32, weight: Weight<'_>) -> Result<u32, GraphError> {
        let vertices = self.graph.vertices;
        if self.graph.edge_count() >= MAX_EDGES {
            return Err(GraphError::TooManyEdges { limit: MAX_EDGES });
        }
        let (from, to) = (from as usize, to as usize);
        if from >= vertices || to >= vertices {
            return Err(GraphError::NoSuchVertex { from, to, vertices });
        }
        match weight {
            Weight::Constant(value) => {
                if !value.is_finite() {
                    return Err(GraphError::NotFinite { from, to, value });
                }
                if value < 0.0 {
                    return Err(GraphError::Negative { from, to, value });
                }
            }
            Weight::Linear { base, coefficients } => {
                let (found, expected) = (coefficients.len(), self.graph.parameters());
                if found != expected {
                    return Err(GraphError::CoefficientCount { from, to, found, expected });
                }
                if let Some(&value) = std::iter::once(&base).chain(coefficients).find(|v| !v.is_finite()) {
                    return Err(GraphError::NotFinite { from, to, value });
                }
            }
        }
        self.graph.weights.try_reserve_one().map_err(|_| self.out_of_memory())?;
        Ok(self.graph.weights.intern(weight))
    }

    fn out_of_memory(&self) -> GraphError {
        GraphError::OutOfMemory { vertices: self.graph.vertices, edges: self.graph.edge_count() }
    }

    /// The finished graph.
    ///
    /// # Errors
    /// If there is no vertex, or no start edge of positive weight.
    pub fn finish(self) -> Result<Graph, GraphError> {
        let graph = self.graph;
        if graph.vertices == 0 {
            return Err(GraphError::Empty);
        }
        if graph.start_edges().all(|e| e.weight.is_identically_zero()) {
            return Err(GraphError::NoInitialProbability { start: graph.start as usize });
        }
        Ok(graph)
    }
}
