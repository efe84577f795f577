//! A message as a person would read it in Teams, drawn with text for a terminal.

use jiff::Timestamp;
use serde_json::Value;
use textwrap::{Options, WordSplitter};

/// The columns a drawing takes at most.
pub const COLUMNS: usize = 78;

const ADAPTIVE_CARD: &str = "application/vnd.microsoft.card.adaptive";

/// Draws `activity`, as it was posted to the Connector, in a frame titled `title`.
pub fn message(title: &str, activity: &Value) -> String {
    let mut lines = Vec::new();
    if let Some(text) = activity["text"].as_str() {
        wrap(&mut lines, text, 0);
    }
    for attachment in array(&activity["attachments"]) {
        if attachment["contentType"] == ADAPTIVE_CARD {
            let card = &attachment["content"];
            elements(&mut lines, &card["body"], 0);
            actions(&mut lines, &card["actions"], 0);
        } else {
            let kind = attachment["contentType"].as_str().unwrap_or("attachment");
            lines.push(format!("[{}]", printable(kind)));
        }
    }
    frame(title, &lines)
}

/// A line of a message, fit for one line of a list.
pub fn one_line(text: &str) -> String {
    truncated(&unmarked(&printable(text)), COLUMNS - 8)
}

/// Something that went wrong, under a mark that stands out from the drawings.
pub fn trouble(text: &str) -> String {
    let options = Options::new(COLUMNS)
        .word_splitter(WordSplitter::NoHyphenation)
        .initial_indent("  ✗ ")
        .subsequent_indent("    ");
    textwrap::fill(&printable(text), options)
}

fn frame(title: &str, lines: &[String]) -> String {
    let inner = COLUMNS - 4;
    let title = printable(title);
    let title = truncated(&title, inner - 2);
    let rule = "─".repeat(COLUMNS - 5 - textwrap::core::display_width(&title));
    let mut drawing = format!("╭─ {title} {rule}╮\n");
    for line in lines {
        let space = " ".repeat(inner.saturating_sub(textwrap::core::display_width(line)));
        drawing.push_str(&format!("│ {line}{space} │\n"));
    }
    drawing.push_str(&format!("╰{}╯\n", "─".repeat(COLUMNS - 2)));
    drawing
}

fn elements(lines: &mut Vec<String>, body: &Value, indent: usize) {
    for element in array(body) {
        match element["type"].as_str().unwrap_or_default() {
            "TextBlock" => wrap(lines, element["text"].as_str().unwrap_or_default(), indent),
            "RichTextBlock" => {
                let text: String = array(&element["inlines"])
                    .filter_map(|run| run["text"].as_str().or(run.as_str()))
                    .collect();
                wrap(lines, &text, indent);
            }
            "FactSet" => facts(lines, &element["facts"], indent),
            "Image" => {
                let alt = element["altText"].as_str().unwrap_or("picture");
                wrap(lines, &format!("[picture: {alt}]"), indent);
            }
            "ActionSet" => actions(lines, &element["actions"], indent),
            "ColumnSet" => {
                for column in array(&element["columns"]) {
                    elements(lines, &column["items"], indent);
                }
            }
            "Container" | "Column" => elements(lines, &element["items"], indent),
            "Table" => table(lines, &element["rows"], indent),
            "Input.ChoiceSet" => choices(lines, element, indent),
            "Input.Rating" => {
                let stars = element["max"].as_u64().map_or(5, |most| most.min(10));
                let stars = "☆".repeat(usize::try_from(stars).unwrap_or(5));
                wrap(lines, &format!("{}: {stars}", label(element)), indent);
            }
            "Input.Text" | "Input.Toggle" => {
                wrap(lines, &format!("{}: ____", label(element)), indent);
            }
            _ => {}
        }
    }
}

fn label(input: &Value) -> &str {
    let label = input["label"].as_str().or(input["title"].as_str());
    label.or(input["placeholder"].as_str()).unwrap_or("input")
}

/// What can be chosen: beside circles, beside boxes where several can be, or folded into a list.
fn choices(lines: &mut Vec<String>, input: &Value, indent: usize) {
    let (mark, between) = match (input["style"].as_str(), &input["isMultiSelect"]) {
        (Some("expanded"), Value::Bool(true)) => ("☐ ", "  ☐ "),
        (Some("expanded"), _) => ("○ ", "  ○ "),
        _ => ("▾ ", " · "),
    };
    let titles = array(&input["choices"]).map(|choice| choice["title"].as_str().unwrap_or("?"));
    let titles = titles.collect::<Vec<_>>().join(between);
    let first = " ".repeat(indent);
    let next = " ".repeat(indent + 2);
    let text = format!("{}: {mark}{titles}", label(input));
    wrap_with(lines, &text, &first, &next);
}

