//! The one way in which commands write what `-o` names.
//!
//! A pipe, a device or a descriptor of this process is written as data comes. A regular file, existing or new, is written
//! under a temporary name in its folder and renamed when it is whole: until then the old one is untouched, and a
//! command that fails or is interrupted leaves no trace. What stands there keeps its mode, its owner and its place behind
//! symbolic links. Where a rename would lose something, as another hard link, an access control list or an owner that
//! this user may not give away, and where the folder can not be written, the whole file is copied into the old one.
//! A new file has the mode of the umask.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::place::{OutputPlace, is_stream};
use super::temporary::TemporaryFile;
use crate::error::CommandError;

/// Bytes that are written together.
const TOGETHER: usize = 1 << 18;

/// Mode of a new file, less the umask.
const NEW_MODE: u32 = 0o666;

/// Mode of a file that will have that of another.
const PRIVATE_MODE: u32 = 0o600;

/// A file being written. Nothing of a regular file is seen before [`OutputFile::finish`]; dropped before, it leaves
/// what was there.
#[derive(Debug)]
pub(crate) struct OutputFile {
    /// As the user named it.
    name: PathBuf,
    writer: BufWriter<File>,
    end: FileEnd,
}

/// What becomes of the data once it is all there.
#[derive(Debug)]
enum FileEnd {
    /// Nothing: it is where it belongs.
    Written,
    /// The temporary file takes the name of the target. Where one was there before, it is on the disk first.
    Renamed { temporary: TemporaryFile, target: PathBuf, replaces: bool },
    /// It is copied into a file that stays the same, or into a stream.
    Copied { temporary: TemporaryFile, target: File, is_stream: bool },
}

impl OutputFile {
    /// Begins to write what a name stands for; `-` is standard output.
    ///
    /// # Errors
    /// If it is a folder, or can not be written: told before anything is computed.
    pub(crate) fn create(path: &Path) -> Result<OutputFile, CommandError> {
        OutputFile::begin(path, false).map_err(|error| unwritable(path, &error))
    }

    /// As [`OutputFile::create`], of data whose beginning is known at their end only ([`OutputFile::write_beginning`]):
    /// streams get it when it is whole.
    ///
    /// # Errors
    /// As [`OutputFile::create`].
    pub(crate) fn create_rewritable(path: &Path) -> Result<OutputFile, CommandError> {
        OutputFile::begin(path, true).map_err(|error| unwritable(path, &error))
    }

    fn begin(path: &Path, is_rewritten: bool) -> io::Result<OutputFile> {
        let (file, end) = match OutputPlace::of(path)? {
            OutputPlace::Stream(target) if is_rewritten => {
                let temporary = TemporaryFile::new(&std::env::temp_dir(), PRIVATE_MODE)?;
                (temporary.file.try_clone()?, FileEnd::Copied { temporary, target, is_stream: true })
            }
            OutputPlace::Stream(stream) => (stream, FileEnd::Written),
            OutputPlace::File(target) => match std::fs::metadata(&target) {
                Ok(old) => replacing(target, &old)?,
                Err(_) => {
                    let temporary = TemporaryFile::new(folder(&target), NEW_MODE)?;
                    (temporary.file.try_clone()?, FileEnd::Renamed { temporary, target, replaces: false })
                }
            },
        };
        Ok(OutputFile { name: path.to_owned(), writer: BufWriter::with_capacity(TOGETHER, file), end })
    }

    /// Whether data go to a reader as they are written.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.end, FileEnd::Written)
    }

    /// Writes bytes over the first ones of a file that is no stream.
    ///
    /// # Errors
    /// If they can not be written.
    pub(crate) fn write_beginning(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.seek(SeekFrom::Start(0))?;
        self.writer.write_all(bytes)?;
        self.writer.seek(SeekFrom::End(0)).map(drop)
    }

    /// Makes it whole: from now on it is seen.
    ///
    /// # Errors
    /// If something can not be written; [`CommandError::ClosedPipe`] if the reader of a stream has gone.
    pub(crate) fn finish(self) -> Result<(), CommandError> {
        let OutputFile { name, mut writer, end } = self;
        writer.flush().and_then(|()| end.finish()).map_err(|error| unwritable(&name, &error))
    }

    /// Writes these bytes, and makes it whole.
    ///
    /// # Errors
    /// As [`OutputFile::finish`].
    pub(crate) fn finish_with(mut self, bytes: &[u8]) -> Result<(), CommandError> {
        self.write_all(bytes).map_err(|error| self.failed(&error))?;
        self.finish()
    }

    /// The error of a command that could not write to this file.
    pub(crate) fn failed(&self, error: &io::Error) -> CommandError {
        unwritable(&self.name, error)
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl FileEnd {
    fn finish(self) -> io::Result<()> {
        match self {
            FileEnd::Written => Ok(()),
            FileEnd::Renamed { temporary, target, replaces } => {
                if replaces {
                    // Else a crash of the machine might leave an empty file where the old one was.
                    temporary.file.sync_data()?;
                }
                temporary.rename(&target)
            }
            FileEnd::Copied { mut temporary, mut target, is_stream: true } => {
                temporary.file.seek(SeekFrom::Start(0))?;
                io::copy(&mut temporary.file, &mut target).map(drop)
            }
            FileEnd::Copied { temporary, target, is_stream: false } => match copy(&temporary.file, &target) {
                Ok(()) => Ok(()),
                // What was there is spoilt, and what was to be there is worth keeping.
                Err(error) => {
                    let text = format!("{error}; the whole file is {}", temporary.keep().display());
                    Err(io::Error::new(error.kind(), text))
                }
            },
        }
    }
}

/// Writes a file at once, as [`OutputFile`] does.
///
/// # Errors
/// As [`OutputFile::create`] and [`OutputFile::finish`].
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    OutputFile::create(path)?.finish_with(bytes)
}

