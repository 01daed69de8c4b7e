//! Pictures of curves: what is drawn, and on which axes. How is up to [`text`] and [`svg`].

mod axis;
pub(crate) mod svg;
pub(crate) mod text;

use axis::Axis;

/// Curves over one pair of axes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    /// What is seen.
    pub(crate) title: String,
    /// Name of the horizontal axis.
    pub(crate) across: &'static str,
    /// Name of the vertical axis.
    pub(crate) up: &'static str,
    /// Value that the vertical axis reaches at least.
    pub(crate) top: f64,
    pub(crate) shape: Shape,
    pub(crate) curves: Vec<Curve>,
}

/// How the points of a curve are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Each to the next.
    Line,
    /// Not at all: a bar from zero to each.
    Bars,
    /// Level until the next, then up to it.
    Steps,
}

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// What it is called beside others.
    pub(crate) name: String,
    /// Finite, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

/// From here to there.
type Segment = [(f64, f64); 2];

impl Picture {
    /// Axes on which every point of every curve is, and zero on the vertical one.
    fn axes(&self) -> (Axis, Axis) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let low = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
        let high = points().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
        let top = points().map(|point| point.1).fold(self.top, f64::max);
        (Axis::new(low, high), Axis::new(0.0, top))
    }

    /// The strokes of a curve.
    fn strokes(&self, curve: &Curve) -> Vec<Segment> {
        let pairs = curve.points.windows(2);
        match self.shape {
            Shape::Line => pairs.map(|pair| [pair[0], pair[1]]).collect(),
            Shape::Bars => curve.points.iter().map(|&(x, y)| [(x, 0.0), (x, y)]).collect(),
            Shape::Steps => pairs
                .flat_map(|pair| {
                    let corner = (pair[1].0, pair[0].1);
                    [[pair[0], corner], [corner, pair[1]]]
                })
                .collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// From (0, 0) to (10, 5), by way of (5, 0).
    pub(crate) fn picture(shape: Shape) -> Picture {
        let curve = Curve { name: "theta 1".into(), points: vec![(0.0, 0.0), (5.0, 0.0), (10.0, 5.0)] };
        Picture { title: "a <title>".into(), across: "t", up: "pdf", top: 0.0, shape, curves: vec![curve] }
    }

    #[test]
    fn bars_stand_on_zero_and_steps_are_level_until_the_next_point() {
        let strokes = |shape| {
            let picture = picture(shape);
            picture.strokes(&picture.curves[0])
        };
        assert_eq!(strokes(Shape::Line)[1], [(5.0, 0.0), (10.0, 5.0)]);
        assert_eq!(strokes(Shape::Bars)[2], [(10.0, 0.0), (10.0, 5.0)]);
        assert_eq!(strokes(Shape::Steps)[2..], [[(5.0, 0.0), (10.0, 0.0)], [(10.0, 0.0), (10.0, 5.0)]]);
    }

    #[test]
    fn axes_hold_every_curve() {
        let mut picture = picture(Shape::Line);
        picture.curves.push(Curve { name: String::new(), points: vec![(-2.0, 1.0), (20.0, 7.0)] });
        let (across, up) = picture.axes();
        assert_eq!((across.share(-2.0), across.share(20.0)), (0.0, 1.0));
        assert_eq!((up.share(0.0), up.share(7.0)), (0.0, 1.0));
        picture.top = 14.0;
        assert_eq!(picture.axes().1.share(7.0), 0.5);
    }
}
