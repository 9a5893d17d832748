//! Wire types of identities, of lines of the policy, and of reasons for steps.

use crate::format::mirror::mirror;
use crate::format::scalar_text::ScalarText;
use crate::model::{Date, Email, GroupName, LiveId, Text};
use crate::{plan, policy};

mirror!(
    /// A name and the identity it must resolve to.
    #[schemars(rename = "Identity")]
    enum IdentityRecord<'a> of plan::Identity {
        units {}
        newtypes {}
        structs {}
        pairs {
            User(ScalarText<'a, Email>, ScalarText<'a, LiveId>),
            Group(ScalarText<'a, GroupName>, ScalarText<'a, LiveId>),
        }
    }
);

mirror!(
    /// A line of the policy.
    #[schemars(rename = "Citation")]
    struct CitationRecord<'a> of policy::Citation {
        file: ScalarText<'a, Text>,
        line: u32,
    }
);

mirror!(
    /// Why a step is there.
    #[schemars(rename = "Why")]
    enum StepReasonRecord<'a> of plan::StepReason {
        units { Undo }
        newtypes {}
        structs {
            Declared {
                at: CitationRecord<'a>,
                reason: Option<ScalarText<'a, Text>>,
                until: Option<ScalarText<'a, Date>>,
            },
            Ended { at: CitationRecord<'a>, on: ScalarText<'a, Date> },
            NotYet { at: CitationRecord<'a>, from: ScalarText<'a, Date> },
            Removed { at: CitationRecord<'a> },
            NotDeclared { at: CitationRecord<'a> },
            Follows { at: CitationRecord<'a> },
        }
    }
);
