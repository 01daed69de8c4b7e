//! What a look shows, as text.

use std::time::Duration;

use sojourn_proto::SessionReport;

use crate::commands::devices;
use crate::commands::status::{self, Look};
use crate::render::table::Table;

/// What stands above a live view.
pub(super) fn title(interval: Duration) -> String {
    format!("sojourn top, every {} s; q leaves", interval.as_secs_f64())
}

/// Daemon, queue, store, GPUs, sessions, workers. Tables are without rules, on a terminal too: rows are dear there.
pub(super) fn text(look: &Look) -> String {
    let report = &look.report;
    let mut parts = look.head();
    parts.push(look.devices(false));
    parts.extend(devices::warnings(&report.devices));
    if report.sessions.is_empty() {
        parts.push("sessions none".to_owned());
    } else {
        parts.push(sessions(&report.sessions).render(false));
    }
    parts.push(status::table(report).render(false));
    parts.join("\n")
}

/// The table of sessions.
fn sessions(sessions: &[SessionReport]) -> Table {
    let mut table = Table::new(["session", "process", "user", "waiting", "running"]);
    for session in sessions {
        let SessionReport { id, pid, uid, waiting, running } = session;
        table.row([id, &u64::from(*pid), &u64::from(*uid), waiting, running].map(ToString::to_string));
    }
    table
}

/// So much of a text as a terminal of so many rows and columns shows; the last row says that there is more.
pub(super) fn fitted(text: &str, rows: usize, columns: usize) -> Vec<String> {
    let cut = |line: &str| line.chars().take(columns).collect::<String>();
    let all: Vec<String> = text.lines().map(cut).collect();
    if all.len() <= rows {
        return all;
    }
    let shown = rows.saturating_sub(1);
    let more = format!("({} lines more)", all.len() - shown);
    all.into_iter().take(shown).chain([cut(&more)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_has_no_room_for_is_cut_and_said() {
        let text = "first\nsecond\nthird";
        assert_eq!(fitted(text, 3, 80), ["first", "second", "third"]);
        assert_eq!(fitted(text, 2, 80), ["first", "(2 lines more)"]);
        assert_eq!(fitted(text, 3, 3), ["fir", "sec", "thi"]);
        assert_eq!(fitted("äöü\n", 1, 2), ["äö"]);
    }
}
