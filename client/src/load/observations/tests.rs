use super::*;
use std::io::Cursor;

fn observed(text: &str, columns: &str) -> Result<Observed, String> {
    let choice = match columns {
        "" => ColumnChoice::default(),
        columns => ColumnChoice::parse(columns)?,
    };
    let table = DataTable::new(Box::new(Cursor::new(text.as_bytes().to_vec())), "");
    table.and_then(|table| of_table(table, &choice)).map_err(|problem| problem.to_string())
}

fn parsed(text: &str) -> Result<Vec<(Event, f64)>, String> {
    observed(text, "").map(|found| found.observations.iter().collect())
}

fn chosen(text: &str, columns: &str) -> Result<Vec<(Event, f64)>, String> {
    observed(text, columns).map(|found| found.observations.iter().collect())
}

/// Returns the times 1, 2 and 3.5.
fn times() -> Vec<(Event, f64)> {
    vec![(Event::At(1.0), 1.0), (Event::At(2.0), 1.0), (Event::At(3.5), 1.0)]
}

/// Returns the time 1, and 2 and 3.5 censored on the right.
fn censored() -> Vec<(Event, f64)> {
    vec![(Event::At(1.0), 1.0), (Event::After(2.0), 1.0), (Event::After(3.5), 1.0)]
}

/// Refuses a text, and says which words are missing in the error.
fn refused(text: &str, columns: &str, words: &[&str]) {
    match chosen(text, columns) {
        Ok(found) => panic!("{text:?} with {columns:?} is read as {found:?}"),
        Err(message) => {
            assert!(message.len() <= 1024, "{} bytes: {message}", message.len());
            for word in words {
                assert!(message.contains(word), "{text:?}: no `{word}` in: {message}");
            }
        }
    }
}

#[test]
fn times_are_read_from_every_tool() {
    for text in [
        "1\n2\n3.5\n",
        "time\n1\n2\n3.5\n",
        "\u{feff}lifetime\r\n1\r\n2\r\n3.5\r\n",
        "time\r1\r2\r3.5\r",
        "\"\",\"x\"\n\"1\",1\n\"2\",2\n\"3\",3.5\n",
        "\"x\"\n\"1\",1\n\"2\",2\n\"3\",3.5\n",
        "\"x\"\n\"1\" 1\n\"2\" 2\n\"3\" 3.5\n",
        ",0\n0,1.0\n1,2.0\n2,3.5\n",
        "0\n1.0\n2.0\n3.5\n",
        ",time\n0,1.0\n1,2.0\n2,3.5\n",
        "id;duration\na;1\nb;2\nc;3,5\n",
        "sep=;\r\nduration\r\n1\r\n2\r\n3,5\r\n",
        "\"name\",\"time\"\n\"Doe, J\",1\n\"O\"\"Neill, \"\"B\"\"\",2\n\"x\ny\",3.5\n",
        "# made by hand\ntime\n\n1 # no\n".trim_end_matches(" # no\n"),
        "# time\n1\n2\n3.5\n",
        "time,,\n1,,\n2,,\n3.5,,\n,,\n,,\n",
        "Time (days)\n1\n2\n3.5\n",
        "[1,2,3.5]",
        "{\"0\":1,\"1\":2,\"2\":3.5}",
        "{\"time\":[1,2,3.5]}",
        "{\"time\":1}\n{\"time\":2}\n{\"time\":3.5}\n",
        "theta[0],sample,T,state[0],error\n1,0,1,0,\n1,1,2,1,\n1,2,3.5,0,\n",
    ] {
        let expected = if text.contains("by hand") { times()[..1].to_vec() } else { times() };
        assert_eq!(parsed(text).as_ref(), Ok(&expected), "{text:?}");
    }
}

