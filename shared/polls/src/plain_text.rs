//! What people type, as plain text.

/// Takes out control characters but line breaks, what turns the direction of
/// writing, and what is not seen: two choices that look the same are the same.
pub(crate) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = text.chars().filter(|c| *c == '\n' || !is_hidden(*c));
    kept.collect::<String>().trim().to_owned()
}

/// The same in one line, with single spaces.
pub(crate) fn one_line(text: &str) -> String {
    let spaced = text.replace(['\n', '\r', '\t', '\u{2028}', '\u{2029}'], " ");
    let kept: String = spaced.chars().filter(|c| !is_hidden(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}'
        )
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        // A soft hyphen, a joiner, vowels and letters without a shape. What joins emoji, or letters of Persian, stays.
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}')
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}
