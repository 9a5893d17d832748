//! The rule `look-alike-name`: which names it tells of, by their code points, and which it leaves alone.

use seatwise::model::{GroupName, LicenceKind, Product};

use super::rules::{AuditedFirm, product, stranger};

/// A firm with one more person, group and product of these names.
#[derive(Clone, Copy)]
struct NamedOnes<'a> {
    address: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    group: &'a str,
    title: &'a str,
}

const PLAIN: NamedOnes<'static> = NamedOnes {
    address: "eva.roca@firm.example",
    first_name: "Eva",
    last_name: "Roca",
    group: "roads",
    title: "Road Tools",
};

impl NamedOnes<'_> {
    /// Returns what the rule says of the firm.
    fn findings(self) -> Vec<String> {
        let firm = AuditedFirm::new()
            .edit_live(|live| {
                let (email, user) = stranger(self.address, self.first_name, self.last_name);
                live.users.insert(email, user);
                let designers = live.groups.values().next().unwrap().clone();
                live.groups.insert(GroupName::new(self.group).unwrap(), designers);
            })
            .edit_facts(|facts| {
                let tools = Product {
                    number: Some(77),
                    feature: None,
                    name: self.title.into(),
                    licence: LicenceKind::Pooled,
                    list_price: None,
                };
                facts.products.insert(product("tools"), tools);
            });
        firm.messages_of("look-alike-name")
    }

    #[track_caller]
    fn assert_found(self, message: &str) {
        assert_eq!(self.findings(), [message]);
    }

    #[track_caller]
    fn assert_left_alone(self) {
        assert_eq!(self.findings(), [""; 0]);
    }
}

#[test]
fn letter_of_another_script_among_latin_ones_is_told_by_its_code() {
    NamedOnes { address: "\u{435}va.roca@firm.example", ..PLAIN }.assert_found(
        "`\\u{435}va.roca@firm.example` has letters of another script among Latin ones: `\\u{435}va`",
    );
    NamedOnes { address: "eva.roca@firm.ex\u{430}mple", ..PLAIN }.assert_found(
        "`eva.roca@firm.ex\\u{430}mple` has letters of another script among Latin ones: `ex\\u{430}mple`",
    );
    NamedOnes { last_name: "R\u{3bf}ca", ..PLAIN }
        .assert_found("`Eva R\\u{3bf}ca` has letters of another script among Latin ones: `R\\u{3bf}ca`");
    NamedOnes { group: "r\u{43e}ads", ..PLAIN }
        .assert_found("`r\\u{43e}ads` has letters of another script among Latin ones: `r\\u{43e}ads`");
    NamedOnes { title: "R\u{43e}ad Tools", ..PLAIN }
        .assert_found("`R\\u{43e}ad Tools` has letters of another script among Latin ones: `R\\u{43e}ad`");
}

#[test]
fn part_of_an_address_that_only_looks_latin_is_told() {
    NamedOnes { address: "\u{440}\u{430}\u{441}\u{435}@firm.example", ..PLAIN }.assert_found(
        "`\\u{440}\\u{430}\\u{441}\\u{435}@firm.example` looks Latin, and `\\u{440}\\u{430}\\u{441}\\u{435}` is not",
    );
}

#[test]
fn character_that_nobody_sees_is_told() {
    for (name, spelled) in [
        ("ro\u{200b}ads", "ro\\u{200b}ads"),
        ("roads\u{2060}", "roads\\u{2060}"),
        ("\u{202e}sdaor", "\\u{202e}sdaor"),
        ("ro\u{200d}ads", "ro\\u{200d}ads"),
        ("ro\u{ad}ads", "ro\\u{ad}ads"),
        ("roads\u{3164}x", "roads\\u{3164}x"),
        ("roads\u{e0061}", "roads\\u{e0061}"),
        ("roads\u{fe0f}", "roads\\u{fe0f}"),
    ] {
        let message = format!("`{spelled}` has characters that nobody sees");
        NamedOnes { group: name, ..PLAIN }.assert_found(&message);
    }
    NamedOnes { first_name: "Eva\u{200b}", ..PLAIN }
        .assert_found("`Eva\\u{200b} Roca` has characters that nobody sees");
}

#[test]
fn name_that_looks_like_another_is_told_with_the_other() {
    NamedOnes { group: "d\u{435}signers", ..PLAIN }.assert_found(
        "`d\\u{435}signers` has letters of another script among Latin ones: `d\\u{435}signers`",
    );
    // Full-width letters are Latin ones, and look like those of ASCII.
    NamedOnes { group: "ｄesigners", ..PLAIN }.assert_found("`\\u{ff44}esigners` looks like `designers`");
    NamedOnes { group: "des\u{131}gners", ..PLAIN }.assert_found("`des\\u{131}gners` looks like `designers`");
    // Two words in the script of their firm, of which one is spelled with Greek letters.
    NamedOnes { group: "\u{421}\u{410}", title: "\u{3f9}\u{391}", ..PLAIN }.assert_left_alone();
}

#[test]
fn names_of_one_script_each_are_left_alone() {
    for (address, first_name, last_name, group, title) in [
        ("eleni@firm.example", "Ελένη", "Παπαδοπούλου", "μηχανικοί", "Εργαλεία οδών"),
        ("vera@firm.example", "Вера", "Рак", "дороги", "Инструменты дорог BIM"),
        ("вера@пример.испытание", "Вера", "Оса", "мосты-2", "САПР-комплект 3D"),
        ("joao@firm.example", "João", "Müller-Łukasz", "équipe d’été", "Ångström – Øst"),
        ("taro@firm.example", "太郎", "山田", "CAD設計チーム", "道路ツールＡ"),
        ("minsu@firm.example", "민수", "김", "도로팀A", "교량 Tools"),
        ("sara@firm.example", "سارا", "می\u{200c}خواهم", "مهندسان", "ابزار"),
        ("kumari@firm.example", "ශ්\u{200d}රී", "කුමාරි", "பொறியாளர்", "अभियंता"),
        ("ofer@firm.example", "עופר", "כהן", "וואהבה", "კავკასია"),
        ("nghi@firm.example", "Nghĩa", "Nguyễn", "Đường", "Cầu & hầm"),
        ("emil@firm.example", "Émil", "O\u{2019}Neill", "✓\u{fe0f} geprüft", "Straßenbau"),
    ] {
        NamedOnes { address, first_name, last_name, group, title }.assert_left_alone();
    }
}

#[test]
fn fifty_thousand_people_are_looked_at_in_no_time() {
    let many = |spell: fn(usize) -> (String, String)| {
        AuditedFirm::new().edit_live(|live| {
            for at in 0..50_000 {
                let (address, name) = spell(at);
                let (email, user) = stranger(&address, &name, "Silva");
                live.users.insert(email, user);
            }
        })
    };
    let plain = many(|at| (format!("user.{at}@firm.example"), "Ana".to_owned()));
    let accented = many(|at| (format!("user.{at}@firm.example"), format!("Zoé {at}")));
    for firm in [plain, accented] {
        let began = std::time::Instant::now();
        assert_eq!(firm.messages_of("look-alike-name"), [""; 0]);
        // Of a build that is not optimized, on a machine that does other things as well.
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
