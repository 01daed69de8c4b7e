//! Pictures made of characters: braille dots on a terminal, stars elsewhere.

use super::axis::Axis;
use super::{Curve, Picture};

/// Rows of a picture, axis and title apart.
const ROWS: usize = 16;
/// Least columns of a picture: in fewer nothing is to be seen.
const NARROWEST: usize = 30;

/// A cell of braille has two dots across and four down; a star is one.
const BRAILLE: (usize, usize) = (2, 4);
const STAR: (usize, usize) = (1, 1);

/// The text, a picture for each curve, all on the same axes, in lines of at most `width` characters.
pub(crate) fn render(picture: &Picture, terminal: bool, width: usize) -> String {
    let width = width.max(NARROWEST);
    let (across, up) = picture.axes();
    let each = picture.curves.iter().map(|curve| one(picture, curve, across, up, terminal, width));
    each.collect::<Vec<_>>().join("\n\n")
}

fn one(picture: &Picture, curve: &Curve, across: Axis, up: Axis, terminal: bool, width: usize) -> String {
    let ticks = up.ticks(5);
    let margin = ticks.iter().map(|tick| tick.label.len()).max().unwrap_or(0);
    // The labels, a space, the axis; and to the right of the axis below, a space and its name.
    let columns = width.saturating_sub(margin + 3 + picture.across.len()).max(1);
    let mut canvas = Canvas::new(columns, if terminal { BRAILLE } else { STAR });
    for [from, to] in picture.strokes(curve) {
        let place = |(x, y): (f64, f64)| (across.share(x), up.share(y));
        canvas.stroke(place(from), place(to));
    }
    let mut labels = vec![String::new(); ROWS];
    for tick in ticks {
        labels[((1.0 - up.share(tick.value)) * (ROWS - 1) as f64).round() as usize] = tick.label;
    }
    let (bar, notch, corner, line, mark) =
        if terminal { ('│', '┤', '└', '─', '┬') } else { ('|', '+', '+', '-', '+') };
    let heading = match curve.name.is_empty() {
        true => format!("{} of {}", picture.up, picture.title),
        false => format!("{} of {}, {}", picture.up, picture.title, curve.name),
    };
    let mut lines = vec![heading.chars().take(width).collect::<String>()];
    for (label, row) in labels.iter().zip(canvas.rows()) {
        let edge = if label.is_empty() { bar } else { notch };
        lines.push(format!("{label:>margin$} {edge}{row}").trim_end().to_owned());
    }
    let mut below = vec![line; columns];
    let mut names = vec![' '; width];
    let mut free = 0;
    for tick in across.ticks(columns / 12) {
        let at = (across.share(tick.value) * (columns - 1) as f64).round() as usize;
        let from = (at + margin + 2).saturating_sub(tick.label.len() / 2);
        below[at] = mark;
        if from >= free && from + tick.label.len() <= names.len() {
            names.splice(from..from + tick.label.len(), tick.label.chars());
            free = from + tick.label.len() + 1;
        }
    }
    lines.push(format!("{:margin$} {corner}{} {}", "", below.iter().collect::<String>(), picture.across));
    lines.push(names.iter().collect::<String>().trim_end().to_owned());
    lines.join("\n")
}

/// Cells, each of some dots.
struct Canvas {
    columns: usize,
    /// Dots of a cell, across and down.
    cell: (usize, usize),
    dots: Vec<bool>,
}

impl Canvas {
    fn new(columns: usize, cell: (usize, usize)) -> Canvas {
        Canvas { columns, cell, dots: vec![false; columns * cell.0 * ROWS * cell.1] }
    }

    /// Dots of the canvas, across and down.
    fn size(&self) -> (usize, usize) {
        (self.columns * self.cell.0, ROWS * self.cell.1)
    }

