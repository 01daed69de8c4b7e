//! Ctrl-C, and the signals that end a process from outside.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use sojourn_client::Interrupt;

use crate::output;

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
        output::remove_all();
        let _ = writeln!(std::io::stderr().lock(), "sojourn: interrupted");
        std::process::exit(INTERRUPTED);
    });
}

/// Whether the terminal has to be brought back to what it was before the process may end.
static IS_TERMINAL_HELD: AtomicBool = AtomicBool::new(false);

/// Says whether somebody brings the terminal back to what it was when SIGTERM or SIGHUP comes, and ends the process then.
pub(crate) fn hold_terminal(is_held: bool) {
    IS_TERMINAL_HELD.store(is_held, Ordering::SeqCst);
}

/// Has SIGTERM and SIGHUP, which end the process, remove its temporary files first, and wait a moment for the terminal
/// where it is held. Where SIGHUP is ignored, as by nohup, it stays so.
pub(crate) fn clean_up_when_ended() {
    let all = if ignores(SIGHUP) { vec![SIGTERM] } else { vec![SIGTERM, SIGHUP] };
    let Ok(mut signals) = Signals::new(all) else { return };
    let listen = move || {
        for signal in signals.forever() {
            output::remove_all();
            let patience = Instant::now() + GRACE;
            while IS_TERMINAL_HELD.load(Ordering::SeqCst) && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(5));
            }
            // Were there no default, the process would have to be ended in another way.
            if emulate_default_handler(signal).is_err() {
                std::process::exit(128 + signal);
            }
        }
    };
    // Without the thread the defaults hold again.
    let _ = std::thread::Builder::new().name("sojourn-ended".into()).spawn(listen);
}

/// Whether the process was started with a signal ignored, by the mask that Linux tells.
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// Calls `heard` at each SIGINT, on a thread of its own. Where no such thread can be had, SIGINT does what it
/// does by default: it ends the process.
pub(crate) fn watch(mut heard: impl FnMut() + Send + 'static) {
    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    let listen = move || signals.forever().for_each(|_| heard());
    // Without the thread the signal is dropped with `signals`, and the default holds again.
    let _ = std::thread::Builder::new().name("sojourn-signals".into()).spawn(listen);
}
