//! From two lists to the organization: members are joined to users, and what the service has no place for is
//! said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use reqwest::Url;

use super::Scim;
use super::list::Stopped;
use super::person::{ACTIVE, COUNTRY, ENTITLEMENT_COUNTRY, NAMES, Person, SOFT_DELETED, Shows};
use super::resource::Thing;
use super::schema::{Has, Path};
use super::service::Service;
use super::team::{Directory, GROUP_COUNTRY, KIND, Team, description};
use crate::connector::transport::Failure;
use crate::model::{
    DirectoryField, GroupName, Interner, LicenceKind, Product, ProductId, Section, Snapshot, Text,
    UnreadReason, User,
};
use crate::wire::scim::Resource;

/// What no SCIM service has.
const NEVER: [Section; 5] =
    [Section::Restrictions, Section::Alerts, Section::Contacts, Section::Contracts, Section::Checkouts];
/// So many groups are looked at one by one where the list shows no member of any.
const LOOKED_AT: usize = 5;

impl Scim {
    /// Reads everything. Fails where the service cannot be spoken with, or shows no users to who asks like
    /// this.
    pub(super) async fn read(&self, names: &Interner) -> Result<Snapshot, Failure> {
        let service = self.service().await?;
        let (people, teams) = tokio::join!(
            self.list(service, names, &|_, person: Person| person),
            self.list(service, names, &|_, team: Team| team)
        );
        let people = match people {
            // Whoever is not let in, or asks at another place, sees it at once and not as a section that
            // failed.
            Err(Stopped::Failed(
                failure @ (Failure::NoToken(_) | Failure::NotSent(_) | Failure::Foreign(_)),
            )) => return Err(failure),
            Err(Stopped::Failed(failure @ Failure::Said { status: 401 | 403 | 404, .. })) => {
                return Err(failure);
            }
            people => people.map_err(why),
        };
        let teams = match teams {
            Ok(teams) => self.with_members(service, teams, names).await.map_err(why),
            Err(stopped) => Err(why(stopped)),
        };
        let shows = people.iter().flatten().map(|person| person.shows).fold(Shows::default(), Shows::or);
        let is_empty = people.as_ref().is_ok_and(Vec::is_empty);
        let mut putting = Putting { snapshot: Snapshot::default() };
        putting.snapshot.no_place = no_place(service, shows, is_empty);
        for section in NEVER {
            putting.snapshot.unread.insert(section, UnreadReason::Unsupported);
        }
        for (section, attribute, shown) in [
            (Section::Roles, "roles", shows.roles),
            (Section::Assignments, "entitlements", shows.entitlements),
        ] {
            if !is_there(service.schemas.has(Resource::User, Path::core(attribute)), shown) {
                putting.snapshot.unread.insert(section, UnreadReason::Unsupported);
            }
        }
        if service.list(Resource::Group).is_none() {
            putting.snapshot.unread.extend(
                [Section::Groups, Section::Memberships].map(|section| (section, UnreadReason::Unsupported)),
            );
        }
        putting.put(people, teams, shows, self.hides_members(service));
        Ok(putting.snapshot)
    }

    fn hides_members(&self, service: &Service) -> bool {
        self.memory.hides_members() || service.schemas.hides(Resource::Group, Path::core("members"))
    }

    /// Groups with their members, which some services only tell of a group that is asked for by itself.
    async fn with_members(
        &self,
        service: &Service,
        teams: Vec<Team>,
        names: &Interner,
    ) -> Result<Vec<Team>, Stopped> {
        if teams.iter().any(|team| !team.members.is_empty()) {
            return Ok(teams);
        }
        let alone: Vec<_> =
            teams.iter().filter_map(|team| service.place(Resource::Group, team.id().as_str())).collect();
        for url in alone.iter().take(LOOKED_AT) {
            if !self.team(service, url.clone(), names).await?.members.is_empty() {
                let read = futures_util::stream::iter(alone)
                    .map(|url| self.team(service, url, names))
                    .buffered(self.concurrency);
                return read.collect::<Vec<_>>().await.into_iter().collect();
            }
        }
        Ok(teams)
    }

    async fn team(&self, service: &Service, url: Url, names: &Interner) -> Result<Team, Stopped> {
        let answer = self.transport.get_at(&url).await?;
        let resource = serde_json::from_slice(&answer.body)
            .map_err(|_| Stopped::Doubtful("a group is not of its form".into()))?;
        Team::read(&resource, &service.schemas, names).map_err(Stopped::Doubtful)
    }
}

fn why(stopped: Stopped) -> Text {
    match stopped {
        Stopped::Failed(failure) => failure.to_string().into(),
        Stopped::Doubtful(why) | Stopped::Moved(why) => why,
    }
}

/// What is told decides, or else what is shown.
fn is_there(has: Has, shown: bool) -> bool {
    match has {
        Has::Yes => true,
        Has::No => false,
        Has::Untold => shown,
    }
}

