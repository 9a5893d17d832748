//! The lists that a generated firm is made from. People, offices and quantities are made up.

use crate::model::LicenceKind::{self, Named, Pooled};

/// A country with offices: its code, the kind of its contract if it has one, its cities, and the first and
/// last names of its people, each list separated by commas.
pub(super) struct FirmCountry {
    pub(super) code: &'static str,
    pub(super) contract: Option<&'static str>,
    pub(super) cities: &'static str,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
}

/// Lists countries: code and contract, cities; first names; last names.
macro_rules! firm_countries {
    ($($code:literal $contract:expr, $cities:literal; $first:literal; $last:literal;)*) => {
        [$(FirmCountry { code: $code, contract: $contract, cities: $cities, first: $first, last: $last }),*]
    };
}

/// The countries of the firm, largest first: people are spread over them by Zipf's law.
pub(super) const LANDS: [FirmCountry; 12] = firm_countries! {
    "GB" Some("e365"), "london, leeds, glasgow, cardiff";
        "Amelia, Oliver, Isla, George, Freya, Arthur, Niamh, Callum, Poppy, Rhys";
        "Smith, Jones, Taylor, O'Neill, Hughes, Campbell, Patel, Walker, Wright, Evans";
    "US" Some("select"), "exton, denver, austin, seattle";
        "Emma, Liam, Olivia, Noah, Ava, Mason, Sofia, Ethan, Grace, Caleb";
        "Johnson, Williams, Brown, Garcia, Miller, Davis, Nguyen, Lopez, Clark, Young";
    "IN" Some("open-access"), "pune, hyderabad, delhi";
        "Aarav, Diya, Vivaan, Ananya, Kabir, Isha, Rohan, Meera, Arjun, Priya";
        "Sharma, Reddy, Iyer, Singh, Nair, Gupta, Joshi, Kulkarni, Das, Mehta";
    "DE" Some("select"), "berlin, hamburg, stuttgart";
        "Anna, Lukas, Lea, Jonas, Käthe, Jürgen, Mia, Felix, Greta, Björn";
        "Müller, Schmidt, Schneider, Weiß, Fischer, Weber, Becker, Hoffmann, Krüger, Vogel";
    "PT" Some("select"), "lisbon, porto";
        "Ana, João, Inês, Rui, Marta, Tiago, Sofia, Nuno, Mariana, André";
        "Silva, Santos, Ferreira, Costa, Gonçalves, Sousa, Oliveira, Araújo, Lopes, Reis";
    "AU" Some("e365"), "brisbane, perth";
        "Charlotte, Jack, Matilda, William, Ruby, Lachlan, Zara, Cooper, Evie, Darcy";
        "White, Martin, Nguyen, Kelly, Ryan, Walker, King, Wilson, Lee, Cook";
    "NO" Some("select"), "oslo, bergen";
        "Nora, Jakob, Åse, Øyvind, Ingrid, Lars, Sunniva, Håkon, Kari, Odd";
        "Hansen, Johansen, Bråten, Østby, Nilsen, Kristiansen, No, Dahl, Lie, Moen";
    "SG" Some("e365"), "singapore";
        "Wei, Li, Hui, Jun, Mei, Kai, Siti, Ravi, Xin, Zhi";
        "Tan, Lim, Wu, Ng, Lee, Goh, Chua, Rahman, Teo, Koh";
    "BR" Some("select"), "sao-paulo, recife";
        "Beatriz, Davi, Laura, Pedro, Júlia, Lucas, Heloísa, Caio, Lívia, Enzo";
        "Almeida, Barbosa, Carvalho, Dias, Fonseca, Melo, Nogueira, Rocha, Teixeira, Vieira";
    "FR" None, "lyon, paris";
        "Chloé, Hugo, Léa, Gabriel, Zoé, Raphaël, Manon, Jules, Élise, Noé";
        "Martin, Bernard, Dubois, Lefèvre, Moreau, Garnier, D'Arcy, Faure, Roux, Blanc";
    "PL" None, "krakow";
        "Zofia, Jan, Hanna, Łukasz, Maja, Piotr, Alicja, Tomasz, Ewa, Michał";
        "Nowak, Kowalski, Wiśniewska, Wójcik, Kamiński, Lewandowska, Zieliński, Szymańska, \
            Dąbrowski, Mazur";
    "ZA" None, "cape-town";
        "Thandi, Sipho, Lerato, Pieter, Zanele, Johan, Naledi, Kobus, Amahle, Tumelo";
        "Dlamini, Nkosi, Botha, van der Merwe, Mokoena, Naidoo, Khumalo, Smit, Zulu, Jacobs";
};

