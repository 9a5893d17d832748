//! Pages become a PDF.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::letters::Letters;
use super::setting::{HEIGHT, MARGIN, Page, Piece, WIDTH, pages};
use super::{Block, Face};

/// The foot's letters, and its base line from the lower edge.
const FOOT: f32 = 7.0;
const FOOT_LINE: f32 = 30.0;

/// All blocks as a PDF; `foot` stands left of the page number on every page.
pub(in crate::render) fn pdf(title: &str, foot: &str, blocks: &[Block]) -> Vec<u8> {
    let letters = Letters::new();
    let pages = pages(&letters, blocks);
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()).creator("seatwise".to_owned()).language("en".to_owned()));
    for (at, page) in pages.iter().enumerate() {
        let mut sheet = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has a size"));
        let mut surface = sheet.surface();
        page_on(&mut surface, &letters, page);
        foot_on(&mut surface, &letters, foot, &format!("page {} of {}", at + 1, pages.len()));
        surface.finish();
        sheet.finish();
    }
    // Only a document that must keep to a standard can fail, and none is asked for.
    document.finish().unwrap_or_default()
}

fn page_on(surface: &mut Surface<'_>, letters: &Letters, page: &Page) {
    for piece in page {
        match piece {
            Piece::Text { x, y, size, face, text } => write(surface, letters, *face, (*x, *y), *size, text),
            Piece::Rule { y } => bar(surface, *y, 0.4, 200),
            Piece::Shade { y, height } => bar(surface, *y, *height, 236),
        }
    }
}

fn foot_on(surface: &mut Surface<'_>, letters: &Letters, foot: &str, number: &str) {
    let y = HEIGHT - FOOT_LINE;
    let right = WIDTH - MARGIN - letters.of(Face::Soft).width(number) * FOOT;
    write(surface, letters, Face::Soft, (MARGIN, y), FOOT, foot);
    write(surface, letters, Face::Soft, (right, y), FOOT, number);
}

fn write(surface: &mut Surface<'_>, letters: &Letters, face: Face, (x, y): (f32, f32), size: f32, text: &str) {
    let letter = letters.of(face);
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(at, character)| {
            let (glyph, advance) = letter.glyph(character);
            KrillaGlyph::new(GlyphId::new(glyph.to_u32()), advance, 0.0, 0.0, 0.0, at..at + character.len_utf8(), None)
        })
        .collect();
    let grey = match face {
        Face::Plain | Face::Bold => 20,
        Face::Soft => 95,
    };
    surface.set_fill(Some(fill(grey)));
    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, letter.font.clone(), text, size, false);
}

/// A bar from margin to margin.
fn bar(surface: &mut Surface<'_>, y: f32, height: f32, grey: u8) {
    let Some(rect) = Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    if let Some(path) = path.finish() {
        surface.set_fill(Some(fill(grey)));
        surface.draw_path(&path);
    }
}

fn fill(grey: u8) -> Fill {
    Fill { paint: rgb::Color::new(grey, grey, grey).into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}
