//! Did-you-mean: the known word nearest to one that was mistyped.

/// The candidate nearest to `word`, when it is near enough to be meant.
///
/// Compares without case. One slip in a short word, two in a longer one; a
/// swap of neighbours counts as one slip.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().take(64).collect();
    let allowed = match word.len() {
        0 | 1 => return None,
        2..=4 => 1,
        _ => 2,
    };
    candidates
        .into_iter()
        .map(|candidate| {
            let known: Vec<char> = candidate.to_lowercase().chars().collect();
            (distance(&word, &known), candidate)
        })
        .filter(|(slips, _)| *slips <= allowed)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words, a swap of neighbours counting as one.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut best = (above[j] + usize::from(a != b))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            let swapped = i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b;
            if swapped {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = above;
        above = row;
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const FIELDS: [&str; 4] = ["importance", "item", "image", "what"];

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        assert_eq!(nearest("importence", FIELDS), Some("importance"));
        assert_eq!(nearest("waht", FIELDS), Some("what"));
        assert_eq!(nearest("Items", FIELDS), Some("item"));
    }

    #[test]
    fn another_word_altogether_suggests_nothing() {
        assert_eq!(nearest("colour", FIELDS), None);
        assert_eq!(nearest("", FIELDS), None);
        assert_eq!(nearest("x", FIELDS), None);
    }
}
