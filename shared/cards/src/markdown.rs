//! Markdown of Adaptive Cards: keeping plain text plain, and links harmless.

/// Writes plain text so that a card shows it as it is.
///
/// Only what would have an effect is escaped: some clients show the
/// backslash (AdaptiveCards issue 5590), so `order_items` and `[PROD] api`
/// must not get one. Characters that turn the direction of writing, and
/// control characters, are taken out.
#[must_use]
pub fn escape(text: &str) -> String {
    plain(text, false)
}

/// Plain text for a place that shows no Markdown: the label of an input.
#[must_use]
pub(crate) fn undeceptive(text: &str) -> String {
    text.chars().filter(|c| !is_deceptive(*c)).collect()
}

/// Plain text as [`escape`] writes it; as a link's title also without any
/// bracket that could end it.
fn plain(text: &str, in_title: bool) -> String {
    let chars: Vec<char> = text.chars().filter(|c| !is_deceptive(*c)).collect();
    let mut out = String::with_capacity(text.len() + 8);
    let mut line_start = true;
    // `~5 min` strikes nothing out; a second one could.
    let strikes = chars.iter().filter(|c| **c == '~').count() > 1;
    // The point of `1.`, which makes a list of a line.
    let mut point = None;
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let rest = &chars[at..];
        if line_start {
            point = list_point(rest).map(|digits| at + digits);
        }
        let bracket = in_title && matches!(c, '[' | ']' | '\\');
        let block = point == Some(at) || line_start && begins_block(rest);
        if bracket || block || acts(before, rest) || strikes && c == '~' {
            out.push('\\');
        }
        out.push(c);
        line_start = c == '\n' || line_start && c == ' ';
    }
    out
}

/// Whether the first of these characters has an effect after that one.
fn acts(before: Option<char>, rest: &[char]) -> bool {
    let after = rest.get(1).copied();
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match rest[0] {
        // A star alone among spaces is no emphasis.
        '*' => !(blank(before) && blank(after)),
        // Inside a word an underscore is one.
        '_' => !(word(before) && word(after) || blank(before) && blank(after)),
        '`' => true,
        // A bracket is only a link's when one of these follows it.
        ']' => matches!(after, Some('(' | '[' | ':')),
        // `\` stands for itself unless it could escape what follows.
        '\\' => after.is_some_and(|c| c.is_ascii_punctuation()),
        // Autolinks and tags; the mentions that we make are not escaped.
        '<' => after.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!')),
        '&' => is_entity(&rest[1..]),
        _ => false,
    }
}

fn blank(c: Option<char>) -> bool {
    c.is_none_or(char::is_whitespace)
}

/// Whether `&` and these characters stand for another one: `amp;`, `#42;`.
fn is_entity(rest: &[char]) -> bool {
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '#';
    let name = rest.iter().take(40).take_while(|c| fits(c)).count();
    name > 0 && rest.get(name) == Some(&';')
}

/// Whether a line that begins so is a heading, quotation, list or rule.
fn begins_block(line: &[char]) -> bool {
    let second = line.get(1).copied();
    match line[0] {
        '#' | '>' | '=' | '*' | '_' => true,
        '-' | '+' => blank(second) || second == Some('-'),
        _ => false,
    }
}

/// How many digits stand before the point of a line that begins as an
/// element of a numbered list.
fn list_point(line: &[char]) -> Option<usize> {
    let digits = line.iter().take_while(|c| c.is_ascii_digit()).count();
    let point = matches!(line.get(digits), Some('.' | ')'));
    (digits > 0 && point && blank(line.get(digits + 1).copied())).then_some(digits)
}

/// Characters that make text look like another text.
fn is_deceptive(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A link with a plain text as its title.
#[must_use]
pub(crate) fn link(title: &str, url: &str) -> String {
    let title = plain(title, true);
    // Parentheses would end the address; blanks cannot occur in a parsed URL.
    let url = url
        .replace('(', "%28")
        .replace(')', "%29")
        .replace('<', "%3C")
        .replace('>', "%3E");
    format!("[{title}]({url})")
}

/// Makes a sender's Markdown harmless: links lead to `https` and `mailto`
/// only, pictures become links, and headings, which clients show unlike one
/// another, become bold lines.
#[must_use]
pub fn body(markdown: &str) -> String {
    let text: String = markdown
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !is_deceptive(*c) || *c == '\t')
        .collect();
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n").trim().to_owned()
}

