//! Reading the lists page by page, all at the same time, until they belong together.
//!
//! Every page says at which revision of the organization it was read. A list whose pages are of one revision,
//! as long as its total, is whole. Where the organization changed in between, or a page is older than what
//! was heard before, the list is read again; a list that does not come to rest, ends early or runs in a
//! circle is not believed.

use crate::connector::transport::Failure;
use crate::model::{Interner, Text};
use crate::plan::file::mirror::InvalidValue;
use crate::wire::{
    AlertRow, AssignmentRow, CheckoutRow, ContactRow, ContractRow, GroupRow, InvoiceRow, List, MOST_ROWS,
    MembershipRow, OverageRow, Page, PaymentRow, ProductRow, RestrictionRow, RoleRow, Row, UsageRow, UserRow,
};

use super::Http;

/// How often a list is read until it belongs to the others.
const ROUNDS: usize = 4;
/// More pages than any organization has.
const MOST_PAGES: usize = 100_000;

/// What was heard of a list.
#[derive(Debug)]
pub(super) enum Heard<T> {
    /// Nothing yet.
    Nothing,
    /// All of it, at this revision.
    Whole(Vec<T>, u64),
    /// The organization changed while it was read, or the answer was an old one.
    Moved,
    /// It cannot be read, or not believed; a lower-case fragment says why.
    Failed(Text),
}

impl<T> Heard<T> {
    fn is_settled(&self, newest: u64) -> bool {
        match self {
            Self::Nothing | Self::Moved => false,
            Self::Whole(_, revision) => *revision >= newest,
            Self::Failed(_) => true,
        }
    }

    /// The rows, or why there are none.
    pub(super) fn rows(self) -> Result<Vec<T>, Text> {
        match self {
            Self::Whole(rows, _) => Ok(rows),
            Self::Failed(why) => Err(why),
            Self::Nothing | Self::Moved => Err("it kept changing while it was read".into()),
        }
    }
}

type CoreOf<'a, R> = <R as Row<'a>>::Core;

macro_rules! lists {
    ($(#[$meta:meta])* $lists:ident: $($field:ident: $row:ident),* $(,)?) => {
        $(#[$meta])*
        pub(super) struct $lists {
            $(pub(super) $field: Heard<CoreOf<'static, $row<'static>>>,)*
        }

        impl $lists {
            /// Reads all lists, again where they do not belong together.
            pub(super) async fn of(http: &Http, names: &Interner) -> Self {
                let mut lists = Self::new();
                for _ in 0..ROUNDS {
                    lists.read(http, names).await;
                    if lists.are_settled(http.newest()) {
                        break;
                    }
                }
                lists
            }

            fn new() -> Self {
                Self { $($field: Heard::Nothing,)* }
            }

            fn are_settled(&self, newest: u64) -> bool {
                true $(&& self.$field.is_settled(newest))*
            }

            /// Reads what is not settled, all at the same time.
            async fn read(&mut self, http: &Http, names: &Interner) {
                let newest = http.newest();
                tokio::join!($(async {
                    if !self.$field.is_settled(newest) {
                        self.$field = http.list(<$row<'static>>::LIST, |page| decode::<$row<'_>>(page,
                            names)).await;
                    }
                }),*);
            }
        }
    };
}

lists! {
    /// Everything that an organization is made of.
    Lists:
    users: UserRow,
    groups: GroupRow,
    memberships: MembershipRow,
    roles: RoleRow,
    assignments: AssignmentRow,
    restrictions: RestrictionRow,
    alerts: AlertRow,
    contacts: ContactRow,
    contracts: ContractRow,
    products: ProductRow,
    checkouts: CheckoutRow,
}

lists! {
    /// What was billed and paid.
    Ledgers:
    invoices: InvoiceRow,
    overages: OverageRow,
    payments: PaymentRow,
}

lists! {
    /// What was used.
    Uses:
    usage: UsageRow,
}

/// A page whose rows are of the model.
struct Decoded<T> {
    rows: Vec<T>,
    next: Option<String>,
    total: usize,
    revision: u64,
}

fn decode<'a, R: Row<'a>>(page: &'a [u8], names: &Interner) -> Result<Decoded<R::Core>, Text> {
    let page: Page<R> = serde_json::from_slice(page)
        .map_err(|error| Text::from(format!("a page is not of its form: {error}")))?;
    let rows = page.items.into_iter().map(|row| row.read(names)).collect::<Result<_, InvalidValue>>();
    let rows =
        rows.map_err(|invalid| Text::from(format!("a row has something else than it should: {invalid}")))?;
    Ok(Decoded { rows, next: page.next, total: page.total as usize, revision: page.revision })
}

/// Why a list is not whole.
enum Stopped {
    Moved,
    Failed(Text),
}

impl From<Text> for Stopped {
    fn from(why: Text) -> Self {
        Self::Failed(why)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.to_string().into())
    }
}

impl Http {
    async fn list<T>(&self, list: List, decode: impl Fn(&[u8]) -> Result<Decoded<T>, Text>) -> Heard<T> {
        match self.pages(list, decode).await {
            Ok((rows, revision)) => Heard::Whole(rows, revision),
            Err(Stopped::Moved) => Heard::Moved,
            Err(Stopped::Failed(why)) => Heard::Failed(why),
        }
    }

    async fn pages<T>(
        &self,
        list: List,
        decode: impl Fn(&[u8]) -> Result<Decoded<T>, Text>,
    ) -> Result<(Vec<T>, u64), Stopped> {
        let limit = MOST_ROWS.to_string();
        // What is heard of while the answer is on its way does not make it stale.
        let known = self.newest();
        let first = decode(&self.transport.get(list.path(), &[("limit", &limit)]).await?.body)?;
        let Decoded { mut rows, mut next, total, revision } = first;
        self.heard_of(revision);
        if revision < known {
            return Err(Stopped::Moved);
        }
        for _ in 0..MOST_PAGES {
            let Some(cursor) = next else {
                return if rows.len() == total {
                    Ok((rows, revision))
                } else {
                    Err(Text::from(format!("{} of {total} rows came", rows.len())).into())
                };
            };
            let page = decode(
                &self.transport.get(list.path(), &[("limit", &limit), ("cursor", &cursor)]).await?.body,
            )?;
            if page.revision != revision {
                self.heard_of(page.revision);
                return Err(Stopped::Moved);
            }
            if page.total != total {
                return Err(Text::from(format!("its total was {total}, then {}", page.total)).into());
            }
            if page.rows.is_empty()
                || page.next.as_ref() == Some(&cursor)
                || rows.len() + page.rows.len() > total
            {
                return Err(Text::from("its pages repeat or have no end").into());
            }
            rows.extend(page.rows);
            next = page.next;
        }
        Err(Text::from("its pages have no end").into())
    }
}
