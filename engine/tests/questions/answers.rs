//! An answer is what each method gives alone.

use crate::{everything, observations, recorded};
use sojourn_engine::question::{DistributionAt, Laplace, LikelihoodQuery, Residence};
use sojourn_engine::{
    Answer, DistributionQuery, Event, Observation, Observations, Query, Question, expression, models,
};

#[test]
fn each_part_is_answered_as_its_method_answers() {
    let trace = recorded("coalescent,n=6");
    let (theta, question) = ([1.5], everything(trace.rows()));
    let answer = trace.answer(&theta, &question).unwrap();
    let query = question.moments.as_ref().unwrap();
    assert_eq!(answer.moments.as_deref(), Some(&trace.evaluate(&theta, query).unwrap()));
    let laplace: Vec<f64> = [0.0, 0.5].iter().map(|&s| trace.laplace_transform(&theta, s).unwrap()).collect();
    assert_eq!(answer.laplace, Some(laplace));
    assert_eq!(answer.residence.as_deref(), Some(&trace.residence(&theta).unwrap()));
    let gradient = trace.distribution_gradient(&theta, &[0.5, 2.0]).unwrap();
    assert_eq!(answer.distribution_gradient, Some(gradient));
    let likelihood = trace.log_likelihood_gradient(&theta, &observations()).unwrap();
    assert_eq!(answer.likelihood.as_deref(), Some(&likelihood));
    let query = question.samples.as_ref().unwrap();
    assert_eq!(answer.samples.as_deref(), Some(&trace.sample(&theta, query, 1).unwrap()));
    let at = |times: &[f64]| DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
    let found = answer.distribution.unwrap();
    let points = DistributionQuery { quantiles: vec![0.5, 1.0], ..at(&[0.0, 1.0]) };
    let expected = trace.distribution(&theta, &points).unwrap();
    assert_eq!((found.points, found.quantiles), (expected.points, expected.quantiles));
    let expected = DistributionQuery { state_probabilities: true, ..at(&[1.0]) };
    let expected = trace.distribution(&theta, &expected).unwrap().state_probabilities;
    assert_eq!(found.state_probabilities, expected);
    let expected = DistributionQuery { occupancies: true, ..at(&[2.0]) };
    assert_eq!(found.occupancies, trace.distribution(&theta, &expected).unwrap().occupancies);
}

#[test]
fn a_reward_takes_the_place_of_time_in_every_part() {
    let trace = recorded("sfs,n=5");
    let thetas = [[1.0], [-1.0], [2.5]];
    // Every vertex earns the one, and not every the other: rates stay linear in theta, or they do not.
    let lengths = vec![2.0; trace.rows()];
    let graph = models::build("sfs,n=5").unwrap();
    let doubletons = expression::rewards(&graph, "state[1]").unwrap().swap_remove(0);
    let with_gradients = everything(trace.rows());
    let whole = without_gradients(with_gradients.clone());
    for reward in [&lengths, &doubletons] {
        let question = Question { transform: Some(reward.clone()), ..whole.clone() };
        let answers = trace.answer_many(&thetas, &question, 2);
        for (theta, answer) in thetas.iter().zip(answers) {
            match trace.transformed_at(theta, reward) {
                Ok(transformed) => assert_eq!(answer, transformed.answer(&[], &whole)),
                Err(error) => assert_eq!(answer.unwrap_err().kind(), error.kind()),
            }
        }
    }
    let question = Question { transform: Some(lengths.clone()), ..with_gradients.clone() };
    let transformed = trace.transformed(&lengths).unwrap();
    assert_eq!(trace.answer(&[2.5], &question), transformed.answer(&[2.5], &with_gradients));
    let refused = Question { transform: Some(vec![-1.0; trace.rows()]), ..Question::default() };
    assert_eq!(trace.answer(&[1.0], &refused).unwrap_err().kind(), "negative_reward");
}

#[test]
fn derivatives_of_what_a_reward_of_zero_makes_of_time_are_refused_and_never_empty() {
    let trace = recorded("sfs,n=5");
    let graph = models::build("sfs,n=5").unwrap();
    let doubletons = expression::rewards(&graph, "state[1]").unwrap().swap_remove(0);
    let whole = everything(trace.rows());
    let parts = [
        Question { moments: whole.moments, ..Question::default() },
        Question { distribution_gradient: whole.distribution_gradient, ..Question::default() },
        Question { likelihood: whole.likelihood, ..Question::default() },
    ];
    for part in parts {
        let question = Question { transform: Some(doubletons.clone()), ..part };
        assert_eq!(trace.answer(&[1.0], &question).unwrap_err().kind(), "transform_gradient");
        assert!(trace.answer(&[1.0], &without_gradients(question)).is_ok());
    }
}

