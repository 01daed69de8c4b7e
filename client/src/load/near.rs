//! What may be meant by the name of a file that is not there.

use std::ffi::OsStr;
use std::path::Path;

use sojourn_engine::models;

use super::MODEL_PREFIX;

/// Most entries of a directory that are compared.
const MAX_ENTRIES: usize = 4096;

/// Returns a clause for an error that says what may be meant, or nothing: a model whose prefix was left out, else a
/// file of nearly the same name in the same directory.
pub(super) fn hint(name: &OsStr) -> String {
    let text = name.to_string_lossy();
    match model(&text) {
        Some(model) => format!("; the model is `{MODEL_PREFIX}{model}`"),
        None => file(Path::new(name)).map_or_else(String::new, |file| format!("; did you mean `{file}`?")),
    }
}

/// Returns the model that a text names without the prefix: exactly, or nearly where arguments follow.
fn model(text: &str) -> Option<String> {
    let end = text.find([',', '?']).unwrap_or(text.len());
    let (name, arguments) = text.split_at(end);
    let names = || models::list().iter().map(|model| model.name);
    let best = names().min_by_key(|known| strsim::levenshtein(known, name))?;
    match strsim::levenshtein(best, name) {
        0 => Some(text.to_owned()),
        edits if is_near(edits, name) && arguments.contains('=') && arguments.len() <= 100 => {
            Some(format!("{best}{arguments}"))
        }
        _ => None,
    }
}

/// Returns the name of the file nearest to one that is not there.
fn file(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).ok()?.take(MAX_ENTRIES).filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let (edits, name) = names.map(|name| (strsim::levenshtein(&name, &wanted), name)).min()?;
    is_near(edits, &wanted).then_some(name)
}

/// Returns whether so few edits are a slip: two at most, and no more than a quarter of the letters.
fn is_near(edits: usize, text: &str) -> bool {
    edits <= 2 && 4 * edits <= text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_its_prefix_is_told_and_a_slip_in_it_mended() {
        assert_eq!(hint("coalescent,n=10".as_ref()), "; the model is `model:coalescent,n=10`");
        assert_eq!(hint("coalescant,n=10".as_ref()), "; the model is `model:coalescent,n=10`");
        assert_eq!(hint("mm1k".as_ref()), "; the model is `model:mm1k`");
        assert_eq!(hint("/nowhere/coalescent.json".as_ref()), "");
        assert_eq!(hint("wombat,n=10".as_ref()), "");
    }

    #[test]
    fn a_file_is_suggested_only_where_it_is_near() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("kingman_20.json"), "").unwrap();
        let of = |name: &str| hint(directory.path().join(name).as_os_str());
        assert_eq!(of("kingmann_20.json"), "; did you mean `kingman_20.json`?");
        assert_eq!(of("islands.json"), "");
        assert_eq!(of("k"), "");
    }
}
