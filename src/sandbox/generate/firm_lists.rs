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

/// The countries of the firm, largest first: people are spread over them by Zipf's law.
pub(super) const LANDS: [FirmCountry; 12] = [
    FirmCountry {
        code: "GB",
        contract: Some("e365"),
        cities: "london, leeds, glasgow, cardiff",
        first: "Amelia, Oliver, Isla, George, Freya, Arthur, Niamh, Callum, Poppy, Rhys",
        last: "Smith, Jones, Taylor, O'Neill, Hughes, Campbell, Patel, Walker, Wright, Evans",
    },
    FirmCountry {
        code: "US",
        contract: Some("select"),
        cities: "exton, denver, austin, seattle",
        first: "Emma, Liam, Olivia, Noah, Ava, Mason, Sofia, Ethan, Grace, Caleb",
        last: "Johnson, Williams, Brown, Garcia, Miller, Davis, Nguyen, Lopez, Clark, Young",
    },
    FirmCountry {
        code: "IN",
        contract: Some("open-access"),
        cities: "pune, hyderabad, delhi",
        first: "Aarav, Diya, Vivaan, Ananya, Kabir, Isha, Rohan, Meera, Arjun, Priya",
        last: "Sharma, Reddy, Iyer, Singh, Nair, Gupta, Joshi, Kulkarni, Das, Mehta",
    },
    FirmCountry {
        code: "DE",
        contract: Some("select"),
        cities: "berlin, hamburg, stuttgart",
        first: "Anna, Lukas, Lea, Jonas, Käthe, Jürgen, Mia, Felix, Greta, Björn",
        last: "Müller, Schmidt, Schneider, Weiß, Fischer, Weber, Becker, Hoffmann, Krüger, Vogel",
    },
    FirmCountry {
        code: "PT",
        contract: Some("select"),
        cities: "lisbon, porto",
        first: "Ana, João, Inês, Rui, Marta, Tiago, Sofia, Nuno, Mariana, André",
        last: "Silva, Santos, Ferreira, Costa, Gonçalves, Sousa, Oliveira, Araújo, Lopes, Reis",
    },
    FirmCountry {
        code: "AU",
        contract: Some("e365"),
        cities: "brisbane, perth",
        first: "Charlotte, Jack, Matilda, William, Ruby, Lachlan, Zara, Cooper, Evie, Darcy",
        last: "White, Martin, Nguyen, Kelly, Ryan, Walker, King, Wilson, Lee, Cook",
    },
    FirmCountry {
        code: "NO",
        contract: Some("select"),
        cities: "oslo, bergen",
        first: "Nora, Jakob, Åse, Øyvind, Ingrid, Lars, Sunniva, Håkon, Kari, Odd",
        last: "Hansen, Johansen, Bråten, Østby, Nilsen, Kristiansen, No, Dahl, Lie, Moen",
    },
    FirmCountry {
        code: "SG",
        contract: Some("e365"),
        cities: "singapore",
        first: "Wei, Li, Hui, Jun, Mei, Kai, Siti, Ravi, Xin, Zhi",
        last: "Tan, Lim, Wu, Ng, Lee, Goh, Chua, Rahman, Teo, Koh",
    },
    FirmCountry {
        code: "BR",
        contract: Some("select"),
        cities: "sao-paulo, recife",
        first: "Beatriz, Davi, Laura, Pedro, Júlia, Lucas, Heloísa, Caio, Lívia, Enzo",
        last: "Almeida, Barbosa, Carvalho, Dias, Fonseca, Melo, Nogueira, Rocha, Teixeira, Vieira",
    },
    FirmCountry {
        code: "FR",
        contract: None,
        cities: "lyon, paris",
        first: "Chloé, Hugo, Léa, Gabriel, Zoé, Raphaël, Manon, Jules, Élise, Noé",
        last: "Martin, Bernard, Dubois, Lefèvre, Moreau, Garnier, D'Arcy, Faure, Roux, Blanc",
    },
    FirmCountry {
        code: "PL",
        contract: None,
        cities: "krakow",
        first: "Zofia, Jan, Hanna, Łukasz, Maja, Piotr, Alicja, Tomasz, Ewa, Michał",
        last: "Nowak, Kowalski, Wiśniewska, Wójcik, Kamiński, Lewandowska, Zieliński, Szymańska, \
            Dąbrowski, Mazur",
    },
    FirmCountry {
        code: "ZA",
        contract: None,
        cities: "cape-town",
        first: "Thandi, Sipho, Lerato, Pieter, Zanele, Johan, Naledi, Kobus, Amahle, Tumelo",
        last: "Dlamini, Nkosi, Botha, van der Merwe, Mokoena, Naidoo, Khumalo, Smit, Zulu, Jacobs",
    },
];

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
