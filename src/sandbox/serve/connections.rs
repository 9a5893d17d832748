//! Accepts connections, and gives up those that take too long to say what they want.
//!
//! A client that sends a request byte by byte would keep its connection for ever, and enough of them would
//! keep everybody else out.

use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use futures_util::{StreamExt, stream};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// How much clients may take of the service.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// The time in which the head of a request must be there, and once more that for its body.
    pub receive: Duration,
    /// The most connections at once; others wait.
    pub connections: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        // Longer than clients keep an idle connection, or a request could meet its end.
        Self { receive: Duration::from_secs(90), connections: 256 }
    }
}

/// The wait after a connection that could not be accepted, as there are too many open files.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Answers requests by `router` until `stop` completes, then finishes the requests in progress.
pub(super) async fn serve_connections(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(limits.receive);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(limits.receive);
    let free = Arc::new(Semaphore::new(limits.connections));
    let open = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&free).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(AFTER_FAILURE).await;
            continue;
        };
        let asked = Arc::new(Notify::new());
        let (noted, service) = (Arc::clone(&asked), TowerToHyperService::new(router.clone()));
        let service = service_fn(move |request| {
            noted.notify_one();
            service.call(request)
        });
        let connection = open.watch(server.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            // The protocols have no time of their own in which a client says which of them it speaks.
            let is_silent = async {
                if timeout(limits.receive, asked.notified()).await.is_ok() {
                    pending::<()>().await;
                }
            };
            tokio::select! {
                // Whatever fails on a connection concerns its client alone.
                _ = connection => {}
                () = is_silent => {}
            }
            drop(place);
        });
    }
    open.shutdown().await;
    Ok(())
}

/// Gives the body of a request an end: where it is not there in time, it is cut off with an error.
pub(super) fn bound_body(request: Request, receive: Duration) -> Request {
    let until = Instant::now() + receive;
    request.map(|body| {
        let chunks = stream::unfold(Some(body.into_data_stream()), move |open| async move {
            let mut chunks = open?;
            match timeout_at(until, chunks.next()).await {
                Ok(chunk) => Some((chunk?, Some(chunks))),
                Err(_) => Some((Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut))), None)),
            }
        });
        Body::from_stream(chunks)
    })
}
