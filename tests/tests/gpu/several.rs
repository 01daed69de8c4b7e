//! Several GPUs, and several users of one.

use std::collections::BTreeSet;

use crate::{FIRST, PART, SECOND, devices, home, lines, same, vectors};

#[test]
fn several_gpus_share_a_batch_and_its_answers_come_in_order() {
    let home = home(&[FIRST, SECOND, PART]);
    let file = vectors(&home, 30_000);
    let asked = ["eval", "model:coalescent,n=5", "--thetas", &file, "--json"];
    let there = home.run(&[&asked[..], &["--device", "cuda"]].concat());
    let here = home.run(&[&asked[..], &["--device", "cpu"]].concat());
    let (there, here) = (lines(&there.stdout), lines(&here.stdout));
    assert!(there.len() == 30_000 && there.iter().zip(&here).all(|(a, b)| same(a, b)));
    let by: BTreeSet<&str> = there.iter().filter_map(|line| line["device"].as_str()).collect();
    assert!(by.len() > 1 && by.iter().all(|by| [FIRST, SECOND, PART].contains(by)), "{by:?}");
    let used: Vec<_> = devices(&home).into_iter().filter(|device| device.runs > 0).collect();
    assert_eq!(used.len(), by.len());
    assert!(used.iter().all(|device| device.resident.len() == 1));
}

#[test]
fn two_users_of_one_gpu_share_its_context() {
    let home = home(&[FIRST]);
    let file = vectors(&home, 4000);
    let asked = ["eval", "model:coalescent,n=5", "--thetas", &file, "--json", "--device", "cuda:0"];
    let alone = home.run(&asked).stdout;
    let pid = devices(&home)[0].pid;
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| home.run(&asked).stdout)).collect();
        both.into_iter().for_each(|run| assert!(run.join().expect("no panic") == alone));
    });
    assert_eq!((devices(&home)[0].pid, devices(&home).len()), (pid, 1));
}