/// What users and groups have no place for. Where nothing is told and there is nobody, nothing can be shown
/// either.
fn no_place(service: &Service, shows: Shows, is_empty: bool) -> BTreeSet<DirectoryField> {
    let user =
        |path: Path, shown: bool| is_there(service.schemas.has(Resource::User, path), shown || is_empty);
    let group = |path: Path| service.schemas.has(Resource::Group, path) == Has::Yes;
    let places = [
        (DirectoryField::Names, NAMES.into_iter().all(|path| user(path, shows.names))),
        (DirectoryField::Country, user(COUNTRY, shows.country)),
        (
            DirectoryField::EntitlementCountry,
            service.schemas.has(Resource::User, ENTITLEMENT_COUNTRY) == Has::Yes,
        ),
        (
            DirectoryField::Lock,
            user(ACTIVE, shows.active) || service.schemas.has(Resource::User, SOFT_DELETED) == Has::Yes,
        ),
        (DirectoryField::Approval, false),
        (DirectoryField::GroupKind, group(KIND)),
        (DirectoryField::GroupCountry, group(GROUP_COUNTRY)),
        (DirectoryField::Description, description(&service.schemas).is_some()),
        (DirectoryField::List, false),
    ];
    places.into_iter().filter(|(_, is_there)| !is_there).map(|(field, _)| field).collect()
}

struct Putting {
    snapshot: Snapshot,
}

impl Putting {
    fn fail(&mut self, section: Section, why: &Text) {
        self.snapshot.unread.entry(section).or_insert_with(|| UnreadReason::Failed(why.clone()));
    }

    fn put(
        &mut self,
        people: Result<Vec<Person>, Text>,
        teams: Result<Vec<Team>, Text>,
        shows: Shows,
        hidden: bool,
    ) {
        let teams = teams.and_then(once).unwrap_or_else(|why| {
            self.fail(Section::Groups, &why);
            Vec::new()
        });
        let mut people = people.and_then(once).unwrap_or_else(|why| {
            self.fail(Section::Users, &why);
            Vec::new()
        });
        self.flaws(&mut people);
        self.memberships(&mut people, &teams, shows, hidden);
        self.products(&people);
        let groups = teams.into_iter().map(|team| (team.group.facts.name.clone(), team.group));
        self.snapshot.live.0.groups = groups.collect();
        let users =
            people.into_iter().map(|person| (person.user.profile.email.clone(), Arc::new(person.user)));
        self.snapshot.live.0.users = users.collect();
    }

    /// Something that cannot be understood makes its section unread: nobody's roles are known then.
    fn flaws(&mut self, people: &mut [Person]) {
        for (section, why) in people.iter_mut().flat_map(|person| std::mem::take(&mut person.flaws)) {
            self.fail(section, &why);
        }
        if self.snapshot.unread.contains_key(&Section::Users) {
            self.needs(Section::Roles, Section::Users);
            self.needs(Section::Assignments, Section::Users);
        }
        let unread = |section| self.snapshot.unread.contains_key(&section);
        for user in people.iter_mut().map(|person| &mut person.user) {
            if unread(Section::Roles) {
                user.roles = Default::default();
            }
            if unread(Section::Assignments) {
                (user.exceptions, user.licences) = Default::default();
            }
        }
    }

    fn needs(&mut self, section: Section, needed: Section) {
        self.fail(section, &format!("it needs {}, which failed", needed.as_str()).into());
    }

    /// What people hold is all that SCIM knows of products.
    fn products(&mut self, people: &[Person]) {
        let known = &mut self.snapshot.facts.products;
        let named = |id: &ProductId, licence| Product {
            number: None,
            feature: None,
            name: id.as_str().into(),
            licence,
            list_price: None,
        };
        for user in people.iter().map(|person| &person.user) {
            for product in user.licences.keys() {
                known.insert(product.clone(), named(product, LicenceKind::Named));
            }
            for product in user.exceptions.keys() {
                known.entry(product.clone()).or_insert_with(|| named(product, LicenceKind::Pooled));
            }
        }
    }

    fn memberships(&mut self, people: &mut [Person], teams: &[Team], shows: Shows, hidden: bool) {
        let shown = teams.iter().any(|team| !team.members.is_empty());
        let missing = [Section::Users, Section::Groups]
            .into_iter()
            .find(|section| self.snapshot.unread.contains_key(section));
        if let Some(missing) = missing {
            return self.needs(Section::Memberships, missing);
        }
        if !shown && (hidden || shows.groups) {
            return self.fail(Section::Memberships, &"the service does not show who is in a group".into());
        }
        let directory = Directory::of(people);
        for team in teams {
            let users: BTreeSet<usize> =
                team.members.iter().filter_map(|member| directory.find(member)).collect();
            users.into_iter().for_each(|at| join(&mut people[at].user, &team.group.facts.name));
        }
    }
}

fn join(user: &mut User, group: &GroupName) {
    user.groups.add(group.clone());
}

/// Names by which things are found must be of one thing each.
fn once<T: Thing>(things: Vec<T>) -> Result<Vec<T>, Text> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let two = things.iter().find_map(|thing| Some((thing, seen.insert(thing.name(), thing.id().as_str())?)));
    if let Some((thing, other)) = two {
        let kind = T::RESOURCE.as_str().to_lowercase();
        return Err(format!(
            "two {kind}s are called {}, with the identities {other} and {}",
            thing.name(),
            thing.id().as_str()
        )
        .into());
    }
    Ok(things)
}
