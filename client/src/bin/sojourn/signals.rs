//! Ctrl-C.

use std::io::Write;
use std::time::Duration;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use sojourn_client::Interrupt;

/// Time that a command has to end by itself, having cancelled its work at the daemon. A long computation in
/// this very process does not look at the interrupt.
const GRACE: Duration = Duration::from_millis(500);

/// Exit code of what was interrupted.
const INTERRUPTED: i32 = 130;

/// Has SIGINT set `interrupt`, and end the process if it has not ended soon after; at the second SIGINT, if the command
/// delivers what it has.
pub(crate) fn end_on_interrupt(interrupt: Interrupt) {
    watch(move || {
        if interrupt.is_delivering() && !interrupt.is_set() {
            interrupt.set();
            return;
        }
        interrupt.set();
        std::thread::sleep(GRACE);
        let _ = writeln!(std::io::stderr().lock(), "sojourn: interrupted");
        std::process::exit(INTERRUPTED);
    });
}

/// Calls `heard` at each SIGINT, on a thread of its own. Where no such thread can be had, SIGINT does what it
/// does by default: it ends the process.
pub(crate) fn watch(mut heard: impl FnMut() + Send + 'static) {
    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    let listen = move || signals.forever().for_each(|_| heard());
    // Without the thread the signal is dropped with `signals`, and the default holds again.
    let _ = std::thread::Builder::new().name("sojourn-signals".into()).spawn(listen);
}