    /// A straight stroke between two places, each of two shares of the axes.
    fn stroke(&mut self, from: (f64, f64), to: (f64, f64)) {
        let (across, down) = self.size();
        let dot = |(x, y): (f64, f64)| (x * (across - 1) as f64, (1.0 - y) * (down - 1) as f64);
        let (from, to) = (dot(from), dot(to));
        let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
        let steps = length.ceil().max(1.0);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            let x = from.0 + (to.0 - from.0) * share;
            let y = from.1 + (to.1 - from.1) * share;
            self.dots[y.round() as usize * across + x.round() as usize] = true;
        }
    }

    fn rows(&self) -> Vec<String> {
        (0..ROWS).map(|row| (0..self.columns).map(|column| self.character(row, column)).collect()).collect()
    }

    fn character(&self, row: usize, column: usize) -> char {
        /// Bit of each dot of a braille character, from left to right and from above.
        const BITS: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
        let (across, _) = self.size();
        let (wide, high) = self.cell;
        let dots = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y)));
        let set = dots.map(|(x, y)| self.dots[(row * high + y) * across + column * wide + x]);
        let bits = set.zip(BITS).filter(|(set, _)| *set).map(|(_, bit)| bit).sum::<u32>();
        match (bits, self.cell) {
            (0, _) => ' ',
            (_, STAR) => '*',
            (bits, _) => char::from_u32(0x2800 + bits).unwrap_or('*'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::picture;
    use super::super::{Shape, axis::Axis};
    use super::*;

    /// Row and column of every star, right of the axis.
    fn stars(text: &str) -> Vec<(usize, usize)> {
        let rows = text.lines().skip(1).take(ROWS).enumerate();
        let of = |(row, line): (usize, &str)| {
            let begin = line.find(['|', '+']).unwrap() + 1;
            let stars = line[begin..].char_indices().filter(|(_, c)| *c == '*');
            stars.map(|(column, _)| (row, column)).collect::<Vec<_>>()
        };
        rows.flat_map(of).collect()
    }

    #[test]
    fn a_line_begins_and_ends_where_its_values_are() {
        let text = render(&picture(Shape::Line), false, 60);
        let stars = stars(&text);
        assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 60), "{text}");
        assert!(stars.contains(&(ROWS - 1, 0)), "zero is at the lower left: {text}");
        let last = stars.iter().map(|star| star.1).max().unwrap();
        assert!(stars.contains(&(0, last)), "the largest is at the upper right: {text}");
        assert!(stars.iter().filter(|star| star.1 < last / 2).all(|star| star.0 == ROWS - 1), "{text}");
        for column in 0..=last {
            assert!(stars.iter().any(|star| star.1 == column), "no gap at {column}: {text}");
        }
    }

    #[test]
    fn bars_leave_what_is_between_them_empty() {
        let text = render(&picture(Shape::Bars), false, 60);
        let stars = stars(&text);
        let last = stars.iter().map(|star| star.1).max().unwrap();
        assert_eq!(stars.iter().filter(|star| star.1 == last).count(), ROWS, "{text}");
        assert_eq!(stars.len(), ROWS + 2, "{text}");
    }

    #[test]
    fn on_a_terminal_there_is_braille_within_its_width_whatever_that_is() {
        for width in [30, 61, 80, 200] {
            let text = render(&picture(Shape::Line), true, width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}: {text}");
            assert!(text.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{text}");
            assert!(text.contains('5') && text.contains("10"), "ticks: {text}");
        }
    }

    #[test]
    fn each_curve_has_a_picture_and_all_have_the_same_axes() {
        let mut picture = picture(Shape::Line);
        let mut other = picture.curves[0].clone();
        other.name = "theta 2".into();
        other.points = vec![(0.0, 0.0), (5.0, 2.5)];
        picture.curves.push(other);
        let text = render(&picture, false, 60);
        let parts: Vec<&str> = text.split("\n\n").collect();
        assert!(parts[0].starts_with("pdf of a <title>, theta 1\n"), "{text}");
        assert!(parts[1].starts_with("pdf of a <title>, theta 2\n"), "{text}");
        let ends = |part: &str| part.lines().skip(ROWS + 1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(ends(parts[0]), ends(parts[1]));
        assert!(stars(parts[1]).iter().all(|star| star.0 >= ROWS / 2 - 1), "{text}");
    }

    #[test]
    fn one_dot_of_a_cell_is_one_dot_of_its_character() {
        let mut canvas = Canvas::new(1, BRAILLE);
        canvas.stroke((0.0, 1.0), (0.0, 1.0));
        assert_eq!(canvas.rows()[0], "\u{2801}");
        canvas.stroke((1.0, 0.0), (1.0, 0.0));
        assert_eq!(canvas.rows()[ROWS - 1], "\u{2880}");
        assert_eq!(Axis::new(0.0, 1.0).share(0.5), 0.5);
    }
}
