//! Linker options of the module.

/// The stack size in bytes, instead of Rust's default of 1 MiB for every instance.
/// Tests of the built module measure how much hostile requests need.
const STACK: u32 = 128 << 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
        println!("cargo::rustc-link-arg-cdylib=--stack-first");
    }
}