#[test]
fn censoring_is_read_as_its_name_says() {
    for heading in [
        "T,E",
        "time,dead",
        "time,event",
        "duration,observed",
        "survtime,is_dead",
        "_t,_d",
        "OS.time,os_event",
    ] {
        for (yes, no) in
            [("1", "0"), ("1.0", "0.0"), ("True", "False"), ("TRUE", "FALSE"), ("T", "F"), ("yes", "no")]
        {
            let text = format!("{heading}\n1,{yes}\n2,{no}\n3.5,{no}\n");
            assert_eq!(parsed(&text), Ok(censored()), "{text}");
        }
    }
    for heading in ["time,cens", "time,censored", "Time,CENSOR", "t,kind", "days,is_censored", "time,alive"] {
        let text = format!("{heading}\n1,0\n2,1\n3.5,1\n");
        assert_eq!(parsed(&text), Ok(censored()), "{text}");
    }
    for text in [
        "event,time\n1,1\n0,2\n0,3.5\n",
        "\"\",\"time\",\"status\"\n\"1\",1,\"dead\"\n\"2\",2,\"alive\"\n\"3\",3.5,\"censored\"\n",
        "time;event\n1,0;1\n2,0;0\n3,5;0\n",
        "time\tevent\n1\t1\n2\t0\n3.5\t0\n",
        "time|event\n1|1\n2|0\n3.5|0\n",
        "\"time\" \"event\"\n\"1\" 1 1\n\"2\" 2 0\n\"3\" 3.5 0\n",
        "# time,event\n1.0,1.0\n2.0,0.0\n3.5,0.0\n",
        "1\n2+\n3.5+\n",
        "x\n1\n2+\n3.5+\n",
        "lower,upper\n1,1\n2,\n3.5,Inf\n",
        "left,right\n1,1\n2,NA\n3.5,NA\n",
        "l,u\n1,1\n2,inf\n3.5,inf\n",
        "[{\"time\":1,\"event\":1},{\"event\":0,\"time\":2},{\"time\":3.5,\"event\":false}]",
        "{\"columns\":[\"T\",\"E\"],\"index\":[0,1,2],\"data\":[[1,1],[2,0],[3.5,0]]}",
        "{\"T\":{\"0\":1,\"1\":2,\"2\":3.5},\"E\":{\"0\":true,\"1\":false,\"2\":false}}",
    ] {
        assert_eq!(parsed(text), Ok(censored()), "{text:?}");
    }
}

#[test]
fn columns_are_named_by_name_or_number() {
    for (text, columns) in [
        ("a,b\n1,1\n2,0\n3.5,0\n", "time=a,event=b"),
        ("a,b\n1,0\n2,1\n3.5,1\n", "time=A,censored=2"),
        ("1,1\n2,0\n3.5,0\n", "time=1,event=2"),
        ("1,1\n2,0\n3.5,0\n", "event=2"),
        ("1;1\n2;0\n3,5;0\n", "event=2"),
        ("time,status\n1,2\n2,1\n3.5,1\n", "event=status:2"),
        ("time,status\n1,2\n2,1\n3.5,1\n", "censored=status:1"),
        ("time,OS_STATUS\n1,1:DECEASED\n2,0:LIVING\n3.5,0:LIVING\n", "event=OS_STATUS:1:DECEASED"),
        ("time,a:b\n1,1\n2,0\n3.5,0\n", "event=a:b"),
        ("a,b\n1,1\n2,\n3.5,\n", "from=a,until=b"),
        ("start,stop,event\n0,1,1\n0,2,0\n0,3.5,0\n", "time=stop,unused=start"),
        (",0,1\n0,1.0,1\n1,2.0,0\n2,3.5,0\n", "time=0,event=1"),
        ("0,1\n1.0,1\n2.0,0\n3.5,0\n", "time=0,event=1"),
        ("0,1\n1.0,1\n2.0,0\n3.5,0\n", "time=1,event=2"),
        ("[[1,1],[2,0],[3.5,0]]", "time=1,event=2"),
        ("\"T, days\",E\n1,1\n2,0\n3.5,0\n", "time=T, days"),
    ] {
        assert_eq!(chosen(text, columns), Ok(censored()), "{text:?} {columns}");
    }
    assert_eq!(chosen("time,event\n1,0\n2,0\n3.5,1\n", "unused=event"), Ok(times()));
    assert_eq!(chosen("0\n1\n2\n3.5\n", "time=0"), Ok(times()), "the heading of a series");
    assert_eq!(chosen("0\n1\n", "time=1"), Ok(vec![(Event::At(0.0), 1.0), (Event::At(1.0), 1.0)]));
    refused("time,event\n1,1\n", "event=dead", &["no column `dead`", "time, event"]);
    refused("1,1\n", "time=3", &["no column `3`", "from 1 to 2"]);
    refused("a,b\n1,1\n", "time=a,event=1", &["two roles"]);
    refused("1,1\n2,0\n", "time=1", &["`column 2` may say", "--columns event=2"]);
    refused("time,event,event\n1,1,0\n", "", &["--columns event=2", "--columns unused=3"]);
    refused("time,is it an event?\n1,2\n", "", &["--columns 'event=is it an event?:VALUE'"]);
    refused("l,u,e\n1,2,1\n", "lower=l,upper=u,event=e", &["bounds"]);
}

