//! A group as a SCIM resource, with the members that the resource names.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::resource::{FetchedResource, ScimResource, resource_identity, text, values};
use super::resource_op::ResourceOp;
use super::service_schemas::{AttributeSupport, ServiceSchemas};
use super::user::ScimUser;
use crate::model::{CountryCode, FlatSet, Group, GroupFacts, GroupKind, GroupName, Interner, LiveId, Text};
use crate::wire::scim::person::AttributePath;
use crate::wire::scim::{BENTLEY_GROUP, GROUP, JsonObject, ResourceKind, SEATWISE_GROUP, get_member};

/// The name of a group.
pub(super) const DISPLAY_NAME: AttributePath = AttributePath::core("displayName");
/// The kind of a group.
pub(super) const KIND: AttributePath = AttributePath::extension(SEATWISE_GROUP, "kind");
/// The country of a group.
pub(super) const GROUP_COUNTRY: AttributePath = AttributePath::extension(SEATWISE_GROUP, "country");
/// The description of a group, in either extension.
pub(super) const DESCRIPTIONS: [AttributePath; 2] = [
    AttributePath::extension(SEATWISE_GROUP, "description"),
    AttributePath::extension(BENTLEY_GROUP, "description"),
];

/// A group that was read from a resource.
#[derive(Debug)]
pub(super) struct ScimGroup {
    pub(super) group: Group,
    pub(super) members: Vec<MemberReference>,
    id: LiveId,
}

/// A member that a group names: by identity, as most services do, by user name, or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemberReference {
    value: Box<str>,
    /// The last path segment of the member's `$ref` address.
    end: Option<Box<str>>,
}

/// An index of the users by everything that a member reference can name them by.
#[derive(Debug, Default)]
pub(super) struct MemberDirectory {
    ids: FxHashMap<Box<str>, usize>,
    names: FxHashMap<String, usize>,
}

impl MemberDirectory {
    /// Builds the index; the positions are those of `people`.
    pub(super) fn new(people: &[ScimUser]) -> Self {
        let mut directory = Self::default();
        for (at, person) in people.iter().enumerate() {
            directory.ids.insert(person.id().as_str().into(), at);
            directory.names.insert(person.user_name.to_lowercase(), at);
            directory.names.entry(person.name().to_owned()).or_insert(at);
        }
        directory
    }

    /// Returns the position of the user that a member reference names. `None` for a member who is not a user
    /// is drift and no error.
    pub(super) fn find(&self, member: &MemberReference) -> Option<usize> {
        let by_id = |id: &str| self.ids.get(id).copied();
        let by_name = |name: &str| self.names.get(&name.to_lowercase()).copied();
        let by_end = member.end.as_deref().and_then(by_id);
        by_end.or_else(|| by_id(&member.value)).or_else(|| by_name(&member.value))
    }
}

impl MemberReference {
    fn parse(member: &Value) -> Option<Self> {
        if let Value::String(value) = member {
            return Some(Self { value: value.as_str().into(), end: None });
        }
        let object = member.as_object()?;
        let address = text(object, "$ref");
        // A group within a group is not a member in the organization's sense.
        let is_group = text(object, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("Group"))
            || address.is_some_and(|address| address.contains("/Groups/"));
        let end =
            address.and_then(|address| address.trim_end_matches('/').rsplit('/').next()).map(Into::into);
        let value = text(object, "value").or(address)?;
        (!is_group).then(|| Self { value: value.into(), end })
    }

    /// Whether the reference names the user with this identity or one of these names.
    fn is_user(&self, id: &str, names: &[&str]) -> bool {
        self.end.as_deref() == Some(id)
            || &*self.value == id
            || names.iter().any(|name| self.value.to_lowercase() == name.to_lowercase())
    }
}

impl ScimResource for ScimGroup {
    const RESOURCE: ResourceKind = ResourceKind::Group;

    fn read(resource: &JsonObject, _: &ServiceSchemas, names: &Interner) -> Result<Self, Text> {
        let id = resource_identity(resource, names)?;
        let said = text(resource, "displayName").unwrap_or_default();
        let name = GroupName::parse(said, names)
            .map_err(|error| Text::from(format!("a group is called `{said}`, which is {error}")))?;
        let of = |urn: &str| get_member(resource, urn).and_then(Value::as_object);
        let (own, theirs) = (of(SEATWISE_GROUP), of(BENTLEY_GROUP));
        let said = |name: &str| own.and_then(|own| text(own, name));
        let kind = said("kind").and_then(|word| {
            GroupKind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
        });
        let description = said("description")
            .or_else(|| theirs.and_then(|theirs| text(theirs, "description")))
            .unwrap_or_default();
        let facts = GroupFacts {
            name,
            kind: kind.unwrap_or(GroupKind::Other),
            country: said("country").and_then(|code| CountryCode::new(code).ok()),
            description: names.text(description),
        };
        let members = values(resource, "members").filter_map(MemberReference::parse).collect();
        Ok(Self { group: Group { id: Some(id.clone()), facts, products: FlatSet::new() }, members, id })
    }

