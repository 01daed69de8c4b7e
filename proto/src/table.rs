//! What the tables of the store are: their names, and what the blobs are that they lead to.

use crate::Table;

/// Version of the encoding of plans, as the engine writes it into their first bytes. It stands in every entry
/// that leads to one, so that a daemon, which cannot parse a plan, never serves one that its clients can not
/// read.
pub const PLAN_ENCODING: u32 = 4;

/// Version of the encoding of traces; as [`PLAN_ENCODING`].
pub const TRACE_ENCODING: u32 = 4;

impl Table {
    /// Every table, in the order in which reports list them.
    pub const ALL: [Table; 5] = [Table::Plans, Table::Traces, Table::Manifest, Table::Names, Table::Files];

    /// Its name for people and programs, and that of its directory in the store.
    pub fn name(self) -> &'static str {
        match self {
            Table::Plans => "plans",
            Table::Traces => "traces",
            Table::Manifest => "manifest",
            Table::Names => "names",
            Table::Files => "files",
        }
    }

    /// What its entries lead to, in one word.
    pub fn kind(self) -> &'static str {
        match self {
            Table::Plans => "plan",
            Table::Traces | Table::Manifest | Table::Names | Table::Files => "trace",
        }
    }

    /// Version of the encoding of what its entries lead to.
    pub fn encoding(self) -> u32 {
        match self {
            Table::Plans => PLAN_ENCODING,
            Table::Traces | Table::Manifest | Table::Names | Table::Files => TRACE_ENCODING,
        }
    }

    /// Whether each user has one of his own.
    pub fn is_own(self) -> bool {
        matches!(self, Table::Manifest | Table::Names | Table::Files)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn no_two_tables_share_a_name() {
        let names: std::collections::BTreeSet<_> = Table::ALL.iter().map(|table| table.name()).collect();
        assert_eq!(names.len(), Table::ALL.len());
    }
}
