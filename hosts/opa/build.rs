//! Linker options of the module: the host creates the memory.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH");
    if target.is_ok_and(|arch| arch == "wasm32") {
        for argument in [
            "--import-memory",
            // OPA also requires it to be exported.
            "--export-memory",
            // Some hosts create exactly as much as the module requests, and none
            // creates less than five pages, but for rust-opa-wasm before 0.2.1. The
            // linker fails if the stack and the static data do not fit.
            "--initial-memory=262144",
            "-zstack-size=65536",
        ] {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
    }
}