#[test]
fn what_may_be_censoring_is_refused_by_name() {
    for (text, name) in [
        ("time,status\n1,1\n2,0\n", "status"),
        ("time,status\n306,2\n1010,1\n", "status"),
        ("time,delta\n1,1\n", "delta"),
        ("time,vital_status\n1,0\n", "vital_status"),
        ("time,relapse\n1,1\n", "relapse"),
        ("time,not_censored\n1,1\n", "not_censored"),
        ("time,left_censored\n1,1\n", "left_censored"),
        ("time,lost\n1,1\n", "lost"),
        ("time,treatment\n1,1\n2,0\n", "treatment"),
        ("time,x\n1,true\n2,false\n", "x"),
        ("time,x,y\n1,7,1\n2,8,0\n", "y"),
        ("time,\n1,1\n2,0\n", "column 2"),
    ] {
        refused(text, "", &[name, "--columns", "unused="]);
        let unused = format!("unused={}", if name == "column 2" { "2" } else { name });
        assert!(chosen(text, &unused).is_ok(), "{text}: {:?}", chosen(text, &unused));
    }
    refused("time,event,censored\n1,1,0\n", "", &["`event` and `censored`", "have one of the two"]);
    refused("time,event,status\n1,1,0\n", "", &["`event` and `status`"]);
    refused("lower,upper,event\n1,2,1\n", "", &["`event`", "unused=event"]);
    for name in ["entry", "tstart", "start", "cause", "event_type", "_t0", "time1"] {
        refused(&format!("time,event,{name}\n1,1,0\n"), "", &[name, "not there yet", "unused="]);
    }
}

#[test]
fn an_entry_that_marks_nothing_is_refused_with_its_line() {
    for cell in ["NA", "", "2", "maybe", "NaN", "null", "-1"] {
        refused(&format!("time,event\n1,1\n2,{cell}\n"), "", &["line 3", cell]);
        refused(&format!("time,censored\n1,1\n2,{cell}\n"), "", &["line 3", cell]);
    }
    refused(
        "time,kind\n1,maybe\n",
        "",
        &["line 2: `maybe` is no kind of censoring: exact (0), right (1) or left"],
    );
}

#[test]
fn what_is_no_time_is_refused_with_line_and_column() {
    for cell in [
        "NA",
        "NaN",
        "nan",
        "",
        "inf",
        "Inf",
        "#N/A",
        ".",
        "2020-01-31",
        "01/02/2020",
        "1 234",
        "3 days",
        "5%",
        "1e999",
        "<3",
        "=1",
    ] {
        refused(&format!("id,time\na,1\nb,{cell}\n"), "", &["line 3", "column 2", "number", cell]);
        refused(
            &format!("time\n1\n{}\n", if cell.is_empty() { "\"\"" } else { cell }),
            "",
            &["line 3", cell],
        );
    }
    refused("\"time\"\n\"1,234\"\n", "", &["line 2", "1,234", "thousands"]);
    refused("NA\n1\n2\n", "", &["line 1", "NA"]);
    refused("time;x\n1.234,5;7\n", "", &["thousands"]);
    refused("time;x\n1,5;7\n2.5;8\n", "", &["line 3", "decimal point"]);
    refused("time\n1\n\n-2\n", "", &["line 4: the time -2 is no finite number >= 0"]);
    refused("lower,upper\n3,2\n", "", &["line 2: there is no time in (3, 2]"]);
    refused("lower,upper\nNA,NA\n", "", &["line 2: both bounds are empty"]);
    refused("lower,upper\nNaN,2\n", "", &["line 2", "NaN"]);
    refused("[1,null]", "", &["observation 2", "null"]);
    refused("[1,-2]", "", &["observation 2: the time -2"]);
    refused("[{\"time\":1},{\"event\":1}]", "", &["observation 1"]);
    refused("time\n1\n,\n2\n", "", &["line 3: all entries are missing"]);
}

