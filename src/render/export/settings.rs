//! Exports `seatwise.yaml`.

use super::{ExportContents, schema_line};
use crate::policy::Relation;
use crate::policy::settings::Connector;
use crate::render::{words, yaml};

/// Writes the settings: every relation is managed as `exact`, since an export is complete at the moment of
/// its making.
pub(super) fn settings(exported: &ExportContents<'_>, organization: &str, connector: &Connector) -> String {
    let mut out = schema_line(0, "settings");
    out += &yaml::comment(
        0,
        "Settings of this policy, written by `seatwise import`: what is managed, and what a plan may do at \
            most.\n\
         The other files of this folder declare the organization as it was read; where a thing stands does \
         not matter.",
    );
    out += &format!(
        "\nversion: 1\norganization: {}\nconnector: {}\n\n",
        yaml::scalar(organization),
        connector_yaml(connector)
    );
    out += "# exact: the policy is the whole truth. declared: what is not declared is left alone. observe: \
        only shown.\nmanage:\n";
    for relation in Relation::ALL {
        let (mode, note) = if exported.is_read(relation) {
            ("exact", "")
        } else {
            ("observe", "   # could not be read, so it is not written")
        };
        out += &format!("  {}: {mode}{note}\n", relation.as_str());
    }
    out += "\n# Every limit has a default: see `seatwise schema settings`, or the settings' schema in your \
        editor.\nguard:\n  administrators: {at_least: 2}\n";
    out + &left_out_comments(exported)
}

/// Lists the users who are not in the policy, and why: no user disappears without a comment.
fn left_out_comments(exported: &ExportContents<'_>) -> String {
    let mut out = String::new();
    let lists = [
        (
            &exported.account_administrators,
            "Account Administrators follow the contract; seatwise never changes them, and they are not \
                declared:",
        ),
        (&exported.pending, "These people asked to join. To let one in, declare the user:"),
    ];
    for (users, said) in lists {
        if !users.is_empty() {
            out += "\n";
            out += &yaml::comment(0, said);
            users.iter().for_each(|user| out += &yaml::comment(0, &format!("  {user}")));
        }
    }
    let homeless = exported
        .users
        .values()
        .flat_map(|user| user.groups.keys())
        .filter(|group| !exported.knows_group(group))
        .count();
    if homeless > 0 {
        let memberships = words::count(homeless, "membership names a group", "memberships name groups");
        out += "\n";
        out += &yaml::comment(
            0,
            &format!("{memberships} that the organization did not list; they are left out."),
        );
    }
    out
}

fn connector_yaml(connector: &Connector) -> String {
    match connector {
        Connector::Sandbox { path } => format!("{{kind: sandbox, path: {}}}", yaml::scalar(path)),
        Connector::Http => "{kind: http}".to_owned(),
        Connector::Scim => "{kind: scim}".to_owned(),
    }
}
