//! Reads the lists page by page, all at the same time, until they belong together.
//!
//! Every page names the revision of the organization at which it was read. A list is complete when all its
//! pages have the same revision and its rows are as many as its total. Where the organization changed in
//! between, or a page is older than the newest known revision, the list is read again. A list that keeps
//! changing, ends early or repeats its pages is not believed.

use crate::connector::transport::RequestFailure;
use crate::format::mirror::InvalidValue;
use crate::model::{Interner, Text};
use crate::wire::{
    AlertRow, ApiList, AssignmentRow, CheckoutRow, ContactRow, ContractRow, GroupRow, InvoiceRow, ListPage,
    ListRow, MOST_ROWS, MachineUseRow, MembershipRow, OverageRow, PaymentRow, ProductRow, RestrictionRow,
    RoleRow, UserRow,
};

use super::HttpConnector;

/// The most rounds in which the lists are read until they belong together.
const ROUNDS: usize = 4;
/// More pages than the list of any organization has.
const MOST_PAGES: usize = 100_000;

/// The outcome of reading a list.
#[derive(Debug)]
pub(super) enum ListOutcome<T> {
    /// The list has not been read yet.
    Nothing,
    /// All rows, at this revision.
    Whole(Vec<T>, u64),
    /// The organization changed while the list was read, or the answer was stale.
    Moved,
    /// The list cannot be read or is not believed; a lower-case fragment says why.
    Failed(Text),
}

impl<T> ListOutcome<T> {
    fn is_settled(&self, newest: u64) -> bool {
        match self {
            Self::Nothing | Self::Moved => false,
            Self::Whole(_, revision) => *revision >= newest,
            Self::Failed(_) => true,
        }
    }

    /// Returns the rows, or a lower-case fragment that says why there are none.
    pub(super) fn rows(self) -> Result<Vec<T>, Text> {
        match self {
            Self::Whole(rows, _) => Ok(rows),
            Self::Failed(why) => Err(why),
            Self::Nothing | Self::Moved => Err("it kept changing while it was read".into()),
        }
    }
}

/// The value of the model that a row `R` stands for.
type RowCore<'a, R> = <R as ListRow<'a>>::Core;

macro_rules! lists {
    ($(#[$meta:meta])* $lists:ident: $($field:ident: $row:ident),* $(,)?) => {
        $(#[$meta])*
        pub(super) struct $lists {
            $(pub(super) $field: ListOutcome<RowCore<'static, $row<'static>>>,)*
        }

        impl $lists {
            /// Reads all lists, and reads those again that do not belong to the others.
            pub(super) async fn read_until_settled(http: &HttpConnector, names: &Interner) -> Self {
                let mut lists = Self::new();
                for _ in 0..ROUNDS {
                    lists.read_unsettled(http, names).await;
                    if lists.are_settled(http.newest_revision()) {
                        break;
                    }
                }
                lists
            }

            fn new() -> Self {
                Self { $($field: ListOutcome::Nothing,)* }
            }

            fn are_settled(&self, newest: u64) -> bool {
                true $(&& self.$field.is_settled(newest))*
            }

            /// Reads the lists that are not settled, all at the same time.
            async fn read_unsettled(&mut self, http: &HttpConnector, names: &Interner) {
                let newest = http.newest_revision();
                tokio::join!($(async {
                    if !self.$field.is_settled(newest) {
                        let list = <$row<'static>>::LIST;
                        self.$field = http.read_list(list, |page| decode_page::<$row<'_>>(page, names)).await;
                    }
                }),*);
            }
        }
    };
}

lists! {
    /// The lists that an organization consists of.
    OrganizationLists:
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
    /// The lists of what was billed and paid.
    BillingLists:
    invoices: InvoiceRow,
    overages: OverageRow,
    payments: PaymentRow,
}

lists! {
    /// The list of what was used.
    UsageLists:
    usage: MachineUseRow,
}

/// A page whose rows are converted to the model.
struct DecodedPage<T> {
    rows: Vec<T>,
    next: Option<String>,
    total: usize,
    revision: u64,
}

fn decode_page<'a, R: ListRow<'a>>(page: &'a [u8], names: &Interner) -> Result<DecodedPage<R::Core>, Text> {
    let page: ListPage<R> = serde_json::from_slice(page)
        .map_err(|error| Text::from(format!("a page is not of its form: {error}")))?;
    let rows = page.items.into_iter().map(|row| row.read(names)).collect::<Result<_, InvalidValue>>();
    let rows =
        rows.map_err(|invalid| Text::from(format!("a row has something else than it should: {invalid}")))?;
    Ok(DecodedPage { rows, next: page.next, total: page.total as usize, revision: page.revision })
}

/// The reason why a list is not complete.
enum HttpListError {
    Moved,
    Failed(Text),
}

impl From<Text> for HttpListError {
    fn from(why: Text) -> Self {
        Self::Failed(why)
    }
}

impl From<RequestFailure> for HttpListError {
    fn from(failure: RequestFailure) -> Self {
        Self::Failed(failure.to_string().into())
    }
}

impl HttpConnector {
    async fn read_list<T>(
        &self,
        list: ApiList,
        decode: impl Fn(&[u8]) -> Result<DecodedPage<T>, Text>,
    ) -> ListOutcome<T> {
        match self.read_pages(list, decode).await {
            Ok((rows, revision)) => ListOutcome::Whole(rows, revision),
            Err(HttpListError::Moved) => ListOutcome::Moved,
            Err(HttpListError::Failed(why)) => ListOutcome::Failed(why),
        }
    }

    async fn read_pages<T>(
        &self,
        list: ApiList,
        decode: impl Fn(&[u8]) -> Result<DecodedPage<T>, Text>,
    ) -> Result<(Vec<T>, u64), HttpListError> {
        let (path, limit) = (list.path(), MOST_ROWS.to_string());
        // Only revisions known before the request count: one that becomes known while the answer is on its
        // way does not make the answer stale.
        let known = self.newest_revision();
        let first = decode(&self.transport.get(&path, &[("limit", &limit)]).await?.body)?;
        let DecodedPage { mut rows, mut next, total, revision } = first;
        self.note_revision(revision);
        if revision < known {
            return Err(HttpListError::Moved);
        }
        for _ in 0..MOST_PAGES {
            let Some(cursor) = next else {
                return if rows.len() == total {
                    Ok((rows, revision))
                } else {
                    Err(Text::from(format!("{} of {total} rows came", rows.len())).into())
                };
            };
            let page =
                decode(&self.transport.get(&path, &[("limit", &limit), ("cursor", &cursor)]).await?.body)?;
            if page.revision != revision {
                self.note_revision(page.revision);
                return Err(HttpListError::Moved);
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