#[test]
fn what_can_not_be_decided_is_refused() {
    refused("1,0\n2,0\n3,5\n", "", &["decimal commas", "--columns"]);
    refused("1.5,0\n2.5,1\n", "", &["0 and 1 alone", "--columns"]);
    refused("0,1.5\n1,2.5\n", "", &["counts the lines", "--columns"]);
    refused("1,1.5\n2,2.5\n", "", &["counts the lines", "--columns"]);
    refused("0\n1\n2\n", "", &["heading of columns without names", "--columns"]);
    refused("0,1\n1.5,2\n", "", &["heading of columns without names", "--columns"]);
    refused("1,2,3\n", "", &["3 columns", "--columns"]);
    refused("[[1,2],[3,4]]", "", &["two columns", "--columns"]);
    refused("age,sex\n1,2\n", "", &["several columns could be the time: age, sex", "--columns time=age"]);
    refused("time,T\n1,2\n", "", &["several columns could be the time"]);
    refused("weight\n1\n", "", &["no column of times"]);
    refused("time,lower,upper\n1,2,3\n", "", &["have one of the two"]);
    refused("time;event\n1.234;1\n12.500;0\n", "", &["`1.234`", "thousands"]);
    refused("time\tevent\n1,234\t1\n2,500\t0\n", "", &["`1,234`", "thousands"]);
    refused("time,n\n1,5\n2,3\n", "", &["`n`", "--columns weight=n"]);
    assert!(parsed("time;event\n1.234;1\n12.5;0\n").is_ok() && parsed("time;event\n0.125;1\n").is_ok());
    assert_eq!(
        parsed("1.5,2\n4,7\n"),
        Ok(vec![(Event::At(1.5), 2.0), (Event::At(4.0), 7.0)]),
        "times and weights"
    );
}

#[test]
fn a_line_with_more_or_fewer_entries_is_refused() {
    refused(
        "time\n1,5\n",
        "",
        &["line 2: there are 2 entries, and 1 columns; a number has a point and no comma"],
    );
    refused("time,censored\n1,0\n2\n", "", &["line 3: there are 1 entries, and 2 columns"]);
    refused("1\n2,3\n", "", &["line 2: there are 2 entries"]);
    refused("time,note,event\n1,Doe, J,1\n", "", &["line 2: there are 4 entries"]);
    refused("time\n1;0\n2;1\n", "", &["line 2: there are 2 entries"]);
}

#[test]
fn files_of_other_programs_are_named() {
    let binary = |bytes: &[u8], word: &str| {
        let found = DataTable::new(Box::new(Cursor::new(bytes.to_vec())), "");
        let message = found.err().map(|problem| problem.to_string()).unwrap_or_default();
        assert!(message.contains(word), "{message}");
    };
    binary(b"PK\x03\x04....", "Excel");
    binary(b"PAR1....", "Parquet");
    binary(b"\xff\xfe1\0\n\0", "UTF-16");
    binary(b"1\n\0\n", "not text");
    binary(b"RDX3\nX\n", "workspace of R");
    refused("", "", &["is empty"]);
    refused("time\n", "", &["is empty"]);
    refused("# only this\n", "", &["is empty"]);
    refused("time\n\"1\n2\n", "", &["line 2", "does not end"]);
    refused(&format!("time\n{}\n", "1".repeat(2 << 20)), "", &["line 2", "longer"]);
    refused(&format!("time\n{}x\n", "1".repeat(1 << 18)), "", &["line 2", "not a number"]);
}

