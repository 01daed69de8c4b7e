//! `show` for people.

use sojourn_proto::Key;

use super::common::{Common, Part};
use super::facts::Facts;
use super::json::kind;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers::{self, count};
use crate::render::table::Table;

/// Rows of a table of patterns, unless all are asked for.
const ROWS: usize = 20;

/// Sizes of components that are told before the rest is summed up.
const SIZES: usize = 5;

/// Digits of a key in a table: the key as a whole is in the JSON.
const SHORT_KEY: usize = 12;

/// Writes a graph out, but for its patterns.
pub(super) fn write(facts: &Facts, context: &mut Context) -> Result<(), CommandError> {
    let mut lines = lines(facts).into_iter();
    lines.try_for_each(|(name, value)| context.out.line(format_args!("{name:<11} {value}")))
}

/// Writes the patterns of a graph: the largest, or all of them.
pub(super) fn write_patterns(facts: &Facts, all: bool, context: &mut Context) -> Result<(), CommandError> {
    if facts.patterns.is_empty() {
        return Ok(());
    }
    let shown = if all { facts.patterns.len() } else { ROWS };
    let mut table =
        Table::new(["pattern", "components", "vertices", "edges", "order", "fill-in", "operations"]);
    for p in facts.patterns.iter().take(shown) {
        table.row([
            short(p.key),
            p.components.to_string(),
            p.vertices.to_string(),
            p.edges.to_string(),
            p.ordering.name().to_owned(),
            p.fill_in.to_string(),
            p.operations.to_string(),
        ]);
    }
    table.numbers([1, 2, 3, 5, 6]);
    context.out.line("")?;
    context.table(table)?;
    rest(facts.patterns.len(), shown, context)
}

fn lines(facts: &Facts) -> Vec<(&'static str, String)> {
    let s = &facts.summary;
    let orders: Vec<String> = facts.orderings().iter().map(|(o, n)| format!("{} {n}", o.name())).collect();
    let patterns = match (facts.patterns.len(), facts.repeated()) {
        (0, _) => "none: nothing is to be eliminated".to_owned(),
        (distinct, 0) => format!("{distinct}, each of one component"),
        (distinct, repeated) => {
            let all = distinct + repeated;
            format!("{distinct} distinct; {repeated} of {all} components take the plan of another one")
        }
    };
    let mut lines = vec![
        ("hash", Key(s.hash).to_string()),
        (
            "kind",
            format!(
                "{}{}",
                kind(s.kind),
                if facts.divides_rows { ", each row divided by its sum" } else { "" }
            ),
        ),
        ("vertices", format!("{}, of these {} reached and left", s.vertices, s.transient)),
        ("edges", format!("{} with {}", s.edges, count(s.weights, "distinct weight"))),
        ("parameters", s.parameters.to_string()),
        ("components", format!("{}, the largest of {}", s.components, vertices(s.largest_component))),
        ("sizes", sizes(&facts.sizes)),
        ("patterns", patterns),
    ];
    if !orders.is_empty() {
        lines.push(("orders", orders.join(", ")));
    }
    lines.extend([
        ("fill-in", s.fill_in.to_string()),
        ("operations", format!("{} a replay", s.operations)),
        ("trace", numbers::bytes(facts.bytes as u64)),
    ]);
    lines
}

fn vertices(number: usize) -> String {
    if number == 1 { "1 vertex".to_owned() } else { format!("{number} vertices") }
}

/// `100 of 60 vertices, 3 of 1 vertex`; many sizes are summed up at the end.
fn sizes(sizes: &[(usize, usize)]) -> String {
    let one = |&(size, components): &(usize, usize)| format!("{components} of {}", vertices(size));
    let told = if sizes.len() > SIZES + 1 { SIZES } else { sizes.len() };
    let mut parts: Vec<String> = sizes.iter().take(told).map(one).collect();
    let rest: usize = sizes.iter().skip(told).map(|&(_, components)| components).sum();
    if let (Some(&(largest, _)), Some(&(least, _))) = (sizes.get(told), sizes.last()) {
        parts.push(format!("{rest} of {least} to {}", vertices(largest)));
    }
    if parts.is_empty() { "none".into() } else { parts.join(", ") }
}

/// Writes what graphs have in common.
pub(super) fn write_common(
    graphs: &[Facts],
    common: &Common,
    all: bool,
    context: &mut Context,
) -> Result<(), CommandError> {
    context.out.line("\nin common")?;
    let mut table =
        Table::new(["", "graph", "patterns", "shared", "components", "shared", "operations", "shared"]);
    for (number, graph) in graphs.iter().enumerate() {
        let Part { patterns, components, operations } = common.part(number);
        table.row([
            (number + 1).to_string(),
            graph.name.clone(),
            graph.patterns.len().to_string(),
            patterns.to_string(),
            graph.components.len().to_string(),
            components.to_string(),
            graph.summary.operations.to_string(),
            operations.to_string(),
        ]);
    }
    table.numbers(2..=7);
    context.table(table)?;
    if common.patterns.is_empty() {
        return context.out.line("no pattern of two or more vertices occurs in more than one of them");
    }
    let shown = if all { common.patterns.len() } else { ROWS };
    let headings = ["pattern", "vertices", "edges", "operations"].into_iter().map(str::to_owned);
    let mut table = Table::new(headings.chain((1..=graphs.len()).map(|number| format!("in {number}"))));
    for (pattern, counts) in common.patterns.iter().take(shown) {
        let cells = [
            short(pattern.key),
            pattern.vertices.to_string(),
            pattern.edges.to_string(),
            pattern.operations.to_string(),
        ];
        let counts = counts.iter().map(|&n| if n == 0 { "-".to_owned() } else { n.to_string() });
        table.row(cells.into_iter().chain(counts));
    }
    table.numbers(1..4 + graphs.len());
    context.out.line("")?;
    context.table(table)?;
    rest(common.patterns.len(), shown, context)
}

/// Says how many rows were left out.
fn rest(there: usize, shown: usize, context: &mut Context) -> Result<(), CommandError> {
    match there.saturating_sub(shown) {
        0 => Ok(()),
        more => context.out.line(format_args!("and {more} more; --verbose lists them")),
    }
}

fn short(key: Key) -> String {
    let mut text = key.to_string();
    text.truncate(SHORT_KEY);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_sizes_are_summed_up_behind_the_largest() {
        assert_eq!(sizes(&[(60, 100), (1, 1)]), "100 of 60 vertices, 1 of 1 vertex");
        let many: Vec<(usize, usize)> = (2..=10).rev().map(|size| (size, 1)).collect();
        assert!(sizes(&many).ends_with("1 of 6 vertices, 4 of 2 to 5 vertices"), "{}", sizes(&many));
        assert_eq!(sizes(&[]), "none");
    }
}
