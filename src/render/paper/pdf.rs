//! Writes pages as PDF.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::fonts::FontPair;
use super::typesetter::{HEIGHT, MARGIN, PagePiece, PaperPage, WIDTH, set_pages};
use super::{PaperBlock, TextFace};
use crate::render::drawing::{DrawingBox, Ink, Tone};

/// The size of the foot's letters, and the distance of their base line from the lower edge of the page.
const FOOT: f32 = 7.0;
const FOOT_LINE: f32 = 30.0;
/// The gap between the foot and the page number.
const FOOT_GAP: f32 = 12.0;

/// Returns all blocks as PDF.
///
/// `foot` is left of the page number on every page, and is cut where it is too long.
pub(in crate::render) fn pdf_bytes(title: &str, foot: &str, blocks: &[PaperBlock]) -> Vec<u8> {
    let letters = FontPair::new();
    let pages = set_pages(&letters, blocks);
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new().title(title.to_owned()).creator("seatwise".to_owned()).language("en".to_owned()),
    );
    for (at, page) in pages.iter().enumerate() {
        let mut sheet =
            document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has a size"));
        let mut surface = sheet.surface();
        draw_page(&mut surface, &letters, page);
        draw_foot(&mut surface, &letters, foot, &format!("page {} of {}", at + 1, pages.len()));
        surface.finish();
        sheet.finish();
    }
    // Writing fails only for a document that must conform to a standard, and this one need not.
    document.finish().unwrap_or_default()
}

fn draw_page(surface: &mut Surface<'_>, letters: &FontPair, page: &PaperPage) {
    for piece in page {
        match piece {
            PagePiece::Text { x, y, size, face, text } => {
                write_text(surface, letters, *face, (*x, *y), *size, text)
            }
            PagePiece::Rule { y } => draw_bar(surface, *y, 0.4, 200),
            PagePiece::Shade { y, height } => draw_bar(surface, *y, *height, 236),
            PagePiece::Box { area, tone } => fill_box(surface, *area, colour(*tone)),
            PagePiece::Label { x, y, size, ink, text } => {
                draw_glyphs(surface, letters, TextFace::Plain, (*x, *y), *size, grey(shade(*ink)), text)
            }
        }
    }
}

fn draw_foot(surface: &mut Surface<'_>, letters: &FontPair, foot: &str, number: &str) {
    let y = HEIGHT - FOOT_LINE;
    let letter = letters.font_of(TextFace::Soft);
    let right = WIDTH - MARGIN - letter.width(number) * FOOT;
    let room = right - MARGIN - FOOT_GAP;
    write_text(surface, letters, TextFace::Soft, (MARGIN, y), FOOT, &letter.cut(foot, room / FOOT));
    write_text(surface, letters, TextFace::Soft, (right, y), FOOT, number);
}

fn write_text(
    surface: &mut Surface<'_>,
    letters: &FontPair,
    face: TextFace,
    at: (f32, f32),
    size: f32,
    text: &str,
) {
    let shade = match face {
        TextFace::Plain | TextFace::Bold => 20,
        TextFace::Soft => 95,
    };
    draw_glyphs(surface, letters, face, at, size, grey(shade), text);
}

fn shade(ink: Ink) -> u8 {
    match ink {
        Ink::Soft => 95,
        Ink::Dark => 20,
        Ink::Light => 255,
    }
}

/// Returns the colour of a tone: the same as in the light variant of the page's style sheet.
fn colour(tone: Tone) -> rgb::Color {
    const USED: [u8; 3] = [10, 94, 168];
    const OVER: [u8; 3] = [200, 82, 20];
    let [red, green, blue] = match tone {
        Tone::Used => USED,
        Tone::Over => OVER,
        Tone::Owned => [20; 3],
        Tone::Grid => [213; 3],
        Tone::Heat(share) => USED.map(|part| blend_with_white(part, share)),
        Tone::HeatOver(share) => OVER.map(|part| blend_with_white(part, share)),
    };
    rgb::Color::new(red, green, blue)
}

/// Mixes a colour component with white; `share` is the part of the colour.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
fn blend_with_white(part: u8, share: f32) -> u8 {
    (255.0 - (255.0 - f32::from(part)) * share.clamp(0.0, 1.0)) as u8
}

fn draw_glyphs(
    surface: &mut Surface<'_>,
    letters: &FontPair,
    face: TextFace,
    (x, y): (f32, f32),
    size: f32,
    colour: rgb::Color,
    text: &str,
) {
    let letter = letters.font_of(face);
    let placed: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(at, character)| {
            let (glyph, advance) = letter.glyph(character);
            KrillaGlyph::new(
                GlyphId::new(glyph.to_u32()),
                advance,
                0.0,
                0.0,
                0.0,
                at..at + character.len_utf8(),
                None,
            )
        })
        .collect();
    surface.set_fill(Some(fill(colour)));
    surface.draw_glyphs(Point::from_xy(x, y), &placed, letter.font.clone(), text, size, false);
}

/// Draws a bar from margin to margin.
fn draw_bar(surface: &mut Surface<'_>, y: f32, height: f32, shade: u8) {
    fill_box(surface, DrawingBox { x: MARGIN, y, width: WIDTH - 2.0 * MARGIN, height }, grey(shade));
}

fn fill_box(surface: &mut Surface<'_>, DrawingBox { x, y, width, height }: DrawingBox, colour: rgb::Color) {
    let Some(rect) = Rect::from_xywh(x, y, width, height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    if let Some(path) = path.finish() {
        surface.set_fill(Some(fill(colour)));
        surface.draw_path(&path);
    }
}

fn grey(shade: u8) -> rgb::Color {
    rgb::Color::new(shade, shade, shade)
}

fn fill(colour: rgb::Color) -> Fill {
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}
