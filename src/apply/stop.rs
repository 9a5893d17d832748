//! How a run is asked to stop.

use tokio::sync::watch;

/// How urgently a run shall stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    /// Go on.
    Not,
    /// Send nothing more, wait for what is under way.
    Finish,
    /// Wait for nothing.
    AtOnce,
}

/// Asks a run to stop: once to finish what is under way, twice to stop at once.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Ask>);

/// The run's end of a [`Stopper`].
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Ask>);

/// A stopper and the run's end of it.
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(Ask::Not);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks once more: first to finish what is under way, then to stop at once.
    pub fn ask(&self) {
        self.0.send_modify(|ask| {
            *ask = match *ask {
                Ask::Not => Ask::Finish,
                Ask::Finish | Ask::AtOnce => Ask::AtOnce,
            }
        });
    }

    pub(super) fn at_least(&self, wanted: Ask) {
        self.0.send_if_modified(|ask| {
            let urges = *ask < wanted;
            *ask = wanted.max(*ask);
            urges
        });
    }
}

impl Stop {
    pub(super) fn now(&self) -> Ask {
        *self.0.borrow()
    }

    /// Waits until the run is asked for `wanted` or more; for ever where nobody can ask any longer.
    pub(super) async fn until(&mut self, wanted: Ask) -> Ask {
        match self.0.wait_for(|ask| *ask >= wanted).await {
            Ok(ask) => *ask,
            Err(_) => std::future::pending().await,
        }
    }
}
