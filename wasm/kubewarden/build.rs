//! How the module is linked.

/// The stack, in bytes, instead of the 1 MiB that Rust would take of every
/// instance. What hostile requests need of it is tested in the built module.
const STACK: u32 = 128 << 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
        println!("cargo::rustc-link-arg-cdylib=--stack-first");
    }
}
