//! The hello at the start of a connection.

use sojourn_proto::hello::{ClientHello, HEADER_LEN, ServerHello, Verdict, parse_header};
use sojourn_proto::limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Hears the client's hello and answers it. Whether the session goes on.
pub(crate) async fn greet(stream: &mut UnixStream) -> bool {
    match timeout(limits::HELLO_TIME, hear(stream)).await {
        Ok(Some(client)) => {
            let answer = ServerHello::answer(&client);
            if answer.verdict != Verdict::Accepted {
                tracing::info!(
                    build = client.build,
                    protocol = client.protocol,
                    "client refused: {}",
                    answer.text
                );
            }
            say(stream, &answer).await && answer.verdict == Verdict::Accepted
        }
        // Something that speaks another protocol, or nothing: it would not understand an answer.
        Ok(None) | Err(_) => false,
    }
}

/// Answers a client that is not to be served, without listening to it first.
pub(crate) async fn refuse(mut stream: UnixStream, verdict: Verdict, text: String) {
    say(&mut stream, &ServerHello::ours(verdict, text)).await;
    // The client's own hello is read, since closing with unread bytes could take the answer from it.
    let _ = timeout(limits::HELLO_TIME, hear(&mut stream)).await;
}

async fn hear(stream: &mut UnixStream) -> Option<ClientHello> {
    let mut header = [0; HEADER_LEN];
    stream.read_exact(&mut header).await.ok()?;
    let length = parse_header(&header).inspect_err(|error| tracing::info!(%error, "no client")).ok()?;
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await.ok()?;
    ClientHello::decode(&rest).inspect_err(|error| tracing::info!(%error, "no client")).ok()
}

async fn say(stream: &mut UnixStream, hello: &ServerHello) -> bool {
    matches!(timeout(limits::HELLO_TIME, stream.write_all(&hello.encode())).await, Ok(Ok(())))
}
