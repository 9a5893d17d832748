//! Drawings of boxes and short texts at fixed positions, for HTML pages and for paper.

use super::words::number;
use crate::model::word_enum;

/// A drawing. Lengths are in the drawing's own units; the renderer scales the drawing to the available width.
pub(super) struct Drawing {
    pub(super) width: f32,
    pub(super) height: f32,
    /// A description for readers who cannot see the drawing.
    pub(super) label: String,
    pub(super) marks: Vec<DrawingMark>,
}

/// A mark at its position, measured from the top left corner; later marks lie on top of earlier ones.
pub(super) enum DrawingMark {
    Box(DrawingBox, Tone, String),
    Text(LabelPosition, Ink, String),
}

/// The position and size of a rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrawingBox {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// The position of a text: `y` is the base line, and `from` says which end of the text, or its middle, is at
/// `x`.
#[derive(Debug, Clone, Copy)]
pub(super) struct LabelPosition {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) from: TextAnchor,
}

word_enum! {
    /// The part of a text that is at its position.
    pub(super) enum TextAnchor {
        Start = "start",
        Middle = "middle",
        End = "end",
    }
}

/// The meaning of a box, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tone {
    /// Machines in use.
    Used,
    /// Machines above what is owned.
    Over,
    /// Licences owned.
    Owned,
    /// A line that guides the eye.
    Grid,
    /// A fraction of the highest number, from 0 to 1.
    Heat(f32),
    /// A fraction of the highest number, from 0 to 1, where the number is above what is owned.
    HeatOver(f32),
}

word_enum! {
    /// The colour of a text.
    pub(super) enum Ink {
        /// For texts beside the marks.
        Soft = "soft",
        /// For texts on a light box.
        Dark = "dark",
        /// For texts on a strong box.
        Light = "light",
    }
}

/// The size of a drawing's letters, in the drawing's units.
pub(super) const LETTER_SIZE: f32 = 10.0;

impl Drawing {
    /// Renders the drawing as SVG, for a page whose style sheet defines the classes.
    pub(super) fn svg(&self) -> String {
        let mut out = format!(
            r#"<svg viewBox="0 0 {} {}" role="img" aria-label="{}">"#,
            self.width,
            self.height,
            escape_html(&self.label)
        );
        for mark in &self.marks {
            out += &match mark {
                DrawingMark::Box(area, tone, tip) => rect(*area, *tone, tip),
                DrawingMark::Text(spot, ink, text) => label_svg(*spot, *ink, text),
            };
        }
        out + "</svg>"
    }
}

fn rect(DrawingBox { x, y, width, height }: DrawingBox, tone: Tone, tip: &str) -> String {
    let (class, opacity) = match tone {
        Tone::Used => ("used", None),
        Tone::Over => ("over", None),
        Tone::Owned => ("owned", None),
        Tone::Grid => ("grid", None),
        Tone::Heat(share) => ("used", Some(share)),
        Tone::HeatOver(share) => ("over", Some(share)),
    };
    let opacity = opacity.map_or_else(String::new, |share| format!(r#" fill-opacity="{share:.2}""#));
    let start = format!(
        r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"{opacity}"#
    );
    if tip.is_empty() { start + "/>" } else { format!("{start}><title>{}</title></rect>", escape_html(tip)) }
}

fn label_svg(LabelPosition { x, y, from }: LabelPosition, ink: Ink, text: &str) -> String {
    let (class, anchor) = (ink.as_str(), from.as_str());
    format!(
        r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
        escape_html(text)
    )
}

fn escape_html(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html).map(|text| text.to_string()).unwrap_or_default()
}

/// Returns the numbers for an axis from 0 to `highest`: steps of 1, 2 or 5 times a power of ten, at most five
/// steps.
pub(super) fn ticks(highest: u32) -> Vec<(u32, String)> {
    let steps = (0..10).flat_map(|power| [1, 2, 5].map(|step: u32| step.saturating_mul(10_u32.pow(power))));
    let step = steps.into_iter().find(|step| highest / step <= 5).unwrap_or(u32::MAX);
    (0..=highest / step).map(|at| (at * step, number(at * step))).collect()
}
