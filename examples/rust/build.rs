//! Generates the code of the contract and of the shop, with the protoc that stands on PATH.
fn main() -> std::io::Result<()> {
    let sources = [
        "paseto/v1/stream_authorization.proto",
        "paseto/v1/token_service.proto",
        "paseto/v1/trust_feed.proto",
        "examples/guarded_service/shop.proto",
    ];
    tonic_prost_build::configure().build_server(false).compile_protos(&sources, &["../../proto", "../.."])
}
