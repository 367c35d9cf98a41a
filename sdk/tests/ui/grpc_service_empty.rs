fn main() {
    let _ = whit::grpc_service!("");
}
