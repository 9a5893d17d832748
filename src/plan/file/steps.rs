//! Wire types of steps, of withheld differences, and of what was left out of the comparison.

use std::borrow::Cow;

use super::acts::ActRecord;
use super::objects::{CitationRecord, IdentityRecord, StepReasonRecord};
use crate::format::mirror::{EditRecord, mirror};
use crate::format::model_objects::{
    AlertRecord, AreaRecord, CheckoutRecord, ContactRecord, ExceptionRecord, GroupFactsRecord, ProfileRecord,
    SectionRecord, SettingRecord, UserStateRecord,
};
use crate::format::scalar_text::{Scalar, ScalarText};
use crate::model::{CountryCode, Date, Email, GroupName, ProductId, RoleId, Text, Timestamp};
use crate::plan::Phase;
use crate::{change, model, plan};

/// A step's number in its plan, from 1.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
#[schemars(rename = "StepNo")]
pub(crate) struct StepNoRecord(pub(crate) u32);

impl<'a> crate::format::mirror::Mirror<'a> for StepNoRecord {
    type Core = plan::StepNo;

    fn write(core: &'a plan::StepNo) -> Self {
        Self(core.0)
    }

    fn read(self, _: &model::Interner) -> Result<plan::StepNo, crate::format::mirror::InvalidValue> {
        Ok(plan::StepNo(self.0))
    }
}

impl Scalar for Phase {
    const KIND: &'static str = "a phase";

    fn show(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }

    fn parse(text: &str, _: &model::Interner) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }
}

mirror!(
    /// One write, with the values before and after.
    #[schemars(rename = "Step")]
    struct StepRecord<'a> of plan::Step {
        act: ActRecord<'a>,
        identities: Vec<IdentityRecord<'a>>,
        needs: Vec<StepNoRecord>,
        no: StepNoRecord,
        phase: ScalarText<'a, Phase>,
        why: Vec<StepReasonRecord<'a>>,
    }
);

mirror!(
    /// A difference deliberately not planned.
    #[schemars(rename = "Withheld")]
    struct WithheldRecord<'a> of change::Withheld {
        reason: WithheldReasonRecord<'a>,
        what: WithheldSubjectRecord<'a>,
    }
);

mirror!(
    /// A product that the policy and the organization call by two names; the plan uses the organization's.
    #[schemars(rename = "JoinedProduct")]
    struct JoinedProductRecord<'a> of change::JoinedProduct {
        feature: Option<ScalarText<'a, Text>>,
        number: u32,
        organization: ScalarText<'a, ProductId>,
        policy: ScalarText<'a, ProductId>,
    }
);

mirror!(
    /// Dates of the policy that contradict each other from a day on.
    #[schemars(rename = "DateConflict")]
    struct DateConflictRecord<'a> of change::DateConflict {
        at: CitationRecord<'a>,
        day: ScalarText<'a, Date>,
        says: ScalarText<'a, Text>,
    }
);

mirror!(
    /// What is withheld.
    #[schemars(rename = "Held")]
    enum WithheldSubjectRecord<'a> of change::WithheldSubject {
        units {}
        newtypes { Change(ChangeRecord<'a>), Section(SectionRecord) }
        structs {}
    }
);

mirror!(
    /// One difference between the live and the desired organization.
    #[schemars(rename = "Change")]
    enum ChangeRecord<'a> of change::Change {
        units {}
        newtypes {}
        structs {
            Alert {
                country: ScalarText<'a, CountryCode>,
                edit: EditRecord<AlertRecord<'a>>,
                product: ScalarText<'a, ProductId>,
            },
            Checkout { checkout: CheckoutRecord<'a>, user: ScalarText<'a, Email> },
            Contact { edit: EditRecord<ContactRecord<'a>> },
            Default { country: ScalarText<'a, CountryCode>, edit: EditRecord<SettingRecord> },
            Exception {
                edit: EditRecord<ExceptionRecord>,
                product: ScalarText<'a, ProductId>,
                user: ScalarText<'a, Email>,
            },
            Group { edit: EditRecord<GroupFactsRecord<'a>>, group: ScalarText<'a, GroupName> },
            Licence { edit: EditRecord<()>, product: ScalarText<'a, ProductId>, user: ScalarText<'a, Email> },
            Listing {
                edit: EditRecord<()>,
                group: ScalarText<'a, GroupName>,
                product: ScalarText<'a, ProductId>,
            },
            Membership {
                edit: EditRecord<()>,
                group: ScalarText<'a, GroupName>,
                user: ScalarText<'a, Email>,
            },
            Restriction {
                area: AreaRecord<'a>,
                edit: EditRecord<SettingRecord>,
                product: ScalarText<'a, ProductId>,
            },
            Role { edit: EditRecord<()>, role: ScalarText<'a, RoleId>, user: ScalarText<'a, Email> },
            State { after: UserStateRecord, before: UserStateRecord, user: ScalarText<'a, Email> },
            User { edit: EditRecord<ProfileRecord<'a>>, user: ScalarText<'a, Email> },
        }
    }
);

mirror!(
    /// Why a section was not read.
    #[schemars(rename = "Unread")]
    enum UnreadRecord<'a> of model::UnreadReason {
        units { Unsupported }
        newtypes { Failed(ScalarText<'a, Text>) }
        structs {}
    }
);

mirror!(
    /// Why a difference is withheld.
    #[schemars(rename = "Reason")]
    enum WithheldReasonRecord<'a> of change::WithheldReason {
        units { AccountAdministrator, ActingIdentity, Federated, LastContact, ObjectWithheld, Observed,
            PendingUndeclared, Protected }
        newtypes {
            AddressHeld(ScalarText<'a, Email>),
            Conflict(ScalarText<'a, Text>),
            DependsOnUnread(SectionRecord),
            Unread(UnreadRecord<'a>),
        }
        structs { LicenceLocked { until: ScalarText<'a, Timestamp> } }
    }
);

mirror!(
    /// What was left out of the comparison.
    #[schemars(rename = "LeftAlone")]
    struct LeftAloneRecord<'a> of change::LeftAlone {
        groups: usize,
        idle: Vec<ScalarText<'a, Text>>,
        ignored_groups: usize,
        ignored_users: usize,
        users: usize,
    }
);
