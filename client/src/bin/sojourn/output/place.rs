//! What the name of an output file stands for, before anything is written.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Most symbolic links that are followed, as in Linux.
const MOST_LINKS: usize = 40;

/// What a name stands for.
#[derive(Debug)]
pub(super) enum OutputPlace {
    /// A pipe, a device or a descriptor of this process: written as data comes, never replaced.
    Stream(File),
    /// The path of a regular file, or of none yet; symbolic links are followed.
    File(PathBuf),
}

impl OutputPlace {
    /// Finds out what `path` stands for: `-` is standard output.
    ///
    /// # Errors
    /// If it is a folder, or a stream that can not be opened for writing, or its links go round in circles.
    pub(super) fn of(path: &Path) -> io::Result<OutputPlace> {
        let path = match follow(path)? {
            Followed::Descriptor(number, link) => return descriptor(number, &link).map(OutputPlace::Stream),
            Followed::Path(path) => path,
        };
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => File::options().write(true).open(&path).map(OutputPlace::Stream),
            // `name/` can only be a folder, and there is none.
            Err(error) if error.kind() == io::ErrorKind::NotFound && ends_in_a_slash(&path) => {
                Err(io::ErrorKind::IsADirectory.into())
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(OutputPlace::File(path)),
        }
    }
}

/// Whether `path` stands for a stream, which need not have a name with an ending: a pipe, a device or `-`.
pub(crate) fn is_stream(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    match follow(path) {
        Ok(Followed::Descriptor(..)) => true,
        Ok(Followed::Path(path)) => std::fs::metadata(path).is_ok_and(|found| {
            let kind = found.file_type();
            kind.is_fifo() || kind.is_char_device() || kind.is_block_device() || kind.is_socket()
        }),
        Err(_) => false,
    }
}

/// What is behind symbolic links.
enum Followed {
    /// A descriptor of a process by its number, and the path that leads to it.
    Descriptor(u32, PathBuf),
    /// Something that is no link, or nothing.
    Path(PathBuf),
}

/// Follows symbolic links by hand: the last may lead to a file that is still to be made, and the links of `/proc` to
/// descriptors are not to be followed, since a file that the shell holds open must not be replaced.
fn follow(path: &Path) -> io::Result<Followed> {
    if path == Path::new("-") {
        return Ok(Followed::Descriptor(1, path.to_owned()));
    }
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Some(number) = descriptor_of(&at) {
            return Ok(Followed::Descriptor(number, at));
        }
        match std::fs::read_link(&at) {
            Ok(target) => at = at.parent().unwrap_or(Path::new("")).join(target),
            // It is no link, or not there.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotFound) => {
                return Ok(Followed::Path(at));
            }
            Err(error) => return Err(error),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

/// The number of the descriptor that a path names: `/dev/stdout`, `/dev/fd/63`, `/proc/self/fd/1`.
fn descriptor_of(path: &Path) -> Option<u32> {
    let names: Vec<&str> = path
        .components()
        .map(|part| match part {
            Component::RootDir => Some("/"),
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect::<Option<_>>()?;
    match names[..] {
        ["/", "dev", "stdout"] => Some(1),
        ["/", "dev", "stderr"] => Some(2),
        ["/", "dev", "fd", number] | ["/", "proc", "self" | "thread-self", "fd", number] => {
            number.parse().ok()
        }
        _ => None,
    }
}

/// Opens a descriptor of this process for writing. Standard output and standard error are shared, so that what others
/// wrote to them stays; any other is opened once more, at its end where it is a regular file.
fn descriptor(number: u32, path: &Path) -> io::Result<File> {
    match number {
        1 => Ok(io::stdout().as_fd().try_clone_to_owned()?.into()),
        2 => Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
        _ if std::fs::metadata(path)?.is_file() => File::options().append(true).open(path),
        _ => File::options().write(true).open(path),
    }
}

fn ends_in_a_slash(path: &Path) -> bool {
    path.as_os_str().as_bytes().last() == Some(&b'/')
}
