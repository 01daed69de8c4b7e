//! Graph files: reading and writing.
