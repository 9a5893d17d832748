//! Assembles the organization from the two lists of a SCIM service: members are joined to users, and the
//! sections and fields that the service has no place for are reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use reqwest::Url;

use super::ScimConnector;
use super::group::{GROUP_COUNTRY, KIND, MemberDirectory, ScimGroup, description_path};
use super::list::ScimListError;
use super::resource::ScimResource;
use super::service::ScimService;
use super::service_schemas::AttributeSupport;
use super::user::{ACTIVE, SOFT_DELETED, ScimUser, ShownAttributes};
use crate::connector::transport::RequestFailure;
use crate::model::{
    DirectoryField, GroupName, Interner, LicenceKind, Product, ProductId, Section, Snapshot, Text,
    UnreadReason, User,
};
use crate::object::profile::ProfileField;
use crate::wire::scim::ResourceKind;
use crate::wire::scim::person::{AttributePath, PersonAttribute};

/// The sections that no SCIM service has.
const NEVER: [Section; 5] =
    [Section::Restrictions, Section::Alerts, Section::Contacts, Section::Contracts, Section::Checkouts];
/// The number of groups that are read one by one where the list shows no members of any group.
const LOOKED_AT: usize = 5;

impl ScimConnector {
    /// Reads everything. Fails where the service cannot be reached, or refuses to list its users.
    pub(super) async fn read(&self, names: &Interner) -> Result<Snapshot, RequestFailure> {
        let service = self.service().await?;
        let (people, teams) = tokio::join!(
            self.read_list(service, names, &|_, person: ScimUser| person),
            self.read_list(service, names, &|_, team: ScimGroup| team)
        );
        let people = match people {
            Err(ScimListError::Failed(failure)) if fails_whole_read(&failure) => return Err(failure),
            people => people.map_err(list_error_text),
        };
        let teams = match teams {
            Ok(teams) => self.read_members(service, teams, names).await.map_err(list_error_text),
            Err(stopped) => Err(list_error_text(stopped)),
        };
        let shows = people
            .iter()
            .flatten()
            .map(|person| person.shows)
            .fold(ShownAttributes::default(), ShownAttributes::union);
        let is_empty = people.as_ref().is_ok_and(Vec::is_empty);
        let mut builder = ScimSnapshotBuilder { snapshot: Snapshot::default() };
        builder.snapshot.no_place = fields_without_place(service, shows, is_empty);
        for section in NEVER {
            builder.snapshot.unread.insert(section, UnreadReason::Unsupported);
        }
        for (section, attribute) in [(Section::Roles, "roles"), (Section::Assignments, "entitlements")] {
            if !is_supported(
                service.schemas.attribute_support(ResourceKind::User, AttributePath::core(attribute)),
                shows.has(attribute),
            ) {
                builder.snapshot.unread.insert(section, UnreadReason::Unsupported);
            }
        }
        if service.list_url(ResourceKind::Group).is_none() {
            builder.snapshot.unread.extend(
                [Section::Groups, Section::Memberships].map(|section| (section, UnreadReason::Unsupported)),
            );
        }
        builder.assemble(people, teams, shows, self.hides_members(service));
        Ok(builder.snapshot)
    }

    fn hides_members(&self, service: &ScimService) -> bool {
        self.memory.hides_members()
            || service.schemas.hides(ResourceKind::Group, AttributePath::core("members"))
    }

    /// Returns the groups with their members. Some services show members only when a group is read by itself.
    async fn read_members(
        &self,
        service: &ScimService,
        teams: Vec<ScimGroup>,
        names: &Interner,
    ) -> Result<Vec<ScimGroup>, ScimListError> {
        if teams.iter().any(|team| !team.members.is_empty()) {
            return Ok(teams);
        }
        let alone: Vec<_> = teams
            .iter()
            .filter_map(|team| service.resource_url(ResourceKind::Group, team.id().as_str()))
            .collect();
        for url in alone.iter().take(LOOKED_AT) {
            if !self.read_group(service, url.clone(), names).await?.members.is_empty() {
                let read = futures_util::stream::iter(alone)
                    .map(|url| self.read_group(service, url, names))
                    .buffered(self.concurrency);
                return read.collect::<Vec<_>>().await.into_iter().collect();
            }
        }
        Ok(teams)
    }

    async fn read_group(
        &self,
        service: &ScimService,
        url: Url,
        names: &Interner,
    ) -> Result<ScimGroup, ScimListError> {
        let answer = self.transport.get_url(&url).await?;
        let resource = serde_json::from_slice(&answer.body)
            .map_err(|_| ScimListError::Doubtful("a group is not of its form".into()))?;
        ScimGroup::read(&resource, &service.schemas, names).map_err(ScimListError::Doubtful)
    }
}

/// Whether the whole read fails at once, as with wrong credentials and wrong addresses, instead of one
/// section appearing as unread.
fn fails_whole_read(failure: &RequestFailure) -> bool {
    match failure {
        RequestFailure::NoToken(_)
        | RequestFailure::NotSent(_)
        | RequestFailure::Untrusted(_)
        | RequestFailure::Foreign(_) => true,
        RequestFailure::Said { status, .. } => matches!(status, 401 | 403 | 404),
        RequestFailure::TokenLater(_) | RequestFailure::Lost(_) => false,
    }
}

