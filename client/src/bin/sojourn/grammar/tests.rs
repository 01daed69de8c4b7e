//! Every command of the interface is understood, or refused by name.

use super::*;
use clap::CommandFactory;

#[test]
fn the_grammar_is_consistent() {
    Cli::command().debug_assert();
    Line::command().debug_assert();
}