/// A product: id, name, feature string if it has one, kind of licence, list price in EUR.
pub(super) type FirmProduct = (&'static str, &'static str, Option<&'static str>, LicenceKind, u32);

/// The products of the firm, most used first. All pooled products come before the named ones.
pub(super) const GOODS: [FirmProduct; 36] = [
    ("microstation", "MicroStation", None, Pooled, 6000),
    ("openroads-designer", "OpenRoads Designer", None, Pooled, 9400),
    ("projectwise-explorer", "ProjectWise Explorer", None, Pooled, 2100),
    ("openbridge-modeler", "OpenBridge Modeler", Some("advanced"), Pooled, 10000),
    ("staad-pro", "STAAD.Pro", Some("advanced"), Pooled, 5000),
    ("openbuildings-designer", "OpenBuildings Designer", None, Pooled, 7200),
    ("openrail-designer", "OpenRail Designer", None, Pooled, 11200),
    ("plaxis-2d", "PLAXIS 2D", Some("ultimate"), Pooled, 8600),
    ("plaxis-3d", "PLAXIS 3D", Some("ultimate"), Pooled, 14800),
    ("watergems", "OpenFlows WaterGEMS", Some("1000 pipes"), Pooled, 7900),
    ("sewergems", "OpenFlows SewerGEMS", Some("1000 links"), Pooled, 7700),
    ("stormcad", "OpenFlows StormCAD", None, Pooled, 3900),
    ("hammer", "OpenFlows HAMMER", None, Pooled, 8800),
    ("openplant-modeler", "OpenPlant Modeler", None, Pooled, 6900),
    ("autopipe", "AutoPIPE", Some("nuclear"), Pooled, 9900),
    ("ram-structural-system", "RAM Structural System", None, Pooled, 8100),
    ("ram-connection", "RAM Connection", None, Pooled, 2600),
    ("ram-concept", "RAM Concept", Some("post-tension"), Pooled, 5600),
    ("rm-bridge", "RM Bridge", Some("expert"), Pooled, 16400),
    ("lumenrt", "LumenRT", None, Pooled, 2900),
    ("contextcapture", "iTwin Capture Modeler", None, Pooled, 11900),
    ("pointools", "Pointools", None, Pooled, 4700),
    ("descartes", "Descartes", None, Pooled, 3600),
    ("openground", "OpenGround", None, Pooled, 3300),
    ("gint", "gINT", None, Pooled, 2700),
    ("synchro-4d", "SYNCHRO 4D", None, Pooled, 6100),
    ("openutilities-designer", "OpenUtilities Designer", None, Pooled, 7400),
    ("promis-e", "Promis.e", None, Pooled, 5200),
    ("adina", "ADINA", Some("structures"), Pooled, 13100),
    ("sacs", "SACS", Some("offshore"), Pooled, 18900),
    ("microstation-practitioner", "MicroStation Practitioner", None, Named, 1500),
    ("staad-pro-practitioner", "STAAD.Pro Practitioner", None, Named, 3300),
    ("openroads-practitioner", "OpenRoads Designer Practitioner", None, Named, 3800),
    ("plaxis-2d-practitioner", "PLAXIS 2D Practitioner", None, Named, 4200),
    ("watergems-practitioner", "WaterGEMS Practitioner", None, Named, 2800),
    ("synchro-virtuoso", "SYNCHRO Virtuoso", None, Named, 2400),
];

/// The disciplines of the firm. Each has an entitlement group; in a firm of 500 people or more, the first
/// four also have one in each country.
pub(super) const DISCIPLINES: &str =
    "bridges, roads, rail, water, structures, geotechnics, buildings, plant, surveying, power";

/// The words that names of projects begin with.
pub(super) const PROJECTS: &str =
    "harbour, viaduct, ringway, tunnel, terminal, reservoir, metro, causeway, depot, hospital, dam, quay";