fn line(line: &str) -> String {
    let bare = line.trim_start();
    let hashes = bare.len() - bare.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && bare[hashes..].starts_with(' ') {
        let title = bare[hashes..].trim().trim_end_matches('#').trim_end();
        if !title.is_empty() {
            return links(&format!("**{}**", title.replace("**", "")));
        }
    }
    // `[name]: address` defines a link for elsewhere; its address would be
    // out of sight of the rule for links.
    if bare.starts_with('[') && bare.contains("]:") {
        return links(&line.replacen("]:", "\\]:", 1));
    }
    links(line)
}

/// Cuts off the links of a line that lead anywhere but `https` and `mailto`.
fn links(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['!', ']', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = &from[1..];
        // What is escaped already must not get a second backslash.
        let slashes = out.len() - out.trim_end_matches('\\').len();
        let cut = match from.as_bytes()[0] {
            b'!' if after.starts_with('[') => {
                rest = after;
                continue;
            }
            b']' => after.starts_with('(') && !is_harmless(&after[1..]),
            b'<' => is_address(after) && !is_harmless(after),
            _ => false,
        };
        if cut && slashes.is_multiple_of(2) {
            out.push('\\');
        }
        out.push_str(&from[..1]);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether a link's address is one that may be opened. Addresses may be
/// obfuscated in many ways; only those that plainly begin right pass.
fn is_harmless(address: &str) -> bool {
    let address = address.trim_start_matches([' ', '\t', '<']);
    ["https://", "mailto:"].iter().any(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Whether `<…` is an autolink: a scheme and a colon.
fn is_address(text: &str) -> bool {
    let scheme = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')))
        .unwrap_or(text.len());
    scheme > 0 && text[scheme..].starts_with(':')
}

/// Cuts Markdown to about so many characters, at the end of a line or word,
/// and closes a code block that the cut left open.
#[must_use]
pub(crate) fn cut(markdown: &str, most: usize) -> String {
    let Some((end, _)) = markdown.char_indices().nth(most) else {
        return markdown.to_owned();
    };
    let start = &markdown[..end];
    // Not inside a link: from its bracket on, it is left out.
    let open = start.rfind('[').filter(|at| !start[*at..].contains(')'));
    let start = &start[..open.unwrap_or(start.len())];
    let nicely = start
        .rfind('\n')
        .filter(|at| *at > start.len() / 2)
        .or_else(|| start.rfind(' ').filter(|at| *at > start.len() / 2));
    let mut cut = start[..nicely.unwrap_or(start.len())].trim_end().to_owned();
    if cut.matches("```").count() % 2 == 1 {
        cut.push_str("\n```");
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::{body, cut, escape, link};
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    #[test]
    fn plain_text_stays_as_it_is_where_nothing_would_act() {
        for text in [
            "order_items_v2 is slow",
            "[PROD] api is down",
            "5 * 3 = 15",
            "2.5 s > 1 s",
            "a-b-c",
            "C:\\Users",
            "R&D",
            "1.5 million",
            "-5 degrees",
            "done in ~5 min",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn what_would_be_markup_is_escaped() {
        for (text, escaped) in [
            ("*bold*", "\\*bold\\*"),
            ("_so_", "\\_so\\_"),
            (
                "[click](https://evil.example)",
                "[click\\](https://evil.example)",
            ),
            ("[a]: https://evil.example", "[a\\]: https://evil.example"),
            ("`code`", "\\`code\\`"),
            ("# title", "\\# title"),
            ("> quoted", "\\> quoted"),
            ("- one", "\\- one"),
            ("1. one", "1\\. one"),
            ("12) *one*", "12\\) \\*one\\*"),
            ("<at>Ana</at>", "\\<at>Ana\\</at>"),
            ("&#42;", "\\&#42;"),
            ("~~gone~~", "\\~\\~gone\\~\\~"),
            ("\\*", "\\\\\\*"),
            ("a\u{202e}b", "ab"),
        ] {
            assert_eq!(escape(text), escaped, "{text}");
        }
    }

    #[test]
    fn a_link_cannot_be_broken_out_of() {
        assert_eq!(
            link("a](b) [c", "https://example.com/(x)"),
            "[a\\](b) \\[c](https://example.com/%28x%29)"
        );
    }

    #[test]
    fn a_body_keeps_its_markup_but_no_dangerous_link() {
        for (given, shown) in [
            (
                "**bold** and [a](https://example.com)",
                "**bold** and [a](https://example.com)",
            ),
            (
                "[a](mailto:ana@contoso.example)",
                "[a](mailto:ana@contoso.example)",
            ),
            ("[a](javascript:alert(1))", "[a\\](javascript:alert(1))"),
            ("[a]( JAVASCRIPT:x)", "[a\\]( JAVASCRIPT:x)"),
            ("[a](java&#115;cript:x)", "[a\\](java&#115;cript:x)"),
            ("[a](http://example.com)", "[a\\](http://example.com)"),
            ("[a](/relative)", "[a\\](/relative)"),
            ("<javascript:alert(1)>", "\\<javascript:alert(1)>"),
            ("<https://example.com>", "<https://example.com>"),
            (
                "![cat](https://example.com/cat.png)",
                "[cat](https://example.com/cat.png)",
            ),
            ("[x]: javascript:alert(1)", "[x\\]: javascript:alert(1)"),
            ("## What changed\ntext", "**What changed**\ntext"),
            ("#hashtag", "#hashtag"),
            ("a\r\nb", "a\nb"),
        ] {
            assert_eq!(body(given), shown, "{given}");
        }
    }

    #[test]
    fn a_long_body_is_cut_at_a_word_and_never_inside_a_link() {
        assert_eq!(cut("one two three", 100), "one two three");
        assert_eq!(cut("one two three", 9), "one two");
        assert_eq!(
            cut("some words, [a link](https://example.com)", 30),
            "some words,"
        );
        assert_eq!(cut("```\ncode that is long\n```", 12), "```\ncode\n```");
    }

    /// What a reader of CommonMark sees, and whether any of it is markup.
    fn seen(markdown: &str) -> (String, bool) {
        let mut text = String::new();
        let mut markup = false;
        for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                _ => markup = true,
            }
        }
        (text, markup)
    }

    proptest! {
        #[test]
        fn escaped_text_is_seen_as_it_was_and_is_no_markup(
            text in "([a-z1.)(\\[\\]*_~`#>+=|!&;:<\\\\/-]| ){0,12}"
        ) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(seen(&escape(&text)), (text, false));
        }

        #[test]
        fn a_link_shows_its_title_and_leads_where_it_should(
            title in "[a-z1.)(\\[\\]*_`#>&;:<\\\\/-]{1,12}"
        ) {
            let markdown = link(&title, "https://example.com/a(b)");
            let mut events = Parser::new(&markdown).skip(1);
            let Some(Event::Start(Tag::Link { dest_url, .. })) = events.next() else {
                return Err(TestCaseError::fail("no link"));
            };
            prop_assert_eq!(&*dest_url, "https://example.com/a%28b%29");
            prop_assert_eq!(seen(&markdown).0, title);
        }

        #[test]
        fn no_body_leads_anywhere_else(
            text in "(\\[|\\]|\\(|\\)|javascript:|http://x|https://x|mailto:x|<|>|!|\\\\|a|\n| |:|#|`|\"|&#58;){0,14}"
        ) {
            let shown = body(&text);
            for event in Parser::new(&shown) {
                if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
                    let harmless = dest_url.starts_with("https://") || dest_url.starts_with("mailto:");
                    prop_assert!(harmless, "{} leads to {}", shown, dest_url);
                }
            }
        }

        #[test]
        fn no_text_makes_these_panic(text in any::<String>(), most in 0usize..200) {
            let shown = [
                escape(&text),
                body(&text),
                cut(&text, most),
                link(&text, "https://example.com"),
            ];
            prop_assert!(shown[3].ends_with("](https://example.com)"));
        }
    }
}
