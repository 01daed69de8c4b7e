//! Pictures in files, for `plot` and `fit`.

use std::path::Path;

use crate::error::CommandError;
use crate::output::{OutputFile, check_file, is_stream};
use crate::render::plot::{Picture, svg};

/// What the file of a picture can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    /// The picture alone.
    Svg,
    /// A page that shows it.
    Html,
}

impl PictureFormat {
    /// Tells it by the end of the file's name; a pipe, a device and `-` get SVG.
    ///
    /// # Errors
    /// An error of usage for any other ending.
    pub(crate) fn of(path: &Path) -> Result<PictureFormat, CommandError> {
        match ending(path).as_str() {
            "svg" => Ok(PictureFormat::Svg),
            "html" | "htm" => Ok(PictureFormat::Html),
            _ if is_stream(path) => Ok(PictureFormat::Svg),
            _ => Err(CommandError::Usage(format!(
                "-o {}: the name of a picture ends in .svg or .html",
                path.display()
            ))),
        }
    }
}

/// The file of a picture, made sure of before the picture is computed.
#[derive(Debug)]
pub(crate) struct PictureFile {
    format: PictureFormat,
    file: OutputFile,
}

impl PictureFile {
    /// Makes sure that a picture can be written to a file, before anything is computed.
    ///
    /// # Errors
    /// As [`PictureFile::create`].
    pub(crate) fn check(path: &Path) -> Result<(), CommandError> {
        PictureFormat::of(path)?;
        check_file(path)
    }

    /// Begins to write a picture to a file, in the form that its name asks for.
    ///
    /// # Errors
    /// As [`PictureFormat::of`], and if the file can not be written.
    pub(crate) fn create(path: &Path) -> Result<PictureFile, CommandError> {
        Ok(PictureFile { format: PictureFormat::of(path)?, file: OutputFile::create(path)? })
    }

    /// Writes the picture.
    ///
    /// # Errors
    /// If the file can not be written.
    pub(crate) fn draw(self, picture: &Picture) -> Result<(), CommandError> {
        let text = match self.format {
            PictureFormat::Svg => svg::render(picture),
            PictureFormat::Html => svg::page(picture),
        };
        self.file.finish_with(text.as_bytes())
    }
}

/// The end of a file's name behind the last dot, in lower case.
pub(crate) fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_form_of_its_name_and_of_a_stream_svg() {
        let of = |name: &str| PictureFormat::of(Path::new(name));
        assert_eq!(of("a.SVG").unwrap(), PictureFormat::Svg);
        assert_eq!(of("a.htm").unwrap(), PictureFormat::Html);
        assert_eq!(of("/dev/stdout").unwrap(), PictureFormat::Svg);
        assert_eq!(of("-").unwrap(), PictureFormat::Svg);
        assert_eq!(of("a.png").unwrap_err().exit_code(), 2);
    }
}
