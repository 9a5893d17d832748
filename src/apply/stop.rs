//! How a run is asked to stop.

use tokio::sync::watch;

/// How urgently a run shall stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StopRequest {
    /// Go on.
    Not,
    /// Send nothing more, wait for what is under way.
    Finish,
    /// Wait for nothing.
    AtOnce,
}

/// Asks a run to stop: once to finish what is under way, twice to stop at once.
#[derive(Debug)]
pub struct Stopper(watch::Sender<StopRequest>);

/// The run's end of a [`Stopper`].
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Receiver<StopRequest>);

/// A stopper and the run's end of it.
pub fn stop_channel() -> (Stopper, StopSignal) {
    let (sender, receiver) = watch::channel(StopRequest::Not);
    (Stopper(sender), StopSignal(receiver))
}

impl Stopper {
    /// Asks once more: first to finish what is under way, then to stop at once.
    pub fn ask(&self) {
        self.0.send_modify(|ask| {
            *ask = match *ask {
                StopRequest::Not => StopRequest::Finish,
                StopRequest::Finish | StopRequest::AtOnce => StopRequest::AtOnce,
            }
        });
    }

    pub(super) fn ask_at_least(&self, wanted: StopRequest) {
        self.0.send_if_modified(|ask| {
            let urges = *ask < wanted;
            *ask = wanted.max(*ask);
            urges
        });
    }
}

impl StopSignal {
    pub(super) fn request(&self) -> StopRequest {
        *self.0.borrow()
    }

    /// Waits until the run is asked for `wanted` or more; for ever where nobody can ask any longer.
    pub(super) async fn wait_for(&mut self, wanted: StopRequest) -> StopRequest {
        match self.0.wait_for(|ask| *ask >= wanted).await {
            Ok(ask) => *ask,
            Err(_) => std::future::pending().await,
        }
    }
}
