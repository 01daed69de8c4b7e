//! Hashes of stored traces as people type them.

use sojourn_tests::Home;

#[test]
fn the_first_digits_of_a_hash_name_a_stored_trace_until_the_store_is_cleared() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "1"]);
    let traced = home.json(&["trace", "model:islands,n=6", "--strategy", "vmap", "--json"]).remove(0);
    let hash = traced["hash"].as_str().expect("a hash").to_owned();
    let eval = |name: &str| home.run(&["eval", name, "--theta", "1,1,0.5", "--json"]);
    let whole = eval(&hash);
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    for name in [&hash[..8], &hash[..40], &hash[..63], &hash[..12].to_uppercase()] {
        assert_eq!(eval(name).stdout, whole.stdout, "{name}");
    }
    let other = format!("{}{}", &hash[..10], if hash.as_bytes()[10] == b'0' { '1' } else { '0' });
    for (name, part) in [(&other[..], "begins so"), (&hash[..7], "no such file")] {
        let failed = eval(name);
        assert_eq!(failed.code, Some(4), "{name}: {}", failed.stderr);
        assert!(failed.stderr.to_lowercase().contains(part), "{name}: {}", failed.stderr);
    }
    let refused = home.run(&["eval", &hash[..8], "--theta", "1,1,0.5", "--no-cache"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);

    let entries =
        home.json(&["cache", "stats", "--json"]).remove(0)["counts"]["entries"].as_u64().expect("a number");
    assert!(entries > 0);
    let told = home.ok(&["cache", "clear"]);
    assert!(told.starts_with(&format!("{entries} entries, ")) && told.ends_with(" removed\n"), "{told}");
    assert_eq!(eval(&hash[..8]).code, Some(4));
    assert_eq!(home.ok(&["cache", "clear"]), "0 entries, 0 B removed\n");
}

#[test]
fn a_file_comes_before_a_hash_that_begins_with_its_name() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "1"]);
    let traced = home.json(&["trace", "model:erlang,k=5", "--strategy", "vmap", "--json"]).remove(0);
    let name = &traced["hash"].as_str().expect("a hash")[..8];
    home.file(name, r#"{"alpha": [1], "S": [[-4]]}"#);
    let line = home.json(&["eval", name, "--json"]).remove(0);
    assert_eq!(line["moments"][0].as_f64(), Some(0.25), "the file, not the trace");
}
