//! Where the socket is, and directories that someone else may have planted.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A place in a directory whose privacy matters.
fn in_directory(directory: &Path) -> Place {
    Place { path: directory.join(SOCKET_NAME), rule: Rule::Temporary }
}

fn fault(result: Result<(), PlaceError>) -> DirectoryFault {
    match result {
        Err(PlaceError::Directory { fault, .. }) => fault,
        other => panic!("a fault of the directory was expected, not {other:?}"),
    }
}

#[test]
fn without_xdg_the_runtime_directory_of_the_user_is_taken_and_else_one_in_tmp() {
    let root = tempfile::tempdir().expect("a directory");
    let run_user = root.path().join("run");
    let temporary = root.path().join("tmp");
    let roots = Roots { run_user: &run_user, temporary: &temporary, uid: uid() };
    let find = || default_place_in(&|_| None, &roots);

    let in_tmp = temporary.join(format!("sojourn-{}/sojourn.sock", uid()));
    assert_eq!(find(), Place { path: in_tmp.clone(), rule: Rule::Temporary });

    let ours = run_user.join(uid().to_string());
    std::fs::create_dir_all(&ours).expect("in our directory");
    std::fs::set_permissions(&ours, PermissionsExt::from_mode(0o755)).expect("ours");
    assert_eq!(find().path, in_tmp, "taken although open to others");
    std::fs::set_permissions(&ours, PermissionsExt::from_mode(0o700)).expect("ours");
    assert_eq!(find(), Place { path: ours.join("sojourn/sojourn.sock"), rule: Rule::RunUser });

    let other = Roots { uid: uid() + 1, ..roots };
    std::fs::rename(&ours, run_user.join(other.uid.to_string())).expect("ours");
    assert_eq!(default_place_in(&|_| None, &other).rule, Rule::Temporary, "taken although of another owner");
}

#[test]
fn a_directory_is_made_closed_to_others_whatever_the_umask_permits() {
    let root = tempfile::tempdir().expect("a directory");
    let directory = root.path().join("sojourn");
    let place = in_directory(&directory);
    check_socket_directory(&place).expect("for a client, no directory is no danger");
    prepare_socket_directory(&place).expect("made");
    let mode = std::fs::metadata(&directory).expect("made").permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
    prepare_socket_directory(&place).expect("there already");
    check_socket_directory(&place).expect("there already");
}

#[test]
fn a_planted_link_file_or_open_directory_is_refused_by_daemon_and_client() {
    let root = tempfile::tempdir().expect("a directory");
    let real = root.path().join("real");
    std::fs::create_dir(&real).expect("in our directory");
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o700)).expect("ours");
    let link = root.path().join("link");
    symlink(&real, &link).expect("in our directory");
    let file = root.path().join("file");
    std::fs::write(&file, "").expect("in our directory");
    let open = root.path().join("open");
    std::fs::create_dir(&open).expect("in our directory");
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o770)).expect("ours");
    for check in [check_socket_directory, prepare_socket_directory] {
        assert_eq!(fault(check(&in_directory(&link))), DirectoryFault::SymbolicLink);
        assert_eq!(fault(check(&in_directory(&file))), DirectoryFault::NotDirectory);
        assert_eq!(fault(check(&in_directory(&open))), DirectoryFault::Open { mode: 0o770 });
    }
}

#[test]
fn a_directory_of_another_owner_is_refused_whatever_its_mode() {
    let root = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(root.path(), PermissionsExt::from_mode(0o700)).expect("ours");
    let stat = status(root.path()).expect("a directory");
    assert_eq!(check_private(&stat, uid()), Ok(()));
    let other = uid() + 1;
    assert_eq!(check_private(&stat, other), Err(DirectoryFault::Owner { owner: uid(), expected: other }));
}

#[test]
fn a_directory_named_by_hand_may_be_open_to_a_group() {
    let root = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(root.path(), PermissionsExt::from_mode(0o770)).expect("ours");
    let place = Place { path: root.path().join(SOCKET_NAME), rule: Rule::Flag };
    prepare_socket_directory(&place).expect("as whoever named it wants it");
}

#[test]
fn a_directory_that_can_not_be_made_is_named_with_the_reason() {
    let place = in_directory(Path::new("/proc/sojourn-can-not-be-here"));
    let error = prepare_socket_directory(&place).expect_err("not in /proc").to_string();
    assert!(error.contains("/proc/sojourn-can-not-be-here"), "{error}");
}
