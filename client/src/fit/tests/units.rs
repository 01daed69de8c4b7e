//! Units of time and weights do not matter.

use super::simplex::samples;
use super::*;

#[test]
fn units_scale_estimates_and_shift_the_log_likelihood() {
    let trace = model("mm1k,k=3");
    let drawn: Vec<f64> = samples(&trace, &[0.8, 1.0], 60, 1)
        .iter()
        .map(|(event, _)| if let Event::At(t) = event { t } else { f64::NAN })
        .collect();
    let of = |unit: f64| {
        let mut observations = exact(&drawn.iter().map(|t| t * unit).collect::<Vec<_>>());
        observations.push(Observation::once(Event::After(3.0 * unit)));
        let observations = Observations::new(observations).unwrap();
        let fitting = Fitting { starts: 2, ..Fitting::new(2) };
        fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap()
    };
    let one = of(1.0);
    assert_eq!(one.status, Status::Estimated);
    for unit in [1e-300, 1e-7, 3.0, 1e12, 1e300] {
        let found = of(unit);
        assert_eq!(found.status, Status::Estimated, "{unit}");
        for (a, b) in found.parameters.iter().zip(&one.parameters) {
            close(a.value * unit, b.value, 1e-7);
            close(a.standard_error.unwrap() * unit, b.standard_error.unwrap(), 1e-6);
        }
        // Of each of the 60 densities, not of the probability.
        close(found.log_likelihood + 60.0 * unit.ln(), one.log_likelihood, 1e-9);
    }
}

#[test]
fn a_power_of_two_changes_no_bit() {
    let times = exact(&TIMES);
    let scaled: Vec<f64> = TIMES.iter().map(|t| t * 1024.0).collect();
    let (one, other) =
        (fitted("coalescent,n=5", times, |_| {}), fitted("coalescent,n=5", exact(&scaled), |_| {}));
    assert_eq!(one.theta[0], other.theta[0] * 1024.0);
    assert_eq!(one.runs[1].start[0], other.runs[1].start[0] * 1024.0);
}

#[test]
fn bounds_and_fixed_values_are_in_the_units_of_the_data() {
    let times = exact(&TIMES.map(|t| t * 1e200));
    let found = fitted("mm1k,k=3", times, |f| {
        f.fixed[1] = Some(2.5e-200);
        f.upper[0] = 1e-203;
    });
    assert_eq!(found.theta[1], 2.5e-200);
    assert_eq!((found.theta[0], found.parameters[0].status), (1e-203, Status::AtBound));
}

#[test]
fn times_four_hundred_orders_of_magnitude_apart_have_an_estimate_and_its_error() {
    let found = fitted("erlang,k=1", exact(&[1e-200, 1e200]), |_| {});
    close(found.theta[0] * 1e200, 2.0, 1e-9);
    close(found.parameters[0].standard_error.unwrap() * 1e200, 2f64.sqrt(), 1e-6);
    assert_eq!(found.status, Status::Estimated);
}

#[test]
fn weights_of_any_size_give_the_estimates_of_weights_of_one() {
    for weight in [1e-300, 1e-9, 1e150, 1e300] {
        let times = TIMES.iter().map(|&t| Observation { event: Event::At(t), weight }).collect();
        let found = fitted("erlang,k=3", times, |_| {});
        let rate = 24.0 / TIMES.iter().sum::<f64>();
        close(found.theta[0], rate, 1e-9);
        close(found.parameters[0].standard_error.unwrap(), rate / 24f64.sqrt() / weight.sqrt(), 1e-6);
        assert_eq!(found.status, Status::Estimated, "{weight}");
    }
    // One of the observations outweighs the other altogether.
    for light in [1e150, 1e-300] {
        let two = [(1.0, light), (3.0, 1e300)].map(|(t, weight)| Observation { event: Event::At(t), weight });
        close(fitted("erlang,k=1", two.to_vec(), |_| {}).theta[0], 1.0 / 3.0, 1e-9);
    }
}