fn list_error_text(stopped: ScimListError) -> Text {
    stopped.to_string().into()
}

/// Decides by what the service declares, or, where it declares nothing, by what its resources show.
fn is_supported(has: AttributeSupport, shown: bool) -> bool {
    match has {
        AttributeSupport::Yes => true,
        AttributeSupport::No => false,
        AttributeSupport::Untold => shown,
    }
}

/// Returns the fields of users and groups that the service has no place for. A service without schemas and
/// without users can show nothing, so its core fields are assumed to exist.
fn fields_without_place(
    service: &ScimService,
    shows: ShownAttributes,
    is_empty: bool,
) -> BTreeSet<DirectoryField> {
    let user = |path: AttributePath| {
        let shown = shows.has(path.name) || is_empty;
        is_supported(service.schemas.attribute_support(ResourceKind::User, path), shown)
    };
    let group = |path: AttributePath| {
        service.schemas.attribute_support(ResourceKind::Group, path) == AttributeSupport::Yes
    };
    let places = [
        (
            DirectoryField::Lock,
            user(ACTIVE)
                || service.schemas.attribute_support(ResourceKind::User, SOFT_DELETED)
                    == AttributeSupport::Yes,
        ),
        (DirectoryField::Approval, false),
        (DirectoryField::GroupKind, group(KIND)),
        (DirectoryField::GroupCountry, group(GROUP_COUNTRY)),
        (DirectoryField::Description, description_path(&service.schemas).is_some()),
        (DirectoryField::List, false),
    ];
    let own = ProfileField::ALL
        .into_iter()
        .filter_map(|field| Some((field.place()?, user(PersonAttribute::from_field(field).path()))));
    places.into_iter().chain(own).filter(|(_, is_there)| !is_there).map(|(field, _)| field).collect()
}

/// Collects the sections of a snapshot.
struct ScimSnapshotBuilder {
    snapshot: Snapshot,
}

impl ScimSnapshotBuilder {
    fn fail_section(&mut self, section: Section, why: &Text) {
        self.snapshot.unread.entry(section).or_insert_with(|| UnreadReason::Failed(why.clone()));
    }

    fn assemble(
        &mut self,
        people: Result<Vec<ScimUser>, Text>,
        teams: Result<Vec<ScimGroup>, Text>,
        shows: ShownAttributes,
        hidden: bool,
    ) {
        let teams = teams.and_then(unique_by_name).unwrap_or_else(|why| {
            self.fail_section(Section::Groups, &why);
            Vec::new()
        });
        let mut people = people.and_then(unique_by_name).unwrap_or_else(|why| {
            self.fail_section(Section::Users, &why);
            Vec::new()
        });
        self.fail_flawed_sections(&mut people);
        self.add_memberships(&mut people, &teams, shows, hidden);
        self.add_products(&people);
        let groups = teams.into_iter().map(|team| (team.group.facts.name.clone(), team.group));
        self.snapshot.live.0.groups = groups.collect();
        let users =
            people.into_iter().map(|person| (person.user.profile.email.clone(), Arc::new(person.user)));
        self.snapshot.live.0.users = users.collect();
    }

    /// Marks a section unread where a user has a value in it that cannot be understood, and empties the
    /// section for all users.
    fn fail_flawed_sections(&mut self, people: &mut [ScimUser]) {
        for (section, why) in people.iter_mut().flat_map(|person| std::mem::take(&mut person.flaws)) {
            self.fail_section(section, &why);
        }
        if self.snapshot.unread.contains_key(&Section::Users) {
            self.fail_dependent_section(Section::Roles, Section::Users);
            self.fail_dependent_section(Section::Assignments, Section::Users);
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

    fn fail_dependent_section(&mut self, section: Section, needed: Section) {
        self.fail_section(section, &format!("it needs {}, which failed", needed.as_str()).into());
    }

    /// Adds the products of exceptions and licences, which are all that SCIM knows of the catalogue.
    fn add_products(&mut self, people: &[ScimUser]) {
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

    fn add_memberships(
        &mut self,
        people: &mut [ScimUser],
        teams: &[ScimGroup],
        shows: ShownAttributes,
        hidden: bool,
    ) {
        let shown = teams.iter().any(|team| !team.members.is_empty());
        let missing = [Section::Users, Section::Groups]
            .into_iter()
            .find(|section| self.snapshot.unread.contains_key(section));
        if let Some(missing) = missing {
            return self.fail_dependent_section(Section::Memberships, missing);
        }
        if !shown && (hidden || shows.has("groups")) {
            return self
                .fail_section(Section::Memberships, &"the service does not show who is in a group".into());
        }
        let directory = MemberDirectory::new(people);
        for team in teams {
            let users: BTreeSet<usize> =
                team.members.iter().filter_map(|member| directory.find(member)).collect();
            users.into_iter().for_each(|at| add_to_group(&mut people[at].user, &team.group.facts.name));
        }
    }
}

fn add_to_group(user: &mut User, group: &GroupName) {
    user.groups.add(group.clone());
}

/// Fails where two things have the same name, because names must identify them.
fn unique_by_name<T: ScimResource>(things: Vec<T>) -> Result<Vec<T>, Text> {
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
