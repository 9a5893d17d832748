//! The fonts of paper, and the widths of their letters.

use std::borrow::Cow;

use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, GlyphId, MetadataProvider};

use super::TextFace;

const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.ttf");

/// The regular and the bold font.
pub(super) struct FontPair {
    regular: MeasuredFont,
    bold: MeasuredFont,
}

/// A font with its measures.
pub(super) struct MeasuredFont {
    /// The font as the PDF writer needs it.
    pub(super) font: Font,
    charmap: skrifa::charmap::Charmap<'static>,
    metrics: GlyphMetrics<'static>,
}

impl FontPair {
    /// Loads both fonts.
    pub(super) fn new() -> Self {
        Self { regular: MeasuredFont::new(REGULAR), bold: MeasuredFont::new(BOLD) }
    }

    /// Returns the font of a typeface.
    pub(super) fn font_of(&self, face: TextFace) -> &MeasuredFont {
        match face {
            TextFace::Plain | TextFace::Soft => &self.regular,
            TextFace::Bold => &self.bold,
        }
    }
}

impl MeasuredFont {
    fn new(bytes: &'static [u8]) -> Self {
        let font = FontRef::new(bytes).expect("the fonts that come with the program are fonts");
        Self {
            font: Font::new(bytes.into(), 0).expect("the fonts that come with the program are fonts"),
            charmap: font.charmap(),
            // At size 1.0, widths are fractions of the font size.
            metrics: font.glyph_metrics(Size::new(1.0), LocationRef::default()),
        }
    }

    /// Returns the glyph of a character and its width at size 1; an empty box where the font lacks the
    /// character.
    pub(super) fn glyph(&self, character: char) -> (GlyphId, f32) {
        let glyph = self.charmap.map(character).unwrap_or(GlyphId::NOTDEF);
        (glyph, self.metrics.advance_width(glyph).unwrap_or_default())
    }

    /// Returns the width of `text` at size 1.
    pub(super) fn width(&self, text: &str) -> f32 {
        text.chars().map(|character| self.glyph(character).1).sum()
    }

    /// Shortens `text` to at most `room` wide at size 1; an ellipsis marks what is cut off.
    pub(super) fn cut<'t>(&self, text: &'t str, room: f32) -> Cow<'t, str> {
        const MORE: char = '…';
        if self.width(text) <= room {
            return text.into();
        }
        let mut left = room - self.glyph(MORE).1;
        let fits = |character: &char| {
            left -= self.glyph(*character).1;
            left >= 0.0
        };
        let mut cut: String = text.chars().take_while(fits).collect();
        cut.truncate(cut.trim_end().len());
        cut.push(MORE);
        cut.into()
    }
}
