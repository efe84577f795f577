//! Comma-separated values, as RFC 4180 has them.

use super::words::escaped;

/// Writes one record, its line end included.
///
/// A field that a spreadsheet would take for a formula gets an apostrophe in front: names and reasons come from
/// elsewhere, and opening a report must run nothing. Control characters are escaped, line ends too: the file may be shown
/// on a terminal.
pub fn record<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (at, text) in fields.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        field(&mut line, text);
    }
    line.push_str("\r\n");
    line
}

fn field(line: &mut String, text: &str) {
    let text = escaped(text);
    let formula = text.starts_with(['=', '+', '-', '@']);
    let quoted = formula || text.contains([',', '"']);
    if !quoted {
        line.push_str(&text);
        return;
    }
    line.push('"');
    if formula {
        line.push('\'');
    }
    line.push_str(&text.replace('"', "\"\""));
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn a_field_survives_commas_and_quotes_and_gives_no_orders() {
        assert_eq!(
            record(["a", "b,c", "say \"hi\"", "two\nlines\u{1b}[2J", ""]),
            "a,\"b,c\",\"say \"\"hi\"\"\",two\\u{a}lines\\u{1b}[2J,\r\n"
        );
    }

    #[test]
    fn nothing_in_a_report_is_a_formula() {
        assert_eq!(record(["=1+1", "@x", "29:1"]), "\"'=1+1\",\"'@x\",29:1\r\n");
    }
}
