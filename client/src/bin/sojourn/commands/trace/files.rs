//! Names of trace files.

use std::collections::{BTreeMap, HashMap, HashSet};

use sojourn_client::{Item, load};

/// File name of each index.
pub(super) type Names = BTreeMap<i64, String>;

/// Most characters and bytes of a name in front of index and ending; file systems allow 255 bytes in all.
const MOST_CHARS: usize = 120;
const MOST_BYTES: usize = 200;

/// Finds a file name for each index: made from the label, without directory and extension; the index is appended
/// where two would be the same, and underscores where another has that name. It depends on the command line alone,
/// never on the order of completion.
pub(super) fn names(items: &[Item]) -> Names {
    let stems: Vec<(i64, String)> =
        items.iter().filter(|item| item.idx >= 0).map(|item| (item.idx, stem(&item.label))).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    stems.iter().for_each(|(_, stem)| *uses.entry(stem).or_default() += 1);
    let mut taken: HashSet<String> =
        uses.iter().filter(|(_, n)| **n == 1).map(|(s, _)| (*s).to_owned()).collect();
    let mut name = |(idx, stem): &(i64, String)| {
        let mut name = stem.clone();
        if uses[stem.as_str()] > 1 {
            name = format!("{stem}-{idx}");
            while !taken.insert(name.clone()) {
                name.push('_');
            }
        }
        (*idx, format!("{name}.trace"))
    };
    stems.iter().map(&mut name).collect()
}

fn stem(label: &str) -> String {
    let name = load::short_name(label);
    let name = name.strip_prefix(load::MODEL_PREFIX).unwrap_or(name);
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let name = [".json", ".npz"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let safe = |c: char| if c.is_alphanumeric() || "._-=,".contains(c) { c } else { '_' };
    let mut name: String = name.chars().take(MOST_CHARS).map(safe).collect();
    while name.len() > MOST_BYTES {
        name.pop();
    }
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
        assert_eq!(named(&["a/t", "b/t", "t-0"]), ["t-0_.trace", "t-1.trace", "t-0.trace"], "none twice");
    }

    #[test]
    fn a_name_fits_into_a_file_system_whatever_its_alphabet() {
        let long = "\u{2f81a}".repeat(300);
        let names = named(&[&long, &long]);
        assert!(
            names[0] != names[1] && names.iter().all(|name| (150..255).contains(&name.len())),
            "{names:?}"
        );
    }

    #[test]
    fn a_label_can_not_lead_out_of_the_directory() {
        assert_eq!(named(&[".."]), ["graph...trace"]);
        assert_eq!(named(&["a:b\\c d"]), ["a_b_c_d.trace"]);
    }
}