#[test]
fn a_summary_tells_what_was_chosen() {
    let told = |text: &str, columns: &str| observed(text, columns).unwrap().summary.unwrap_or_default();
    assert_eq!(told("T,E\n1,1\n2,0\n3.5,0\n", ""), "3 observations, 2 censored (column \"E\": 1 = event)");
    assert_eq!(told("time,event\n1,1\n2,0\n", ""), "");
    assert_eq!(told("1\n2\n", ""), "");
    assert_eq!(told("\"\",\"x\"\n\"1\",1\n", ""), "1 observation (column \"x\": times; column 1: row names)");
    assert_eq!(
        told("dauer;ereignis\n1,5;1\n2;0\n", "event=ereignis"),
        "2 observations, 1 censored (column \"dauer\": times; column \"ereignis\": 1 = event; decimal commas; separated by semicolons)"
    );
    assert!(
        told("time,status\n1,2\n2,1\n", "event=status:2")
            .contains("column \"status\": 2 = event, others censored")
    );
    assert_eq!(
        told("1;1\n2;0\n", "event=2"),
        "2 observations, 1 censored (column 1: times; column 2: 1 = event; separated by semicolons)"
    );
    assert!(told("1\n2+\n", "").contains("2 observations, 1 censored (a sign behind a time"));
}

#[test]
fn columns_that_say_nothing_are_named() {
    let unused = |text: &str| observed(text, "").unwrap().unused;
    assert_eq!(unused("id,time,age\n1,2,3\n"), ["id", "age"]);
    assert_eq!(unused("time,weight,\n1,2,\n"), [""; 0]);
    assert_eq!(unused("T,error\n1,0.1\n"), ["error"]);
    assert_eq!(unused("theta[0],sample,T,state[0],error\n1,0,2.5,5,\n"), ["state[0]"], "samples of ours");
    assert_eq!(parsed("theta[0],E[T],error\n1,2,\n"), Ok(vec![(Event::At(2.0), 1.0)]));
    let many: String = (0..5000).map(|at| format!(",name{at}")).collect();
    let text = format!("time{many}\n1{}\n", ",7".repeat(5000));
    assert!(observed(&text, "").unwrap().unused_columns().unwrap().len() < 300);
}

#[test]
fn weights_have_many_names_and_are_never_missing() {
    for name in ["weight", "Weights", "wt", "freq", "count"] {
        let text = format!("{name},time,censored\n1,2,0\n3,4,right\n1,5,left\n");
        let expected = [(Event::At(2.0), 1.0), (Event::After(4.0), 3.0), (Event::Until(5.0), 1.0)];
        assert_eq!(parsed(&text).unwrap(), expected);
    }
    refused("time,weight\n1,\n", "", &["line 2", "weight", "missing"]);
    refused("time,weight\n1,-1\n", "", &["line 2", "weight -1"]);
}

#[test]
fn arrays_of_numpy_are_times() {
    let file = |shape: &[u64], numbers: &[f64]| {
        use npyz::WriterBuilder;
        let mut bytes = Vec::new();
        let mut writer =
            npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
        writer.extend(numbers.iter().copied()).unwrap();
        writer.finish().unwrap();
        bytes
    };
    let read = |bytes: Vec<u8>, columns: &str| {
        let choice =
            if columns.is_empty() { ColumnChoice::default() } else { ColumnChoice::parse(columns).unwrap() };
        let table = DataTable::new(Box::new(Cursor::new(bytes)), "npy");
        table.and_then(|table| of_table(table, &choice)).map_err(|problem| problem.to_string())
    };
    let events = |found: Observed| found.observations.iter().collect::<Vec<_>>();
    assert_eq!(read(file(&[3], &[1.0, 2.0, 3.5]), "").map(events), Ok(times()));
    assert_eq!(read(file(&[3, 1], &[1.0, 2.0, 3.5]), "").map(events), Ok(times()));
    let two = file(&[3, 2], &[1.0, 1.0, 2.0, 0.0, 3.5, 0.0]);
    assert!(read(two.clone(), "").unwrap_err().contains("--columns time=1,event=2"));
    assert_eq!(read(two, "time=1,event=2").map(events), Ok(censored()));
    assert!(read(file(&[1], &[f64::NAN]), "").unwrap_err().contains("observation 1: the time `NaN`"));
    assert!(read(file(&[1, 1, 1], &[1.0]), "").unwrap_err().contains("dimensions"));
}
