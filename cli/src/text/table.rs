//! A table whose columns line up, within the columns of a terminal.

use textwrap::core::display_width;

use super::style::{HEAD, styled};
use super::words::{COLUMNS, escaped, within};

const GAP: usize = 2;

/// On which side a column lines up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A column: its head, its side, and the least that it can be cut to.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What it is called.
    pub head: &'static str,
    /// Where it lines up.
    pub side: Side,
    /// It may lose text down to this width when the table is too wide; nothing, if absent.
    pub least: Option<usize>,
    /// What is wider than this stands in a line of its own, whole, above the rest of its row.
    pub most: Option<usize>,
}

impl Column {
    /// A column of text that is always shown whole.
    pub const fn text(head: &'static str) -> Self {
        Self {
            head,
            side: Side::Left,
            least: None,
            most: None,
        }
    }

    /// A column of text to copy, such as ids: always whole, and where it is wider than `most`, in a line of its own. For
    /// the first column.
    pub const fn copied(head: &'static str, most: usize) -> Self {
        Self {
            most: Some(most),
            ..Self::text(head)
        }
    }

    /// A column of text that gives way when there is no room.
    pub const fn cut(head: &'static str, least: usize) -> Self {
        Self {
            head,
            side: Side::Left,
            least: Some(least),
            most: None,
        }
    }

    /// A column of numbers.
    pub const fn number(head: &'static str) -> Self {
        Self {
            head,
            side: Side::Right,
            least: None,
            most: None,
        }
    }
}

impl Column {
    /// Whether a cell so wide stands in the column.
    fn holds(&self, width: usize) -> bool {
        self.most.is_none_or(|most| width <= most)
    }
}

/// Draws rows under their heads. Cells are escaped; the widest cell that may be cut is cut first.
pub fn table(columns: &[Column], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| escaped(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widths = cells.map(|cell| display_width(cell));
            let widest = widths.filter(|width| column.holds(*width)).max();
            widest.unwrap_or(0).max(display_width(column.head))
        })
        .collect();
    let gaps = GAP * columns.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > COLUMNS {
        let widest = columns
            .iter()
            .zip(&mut widths)
            .filter(|(column, width)| column.least.is_some_and(|least| **width > least))
            .max_by_key(|(_, width)| **width);
        match widest {
            Some((_, width)) => *width -= 1,
            None => break,
        }
    }
    let heads: Vec<String> = columns
        .iter()
        .map(|column| column.head.to_owned())
        .collect();
    let head = line(columns, &widths, &heads);
    let mut text = styled(HEAD, &head) + "\n";
    for mut row in rows {
        if let (Some(column), Some(cell)) = (columns.first(), row.first_mut())
            && !column.holds(display_width(cell))
        {
            text.push_str(&std::mem::take(cell));
            text.push('\n');
        }
        text.push_str(&line(columns, &widths, &row));
        text.push('\n');
    }
    text
}

fn line(columns: &[Column], widths: &[usize], cells: &[String]) -> String {
    let mut text = String::new();
    for (at, ((column, width), cell)) in columns.iter().zip(widths).zip(cells).enumerate() {
        if at > 0 {
            text.push_str(&" ".repeat(GAP));
        }
        let cell = within(cell, *width);
        let space = " ".repeat(width.saturating_sub(display_width(&cell)));
        match column.side {
            Side::Left => text.extend([cell, space]),
            Side::Right => text.extend([space, cell]),
        }
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn columns_line_up_whatever_is_in_them() {
        let columns = [
            Column::cut("who", 10),
            Column::number("tries"),
            Column::cut("why", 10),
        ];
        let rows = [
            ["ana@contoso.example", "1", "muted"],
            ["東京支店の田中さん", "14", "not\u{1b}[2Jinstalled"],
            [
                "a-name-that-goes-on-and-on-and-on@a-domain-that-does-too.example",
                "0",
                "a long reason that does not fit either",
            ],
        ];
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        let drawn = plain(&table(&columns, &rows));
        insta::assert_snapshot!(drawn, @r"
        who                                   tries  why
        ana@contoso.example                       1  muted
        東京支店の田中さん                       14  not\u{1b}[2Jinstalled
        a-name-that-goes-on-and-on-and-on@a…      0  a long reason that does not fit ei…
        ");
        assert!(drawn.lines().all(|line| display_width(line) <= COLUMNS));
    }

    #[test]
    fn what_is_to_be_copied_is_whole_and_where_it_is_long_in_a_line_of_its_own() {
        let columns = [
            Column::copied("poll", 12),
            Column::cut("title", 16),
            Column::text("now"),
        ];
        let long = "how-do-we-celebrate-the-end-of-the-year-0123456789abcdef";
        let rows = [
            ["lunch", "Lunch?", "open"],
            [long, "How do we celebrate?", "closed"],
            ["mood", "How was the week?", "open"],
        ];
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        insta::assert_snapshot!(plain(&table(&columns, &rows)), @r"
        poll   title                 now
        lunch  Lunch?                open
        how-do-we-celebrate-the-end-of-the-year-0123456789abcdef
               How do we celebrate?  closed
        mood   How was the week?     open
        ");
    }

    #[test]
    fn a_table_of_nobody_has_its_heads() {
        let drawn = plain(&table(&[Column::text("who"), Column::number("tries")], &[]));
        assert_eq!(drawn, "who  tries\n");
    }
}
