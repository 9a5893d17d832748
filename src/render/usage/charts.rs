//! Charts of usage: the peaks of a period's days beside what is owned, and the hours of its week.

use crate::render::drawing::{
    Drawing, DrawingBox, DrawingMark, Ink, LETTER_SIZE, LabelPosition, TextAnchor, Tone, ticks,
};
use crate::render::words::number;
use crate::usage::{DayLoad, HOURS, PoolLoad};

/// The room for the numbers of an axis.
const LEFT: f32 = 40.0;
const WIDTH: f32 = 680.0;
/// The height of the bars of the days, and the room above them.
const TALL: f32 = 150.0;
const TOP: f32 = 8.0;
/// The height of a weekday.
const ROW: f32 = 19.0;
/// The room for the words below.
const BELOW: f32 = 18.0;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Draws the peak of each day as a bar; the part above what is owned has another colour.
#[expect(clippy::cast_precision_loss, reason = "a screen has fewer points")]
pub(super) fn days_chart(load: &PoolLoad, what: &str) -> Drawing {
    let highest = load.highest_count().max(1);
    let height = |machines: u32| TALL * machines as f32 / highest as f32;
    let step = (WIDTH - LEFT) / load.days.len() as f32;
    let mut marks = Vec::new();
    for (tick, words) in ticks(highest) {
        let y = TOP + TALL - height(tick);
        marks.push(box_mark(LEFT, y - 0.25, WIDTH - LEFT, 0.5, Tone::Grid, String::new()));
        marks.push(text_mark(LEFT - 5.0, y + LETTER_SIZE / 3.0, TextAnchor::End, Ink::Soft, words));
    }
    for (at, day) in load.days.iter().enumerate() {
        let x = LEFT + at as f32 * step;
        let mut draw_bar = |from: u32, to: u32, tone| {
            let (y, tall) = (TOP + TALL - height(to), height(to) - height(from));
            marks.push(box_mark(x + step * 0.12, y, step * 0.76, tall, tone, day_tip(day)));
        };
        let covered = day.machines.min(day.owned.unwrap_or(day.machines));
        if covered > 0 {
            draw_bar(0, covered, Tone::Used);
        }
        if day.machines > covered {
            draw_bar(covered, day.machines, Tone::Over);
        }
        if let Some(owned) = day.owned {
            let y = TOP + TALL - height(owned) - 0.75;
            marks.push(box_mark(x, y, step, 1.5, Tone::Owned, String::new()));
        }
        if day.day.day() % 14 == 1 && day.day.day() < 29 {
            let (y, date) = (TOP + TALL + BELOW - 4.0, day.day.strftime("%-d %b").to_string());
            marks.push(text_mark(x, y, TextAnchor::Start, Ink::Soft, date));
        }
    }
    Drawing {
        width: WIDTH,
        height: TOP + TALL + BELOW,
        label: format!("{what}: peak and owned, day by day"),
        marks,
    }
}

fn day_tip(day: &DayLoad) -> String {
    let owned = day.owned.map_or_else(String::new, |owned| format!(", owned {}", number(owned)));
    format!("{}: peak {}{owned}", day.day, number(day.machines))
}

/// Draws the most machines in each hour of the week, as the darkness of a box and as a number.
///
/// `owned` is the smallest number that was owned.
#[expect(clippy::cast_precision_loss, reason = "a screen has fewer points")]
pub(super) fn week_chart(load: &PoolLoad, what: &str) -> Drawing {
    let highest = load.week.iter().flatten().copied().max().unwrap_or(0).max(1);
    let owned = load.days.iter().filter_map(|day| day.owned).min();
    let width = (WIDTH - LEFT) / HOURS as f32;
    let mut marks = Vec::new();
    for ((row, weekday), hours) in WEEKDAYS.iter().enumerate().zip(&load.week) {
        let y = TOP + row as f32 * ROW;
        let base = y + ROW / 2.0 + LETTER_SIZE / 3.0;
        marks.push(text_mark(LEFT - 5.0, base, TextAnchor::End, Ink::Soft, (*weekday).to_owned()));
        for (hour, machines) in hours.iter().enumerate() {
            let (x, share) = (LEFT + hour as f32 * width, *machines as f32 / highest as f32);
            let tone = if owned.is_some_and(|owned| *machines > owned) {
                Tone::HeatOver(share)
            } else {
                Tone::Heat(share)
            };
            let tip = format!("{weekday} {hour:02}:00: {}", number(*machines));
            marks.push(box_mark(x + 0.5, y + 0.5, width - 1.0, ROW - 1.0, tone, tip));
            if *machines > 0 {
                let ink = if share > 0.5 { Ink::Light } else { Ink::Dark };
                let words = short_number(*machines);
                marks.push(text_mark(x + width / 2.0, base, TextAnchor::Middle, ink, words));
            }
        }
    }
    for hour in (0..HOURS).step_by(3) {
        let base = TOP + 7.0 * ROW + BELOW - 4.0;
        let (x, words) = (LEFT + hour as f32 * width, format!("{hour:02}:00"));
        marks.push(text_mark(x, base, TextAnchor::Start, Ink::Soft, words));
    }
    Drawing {
        width: WIDTH,
        height: TOP + 7.0 * ROW + BELOW,
        label: format!("{what}: the most machines in each hour of the week (UTC)"),
        marks,
    }
}

fn box_mark(x: f32, y: f32, width: f32, height: f32, tone: Tone, tip: String) -> DrawingMark {
    DrawingMark::Box(DrawingBox { x, y, width, height }, tone, tip)
}

fn text_mark(x: f32, y: f32, from: TextAnchor, ink: Ink, words: String) -> DrawingMark {
    DrawingMark::Text(LabelPosition { x, y, from }, ink, words)
}

/// Returns a number in at most four letters.
fn short_number(machines: u32) -> String {
    if machines < 10_000 { machines.to_string() } else { format!("{}k", machines / 1000) }
}