fn facts(lines: &mut Vec<String>, facts: &Value, indent: usize) {
    let title = |fact: &Value| unmarked(&printable(fact["title"].as_str().unwrap_or_default()));
    let widest = array(facts)
        .map(|fact| textwrap::core::display_width(&title(fact)))
        .max()
        .unwrap_or(0)
        .min(24);
    for fact in array(facts) {
        let title = title(fact);
        let space = " ".repeat(widest.saturating_sub(textwrap::core::display_width(&title)));
        let value = fact["value"].as_str().unwrap_or_default();
        let first = format!("{}{title}{space}  ", " ".repeat(indent));
        let next = " ".repeat(indent + widest + 2);
        wrap_with(lines, value, &first, &next);
    }
}

fn table(lines: &mut Vec<String>, rows: &Value, indent: usize) {
    for row in array(rows) {
        let mut cells = Vec::new();
        for cell in array(&row["cells"]) {
            let mut text = Vec::new();
            elements(&mut text, &cell["items"], 0);
            cells.push(text.join(" "));
        }
        wrap(lines, &cells.join("  "), indent);
    }
}

fn actions(lines: &mut Vec<String>, actions: &Value, indent: usize) {
    let buttons: Vec<String> = array(actions)
        .map(|action| {
            let title = action["title"].as_str().unwrap_or_default();
            match action["url"].as_str() {
                Some(url) => format!("[{title} → {url}]"),
                None => format!("[{title}]"),
            }
        })
        .collect();
    if !buttons.is_empty() {
        wrap(lines, &buttons.join("  "), indent);
    }
}

fn wrap(lines: &mut Vec<String>, text: &str, indent: usize) {
    let indent = " ".repeat(indent);
    wrap_with(lines, text, &indent, &indent);
}

fn wrap_with(lines: &mut Vec<String>, text: &str, first: &str, next: &str) {
    let mut initial = first;
    for paragraph in text.split('\n') {
        let paragraph = unmarked(&dated(&printable(paragraph)));
        // A hyphen in an address, a date or an id is no place to part it.
        let options = Options::new(COLUMNS - 4)
            .word_splitter(WordSplitter::NoHyphenation)
            .initial_indent(initial)
            .subsequent_indent(next);
        lines.extend(
            textwrap::wrap(&paragraph, options)
                .into_iter()
                .map(|l| l.into_owned()),
        );
        initial = next;
    }
}

