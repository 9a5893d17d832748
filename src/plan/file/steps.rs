//! Wire types of steps and of differences that are withheld.

use super::mirror::{EditOf, Flat, mirror};
use super::objects::{
    Alert, Area, Checkout, Contact, Exception, GroupFacts, Identity, Profile, Section, Setting, UserState,
    Why,
};
use super::word::Word;
use crate::model::{CountryCode, Email, GroupName, ProductId, RoleId, Text, Timestamp};
use crate::plan::Phase;
use crate::{change, model, plan};

/// A step's number in its plan, from 1.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub(crate) struct StepNo(pub(crate) u32);

impl<'a> super::mirror::Mirror<'a> for StepNo {
    type Core = plan::StepNo;

    fn write(core: &'a plan::StepNo) -> Self {
        Self(core.0)
    }

    fn read(self, _: &model::Interner) -> Result<plan::StepNo, super::mirror::Invalid> {
        Ok(plan::StepNo(self.0))
    }
}

mirror!(
    /// One write, with the values before and after.
    struct Step<'a> of plan::Step {
        act: Act<'a>,
        identities: Vec<Identity<'a>>,
        needs: Vec<StepNo>,
        no: StepNo,
        phase: Word<'a, Phase>,
        why: Vec<Why<'a>>,
    }
);

mirror!(
    /// What a step does. A value before is a precondition.
    enum Act<'a> of plan::Act {
        units {}
        newtypes {
            AddContact(Contact<'a>),
            Approve(Word<'a, Email>),
            CreateGroup(GroupFacts<'a>),
            DeleteGroup(GroupFacts<'a>),
            Invite(Profile<'a>),
            RemoveContact(Contact<'a>),
            RemoveUser(Profile<'a>),
            Unlock(Word<'a, Email>),
        }
        structs {
            AssignLicence { product: Word<'a, ProductId>, user: Word<'a, Email> },
            EndCheckout { checkout: Checkout<'a>, user: Word<'a, Email> },
            GrantRole { role: Word<'a, RoleId>, user: Word<'a, Email> },
            Join { group: Word<'a, GroupName>, user: Word<'a, Email> },
            Leave { group: Word<'a, GroupName>, user: Word<'a, Email> },
            Lock { before: UserState, user: Word<'a, Email> },
            ReleaseLicence { product: Word<'a, ProductId>, user: Word<'a, Email> },
            ReplaceContact { from: Contact<'a>, to: Contact<'a> },
            RevokeRole { role: Word<'a, RoleId>, user: Word<'a, Email> },
            SetAlert { after: Option<Alert<'a>>, before: Option<Alert<'a>>, country: Word<'a, CountryCode>,
                product: Word<'a, ProductId> },
            SetDefault { after: Option<Setting>, before: Option<Setting>, country: Word<'a, CountryCode> },
            SetException { after: Option<Exception>, before: Option<Exception>, product: Word<'a, ProductId>,
                user: Word<'a, Email> },
            SetList { after: Flat<Word<'a, ProductId>>, before: Flat<Word<'a, ProductId>>, group: Word<'a,
                GroupName> },
            SetRestriction { after: Option<Setting>, area: Area<'a>, before: Option<Setting>,
                product: Word<'a, ProductId> },
            SwapAllocation { from: Word<'a, GroupName>, to: Word<'a, GroupName>, user: Word<'a, Email> },
            UpdateGroup { after: GroupFacts<'a>, before: GroupFacts<'a> },
            UpdateUser { after: Profile<'a>, before: Profile<'a> },
        }
    }
);

mirror!(
    /// A difference deliberately not planned.
    struct Withheld<'a> of change::Withheld {
        reason: Reason<'a>,
        what: Held<'a>,
    }
);

mirror!(
    /// What is withheld.
    enum Held<'a> of change::Held {
        units {}
        newtypes { Change(Change<'a>), Section(Section) }
        structs {}
    }
);

mirror!(
    /// One difference between the live and the desired organization.
    enum Change<'a> of change::Change {
        units {}
        newtypes {}
        structs {
            Alert { country: Word<'a, CountryCode>, edit: EditOf<Alert<'a>>, product: Word<'a, ProductId> },
            Checkout { checkout: Checkout<'a>, user: Word<'a, Email> },
            Contact { edit: EditOf<Contact<'a>> },
            Default { country: Word<'a, CountryCode>, edit: EditOf<Setting> },
            Exception { edit: EditOf<Exception>, product: Word<'a, ProductId>, user: Word<'a, Email> },
            Group { edit: EditOf<GroupFacts<'a>>, group: Word<'a, GroupName> },
            Licence { edit: EditOf<()>, product: Word<'a, ProductId>, user: Word<'a, Email> },
            Listing { edit: EditOf<()>, group: Word<'a, GroupName>, product: Word<'a, ProductId> },
            Membership { edit: EditOf<()>, group: Word<'a, GroupName>, user: Word<'a, Email> },
            Restriction { area: Area<'a>, edit: EditOf<Setting>, product: Word<'a, ProductId> },
            Role { edit: EditOf<()>, role: Word<'a, RoleId>, user: Word<'a, Email> },
            State { after: UserState, before: UserState, user: Word<'a, Email> },
            User { edit: EditOf<Profile<'a>>, user: Word<'a, Email> },
        }
    }
);

mirror!(
    /// Why a section was not read.
    enum Unread<'a> of model::UnreadReason {
        units { Unsupported }
        newtypes { Failed(Word<'a, Text>) }
        structs {}
    }
);

mirror!(
    /// Why a difference is withheld.
    enum Reason<'a> of change::Reason {
        units { AccountAdministrator, ActingIdentity, Federated, LastContact, ObjectWithheld, Observed,
            PendingUndeclared, Protected }
        newtypes { DependsOnUnread(Section), Unread(Unread<'a>) }
        structs { LicenceLocked { until: Word<'a, Timestamp> } }
    }
);

mirror!(
    /// What was left out of the comparison.
    struct LeftAlone<'a> of change::LeftAlone {
        groups: usize,
        idle: Vec<Word<'a, Text>>,
        ignored_groups: usize,
        ignored_users: usize,
        users: usize,
    }
);
