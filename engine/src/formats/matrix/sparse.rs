//! A square matrix by the nonzero entries of its rows, from every layout in which tools write matrices.

/// A square matrix; columns ascend within a row, entries of the same place are summed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SparseMatrix {
    /// Entries of row i are `first[i]..first[i + 1]`.
    first: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

/// One entry: row, column, value.
pub(super) type Entry = (u32, u32, f64);

impl SparseMatrix {
    /// Returns the matrix of `n * n` numbers, row by row.
    ///
    /// # Errors
    /// If memory is short.
    pub(super) fn from_dense(n: usize, values: &[f64]) -> Result<SparseMatrix, String> {
        let entries = (0_u32..).zip(values.chunks_exact(n.max(1))).flat_map(|(row, entries)| {
            (0_u32..).zip(entries).filter(|(_, v)| **v != 0.0).map(move |(column, &v)| Ok((row, column, v)))
        });
        SparseMatrix::from_sorted(n, entries)
    }

    /// Returns the matrix of `n` rows with these entries, in any order.
    ///
    /// # Errors
    /// If memory is short.
    pub(super) fn from_entries(n: usize, mut entries: Vec<Entry>) -> Result<SparseMatrix, String> {
        // Entries of one place keep their order, so that their sum is always the same.
        entries.sort_by_key(|&(row, column, _)| (row, column));
        SparseMatrix::from_sorted(n, entries.into_iter().map(Ok))
    }

    fn from_sorted(
        n: usize,
        entries: impl Iterator<Item = Result<Entry, String>>,
    ) -> Result<SparseMatrix, String> {
        let mut matrix = SparseMatrix { first: Vec::new(), columns: Vec::new(), values: Vec::new() };
        let short = |_| "out of memory: more entries than this process may hold".to_owned();
        matrix.first.try_reserve_exact(n + 1).map_err(short)?;
        matrix.first.push(0);
        for entry in entries {
            let (row, column, value) = entry?;
            while matrix.first.len() <= row as usize {
                matrix.first.push(matrix.columns.len());
            }
            let begins = matrix.first[row as usize];
            match matrix.columns[begins..].last() {
                Some(&last) if last == column => {
                    let at = matrix.values.len() - 1;
                    matrix.values[at] += value;
                }
                _ => {
                    matrix.columns.try_reserve(1).map_err(short)?;
                    matrix.values.try_reserve(1).map_err(short)?;
                    matrix.columns.push(column);
                    matrix.values.push(value);
                }
            }
        }
        while matrix.first.len() <= n {
            matrix.first.push(matrix.columns.len());
        }
        Ok(matrix)
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Returns (column, value) of the nonzero entries of a row, by column.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + Clone {
        let range = self.first[row]..self.first[row + 1];
        self.columns[range.clone()].iter().map(|&c| c as usize).zip(self.values[range].iter().copied())
    }

    /// Returns an entry of the diagonal.
    pub(super) fn diagonal(&self, row: usize) -> f64 {
        self.row(row).find(|&(column, _)| column == row).map_or(0.0, |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_place_are_summed_and_rows_without_any_are_there() {
        let entries = vec![(2, 1, 1.0), (0, 2, 3.0), (2, 1, 0.5), (2, 0, 4.0)];
        let matrix = SparseMatrix::from_entries(4, entries).unwrap();
        let rows: Vec<Vec<(usize, f64)>> = (0..matrix.len()).map(|row| matrix.row(row).collect()).collect();
        assert_eq!(rows, [vec![(2, 3.0)], vec![], vec![(0, 4.0), (1, 1.5)], vec![]]);
        let dense = [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 4.0, 1.5, 0.0];
        assert_eq!(SparseMatrix::from_dense(3, &dense).unwrap().row(2).collect::<Vec<_>>(), rows[2]);
    }
}