/// A terminal obeys control characters; a message must not be able to give it orders.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Fills in `{{DATE(…)}}` and `{{TIME(…)}}`, which Teams shows in the reader's own zone; a terminal shows UTC.
///
/// See the Adaptive Cards documentation, "Text Features".
fn dated(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        plain.push_str(before);
        match after
            .split_once("}}")
            .and_then(|(inside, after)| Some((moment(inside)?, after)))
        {
            Some((moment, after)) => {
                plain.push_str(&moment);
                rest = after;
            }
            None => {
                plain.push_str("{{");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn moment(function: &str) -> Option<String> {
    let (name, arguments) = function.strip_suffix(')')?.split_once('(')?;
    let format = match name {
        "DATE" => "%Y-%m-%d",
        "TIME" => "%H:%M UTC",
        _ => return None,
    };
    let time = arguments
        .split_once(',')
        .map_or(arguments, |(time, _)| time);
    let time: Timestamp = time.trim().parse().ok()?;
    Some(time.strftime(format).to_string())
}

/// Takes the signs of Markdown away that a terminal does not draw: emphasis, escapes, links, mentions.
fn unmarked(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = match character {
            '\\' if after.starts_with(|next: char| next.is_ascii_punctuation()) => {
                plain.push_str(&after[..1]);
                &after[1..]
            }
            '*' if after.starts_with('*') => &after[1..],
            '[' => match link(after) {
                Some((label, url, after)) => {
                    plain.push_str(&unmarked(label));
                    plain.push_str(&format!(" ({url})"));
                    after
                }
                None => {
                    plain.push('[');
                    after
                }
            },
            '<' if after.starts_with("at>") => {
                plain.push('@');
                &after["at>".len()..]
            }
            '<' if after.starts_with("/at>") => &after["/at>".len()..],
            other => {
                plain.push(other);
                after
            }
        };
    }
    plain
}

/// Splits what follows a `[` into the label, the address and the rest, if it is a link.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.split_once("](")?;
    let (url, rest) = rest.split_once(')')?;
    let is_link = url.contains("://") || url.starts_with("mailto:");
    (is_link && !url.contains(' ')).then_some((label, url, rest))
}

fn truncated(text: &str, columns: usize) -> String {
    if textwrap::core::display_width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    for character in text.chars() {
        if textwrap::core::display_width(&cut) + 2 > columns {
            break;
        }
        cut.push(character);
    }
    cut.push('…');
    cut
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_card_is_drawn_within_eighty_columns_and_nothing_of_it_reaches_the_terminal_as_an_order() {
        let activity = json!({ "type": "message", "attachments": [{
            "contentType": ADAPTIVE_CARD,
            "content": { "type": "AdaptiveCard", "body": [
                { "type": "TextBlock", "text": "**Deploy** of billing\\_api \u{1b}[31mfailed" },
                { "type": "TextBlock", "text": "See [run 7](https://example.com/7), <at>Ben</at>" },
                { "type": "FactSet", "facts": [
                    { "title": "Stage", "value": "production" },
                    { "title": "Since", "value": "{{DATE(2026-10-08T09:24:00Z,SHORT)}} {{TIME(2026-10-08T09:24:00Z)}} {{x}} {{" },
                    { "title": "Error", "value": "a long reason ".repeat(12) },
                ]},
                { "type": "Image", "url": "https://example.com/a.png", "altText": "A chart" },
            ], "actions": [
                { "type": "Action.OpenUrl", "title": "Open", "url": "https://example.com/run/7" },
                { "type": "Action.Execute", "title": "Mute", "verb": "mute" },
            ]},
        }]});
        let drawing = message("Ana García · personal chat", &activity);
        insta::assert_snapshot!(drawing, @r"
        ╭─ Ana García · personal chat ───────────────────────────────────────────────╮
        │ Deploy of billing_api [31mfailed                                           │
        │ See run 7 (https://example.com/7), @Ben                                    │
        │ Stage  production                                                          │
        │ Since  2026-10-08 09:24 UTC {{x}} {{                                       │
        │ Error  a long reason a long reason a long reason a long reason a long      │
        │        reason a long reason a long reason a long reason a long reason a    │
        │        long reason a long reason a long reason                             │
        │ [picture: A chart]                                                         │
        │ [Open → https://example.com/run/7]  [Mute]                                 │
        ╰────────────────────────────────────────────────────────────────────────────╯
        ");
        assert!(
            drawing
                .lines()
                .all(|line| textwrap::core::display_width(line) <= 80)
        );
        assert!(!drawing.contains('\u{1b}'));
    }

    #[test]
    fn what_can_be_answered_is_seen() {
        let activity = json!({ "attachments": [{ "contentType": ADAPTIVE_CARD, "content": { "body": [
            { "type": "Input.ChoiceSet", "label": "Lunch?", "style": "expanded",
              "choices": [{ "title": "Pizza \\*" }, { "title": "Sushi" }] },
            { "type": "Input.ChoiceSet", "label": "Days", "style": "expanded", "isMultiSelect": true,
              "choices": [{ "title": "Mo" }, { "title": "Tu" }] },
            { "type": "Input.ChoiceSet", "label": "First", "style": "compact",
              "choices": [{ "title": "Speed" }, { "title": "Cost" }] },
            { "type": "Input.Rating", "label": "How was it?", "max": 5 },
            { "type": "Input.Text", "label": "Else?" },
            { "type": "FactSet", "facts": [{ "title": "1\\. Speed", "value": "2 points" }] },
        ]}}]});
        insta::assert_snapshot!(message("Poll", &activity), @r"
        ╭─ Poll ─────────────────────────────────────────────────────────────────────╮
        │ Lunch?: ○ Pizza *  ○ Sushi                                                 │
        │ Days: ☐ Mo  ☐ Tu                                                           │
        │ First: ▾ Speed · Cost                                                      │
        │ How was it?: ☆☆☆☆☆                                                         │
        │ Else?: ____                                                                │
        │ 1. Speed  2 points                                                         │
        ╰────────────────────────────────────────────────────────────────────────────╯
        ");
    }
}