/// Makes sure that a file can be written, for who begins to write it after a long computation only. Streams are left
/// alone: their readers are not to see an end.
///
/// # Errors
/// As [`OutputFile::create`].
pub(crate) fn check_file(path: &Path) -> Result<(), CommandError> {
    if is_stream(path) { Ok(()) } else { OutputFile::create(path).map(drop) }
}

/// Makes sure that files can be made in a folder.
///
/// # Errors
/// If they can not.
pub(crate) fn check_folder(path: &Path) -> Result<(), CommandError> {
    TemporaryFile::new(path, NEW_MODE)
        .map(drop)
        .map_err(|error| CommandError::Failed(format!("no file can be made in {}: {error}", path.display())))
}

/// Begins to write what is to stand in the place of a regular file.
fn replacing(target: PathBuf, old: &Metadata) -> io::Result<(File, FileEnd)> {
    // Not truncated. A file that is not to be written is not to be replaced either.
    let opened = File::options().write(true).open(&target)?;
    let (temporary, is_beside) = match TemporaryFile::new(folder(&target), PRIVATE_MODE) {
        Ok(temporary) => (temporary, true),
        Err(_) => (TemporaryFile::new(&std::env::temp_dir(), PRIVATE_MODE)?, false),
    };
    let file = temporary.file.try_clone()?;
    let end = match is_beside && old.nlink() == 1 && !has_attributes(&opened) && is_alike(&file, old) {
        true => FileEnd::Renamed { temporary, target, replaces: true },
        false => FileEnd::Copied { temporary, target: opened, is_stream: false },
    };
    Ok((file, end))
}

/// Gives a file the owner and the mode of another. False where this user may not.
fn is_alike(file: &File, old: &Metadata) -> bool {
    let owner = file.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()))
        || fchown(file, Some(old.uid()), Some(old.gid())).is_ok();
    owner && file.set_permissions(Permissions::from_mode(old.mode() & 0o7777)).is_ok()
}

/// Whether a file has extended attributes, an access control list among them, that a new one would not have.
fn has_attributes(file: &File) -> bool {
    let mut names = [0; 4096];
    match rustix::fs::flistxattr(file, &mut names) {
        Ok(length) => {
            let mut names = names[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty());
            names.any(|name| !name.starts_with(b"security."))
        }
        Err(rustix::io::Errno::RANGE) => true,
        // A file system without them.
        Err(_) => false,
    }
}

/// Copies a file into another, which has its length then.
fn copy(mut from: &File, mut to: &File) -> io::Result<()> {
    from.seek(SeekFrom::Start(0))?;
    to.seek(SeekFrom::Start(0))?;
    let length = io::copy(&mut from, &mut to)?;
    to.set_len(length)?;
    to.sync_data()
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What is said of a file that can not be written, with the cure where there is one.
fn unwritable(path: &Path, error: &io::Error) -> CommandError {
    let folder = folder(path).display();
    let why = match error.kind() {
        // The reader of a pipe has enough.
        io::ErrorKind::BrokenPipe => return CommandError::ClosedPipe,
        io::ErrorKind::IsADirectory => "it is a folder; name a file in it".to_owned(),
        io::ErrorKind::NotFound => format!("there is no folder {folder}; make it first"),
        io::ErrorKind::NotADirectory => format!("{folder} is no folder"),
        io::ErrorKind::StorageFull => format!("{error}; make room, or name a file on another disk"),
        io::ErrorKind::PermissionDenied if path.exists() => format!("{error}; see `ls -l` for who may"),
        io::ErrorKind::PermissionDenied => format!("{error}; the folder {folder} is not yours to write in"),
        _ => error.to_string(),
    };
    CommandError::Failed(format!("{} can not be written: {why}", path.display()))
}