fn without_gradients(mut question: Question) -> Question {
    question.moments.iter_mut().for_each(|query| query.gradient = false);
    question.likelihood.iter_mut().for_each(|query| query.gradient = false);
    Question { distribution_gradient: None, ..question }
}

#[test]
fn what_is_asked_at_the_same_times_stands_at_them_all_the_same() {
    let trace = recorded("coalescent,n=6");
    let times = vec![0.5, 2.0];
    let apart = DistributionAt {
        times: vec![0.25],
        state_probabilities: times.clone(),
        occupancies: times.clone(),
        ..DistributionAt::default()
    };
    let together = DistributionAt { times, ..apart.clone() };
    let answer = |at| {
        let question = Question { distribution: Some(at), ..Question::default() };
        trace.answer(&[1.0], &question).unwrap().distribution.unwrap()
    };
    let (apart, together) = (answer(apart), answer(together));
    assert_eq!((apart.points.len(), together.points.len()), (1, 2));
    assert_eq!(apart.state_probabilities, together.state_probabilities);
    assert_eq!(apart.occupancies, together.occupancies);
    assert_eq!(apart.occupancies.len(), 2);
}

#[test]
fn only_what_was_asked_for_is_answered() {
    let trace = recorded("coalescent,n=6");
    let answer = |question: Question| trace.answer(&[1.0], &question).unwrap();
    assert_eq!(answer(Question::default()), Answer::default());
    let found = answer(Question { laplace: Some(Laplace(vec![0.0])), ..Question::default() });
    assert_eq!(found, Answer { laplace: Some(vec![1.0]), ..Answer::default() });
    let found = answer(Question { residence: Some(Residence), ..Question::default() });
    assert_eq!((found.moments, found.distribution, found.laplace), (None, None, None));
}

#[test]
fn the_mass_at_zero_is_told_whatever_was_asked_for() {
    let trace = recorded("sfs,n=3");
    let rows = trace.rows();
    let matrix = br#"{"alpha": [0.75], "S": [[-2]]}"#;
    let graph = sojourn_engine::formats::read_json(matrix, false).unwrap();
    let defective = sojourn_engine::Trace::record(&sojourn_engine::Chain::new(&graph)).unwrap();
    let whole = everything(defective.rows());
    let parts = [
        Question::default(),
        Question { moments: whole.moments.clone(), ..Question::default() },
        Question { distribution: whole.distribution.clone(), ..Question::default() },
        Question { laplace: whole.laplace.clone(), ..Question::default() },
        whole,
    ];
    for question in parts {
        assert_eq!(defective.answer(&[], &question).unwrap().mass_at_zero, 0.25, "{question:?}");
    }
    assert_eq!(trace.answer(&[1.0], &everything(rows)).unwrap().mass_at_zero, 0.0);
}

#[test]
fn the_first_part_that_fails_is_the_one_that_is_told() {
    let trace = recorded("coalescent,n=6");
    let question = Question {
        moments: Some(Query { moments: 101, ..Query::default() }),
        laplace: Some(Laplace(vec![-1.0])),
        ..Question::default()
    };
    assert_eq!(trace.answer(&[1.0], &question).unwrap_err().kind(), "moment_too_high");
    let question = Question { moments: None, ..question };
    assert_eq!(trace.answer(&[1.0], &question).unwrap_err().kind(), "invalid_shift");
    assert_eq!(trace.answer(&[1.0, 2.0], &Question::default()).unwrap_err().kind(), "theta_length");
}

#[test]
fn a_likelihood_is_answered_without_its_gradient_unless_that_is_asked_for() {
    let trace = recorded("coalescent,n=6");
    let likelihood = LikelihoodQuery { observations: observations(), gradient: false };
    let question = Question { likelihood: Some(likelihood), ..Question::default() };
    let found = trace.answer(&[1.5], &question).unwrap().likelihood.unwrap();
    assert_eq!(*found, trace.log_likelihood(&[1.5], &observations()).unwrap());
    assert!(found.gradient.is_empty());
}

#[test]
fn an_observation_that_is_impossible_at_a_vector_is_an_error_of_that_vector_alone() {
    let trace = recorded("erlang,k=1");
    let far = Observations::new([Observation::once(Event::At(10.0))]).unwrap();
    let likelihood = LikelihoodQuery { observations: far, gradient: true };
    let question = Question { likelihood: Some(likelihood), ..Question::default() };
    let answers = trace.answer_many(&[[1.0], [0.0], [2.0]], &question, 1);
    let values = |at: usize| answers[at].as_ref().unwrap().likelihood.as_ref().unwrap().value;
    assert!((values(0) + 10.0).abs() < 1e-12 && (values(2) + 20.0 - 2f64.ln()).abs() < 1e-12);
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), "impossible_observation");
}
