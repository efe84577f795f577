//! Which events are logged, by target and level.

use tracing::Metadata;
use tracing::level_filters::LevelFilter;

/// Levels for targets that begin with a text, and one for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// The longest text first, so that the first that fits decides.
    targets: Vec<(String, LevelFilter)>,
    others: LevelFilter,
}

/// `info` for everything.
impl Default for Filter {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            others: LevelFilter::INFO,
        }
    }
}

impl Filter {
    /// Reads a level (`info`) or a list (`info,deliver=debug,hyper=off`); a target without a level has all levels. What a
    /// list says nothing about is off. `None` if it is neither.
    pub(super) fn read(directives: &str) -> Option<Self> {
        let mut filter = Self {
            targets: Vec::new(),
            others: LevelFilter::OFF,
        };
        let directives = directives.split(',').map(str::trim);
        for directive in directives.filter(|directive| !directive.is_empty()) {
            let (target, level) = match directive.split_once('=') {
                Some((target, level)) => (target, level.parse().ok()?),
                None => match directive.parse() {
                    Ok(level) => {
                        filter.others = level;
                        continue;
                    }
                    Err(_) => (directive, LevelFilter::TRACE),
                },
            };
            filter.targets.retain(|(known, _)| known != target);
            filter.targets.push((target.to_owned(), level));
        }
        filter
            .targets
            .sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Some(filter)
    }

    /// Whether an event or a span like this is logged.
    pub(super) fn lets_through(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        let mut of_targets = self.targets.iter();
        let level = of_targets
            .find(|(begin, _)| target.starts_with(begin.as_str()))
            .map_or(self.others, |(_, level)| *level);
        *metadata.level() <= level
    }

    /// The least severe level that is logged of anything.
    pub(super) fn most(&self) -> LevelFilter {
        let of_targets = self.targets.iter().map(|(_, level)| *level);
        of_targets.fold(self.others, LevelFilter::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_levels_for_targets_and_one_for_the_others() {
        let filter = Filter::read("warn, deliver=debug,deliver::pace=off,hyper").expect("a list");
        let targets: Vec<_> = filter.targets.iter().map(|(target, _)| &**target).collect();
        assert_eq!(targets, ["deliver::pace", "deliver", "hyper"]);
        assert_eq!(filter.others, LevelFilter::WARN);
        assert_eq!(filter.most(), LevelFilter::TRACE);
        let filter = Filter::read("deliver=3").expect("a list");
        assert_eq!(filter.others, LevelFilter::OFF);
        assert_eq!(filter.most(), LevelFilter::INFO);
    }

    #[test]
    fn the_last_level_of_a_target_counts() {
        let filter = Filter::read("a=debug,a=WARN").expect("a list");
        assert_eq!(filter.targets, [("a".to_owned(), LevelFilter::WARN)]);
    }

    #[test]
    fn what_is_no_level_is_not_read() {
        assert_eq!(Filter::read("a=loud"), None);
        assert_eq!(Filter::read("a=b=info"), None);
    }
}
