//! Text of other people: without markup, without tricks, not too long.

/// A text in one line of at most so many characters; blanks run together.
pub(crate) fn line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    shortened(&words.join(" "), most)
}

/// A text of several lines, of at most so many characters; one blank line at most between two.
pub(crate) fn lines(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 4));
    let mut blank = 0;
    for text in text.lines() {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.push_str(&words.join(" "));
    }
    shortened(&out, most)
}

/// Takes out what does not show, or shows text as another text; cuts at the end.
fn shortened(text: &str, most: usize) -> String {
    let hidden = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let visible = || text.chars().filter(|c| !hidden(*c));
    if visible().count() <= most {
        return visible().collect::<String>().trim().to_owned();
    }
    let cut: String = visible().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// The text that a reader of this HTML would see. Not a browser: tags go, lines break where blocks end, what is between
/// `<script>` or `<style>` and its end goes, and the common character references are read.
///
/// A `<` that begins no tag stays, so plain text comes through.
pub(crate) fn of_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') {
            tag(rest, &mut out)
        } else {
            reference(rest, &mut out)
        };
    }
    out.push_str(rest);
    out
}

/// Reads a tag or comment at the beginning; what is behind it.
fn tag<'a>(rest: &'a str, out: &mut String) -> &'a str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    let inner = &rest[1..];
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?');
    if !inner.starts_with(begins) {
        out.push('<');
        return inner;
    }
    let Some(end) = tag_end(inner) else {
        // It never ends: whatever it is, it is no text.
        return "";
    };
    let behind = &inner[end + 1..];
    let name = inner.trim_start_matches('/');
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next();
    let name = name.unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        "script" | "style" if !inner.starts_with('/') => after_end_of(behind, &name),
        "p" | "div" | "br" | "li" | "tr" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" | "table" | "pre" | "blockquote" | "hr" => {
            out.push('\n');
            behind
        }
        "td" | "th" => {
            out.push(' ');
            behind
        }
        _ => behind,
    }
}

/// Where a tag ends, quoted values aside.
fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    // A quote that never ends: then it was none.
    inner.find('>')
}

fn after_end_of<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let is_it = rest
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_it {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

/// The longest name of a character that is read, in bytes.
const LONGEST_NAME: usize = 10;

/// Reads a character reference at the beginning; what is behind it.
fn reference<'a>(rest: &'a str, out: &mut String) -> &'a str {
    // Looked for no further than a name is long: a text of nothing but `&` is read through once.
    let bytes = rest.as_bytes();
    let end = bytes.iter().take(LONGEST_NAME + 2).position(|b| *b == b';');
    let name = end.map(|end| (&rest[1..end], &rest[end + 1..]));
    match name.and_then(|(name, behind)| Some((character(name)?, behind))) {
        Some((character, behind)) => {
            out.push(character);
            behind
        }
        None => {
            out.push('&');
            &rest[1..]
        }
    }
}

/// What a character reference stands for: `amp`, `#39`, `#x27`.
pub(crate) fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "bull" => '•',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_what_a_reader_sees() {
        for (html, text) in [
            (
                "<p>One &amp; <b>two</b></p><p>Three&nbsp;3&#39;s</p>",
                "One & two\n\nThree 3's",
            ),
            ("a < b && c > d", "a < b && c > d"),
            ("x<script>alert('</p>')</script>y<style>p{}</style>z", "xyz"),
            ("<a title='a > b' href=x>link</a>", "link"),
            ("<!-- hidden --->shown", "shown"),
            ("unended <a href=", "unended"),
            ("&unknown; &#xD800; &", "&unknown; &#xD800; &"),
            ("one<br/>two<li>three", "one\ntwo\nthree"),
            ("<scr<script>ipt>", "ipt>"),
        ] {
            assert_eq!(lines(&of_html(html), 1_000), text, "{html}");
        }
    }

    #[test]
    fn a_line_is_one_line_without_tricks_and_not_too_long() {
        assert_eq!(line(" a\u{202e}b\r\n\tc\u{200b} ", 10), "ab c");
        assert_eq!(line("abcdefgh", 5), "abcd…");
        assert_eq!(line("ábcde", 5), "ábcde");
        assert_eq!(lines("a\n\n\n\nb\nc", 10), "a\n\nb\nc");
    }
}
