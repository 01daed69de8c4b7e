//! `sojourn top`: a live view of the daemon, from what `status` is made of.

mod frame;
mod screen;

use std::io::IsTerminal;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use clap::Args;
use sojourn_client::Interrupt;

use super::Ended;
use super::status::Look;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::json::Status;
use screen::{Key, Screen};

/// How often, and for how long.
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// Seconds between looks, 0.1 to 3600
    #[arg(short, long, value_name = "S", default_value = "1", value_parser = interval)]
    interval: Duration,
    /// End after so many looks, instead of going on until q or Ctrl-C
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<NonZeroU32>,
}

fn interval(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "seconds from 0.1 to 3600 expected".to_owned())
}

impl TopArgs {
    /// Whether so many looks are all.
    fn are_all(&self, looks: u32) -> bool {
        self.count.is_some_and(|count| looks >= count.get())
    }
}

/// Looks at a daemon that runs, again and again; starts none.
pub(crate) fn run(args: &TopArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let first = Look::first(context)?;
    if context.terminal && std::io::stdin().is_terminal() && !context.json() {
        let mut screen = Screen::enter()?;
        let ended = live(args, first, &mut screen, context);
        // Before anything else is written, and before a signal has its way.
        screen.leave();
        return ended;
    }
    one_after_the_other(args, first, context)
}

/// Looks as lines of JSON, or as text with an empty line between them.
fn one_after_the_other(args: &TopArgs, mut look: Look, context: &mut Context) -> Result<Ended, CommandError> {
    for looks in 1.. {
        if context.json() {
            context.out.json(&Status::of(&look.report))?;
        } else {
            let text = frame::text(&look);
            context.out.line(if looks > 1 { format!("\n{text}") } else { text })?;
        }
        context.out.flush()?;
        if args.are_all(looks) {
            break;
        }
        let next = Instant::now() + args.interval;
        while let Some(rest) = next.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
            std::thread::sleep(rest.min(Interrupt::PATIENCE));
            context.interrupt.check()?;
        }
        look = look.again(context)?;
    }
    Ok(Ended::Done)
}

/// Looks in the place of one another.
fn live(
    args: &TopArgs,
    mut look: Look,
    screen: &mut Screen,
    context: &mut Context,
) -> Result<Ended, CommandError> {
    for looks in 1.. {
        let text = format!("{}\n\n{}", frame::title(args.interval), frame::text(&look));
        screen.show(&text, context)?;
        if args.are_all(looks) {
            break;
        }
        let next = Instant::now() + args.interval;
        while let Some(rest) = next.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
            match screen.key(rest.min(Interrupt::PATIENCE))? {
                Some(Key::Leave) => return Ok(Ended::Done),
                Some(Key::Resized) => screen.show(&text, context)?,
                None => {}
            }
            if screen.is_to_end() {
                return Ok(Ended::Done);
            }
            context.interrupt.check()?;
        }
        look = look.again(context)?;
    }
    Ok(Ended::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_so_long_that_looking_is_no_work_and_so_short_that_the_view_lives() {
        assert_eq!(interval("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(interval("3600"), Ok(Duration::from_secs(3600)));
        for wrong in ["0", "0.09", "3601", "-1", "nan", "inf", "1s", ""] {
            assert!(interval(wrong).unwrap_err().contains("0.1 to 3600"), "{wrong}");
        }
    }
}