    fn id(&self) -> &LiveId {
        &self.id
    }

    fn name(&self) -> &str {
        self.group.facts.name.as_str()
    }
}

impl ScimGroup {
    /// Whether the user with this identity or one of these names is a member.
    pub(super) fn has_member(&self, id: &str, names: &[&str]) -> bool {
        self.members.iter().any(|member| member.is_user(id, names))
    }
}

/// Returns the attribute that holds a description, if the service has one.
pub(super) fn description_path(schemas: &ServiceSchemas) -> Option<AttributePath> {
    DESCRIPTIONS
        .into_iter()
        .find(|path| schemas.attribute_support(ResourceKind::Group, *path) == AttributeSupport::Yes)
}

/// Reduces a group's facts to those that the service has places for.
pub(super) fn supported_facts(facts: &GroupFacts, schemas: &ServiceSchemas) -> GroupFacts {
    let has = |path| schemas.attribute_support(ResourceKind::Group, path) == AttributeSupport::Yes;
    GroupFacts {
        name: facts.name.clone(),
        kind: if has(KIND) { facts.kind } else { GroupKind::Other },
        country: facts.country.filter(|_| has(GROUP_COUNTRY)),
        description: description_path(schemas).map_or_else(Text::default, |_| facts.description.clone()),
    }
}

/// Builds the resource that creates a group.
pub(super) fn creation_body(facts: &GroupFacts, schemas: &ServiceSchemas) -> JsonObject {
    let mut body = JsonObject::from_iter([
        ("schemas".to_owned(), json!([GROUP])),
        ("displayName".to_owned(), facts.name.as_str().into()),
    ]);
    let ops = group_ops(
        &GroupFacts {
            description: Text::default(),
            kind: GroupKind::Other,
            country: None,
            name: facts.name.clone(),
        },
        facts,
        schemas,
    );
    ops.iter().for_each(|op| op.apply(&mut body));
    let told: Vec<&String> = body.keys().filter(|name| name.starts_with("urn:")).collect();
    let schemas_in_use = json!(std::iter::once(&GROUP.to_owned()).chain(told).collect::<Vec<_>>());
    body.insert("schemas".into(), schemas_in_use);
    if schemas.requires(ResourceKind::Group, AttributePath::core("members")) {
        body.insert("members".into(), json!([]));
    }
    schemas.fit_body(ResourceKind::Group, body)
}

/// Returns the operations that change `before` into `after`.
pub(super) fn group_ops(
    before: &GroupFacts,
    after: &GroupFacts,
    schemas: &ServiceSchemas,
) -> Vec<ResourceOp> {
    let mut ops = Vec::new();
    if before.name != after.name {
        ops.push(ResourceOp::Set(DISPLAY_NAME, after.name.as_str().into()));
    }
    if before.kind != after.kind {
        ops.push(ResourceOp::Set(KIND, after.kind.as_str().into()));
    }
    if before.country != after.country {
        ops.push(after.country.map_or(ResourceOp::Clear(GROUP_COUNTRY), |country| {
            ResourceOp::Set(GROUP_COUNTRY, country.as_str().into())
        }));
    }
    if before.description != after.description
        && let Some(path) = description_path(schemas)
    {
        ops.push(if after.description.is_empty() {
            ResourceOp::Clear(path)
        } else {
            ResourceOp::Set(path, (&*after.description).into())
        });
    }
    ops
}

impl FetchedResource<ScimGroup> {
    /// Returns the operation that adds a member.
    pub(super) fn add_member_op(id: &str, address: Option<String>) -> ResourceOp {
        let mut member = json!({"value": id});
        if let Some(address) = address {
            member["$ref"] = address.into();
        }
        ResourceOp::Add("members", member)
    }

    /// Returns the operations that remove a member, one for each value by which the group names the user.
    pub(super) fn remove_member_ops(&self, id: &str, names: &[&str]) -> Vec<ResourceOp> {
        let mut values: Vec<&str> = self
            .thing
            .members
            .iter()
            .filter(|member| member.is_user(id, names))
            .map(|member| &*member.value)
            .collect();
        values.sort_unstable();
        values.dedup();
        values.into_iter().map(|value| ResourceOp::Take("members", json!({"value": value}))).collect()
    }
}
