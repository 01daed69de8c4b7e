//! Pictures as SVG, and as a page of their own.

use std::fmt::Write;

use super::{Picture, Segment};

/// Size of the picture and of the plane between its axes, in units of its own.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 380.0;

/// Okabe and Ito's colours, which people who see fewer tell apart too; in turn.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/// A text in place of its characters that mean something in XML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// An HTML page with the picture in it.
pub(crate) fn page(picture: &Picture) -> String {
    let title = escape(&heading(picture));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n{}\
         </body>\n</html>\n",
        render(picture)
    )
}

/// The picture as an SVG document.
pub(crate) fn render(picture: &Picture) -> String {
    let title = escape(&heading(picture));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"15\">{title}</text>\n"
    );
    let (across, up) = picture.axes();
    let x = |value: f64| LEFT + across.share(value) * (RIGHT - LEFT);
    let y = |value: f64| BOTTOM - up.share(value) * (BOTTOM - TOP);
    // Writing to a text does not fail.
    for tick in up.ticks(6) {
        let at = y(tick.value);
        let _ = writeln!(
            text,
            "<path d=\"M{LEFT} {at:.2}H{RIGHT}\" stroke=\"#ddd\"/><text x=\"{:.2}\" y=\"{:.2}\" \
             text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            tick.label
        );
    }
    for tick in across.ticks(8) {
        let at = x(tick.value);
        let _ = writeln!(
            text,
            "<path d=\"M{at:.2} {BOTTOM}v5\" stroke=\"#333\"/><text x=\"{at:.2}\" y=\"{:.2}\" \
             text-anchor=\"middle\">{}</text>",
            BOTTOM + 20.0,
            tick.label
        );
    }
    let _ = writeln!(
        text,
        "<path d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\" fill=\"none\" stroke=\"#333\"/>\n\
         <text x=\"{:.2}\" y=\"{:.2}\" text-anchor=\"middle\">{}</text>",
        (LEFT + RIGHT) / 2.0,
        BOTTOM + 42.0,
        escape(picture.across)
    );
    for (number, curve) in picture.curves.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let path = path(&picture.strokes(curve), &|(a, b)| (x(a), y(b)));
        let _ = writeln!(text, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"/>");
        if picture.curves.len() > 1 {
            // Where curves that end at the top leave room.
            let first =
                if picture.top > 0.0 { BOTTOM - 18.0 * picture.curves.len() as f64 } else { TOP + 8.0 };
            let (from, at) = (RIGHT - 150.0, first + 18.0 * number as f64);
            let _ = writeln!(
                text,
                "<path d=\"M{from} {at}h24\" stroke=\"{colour}\" stroke-width=\"1.8\"/><text x=\"{}\" \
                 y=\"{}\">{}</text>",
                from + 30.0,
                at + 4.0,
                escape(&curve.name)
            );
        }
    }
    text + "</svg>\n"
}

/// Strokes, the pen lifted only where one does not begin where the last ended.
fn path(strokes: &[Segment], place: &dyn Fn((f64, f64)) -> (f64, f64)) -> String {
    let (mut path, mut pen) = (String::new(), None);
    for &[from, to] in strokes {
        let moves = (pen != Some(from)).then_some(('M', from));
        for (command, point) in moves.into_iter().chain([('L', to)]) {
            let (x, y) = place(point);
            let _ = write!(path, "{command}{x:.2} {y:.2}");
        }
        pen = Some(to);
    }
    path
}

/// What is seen; a single curve's name with it.
fn heading(picture: &Picture) -> String {
    match &picture.curves[..] {
        [one] if !one.name.is_empty() => format!("{} of {}, {}", picture.up, picture.title, one.name),
        _ => format!("{} of {}", picture.up, picture.title),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, tests::picture};
    use super::*;

    #[test]
    fn a_line_is_one_path_through_its_points_between_the_axes() {
        let text = render(&picture(Shape::Line));
        assert!(text.contains("d=\"M80.00 380.00L385.00 380.00L690.00 50.00\" fill=\"none\""), "{text}");
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
        assert!(text.contains(">10</text>") && text.contains(">t</text>"), "{text}");
    }

    #[test]
    fn bars_are_lifted_from_each_other() {
        let text = render(&picture(Shape::Bars));
        assert!(text.contains("M385.00 380.00L385.00 380.00M690.00 380.00L690.00 50.00\""), "{text}");
    }

    #[test]
    fn a_title_can_not_break_the_document() {
        for text in [render(&picture(Shape::Line)), page(&picture(Shape::Line))] {
            assert!(
                text.contains("pdf of a &lt;title&gt;, theta 1") && !text.contains("a <title>"),
                "{text}"
            );
        }
        assert!(page(&picture(Shape::Line)).starts_with("<!doctype html>"));
    }

    #[test]
    fn several_curves_have_colours_and_names_and_one_alone_its_name_in_the_title() {
        let mut picture = picture(Shape::Line);
        assert!(!render(&picture).contains(COLOURS[1]));
        picture
            .curves
            .push(super::super::Curve { name: "a & b".into(), points: vec![(0.0, 1.0), (1.0, 2.0)] });
        let text = render(&picture);
        assert!(text.contains(COLOURS[0]) && text.contains(COLOURS[1]), "{text}");
        assert!(text.contains(">theta 1</text>") && text.contains(">a &amp; b</text>"), "{text}");
    }
}
