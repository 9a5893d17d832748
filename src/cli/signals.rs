//! The signals that ask the program to end: Ctrl-C, and on Unix also SIGTERM and SIGHUP, by which CI and a
//! closed terminal end a job.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signal of a write beyond the limit of a file's size (SIGXFSZ), on Linux, macOS and the BSDs.
#[cfg(unix)]
const BEYOND_SIZE_LIMIT: i32 = 25;

/// Makes a write beyond the limit of a file's size fail, like one on a full disk, instead of ending the
/// program. Must be called in the async runtime.
pub(super) fn keep_running_past_size_limit() {
    // Whoever listens to a signal once takes its usual effect away for good. Where that is not possible, the
    // program ends in the middle of the run, and `resume` goes on.
    #[cfg(unix)]
    drop(signal(SignalKind::from_raw(BEYOND_SIZE_LIMIT)));
}

/// Listens to the signals that ask the program to end.
pub(super) struct EndSignals {
    #[cfg(unix)]
    signals: [Signal; 3],
}

#[cfg(unix)]
impl EndSignals {
    /// Begins to listen; from now on these signals end the program no longer by themselves.
    pub(super) fn listen() -> std::io::Result<Self> {
        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        Ok(Self { signals: [interrupt?, terminate?, hangup?] })
    }

    /// Waits for the next of the signals.
    pub(super) async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl EndSignals {
    /// Begins to listen.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C.
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
