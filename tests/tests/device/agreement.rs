//! What devices answer is what the engine answers, to the bit.

use crate::process;

#[test]
fn moments_gradients_and_covariances_of_every_reference_have_the_bits_of_the_engine() {
    process::run("agreement::cases::on_any_references", &[]);
}

#[test]
fn densities_of_every_reference_are_the_engines_within_what_both_say_of_their_errors() {
    process::run("agreement::cases::on_any_curves", &[]);
}

#[test]
fn warps_that_share_rows_give_the_bits_of_one() {
    process::run("agreement::cases::on_any_large", &[]);
}

#[test]
fn vectors_that_have_no_answer_have_the_engines_reason_and_stop_no_other() {
    process::run("agreement::cases::on_any_faulty", &[]);
}

#[test]
fn a_batch_that_does_not_fit_is_answered_in_parts() {
    process::run("agreement::cases::in_parts", &[("SOJOURN_SIMULATED_MEMORY", "9000000")]);
}

mod cases {
    use std::time::Instant;

    use sojourn_engine::{Chain, Query, Trace};
    use sojourn_tests::reference;

    use crate::traces::{
        agree, agree_within_bounds, around, asked, curve, everything, gpu, graphs, mean, of_model, read,
    };

    /// Operations at a vector that are too many for a processor to do 32 times for a test.
    const TOO_MANY: u64 = 2_000_000;

    fn theta_of(name: &str) -> Vec<f64> {
        let case = &reference(name)["cases"][0]["theta"];
        case.as_array().expect("a list").iter().map(|t| t.as_f64().expect("a number")).collect()
    }

    fn traces() -> impl Iterator<Item = (String, Trace)> {
        let trace = |(name, discrete): (String, bool)| {
            let trace = Trace::record(&Chain::new(&read(&name, discrete))).expect("a trace");
            (name, trace)
        };
        graphs().into_iter().map(trace).filter(|(_, trace)| trace.summary().operations < TOO_MANY)
    }

    #[test]
    #[ignore = "needs a driver"]
    fn on_any_references() {
        let mut gpu = gpu();
        let mut checked = 0;
        for (name, trace) in traces() {
            let begin = Instant::now();
            let small = trace.summary().operations < TOO_MANY / 20;
            let query = if small { everything(&trace, 3) } else { Query { moments: 2, ..Query::default() } };
            let left = agree(&name, &mut gpu, &trace, &asked(query), &around(&theta_of(&name), 35));
            println!("{name:32} {:.2} s", begin.elapsed().as_secs_f64());
            assert_eq!(left, 0, "{name}: a device can answer these itself");
            checked += 1;
        }
        assert!(checked >= 35, "only {checked} graphs were there");
    }

    #[test]
    #[ignore = "needs a driver"]
    fn on_any_curves() {
        let mut gpu = gpu();
        let mut checked = 0;
        for (name, trace) in traces().filter(|(_, trace)| trace.summary().operations < TOO_MANY / 100) {
            let theta = theta_of(&name);
            let question = curve(mean(&trace, &theta));
            if sojourn_worker::device::supports(&trace, &question).is_ok() {
                let begin = Instant::now();
                let left = agree_within_bounds(&name, &mut gpu, &trace, &question, &around(&theta, 33));
                println!("{name:32} {:.2} s, {left} left to the engine", begin.elapsed().as_secs_f64());
                checked += usize::from(left == 0);
            }
        }
        assert!(checked >= 25, "only {checked} graphs were there");
    }

    #[test]
    #[ignore = "needs a driver"]
    fn on_any_large() {
        let mut gpu = gpu();
        let trace = of_model("random,n=150,degree=5,seed=3");
        assert!(trace.has_large_components(), "rows are not shared");
        for vectors in [3, 150] {
            let thetas = around(&vec![1.0; trace.parameters()], vectors);
            agree("random", &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
        }
    }

    #[test]
    #[ignore = "needs a driver"]
    fn on_any_faulty() {
        let mut gpu = gpu();
        let trace = of_model("coalescent,n=10");
        let thetas: Vec<Vec<f64>> = vec![
            vec![1.0],
            vec![-1.0],
            vec![f64::NAN],
            vec![0.0],
            vec![],
            vec![1e300],
            vec![2.0, 3.0],
            vec![3.0],
        ];
        agree("coalescent", &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
        agree_within_bounds("coalescent", &mut gpu, &trace, &curve(1.0), &thetas);
        let refused = asked(Query { rewards: vec![vec![1.0]], ..Query::default() });
        agree("coalescent", &mut gpu, &trace, &refused, &thetas);
    }

    #[test]
    #[ignore = "needs the simulated driver"]
    fn in_parts() {
        let mut gpu = gpu();
        let trace = of_model("coalescent,n=20");
        let thetas = around(&[1.0], 3000);
        agree("coalescent", &mut gpu, &trace, &asked(everything(&trace, 2)), &thetas);
        agree_within_bounds("coalescent", &mut gpu, &trace, &curve(1.0), &thetas);
        assert!(gpu.memory().expect("memory").ours < 9_000_000);
    }
}
