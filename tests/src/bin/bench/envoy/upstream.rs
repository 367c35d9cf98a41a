//! A server behind Envoy, which takes whatever is sent and answers shortly.

use std::convert::Infallible;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// Begins with an even byte: `http-auth-random` lets a request pass.
const ANSWER: &[u8] = b"0 is even\n";

/// Starts one that serves until the program ends; returns its port on 127.0.0.1.
pub(crate) fn start() -> Result<u16, String> {
    let said = |error: std::io::Error| format!("cannot serve: {error}");
    let runtime = Builder::new_current_thread().enable_all().build().map_err(said)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(said)?;
    let port = listener.local_addr().map_err(said)?.port();
    std::thread::spawn(move || runtime.block_on(serve(listener)));
    Ok(port)
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        // A connection that breaks ends by itself.
        tokio::spawn(async {
            drop(
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await,
            );
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // What breaks off is answered as well.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Full::new(Bytes::from_static(ANSWER))))
}
