//! Names of trace files.

use std::collections::{BTreeMap, HashMap};

use sojourn_client::{Item, load};

/// File name of each index.
pub(super) type Names = BTreeMap<i64, String>;

/// Finds a file name for each index: made from the label, without directory and extension; the index is appended
/// where two would be the same. It depends on the command line alone, never on the order of completion.
pub(super) fn names(items: &[Item]) -> Names {
    let stems: Vec<(i64, String)> =
        items.iter().filter(|item| item.idx >= 0).map(|item| (item.idx, stem(&item.label))).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    stems.iter().for_each(|(_, stem)| *uses.entry(stem).or_default() += 1);
    let name = |(idx, stem): &(i64, String)| match uses[stem.as_str()] {
        1 => (*idx, format!("{stem}.trace")),
        _ => (*idx, format!("{stem}-{idx}.trace")),
    };
    stems.iter().map(name).collect()
}

fn stem(label: &str) -> String {
    let name = load::short_name(label);
    let name = name.strip_prefix(load::MODEL_PREFIX).unwrap_or(name);
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let name = [".json", ".npz"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let safe = |c: char| if c.is_alphanumeric() || "._-=,".contains(c) { c } else { '_' };
    let name: String = name.chars().take(120).map(safe).collect();
    // A name of dots alone would be another place, one that begins with a dot a hidden file.
    if name.is_empty() || name.starts_with('.') { format!("graph{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(labels: &[&str]) -> Vec<String> {
        let graph = load::load_graph("model:coalescent,n=3", false).unwrap();
        let items: Vec<Item> =
            labels.iter().enumerate().map(|(idx, label)| Item::new(idx as i64, *label, &graph)).collect();
        names(&items).into_values().collect()
    }

    #[test]
    fn a_file_gives_its_trace_its_own_name() {
        assert_eq!(named(&["/a/b/toy.json", "x.json.gz"]), ["toy.trace", "x.trace"]);
        assert_eq!(named(&["model:im,n1=2,n2=2"]), ["im,n1=2,n2=2.trace"]);
    }

    #[test]
    fn equal_names_are_told_apart_by_index() {
        assert_eq!(named(&["a/t.json", "b/t.json", "u.json"]), ["t-0.trace", "t-1.trace", "u.trace"]);
    }

    #[test]
    fn a_label_can_not_lead_out_of_the_directory() {
        assert_eq!(named(&[".."]), ["graph...trace"]);
        assert_eq!(named(&["a:b\\c d"]), ["a_b_c_d.trace"]);
    }
}
