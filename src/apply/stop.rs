//! Signals that ask a run to stop.

use tokio::sync::watch;

/// The urgency of a request to stop a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StopRequest {
    /// Nobody has asked to stop.
    Not,
    /// Send nothing more, but wait for the answers to what has been sent.
    Finish,
    /// Send nothing more, and wait for nothing.
    AtOnce,
}

/// Asks a run to stop: the first request lets steps under way finish, the second stops the run at once.
#[derive(Debug)]
pub struct Stopper(watch::Sender<StopRequest>);

/// The receiving end of a [`Stopper`], for the run.
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Receiver<StopRequest>);

/// Creates a stopper and its receiving end.
pub fn stop_channel() -> (Stopper, StopSignal) {
    let (sender, receiver) = watch::channel(StopRequest::Not);
    (Stopper(sender), StopSignal(receiver))
}

impl Stopper {
    /// Asks to stop: the first call lets steps under way finish, later calls stop the run at once.
    pub fn ask(&self) {
        self.0.send_modify(|ask| {
            *ask = match *ask {
                StopRequest::Not => StopRequest::Finish,
                StopRequest::Finish | StopRequest::AtOnce => StopRequest::AtOnce,
            }
        });
    }

    /// Raises the request to `wanted`; a more urgent request stays.
    pub(super) fn ask_at_least(&self, wanted: StopRequest) {
        self.0.send_if_modified(|ask| {
            let urges = *ask < wanted;
            *ask = wanted.max(*ask);
            urges
        });
    }
}

impl StopSignal {
    /// The current request.
    pub(super) fn request(&self) -> StopRequest {
        *self.0.borrow()
    }

    /// Waits for a request that is at least as urgent as `wanted`; waits for ever once the [`Stopper`] is
    /// gone and no such request was made.
    pub(super) async fn wait_for(&mut self, wanted: StopRequest) -> StopRequest {
        match self.0.wait_for(|ask| *ask >= wanted).await {
            Ok(ask) => *ask,
            Err(_) => std::future::pending().await,
        }
    }
}
