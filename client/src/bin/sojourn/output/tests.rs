//! Tests of output files.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::{Out, OutputFile, write_file};
use crate::error::CommandError;

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let name =
        |entry: io::Result<std::fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn a_reader_that_has_gone_is_noticed_at_the_flush() {
    let mut out = Out::to(Closed);
    out.line("buffered").unwrap();
    assert!(matches!(out.flush(), Err(CommandError::ClosedPipe)));
}

#[test]
fn a_file_is_seen_when_it_is_whole_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.csv");
    std::fs::write(&path, "old").unwrap();
    let mut file = OutputFile::create(&path).unwrap();
    file.write_all(b"-new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    file.write_beginning(b"+").unwrap();
    file.write_all(b"er").unwrap();
    file.finish().unwrap();
    assert_eq!(
        (std::fs::read(&path).unwrap(), names(folder.path())),
        (b"+newer".to_vec(), vec!["r.csv".into()])
    );
    let mut dropped = OutputFile::create(&path).unwrap();
    dropped.write_all(b"half").unwrap();
    drop(dropped);
    assert_eq!(
        (std::fs::read(&path).unwrap(), names(folder.path())),
        (b"+newer".to_vec(), vec!["r.csv".into()])
    );
}

#[test]
fn links_stay_links_and_modes_stay_modes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("far")).unwrap();
    std::fs::write(path("far/old"), "a longer old text").unwrap();
    std::fs::set_permissions(path("far/old"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("far/old", path("link")).unwrap();
    symlink("link", path("second")).unwrap();
    write_file(&path("second"), b"new").unwrap();
    assert!(path("link").is_symlink() && path("second").is_symlink());
    let found = std::fs::symlink_metadata(path("far/old")).unwrap();
    assert_eq!((found.mode() & 0o7777, std::fs::read(path("far/old")).unwrap()), (0o640, b"new".to_vec()));
    // A link to what is not there makes it.
    symlink("far/new", path("dangling")).unwrap();
    write_file(&path("dangling"), b"made").unwrap();
    assert!(path("dangling").is_symlink());
    assert_eq!(std::fs::read(path("far/new")).unwrap(), b"made");
    symlink("round", path("round")).unwrap();
    assert!(write_file(&path("round"), b"x").unwrap_err().to_string().contains("symbolic links"));
    assert_eq!(names(&path("far")), ["new", "old"]);
}

#[test]
fn all_names_of_a_file_have_what_was_written_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a"), "a longer old text").unwrap();
    std::fs::hard_link(path("a"), path("b")).unwrap();
    let inode = std::fs::metadata(path("a")).unwrap().ino();
    write_file(&path("b"), b"new").unwrap();
    assert_eq!(std::fs::read(path("a")).unwrap(), b"new");
    assert_eq!(
        (std::fs::metadata(path("b")).unwrap().ino(), names(folder.path())),
        (inode, vec!["a".into(), "b".into()])
    );
}

#[test]
fn a_file_with_attributes_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, "old").unwrap();
    let set = rustix::fs::setxattr(&path, "user.origin", b"lab", rustix::fs::XattrFlags::empty());
    if set.is_err() {
        // A file system without attributes has none to keep.
        return;
    }
    write_file(&path, b"new").unwrap();
    let mut value = [0; 8];
    let length = rustix::fs::getxattr(&path, "user.origin", &mut value).unwrap();
    assert_eq!((&value[..length], std::fs::read(&path).unwrap()), (&b"lab"[..], b"new".to_vec()));
}

#[test]
fn devices_are_written_into_and_a_full_one_says_so() {
    write_file(Path::new("/dev/null"), b"x").unwrap();
    let error = write_file(Path::new("/dev/full"), b"x").unwrap_err();
    assert!(error.exit_code() == 1 && error.to_string().contains("make room"), "{error}");
    use std::os::unix::fs::FileTypeExt;
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn what_can_not_be_written_is_named_with_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("taken")).unwrap();
    std::fs::write(path("file"), "x").unwrap();
    let refused = |name: &str| write_file(&path(name), b"x").unwrap_err().to_string();
    for (name, cure) in [
        ("taken", "it is a folder; name a file in it"),
        ("new/", "it is a folder; name a file in it"),
        ("none/a", "make it first"),
        ("file/a", "is no folder"),
    ] {
        let text = refused(name);
        assert!(text.contains(name) && text.ends_with(cure), "{text}");
    }
    assert_eq!(names(folder.path()), ["file", "taken"]);
}

#[test]
fn names_need_not_be_text_and_may_be_as_long_as_names_can_be() {
    let folder = tempfile::tempdir().unwrap();
    for name in [&b"\xff\xfe.csv"[..], &[b'x'; 255]] {
        let path = folder.path().join(OsStr::from_bytes(name));
        write_file(&path, b"x").unwrap();
        write_file(&path, b"y").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"y");
    }
    assert_eq!(names(folder.path()).len(), 2);
}
