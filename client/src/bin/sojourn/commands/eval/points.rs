//! Points as tests need them.

use sojourn_engine::density::{ErrorBound, Method, Point, PointErrors};

/// Returns a point that was swept to, with a relative bound of 1.25e-12.
pub(crate) fn point(time: f64, density: f64, cdf: f64) -> Point {
    let (bound, survival) = (1.25e-12, 1.0 - cdf);
    Point {
        time,
        density,
        cdf,
        survival,
        hazard: None,
        log_density: density.ln(),
        log_cdf: cdf.ln(),
        log_survival: survival.ln(),
        method: Method::Uniformisation,
        error_bound: ErrorBound::Relative(bound),
        errors: PointErrors {
            density: bound * density,
            cdf: bound * cdf,
            survival: bound * survival,
            ..PointErrors::default()
        },
    }
}
