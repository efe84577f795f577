//! Results as a picture.

use plotters::prelude::*;

use super::bars::{Bar, Bars, Outcome, withheld};

const WIDTH: u32 = 800;
const MARGIN: i32 = 24;
const TITLE: i32 = 28;
const TEXT: i32 = 16;
/// Of one bar, with the room below it.
const ROW: i32 = 30;
/// Above the bars of a question.
const HEAD: i32 = 56;
const LABEL: i32 = 240;
/// Behind the longest bar.
const FIGURES: i32 = 130;
/// A letter of the labels, on average.
const LETTER: i32 = 8;

const INK: RGBColor = RGBColor(36, 36, 36);
const PALE: RGBColor = RGBColor(97, 97, 97);
const TRACK: RGBColor = RGBColor(240, 240, 240);
const FILL: RGBColor = RGBColor(91, 95, 199);

/// Why no picture was made.
#[derive(Debug, thiserror::Error)]
#[error("failed to draw the plot: {0}")]
pub(super) struct NotDrawn(String);

/// An SVG with a bar for each choice or score, question below question; with the reason, when nothing is shown.
///
/// # Errors
///
/// [`NotDrawn`], with what the plotting library says.
pub(super) fn svg(outcome: &Outcome<'_>) -> Result<String, NotDrawn> {
    let questions = outcome.bars();
    let rows = questions
        .iter()
        .map(|bars| HEAD + ROW * rows(bars))
        .sum::<i32>();
    let why = reason(outcome);
    let rows = rows + ROW * i32::try_from(why.len()).unwrap_or_default();
    let height = u32::try_from(MARGIN * 2 + TITLE * 2 + rows).unwrap_or(u32::MAX);
    let mut picture = String::new();
    {
        let area = SVGBackend::with_string(&mut picture, (WIDTH, height)).into_drawing_area();
        draw(&area, outcome, &questions, &why).map_err(|error| NotDrawn(error.to_string()))?;
    }
    Ok(picture)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Why nothing is shown, in lines; none when something is.
fn reason(outcome: &Outcome<'_>) -> Vec<String> {
    let why = withheld(outcome.results).unwrap_or_default();
    let lines = textwrap::wrap(&why, 60).into_iter();
    lines
        .filter(|line| !line.is_empty())
        .map(|line| line.into_owned())
        .collect()
}

fn draw(area: &Area<'_>, outcome: &Outcome<'_>, questions: &[Bars], why: &[String]) -> Drawn {
    area.fill(&WHITE)?;
    text(area, &outcome.definition.title, MARGIN, MARGIN, TITLE, INK)?;
    let voters = match outcome.results.asked {
        Some(asked) => format!("{} of {asked} voted", outcome.results.voters),
        None => format!("{} voted", outcome.results.voters),
    };
    text(area, &voters, MARGIN, MARGIN + TITLE + 6, TEXT, PALE)?;
    let mut top = MARGIN + TITLE * 2;
    for line in why {
        top += ROW;
        // Not where labels stand, which are shorter.
        text(area, line, MARGIN + 1, top - 10, TEXT, INK)?;
    }
    for bars in questions {
        text(area, &bars.question, MARGIN, top + 14, TEXT + 2, INK)?;
        if let Some(note) = &bars.note {
            text(area, note, MARGIN, top + 36, TEXT - 2, PALE)?;
        }
        top += HEAD;
        let longest = bars.bars.iter().map(|bar| bar.value).max();
        for bar in &bars.bars {
            draw_bar(area, bar, longest.unwrap_or_default(), top)?;
            top += ROW;
        }
        if bars.bars.is_empty() {
            let count = format!("{} answers in words: see --format csv", bars.answered);
            text(area, &count, MARGIN, top, TEXT - 2, PALE)?;
            top += ROW;
        }
    }
    area.present()?;
    Ok(())
}

fn draw_bar(area: &Area<'_>, bar: &Bar, longest: u64, top: i32) -> Drawn {
    let from = MARGIN + LABEL;
    let room = WIDTH.cast_signed() - MARGIN - FIGURES - from;
    let share =
        u128::from(bar.value) * u128::from(room.unsigned_abs()) / u128::from(longest.max(1));
    let length = i32::try_from(share).unwrap_or(room);
    let (above, below) = (top, top + ROW - 10);
    text(area, &bar.label, MARGIN, top + 2, TEXT, INK)?;
    let track = [(from, above), (from + room, below)];
    area.draw(&Rectangle::new(track, TRACK.filled()))?;
    let filled = [(from, above), (from + length, below)];
    area.draw(&Rectangle::new(filled, FILL.filled()))?;
    let figures = match bar.percent {
        Some(percent) => format!("{}  ({percent:.1} %)", bar.value),
        None => bar.value.to_string(),
    };
    text(area, &figures, from + room + 8, top + 2, TEXT, INK)
}

/// Writes a line; what has no room is cut.
fn text(area: &Area<'_>, line: &str, x: i32, y: i32, size: i32, colour: RGBColor) -> Drawn {
    let room = if size == TEXT && x == MARGIN {
        LABEL
    } else {
        WIDTH.cast_signed() - x - MARGIN
    };
    let letters = usize::try_from(room / (LETTER * size / TEXT).max(1)).unwrap_or_default();
    let mut shown: String = line.chars().take(letters).collect();
    if shown.len() < line.len() {
        shown.pop();
        shown.push('…');
    }
    let style = ("sans-serif", size).into_font().color(&colour);
    area.draw(&Text::new(shown, (x, y), style))?;
    Ok(())
}

fn rows(bars: &Bars) -> i32 {
    i32::try_from(bars.bars.len().max(1)).unwrap_or(1)
}
