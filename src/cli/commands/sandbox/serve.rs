//! `seatwise sandbox serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::cli::connection_args;
use crate::cli::context::{Context, machine_time, print_to_stderr};
use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::signals::EndSignals;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Exit};
use crate::connector::transport::Credentials;
use crate::disk::{self, read_regular_file};
use crate::sandbox::serve::{
    ConnectionLimits, FaultScript, RegisteredClient, SandboxService, SandboxServiceConfig, ServiceClock,
    SigningKey,
};
use crate::wire::TokenScope;

/// Serve the embedded organization over HTTP
///
/// The organization API, as `connector: {kind: http}` speaks it (OpenAPI: `seatwise schema
/// organization-api`), until Ctrl-C; what is under way is finished. `SEATWISE_CLIENT_ID` with
/// `SEATWISE_CLIENT_SECRET` say whose client credentials are accepted; `--token-file` writes a token that
/// holds for a day. An organization that is not there yet is founded. The link that is shown opens a page to
/// look at people, groups, products, restrictions and the audit log; it opens once, and then another is
/// shown.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise -C examples/http sandbox serve --token-file .seatwise/token
  seatwise -C examples/http plan --url http://127.0.0.1:8700 --token-file .seatwise/token       (in another \
      terminal)")]
pub(in crate::cli) struct SandboxServeArgs {
    /// Where to listen; port 0 is any that is free. Only this machine: there is no TLS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700",
        value_parser = parse_loopback_address)]
    listen: SocketAddr,
    /// How long a token holds, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900,
        value_parser = clap::value_parser!(u32).range(1..=86_400))]
    token_seconds: u32,
    /// Requests that each client may make a second; no limit by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    per_second: Option<u32>,
    /// Let go wrong what this script says, to see what comes of it (see the README)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// What `seatwise sandbox serve --format json` writes when it begins to serve.
#[derive(Serialize)]
struct ServedSandboxJson<'a> {
    /// `seatwise-sandbox-serve/1`.
    format: &'static str,
    organization: &'a str,
    /// The address of the API.
    url: String,
    /// The link to the page to look at it, which opens once.
    portal: &'a str,
}

/// Seconds that a token in a file is valid: a day, which is long enough for a demonstration.
const TOKEN_OF_FILE: u32 = 86_400;

fn parse_loopback_address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "no address with a port, such as 127.0.0.1:8700".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("not an address of this machine alone: tokens would be readable on the way".to_owned())
    }
}

/// Serves the embedded organization over HTTP until a signal.
pub(in crate::cli) fn run_sandbox_serve(
    args: &SandboxServeArgs,
    context: &Context,
) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let store = workspace.sandbox(&settings, context)?.open_or_create()?;
    let (clock, token_seconds, per_second) = (clock(context), args.token_seconds, args.per_second);
    let service = SandboxService::new(
        store,
        SandboxServiceConfig {
            clock,
            clients: clients()?,
            key: SigningKey::generate()?,
            token_seconds,
            per_second,
            faults: script(args.faults.as_deref())?,
            connections: ConnectionLimits::default(),
        },
    );
    if let Some(file) = context.connecting.token_file() {
        write_token(&service, file)?;
    }
    context.runtime()?.block_on(async {
        let listen = |error| CliError::Listen(args.listen.to_string(), error);
        let listener = TcpListener::bind(args.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (organization, portal) = (&settings.organization, portal_link(&service, address)?);
        let url = format!("http://{address}");
        let text = || format!("{organization} is served at {url}\nto look at it, once: {portal}\n");
        let json = || ServedSandboxJson {
            format: "seatwise-sandbox-serve/1",
            organization,
            url: url.clone(),
            portal: &portal,
        };
        args.output.write_plain(context, text, json)?;
        serve_until_stopped(&service, listener, address, context).await
    })
}

/// Serves until a signal, and then finishes the requests under way; a second signal stops at once.
async fn serve_until_stopped(
    service: &SandboxService,
    listener: TcpListener,
    address: SocketAddr,
    context: &Context,
) -> Result<Exit, CliError> {
    let mut signals = EndSignals::listen().map_err(CliError::Serve)?;
    let (stop, asked) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    let mut serving = std::pin::pin!(service.clone().run(listener, async { drop(asked.await) }));
    loop {
        tokio::select! {
            served = &mut serving => {
                served.map_err(CliError::Serve)?;
                context.note("stopped: every request that came was answered");
                return Ok(Exit::Done);
            }
            () = signals.next() => match stop.take() {
                Some(stop) => {
                    print_to_stderr("stopping: waiting for what is under way; once more stops at once");
                    // Sending fails only where the service has ended by itself.
                    let _ = stop.send(());
                }
                None => {
                    context.note("stopped at once: what was under way may have no answer");
                    return Ok(Exit::Done);
                }
            },
            () = service.wait_for_portal() => context.note(&format!("to look at it, once more: {}",
                portal_link(service, address)?)),
        }
    }
}

/// Returns a link to the portal page that opens once. The key is in the fragment, which no browser sends.
fn portal_link(service: &SandboxService, address: SocketAddr) -> Result<String, CliError> {
    Ok(format!("http://{address}/#key={}", service.portal_key()?.expose_secret()))
}

/// The size of the largest script of faults that is read, in bytes.
const LARGEST_SCRIPT: u64 = 1 << 20;

fn script(file: Option<&Path>) -> Result<Option<FaultScript>, CliError> {
    let Some(file) = file else { return Ok(None) };
    let text = read_regular_file(file, LARGEST_SCRIPT)
        .map_err(|source| CliError::Read { path: file.to_owned(), source })?;
    FaultScript::parse(&text).map(Some).map_err(|source| CliError::Script { path: file.to_owned(), source })
}

/// Returns the machine's clock, or the fixed one that tests set.
fn clock(context: &Context) -> ServiceClock {
    match context.fixed_now {
        Some(now) => Arc::new(move || now),
        None => Arc::new(machine_time),
    }
}

/// Returns the clients that may have tokens: the one of the environment variables, if it is set.
fn clients() -> Result<Vec<RegisteredClient>, CliError> {
    let client = |credentials| match credentials {
        Credentials::Client { id, secret } => {
            Some(RegisteredClient { id, secret, scopes: TokenScope::ALL.to_vec() })
        }
        Credentials::Token(_) | Credentials::File(_) | Credentials::Command(_) => None,
    };
    Ok(connection_args::environment_client()?.and_then(client).into_iter().collect())
}

/// Writes a token to a file that only its owner may read.
fn write_token(service: &SandboxService, file: &Path) -> Result<(), CliError> {
    let token = service.token("file", &TokenScope::ALL, TOKEN_OF_FILE);
    let failed = |source| CliError::Write { path: file.to_owned(), source };
    if let Some(folder) = file.parent() {
        disk::create_private_folder(folder).map_err(failed)?;
    }
    // An existing file may be readable by others; a new one never is.
    match std::fs::remove_file(file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(failed(source)),
        Ok(()) | Err(_) => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).and_then(|mut file| writeln!(file, "{}", token.expose_secret())).map_err(failed)
}
