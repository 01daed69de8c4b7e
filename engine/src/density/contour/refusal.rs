//! Why a contour gives no answer.

/// Why a contour gives no answer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ContourRefusal {
    /// Factors of the certificate are too large.
    #[error(
        "its certificate would take {work:.1e} multiplications, or factors of more than 5 million numbers: the graph is too densely connected"
    )]
    Fill {
        /// Multiplications of a factorisation, infinite where nobody counted.
        work: f64,
    },
    /// Nothing is proved.
    #[error(
        "no sector that holds its spectrum could be proved: rounding hides it where rates are 10^12 times as fast as the time is long"
    )]
    Sector,
    /// Too many nodes.
    #[error(
        "its spectrum could only be proved to lie within {degrees:.1} degrees of the negative axis, and there is no time for the more than {most} nodes that this needs, as long rings do"
    )]
    Nodes {
        /// Half the angle of the sector that holds the spectrum.
        degrees: f64,
        /// Nodes that there is time for.
        most: usize,
    },
    /// The bound is too large.
    #[error("its error bound is {bound:.1e}: rounding hides the answer")]
    Rounding {
        /// The bound.
        bound: f64,
    },
    /// A gradient where a rate that is zero leads to where the chain never comes.
    #[error(
        "vertex {row} is entered only where a rate is above zero that is zero at this theta, and so is nothing that is proved of the chain"
    )]
    Entered {
        /// Row of the vertex.
        row: u32,
    },
}
